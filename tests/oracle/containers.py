"""What the libraries of each container write, weft reads; what weft writes, they read: bit for bit."""

import functools

from program import script, weft

COUNT = 12  # checkpoints of each kind

# Script, kind, interpreter's environment, the file that the library writes, and the one that weft writes for it.
KINDS = [
    ("torch", "zip", "environment", "source.pt", ["target.pt"]),
    ("torch", "shards", "environment", "source.pt", ["target", "--to", "pytorch", "--max-shard-size", "1kB"]),
    ("torch", "legacy", "environment", "source.pt", None),
    ("torch", "views", "environment", "source.pt", None),
    ("torch", "pairs", "environment", "source.pt", None),
    ("numpy", "npz", "environment", "source.npz", ["target.npz"]),
    ("numpy", "npz-compressed", "environment", "source.npz", None),
    ("numpy", "npy-dir", "environment", "source", ["target", "--to", "npy-dir"]),
    ("mindspore", "ckpt", "mindspore", "source.ckpt", ["target.ckpt", "--to", "mindspore"]),
    ("mindspore", "ckpt-crc", "mindspore", "source.ckpt", None),
    ("mindspore", "safetensors", "mindspore", "source.safetensors",
     ["target.safetensors", "--to", "mindspore-safetensors"]),
    ("onnx", "raw", "onnx", "source.onnx", None),
    ("onnx", "typed", "onnx", "source.onnx", None),
    ("onnx", "external", "onnx", "source.onnx", None),
]  # fmt: skip


def convert(source, target, *options):
    weft("convert", source, target, "--map", "identity", "--no-progress", "--no-sync", *options)


def there_and_back(library, kind, environment, source, target, scratch):
    script(f"container_{library}.py", "write", kind, scratch, COUNT, environment=environment)
    for number in range(COUNT):
        here = scratch / str(number)
        threads = ("--threads", (1, 2, 4)[number % 3])
        convert(here / source, here / "ours.safetensors", *threads)
        if target is not None:
            convert(here / "wanted.safetensors", here / target[0], *target[1:], *threads)
    script(f"container_{library}.py", "check", kind, scratch, COUNT, environment=environment)


def checks():
    for library, kind, environment, source, target in KINDS:
        what = "both ways" if target else "read"
        name = f"{COUNT} checkpoints of {library}, {kind}, {what}"
        yield name, functools.partial(there_and_back, library, kind, environment, source, target)
