"""Builds in processes of their own, which this one starts and waits for: `flows.alone`."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from select import select
from time import monotonic

from flows.alone import Asked, Outcome

__all__ = ["Processes", "Running", "end", "outcome_of", "start", "stop_builds"]

_ENDS_WITHIN = 10.0  # seconds, once it has told what came of it
_under_way: "set[subprocess.Popen[str]]" = set()


@dataclass(slots=True)
class Running:
    """A build and its process; what came of it can be read from `told`, which ends with the process."""

    asked: Asked
    process: "subprocess.Popen[str]"
    told: int
    began: float


class Processes:
    """Where builds are done: processes of this machine, which end with this one."""

    def __init__(self) -> None:
        self._running: dict[int, Running] = {}

    def start(self, asked: Asked) -> None:
        running = start(asked)
        self._running[running.told] = running

    def ended(self) -> list[Outcome]:
        """What came of those that end next."""
        found = select(list(self._running), [], [])[0]
        return [outcome_of(self._running.pop(told)) for told in found]


def start(asked: Asked, folder: Path | None = None) -> Running:
    """Start a build, with that folder as the working directory."""
    told, tells = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "flows.alone", str(tells)],
        stdin=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=folder,
        pass_fds=[tells],
        start_new_session=True,  # Ctrl-C is for this process, which then ends that one
    )
    _under_way.add(process)
    os.close(tells)
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it has ended already, as will be seen
        process.stdin.write(json.dumps(asdict(asked)) + "\n")
        process.stdin.flush()
    return Running(asked, process, told, monotonic())


def outcome_of(ended: Running) -> Outcome:
    """What the build told; of one that was killed, that it was."""
    with os.fdopen(ended.told, encoding="utf-8") as file:
        told = file.read()
    process = ended.process
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _under_way.discard(process)
    with suppress(BrokenPipeError):
        assert process.stdin is not None
        process.stdin.close()
    seconds = monotonic() - ended.began
    with suppress(ValueError):
        return replace(Outcome(**json.loads(told)), seconds=seconds)
    return Outcome(ended.asked.character, "failed", _death(process.returncode), 0, ended.asked.most_cost, seconds)


def end(running: Running) -> None:
    """Kill a build, with what it has started itself."""
    with suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
    outcome_of(running)


def stop_builds() -> None:
    """Kill all builds that are under way in processes of this one, and see them end."""
    for process in list(_under_way):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with what they have started themselves
    for process in list(_under_way):
        with suppress(ChildProcessError):
            os.waitpid(process.pid, 0)  # process.wait() may be what a signal has interrupted


def _death(code: int) -> str:
    if code >= 0:
        return f"its process ended by itself ({code})"
    name = signal.Signals(-code).name
    hint = ": perhaps there was not enough memory" if -code == signal.SIGKILL else ""
    return f"its process was killed ({name}){hint}; the same command goes on from there"
