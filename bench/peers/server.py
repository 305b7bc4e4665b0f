"""A peer that stays: reads the folder of a checkpoint from each line of its input, loads it and
prints what that took. Its imports are not counted, and it has warmed up after the first."""

import gc
import json
import resource
import sys
import time


def serve(load):
    """`load` returns what it loaded, and the bytes of it."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        loaded, size_bytes = load(line.rstrip("\n"))
        seconds = time.perf_counter() - begin
        del loaded
        gc.collect()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(
            json.dumps({"seconds": seconds, "bytes": size_bytes, "peak_rss_bytes": peak}),
            flush=True,
        )
