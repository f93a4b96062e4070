namespace Ledger.Query.Export;

/// <summary>The parts of a generated <c>model.py</c> that do not depend on the network's nodes.</summary>
internal static class PythonText
{
    public const string Normalize = """
        class Normalize(nn.Module):
            def __init__(self, mean, std):
                super().__init__()
                self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
                self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

            def forward(self, x):
                return (x - self.mean) / self.std
        """;

    public const string FakeQuantize = """
        class FakeQuantize(nn.Module):
            def __init__(self, scale, zero_point, low, high):
                super().__init__()
                self.scale, self.zero_point, self.low, self.high = scale, zero_point, low, high

            def forward(self, x):
                # torch.round rounds halves to even. The gradient is the identity (straight-through).
                q = torch.clamp(torch.round(x / self.scale) + self.zero_point, self.low, self.high)
                return ((q - self.zero_point) * self.scale).detach() + (x - x.detach())
        """;

    /// <summary>As <see cref="FakeQuantize"/>, with a gradient that can stop outside the range.</summary>
    public const string ClippedFakeQuantize = """
        class FakeQuantize(nn.Module):
            def __init__(self, scale, zero_point, low, high, clipped=False):
                super().__init__()
                self.scale, self.zero_point, self.low, self.high, self.clipped = scale, zero_point, low, high, clipped

            def forward(self, x):
                # torch.round rounds halves to even. The gradient is the identity (straight-through), where clipped only inside the range.
                q = torch.round(x / self.scale) + self.zero_point
                inside = (q >= self.low) & (q <= self.high) if self.clipped else torch.ones_like(q)
                return ((torch.clamp(q, self.low, self.high) - self.zero_point) * self.scale).detach() + (x - x.detach()) * inside
        """;

    /// <summary>A network that is still to be trained as quantized.</summary>
    public static string Latent(string widths) => $$"""
        WIDTHS = { {{widths}} }


        def quantize(tensors):
            # float weights that are rounded in every forward pass: weight = round(w / scale) * scale with scale = max|w| / highest
            for name, (highest, per_channel) in WIDTHS.items():
                w = tensors[name + ".weight"]
                largest = w.abs().reshape(w.shape[0] if per_channel else 1, -1).amax(1)
                scale = torch.where(largest > 0, largest / highest, torch.ones_like(largest)).view(-1, *[1] * (w.dim() - 1))
                q = torch.clamp(torch.round(w.double() / scale.double()), -highest, highest)
                tensors[name + ".weight"] = q.float() * scale
            return {name: tensor for name, tensor in tensors.items() if not name.endswith(".range")}
        """;

    public const string ReadSafeTensors = """
        def read_safetensors(path):
            types = {"F32": torch.float32, "I64": torch.int64, "I16": torch.int16, "I8": torch.int8}
            data = pathlib.Path(path).read_bytes()
            start = 8 + struct.unpack("<Q", data[:8])[0]
            tensors = {}
            for name, entry in json.loads(data[8:start]).items():
                if name != "__metadata__":
                    begin, end = (start + offset for offset in entry["data_offsets"])
                    values = torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry["dtype"]])
                    tensors[name] = values.view(entry["shape"])
            return tensors
        """;

    public const string Dequantize = """
        def dequantize(tensors):
            # weight = integer * scale, one scale for each output channel or one for the tensor
            for name in [name for name in tensors if name.endswith(".weight_scale")]:
                scale, weight = tensors.pop(name), tensors[name[:-len("_scale")]]
                tensors[name[:-len("_scale")]] = weight.float() * scale.view(-1, *[1] * (weight.dim() - 1))
            return tensors
        """;

    public const string Load = """
        def load(folder=pathlib.Path(__file__).parent):
            network = Network()
            network.load_state_dict(read_safetensors(pathlib.Path(folder) / "model.safetensors"))
            return network.eval()
        """;

    public const string LoadIntegers = """
        def load(folder=pathlib.Path(__file__).parent):
            network = Network()
            network.load_state_dict(dequantize(read_safetensors(pathlib.Path(folder) / "model.safetensors")))
            return network.eval()
        """;

    public const string LoadLatent = """
        def load(folder=pathlib.Path(__file__).parent):
            network = Network()
            network.load_state_dict(quantize(read_safetensors(pathlib.Path(folder) / "model.safetensors")))
            return network.eval()
        """;

    public static string Head(string shape, int classes, bool integers) => $$""""
        """Written by `ledger export`. Needs PyTorch and nothing else.

            network = load("folder")    # the folder with model.safetensors; without an argument, this file's folder
            logits = network(pixels)    # float32 pixels in [0, 1], [n, {{shape}}] -> logits [n, {{classes}}]
        {{(integers ? Integers : "")}}"""
        import json
        import pathlib
        import struct

        import torch
        from torch import nn
        """";

    private const string Integers = "\nThe weights are stored as integers and multiplied by their scales on loading; the arithmetic is float32.\n";
}
