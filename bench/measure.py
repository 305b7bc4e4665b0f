"""Runs commands and keeps what they took."""

import dataclasses
import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time


class Failed(Exception):
    """A command that did not do what it should, with the reason in one line."""


@dataclasses.dataclass
class Run:
    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    output: str

    def json(self):
        return json.loads(self.output)


def last_line(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def first_line(text):
    return next((line for line in text.splitlines() if line.strip()), "no message")


def run(*command):
    """Runs a command that has to succeed."""
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text, complaint = output.read().decode(), errors.read().decode(errors="replace")
    if process.returncode != 0:
        # weft says the reason first, Python last.
        reason = first_line(complaint) if "error[" in complaint else last_line(complaint)
        raise Failed(f"{os.path.basename(words[0])} ended with {process.returncode}: {reason}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text)


class Sides:
    """What is compared: each side's tries, in the order in which they were made."""

    def __init__(self):
        self.tries = {}
        self.failures = {}

    def add(self, side, figures):
        self.tries.setdefault(side, []).append(figures)

    def of(self, side, key="seconds"):
        if side in self.failures:
            raise Failed(self.failures[side])
        if not self.tries.get(side):
            raise Failed(f"{side}: was not run")
        return [figures[key] for figures in self.tries[side]]

    def best(self, side, key="seconds"):
        return min(self.of(side, key))

    def most(self, side, key):
        return max(self.of(side, key))

    def last(self, side, key):
        return self.of(side, key)[-1]

    def best_rate(self, *sides):
        """Bytes in a second, of the best try of any of the sides that ran."""
        rates = [
            figures["bytes"] / figures["seconds"]
            for side in sides
            if side not in self.failures
            for figures in self.tries.get(side, [])
        ]
        if not rates:
            raise Failed(self.failures.get(sides[0], f"{sides[0]}: was not run"))
        return max(rates)

    def summary(self):
        """For each side, the spread of its times."""
        rows = {}
        for side, tries in self.tries.items():
            times = [figures["seconds"] for figures in tries if "seconds" in figures]
            if not times:
                continue
            rows[side] = {
                "tries": len(times),
                "best_seconds": min(times),
                "median_seconds": statistics.median(times),
                "worst_seconds": max(times),
            }
        for side, reason in self.failures.items():
            rows[side] = {"failed": reason}
        return rows


def make_room():
    """Has the system forget what it keeps of other files, and put free memory together, so that no
    step waits for either. Only root may ask for it; without, the figures scatter more.
    """
    os.sync()
    for name, value in (("drop_caches", "3"), ("compact_memory", "1")):
        try:
            pathlib.Path("/proc/sys/vm", name).write_text(value)
        except OSError:
            return


def interleave(repeats, steps, before=lambda: None):
    """Runs the steps, pairs of a side and a function that returns its figures, one after the
    other, `repeats` times, each time in another order, the same in every run of the benchmark. A
    side that fails is run no more, and the others go on. Each step gets the disk to itself: what
    was written before is on it by then. `before` is called at the start of each repeat.
    """
    make_room()
    sides = Sides()
    for repeat in range(repeats):
        before()
        order = list(steps)
        random.Random(repeat).shuffle(order)
        for side, step in order:
            if side in sides.failures:
                continue
            os.sync()
            try:
                sides.add(side, step())
            except Failed as failure:
                sides.failures[side] = f"{side}: {failure}"
    return sides
