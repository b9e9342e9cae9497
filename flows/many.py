"""Many characters' builds, several at a time, each in a process of its own, here or on a cluster: one that fails stops
no other."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from dramaturg.errors import DramaturgError, InputError
from dramaturg.logs import log
from dramaturg.settings import setting_alone
from flows.agreed import agreed_of, passed_on
from flows.alone import Asked, Outcome, in_a_line
from flows.cluster import connected, threads_of
from flows.elsewhere import Cluster, seen_there
from flows.processes import Processes, stop_builds
from flows.stage import LOGS, Build, open_build

__all__ = ["Budget", "budget_of", "build_many", "characters_of", "exit_code", "render_outcomes"]

_WORDS = {"unchanged": "nothing changed"}
_LEAST_COST = 1e-9


@dataclass(slots=True)
class Budget:
    """What so many builds together may still cost; None without a limit. A build gets an equal share of what is left,
    and what it does not spend goes to those after it."""

    left: float | None
    waiting: int

    def allot(self) -> float | None:
        """What the next one may cost."""
        share = None if self.left is None else max(_LEAST_COST, self.left / self.waiting)
        self.waiting -= 1
        if self.left is not None and share is not None:
            self.left -= share
        return share

    def settle(self, allotted: float | None, spent: float) -> None:
        """Take back what one of them has not spent."""
        if self.left is not None and allotted is not None:
            self.left += allotted - spent


def characters_of(data: Path) -> list[str]:
    """The names of all folders under data/raw that hold a character. Raises InputError where there is none."""
    found = sorted(path.parent.name for path in (data / "raw").glob("*/character.yaml"))
    if not found:
        raise InputError(f"there is no character in {data / 'raw'}: make a folder there with a character.yaml in it")
    return found


class _Place(Protocol):
    """Where builds are done."""

    def start(self, asked: Asked) -> None: ...

    def ended(self) -> list[Outcome]:
        """What came of those that end next, which is waited for."""
        ...


def budget_of(data: Path, characters: Sequence[str], given: Mapping[str, Any]) -> Budget:
    """What the settings say that these characters' builds may cost together, where no character.yaml says it of one."""
    most = None
    for name in characters:
        with suppress(DramaturgError, OSError):  # that build will say what is wrong
            build = open_build(data, name, **given)
            if "max_cost" not in build.character.settings:
                most = build.settings.max_cost
                break
    return Budget(most, len(characters))


def build_many(
    data: Path,
    characters: Sequence[str],
    given: Mapping[str, Any],
    jobs: int | None = None,
    fresh: bool = False,
    stage_hours: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Outcome]:
    """Build each character as `given` says, `jobs` at a time; what came of each, in their order. When one ends, the log
    and `tell` are told in a line. `fresh` and `stage_hours` are those of `flows.pipeline.run_all`.

    What the settings say of requests and tokens in a minute, of concurrency and, where no character.yaml says it, of
    the cost is for all together. Where the environment says RUNNER=dask each is built on the cluster, without `jobs` as
    many at a time as it has threads, else one. Raises RunnerError where there is no cluster.
    """
    outcomes, first = _checked(data, characters, given)
    width = max(map(len, characters))
    for outcome in outcomes.values():
        _log_outcome(outcome, width, tell)
    waiting, running = deque(name for name in characters if name not in outcomes), dict[str, float | None]()
    budget = budget_of(data, list(waiting), given)
    with (
        _place_of(data, first) as (place, room, sees),
        tqdm(total=len(characters), initial=len(outcomes), unit="character", disable=None) as bar,
    ):

        def settle(outcome: Outcome) -> None:
            budget.settle(running.pop(outcome.character), outcome.cost)
            _log_outcome(outcome, width, tell)
            outcomes[outcome.character] = outcome
            bar.update()

        jobs = min(jobs or room, max(1, len(waiting)))
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.popleft()
                running[name] = budget.allot()
                try:
                    asked = _asked(data, name, given, jobs, running[name], sees)
                    place.start(replace(asked, fresh=fresh, stage_hours=stage_hours))
                except (DramaturgError, OSError) as error:  # it has changed since it was looked at
                    settle(Outcome(name, "failed", in_a_line(error)))
            for outcome in place.ended() if running else ():
                settle(outcome)
    return [outcomes[name] for name in characters]


@contextmanager
def _place_of(data: Path, first: Build | None) -> Iterator[tuple[_Place, int, Path | None]]:
    """Where builds are done, of which this is the first, how many at a time unless it is said, and, where that is
    elsewhere, the file by which the data folder is known there."""
    if first is None or setting_alone("runner") != "dask":
        try:
            yield Processes(), 1, None
        except BaseException:
            stop_builds()
            raise
        return
    with connected(str(first.settings.address)) as client, seen_there(data) as sees:
        yield Cluster(client), max(1, threads_of(client)), sees


def _asked(
    data: Path, name: str, given: Mapping[str, Any], jobs: int, allotted: float | None, sees: Path | None
) -> Asked:
    share = {} if allotted is None else {"max_cost": allotted}
    output = data.absolute() / "processed" / LOGS / f"{name}.log"
    if sees is None:
        return Asked(str(data), name, {**given, **share}, jobs, str(output), allotted or 0.0)
    build = open_build(data, name, **given)
    # a worker's thread is one processor
    there = {**passed_on(build.settings), **given, **share, "runner": "local", "workers": 1}
    return Asked(str(data.absolute()), name, there, jobs, str(output), allotted or 0.0, agreed_of(build, sees))


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
    where = f"; what each build said is in {data / 'processed' / LOGS}"
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


def _log_outcome(outcome: Outcome, width: int, tell: Callable[[str], None]) -> None:
    line = _line(outcome, width)
    tell(line)
    fields = {name: getattr(outcome, name) for name in ("character", "state", "why", "rows")}
    log(
        line,
        "error" if outcome.state == "failed" else "info",
        event="build",
        seconds=round(outcome.seconds, 3),
        **fields,
    )


def _checked(
    data: Path, characters: Sequence[str], given: Mapping[str, Any]
) -> tuple[dict[str, Outcome], Build | None]:
    """What came of the builds that cannot be begun, and the first of those that can. None of the others is kept: there
    may be many."""
    wrong: dict[str, Outcome] = {}
    first = None
    for name in characters:
        try:
            build = open_build(data, name, **given)
        except (DramaturgError, OSError) as error:
            wrong[name] = Outcome(name, "failed", in_a_line(error), was_begun=False)
            continue
        first = first or build
    return wrong, first
