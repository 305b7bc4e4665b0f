"""Checkpoints of torch.distributed.checkpoint, with what they hold as safetensors.

    python make_dcp_cases.py DIRECTORY

Made with torch 2.13.0 and safetensors 0.8.0. Four processes on one machine save tensors that are
split over a mesh of 2 x 2 of them.
"""

import collections
import os
import pickle
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from safetensors.torch import save_file
from torch.distributed._shard.sharded_tensor.metadata import TensorProperties as OldProperties
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Replicate, Shard, distribute_tensor

PROCESSES = 4


def whole(shape, dtype, start):
    count = 1
    for size in shape:
        count *= size
    numbers = (torch.arange(count, dtype=torch.float64) + start) * 0.25
    return numbers.to(dtype).reshape(shape)


def tensors():
    """name: (the whole tensor, how it is split over the two axes of the mesh)"""
    return {
        "grid": (whole((5, 7), torch.float32, 1), [Shard(0), Shard(1)]),
        "grid_of_middle_axes": (whole((2, 5, 3, 4), torch.bfloat16, 2), [Shard(1), Shard(2)]),
        "rows": (whole((9, 3), torch.float16, 3), [Shard(0), Replicate()]),
        "rows_twice": (whole((11, 2), torch.float32, 4), [Shard(0), Shard(0)]),
        "columns": (whole((4, 6), torch.int64, 5), [Replicate(), Shard(1)]),
        "fewer_rows_than_ranks": (whole((1, 4), torch.float32, 6), [Shard(0), Replicate()]),
        "pairs": (torch.complex(whole((4, 3), torch.float64, 7), whole((4, 3), torch.float64, 8)),
                  [Replicate(), Shard(1)]),
        "copied": (whole((3, 2), torch.float32, 9), [Replicate(), Replicate()]),
    }


def save_mesh(rank, directory, rendezvous):
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank,
                            world_size=PROCESSES)
    mesh = init_device_mesh("cpu", (2, 2))
    state = {name: distribute_tensor(tensor, mesh, split)
             for name, (tensor, split) in tensors().items()}
    writer = dcp.FileSystemWriter(directory, thread_count=1)
    dcp.save({"model": state, "step": 7}, storage_writer=writer)
    dist.destroy_process_group()


def make_mesh(root):
    directory = root / "mesh"
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(save_mesh, args=(directory.name, f"{folder}/rendezvous"), nprocs=PROCESSES)
    expected = {f"model.{name}": tensor for name, (tensor, _) in tensors().items()}
    expected["model.pairs"] = torch.view_as_real(expected["model.pairs"])
    save_file({name: tensor.contiguous() for name, tensor in expected.items()},
              root / "mesh.safetensors")


def make_single(root):
    state = {
        "weight": whole((3, 4), torch.float32, 1),
        "transposed": whole((3, 4), torch.float32, 2).t(),
        "slice": whole((8, 4), torch.bfloat16, 3)[2:5],
        "scalar": torch.tensor(3.5, dtype=torch.float64),
        "empty": torch.zeros(0, 3),
        "flags": torch.tensor([True, False, True]),
        "module.x": whole((2,), torch.uint8, 4),
    }
    dcp.save({**state, "epoch": 3, "note": "a text", "lr": 0.5, "sizes": [1, 2]},
             checkpoint_id="single", no_dist=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()},
              root / "single.safetensors")


def make_values(root):
    """Tensors in values that torch does not look into."""
    model = {"w": whole((3, 4), torch.float32, 1), "b": whole((4,), torch.float32, 2)}
    queue = collections.deque([whole((2, 2), torch.float32, 3)])
    nested = collections.deque([whole((2,), torch.bfloat16, 4), whole((), torch.float32, 5)])
    dcp.save({"model": model, "queue": queue, "q": {"x": nested}, "step": 7},
             checkpoint_id="values", no_dist=True)
    save_file({"model.w": model["w"], "model.b": model["b"], "queue.0": queue[0],
               "q.x.0": nested[0], "q.x.1": nested[1]}, root / "values.safetensors")


def make_older(root):
    """Up to torch 2.2 the properties of tensors were of another module."""
    state = {"x": whole((3, 4), torch.float32, 1), "y": whole((4,), torch.float16, 2)}
    dcp.save(state, checkpoint_id="older", no_dist=True)
    metadata = pickle.loads((root / "older" / ".metadata").read_bytes())
    for item in metadata.state_dict_metadata.values():
        item.properties = OldProperties(dtype=item.properties.dtype)
    (root / "older" / ".metadata").write_bytes(pickle.dumps(metadata))
    save_file(state, root / "older.safetensors")


def main():
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    os.chdir(sys.argv[1])  # the path is saved, too
    root = Path(".")
    for name in ("mesh", "single", "values", "older"):
        shutil.rmtree(root / name, ignore_errors=True)
    make_single(root)
    make_values(root)
    make_older(root)
    make_mesh(root)


if __name__ == "__main__":
    main()
