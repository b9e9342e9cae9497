"""One character's build in a process of its own, which another started and waits for: `python -m flows.alone`.

What is to be built it reads as a line of JSON on stdin, what came of it goes as one to the file descriptor that its
argument numbers, and all else that it, or a library, writes into a file.
"""

import json
import os
import signal
import sys
import threading
import traceback
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dramaturg.errors import DramaturgError, line_of
from dramaturg.logs import configure, log
from dramaturg.masking import masked
from dramaturg.settings import Settings
from flows.agreed import Agreed, check_code, check_data, check_settings
from flows.built import talks_of
from flows.pipeline import STAGES, active_stages, is_current, run_all, spending
from flows.stage import Build, open_build, read_manifest
from flows.summary import render_summary, what_is_unfinished

__all__ = ["Asked", "Outcome", "State", "in_a_line"]

State = Literal["built", "unchanged", "unfinished", "failed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be built: a character of a data folder, by settings that were given, one of so many builds that go on
    at once. `output` is the file that is written into, `most_cost` what it costs where nothing is told of it: no more
    than it may, 0 without a limit. `agreed` is what has to be so where it is built on another machine. `fresh` and
    `stage_hours` are those of `flows.pipeline.run_all`. With `stage` only that one is done, whose lock and manifest are
    whoever's who asks."""

    data: str
    character: str
    given: dict[str, Any]
    jobs: int
    output: str
    most_cost: float = 0.0
    agreed: Agreed | None = None
    stage: str | None = None
    fresh: bool = False
    stage_hours: float | None = None

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Asked":
        agreed = told.pop("agreed", None)
        return cls(**told, agreed=agreed and Agreed(**agreed))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a character's build: `why` it failed, or is unfinished, in a line; the `rows` to train and test on;
    `cost` in the price's currency. `was_begun` is False where its folder or a setting is wrong. Of a single stage,
    `report` is what it did, or `raised` the error, all of which then is `why`."""

    character: str
    state: State
    why: str = ""
    rows: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    was_begun: bool = True
    report: dict[str, Any] | None = None
    raised: str | None = None


def in_a_line(error: BaseException) -> str:
    """What an error says, of several lines the first, no key in it."""
    if not isinstance(error, DramaturgError):
        return masked(line_of(error))
    first, *more = str(error).splitlines() or [type(error).__name__]
    return masked(f"{first} (and {len(more):,} more)" if more else first)


def _main() -> None:
    line = sys.stdin.readline()
    if not line:  # who started it has ended
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    outcome = _outcome(json.loads(line))
    with os.fdopen(int(sys.argv[1]), "w") as told:
        json.dump(asdict(outcome), told)


def _end_with_parent() -> None:
    """Whoever waits for this build holds the other end of stdin, and writes no more."""
    sys.stdin.read()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with what it has started itself, such as ffmpeg
    os._exit(1)


def _outcome(told: dict[str, Any]) -> Outcome:
    with spending() as spent:
        outcome = _came_of(told)
    return replace(outcome, cost=spent.cost)


def _came_of(told: dict[str, Any]) -> Outcome:
    try:
        if told["agreed"] is not None:  # first of all: another Dramaturg would not understand the rest
            check_code(told["agreed"]["code"])
            check_data(told["agreed"]["sees"])
        asked = Asked.from_json(told)
        _write_into(Path(asked.output))
        build = open_build(Path(asked.data), asked.character, **asked.given)
        if asked.agreed is not None:
            check_settings(asked.agreed, build.settings)
        configure(build.settings.log)
        if asked.stage is not None:
            return _stage_done(build, asked.stage)
        return _built(replace(build, settings=_shared(build.settings, asked.jobs)), asked.fresh, asked.stage_hours)
    except (DramaturgError, OSError) as error:
        outcome = Outcome(told["character"], "failed", in_a_line(error))
        if told["stage"] is not None:
            outcome = replace(outcome, why=masked(str(error)), raised=type(error).__name__)
        log(str(error) if isinstance(error, DramaturgError) else outcome.why, "error")
    except Exception as error:
        outcome = Outcome(told["character"], "failed", in_a_line(error))
        log(traceback.format_exc().rstrip(), "error")
    return outcome


def _built(build: Build, fresh: bool, stage_hours: float | None) -> Outcome:
    name, why = build.workspace.character_id, ""
    state: State = "unchanged"
    if fresh or not all(is_current(build, stage) for stage in active_stages(build.settings)):
        state = "built"
        run_all(build, fresh, stage_hours)
    print(render_summary(build), flush=True)
    unfinished = what_is_unfinished(build)
    if unfinished is not None:
        is_shown = build.settings.is_demonstration
        state = state if is_shown else "unfinished"
        why = f"original rows only: {unfinished}" if is_shown else f"{unfinished}; the same command asks again"
        log(why, "warning")
    return Outcome(name, state, why, talks_of(read_manifest(build)["stages"]["export"]["splits"]))


def _stage_done(build: Build, name: str) -> Outcome:
    """What a stage did, its files as they are called in the processed folder."""
    report = next(stage for stage in STAGES if stage.name == name).run(build)
    files = [str(path.relative_to(build.workspace.processed)) for path in report.files]
    return Outcome(build.workspace.character_id, "built", report={**asdict(report), "files": files})


def _shared(settings: Settings, jobs: int) -> Settings:
    """The part of one of so many builds in what an endpoint is to be asked at once, and in a minute, and in this
    machine's processors."""

    def part(whole: int | None) -> int | None:
        return None if whole is None else max(1, whole // jobs)

    parts = ("concurrency", "requests_per_minute", "tokens_per_minute")
    stages = {
        name: stage.model_copy(update={"concurrency": part(stage.concurrency)})
        for name, stage in settings.stages.items()
    }
    own = {name: part(getattr(settings, name)) for name in parts}
    workers = part(settings.workers or len(os.sched_getaffinity(0)))
    return settings.model_copy(update={**own, "stages": stages, "workers": workers})


def _write_into(path: Path) -> None:
    """Have all that this process writes go to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(handle, stream.fileno())
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    os.close(handle)


if __name__ == "__main__":
    _main()
