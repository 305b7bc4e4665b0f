"""Makes the seeds in corpus/: small files by the reference writers (torch 2.13.0, Python's zipfile).

    python make_corpus.py

Those of mindspore, npy, npz, onnx, dcp, deepspeed and template are files of the tests of these rooms, each made by
its recipe.
"""

import collections
import io
import json
import pathlib
import pickle
import struct
import zipfile

import torch

CORPUS = pathlib.Path(__file__).parent / "corpus"
TESTS = pathlib.Path(__file__).parent.parent


def write(name, content):
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def checkpoint():
    base = torch.arange(6, dtype=torch.float32)
    return collections.OrderedDict(
        w=base.view(2, 3).t(), tail=base[4:], h=torch.ones(2, dtype=torch.bfloat16),
        p=torch.nn.Parameter(base[:1]), meta={"epoch": 3, "lr": [0.5, None], "name": "x"})


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def deflated(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def script():
    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(2))

        def forward(self, x):
            return x * self.weight

    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(Module()), buffer)
    return buffer.getvalue()


def stored():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(zipfile.ZipInfo("a/x"), b"stored")
        target.writestr(zipfile.ZipInfo("a/y"), b"y" * 100, zipfile.ZIP_DEFLATED)
        target.comment = b"seed"
    return buffer.getvalue()


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def packed(directory):
    """All files of a directory, as deepspeed_fuzz reads them."""
    content = b""
    for path in sorted(directory.iterdir()):
        file = path.read_bytes()
        content += bytes([len(path.name)]) + path.name.encode() + struct.pack("<I", len(file)) + file
    return content


def copied():
    """Seeds without torch: made of files that are there."""
    write("safetensors/two.safetensors", safetensors(
        {"__metadata__": {"format": "pt"}, "a.é": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
         "b": {"dtype": "F4", "shape": [2], "data_offsets": [8, 9]},
         "none": {"dtype": "I64", "shape": [0, 3], "data_offsets": [8, 8]}}, bytes(9)))
    write("index/index.json", json.dumps(
        {"metadata": {"total_size": 12}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}).encode())
    write("index/names.json", b'{"a": "x.safetensors", "b": "y.safetensors"}')
    for name in ("mesh", "single"):
        write(f"dcp/{name}.metadata", (TESTS / "training/dcp" / name / ".metadata").read_bytes())
    for name in ("groups", "run/global_step12"):
        write(f"deepspeed/{name.split('/')[0]}.files", packed(TESTS / "training/deepspeed" / name))
    for name in ("frozen.zip", "scripted.zip", "merged.onnx", "net_a.onnx"):
        write(f"template/{name}", (TESTS / "into/files" / name).read_bytes())


def main():
    copied()
    torch.manual_seed(1)
    write("pytorch/zip.pt", saved(checkpoint()))
    write("pytorch/protocol4.pt", saved(checkpoint(), pickle_protocol=4))
    write("pytorch/legacy.pt", saved(checkpoint(), _use_new_zipfile_serialization=False))
    write("pytorch/deflated.pt", deflated(saved(checkpoint())))
    write("pytorch/typed.pt", saved({"u": torch.ones(3, dtype=torch.uint16)}))
    write("pytorch/script.pt", script())
    data = {"a": [1, -2, 2**70, 0.5, None, True], "b": ("τ", b"\0\xff", {1, 2}), 3: {}}
    data["again"] = data["a"]
    for protocol in range(6):
        write(f"pickle/protocol{protocol}.pkl",
              pickle.dumps([data, collections.OrderedDict(x=1), complex(1, 2)], protocol))
    write("zip/two.zip", stored())
    write("zip/torch.zip", saved({"w": torch.ones(1)}))
    write("zip/empty.zip", b"PK\5\6" + bytes(18))


if __name__ == "__main__":
    main()
