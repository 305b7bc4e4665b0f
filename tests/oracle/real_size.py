"""Checkpoints of real size, both ways, in bounded memory and the same for any number of threads."""

import functools
import hashlib
import os
import shutil

from program import ROOT, script, weft

MEMORY_GIB, DISK_GIB = 20, 40
PEAK_RSS_BYTES = 200 << 20


def memory_gib():
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)


def convert(source, target, *options):
    result = weft("convert", source, target, "--no-sync", "--no-progress", *options)
    peak = result.peak_rss_bytes
    assert peak <= PEAK_RSS_BYTES, f"peak of {peak >> 20} MiB converting {source.name}"
    return peak


def digests(folder):
    sums = {}
    for path in sorted(folder.iterdir()):
        with open(path, "rb") as file:
            sums[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def both_ways(kind, scratch):
    source, fused = scratch / "source", scratch / "fused"
    script("make_checkpoint.py", kind, source)

    peaks = [convert(source, fused, "--threads", 2)]
    script("compare_with_transformers.py", source, fused)

    expected = digests(fused)
    for threads in (1, 4):
        again = scratch / f"fused-{threads}"
        peaks.append(convert(source, again, "--threads", threads))
        assert digests(again) == expected, f"{threads} threads write other files than 2"
        shutil.rmtree(again)

    back = scratch / "back"
    peaks.append(convert(fused, back, "--reverse", "--threads", 2))
    shutil.rmtree(fused)
    script("compare_files.py", source, back)
    print(f"       {kind}: peak RSS of any run {max(peaks) / 2**20:.0f} MiB")


def checks():
    if memory_gib() < MEMORY_GIB:
        print(f"real size: not run, {memory_gib()} GiB of memory; it takes {MEMORY_GIB}")
        return
    free = shutil.disk_usage(ROOT).free >> 30
    if free < DISK_GIB:
        print(f"real size: not run, {free} GiB of disk are free; it takes {DISK_GIB}")
        return
    for kind in ("mixtral", "qwen2_moe"):
        yield f"{kind} of real size, both ways", functools.partial(both_ways, kind)
