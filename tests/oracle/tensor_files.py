"""Random tensors as bytes, and safetensors files of them, without any library."""

import json
import random
import struct

BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip
SYLLABLES = ["layers", "weight", "bias", "attn", "0", "11", "q_proj", "層", "é", "gate up", "a/b", "100%"]


def elements_of(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def size_of(dtype, shape):
    bits = elements_of(shape) * BITS[dtype]
    assert bits % 8 == 0, (dtype, shape)
    return bits // 8


def random_shape(chance, may_be_empty):
    """Ranks 0 to 5; up to a million elements, mostly few."""
    rank = chance.randrange(6)
    if chance.random() < 0.04:
        return [chance.randrange(1, 1_000_001)] if rank < 3 else [2, chance.randrange(1, 1_001), 500]
    shape = [chance.choice([1, 2, 3, 4, 7]) for _ in range(rank)]
    if may_be_empty and shape and chance.random() < 0.1:
        shape[chance.randrange(rank)] = 0
    return shape


def random_tensors(seed, dtypes, count=30, may_be_empty=True):
    """name → (dtype, shape, bytes). Any bits, but for booleans, which are 0 and 1."""
    chance = random.Random(seed)
    tensors = {}
    for number in range(count):
        dtype = chance.choice(dtypes)
        shape = random_shape(chance, may_be_empty)
        while elements_of(shape) * BITS[dtype] % 8 != 0:
            shape.append(2)
        size = size_of(dtype, shape)
        data = bytes(chance.getrandbits(1) for _ in range(size)) if dtype == "BOOL" else chance.randbytes(size)
        name = ".".join(chance.choices(SYLLABLES, k=3))
        tensors[f"{name}.{number}"] = (dtype, shape, data)
    return tensors


def write_safetensors(path, tensors):
    header, end = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


def read_safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    tensors = {}
    for name, entry in json.loads(content[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = (entry["dtype"], entry["shape"], content[begin:end])
    return tensors


def compare(got, expected, what):
    assert got.keys() == expected.keys(), f"{what}: names {sorted(got.keys() ^ expected.keys())[:5]}"
    for name, (dtype, shape, data) in expected.items():
        other = got[name]
        assert (other[0], list(other[1])) == (dtype, list(shape)), (
            f"{what}: {name!r} is {other[0]} {other[1]}, not {dtype} {shape}"
        )
        assert other[2] == data, f"{what}: {name!r} ({dtype} {shape}) differs in its bytes"
