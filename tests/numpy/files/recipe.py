"""Makes the array files beside it with NumPy, and a listing of what is in them.

    python3 -m venv V; V/bin/pip install numpy==2.4.6 ml_dtypes==0.6.0; V/bin/python recipe.py

headers.txt has a line for each dtype and shape that weft writes: the dtype, the shape, and the
header that numpy.save makes, in hexadecimal digits.
"""

import io
import os

import ml_dtypes
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {
    "BOOL": "|b1", "I8": "|i1", "U8": "|u1", "I16": "<i2", "U16": "<u2", "I32": "<i4",
    "U32": "<u4", "I64": "<i8", "U64": "<u8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
    "C64": "<c8", "BF16": ml_dtypes.bfloat16,
}
SHAPES = [(), (1,), (3,), (2, 3), (0, 4), (123456, 1, 7), (2,) * 20, (10**15,) + (0,) * 12]


def main():
    with open(os.path.join(HERE, "headers.txt"), "w", encoding="ascii") as out:
        for name, dtype in TYPES.items():
            for shape in SHAPES if name == "F32" else SHAPES[:4]:
                header = io.BytesIO()
                fields = np.lib.format.header_data_from_array_1_0(np.zeros(0, dtype))
                fields["shape"] = shape
                np.lib.format.write_array_header_1_0(header, fields)
                print(name, list(shape), header.getvalue().hex(), sep="\t", file=out)

    counting = np.arange(6).reshape(2, 3)
    arrays = {
        "big": counting.astype(">i2"), "fortran": np.asfortranarray(counting.astype("<u4")),
        "bf16": counting.astype(ml_dtypes.bfloat16), "complex": counting.astype("<c8") * 1j,
        "scalar": np.array(1.5, "<f4"), "none": np.zeros((0, 4), "<f8"),
        "flags": counting > 2,
    }
    for name, array in arrays.items():
        with open(os.path.join(HERE, name + ".npy"), "wb") as out:
            np.lib.format.write_array(out, array, version=(2, 0) if name == "flags" else None)
    both = {"layers.0.weight": np.asfortranarray(np.arange(600.0).reshape(2, 300)),
            "flags": arrays["flags"]}
    np.savez(os.path.join(HERE, "stored.npz"), **both)
    np.savez_compressed(os.path.join(HERE, "deflated.npz"), **both)
    with open(os.path.join(HERE, "flags3.npy"), "wb") as out:
        np.lib.format.write_array(out, arrays["flags"], version=(3, 0))


main()
