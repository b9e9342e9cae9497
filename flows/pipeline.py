"""The stages of a build, in order, and when each is done again. No Prefect.

A stage is done again only when something it reads has changed: its input files, character.yaml, a setting it
looks at, the code or a prompt. Its entry in manifest.json is written after its files, and taken out before they
change.
"""

import gc
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tqdm import tqdm

from dramaturg.errors import DramaturgError
from dramaturg.llm.progress import cost_so_far
from dramaturg.logs import log
from dramaturg.settings import Settings
from dramaturg.stages import ASKING
from dramaturg.workspace import CORRECTIONS, digest, hash_if_there, is_intact, sha256_file, write_json
from flows.code import code_hash
from flows.stage import PROFILE_EDIT, REQUESTS, Build, Report, Stage, read_manifest
from flows.stages import generation, script
from flows.stages.export import export
from flows.stages.splits import splits

__all__ = [
    "HOUR",
    "STAGES",
    "Spending",
    "active_stages",
    "in_words",
    "is_current",
    "made_from",
    "run_all",
    "run_of",
    "run_stage",
    "spending",
    "too_long",
]

HOUR = 3600.0
_ENDED_AGAIN = 10.0  # seconds: an event loop keeps to itself what is raised in a callback
_ASKS = ("asks", "max_requests", "own_requests")
_KNOWS = (*_ASKS, "up_to_act")
_WORTH_ELSEWHERE = 10_000_000
"""Bytes of input that take longer to work on than a process on a cluster to start, some three seconds."""

_WHERE_THERE_IS_ONE = ("sources", "model", "unfinished", "stopped", "splits", "plots", "card")
_COLLECTED_AT = (50_000, 20, 100)  # objects more, then rounds of the generations (gc.set_threshold)

STAGES = (
    Stage("extract", "sources → lines", script.extract, owns="01_*", settings=("settles_speakers", "hears")),
    Stage("script", "lines → script", script.script, owns="02_*", after=("extract",), edits=CORRECTIONS),
    Stage(
        "scenes",
        "script → scenes",
        script.scenes,
        owns="03_*",
        after=("extract", "script"),
        settings=("scene_tokens",),
    ),
    Stage("exchanges", "scenes → exchanges", script.exchanges, owns="04_*", after=("scenes",)),
    Stage(
        "profile",
        "scenes → who the role is",
        generation.profile,
        owns="05_*",
        after=("scenes",),
        settings=_KNOWS,
        edits=PROFILE_EDIT,
        generates=True,
    ),
    Stage(
        "questions",
        "profile → questions",
        generation.questions,
        owns="06_*",
        after=("scenes", "exchanges", "profile"),
        settings=_KNOWS,
        generates=True,
    ),
    Stage(
        "synthesis",
        "questions → answers",
        generation.synthesis,
        owns="07_*",
        after=("scenes", "profile", "questions"),
        settings=(*_KNOWS, "turns", "embedding_model"),
        generates=True,
    ),
    Stage(
        "context_instruct",
        "scenes → triplets",
        generation.context_instruct,
        owns="08_*",
        after=("scenes", "profile"),
        settings=(*_KNOWS, "questions_a_segment"),
        generates=True,
    ),
    Stage(
        "rolegpt",
        "instructions → answers",
        generation.rolegpt,
        owns="09_*",
        after=("scenes", "exchanges", "profile"),
        settings=(*_KNOWS, "instructs", "responses", "rolegpt"),
        generates=True,
    ),
    Stage(
        "scenarios",
        "scenes → scenarios",
        generation.scenarios,
        owns="10_*",
        after=("scenes",),
        settings=_KNOWS,
        generates=True,
    ),
    Stage(
        "curated",
        "generated → kept",
        generation.curated,
        owns="11_*",
        after=("synthesis", "context_instruct", "rolegpt"),
        edits=CORRECTIONS,
        generates=True,
        is_heavy=True,
    ),
    Stage(
        "judged",
        "kept → judged",
        generation.judged,
        owns="12_*",
        after=("scenes", "curated"),
        settings=("asks", "own_requests", "up_to_act", "judge"),
        generates=True,
    ),
    Stage(
        "splits",
        "rows → train and test",
        splits,
        owns="13_*",
        after=("script", "scenes", "exchanges", "profile", "curated"),
        edits=CORRECTIONS,
        settings=("split", "test_share", "benchmark_hashes"),
        is_heavy=True,
    ),
    Stage(
        "export",
        "all that → dataset",
        export,
        owns="dataset",
        after=(
            *(stage for stage in ASKING if stage != "rolegpt"),
            "script",
            "scenes",
            "exchanges",
            "curated",
            "splits",
        ),
        edits=CORRECTIONS,  # the card tells what was looked at
        is_heavy=True,
    ),
)


