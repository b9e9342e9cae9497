"""What Prefect's page shows of a build: the funnel, some rows, what it cost, how far a stage is. A Prefect shell."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Any, TypeVar

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from dramaturg.generate.effort import evenly
from dramaturg.llm.progress import read_progress
from dramaturg.publish.report.rows import shown_rows
from flows.asking import price_of, tokens_of
from flows.counted import price_told
from flows.pipeline import STAGES
from flows.stage import Build, Stage, read_manifest
from flows.summary import render_summary

__all__ = ["counted", "funnel_rows", "overview", "put", "sample_rows", "show_build", "stage_shown"]

_ROWS, _TURNS = 10, 4
_LONGEST = 160
"""Characters of what somebody says in a row."""
_EVERY = 3.0
"""Seconds between two looks at how far a stage is."""

_AWAY_FOR = 300.0

_Tell = Callable[[str], None]
_Made = TypeVar("_Made")

_away_until = [0.0]


def show_build(build: Build, made: Sequence[str], tell: _Tell) -> None:
    """Leave what came of a build in Prefect's page; `made` are the stages that it had to do. A page that cannot be
    written to is told of, and is no reason to fail."""
    name = _key(build.workspace.character_id)
    role = f"{build.character.name} ({build.workspace.character_id})"
    page, funnel = overview(build, made), funnel_rows(build, made)
    put(lambda: create_markdown_artifact(page, key=f"{name}-build", description=f"{role}: what was built"), tell)
    put(lambda: create_table_artifact(funnel, key=f"{name}-funnel", description=f"{role}: stage by stage"), tell)


def put(create: Callable[[], _Made], tell: _Tell) -> _Made | None:
    """What `create` made in Prefect's page; None where that cannot be reached, which is told. It takes a minute to be
    sure of that, so it is not tried again soon."""
    if monotonic() < _away_until[0]:
        return None
    try:
        return create()
    except Exception as error:  # whatever Prefect's client raises
        _away_until[0] = monotonic() + _AWAY_FOR
        tell(f"Prefect's page cannot be written to, the run goes on without it: {type(error).__name__}")
        return None


def overview(build: Build, made: Sequence[str]) -> str:
    """In Markdown: what was done, what it cost, where it lies, the funnel, some rows, the screen a build ends on."""
    workspace = build.workspace
    report = workspace.processed / "report.html"
    char = workspace.character_id
    return "\n".join(
        [
            f"# {_plain(build.character.name)}",
            "",
            f"- done in this run: {', '.join(made) or 'nothing, as all was done'}",
            f"- {price_told(build, read_manifest(build)['stages'])}",
            f"- dataset: `{workspace.dataset}`",
            f"- report, to open in a browser: `{report}`"
            if report.is_file()
            else f"- report: `dramaturg report {char}`",
            f"- to correct it: `make review CHAR={char}`",
            "",
            "## From the sources to the rows",
            "",
            *_table(funnel_rows(build, made)),
            "",
            "## Some rows",
            "",
            *(line for row in sample_rows(build) for line in ("", *row)),
            "",
            "## Where it ends",
            "",
            "```text",
            *(line.replace("```", "~~~") for line in render_summary(build).splitlines()),
            "```",
        ]
    )


def funnel_rows(build: Build, made: Sequence[str]) -> list[dict[str, str]]:
    """A row a stage: how much it dropped, what it asked and what that came to, what it counted."""
    stages = read_manifest(build)["stages"]
    has_asked = any("asked" in entry["counts"] for entry in stages.values())
    return [
        {
            "stage": stage.name,
            "in this run": "done" if stage.name in made else "as it was",
            "dropped": f"{sum(entry['dropped'].values()):,}",
            **(_asked(build, stage, entry["counts"]) if has_asked else {}),
            "counted": counted(entry["counts"]),
        }
        for stage in STAGES
        if (entry := stages.get(stage.name)) is not None
    ]


def sample_rows(build: Build) -> list[list[str]]:
    """Some rows of the dataset, from its beginning to its end, each as lines of Markdown. The page breaks no lines in a
    table."""
    stages = read_manifest(build)["stages"]
    sources = [source["name"] for source in stages["extract"]["sources"]]
    found = shown_rows(build.workspace.dataset, stages["export"]["splits"], 4 * _ROWS, sources)
    return [
        [
            f"**{row['config']}**, {row['split']}, {row['origin']}, `{row['id']}`",
            "",
            *(f"> {_said(turn)}  " for turn in row["turns"][:_TURNS]),
        ]
        for row in evenly(found, _ROWS)
    ]


@contextmanager
def stage_shown(build: Build, stage: Stage, tell: _Tell) -> Iterator[None]:
    """Show how far a stage is while it is done: not begun, so much of what it asks, all."""
    key = f"{_key(build.workspace.character_id)}-{_key(stage.name)}"
    artifact: Any = put(
        lambda: create_progress_artifact(0.0, key=key, description=f"{stage.name}: {stage.title}"), tell
    )
    if artifact is None:
        yield
        return
    ended = Event()
    watch = Thread(target=_follow, args=(build, artifact, ended, tell), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
    watch.join(_EVERY)
    put(lambda: update_progress_artifact(artifact, 100.0), tell)


def _follow(build: Build, artifact: Any, ended: Event, tell: _Tell) -> None:
    shown = 0.0
    while not ended.wait(_EVERY):
        told = read_progress(build.workspace.progress)
        part = 100.0 * told["done"] / told["total"] if told and told.get("total") else 0.0
        if part != shown:
            shown = part
            put(partial(update_progress_artifact, artifact, min(part, 99.0)), tell)


def _asked(build: Build, stage: Stage, counts: dict[str, Any]) -> dict[str, str]:
    if "asked" not in counts:
        return {"asked": "", "answered": "", "unread": "", "tokens": "", "cost": ""}
    tokens = tokens_of(counts)
    settings = build.settings.for_stage(stage.name)
    return {
        "asked": f"{counts['asked']:,}",
        "answered": f"{counts['answered']:,}",
        "unread": f"{counts['malformed']:,}",
        "tokens": f"{sum(each.asked for each in tokens):,} → {sum(each.answered for each in tokens):,}",
        "cost": price_of([(settings, each) for each in tokens], "").partition(":")[0].strip(),
    }


def counted(counts: dict[str, Any]) -> str:
    """What a stage counted, but for what has columns of its own."""
    apart = ("asked", "answered", "malformed")
    return _listed(
        {
            name: count
            for name, count in counts.items()
            if isinstance(count, int) and count and name not in apart and "tokens" not in name
        }
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def _said(turn: Sequence[Any]) -> str:
    said = " ".join((f"{turn[0]}: {turn[1]}" if turn[0] else str(turn[1])).split())
    return _plain(said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…")


def _table(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    if rows:
        yield f"| {' | '.join(rows[0])} |"
        yield "| --- " * len(rows[0]) + "|"
        yield from (f"| {' | '.join(row.values())} |" for row in rows)


def _plain(text: str) -> str:
    """Fiction as it stands, where the page would read Markdown or HTML in it."""
    return re.sub(r"([\\`*_<>\[\]|#])", r"\\\1", text)


def _key(name: str) -> str:
    """A name as Prefect takes it for an artifact: small letters, digits and dashes."""
    return name.replace("_", "-")
