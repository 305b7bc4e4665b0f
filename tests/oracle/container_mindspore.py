"""Checkpoints of mindspore.save_checkpoint, in both of its formats; see container_script.py."""

import random

import container_script
import mindspore
import ml_dtypes
import numpy
from mindspore.train import serialization
from mindspore_values import read_checkpoint

TYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "I16": "<i2", "U16": "<u2", "I32": "<i4", "U32": "<u4",
    "I64": "<i8", "U64": "<u8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": ml_dtypes.bfloat16,
}  # fmt: skip


def save(**options):
    def write(folder, tensors, seed):
        parameters = [
            {"name": name, "data": mindspore.Tensor(numpy.frombuffer(data, TYPES[dtype]).reshape(shape))}
            for name, (dtype, shape, data) in tensors.items()
        ]
        name = "source.safetensors" if options.get("format") == "safetensors" else "source.ckpt"
        # In KiB; what is larger is cut into pieces.
        serialization.SLICE_SIZE = random.Random(seed).choice([1, 7, 512 * 1024])
        mindspore.save_checkpoint(parameters, str(folder / name), **options)
        return tensors

    return write


def load(name, **options):
    return lambda folder: read_checkpoint(folder / name, **options)


EVERY = list(TYPES)
# BF16 passes by way of numpy's types there, and does so only with the numpy that MindSpore was built with.
NUMPYS = [dtype for dtype in EVERY if dtype != "BF16"]
SAVED = {"may_be_empty": False}  # save_checkpoint leaves empty tensors out
container_script.run({
    "ckpt": (EVERY, save(), EVERY, load("target.ckpt"), SAVED),
    "ckpt-crc": (EVERY, save(crc_check=True), EVERY, None, SAVED),
    "safetensors": (
        NUMPYS,
        save(format="safetensors"),
        NUMPYS,
        load("target.safetensors", format="safetensors"),
        SAVED,
    ),
}, is_written=lambda kind, shape: kind != "ckpt" or shape != [0])  # which would be a scalar there