def active_stages(settings: Settings) -> tuple[Stage, ...]:
    """The stages that a build with these settings consists of."""
    return tuple(stage for stage in STAGES if settings.llm != "off" or not stage.generates)


def run_all(build: Build, fresh: bool = False, stage_hours: float | None = None) -> None:
    """Every stage in order, those that are current left as they are unless all is to be made `fresh`. Raises BusyError
    where another run goes on, and DramaturgError where a stage takes longer than `stage_hours`,
    which only the main thread of a process can see."""
    with run_of(build):
        for stage in tqdm(active_stages(build.settings), desc=build.workspace.character_id, unit="stage", disable=None):
            with nullcontext() if stage_hours is None else _ended_after(stage_hours, stage):
                run_stage(build, stage, fresh)


@contextmanager
def _ended_after(hours: float, stage: Stage) -> Iterator[None]:
    def end(*_: Any) -> None:
        raise too_long(stage, hours)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, hours * HOUR, _ENDED_AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def too_long(stage: Stage, hours: float) -> DramaturgError:
    """What is said of a stage that took longer than it may."""
    return DramaturgError(
        f"{stage.name}: not done in {hours:g} hours (stage_hours); what it asked stays paid, the next run goes on"
    )


@dataclass(slots=True)
class Spending:
    """What runs have cost, in the price's currency."""

    cost: float = 0.0


_spent: ContextVar[Spending | None] = ContextVar("spent", default=None)


@contextmanager
def run_of(build: Build) -> Iterator[None]:
    """One run of the stages, beside which there is no other: the end of one is waited for as long as the settings say,
    then BusyError raised. What it spends is counted from nothing on."""
    with build.workspace.running(build.settings.wait), _few_collections():
        _put_away(build)
        try:
            yield
        finally:
            if (spent := _spent.get()) is not None:
                spent.cost += cost_so_far(build.workspace.progress)


@contextmanager
def spending() -> "Iterator[Spending]":
    """What the runs in here cost, however they end."""
    spent = Spending()
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Have Python's collector of garbage look less often through what is there: records in their hundred thousands,
    none of which is in a circle, of which it would find nothing in a tenth of a build's time."""
    before = gc.get_threshold()
    gc.set_threshold(*_COLLECTED_AT)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _put_away(build: Build) -> None:
    """Take out what stages left that these settings leave out."""
    manifest = read_manifest(build)
    for stage in set(STAGES) - set(active_stages(build.settings)):
        if manifest["stages"].pop(stage.name, None) is not None:
            write_json(build.workspace.manifest, {**manifest, "llm": build.settings.llm})
        _sweep(build, stage, ())


