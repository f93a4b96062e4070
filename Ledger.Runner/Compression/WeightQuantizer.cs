using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>
/// Symmetric integer weights of every convolution and linear layer, as <see cref="IntegerWeights"/> says. Biases stay float32: an integer
/// runtime holds them as int32, with the same four bytes.
/// </summary>
public static class WeightQuantizer
{
    public static ModelState Quantize(ModelState model, int bits, Granularity granularity)
    {
        var quantization = new WeightQuantization(bits, granularity);
        return Marked(model, quantization).With(model.Layers.SelectMany(layer => Integers(model, layer.Id, quantization)));
    }

    /// <summary>The same weights, to be trained as they will be quantized.</summary>
    public static ModelState Prepare(ModelState model, int bits, Granularity granularity) => Marked(model, new WeightQuantization(bits, granularity, Latent: true));

    /// <summary>Integers in place of weights that were trained as if they were; other layers stay.</summary>
    public static ModelState Finish(ModelState model)
    {
        var latent = model.Layers.Where(layer => layer.Quantized is { Latent: true }).ToDictionary(layer => layer.Id, layer => layer.Quantized! with { Latent = null });
        var nodes = model.Architecture.Nodes.Select(node => latent.TryGetValue(node.Id, out var integers) ? (Weighted)node with { Quantized = integers } : node);
        return (model with { Architecture = model.Architecture with { Nodes = [.. nodes] } })
            .With(latent.SelectMany(layer => Integers(model, layer.Key, layer.Value)));
    }

    /// <summary>The same network with float32 weights, each integer times its scale: what the integers, or those yet to come, stand for.</summary>
    public static ModelState Dequantize(ModelState model)
    {
        model = Finish(model);
        var floats = model.Layers.Where(layer => layer.Quantized is not null).Select(layer => Dequantized(model, $"{layer.Id}.weight")).ToArray();
        var nodes = model.Architecture.Nodes.Select(node => node is Weighted layer ? layer with { Quantized = null } : node);
        var tensors = model.With(floats).Tensors.Where(tensor => !tensor.Key.EndsWith(".weight_scale", StringComparison.Ordinal));
        return new ModelState(model.Architecture with { Nodes = [.. nodes] }, tensors.ToDictionary(StringComparer.Ordinal));
    }

    private static ModelState Marked(ModelState model, WeightQuantization quantization)
    {
        var nodes = model.Architecture.Nodes.Select(node => node is Weighted layer ? layer with { Quantized = quantization } : node);
        return model with { Architecture = model.Architecture with { Nodes = [.. nodes] } };
    }

    private static NamedTensor[] Integers(ModelState model, string layer, WeightQuantization quantization)
    {
        var name = $"{layer}.weight";
        var shape = model.Tensors[name].Shape;
        var weights = IntegerWeights.Of(model.Floats(name), (int)shape[0], quantization);
        return [Integers(name, shape, quantization.Bits, weights.Values), ModelState.Floats($"{name}_scale", [weights.Scales.Length], weights.Scales)];
    }

    private static NamedTensor Integers(string name, long[] shape, int bits, short[] values) => bits <= 8
        ? new NamedTensor(name, TensorType.I8, shape, MemoryMarshal.AsBytes<sbyte>([.. values.Select(value => (sbyte)value)]).ToArray())
        : new NamedTensor(name, TensorType.I16, shape, MemoryMarshal.AsBytes<short>(values).ToArray());

    private static NamedTensor Dequantized(ModelState model, string name)
    {
        var tensor = model.Tensors[name];
        var scales = model.Floats($"{name}_scale");
        short[] integers = tensor.Type == TensorType.I8
            ? [.. MemoryMarshal.Cast<byte, sbyte>(tensor.Data.Span).ToArray().Select(value => (short)value)]
            : MemoryMarshal.Cast<byte, short>(tensor.Data.Span).ToArray();
        var perScale = integers.Length / scales.Length;
        return ModelState.Floats(name, tensor.Shape, [.. integers.Select((value, i) => value * scales[i / perScale])]);
    }
}
