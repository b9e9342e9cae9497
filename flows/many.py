"""Many characters' builds, several at a time, each in a process of its own: one that fails stops no other."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from select import select
from time import monotonic
from typing import Any

from tqdm import tqdm

from dramaturg.errors import DramaturgError, InputError
from dramaturg.logs import log
from flows.alone import Asked, Outcome, in_a_line
from flows.stage import Build, open_build

__all__ = ["build_many", "characters_of", "exit_code", "render_outcomes", "stop_builds"]

_WORDS = {"unchanged": "nothing changed"}
_LOGS = ".logs"
_ENDS_WITHIN = 10.0  # seconds, once it has told what came of it
_LEAST_COST = 1e-9
_under_way: "set[subprocess.Popen[str]]" = set()


@dataclass(slots=True)
class _Running:
    """A build and its process; what came of it can be read from `told`, which ends with the process."""

    character: str
    process: "subprocess.Popen[str]"
    told: int
    began: float
    allotted: float | None


@dataclass(slots=True)
class _Budget:
    """What all builds together may still cost; None without a limit. A build gets an equal share of what is left, and
    what it does not spend goes to those after it."""

    left: float | None
    waiting: int

    def allot(self) -> float | None:
        share = None if self.left is None else max(_LEAST_COST, self.left / self.waiting)
        self.waiting -= 1
        if self.left is not None and share is not None:
            self.left -= share
        return share

    def settle(self, allotted: float | None, spent: float) -> None:
        if self.left is not None and allotted is not None:
            self.left += allotted - spent


def characters_of(data: Path) -> list[str]:
    """The names of all folders under data/raw that hold a character. Raises InputError where there is none."""
    found = sorted(path.parent.name for path in (data / "raw").glob("*/character.yaml"))
    if not found:
        raise InputError(f"there is no character in {data / 'raw'}: make a folder there with a character.yaml in it")
    return found


def build_many(data: Path, characters: Sequence[str], given: Mapping[str, Any], jobs: int) -> list[Outcome]:
    """Build each character as `given` says, `jobs` at a time; what came of each, in their order, and told when it ends.

    What the settings say of requests and tokens in a minute, of concurrency and, where no character.yaml says it, of
    the cost is for all together.
    """
    builds, outcomes = _opened(data, characters, given)
    width = max(map(len, characters))
    for outcome in outcomes.values():
        _log_outcome(outcome, width)
    jobs = min(jobs, max(1, len(builds)))
    budget = _Budget(_most_cost(builds.values()), len(builds))
    waiting, running = deque(builds), dict[int, _Running]()
    with (
        _ended_with_this(),
        tqdm(total=len(characters), initial=len(outcomes), unit="character", disable=None) as bar,
    ):
        while waiting or running:
            while waiting and len(running) < jobs:
                started = _start(data, waiting.popleft(), given, jobs, budget.allot())
                running[started.told] = started
            for told in select(list(running), [], [])[0]:
                ended = running.pop(told)
                outcome = _outcome(ended)
                budget.settle(ended.allotted, outcome.cost)
                _log_outcome(outcome, width)
                outcomes[ended.character] = outcome
                bar.update()
    return [outcomes[name] for name in characters]


@contextmanager
def _ended_with_this() -> Iterator[None]:
    try:
        yield
    except BaseException:
        stop_builds()
        raise


def stop_builds() -> None:
    """Kill all builds that are under way, and see them end."""
    for process in list(_under_way):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with what they have started themselves
    for process in list(_under_way):
        with suppress(ChildProcessError):
            os.waitpid(process.pid, 0)  # process.wait() may be what a signal has interrupted


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 where all is well, 2 where nothing could be begun, else 1."""
    if not any(each.was_begun for each in outcomes):
        return 2
    return int(any(each.state in ("failed", "unfinished") for each in outcomes))


def render_outcomes(outcomes: Sequence[Outcome], data: Path) -> str:
    """A line for each, and how many came to what."""
    width = max(len(each.character) for each in outcomes)
    counted = Counter(_WORDS.get(each.state, each.state) for each in outcomes)
    told = ", ".join(f"{count:,} {state}" for state, count in counted.items())
    where = f"; what each build said is in {data / 'processed' / _LOGS}"
    return "\n".join(
        [
            *(_line(each, width) for each in outcomes),
            "",
            f"{len(outcomes):,} character{'s' * (len(outcomes) != 1)}: {told}"
            + where * any(each.was_begun for each in outcomes),
        ]
    )


def _line(outcome: Outcome, width: int) -> str:
    rows = f"{outcome.rows:,} rows" if outcome.state != "failed" else ""
    state = _WORDS.get(outcome.state, outcome.state)
    return f"{outcome.character:<{width}}  {state:<15} {rows:>14}{outcome.seconds:>10.1f} s  {outcome.why}".rstrip()


def _log_outcome(outcome: Outcome, width: int) -> None:
    fields = {name: getattr(outcome, name) for name in ("character", "state", "why", "rows")}
    log(
        _line(outcome, width),
        "error" if outcome.state == "failed" else "info",
        event="build",
        seconds=round(outcome.seconds, 3),
        **fields,
    )


def _opened(
    data: Path, characters: Sequence[str], given: Mapping[str, Any]
) -> tuple[dict[str, Build], dict[str, Outcome]]:
    """The builds that can be begun, and what came of those that cannot."""
    builds: dict[str, Build] = {}
    wrong: dict[str, Outcome] = {}
    for name in characters:
        try:
            builds[name] = open_build(data, name, **given)
        except (DramaturgError, OSError) as error:
            wrong[name] = Outcome(name, "failed", in_a_line(error), was_begun=False)
    return builds, wrong


def _most_cost(builds: Iterable[Build]) -> float | None:
    """What the command line or the environment says of the cost: the same for every character."""
    return next((each.settings.max_cost for each in builds if "max_cost" not in each.character.settings), None)


def _start(data: Path, name: str, given: Mapping[str, Any], jobs: int, allotted: float | None) -> _Running:
    share = {} if allotted is None else {"max_cost": allotted}
    asked = Asked(str(data), name, {**given, **share}, jobs, str(data / "processed" / _LOGS / f"{name}.log"))
    told, tells = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "flows.alone", str(tells)],
        stdin=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        pass_fds=[tells],
        start_new_session=True,  # Ctrl-C is for this process, which then ends that one
    )
    _under_way.add(process)
    os.close(tells)
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it has ended already, as will be seen
        process.stdin.write(json.dumps(asdict(asked)) + "\n")
        process.stdin.flush()
    return _Running(name, process, told, monotonic(), allotted)


def _outcome(ended: _Running) -> Outcome:
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
    # of what it cost nothing is known but that it was no more than this
    return Outcome(ended.character, "failed", _death(process.returncode), 0, ended.allotted or 0.0, seconds)


def _death(code: int) -> str:
    if code >= 0:
        return f"its process ended by itself ({code})"
    name = signal.Signals(-code).name
    hint = ": perhaps there was not enough memory" if -code == signal.SIGKILL else ""
    return f"its process was killed ({name}){hint}; the same command goes on from there"
