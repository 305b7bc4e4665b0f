"""Measures weft beside its ceilings and peers, and says which targets are met. See bench/run."""

import argparse
import dataclasses
import pathlib
import shutil
import sys
import tempfile
import time

import machine
from inputs import Inputs
from lines import borrow, casts, containers, convert, load, planning, shards, transpose
from measure import Failed, run
from peer import Peers
from results import SHORT, OPEN, Results, plain_table

GROUPS = {
    "load": load,
    "borrow": borrow,
    "containers": containers,
    "convert": convert,
    "planning": planning,
    "casts": casts,
    "transpose": transpose,
    "shards": shards,
}


@dataclasses.dataclass(frozen=True)
class Programs:
    weft: pathlib.Path
    make_checkpoint: pathlib.Path
    copy_ceiling: pathlib.Path
    planning_time: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Bench:
    """What a group of lines measures with."""

    programs: Programs
    input: Inputs
    peers: Peers
    repeats: int
    threads: int
    folder: pathlib.Path  # of this file
    scratch: pathlib.Path  # for output, removed at the end

    def weft(self, *arguments):
        # A conversion is timed as a whole; of the others the report is wanted.
        report = [] if arguments[0] == "convert" else ["--json"]
        return run(self.programs.weft, *arguments, *report)


def parse():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="small inputs and one try, to see whether all of it works")
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="NAME",
                        help=f"only this group of lines; may be repeated: {', '.join(GROUPS)}")
    parser.add_argument("--repeats", type=int, help="tries of each side (default: 5)")
    parser.add_argument("--threads", type=int, default=2, help="threads of weft (default: 2)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench/results"),
                        help="folder for the results (default: build/bench/results)")
    parser.add_argument("--sources", type=pathlib.Path,
                        help="folder for the inputs, which stay there and are used again")
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--python", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--no-peers", metavar="REASON", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.repeats is None:
        arguments.repeats = 1 if arguments.quick else 5
    if arguments.repeats < 1 or arguments.threads < 1:
        parser.error("--repeats and --threads are 1 or more")
    return arguments


def programs_in(folder):
    programs = Programs(folder / "tools/weft/weft", *(folder / "bench" / name for name in
                        ("make_checkpoint", "copy_ceiling", "planning_time")))
    for path in dataclasses.astuple(programs):
        if not path.exists():
            sys.exit(f"bench/run: there is no {path}")
    return programs


def main():
    arguments = parse()
    programs = programs_in(arguments.programs)
    arguments.out.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="scratch-", dir=arguments.out))
    peers = Peers(arguments.python, arguments.no_peers or "there are no peers", arguments.threads)
    try:
        inputs = Inputs(programs, arguments.sources or scratch / "inputs", arguments.quick)
        results = Results(
            machine.describe(programs, arguments.out, peers.versions()),
            {
                "quick": arguments.quick,
                "repeats": arguments.repeats,
                "threads": arguments.threads,
            },
        )
        bench = Bench(programs, inputs, peers, arguments.repeats, arguments.threads,
                      pathlib.Path(__file__).parent, scratch)
        for name in arguments.only or GROUPS:
            begin = time.monotonic()
            print(f"bench: {name}", end="", file=sys.stderr, flush=True)
            results.measure(GROUPS[name].LINES, GROUPS[name].measure, bench)
            print(f", {time.monotonic() - begin:.0f} s", file=sys.stderr)
            results.write(arguments.out / "results.json")
    except Failed as failure:
        sys.exit(f"bench/run: {failure}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(plain_table(results.document))
    if arguments.quick:
        print("\nA quick run: the inputs are small, and the figures say nothing about speed.")
    print(f"\nall figures: {arguments.out / 'results.json'}")
    outcomes = [line["outcome"] for line in results.document["lines"]]
    return 1 if SHORT in outcomes or OPEN in outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
