"""The network of the checks of exports: layers of every kind that exporters treat in a way of their own."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width, bias=False)
        self.ff = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        x = x + self.out(torch.softmax(q @ k.transpose(1, 2), dim=-1) @ v)
        return x + self.ff(x)


class Network(nn.Module):
    def __init__(self, width=24, layers=3):
        super().__init__()
        self.embed = nn.Conv1d(8, width, 3, padding=1)
        self.blocks = nn.ModuleList([Block(width) for _ in range(layers)])
        self.head = nn.Linear(width, 5)
        self.table = torch.arange(16 * width, dtype=torch.float32).reshape(1, 16, width) / 97
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x):
        h = self.embed(x).transpose(1, 2)
        h = h + self.table[:, : h.shape[1]].to(h.dtype)
        for block in self.blocks:
            h = block(h)
        return self.head(h[:, 0]) * self.scale


def trained(seed):
    network = Network()
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.data.copy_(torch.randn(parameter.shape, generator=generator) / 4)
    network.scale.fill_(1 + seed / 8)
    return network.eval()


def example():
    return torch.randn(2, 8, 7, generator=torch.Generator().manual_seed(9))
