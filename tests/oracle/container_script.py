"""What the scripts for containers have in common: they work on the folders 0, 1, … of a folder.

    SCRIPT write KIND FOLDER COUNT    the library writes source… and says in expected.safetensors what it holds
    SCRIPT check KIND FOLDER COUNT    what weft made of it, ours.safetensors, holds the same; and so does, as the
                                      library reads it, target…, which weft made of wanted.safetensors
"""

import pathlib
import sys
import zlib

from tensor_files import compare, random_tensors, read_safetensors, write_safetensors


def run(kinds, is_written=lambda kind, shape: True):
    """kinds: KIND → (dtypes that the library writes, write(folder, tensors, chance seed) → what it holds,
    dtypes that it reads, read(folder) → tensors; None where weft does not write the kind, more for random_tensors).
    is_written: what weft refuses to write of a kind."""
    action, kind, folder, count = sys.argv[1:5]
    dtypes, write, read_dtypes, read, options = kinds[kind]
    for number in range(int(count)):
        here = pathlib.Path(folder) / str(number)
        seed = zlib.crc32(f"{kind} {number}".encode())
        if action == "write":
            here.mkdir()
            held = write(here, random_tensors(seed, dtypes, **options), seed)
            write_safetensors(here / "expected.safetensors", held)
            if read is not None:
                wanted = random_tensors(seed + 1, read_dtypes)
                wanted = {name: tensor for name, tensor in wanted.items() if is_written(kind, tensor[1])}
                write_safetensors(here / "wanted.safetensors", wanted)
        else:
            expected = read_safetensors(here / "expected.safetensors")
            compare(read_safetensors(here / "ours.safetensors"), expected, f"{kind} {number} read by weft")
            if read is not None:
                wanted = read_safetensors(here / "wanted.safetensors")
                compare(read(here), wanted, f"{kind} {number} written by weft")
