"""The safetensors library reads what weft writes: every dtype, odd shapes, one file and shards."""

import itertools
import json
import struct

import safetensors
from program import weft

BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip
METADATA = {"format": "pt", "a \"key\"": "ünïcode\n"}


def write_source(path):
    """A file with tensors of every dtype, in an order that leaves most of them unaligned."""
    shapes = ([], [0], [8], [4, 0, 2], [2, 4, 3])
    numbers = itertools.count(1)
    header, data = {"__metadata__": METADATA}, b""
    for dtype, shape in itertools.product(BITS, shapes):
        elements = 1
        for size in shape:
            elements *= size
        if elements * BITS[dtype] % 8 != 0:
            continue
        count = elements * BITS[dtype] // 8
        limit = 2 if dtype == "BOOL" else 256
        block = bytes(next(numbers) * 31 % limit for _ in range(count))
        header[f"layer.{dtype}.{'x'.join(map(str, shape))}"] = {
            "dtype": dtype,
            "shape": shape,
            "data_offsets": [len(data), len(data) + count],
        }
        data += block
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tensors_of(path):
    return dict(safetensors.deserialize(path.read_bytes()))


def metadata_of(path):
    with safetensors.safe_open(path, framework="numpy") as file:
        return file.metadata()


def one_file_with_every_dtype(scratch):
    source, target = scratch / "source.safetensors", scratch / "target.safetensors"
    write_source(source)
    weft("convert", source, target, "--map", "identity", "--no-progress")
    expected, got = tensors_of(source), tensors_of(target)
    assert len(expected) > 4 * len(BITS), len(expected)
    assert got == expected, set(got.items() ^ expected.items())
    assert METADATA.items() <= metadata_of(target).items(), metadata_of(target)


def shards_with_every_dtype(scratch):
    source, target = scratch / "source.safetensors", scratch / "target"
    write_source(source)
    weft("convert", source, target, "--map", "identity", "--max-shard-size", "600", "--no-progress")
    index = json.loads((target / "model.safetensors.index.json").read_text())
    shards = sorted(set(index["weight_map"].values()))
    assert len(shards) > 2, shards
    got = {}
    for shard in shards:
        for name, tensor in tensors_of(target / shard).items():
            assert index["weight_map"][name] == shard, name
            got[name] = tensor
        assert METADATA.items() <= metadata_of(target / shard).items(), metadata_of(target / shard)
    assert got == tensors_of(source)
    assert index["weight_map"].keys() == got.keys()
    assert index["metadata"]["total_size"] == sum(len(t["data"]) for t in got.values()), index


def checks():
    yield "the reference reads one file with every dtype", one_file_with_every_dtype
    yield "the reference reads shards with every dtype", shards_with_every_dtype
