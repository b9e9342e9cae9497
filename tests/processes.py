"""Processes of the project's code that start at once: forks of one that has imported what they need.

Python and these imports take a second, longer than most of what a test then has done. Each is a process all the same:
with its own arguments, environment and folder, its own output, to be killed. What hangs on how Python itself starts,
or on what is imported when, is for a subprocess.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO

from dramaturg import ROOT

__all__ = ["Forked", "dramaturg", "start"]

_CLI = "import sys; sys.argv[0] = 'dramaturg'; from flows.cli import main; main()"
_MOST_SECONDS = 120
_SERVER = """
import gc, json, os, socket, sys
import aiohttp, ebooklib.epub, openai, pandas, pyarrow.parquet
import flows.cli, flows.estimate, flows.evaluate, flows.pipeline, flows.summary, flows.verified
from dramaturg.text import count_tokens

count_tokens("")  # reads the vocabulary
gc.collect()
gc.freeze()  # no fork looks through all that when it ends
orders = socket.socket(fileno=int(sys.argv[1]))
waiting = set()
while True:
    order, files, *_ = socket.recv_fds(orders, 1 << 20, 4)
    waiting = {each for each in waiting if not os.waitpid(each, os.WNOHANG)[0]}
    if not order:
        sys.exit()
    waits = os.fork()
    if waits:
        waiting.add(waits)
        for each in files:
            os.close(each)
        continue
    orders.close()
    process = os.fork()
    if not process:
        break
    os.write(files[3], str(process).encode())
    os.write(files[3], str(os.waitpid(process, 0)[1]).encode())
    os._exit(0)
for number, each in enumerate(files):
    if number < 3:
        os.dup2(each, number)
    os.close(each)
told = json.loads(order)
os.environ.clear()
os.environ.update(told["environment"])
os.chdir(told["folder"])
sys.argv = ["-c", *told["arguments"]]
exec(told["code"], {"__name__": "__main__"})
"""


@dataclass
class Forked:
    """As `subprocess.Popen`; `stdout` and `stderr` are there once it was waited for."""

    pid: int
    _ends: socket.socket
    _files: tuple[IO[bytes], IO[bytes]]
    returncode: int | None = None
    stdout: str = ""
    stderr: str = ""

    def wait(self) -> int:
        """Raises TimeoutError after two minutes, when it is killed."""
        try:
            return self._ended(_MOST_SECONDS)
        except TimeoutError:
            self.kill()
            raise

    def poll(self) -> int | None:
        try:
            return self._ended(0)
        except BlockingIOError:
            return None

    def _ended(self, within: float) -> int:
        if self.returncode is None:
            self._ends.settimeout(within)
            self.returncode = os.waitstatus_to_exitcode(int(self._ends.recv(16)))
            self._ends.close()
            self.stdout, self.stderr = map(_text, self._files)
        return self.returncode

    def kill(self) -> None:
        """Where it did not end by itself before."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def start(code: str, *arguments: object, typed: str = "", **environment: str) -> Forked:
    """Run Python `code` with these arguments, in the project's folder, the environment being that of the test and this;
    what is `typed` is its input."""
    order = {
        "code": code,
        "arguments": [str(each) for each in arguments],
        "environment": {**os.environ, **environment},
        "folder": str(ROOT),
    }
    output, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when it ended
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with tempfile.TemporaryFile() as given, theirs:
        given.write(typed.encode())
        given.seek(0)
        files = [each.fileno() for each in (given, output, errors, theirs)]
        socket.send_fds(_server(), [json.dumps(order).encode()], files)
    return Forked(int(mine.recv(16)), mine, (output, errors))


def dramaturg(
    *arguments: object, typed: str = "", before: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, behind code that comes `before` it."""
    ran = start(f"{before}\n{_CLI}", *arguments, typed=typed, **environment)
    return subprocess.CompletedProcess(arguments, ran.wait(), ran.stdout, ran.stderr)


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode()


@cache
def _server() -> socket.socket:
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # to fork it must have one thread
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        mine.close()
        server.wait()

    atexit.register(end)
    return mine
