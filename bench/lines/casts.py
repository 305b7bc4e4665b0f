"""Casts while loading, beside the ceiling of copying the same files."""

from ceiling import WAYS, ceiling
from inputs import bytes_of, warm
from lines.load import TRIED_IO, weft_load
from measure import interleave
from results import Line

CASTS = [("BF16", "F32"), ("F32", "BF16"), ("F16", "F32"), ("F8_E4M3", "BF16")]

LINES = [
    Line(
        f"cast-{source}-{target}",
        f"cast {source} to {target}, bytes read and written ÷ ceiling",
        at_least=0.7,
    )
    for source, target in CASTS
]


def measure(bench, figures):
    for source_dtype, target_dtype in CASTS:
        source = bench.input(f"weights-{source_dtype}")
        steps = []
        for i, way in enumerate(WAYS):
            io = TRIED_IO[i % len(TRIED_IO)]
            options = ("--map", "identity", "--dtype", target_dtype, "--io", io)
            steps.append((f"ceiling, {way}", ceiling(bench, way, source)))
            steps.append((f"weft, {io}", weft_load(bench, source, *options)))
        sides = interleave(bench.repeats, steps, before=lambda source=source: warm(source))
        figures.keep(f"cast {source_dtype} to {target_dtype}", sides)

        def ratio(sides=sides, source=source):
            # A copy moves each byte twice: it reads it and writes it.
            ours = [f"weft, {io}" for io in TRIED_IO]
            moved = bytes_of(source) + sides.last(ours[0], "bytes")
            ceilings = (f"ceiling, {way}" for way in WAYS)
            return moved / min(map(sides.best, ours)) / (2 * sides.best_rate(*ceilings))

        figures.set(f"cast-{source_dtype}-{target_dtype}", ratio)
