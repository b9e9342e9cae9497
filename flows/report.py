"""One page on a built dataset: what is in it, what was lost where, every row beside its passage. In a file, or served
by `flows.review` for a person to correct it."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from dramaturg import __version__
from dramaturg.generate.effort import evenly
from dramaturg.publish.pictures import PLOTS, TITLES, has_pictures
from dramaturg.publish.report.lost import lost_item
from dramaturg.publish.report.page import render_page
from dramaturg.publish.report.passages import windows
from dramaturg.publish.report.rows import CONFIGS, shown_rows
from dramaturg.review.accuracy import in_order
from dramaturg.review.corrections import line_target
from dramaturg.review.desk import Desk, State
from dramaturg.script import Script, Utterance
from dramaturg.verify import built_stages
from dramaturg.workspace import write_atomic
from flows.built import built_profile, check_built
from flows.chinese import COUNTS, PLOT_TITLES, STAGE_TITLES, STEPS
from flows.counted import price_told, spent_of
from flows.desk import desk_of
from flows.pipeline import STAGES
from flows.reasons import meaning
from flows.stage import (
    EXTRACTED_FILE,
    SCRIPT_FILE,
    Build,
    read_manifest,
    records,
)
from flows.stages.script import scripts_of

__all__ = ["MOST_ROWS", "Reviewed", "write_report"]

MOST_ROWS = 20_000
"""Rows in a page, unless somebody says otherwise: a browser opens it at once."""

_MOST_LINES = 50_000
_MOST_LOST = 5_000
_MOST_QUEUED = 2_000
_UNSURE = 0.9
_NOBODY, _NO_SPEECH = -1, -2


def write_report(build: Build, output: Path | None, most: int) -> Path:
    """The page in a file, by itself. Raises InputError where the dataset is not built."""
    check_built(build)
    page = _Page(build, desk_of(build), "report", most).render()
    path = output or build.workspace.processed / "report.html"
    with write_atomic(path) as file:
        file.write(page)
    return path


class Reviewed:
    """A built dataset under review: its desk, and its page with at most about `most` rows. Where it is built anew in
    the meantime, both are of the new build. Raises InputError where there is none."""

    def __init__(self, build: Build, most: int) -> None:
        self._build, self._most = build, most
        self._lock = Lock()
        self._desk, self._page, self._stamp = self._read()

    def desk(self) -> Desk:
        return self._fresh()[0]

    def page(self) -> bytes:
        return self._fresh()[1].render()

    def _fresh(self) -> "tuple[Desk, _Page]":
        with self._lock:
            if self._stamped() != self._stamp and built_stages(self._build.workspace) is not None:
                self._desk, self._page, self._stamp = self._read()
            return self._desk, self._page

    def _read(self) -> "tuple[Desk, _Page, int]":
        stamp = self._stamped()
        check_built(self._build)
        desk = desk_of(self._build)
        return desk, _Page(self._build, desk, "review", self._most), stamp

    def _stamped(self) -> int:
        path = self._build.workspace.manifest
        return path.stat().st_mtime_ns if path.is_file() else 0


class _Page:
    """All that a page shows, read once, and beside it what has been said so far."""

    def __init__(self, build: Build, desk: Desk, mode: str, most: int) -> None:
        self._desk = desk
        scripts = list(scripts_of(build, EXTRACTED_FILE))
        self._lines = _Lines(scripts, records(build, SCRIPT_FILE, Utterance))
        self._shown = _gathered(build, mode, most, scripts, self._lines)

    def render(self) -> bytes:
        state = self._desk.state()
        return render_page({**self._shown, "lines": self._lines.columns(state), "state": state.to_json()})


def _gathered(build: Build, mode: str, most: int, scripts: Sequence[Script], lines: "_Lines") -> dict[str, Any]:
    character, workspace = build.character, build.workspace
    stages = read_manifest(build)["stages"]
    names = [script.source for script in scripts]
    rows = shown_rows(workspace.dataset, stages["export"]["splits"], most, names)
    lost = list(_lost(build, stages))
    shown = [(each[0], each[1], each[2]) for row in rows for each in (*row["spans"], *row["context"], *row["cited"])]
    return {
        "version": 1,
        "mode": mode,
        "language": character.language,
        "character": {
            "id": workspace.character_id,
            "name": character.name,
            "aliases": list(character.aliases),
            "categories": list(character.categories),
            "description": built_profile(build).description,
        },
        "made": [["Dramaturg", __version__], ["LLM", build.settings.llm]],
        "sources": [_source(each) for each in _in_order(stages["extract"]["sources"], names)],
        "funnel": list(_funnel(build, stages)),
        "cost": list(_cost(build, stages)),
        "speakers": lines.speakers(),
        "plots": list(_plots(workspace.dataset, PLOT_TITLES if character.language == "zh" else TITLES)),
        "names": lines.names,
        "passages": windows([script.text for script in scripts], chain(shown, lines.spans())),
        "rows": rows,
        "totals": {
            "rows": sum(stages["export"]["counts"].get(config, 0) for config in CONFIGS),
            "shown": len(rows),
            "configs": {config: n for config, n in stages["export"]["counts"].items() if config in CONFIGS},
        },
        "lost": evenly(lost, _MOST_LOST),
        "lost_total": len(lost),
    }


def _in_order(sources: Iterable[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """First those that have lines, as these are counted in passages, then the silent ones."""
    return sorted(sources, key=lambda each: names.index(each["name"]) if each["name"] in names else len(names))


def _source(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("name", "read_as", "licence", "characters", "lines", "speakers", "unknown")}


def _funnel(build: Build, stages: dict[str, Any]) -> Iterator[dict[str, Any]]:
    role, language = build.character.name, build.character.language
    for stage in STAGES:
        if stage.name in stages:
            entry = stages[stage.name]
            yield {
                "stage": stage.name,
                "title": STAGE_TITLES[stage.name] if language == "zh" else stage.title,
                "counts": [
                    [COUNTS.get(name, name) if language == "zh" else name.replace("_", " "), count]
                    for name, count in entry["counts"].items()
                    if isinstance(count, int) and count
                ],
                "dropped": [[why, meaning(why, role, language), n] for why, n in entry["dropped"].items()],
            }


def _cost(build: Build, stages: dict[str, Any]) -> Iterator[list[str]]:
    steps = STEPS if build.character.language == "zh" else {}
    for each in spent_of(stages):
        tokens = f"{each.tokens_in:,} → {each.tokens_out:,}"
        yield [steps.get(each.stage, each.stage), each.model or "", f"{each.requests:,}", tokens]
    price = price_told(build, stages)
    yield ["", "", "", steps.get(price, price)]


def _plots(dataset: Path, titles: Mapping[str, str]) -> Iterator[dict[str, str]]:
    if has_pictures(dataset):
        for name, title in titles.items():
            path = dataset / PLOTS / f"{name}.svg"
            if path.is_file():
                yield {"title": title, "src": f"data:image/svg+xml;base64,{b64encode(path.read_bytes()).decode()}"}


def _lost(build: Build, stages: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for stage in STAGES:
        for name in stages.get(stage.name, {}).get("files", {}):
            if name.endswith(".rejected.jsonl"):
                with (build.workspace.processed / name).open("rb") as file:
                    yield from (lost_item(stage.name, orjson.loads(line)) for line in file)


class _Lines:
    """The spoken lines, as they were extracted and as they stand in the dataset."""

    def __init__(self, scripts: Sequence[Script], corrected: Iterable[Utterance]) -> None:
        both = [
            (source, line, now)
            for (source, line), now in zip(
                ((source, line) for source, script in enumerate(scripts) for line in script.utterances),
                corrected,
                strict=True,
            )
            if line.is_speech
        ]
        self.total = len(both)
        self._lines = evenly(both, _MOST_LINES)
        spoken = Counter(now.role for _, _, now in both if now.is_speech and now.role)
        self.names = [name for name, _ in spoken.most_common()]
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._every = both

    def _number(self, role: str | None) -> int:
        if role is None:
            return _NOBODY
        if role not in self._numbers:
            self._numbers[role] = len(self.names)
            self.names.append(role)
        return self._numbers[role]

    def columns(self, state: State) -> dict[str, Any]:
        """What the page has of them; in the queue are those of which nothing stands."""
        methods = list(dict.fromkeys(now.method for _, _, now in self._lines))
        lines = self._lines
        unseen = [
            (number, line)
            for number, (_, line, _) in enumerate(lines)
            if not ((said := state.targets.get(line_target(line.span))) and said.stands)
        ]
        return {
            "total": self.total,
            "source": [source for source, _, _ in lines],
            "start": [line.start for _, line, _ in lines],
            "end": [line.end for _, line, _ in lines],
            "act": [line.act_id for _, line, _ in lines],
            "role": [self._number(now.role) if now.is_speech else _NO_SPEECH for _, _, now in lines],
            "was": [self._number(line.role) for _, line, _ in lines],
            "confidence": [now.speaker_confidence for _, _, now in lines],
            "method": [methods.index(now.method) for _, _, now in lines],
            "methods": methods,
            "queue": [[number, int(drawn)] for number, drawn in in_order(unseen)[:_MOST_QUEUED]],
        }

    def spans(self) -> Iterator[tuple[int, int, int]]:
        return ((source, line.start, line.end) for source, line, _ in self._lines)

    def speakers(self) -> list[dict[str, Any]]:
        """Everybody by how much they say, and how sure that is."""
        sure: dict[str, list[float]] = {}
        for _, _, now in self._every:
            if now.is_speech and now.role is not None:
                sure.setdefault(now.role, []).append(now.speaker_confidence)
        return [
            {
                "name": name,
                "lines": len(own),
                "unsure": sum(each < _UNSURE for each in own),
                "confidence": sum(own) / len(own),
            }
            for name, own in sorted(sure.items(), key=lambda each: (-len(each[1]), each[0]))
        ]
