"""Loading from other containers, beside loading the same tensors from safetensors."""

import shutil

from inputs import warm
from lines.load import weft_load
from measure import interleave
from results import Line

SOURCE = "weights-BF16"
# The extension, and the format where it does not say it.
CONTAINERS = {".pt": [], ".ckpt": ["--to", "mindspore"], ".npz": []}

LINES = [
    Line(f"load-containers-{extension[1:]}", f"load of {extension} ÷ safetensors, same tensors", at_least=0.7)
    for extension in CONTAINERS
] + [
    Line("load-containers-digest", "load of .pt, .ckpt, .npz: the digest of safetensors", "equal", at_least=1)
]  # fmt: skip


def load(bench, path):
    return weft_load(bench, path, "--map", "identity")


def measure(bench, figures):
    source = bench.input(SOURCE)
    folder = bench.scratch / "containers"
    files = {extension: folder / f"model{extension}" for extension in CONTAINERS}
    try:
        for extension, path in files.items():
            bench.weft("convert", source, path, "--map", "identity", "--no-sync", "--no-progress",
                       *CONTAINERS[extension])
        steps = []
        for extension, path in files.items():
            steps += [(extension, load(bench, path)), ("safetensors", load(bench, source))]

        def warm_all():
            for path in (source, *files.values()):
                warm(path)

        sides = interleave(bench.repeats, steps, before=warm_all)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures.keep("load of containers", sides)
    for extension in CONTAINERS:
        figures.set(
            f"load-containers-{extension[1:]}",
            lambda extension=extension: sides.best_rate(extension) / sides.best_rate("safetensors"),
        )
    figures.set(
        "load-containers-digest",
        lambda: {sides.last(extension, "digest") for extension in CONTAINERS}
        == {sides.last("safetensors", "digest")},
    )
