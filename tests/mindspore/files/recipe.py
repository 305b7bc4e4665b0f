"""Makes the .ckpt files beside it with MindSpore, and what load_checkpoint reads of them.

    python3 -m venv V; V/bin/pip install mindspore==2.10.0; V/bin/python recipe.py
"""

import os
import time

import mindspore as ms
import numpy as np
from mindspore.train import serialization

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {
    "Float32": "F32", "Float16": "F16", "BFloat16": "BF16", "Float64": "F64", "Int8": "I8",
    "Int16": "I16", "Int32": "I32", "Int64": "I64", "UInt8": "U8", "UInt16": "U16",
    "UInt32": "U32", "UInt64": "U64", "Bool": "BOOL", "Int4": "I8",
}


def counting(dtype, *shape):
    size = int(np.prod(shape)) * 2
    return ms.Tensor(np.arange(size)[1::2].reshape(shape) - 3, dtype)


def save(name, tensors, **options):
    path = os.path.join(HERE, name)
    parameters = [{"name": n, "data": t} for n, t in tensors.items()]
    ms.save_checkpoint(parameters, path, **options)
    while ms.async_ckpt_thread_status():
        time.sleep(0.1)
    os.chmod(path, 0o644)
    with open(path[:-5] + ".txt", "w", encoding="utf-8") as out:
        for key, value in ms.load_checkpoint(path).items():
            if isinstance(value, str):
                print("text", key, value.encode().hex(), file=out)
                continue
            shape = ",".join(str(n) for n in value.shape)
            print("tensor", key, NAMES[str(value.dtype)], f"[{shape}]",
                  bytes(value.get_bytes()).hex(), file=out)


def main():
    types = ["float32", "float16", "bfloat16", "float64", "int8", "int16", "int32", "int64",
             "uint8", "uint16", "uint32", "uint64"]
    every = {f"layer.{n}": counting(getattr(ms, n), 3, 2) for n in types}
    every["layer.bool"] = ms.Tensor([[True, False, True]])
    every["scalar"] = ms.Tensor(1.5, ms.float32)
    every["rank5"] = counting(ms.float32, 1, 2, 1, 3, 2)
    every["网.weight"] = counting(ms.float16, 2)
    save("every_type.ckpt", every,
         append_dict={"epoch_num": 7, "learning_rate": 0.5, "loss_scale": True,
                      "network": "tiny 网 \U0001F600", "none": ""})

    save("crc.ckpt", {"w": counting(ms.float32, 3, 4), "b": counting(ms.float16, 5)},
         crc_check=True)

    # Pieces of 1 KiB; by bytes, and along the first axis, as the two writers of MindSpore do it.
    serialization.SLICE_SIZE = 1
    pieces = {"a.weight": counting(ms.float32, 7, 50), "b": counting(ms.float16, 3),
              "c.ids": counting(ms.int64, 256), "one.row": counting(ms.float32, 1, 300)}
    save("pieces.ckpt", pieces)
    save("rows.ckpt", pieces, async_save="thread")


main()
