"""Written by `ledger export`. Needs PyTorch and nothing else.

    network = load("folder")    # the folder with model.safetensors; without an argument, this file's folder
    logits = network(pixels)    # float32 pixels in [0, 1], [n, 1, 28, 28] -> logits [n, 10]

The weights are stored as integers and multiplied by their scales on loading; the arithmetic is float32.
"""
import json
import pathlib
import struct

import torch
from torch import nn


class Normalize(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, x):
        return (x - self.mean) / self.std


class FakeQuantize(nn.Module):
    def __init__(self, scale, zero_point, low, high):
        super().__init__()
        self.scale, self.zero_point, self.low, self.high = scale, zero_point, low, high

    def forward(self, x):
        # torch.round rounds halves to even. The gradient is the identity (straight-through).
        q = torch.clamp(torch.round(x / self.scale) + self.zero_point, self.low, self.high)
        return ((q - self.zero_point) * self.scale).detach() + (x - x.detach())


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.normalize = Normalize(mean=[0.0], std=[1.0])
        self.normalize_q = FakeQuantize(scale=0.00392156862745098, zero_point=-128, low=-128, high=127)
        self.conv1 = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.relu1_q = FakeQuantize(scale=0.0123, zero_point=-128, low=-128, high=127)
        self.head = nn.Linear(784, 10)

    def forward(self, x):
        x = self.normalize(x)
        x = self.normalize_q(x)
        x = self.conv1(x)
        x = torch.relu(x)
        x = self.relu1_q(x)
        x = x.flatten(1)
        x = self.head(x)
        return x


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


def dequantize(tensors):
    # weight = integer * scale, one scale for each output channel or one for the tensor
    for name in [name for name in tensors if name.endswith(".weight_scale")]:
        scale, weight = tensors.pop(name), tensors[name[:-len("_scale")]]
        tensors[name[:-len("_scale")]] = weight.float() * scale.view(-1, *[1] * (weight.dim() - 1))
    return tensors


def load(folder=pathlib.Path(__file__).parent):
    network = Network()
    network.load_state_dict(dequantize(read_safetensors(pathlib.Path(folder) / "model.safetensors")))
    return network.eval()
