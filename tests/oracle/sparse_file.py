"""sparse_file.py make KIND FOLDER: a checkpoint of 5 GiB that takes no room.
   sparse_file.py check KIND FOLDER: out.safetensors, and what weft made of it, say the same.

The tensors are zeros, but for marks: numbers of which each stands for its own place. Those beyond 4 GiB are
what matters.
"""

import json
import mmap
import pathlib
import struct
import sys
import zipfile

import numpy

GIB = 1 << 30
TENSORS = {"before": 1000, "large": 5 * GIB // 4 + 1, "after": 77}  # elements of F32
MARKS = {
    "before": [0, 999],
    "large": [0, 1, GIB // 4 - 1, GIB // 4, GIB - 1, GIB, GIB + 1, GIB + 12345, 5 * GIB // 4],
    "after": [0, 76],
}


def mark(name, element):
    return struct.pack("<I", (element * 2654435761 + len(name)) % (1 << 32) | 1)


def put_marks(path, offsets):
    """offsets: name → where its elements are in the file."""
    with open(path, "r+b") as file:
        for name, begin in offsets.items():
            for element in MARKS[name]:
                file.seek(begin + 4 * element)
                file.write(mark(name, element))


def make_torch(folder):
    import torch

    path = folder / "source.pt"
    with torch.serialization.skip_data():
        torch.save({name: torch.empty(count) for name, count in TENSORS.items()}, path)
    offsets = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        for number, name in enumerate(TENSORS):
            begin = archive.getinfo(f"source/data/{number}").header_offset
            file.seek(begin + 26)
            offsets[name] = begin + 30 + sum(struct.unpack("<HH", file.read(4)))
    put_marks(path, offsets)


def varint(number):
    out = b""
    while number >= 128:
        out += bytes([number % 128 | 128])
        number //= 128
    return out + bytes([number])


def field(number, content, length=None):
    return varint(number * 8 + 2) + varint(len(content) if length is None else length) + content


def make_mindspore(folder):
    """Pieces of 512 MiB, as save_checkpoint cuts them; content stands in the file as a hole."""
    path = folder / "source.ckpt"
    piece = GIB // 2 // 4
    with open(path, "wb") as file:
        for name, count in TENSORS.items():
            for first in range(0, count, piece):
                elements = min(piece, count - first)
                head = varint(8) + varint(count) + field(2, b"Float32") + varint(26) + varint(4 * elements)
                tag = field(1, name.encode())
                value = tag + field(2, head, len(head) + 4 * elements)
                file.write(field(1, value, len(value) + 4 * elements))
                begin = file.tell()
                for element in MARKS[name]:
                    if first <= element < first + elements:
                        file.seek(begin + 4 * (element - first))
                        file.write(mark(name, element))
                file.truncate(begin + 4 * elements)
                file.seek(begin + 4 * elements)


def make_numpy(folder):
    (folder / "source").mkdir()
    for name, count in TENSORS.items():
        path = folder / "source" / f"{name}.npy"
        array = numpy.lib.format.open_memmap(path, "w+", dtype="<f4", shape=(count,))
        put_marks(path, {name: array.offset})


def make_onnx(folder):
    import onnx

    tensors, offsets, end = [], {}, 0
    for name, count in TENSORS.items():
        tensor = onnx.TensorProto(name=name, dims=[count], data_type=1, data_location=1)
        for key, value in {"location": "source.data", "offset": end, "length": 4 * count}.items():
            tensor.external_data.add(key=key, value=str(value))
        tensors.append(tensor)
        offsets[name] = end
        end += (4 * count + 4095) // 4096 * 4096
    with open(folder / "source.data", "wb") as file:
        file.truncate(end)
    put_marks(folder / "source.data", offsets)
    graph = onnx.helper.make_graph([], "graph", [], [], initializer=tensors)
    (folder / "source.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())


def check_marks(name, read):
    """read(element) → the four bytes of it; the neighbours of marks are zeros."""
    for element in MARKS[name]:
        assert read(element) == mark(name, element), f"{name}[{element}] is {read(element).hex()}"
        for beside in (element - 1, element + 1):
            if 0 <= beside < TENSORS[name] and beside not in MARKS[name]:
                assert read(beside) == bytes(4), f"{name}[{beside}] is {read(beside).hex()}"


def check_mapped(path, offsets):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for name, begin in offsets.items():
            check_marks(name, lambda at, begin=begin: mapped[begin + 4 * at : begin + 4 * at + 4])


def check_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    shapes = {name: entry["shape"] for name, entry in header.items()}
    assert shapes == {name: [count] for name, count in TENSORS.items()}, shapes
    check_mapped(path, {name: 8 + length + entry["data_offsets"][0] for name, entry in header.items()})


def check_torch(folder):
    import torch

    state = torch.load(folder / "target.pt", weights_only=True, mmap=True)
    for name in TENSORS:
        tensor = state[name].view(torch.int32)
        check_marks(name, lambda element, tensor=tensor: tensor[element].numpy().tobytes())


def check_npz(folder):
    path = folder / "target.npz"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, "a checksum is wrong"
        offsets = {}
        for name in TENSORS:
            with archive.open(f"{name}.npy") as member:
                version = numpy.lib.format.read_magic(member)
                assert version == (1, 0)
                shape, _, dtype = numpy.lib.format.read_array_header_1_0(member)
                assert (shape, dtype) == ((TENSORS[name],), numpy.dtype("<f4"))
                header = member.tell()
            begin = archive.getinfo(f"{name}.npy").header_offset
            with open(path, "rb") as file:
                file.seek(begin + 26)
                offsets[name] = begin + 30 + sum(struct.unpack("<HH", file.read(4))) + header
    check_mapped(path, offsets)


MAKE = {"torch": make_torch, "mindspore": make_mindspore, "numpy": make_numpy, "onnx": make_onnx}


def main():
    action, kind, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    if action == "make":
        MAKE[kind](folder)
        return
    check_safetensors(folder / "out.safetensors")
    if kind == "torch":
        check_torch(folder)
    elif kind == "numpy":
        check_npz(folder)
    elif kind == "mindspore":
        check_safetensors(folder / "again.safetensors")


main()
