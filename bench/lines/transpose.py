"""A transposed matrix, beside the same matrix as it is."""

from inputs import warm
from lines.load import weft_load
from measure import interleave
from results import Line

LINES = [Line("transpose", "load [28672, 8192] transposed ÷ as it is", at_least=0.4)]


def measure(bench, figures):
    source = bench.input("matrix")
    transposed = bench.folder / "mappings" / "transposed.json"
    sides = interleave(
        bench.repeats,
        [
            ("as it is", weft_load(bench, source, "--map", "identity")),
            ("transposed", weft_load(bench, source, "--map", transposed)),
        ],
        before=lambda: warm(source),
    )
    figures.keep("transpose", sides)
    figures.set("transpose", lambda: sides.best("as it is") / sides.best("transposed"))
