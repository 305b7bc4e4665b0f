"""What is written by hand today: fuse_experts.py THREADS SOURCE TARGET

Reads tensor by tensor with safe_open, fuses the experts of a layer with torch.stack and torch.cat,
and saves a shard whenever 2 GiB have come together. Knows Mixtral and Qwen2-MoE.
"""

import json
import pathlib
import sys
import time

import torch
from safetensors import safe_open
from safetensors.torch import save_file

SHARD_BYTES = 2 << 30


class Source:
    def __init__(self, folder):
        index = json.loads((folder / "model.safetensors.index.json").read_text())
        self.files = index["weight_map"]
        self.open = {name: safe_open(folder / name, "pt") for name in set(self.files.values())}

    def __getitem__(self, name):
        return self.open[self.files[name]].get_tensor(name)


class Target:
    def __init__(self, folder):
        folder.mkdir(parents=True)
        self.folder = folder
        self.shard = {}
        self.shard_bytes = 0
        self.shards = 0

    def add(self, name, tensor):
        size_bytes = tensor.numel() * tensor.element_size()
        if self.shard and self.shard_bytes + size_bytes > SHARD_BYTES:
            self.save()
        self.shard[name] = tensor.contiguous()
        self.shard_bytes += size_bytes

    def save(self):
        self.shards += 1
        save_file(self.shard, self.folder / f"model-{self.shards:05}.safetensors")
        self.shard = {}
        self.shard_bytes = 0


def layers_of(names):
    """For each layer with experts, the number of them."""
    layers = {}
    for name in names:
        words = name.split(".")
        if "experts" in words:
            expert = int(words[words.index("experts") + 1])
            layer = int(words[2])
            layers[layer] = max(layers.get(layer, 0), expert + 1)
    return layers


def fuse(source, target, block, gate, up, down):
    for name in source.files:
        if ".experts." not in name:
            target.add(name.replace(f".{block}.gate.", ".mlp.gate."), source[name])
    for layer, experts in layers_of(source.files).items():
        prefix = f"model.layers.{layer}.{block}.experts"
        gate_up = torch.stack(
            [
                torch.cat(
                    [source[f"{prefix}.{e}.{gate}.weight"], source[f"{prefix}.{e}.{up}.weight"]]
                )
                for e in range(experts)
            ]
        )
        target.add(f"model.layers.{layer}.mlp.experts.gate_up_proj", gate_up)
        del gate_up
        downs = torch.stack([source[f"{prefix}.{e}.{down}.weight"] for e in range(experts)])
        target.add(f"model.layers.{layer}.mlp.experts.down_proj", downs)
        del downs
    target.save()


def main():
    threads, source, target = sys.argv[1:]
    torch.set_num_threads(int(threads))
    config = json.loads((pathlib.Path(source) / "config.json").read_text())
    names = {
        "mixtral": ("block_sparse_moe", "w1", "w3", "w2"),
        "qwen2_moe": ("mlp", "gate_proj", "up_proj", "down_proj"),
    }[config["model_type"]]
    begin = time.perf_counter()
    fuse(Source(pathlib.Path(source)), Target(pathlib.Path(target)), *names)
    print(json.dumps({"seconds": time.perf_counter() - begin}))


main()
