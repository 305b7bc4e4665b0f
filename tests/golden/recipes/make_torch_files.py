#!/usr/bin/env python3
"""Makes files of torch.save with what is rare in a checkpoint, and what torch reads from each.

usage: make_torch_files.py FOLDER

NAME.pt is written by torch; NAME.expected.safetensors holds the same tensors by their way from the root,
put there from their bytes and not by way of the safetensors library. The files were made with torch 2.13.0;
in the legacy ones the keys of storages, which are addresses, differ from run to run.
"""

import collections
import json
import pathlib
import struct
import sys

import torch

NAMES = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.uint16: "U16",
    torch.int32: "I32", torch.uint32: "U32", torch.int64: "I64", torch.uint64: "U64",
    torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64",
    torch.complex64: "C64", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
    torch.float8_e4m3fnuz: "F8_E4M3FNUZ", torch.float8_e5m2fnuz: "F8_E5M2FNUZ",
    torch.float8_e8m0fnu: "F8_E8M0",
}  # fmt: skip
OLD = [dtype for dtype in NAMES if NAMES[dtype] not in ("U16", "U32", "U64") and "F8" not in NAMES[dtype]]
SHAPES = [(), (0,), (5,), (3, 0, 2), (2, 3, 4), (1, 2, 1, 2, 3)]


def filled(dtype, shape, seed):
    """Bytes that do not repeat, seen as the dtype; every bit pattern is welcome."""
    count = torch.empty(shape, dtype=dtype).numel()
    size = torch.empty((), dtype=dtype).element_size()
    numbers = (torch.arange(count * size, dtype=torch.int64) * 37 + seed * 101 + 11) % 251
    if dtype == torch.bool:
        numbers %= 2
    return numbers.to(torch.uint8).view(dtype).reshape(shape)


def dtypes(chosen):
    pairs = [(dtype, shape) for dtype in chosen for shape in SHAPES]
    return {
        f"{NAMES[dtype]}.{'x'.join(map(str, shape)) or 'scalar'}": filled(dtype, shape, seed)
        for seed, (dtype, shape) in enumerate(pairs)
    }


def views():
    storage = filled(torch.float32, (40, 6), 1)
    shared = filled(torch.bfloat16, (7, 5), 2)
    return {
        "whole": storage,
        "again": storage,
        "rows": storage[3:9],
        "column": storage[:, 2],
        "columns": storage[5:30:3, 1:5],
        "transposed": storage.t(),
        "diagonal": storage.diagonal(),
        "scalar": storage[11, 4],
        "empty": storage[4:4],
        "windows": storage.flatten().unfold(0, 20, 9),
        "permuted": filled(torch.int16, (2, 3, 4, 5), 3).permute(3, 1, 0, 2),
        "channels_last": filled(torch.float16, (2, 3, 4, 5), 4).to(memory_format=torch.channels_last),
        "expanded": shared[2].expand(4, 3, 5),
        "repeated": shared[1:2, 1:2].expand(90, 90),
        "complex": filled(torch.complex64, (4, 6), 5).t(),
    }


def nested():
    fc = torch.nn.Parameter(filled(torch.float32, (3, 4), 1))
    state = collections.OrderedDict({"fc.weight": fc, "fc.bias": filled(torch.float32, (3,), 2)})
    return {
        "model": state,
        "tied": fc,
        "history": [filled(torch.int64, (2,), 3), (filled(torch.int8, (), 4), {"deep": filled(torch.bool, (5,), 5)})],
        "numbers": {0: filled(torch.float64, (2,), 6), 10: filled(torch.float64, (1,), 7)},
        "epoch": 3,
        "name": "層",
        "betas": (0.9, 0.98),
    }


def tensors_of(value, path=()):
    if isinstance(value, torch.Tensor):
        yield ".".join(path), value.detach()
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from tensors_of(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from tensors_of(item, (*path, str(number)))


def write_expected(value, path):
    header, data = {}, b""
    for name, tensor in tensors_of(value):
        raw = bytes(tensor.contiguous().reshape(-1).view(torch.uint8).tolist())
        header[name] = {
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    legacy = {"_use_new_zipfile_serialization": False}
    files = {
        "views": (views(), {"views": {}, "views_legacy": legacy}),
        "dtypes": (dtypes(NAMES), {"dtypes": {}}),
        "dtypes_legacy": (dtypes(OLD), {"dtypes_legacy": legacy}),
        "nested": (nested(), {"nested": {}, "nested_protocol5": {"pickle_protocol": 5}}),
    }
    for expected, (value, written) in files.items():
        write_expected(value, folder / f"{expected}.expected.safetensors")
        for name, options in written.items():
            torch.save(value, folder / f"{name}.pt", **options)


main()
