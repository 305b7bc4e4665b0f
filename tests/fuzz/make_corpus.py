"""Makes the seeds in corpus/: small files by the reference writers (torch 2.13.0, Python's zipfile).

    python make_corpus.py

Those of mindspore, npy, npz and onnx are files of the tests of these rooms, each made by its recipe.py.
"""

import collections
import io
import pathlib
import pickle
import zipfile

import torch

CORPUS = pathlib.Path(__file__).parent / "corpus"


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


def main():
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
