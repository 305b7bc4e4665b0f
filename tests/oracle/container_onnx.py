"""Models of the package onnx; see container_script.py."""

import random

import container_script
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "BOOL": "BOOL", "U8": "UINT8", "I8": "INT8", "I16": "INT16", "U16": "UINT16", "I32": "INT32",
    "U32": "UINT32", "I64": "INT64", "U64": "UINT64", "F16": "FLOAT16", "BF16": "BFLOAT16", "F32": "FLOAT",
    "F64": "DOUBLE", "C64": "COMPLEX64", "F8_E4M3": "FLOAT8E4M3FN", "F8_E5M2": "FLOAT8E5M2",
    "F8_E4M3FNUZ": "FLOAT8E4M3FNUZ", "F8_E5M2FNUZ": "FLOAT8E5M2FNUZ", "F8_E8M0": "FLOAT8E8M0",
}  # fmt: skip


def raw(name, dtype, shape, data):
    tensor = TensorProto(name=name, dims=shape, data_type=getattr(TensorProto, TYPES[dtype]), raw_data=data)
    # The package reads what is written here.
    assert numpy_helper.to_array(tensor).tobytes() == data
    return tensor


def typed(name, dtype, shape, data):
    """Numbers in the field of the type, filled as onnx.proto says."""
    tensor = TensorProto(name=name, dims=shape, data_type=getattr(TensorProto, TYPES[dtype]))
    if dtype in ("F32", "C64"):
        tensor.float_data.extend(numpy.frombuffer(data, "<f4").tolist())
    elif dtype == "F64":
        tensor.double_data.extend(numpy.frombuffer(data, "<f8").tolist())
    elif dtype in ("I64", "U32", "U64"):
        field = tensor.int64_data if dtype == "I64" else tensor.uint64_data
        field.extend(numpy.frombuffer(data, {"I64": "<i8", "U32": "<u4", "U64": "<u8"}[dtype]).tolist())
    else:
        signed = {"I8": "i1", "I16": "<i2", "I32": "<i4"}
        bits = {1: "u1", 2: "<u2"}[helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize] if dtype not in signed else signed[dtype]
        tensor.int32_data.extend(numpy.frombuffer(data, bits).tolist())
    return tensor


def model_of(tensors):
    graph = helper.make_graph([], "graph", [], [], initializer=tensors)
    return helper.make_model(graph, ir_version=10)


def save_raw(folder, tensors, seed):
    onnx.save_model(model_of([raw(name, *tensor) for name, tensor in tensors.items()]), folder / "source.onnx")
    return tensors


def save_typed(folder, tensors, seed):
    # Not-a-numbers would not pass through Python's floats with all their bits.
    held = {}
    for name, (dtype, shape, data) in tensors.items():
        if dtype in ("F32", "F64", "C64"):
            code = "<f8" if dtype == "F64" else "<f4"
            data = numpy.nan_to_num(numpy.frombuffer(data, code)).tobytes()
        held[name] = (dtype, shape, data)
    model = model_of([typed(name, *tensor) for name, tensor in held.items()])
    onnx.save_model(model, folder / "source.onnx")
    return held


def save_external(folder, tensors, seed):
    chance = random.Random(seed)
    onnx.save_model(
        model_of([raw(name, *tensor) for name, tensor in tensors.items()]),
        folder / "source.onnx",
        save_as_external_data=True,
        all_tensors_to_one_file=chance.random() < 0.5,
        location="source.data",
        size_threshold=chance.choice([0, 64]),
    )
    return tensors


EVERY = list(TYPES)
container_script.run({
    "raw": (EVERY, save_raw, EVERY, None, {}),
    "typed": (EVERY, save_typed, EVERY, None, {}),
    "external": (EVERY, save_external, EVERY, None, {"count": 12}),
})  # fmt: skip
