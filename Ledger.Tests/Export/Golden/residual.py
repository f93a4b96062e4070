"""Written by `ledger export`. Needs PyTorch and nothing else.

    network = load("folder")    # the folder with model.safetensors; without an argument, this file's folder
    logits = network(pixels)    # float32 pixels in [0, 1], [n, 3, 32, 32] -> logits [n, 10]
"""
import json
import pathlib
import struct

import torch
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 3, 3, stride=1, padding=1, bias=False)
        self.conv = nn.Conv2d(3, 3, 3, stride=1, padding=1)
        self.head = nn.Linear(3, 10, bias=False)

    def forward(self, pixels):
        x = self.stem(pixels)
        relu = torch.relu(x)
        x = self.conv(relu)
        x = x + relu
        x = x + pixels
        x = x.mean(dim=(2, 3))
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
