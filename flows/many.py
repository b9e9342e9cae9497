"""Many characters' builds, several at a time, each in a process of its own: one that fails stops no other."""

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from tqdm import tqdm

from dramaturg.errors import DramaturgError, InputError
from dramaturg.llm.progress import cost_so_far
from dramaturg.logs import configure, log
from dramaturg.settings import Settings
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import Build, open_build, read_manifest
from flows.summary import render_summary, what_is_unfinished

__all__ = ["Outcome", "build_many", "characters_of", "exit_code", "render_outcomes", "stop_builds"]

State = Literal["built", "unchanged", "unfinished", "failed"]

_TALKS = ("chatharuhi", "role_specific", "knowledge_boundary", "general")
_WORDS = {"unchanged": "nothing changed"}
_LOGS = ".logs"
_ENDS_WITHIN = 10.0  # seconds, once it has told what came of it
_LEAST_COST = 1e-9
_spawning = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a character's build: `why` it failed, or is unfinished, in a line; the `rows` to train and test on;
    `cost` in the price's currency. `was_begun` is False where its folder or a setting is wrong."""

    character: str
    state: State
    why: str = ""
    rows: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    was_begun: bool = True


@dataclass(slots=True)
class _Running:
    character: str
    process: SpawnProcess
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
    waiting, running = deque(builds), dict[Connection, _Running]()
    with (
        _ended_with_this(),
        tqdm(total=len(characters), initial=len(outcomes), unit="character", disable=None) as bar,
    ):
        while waiting or running:
            while waiting and len(running) < jobs:
                name, allotted = waiting.popleft(), budget.allot()
                share = {} if allotted is None else {"max_cost": allotted}
                receiver, process = _start(data, name, {**given, **share}, jobs)
                running[receiver] = _Running(name, process, monotonic(), allotted)
            for receiver in [each for each in wait(list(running)) if isinstance(each, Connection)]:
                ended = running.pop(receiver)
                outcome = _received(receiver, ended)
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
    children = multiprocessing.active_children()
    for child in children:
        with suppress(ProcessLookupError):  # it has not yet a group of its own, or has ended
            os.killpg(child.pid or 0, signal.SIGKILL)
        child.kill()
    for child in children:
        child.join()


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
            wrong[name] = Outcome(name, "failed", _in_a_line(error), was_begun=False)
    return builds, wrong


def _most_cost(builds: Iterable[Build]) -> float | None:
    """What the command line or the environment says of the cost: the same for every character."""
    return next((each.settings.max_cost for each in builds if "max_cost" not in each.character.settings), None)


def _start(data: Path, name: str, given: Mapping[str, Any], jobs: int) -> tuple[Connection, SpawnProcess]:
    receiver, sender = _spawning.Pipe(duplex=False)
    process = _spawning.Process(target=_build_in_process, args=(sender, data, name, dict(given), jobs), name=name)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a child keeps it so: it is ended by this one
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    sender.close()  # the child's alone, so that its death is the end of what can be received
    return receiver, process


def _received(receiver: Connection, ended: _Running) -> Outcome:
    """What the build told; of one that was killed, that it was."""
    with receiver:
        try:
            outcome: Outcome | None = receiver.recv()
        except (EOFError, OSError):
            outcome = None
    ended.process.join(_ENDS_WITHIN)
    if ended.process.is_alive():
        ended.process.kill()
        ended.process.join()
    seconds = monotonic() - ended.began
    if outcome is not None:
        return replace(outcome, seconds=seconds)
    # of what it cost nothing is known but that it was no more than this
    return Outcome(ended.character, "failed", _death(ended.process.exitcode), 0, ended.allotted or 0.0, seconds)


def _death(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its process ended by itself ({code})"
    name = signal.Signals(-code).name
    hint = ": perhaps there was not enough memory" if -code == signal.SIGKILL else ""
    return f"its process was killed ({name}){hint}; the same command goes on from there"


def _in_a_line(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the disk'}: {error.strerror or error}"
    first, *more = str(error).splitlines() or [type(error).__name__]
    return f"{first} (and {len(more):,} more)" if more else first


# --- in the process of a build ------------------------------------------------------------------------------


def _build_in_process(sender: Connection, data: Path, name: str, given: dict[str, Any], jobs: int) -> None:
    """Build a character, all that is written into its file of lines; send what came of it."""
    os.setpgrp()  # with all that it starts itself, such as ffmpeg
    threading.Thread(target=_die_with_parent, daemon=True).start()
    progress: Path | None = None
    try:
        _write_into(data / "processed" / _LOGS / f"{name}.log")
        build = open_build(data, name, **given)
        progress = build.workspace.progress
        configure(build.settings.log)
        outcome = _built(replace(build, settings=_shared(build.settings, jobs)))
    except (DramaturgError, OSError) as error:
        outcome = Outcome(name, "failed", _in_a_line(error))
    except Exception as error:
        log(traceback.format_exc(), "error")
        outcome = Outcome(name, "failed", f"{type(error).__name__}: {' '.join(str(error).split())}")
    if outcome.why:
        log(outcome.why, "error" if outcome.state == "failed" else "warning")
    if progress is not None and outcome.state == "failed":
        outcome = replace(outcome, cost=cost_so_far(progress))
    sender.send(outcome)


def _built(build: Build) -> Outcome:
    name, cost = build.workspace.character_id, 0.0
    state: State = "unchanged"
    if not all(is_current(build, stage) for stage in active_stages(build.settings)):
        state = "built"
        cost = run_all(build)
    print(render_summary(build), flush=True)
    unfinished, why = what_is_unfinished(build), ""
    if unfinished is not None:
        is_shown = build.settings.is_demonstration
        state = state if is_shown else "unfinished"
        why = f"original rows only: {unfinished}" if is_shown else f"{unfinished}; the same command asks again"
    splits = read_manifest(build)["stages"]["export"]["splits"]
    rows = sum(sum(splits.get(config, {}).values()) for config in _TALKS)
    return Outcome(name, state, why, rows, cost)


def _shared(settings: Settings, jobs: int) -> Settings:
    """The part of one of so many builds in what an endpoint is to be asked at once, and in a minute."""

    def part(whole: int | None) -> int | None:
        return None if whole is None else max(1, whole // jobs)

    parts = ("concurrency", "requests_per_minute", "tokens_per_minute")
    stages = {
        name: stage.model_copy(update={"concurrency": part(stage.concurrency)})
        for name, stage in settings.stages.items()
    }
    return settings.model_copy(update={**{name: part(getattr(settings, name)) for name in parts}, "stages": stages})


def _write_into(path: Path) -> None:
    """Have all that this process writes, its libraries too, go to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(handle, stream.fileno())
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    os.close(handle)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os.killpg(0, signal.SIGKILL)
