"""Makes the models beside it with the package onnx, and listings of what it reads of them.

    python3 -m venv V; V/bin/pip install onnx==1.23.2 ml_dtypes==0.6.0; V/bin/python recipe.py
"""

import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {
    "FLOAT": "F32", "UINT8": "U8", "INT8": "I8", "UINT16": "U16", "INT16": "I16", "INT32": "I32",
    "INT64": "I64", "BOOL": "BOOL", "FLOAT16": "F16", "DOUBLE": "F64", "UINT32": "U32",
    "UINT64": "U64", "COMPLEX64": "C64", "BFLOAT16": "BF16", "FLOAT8E4M3FN": "F8_E4M3",
    "FLOAT8E4M3FNUZ": "F8_E4M3FNUZ", "FLOAT8E5M2": "F8_E5M2", "FLOAT8E5M2FNUZ": "F8_E5M2FNUZ",
    "FLOAT8E8M0": "F8_E8M0",
}


def array_of(name):
    dtype = helper.tensor_dtype_to_np_dtype(getattr(TensorProto, name))
    first = 1 if name.startswith("U") or name == "FLOAT8E8M0" else -2
    values = np.arange(6).reshape(2, 3) + first
    return (values % 2 == 0) if name == "BOOL" else values.astype(dtype)


def model_of(tensors):
    names = [t.name for t in tensors]
    nodes = [helper.make_node("Identity", [n], [n + ".out"], name="node/" + n) for n in names]
    outputs = [helper.make_tensor_value_info(n + ".out", t.data_type, list(t.dims))
               for n, t in zip(names, tensors)]
    graph = helper.make_graph(nodes, "graph", [], outputs, initializer=tensors)
    return helper.make_model(graph, ir_version=10)


def list_tensors(name, model):
    with open(os.path.join(HERE, name + ".txt"), "w", encoding="ascii") as out:
        for tensor in model.graph.initializer:
            array = numpy_helper.to_array(tensor, base_dir=HERE)
            shape = ",".join(str(n) for n in tensor.dims)
            dtype = TYPES[TensorProto.DataType.Name(tensor.data_type)]
            print(tensor.name, dtype, f"[{shape}]", array.tobytes().hex(), file=out)


def save(name, model):
    with open(os.path.join(HERE, name + ".onnx"), "wb") as out:
        out.write(model.SerializeToString())
    list_tensors(name, model)


def main():
    typed = []
    for name in TYPES:
        array = array_of(name)
        typed.append(helper.make_tensor(name.lower(), getattr(TensorProto, name), array.shape,
                                        array.flatten().tolist() if name == "BOOL" else array.flatten()))
    save("typed", model_of(typed))

    raw = [numpy_helper.from_array(array_of(n), n.lower()) for n in TYPES]
    raw.append(numpy_helper.from_array(np.array(1.5, np.float32), "scalar"))
    raw.append(numpy_helper.from_array(np.zeros((0, 4), np.float32), "none"))
    save("raw", model_of(raw))

    model = model_of([numpy_helper.from_array(array_of(n), n.lower()) for n in ("FLOAT", "INT64")])
    path = os.path.join(HERE, "external.onnx")
    onnx.save_model(model, path, save_as_external_data=True, location="external.data",
                    size_threshold=0)
    os.chmod(os.path.join(HERE, "external.data"), 0o644)
    list_tensors("external", onnx.load(path, load_external_data=False))


main()
