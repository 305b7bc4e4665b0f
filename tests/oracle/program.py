"""Starts programs and measures them."""

import dataclasses
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Run:
    status: int
    peak_rss_bytes: int
    errors: str


def run(*command):
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    return Run(process.returncode, usage.ru_maxrss * 1024, text)


def weft(*arguments):
    """Runs ./weft, which has to succeed."""
    result = run(ROOT / "weft", *arguments)
    if result.status != 0:
        words = " ".join(str(word) for word in arguments)
        raise AssertionError(f"weft {words} ended with {result.status}:\n{result.errors}")
    return result


def script(name, *arguments, environment="environment"):
    """Runs a script of this folder in one of the virtual environments; it has to succeed."""
    interpreter = ROOT / "build/oracle" / environment / "bin/python"
    result = run(interpreter, pathlib.Path(__file__).with_name(name), *arguments)
    if result.status != 0:
        raise AssertionError(f"{name} {arguments[:2]} ended with {result.status}:\n{result.errors[-2000:]}")
