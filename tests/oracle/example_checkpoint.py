"""The example checkpoint is what its recipe writes."""

import sys

from program import ROOT, run

FOLDER = ROOT / "examples/checkpoints"


def recipe_writes_the_same_bytes(scratch):
    result = run(sys.executable, FOLDER / "make_mixtral_tiny.py", scratch)
    assert result.status == 0, result.errors
    kept, made = FOLDER / "mixtral-tiny", scratch
    names = sorted(path.name for path in kept.iterdir())
    assert names == sorted(path.name for path in made.iterdir()), names
    for name in names:
        assert (kept / name).read_bytes() == (made / name).read_bytes(), f"{name} differs"


def checks():
    yield "mixtral-tiny is what its recipe writes", recipe_writes_the_same_bytes
