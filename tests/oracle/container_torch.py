"""Checkpoints of torch.save; see container_script.py."""

import json
import random
import warnings

import container_script
import numpy
import torch
from tensor_files import BITS

TYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "U16": torch.uint16,
    "I32": torch.int32, "U32": torch.uint32, "I64": torch.int64, "U64": torch.uint64,
    "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
    "C64": torch.complex64, "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz, "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "F8_E8M0": torch.float8_e8m0fnu,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in TYPES.items()}
OLD = ["BOOL", "U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F64", "C64"]


def tensor_of(dtype, shape, data):
    if not data:
        return torch.empty(shape, dtype=TYPES[dtype])
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).view(TYPES[dtype]).reshape(shape)


def bytes_of(tensor):
    if tensor.numel() == 0:
        return b""
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def save(options):
    def write(folder, tensors, seed):
        state = {name: tensor_of(*tensor) for name, tensor in tensors.items()}
        torch.save(state, folder / "source.pt", **options)
        return tensors

    return write


def seen(chance, dtype, shape, data):
    """Another view of the tensor's storage, and what it holds; by numpy, which knows nothing of dtypes here."""
    tensor = tensor_of(dtype, shape, data)
    array = numpy.frombuffer(data, numpy.uint8).reshape(*shape, BITS[dtype] // 8)
    choice = chance.randrange(4)
    if choice == 0 and shape:
        order = chance.sample(range(len(shape)), len(shape))
        return tensor.permute(order), array.transpose(*order, len(shape))
    if choice == 1 and shape:
        axis = chance.randrange(len(shape))
        begin, step = chance.randrange(shape[axis] + 1), chance.randrange(1, 4)
        index = (slice(None),) * axis + (slice(begin, None, step),)
        return tensor[index], array[index]
    if choice == 2:
        return tensor.expand(3, *shape), numpy.broadcast_to(array, (3, *array.shape))
    return tensor, array


def save_views(folder, tensors, seed):
    chance = random.Random(seed)
    state, held = {}, {}
    for name, (dtype, shape, data) in tensors.items():
        state[name] = tensor_of(dtype, shape, data)
        held[name] = (dtype, shape, data)
        view, array = seen(chance, dtype, shape, data)
        state[name + ".view"] = view
        held[name + ".view"] = (dtype, list(view.shape), array.tobytes())
    legacy = chance.random() < 0.3 and all(tensor[0] in OLD for tensor in tensors.values())
    torch.save(state, folder / "source.pt", _use_new_zipfile_serialization=not legacy)
    return held


def save_wide(folder, tensors, seed):
    """Types that weft has no name for: complex128 and complex32 as pairs, pairs of F4."""
    state, held = {}, {}
    for name, (dtype, shape, data) in tensors.items():
        pair = {"F64": torch.complex128, "F16": torch.complex32, "U8": torch.float4_e2m1fn_x2}[dtype]
        if dtype == "U8":
            shape = shape or [1]
            state[name] = tensor_of(dtype, shape, data).view(pair)
            held[name] = ("F4", [*shape[:-1], shape[-1] * 2], data)
        else:
            flat = tensor_of(dtype, [*shape, 2], data + data)
            state[name] = flat.view(pair).reshape(shape)
            held[name] = (dtype, [*shape, 2], data + data)
    torch.save(state, folder / "source.pt")
    return held


def load(path, **options):
    return {
        name: (NAMES[tensor.dtype], list(tensor.shape), bytes_of(tensor))
        for name, tensor in torch.load(path, weights_only=True, **options).items()
    }


def load_strictly(folder):
    tensors = load(folder / "target.pt")
    assert tensors == load(folder / "target.pt", mmap=True), "mmap=True gives other tensors"
    return tensors


def load_shards(folder):
    index = json.loads((folder / "target" / "pytorch_model.bin.index.json").read_text())
    shards = {shard: load(folder / "target" / shard) for shard in set(index["weight_map"].values())}
    assert len(shards) > 1, "one shard"
    tensors = {name: shards[shard].pop(name) for name, shard in index["weight_map"].items()}
    assert not any(shards.values()), "tensors that the index does not name"
    return tensors


warnings.filterwarnings("ignore")
EVERY = list(TYPES)
container_script.run({
    "zip": (EVERY, save({}), EVERY, load_strictly, {}),
    "shards": (EVERY, save({"pickle_protocol": 4}), EVERY, load_shards, {}),
    "legacy": (OLD, save({"_use_new_zipfile_serialization": False}), EVERY, None, {}),
    "views": (EVERY, save_views, EVERY, None, {}),
    "pairs": (["F64", "F16", "U8"], save_wide, EVERY, None, {}),
})  # fmt: skip
