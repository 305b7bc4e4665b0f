"""What mindspore.load_checkpoint reads, as tensor_files.py has it."""

import mindspore

NAMES = {
    "Bool": "BOOL", "UInt8": "U8", "Int8": "I8", "Int16": "I16", "UInt16": "U16", "Int32": "I32",
    "UInt32": "U32", "Int64": "I64", "UInt64": "U64", "Float16": "F16", "Float32": "F32", "Float64": "F64",
    "BFloat16": "BF16",
}  # fmt: skip


def tensor_of(parameter):
    data = bytes(parameter.get_bytes()) if 0 not in parameter.shape else b""
    return NAMES[str(parameter.dtype)], list(parameter.shape), data


def read_checkpoint(path, **options):
    loaded = mindspore.load_checkpoint(str(path), **options)
    return {name: tensor_of(parameter) for name, parameter in loaded.items()}
