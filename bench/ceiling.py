"""The ceiling: the files brought into fresh memory, with nothing else to do."""

from inputs import weights_of
from measure import run

WAYS = ("pread", "pread-huge", "mmap", "mmap-huge")


def ceiling(bench, way, source):
    def step():
        report = run(bench.programs.copy_ceiling, way, bench.threads, *weights_of(source)).json()
        return {"seconds": report["seconds"], "bytes": report["bytes"]}

    return step
