"""Loading, experts fused, beside the ceiling and beside the reference libraries."""

import shutil

from ceiling import WAYS, ceiling
from inputs import warm
from measure import Failed, interleave
from results import Line

MODELS = ("mixtral", "qwen2moe")
IO = ("auto", "pread", "mmap", "direct")
# Of reading and of mapping, the best counts, as it does for the ceiling.
TRIED_IO = ("auto", "mmap")
CEILING = 0.85
TRANSFORMERS = 10

LINES = [
    line
    for model in MODELS
    for line in (
        Line(f"load-{model}-ceiling", f"load {model} ÷ ceiling of copying", at_least=CEILING),
        Line(f"load-{model}-auto", f"load {model} ÷ ceiling of copying, without mapping"),
        Line(f"load-{model}-transformers", f"load {model} ÷ from_pretrained", at_least=TRANSFORMERS),
        Line(f"load-{model}-safetensors", f"load {model} ÷ load_file and clone, not fused"),
        Line(f"load-{model}-io", f"load {model}: one digest for every --io", "equal", at_least=1),
        Line(
            f"load-{model}-digest",
            f"load {model}: the digest of what torch makes",
            "equal",
            at_least=1,
        ),
    )
]


def weft_load(bench, source, *options):
    def step():
        report = bench.weft("load", source, "--threads", bench.threads, *options).json()
        return {
            "seconds": report["seconds"],
            "bytes": report["bytes"],
            "peak_rss_bytes": report["peak_rss_bytes"],
            "digest": report["digest"],
        }

    return step


def measure_model(bench, figures, model):
    source = bench.input(model)
    with (
        bench.peers.server("load_transformers.py") as transformers,
        bench.peers.server("load_safetensors.py") as safetensors,
    ):
        # The best of four ways has as many tries as the best of two.
        steps = []
        for i, way in enumerate(WAYS):
            io = TRIED_IO[i % len(TRIED_IO)]
            steps.append((f"ceiling, {way}", ceiling(bench, way, source)))
            steps.append((f"weft, {io}", weft_load(bench, source, "--io", io)))
        steps.append(("from_pretrained", lambda: transformers.load(source)))
        steps.append(("load_file", lambda: safetensors.load(source)))
        sides = interleave(bench.repeats, steps, before=lambda: warm(source))
    figures.keep(f"load {model}", sides)
    ceilings = [f"ceiling, {way}" for way in WAYS]
    ours = [f"weft, {io}" for io in TRIED_IO]

    def ratio(*others):
        return lambda: sides.best_rate(*ours) / sides.best_rate(*others)

    figures.set(f"load-{model}-ceiling", ratio(*ceilings))
    figures.set(
        f"load-{model}-auto",
        lambda: sides.best_rate("weft, auto") / sides.best_rate(*ceilings),
    )
    figures.set(f"load-{model}-safetensors", ratio("load_file"))
    # Where copying alone is no ten times faster, as much of that as of the ceiling.
    more = {}
    try:
        allowed = sides.best_rate(*ceilings) / sides.best_rate("from_pretrained")
        more["note"] = f"the ceiling itself: {allowed:.1f}"
        if allowed * CEILING < TRANSFORMERS:
            more["at_least"] = allowed * CEILING
    except Failed:
        pass
    figures.set(f"load-{model}-transformers", ratio("from_pretrained"), **more)
    return sides


def digest_for_every_io(bench, source, expected):
    differing = [
        io for io in IO if weft_load(bench, source, "--io", io)()["digest"] != expected
    ]
    return not differing


def digest_of_script(bench, source, expected):
    out = bench.scratch / "fused-by-hand"
    try:
        bench.peers.script("fuse_experts.py", source, out)
        return weft_load(bench, out, "--map", "identity")()["digest"] == expected
    finally:
        shutil.rmtree(out, ignore_errors=True)


def measure(bench, figures):
    for model in MODELS:
        sides = measure_model(bench, figures, model)
        source = bench.input(model)
        figures.set(
            f"load-{model}-io",
            lambda: digest_for_every_io(bench, source, sides.last("weft, auto", "digest")),
        )
        figures.set(
            f"load-{model}-digest",
            lambda: digest_of_script(bench, source, sides.last("weft, auto", "digest")),
        )
