"""Some questions asked by the engine, in a process of its own whose time and memory are measured.

benchmarks/llm.py runs it: `asking.py` reads a `Task` as JSON from its standard input and prints what came of it.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from misbehaving import MODEL, answer_to, question

if TYPE_CHECKING:
    from dramaturg.llm import Answer

__all__ = ["Measured", "Ran", "Task", "ask", "command", "measured"]

_ROOT = Path(__file__).parent.parent
_MAX_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Task:
    """The `numbers` of the questions to ask at an address, so many at once, with a store's file.

    With a `gate` the process is ready when it has made the file `gate` + its number, and asks once `gate` is there.
    """

    base_url: str
    store: str
    numbers: Sequence[int]
    concurrency: int
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A process that ended: its standard output and error, its status (None: it took too long and was killed), wall
    seconds, processor seconds (user and system, with its children), and peak memory in MB."""

    output: str
    errors: str
    status: int | None
    wall: float
    cpu: float
    peak: float

    @property
    def trouble(self) -> str:
        """Why it did not end well; empty where it did."""
        if self.status == 0:
            return ""
        last = (self.errors.strip().splitlines() or ["no word"])[-1]
        return f"died: {last[:80]}" if self.status is not None else f"killed after {self.wall:.0f} s"


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a task. `wall` and `cpu` in seconds and `grown`, the growth of peak memory in MB, are of the asking
    alone, from the engine's opening to its end. `fates` in the questions' order: `good`, `malformed` (an answer that is
    not the JSON asked for), `wrong` (another's), `failed`, `final` (failed for good). `outcomes` are hashes of what
    came, key and text or reason; `reasons` counts the failures'."""

    process: Measured
    wall: float = 0.0
    cpu: float = 0.0
    grown: float = 0.0
    fates: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    reasons: Mapping[str, int] | None = None

    def count(self, *fates: str) -> int:
        return sum(fate in fates for fate in self.fates)


def ask(task: Task, seconds: float) -> Ran:
    """Run a task in a process of its own, of `seconds` at most."""
    process = measured(command(), json.dumps(asdict(task)), environment(), seconds)
    return Ran(process) if process.trouble else Ran(process, **json.loads(process.output))


def command() -> list[str]:
    return [sys.executable, __file__]


def environment() -> dict[str, str]:
    return os.environ | {"NO_PROXY": "127.0.0.1"}


def measured(command: Sequence[str], given: str, variables: Mapping[str, str], seconds: float) -> Measured:
    """Run a program to its end, of `seconds` at most."""
    with (
        tempfile.TemporaryFile("w+") as reads,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        reads.write(given)
        reads.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=reads, stdout=out, stderr=err, env=dict(variables), start_new_session=True
        )
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(seconds, stop)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Measured(
            out.read(),
            err.read(),
            None if is_late.is_set() else process.returncode,
            wall,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
        )


# --- in the process ------------------------------------------------------------------------------------------


def is_whole(answer: "Answer") -> bool:
    """Whether an answer is in the form asked for: the place to tell the engine so, as `ask`'s third argument."""
    try:
        return "answer" in json.loads(answer.text)
    except (ValueError, TypeError):
        return False


def _main() -> None:
    sys.path.insert(0, str(_ROOT))
    from dramaturg.llm import Answer, Failure, Request, open_engine
    from dramaturg.settings import Settings

    def fate(outcome: Answer | Failure, content: str) -> str:
        if isinstance(outcome, Failure):
            return "final" if outcome.is_final else "failed"
        if outcome.text == answer_to(content):
            return "good"
        return "wrong" if is_whole(outcome) else "malformed"

    task = Task(**json.load(sys.stdin))
    contents = [question(number) for number in task.numbers]
    requests = [Request("benchmark@1", ({"role": "user", "content": each},), _MAX_TOKENS) for each in contents]
    settings = Settings(
        llm="auto",
        openai_base_url=task.base_url,
        openai_api_key="sk-benchmark",  # type: ignore[arg-type]
        model=MODEL,
        concurrency=task.concurrency,
    )
    if task.gate:
        Path(f"{task.gate}{os.getpid()}").touch()
        while not Path(task.gate).exists():
            time.sleep(0.005)
    peak, cpu, wall = _peak(), time.process_time(), time.perf_counter()
    with open_engine(settings, Path(task.store)) as engine:
        batch = engine.ask(requests, "benchmark", is_whole)
    told: dict[str, Any] = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "grown": _peak() - peak,
        "fates": [fate(outcome, content) for outcome, content in zip(batch.outcomes, contents, strict=True)],
        "outcomes": [_digest(outcome) for outcome in batch.outcomes],
        "reasons": Counter(outcome.reason for outcome in batch.outcomes if isinstance(outcome, Failure)),
    }
    print(json.dumps(told))


def _digest(outcome: Any) -> str:
    said = f"{outcome.key} {getattr(outcome, 'text', '')} {getattr(outcome, 'reason', '')}"
    return blake2b(said.encode(), digest_size=8).hexdigest()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    _main()
