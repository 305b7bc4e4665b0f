"""Loading by renames alone, with borrowing: nothing is copied, whatever the size."""

from inputs import bytes_of
from lines.load import weft_load
from measure import interleave
from results import Line

# A try takes milliseconds, so that more of them are needed to find a quiet moment.
TRIES = 4

LINES = [
    Line("borrow-memory", "load with --borrow, renames: memory for 4.3 GiB", "MiB", at_most=32),
    Line("borrow-time", "load with --borrow, renames: time for 4.3 GiB ÷ for 0.07 GiB", at_most=1.5),
]


def measure(bench, figures):
    renames = bench.folder / "mappings" / "renames.json"
    # Checkpoints of the same names.
    large, small = bench.input("mixtral"), bench.input("mixtral-small")
    sides = interleave(
        bench.repeats,
        [
            (name, weft_load(bench, source, "--map", renames, "--borrow"))
            for name, source in TRIES * (("large", large), ("small", small))
        ],
    )
    figures.keep("load with --borrow", sides)
    figures.set(
        "borrow-memory",
        lambda: (sides.most("large", "peak_rss_bytes") - sides.best("small", "peak_rss_bytes"))
        / 2**20,
        note=f"files of {bytes_of(large) >> 20} MiB beside files of {bytes_of(small) >> 20} MiB",
    )
    figures.set("borrow-time", lambda: sides.best("large") / sides.best("small"))
