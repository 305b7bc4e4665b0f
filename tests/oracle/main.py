"""main.py FOLDER: runs every check against the reference libraries, with scratch files in FOLDER.

This process stays small on purpose: Linux counts the memory of a parent towards the peak of the child
that it starts, so numpy, torch and mapped files live in processes of their own.
"""

import pathlib
import shutil
import sys
import traceback

import casts
import containers
import example_checkpoint
import exports
import golden_parity
import real_size
import reference_reader
import sparse


def main():
    scratch = pathlib.Path(sys.argv[1]).resolve()
    passed = failed = 0
    for module in (example_checkpoint, casts, reference_reader, containers, exports, sparse, golden_parity,
                   real_size):
        for name, check in module.checks():
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            try:
                check(scratch)
            except Exception as error:  # whatever it is, the other checks go on
                failed += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                print(f"FAILED {name}\n  {pathlib.Path(where.filename).name}:{where.lineno}: {error}")
            else:
                passed += 1
                print(f"ok     {name}")
            sys.stdout.flush()
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
