"""compare_casts.py FOLDER FROM TO...: what `weft convert --dtype` makes of elements is what torch makes.

All bit patterns of dtypes of 8 and 16 bits; 10^8 random ones of F32, and 10^7 of F64. A NaN must become a NaN,
everything else must be equal bit for bit.
"""

import json
import mmap
import pathlib
import struct
import sys

import torch
from program import weft

TORCH = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz,
    "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "F8_E8M0": torch.float8_e8m0fnu,
}
INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def bit_patterns(dtype):
    """Tensors, by name. Odd lengths, so that not all of a row fits vector registers."""
    size = TORCH[dtype].itemsize
    if size <= 2:
        every = torch.arange(1 << 8 * size).to(INTEGERS[size])
        return {"all": every, "tail": every[: every.numel() // 2 + 13]}
    generator = torch.Generator().manual_seed(size)
    count, tensors = (10_000_019, 10) if dtype == "F32" else (2_500_019, 4)
    patterns = {}
    for i in range(tensors):
        words = torch.randint(-(1 << 31), 1 << 31, (count * size // 4,), generator=generator)
        patterns[f"random.{i}"] = words.to(torch.int32).view(INTEGERS[size])
    if dtype == "F64":
        # As they come, hardly any is in the range of the narrower dtypes.
        for bits in patterns.values():
            exponents = torch.randint(1023 - 160, 1023 + 160, bits.shape, generator=generator)
            bits[::2] = (bits[::2] & ~(0x7FF << 52)) | (exponents[::2] << 52)
    return patterns


def write(path, dtype, patterns):
    header, end = {}, 0
    for name, bits in patterns.items():
        begin, end = end, end + bits.numel() * bits.itemsize
        header[name] = {"dtype": dtype, "shape": [bits.numel()], "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for bits in patterns.values():
            bits.numpy().tofile(file)


def read(path):
    with open(path, "rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    (length,) = struct.unpack("<Q", mapped[:8])
    for name, entry in json.loads(bytes(mapped[8 : 8 + length])).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            yield name, entry["dtype"], torch.frombuffer(mapped[begin:end], dtype=torch.uint8)


def compare(name, source, target, bits, made):
    dtype = TORCH[target]
    integers = INTEGERS[dtype.itemsize]
    expected = bits.view(TORCH[source]).to(dtype)
    got = made.clone().view(dtype)
    differs = expected.view(integers) != got.view(integers)
    differs &= ~(expected.float().isnan() & got.float().isnan())
    if differs.any():
        at = differs.nonzero()[0].item()
        mask = (1 << 8 * dtype.itemsize) - 1
        raise AssertionError(
            f"{source} to {target}, {name}: {int(differs.sum())} elements differ; "
            f"the first is {bits[at].item():#x}, torch {expected.view(integers)[at].item() & mask:#x}, "
            f"weft {got.view(integers)[at].item() & mask:#x}"
        )


def main():
    folder, source, *targets = sys.argv[1:]
    folder = pathlib.Path(folder)
    patterns = bit_patterns(source)
    write(folder / "source.safetensors", source, patterns)
    made = folder / "made.safetensors"
    for target in targets:
        weft("convert", folder / "source.safetensors", made, "--map", "identity", "--dtype", target)
        seen = set()
        for name, dtype, data in read(made):
            assert dtype == target, f"{name} is {dtype}; expected {target}"
            compare(name, source, target, patterns[name], data)
            seen.add(name)
        assert seen == patterns.keys(), seen
        made.unlink()


main()
