"""The checkpoints that are measured, made when they are first asked for."""

import shutil

from measure import Failed, run

# Name of the folder: kind, options, and options of a quick run, which has to be small.
KINDS = {
    "mixtral": (["mixtral"], ["--layers", 2, "--shrink", 16]),
    "mixtral-small": (["mixtral", "--shrink", 8], ["--layers", 2, "--shrink", 64]),
    "qwen2moe": (["qwen2moe"], ["--layers", 2, "--experts", 8, "--shrink", 16]),
    "keys": (["keys", "--hollow"], ["--layers", 4, "--experts", 16]),
    "keys-quarter": (["keys", "--hollow", "--layers", 15], ["--layers", 1, "--experts", 16]),
    "keys-half": (["keys", "--hollow", "--layers", 30], ["--layers", 2, "--experts", 16]),
    "keys-double": (["keys", "--hollow", "--layers", 122], ["--layers", 8, "--experts", 16]),
    "keys-fourfold": (["keys", "--hollow", "--layers", 244], ["--layers", 16, "--experts", 16]),
    "weights-BF16": (["weights"], ["--layers", 4, "--shrink", 16]),
    "weights-F16": (["weights", "--dtype", "F16"], ["--layers", 4, "--shrink", 16]),
    "weights-F32": (
        ["weights", "--dtype", "F32", "--layers", 16],
        ["--layers", 4, "--shrink", 16],
    ),
    "weights-F8_E4M3": (
        ["weights", "--dtype", "F8_E4M3", "--layers", 64],
        ["--layers", 4, "--shrink", 16],
    ),
    "matrix": (["matrix"], ["--shrink", 32]),
}

READ_BYTES = 8 << 20


class Inputs:
    def __init__(self, programs, folder, quick):
        self.programs = programs
        self.folder = folder
        self.quick = quick

    def __call__(self, name):
        """The folder of that checkpoint. One that was made before is used again."""
        out = self.folder / name
        complete = self.folder / f"{name}.complete"
        if complete.exists():
            return out.resolve()
        shutil.rmtree(out, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        (kind, *options), quick_options = KINDS[name]
        try:
            run(self.programs.make_checkpoint, kind, out, *options,
                *(quick_options if self.quick else []))
        except Failed:
            shutil.rmtree(out, ignore_errors=True)
            raise
        complete.touch()
        return out.resolve()


def weights_of(path):
    """The file itself, or those of a folder."""
    return [path] if path.is_file() else sorted(path.glob("*.safetensors"))


def bytes_of(folder):
    return sum(path.stat().st_size for path in weights_of(folder))


def warm(path):
    """Reads the files, so that they are in the page cache."""
    buffer = bytearray(READ_BYTES)
    for weights in weights_of(path):
        with open(weights, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
