"""All that the stages before made into the dataset's folder: a Parquet file a config, and the card."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

import pyarrow as pa

from dramaturg.curate.filter import Curated
from dramaturg.curate.quality import Comparison, Judgement, verdicts
from dramaturg.curate.review import review
from dramaturg.exchanges import Exchange
from dramaturg.generate.profile import Profile
from dramaturg.generate.scenarios import Scenario
from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.publish.card import Writer, render_card
from dramaturg.publish.dataset import parquet_path, write_config
from dramaturg.publish.profile import profile_json
from dramaturg.scenes import Scene
from dramaturg.script import Utterance
from dramaturg.workspace import sha256_file, write_atomic, write_json
from flows.stage import (
    COMPARISONS_FILE,
    CURATED_FILE,
    EXCHANGES_FILE,
    JUDGED_FILE,
    PROFILE_FILE,
    SCENARIOS_FILE,
    SCENES_FILE,
    SCRIPT_FILE,
    SHEET_FILE,
    Build,
    Report,
    bar,
    read_manifest,
    records,
)

__all__ = ["export"]

_CARD_FILE = "README.md"
_Record = TypeVar("_Record")


def export(build: Build) -> Report:
    """The dataset. A config without rows is left out."""
    character, workspace = build.character, build.workspace
    stages = read_manifest(build)["stages"]
    sources = stages["extract"]["sources"]
    hashes: dict[str, str] = {}
    counts: dict[str, int] = {}
    for config, (schema, rows) in _configs(build, sources).items():
        written = write_config(workspace.dataset, config, schema, bar(rows, config))
        if written:
            counts[config] = written
            hashes[config] = sha256_file(workspace.dataset / parquet_path(config))
    card = workspace.dataset / _CARD_FILE
    found = review(list(_judged(build, JUDGED_FILE, Judgement)), _judged(build, COMPARISONS_FILE, Comparison))
    text = render_card(character, counts, hashes, list(_funnel(stages)), sources, _writers(build), found)
    with write_atomic(card) as file:
        file.write(text.encode())
    files = [*(workspace.dataset / parquet_path(config) for config in counts), card]
    if build.settings.llm != "off":
        files.append(workspace.dataset / SHEET_FILE)
        write_json(files[-1], profile_json(next(records(build, PROFILE_FILE, Profile))))
    return Report(files, counts)


def _configs(build: Build, sources: Iterable[dict[str, Any]]) -> dict[str, tuple[pa.Schema, Iterator[dict[str, Any]]]]:
    character, character_id = build.character, build.workspace.character_id
    texts = {source["name"]: source["text_sha256"] for source in sources}
    licences = {source["name"]: source["licence"] for source in sources}
    exchanges = records(build, EXCHANGES_FILE, Exchange)
    dialogues = (each.dialogue for each in _curated(build) if each.dialogue)
    general = (each.general for each in _curated(build) if each.general)
    triplets = (each.triplet for each in _curated(build) if each.triplet)
    boundary = (each.boundary for each in _curated(build) if each.boundary)
    told = verdicts(_judged(build, JUDGED_FILE, Judgement))
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
            scenes.rows(
                records(build, SCENES_FILE, Scene), _scenarios(build), character, character_id, texts, licences
            ),
        ),
        scripts.PROFILES: (
            scripts.PROFILES_SCHEMA,
            scripts.profile_rows(records(build, SCRIPT_FILE, Utterance), character.language),
        ),
        scripts.SCRIPT: (
            scripts.SCRIPT_SCHEMA,
            scripts.script_rows(records(build, SCRIPT_FILE, Utterance), character.language, texts, licences),
        ),
    }


def _curated(build: Build) -> Iterator[Curated]:
    return iter(()) if build.settings.llm == "off" else records(build, CURATED_FILE, Curated)


def _scenarios(build: Build) -> Iterator[Scenario]:
    return iter(()) if build.settings.llm == "off" else records(build, SCENARIOS_FILE, Scenario)


def _judged(build: Build, name: str, record: type[_Record]) -> Iterator[_Record]:
    """Judgements or comparisons, where there are any."""
    return records(build, name, record) if (build.workspace.processed / name).is_file() else iter(())


def _writers(build: Build) -> list[Writer]:
    """Which model wrote how many of the kept records, with which prompt."""
    written = Counter(
        (record.model, record.prompt, build.settings.for_stage(stage).is_demonstration)
        for each in _curated(build)
        for stage, record in (
            ("synthesis", each.dialogue),
            ("context_instruct", each.triplet or each.boundary),
            ("rolegpt", each.general),
        )
        if record is not None
    )
    is_small = build.settings.for_stage("scenarios").is_demonstration
    written.update((each.model, each.prompt, is_small) for each in _scenarios(build))
    return [Writer(model, prompt, count, small) for (model, prompt, small), count in sorted(written.items())]


def _funnel(stages: dict[str, Any]) -> Iterator[tuple[str, int]]:
    script = stages["extract"]["counts"]
    yield "spoken lines in the sources", script["lines"]
    yield "speakers", script["speakers"]
    if "asked" in script:
        yield "quotes whose speaker the rules are not sure of", script["unsure"]
        yield f"of these, asked of {stages['extract'].get('model', 'a model that did not answer')}", script["quotes"]
        yield "of these, settled by its answers", script["settled"]
        yield "of these, given to another speaker than the rules'", script["changed"]
    yield "scenes", stages["scenes"]["counts"]["scenes"]
    yield "spoken lines in scenes", stages["scenes"]["counts"]["lines"]
    yield "spoken lines in exchanges", stages["exchanges"]["counts"]["lines"]
    for stage, what in (("questions", "questions to the role"), ("synthesis", "talks about them"),
                        ("context_instruct", "triplets"), ("rolegpt", "answers to general instructions"),
                        ("scenarios", "scenarios"), ("judged", "verdicts on rows")):  # fmt: skip
        if counts := stages.get(stage, {}).get("counts"):
            yield f"requests for {what}", counts["asked"]
            yield f"answered requests for {what}", counts["answered"]
            yield f"{what} read from the answers", counts["parsed"]
            yield f"pieces of answers for {what} that could not be read", counts["malformed"]
    for stage, what in (("scenes", "pieces of the script"), ("exchanges", "lines"), ("questions", "questions"),
                        ("context_instruct", "triplets"), ("scenarios", "scenarios and motives"),
                        ("curated", "generated records"), ("judged", "verdicts")):  # fmt: skip
        for reason, count in stages.get(stage, {}).get("dropped", {}).items():
            yield f"{what} dropped: {reason}", count
