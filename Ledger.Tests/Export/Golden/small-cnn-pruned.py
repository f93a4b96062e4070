"""Written by `ledger export`. Needs PyTorch and nothing else.

    network = load("folder")    # the folder with model.safetensors; without an argument, this file's folder
    logits = network(pixels)    # float32 pixels in [0, 1], [n, 1, 28, 28] -> logits [n, 10]
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


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.normalize = Normalize(mean=[0.286], std=[0.353])
        self.conv1 = nn.Conv2d(1, 8, 3, stride=1, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 11, 3, stride=1, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(11)
        self.hidden = nn.Linear(539, 128)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        x = self.normalize(x)
        x = self.conv1(x)
        x = self.norm1(x)
        x = torch.relu(x)
        x = nn.functional.max_pool2d(x, 2, stride=2)
        x = self.conv2(x)
        x = self.norm2(x)
        x = torch.relu(x)
        x = nn.functional.max_pool2d(x, 2, stride=2)
        x = x.flatten(1)
        x = self.hidden(x)
        x = torch.relu(x)
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


def load(folder=pathlib.Path(__file__).parent):
    network = Network()
    network.load_state_dict(read_safetensors(pathlib.Path(folder) / "model.safetensors"))
    return network.eval()
