"""compare_files.py A B: two checkpoint folders hold the same tensors, bit for bit."""

import json
import mmap
import pathlib
import struct
import sys


def tensors_of(folder):
    """name → (dtype, shape, bytes), with the bytes still on disk."""
    tensors = {}
    for path in sorted(pathlib.Path(folder).glob("*.safetensors")):
        with open(path, "rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        (length,) = struct.unpack("<Q", mapped[:8])
        header = json.loads(bytes(mapped[8 : 8 + length]))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            assert name not in tensors, f"{name} is in two files"
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = (entry["dtype"], tuple(entry["shape"]), mapped[begin:end])
    return tensors


def main():
    first, second = (tensors_of(folder) for folder in sys.argv[1:3])
    assert first.keys() == second.keys(), sorted(first.keys() ^ second.keys())[:10]
    assert first, "no tensors"
    for name, (dtype, shape, data) in first.items():
        other_dtype, other_shape, other_data = second[name]
        assert (dtype, shape) == (other_dtype, other_shape), f"{name}: dtype or shape differs"
        # Blocks: comparing a memoryview element by element is slow, comparing bytes is not.
        for at in range(0, len(data), 64 << 20):
            block = slice(at, at + (64 << 20))
            assert bytes(data[block]) == bytes(other_data[block]), f"{name} differs"
        assert len(data) == len(other_data), f"{name}: length differs"


main()
