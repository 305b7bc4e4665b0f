"""Every cast does to every element what torch's does."""

from functools import partial

from program import script

# Of safetensors, in its spelling.
DTYPES = (
    "F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0"
)


def compare(scratch, source):
    targets = [dtype for dtype in DTYPES if dtype != source]
    script("compare_casts.py", scratch, source, *targets)


def checks():
    for source in DTYPES:
        yield f"casts from {source} are those of torch", partial(compare, source=source)
