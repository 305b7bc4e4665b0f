"""Files of numpy.savez, numpy.savez_compressed and numpy.save; see container_script.py."""

import random

import container_script
import numpy

TYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "I16": "i2", "U16": "u2", "I32": "i4", "U32": "u4", "I64": "i8",
    "U64": "u8", "F16": "f2", "F32": "f4", "F64": "f8", "C64": "c8",
}  # fmt: skip
NAMES = {numpy.dtype(code).str: name for name, code in TYPES.items()}
NAMES["<V2"] = NAMES["|V2"] = "BF16"  # as numpy reads what ml_dtypes wrote


def array_of(dtype, shape, data, chance):
    array = numpy.frombuffer(data, TYPES[dtype]).reshape(shape)
    if chance.random() < 0.4:
        array = numpy.asfortranarray(array) if shape else array
    if chance.random() < 0.4:
        array = array.astype(array.dtype.newbyteorder(">"))
    return array


def in_chance(tensors, seed):
    chance = random.Random(seed)
    return {name: array_of(*tensor, chance) for name, tensor in tensors.items()}


def save_archive(save):
    def write(folder, tensors, seed):
        save(folder / "source.npz", **in_chance(tensors, seed))
        return tensors

    return write


def save_directory(folder, tensors, seed):
    held = {}
    for name, array in in_chance(tensors, seed).items():
        path = folder / "source" / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        numpy.save(path, array, allow_pickle=False)
        held[name] = tensors[name]
    return held


def tensor_of(array):
    assert array.flags.c_contiguous
    return NAMES[array.dtype.str], list(array.shape), array.tobytes()


def load_archive(folder):
    with numpy.load(folder / "target.npz", allow_pickle=False) as file:
        return {name: tensor_of(file[name]) for name in file.files}


def load_directory(folder):
    root = folder / "target"
    return {
        # weft writes a percent sign, which no path could say otherwise, as %25.
        str(path.relative_to(root))[: -len(".npy")].replace("%25", "%"): tensor_of(
            numpy.load(path, allow_pickle=False)
        )
        for path in root.rglob("*.npy")
    }


BOTH = [*TYPES, "BF16"]
EVERY = list(TYPES)
container_script.run({
    "npz": (EVERY, save_archive(numpy.savez), BOTH, load_archive, {}),
    "npz-compressed": (EVERY, save_archive(numpy.savez_compressed), BOTH, None, {}),
    "npy-dir": (EVERY, save_directory, BOTH, load_directory, {}),
})  # fmt: skip
