"""The example checkpoints are what their recipes write."""

import sys
from functools import partial

from program import ROOT, run

FOLDER = ROOT / "examples/checkpoints"


def recipe_writes_the_same_bytes(scratch, name):
    recipe = "make_" + name.replace("-", "_") + ".py"
    result = run(sys.executable, FOLDER / recipe, scratch)
    assert result.status == 0, result.errors
    kept, made = FOLDER / name, scratch
    names = sorted(path.name for path in kept.iterdir())
    assert names == sorted(path.name for path in made.iterdir()), names
    for name in names:
        assert (kept / name).read_bytes() == (made / name).read_bytes(), f"{name} differs"


def checks():
    for name in ("mixtral-tiny", "encodec-tiny"):
        yield f"{name} is what its recipe writes", partial(recipe_writes_the_same_bytes, name=name)
