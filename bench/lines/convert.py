"""Converting file to file, beside copying the files and beside a script."""

import shutil

from inputs import warm
from measure import Failed, interleave, run
from results import Line

MODELS = ("mixtral", "qwen2moe")

LINES = [
    line
    for model in MODELS
    for line in (
        Line(f"convert-{model}-copy", f"convert {model} ÷ cp -r", at_least=0.9),
        Line(f"convert-{model}-script", f"convert {model} ÷ script with torch", at_least=3),
        Line(f"convert-{model}-memory", f"convert {model}: memory", "MiB", at_most=200),
        Line(
            f"convert-{model}-little-memory",
            f"convert {model} --memory 16MiB: memory",
            "MiB",
            at_most=128,
        ),
    )
]


def removed(out):
    shutil.rmtree(out, ignore_errors=True)


def weft_convert(bench, source, out, *options):
    def step():
        try:
            done = bench.weft("convert", source, out, "--no-sync", "--no-progress",
                              "--threads", bench.threads, *options)
            return {
                "seconds": done.seconds,
                "cpu_seconds": done.cpu_seconds,
                "peak_rss_bytes": done.peak_rss_bytes,
            }
        finally:
            removed(out)

    return step


def copy(source, out):
    def step():
        try:
            done = run("cp", "-r", "--reflink=never", source, out)
            return {"seconds": done.seconds, "cpu_seconds": done.cpu_seconds}
        finally:
            removed(out)

    return step


def script(bench, source, out):
    def step():
        try:
            done = bench.peers.script("fuse_experts.py", source, out)
            # Without the time that its imports take.
            return {
                "seconds": done.json()["seconds"],
                "cpu_seconds": done.cpu_seconds,
                "peak_rss_bytes": done.peak_rss_bytes,
            }
        finally:
            removed(out)

    return step


def measure(bench, figures):
    for model in MODELS:
        measure_model(bench, figures, model)


def measure_model(bench, figures, model):
    source = bench.input(model)
    out = bench.scratch / f"{model}-converted"
    sides = interleave(
        bench.repeats,
        [
            ("weft", weft_convert(bench, source, out)),
            ("cp", copy(source, out)),
            ("script", script(bench, source, out)),
        ],
        before=lambda: warm(source),
    )
    try:
        sides.add("weft, 16 MiB", weft_convert(bench, source, out, "--memory", "16MiB")())
    except Failed as failure:
        sides.failures["weft, 16 MiB"] = str(failure)
    figures.keep(f"convert {model}", sides)
    figures.set(f"convert-{model}-copy", lambda: sides.best("cp") / sides.best("weft"))
    figures.set(f"convert-{model}-script", lambda: sides.best("script") / sides.best("weft"))
    for name, side in (("memory", "weft"), ("little-memory", "weft, 16 MiB")):
        figures.set(
            f"convert-{model}-{name}",
            lambda side=side: sides.most(side, "peak_rss_bytes") / 2**20,
        )
