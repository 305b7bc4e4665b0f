"""Files of more than 4 GiB, read and written in bounded memory."""

import functools
import os
import shutil
import subprocess

from program import ROOT, script, weft

# What weft writes is whole until its zeros are given back, so there is room for one file at a time.
DISK_GIB = 6
PEAK_RSS_BYTES = 200 << 20

# Kind, interpreter's environment, source, what weft writes of what it read, and that read once more.
KINDS = [
    ("torch", "environment", "source.pt", ["target.pt"], False),
    ("mindspore", "environment", "source.ckpt", ["target.ckpt", "--to", "mindspore"], True),
    ("numpy", "environment", "source", ["target.npz"], False),
    ("onnx", "onnx", "source.onnx", None, False),
]


def convert(source, target, *options):
    result = weft("convert", source, target, "--map", "identity", "--no-progress", "--no-sync", *options)
    peak = result.peak_rss_bytes
    assert peak <= PEAK_RSS_BYTES, f"peak of {peak >> 20} MiB converting {source.name}"
    subprocess.run(["fallocate", "--dig-holes", target], check=True)
    return peak


def beyond_4_gib(kind, environment, source, target, again, scratch):
    script("sparse_file.py", "make", kind, scratch, environment=environment)
    if source != "source":
        used = os.stat(scratch / source).st_blocks * 512
        assert used < 1 << 20, f"{source} takes {used} bytes"
    peaks = [convert(scratch / source, scratch / "out.safetensors", "--threads", 2)]
    if target is not None:
        peaks.append(convert(scratch / "out.safetensors", scratch / target[0], *target[1:]))
    if again:
        peaks.append(convert(scratch / target[0], scratch / "again.safetensors"))
    script("sparse_file.py", "check", kind, scratch, environment=environment)
    print(f"       {kind}: peak RSS of any run {max(peaks) / 2**20:.0f} MiB")


def checks():
    free = shutil.disk_usage(ROOT).free >> 30
    if free < DISK_GIB:
        print(f"files of 5 GiB: not run, {free} GiB of disk are free; it takes {DISK_GIB}")
        return
    for kind, *rest in KINDS:
        yield f"{kind}: 5 GiB, offsets beyond 4 GiB", functools.partial(beyond_4_gib, kind, *rest)