def run_stage(build: Build, stage: Stage, fresh: bool = False) -> dict[str, Any]:
    """Do one stage, unless it is current and not to be `fresh`; returns its entry in the manifest. The caller holds the
    lock."""
    manifest = read_manifest(build)
    if not fresh and is_current(build, stage):
        return dict(manifest["stages"][stage.name])
    if manifest["stages"].pop(stage.name, None) is not None:
        write_json(build.workspace.manifest, manifest)
    began = monotonic()
    made = made_from(build, stage)  # before it reads: what changes meanwhile is to be read again
    report = _done(build, stage)
    _sweep(build, stage, report.files)
    entry = {
        "made_from": made,
        "counts": report.counts,
        "dropped": report.dropped,
        **{name: value for name in _WHERE_THERE_IS_ONE if (value := getattr(report, name))},
        "files": {str(path.relative_to(build.workspace.processed)): sha256_file(path) for path in report.files},
    }
    done = {**manifest["stages"], stage.name: entry}
    stages = {each.name: done[each.name] for each in STAGES if each.name in done}
    write_json(build.workspace.manifest, {**manifest, "llm": build.settings.llm, "stages": stages})
    _log_stage(build, stage, report, monotonic() - began)
    return entry


def _done(build: Build, stage: Stage) -> Report:
    """What a stage did, here or on a cluster."""
    goes = build.settings.runner == "dask" and stage.is_heavy and build.rehearsed is None
    if goes and _weight(build, stage) >= _WORTH_ELSEWHERE:
        from flows.elsewhere import stage_there

        return stage_there(build, stage.name)
    return stage.run(build)


def _weight(build: Build, stage: Stage) -> int:
    """The bytes of the files that a stage may read."""
    before = read_manifest(build)["stages"]
    names = [name for other in stage.after for name in before.get(other, {}).get("files", {})]
    return sum(path.stat().st_size for name in names if (path := build.workspace.processed / name).is_file())


def _log_stage(build: Build, stage: Stage, report: Report, seconds: float) -> None:
    name = build.workspace.character_id
    counted = in_words({what: count for what, count in report.counts.items() if count})
    log(
        f"{name}  {stage.name:<16}{seconds:>8.1f} s  {counted}".rstrip(),
        event="stage",
        character=name,
        stage=stage.name,
        seconds=round(seconds, 3),
        counts=report.counts,
        dropped=report.dropped,
        unfinished=report.unfinished,
    )


def in_words(counts: Mapping[str, int]) -> str:
    """What a stage counted, in words."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def is_current(build: Build, stage: Stage) -> bool:
    """Whether the stage is finished, its files there as it wrote them, made from what is there now."""
    entry = read_manifest(build)["stages"].get(stage.name)
    return (
        entry is not None
        and "unfinished" not in entry
        and entry["made_from"] == made_from(build, stage)
        and all(
            is_intact(build.workspace.raw / name, known)
            for source in entry.get("sources", ())
            for name, known in source["files"].items()
        )
        and all(is_intact(build.workspace.processed / name, known) for name, known in entry["files"].items())
    )


def made_from(build: Build, stage: Stage) -> dict[str, Any]:
    """All that decides what a stage writes, but for the sources: hashes of its inputs and the code, the settings it
    looks at. What a stage read of the sources stands in its entry."""
    before = read_manifest(build)["stages"]
    active = {other.name for other in active_stages(build.settings)}
    inputs = {
        name: known
        for other in stage.after
        if other in active
        for name, known in before.get(other, {}).get("files", {}).items()
        if not name.endswith(REQUESTS)  # no stage reads another's
    }
    settings = build.settings.for_stage(stage.name)
    return {
        "code": code_hash(),
        "character": digest(build.character.model_dump(mode="json", exclude={"settings"})),
        "settings": {name: getattr(settings, name) for name in stage.settings},
        "inputs": inputs,
        **({"edits": hash_if_there(build.edits / stage.edits)} if stage.edits else {}),
    }


def _sweep(build: Build, stage: Stage, files: Sequence[Path]) -> None:
    """Remove what an earlier run of the stage wrote and this one did not."""
    for path in sorted(build.workspace.processed.glob(stage.owns)):
        found = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
        for stale in set(found) - set(files):
            stale.unlink()
            if stale.parent != build.workspace.processed and not any(stale.parent.iterdir()):
                stale.parent.rmdir()
