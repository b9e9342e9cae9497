"""All that the stages before made into the dataset's folder: a Parquet file a config and split, and the card.

Plots that were drawn of the same rows stay, and the card shows them. Those of other rows go, and the report says so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from dramaturg.curate.filter import Curated
from dramaturg.curate.quality import Judgement, verdicts
from dramaturg.curate.rows import Row, curated_row, exchange_row, scene_row, span_key
from dramaturg.curate.splits import SIDES, Placed, Side
from dramaturg.exchanges import Exchange
from dramaturg.generate.profile import Profile
from dramaturg.generate.scenarios import Scenario
from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.publish.card import Part, Writer
from dramaturg.publish.dataset import parquet_path, write_config
from dramaturg.publish.pictures import has_pictures, picture_files
from dramaturg.publish.profile import profile_json
from dramaturg.scenes import Scene
from dramaturg.script import Utterance
from dramaturg.workspace import sha256_file, write_atomic, write_json
from flows.card import Told, card_of, current_pictures
from flows.counted import price_told
from flows.stage import (
    CARD_FILE,
    CURATED_FILE,
    EXCHANGES_FILE,
    JUDGED_FILE,
    PROFILE_FILE,
    SCENARIOS_FILE,
    SCENES_FILE,
    SCRIPT_FILE,
    SHEET_FILE,
    SPLITS_FILE,
    Build,
    Plots,
    Report,
    bar,
    found_records,
    read_manifest,
    records,
)

__all__ = ["export"]

_Sides = Mapping[tuple[str, str], Side]


def export(build: Build) -> Report:
    """The dataset. A config without rows is left out."""
    workspace = build.workspace
    stages = read_manifest(build)["stages"]
    sources = stages["extract"]["sources"]
    sides: dict[tuple[str, str], Side] = {
        (each.kind, each.key): each.side for each in records(build, SPLITS_FILE, Placed)
    }
    lines = _lines(build, sides)
    found: dict[str, dict[str, Part]] = {}
    for side in SIDES:
        for config, (schema, rows) in _configs(build, sources, _Sifted(build, sides, side, lines[side])).items():
            written = write_config(workspace.dataset, config, schema, bar(rows, f"{config} {side}"), side)
            path = workspace.dataset / parquet_path(config, side)
            if not written:
                _remove(path)  # else what an earlier build wrote would be counted
            found.setdefault(config, {})[side] = Part(written, sha256_file(path) if written else "")
    parts = {config: own for config, own in found.items() if any(part.rows for part in own.values())}
    card = workspace.dataset / CARD_FILE
    pictures = current_pictures(build, parts)
    told = Told(_writers(build, sides), price_told(build, stages))
    with write_atomic(card) as file:
        file.write(card_of(build, told)(parts=parts, pictures=pictures).encode())
    written_parts = [(config, side) for config, own in parts.items() for side, part in own.items() if part.rows]
    drawn = picture_files(workspace.dataset, pictures)
    files = [*(workspace.dataset / parquet_path(*each) for each in written_parts), card, *drawn]
    splits = {config: {side: part.rows for side, part in own.items()} for config, own in parts.items()}
    counts = {config: sum(own.values()) for config, own in splits.items()}
    if build.settings.llm != "off":
        files.append(workspace.dataset / SHEET_FILE)
        write_json(files[-1], profile_json(next(records(build, PROFILE_FILE, Profile))))
    plots: Plots | None = "there" if pictures else "outdated" if has_pictures(workspace.dataset) else None
    return Report(files, counts, splits=splits, plots=plots, card=told.to_json())


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _lines(build: Build, sides: _Sides) -> dict[Side, list[Utterance]]:
    """The script by sides, read once for both and for all that is made of it. The lines of no scene, such as headings,
    stand with the train rows."""
    found: dict[Side, list[Utterance]] = {side: [] for side in SIDES}
    for line in records(build, SCRIPT_FILE, Utterance):
        found[sides.get(("line", span_key(line.span)), "train")].append(line)
    return found


class _Sifted:
    """The records of the stages before that stand on one side, of which `lines` are those of the script."""

    def __init__(self, build: Build, sides: _Sides, side: Side, lines: Sequence[Utterance]) -> None:
        self._build, self._sides, self._side, self.lines = build, sides, side, lines

    def exchanges(self) -> Iterator[Exchange]:
        every = records(self._build, EXCHANGES_FILE, Exchange)
        return (each for each in every if self._has(exchange_row(each)))

    def curated(self) -> Iterator[Curated]:
        return (each for each in _curated(self._build) if self._has(curated_row(each)))

    def scenes(self) -> Iterator[Scene]:
        return (each for each in records(self._build, SCENES_FILE, Scene) if self._has(scene_row(each)))

    def _has(self, row: Row) -> bool:
        return self._sides.get((row.kind, row.key)) == self._side


def _configs(
    build: Build, sources: Iterable[dict[str, Any]], sifted: _Sifted
) -> dict[str, tuple[pa.Schema, Iterator[dict[str, Any]]]]:
    character, character_id = build.character, build.workspace.character_id
    texts = {source["name"]: source["text_sha256"] for source in sources}
    licences = {source["name"]: source["licence"] for source in sources}
    exchanges = sifted.exchanges()
    dialogues = (each.dialogue for each in sifted.curated() if each.dialogue)
    general = (each.general for each in sifted.curated() if each.general)
    triplets = (each.triplet for each in sifted.curated() if each.triplet)
    boundary = (each.boundary for each in sifted.curated() if each.boundary)
    told = verdicts(found_records(build, JUDGED_FILE, Judgement))
    return {
        chatharuhi.CONFIG: (
            chatharuhi.SCHEMA,
            chain(
                chatharuhi.rows(exchanges, character, character_id, texts, licences),
                chatharuhi.synthesized_rows(dialogues, character, character_id, licences, told),
            ),
        ),
        rolebench.CONFIG: (rolebench.SCHEMA, rolebench.rows(triplets, character, licences, verdicts=told)),
        rolebench.BOUNDARY: (rolebench.SCHEMA, rolebench.rows(boundary, character, licences, rolebench.BOUNDARY, told)),
        rolebench.GENERAL: (rolebench.GENERAL_SCHEMA, rolebench.general_rows(general, character, licences, told)),
        scenes.CONFIG: (
            scenes.SCHEMA,
            scenes.rows(sifted.scenes(), _scenarios(build), character, character_id, texts, licences),
        ),
        scripts.PROFILES: (
            scripts.PROFILES_SCHEMA,
            scripts.profile_rows(sifted.lines, character.language),
        ),
        scripts.SCRIPT: (
            scripts.SCRIPT_SCHEMA,
            scripts.script_rows(sifted.lines, character.language, texts, licences),
        ),
    }


def _curated(build: Build) -> Iterator[Curated]:
    return iter(()) if build.settings.llm == "off" else records(build, CURATED_FILE, Curated)


def _scenarios(build: Build) -> Iterator[Scenario]:
    return iter(()) if build.settings.llm == "off" else records(build, SCENARIOS_FILE, Scenario)


def _writers(build: Build, sides: _Sides) -> list[Writer]:
    """Which model wrote how many of the kept records, with which prompt."""
    written = Counter(
        (record.model, record.prompt, build.settings.for_stage(stage).is_demonstration)
        for each in _curated(build)
        if (row := curated_row(each)) and (row.kind, row.key) in sides
        for stage, record in (
            ("synthesis", each.dialogue),
            ("context_instruct", each.triplet or each.boundary),
            ("rolegpt", each.general),
        )
        if record is not None
    )
    is_small = build.settings.for_stage("scenarios").is_demonstration
    scenarios = list(_scenarios(build))
    every = records(build, SCENES_FILE, Scene) if scenarios else ()
    shown = {(each.source, each.scene_id) for each in every if ("scene", scene_row(each).key) in sides}
    written.update((each.model, each.prompt, is_small) for each in scenarios if (each.source, each.scene_id) in shown)
    return [Writer(model, prompt, count, small) for (model, prompt, small), count in sorted(written.items())]
