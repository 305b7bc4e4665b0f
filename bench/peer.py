"""The programs that weft is compared with, in Python."""

import json
import pathlib
import select
import subprocess
import tempfile
import time

from measure import Failed, last_line, run

FOLDER = pathlib.Path(__file__).with_name("peers")
ANSWER_SECONDS = 300


class Peers:
    """`python` is an interpreter that has the libraries; None: there are no peers, for a reason."""

    def __init__(self, python, reason, threads):
        self.python = python
        self.reason = reason
        self.threads = threads

    def check(self):
        if self.python is None:
            raise Failed(self.reason)

    def versions(self):
        return run(self.python, FOLDER / "versions.py").json() if self.python else {}

    def script(self, name, *arguments):
        self.check()
        return run(self.python, FOLDER / name, self.threads, *arguments)

    def server(self, name):
        return Server(self, name)


class Server:
    """A peer that stays, and loads what it is told. Starts with the first question."""

    def __init__(self, peers, name):
        self.peers = peers
        self.name = name
        self.process = None
        self.errors = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        self.process = None

    def start(self):
        self.peers.check()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(self.peers.python), str(FOLDER / self.name), str(self.peers.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            bufsize=1,
        )
        self.answer()

    def answer(self):
        """The next line that is JSON; libraries print other things, too."""
        end = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < end:
            ready, _, _ = select.select([self.process.stdout], [], [], end - time.monotonic())
            line = self.process.stdout.readline() if ready else ""
            if ready and not line:
                self.errors.seek(0)
                complaint = self.errors.read().decode(errors="replace")
                raise Failed(f"{self.name} ended: {last_line(complaint)}")
            if line.startswith("{"):
                return json.loads(line)
        self.process.kill()
        raise Failed(f"{self.name} took more than {ANSWER_SECONDS} s")

    def load(self, folder):
        if self.process is None:
            self.start()
        try:
            print(folder, file=self.process.stdin)
        except BrokenPipeError:
            pass  # the answer says why
        return self.answer()
