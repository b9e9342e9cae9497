"""The stages of a build, in order: what each reads, what it leaves behind, and what it did. No Prefect.

A stage is done again only when something it reads has changed: its input files, character.yaml, a setting it
looks at, or the code. Its entry in manifest.json is written after its files, and taken out before they change.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dramaturg import ROOT, __version__
from dramaturg.cast import CastMember, merge_cast
from dramaturg.character import Character, load_character
from dramaturg.errors import EmptyBuildError
from dramaturg.exchanges import Exchange, find_exchanges
from dramaturg.publish import chatharuhi, scripts
from dramaturg.publish.card import render_card
from dramaturg.publish.dataset import parquet_path, write_config
from dramaturg.rejected import by_reason
from dramaturg.scenes import Scene, find_scenes
from dramaturg.script import Script, Utterance
from dramaturg.settings import Settings, load_settings
from dramaturg.text import TOKEN_COUNTER
from dramaturg.workspace import (
    Workspace,
    digest,
    read_json,
    read_records,
    sha256_file,
    write_atomic,
    write_json,
    write_jsonl,
)
from extractors import extract, read_source

__all__ = [
    "STAGES",
    "Build",
    "Report",
    "Stage",
    "is_current",
    "made_from",
    "open_build",
    "read_manifest",
    "run_all",
    "run_stage",
]

SCRIPT_FILE = "01_script.jsonl"
TEXT_FOLDER = "01_text"
SCENES_FILE = "02_scenes.jsonl"
EXCHANGES_FILE = "03_exchanges.jsonl"
CARD_FILE = "README.md"


@dataclass(frozen=True, slots=True)
class Build:
    """One character's build: where it lies, what is asked of it, how."""

    workspace: Workspace
    character: Character
    settings: Settings


@dataclass(frozen=True, slots=True)
class Report:
    """What a stage did, as manifest.json keeps it. `dropped` counts by reason; `files` are what it wrote."""

    files: Sequence[Path]
    counts: dict[str, int]
    dropped: dict[str, int] = field(default_factory=dict)
    sources: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """`after` are the stages whose files it reads, `owns` the pattern of its own in the processed folder."""

    name: str
    title: str
    run: Callable[[Build], Report]
    owns: str
    after: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def open_build(data: Path, character_id: str, **command_line: Any) -> Build:
    """A character's build, its character.yaml and settings checked. Raises InputError where they are wrong."""
    workspace = Workspace(data, character_id)
    character = load_character(workspace)
    return Build(workspace, character, load_settings(character.settings, **command_line))


def run_all(build: Build) -> None:
    """Every stage in order, those that are current left as they are. Raises BusyError beside another run."""
    with build.workspace.locked():
        for stage in tqdm(STAGES, desc=build.workspace.character_id, unit="stage", disable=None):
            run_stage(build, stage)


def run_stage(build: Build, stage: Stage) -> dict[str, Any]:
    """Do one stage, unless it is current; returns its entry in the manifest. The caller holds the lock."""
    manifest = read_manifest(build)
    if is_current(build, stage):
        return dict(manifest["stages"][stage.name])
    if manifest["stages"].pop(stage.name, None) is not None:
        write_json(build.workspace.manifest, manifest)
    made = made_from(build, stage)  # before it reads: what changes meanwhile is to be read again
    report = stage.run(build)
    _sweep(build, stage, report.files)
    entry = {
        "made_from": made,
        "counts": report.counts,
        "dropped": report.dropped,
        **({"sources": list(report.sources)} if report.sources else {}),
        "files": {str(path.relative_to(build.workspace.processed)): sha256_file(path) for path in report.files},
    }
    done = {**manifest["stages"], stage.name: entry}
    manifest["stages"] = {each.name: done[each.name] for each in STAGES if each.name in done}
    write_json(build.workspace.manifest, manifest)
    return entry


def is_current(build: Build, stage: Stage) -> bool:
    """Whether the stage's files are there, as it wrote them, made from what is there now."""
    entry = read_manifest(build)["stages"].get(stage.name)
    return (
        entry is not None
        and entry["made_from"] == made_from(build, stage)
        and all(_is_intact(build.workspace.processed / name, known) for name, known in entry["files"].items())
    )


def read_manifest(build: Build) -> dict[str, Any]:
    """What manifest.json says; a new one where there is none yet, or one of another version."""
    fresh = {
        "manifest": 1,
        "dramaturg": __version__,
        "character": build.workspace.character_id,
        "token_counter": TOKEN_COUNTER,
        "stages": {},
    }
    try:
        found = read_json(build.workspace.manifest)
    except (FileNotFoundError, ValueError):
        return fresh
    is_one = isinstance(found, dict) and {**found, "stages": {}} == fresh and isinstance(found["stages"], dict)
    return found if is_one and all(map(_is_entry, found["stages"].values())) else fresh


def _is_entry(entry: object) -> bool:
    maps = ("made_from", "counts", "dropped", "files")
    return isinstance(entry, dict) and all(isinstance(entry.get(name), dict) for name in maps)


def made_from(build: Build, stage: Stage) -> dict[str, Any]:
    """All that decides what a stage writes: hashes of its inputs and the code, the settings it looks at."""
    before = read_manifest(build)["stages"]
    return {
        "code": _code_hash(),
        "character": digest(build.character.model_dump(mode="json", exclude={"settings"})),
        "settings": {name: getattr(build.settings, name) for name in stage.settings},
        "inputs": {
            **{name: known for other in stage.after for name, known in before.get(other, {}).get("files", {}).items()},
            **(
                {}
                if stage.after
                else {s.path: sha256_file(build.workspace.raw / s.path) for s in build.character.sources}
            ),
        },
    }


@cache
def _code_hash() -> str:
    rooms = (path for room in ("dramaturg", "extractors", "flows") for path in (ROOT / room).rglob("*.py"))
    return digest({str(path.relative_to(ROOT)): sha256_file(path) for path in rooms})


def _is_intact(path: Path, known: str) -> bool:
    return path.is_file() and sha256_file(path) == known


def _sweep(build: Build, stage: Stage, files: Sequence[Path]) -> None:
    """Remove what an earlier run of the stage wrote and this one did not."""
    for path in sorted(build.workspace.processed.glob(stage.owns)):
        found = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
        for stale in set(found) - set(files):
            stale.unlink()


def _write_text(path: Path, text: str) -> Path:
    with write_atomic(path) as file:
        file.write(text.encode())
    return path


def _text_file(build: Build, source: str) -> Path:
    return build.workspace.processed / TEXT_FOLDER / f"{source}.txt"


def _bar(items: Iterable[Any], title: str, total: int | None = None) -> Iterator[Any]:
    yield from tqdm(items, desc=f"  {title}", total=total, leave=False, disable=None)


# --- the stages ---------------------------------------------------------------------------------------------


def _extract(build: Build) -> Report:
    character, processed = build.character, build.workspace.processed
    files: list[Path] = []
    sources: list[dict[str, Any]] = []
    utterances: list[Utterance] = []
    for source in _bar(character.sources, "sources"):
        path = build.workspace.raw / source.path
        known = sha256_file(path)
        read = read_source(path, source.kind)
        script = extract(
            source.path,
            read,
            source.kind,
            character.language,
            character.full_cast,
            discover=not character.cast,
        )
        files.append(_write_text(_text_file(build, source.path), read.text))
        utterances += script.utterances
        sources.append(
            {
                "path": source.path,
                "kind": source.kind,
                "encoding": read.encoding,
                "characters": len(read.text),
                "licence": character.licence_of(source),
                "sha256": known,
                "text_sha256": sha256(read.text.encode()).hexdigest(),
            }
        )
    files.append(processed / SCRIPT_FILE)
    write_jsonl(files[-1], utterances)
    kinds = Counter(line.kind for line in utterances)
    speakers = {line.role for line in utterances if line.kind == "speech"} - {None}
    counts = {
        "sources": len(sources),
        "lines": kinds["speech"],
        "speakers": len(speakers),
        "thoughts": kinds["thought"],
        "narration": kinds["narration"],
    }
    return Report(files, counts, sources=sources)


def _scenes(build: Build) -> Report:
    found = [find_scenes(script, build.settings.scene_tokens) for script in _bar(_scripts(build), "sources")]
    scenes = [scene for part, _ in found for scene in part]
    rejected = [each for _, part in found for each in part]
    lines = sum(line.is_speech for scene in scenes for line in scene.utterances)
    files = _write_records(build, SCENES_FILE, scenes, rejected)
    return Report(files, {"scenes": len(scenes), "lines": lines}, by_reason(rejected))


def _exchanges(build: Build) -> Report:
    role = build.character.name
    scenes = list(read_records(build.workspace.processed / SCENES_FILE, Scene))
    spoken = Counter(line.role for scene in scenes for line in scene.utterances if line.is_speech and line.role)
    if not any(line.is_speech for scene in scenes for line in scene.utterances):
        raise EmptyBuildError(
            "no line of speech was found, so the dataset would be empty: speech is read between “ ”, 「 」, 『 』 "
            'or " ", in the language that character.yaml names'
        )
    cast = merge_cast((*build.character.full_cast, *(CastMember(name=name) for name in sorted(spoken))))
    exchanges, rejected = find_exchanges(_bar(scenes, "scenes"), role, cast)
    if not exchanges:
        heard = ", ".join(f"{name} ({count})" for name, count in spoken.most_common(8)) or "nobody known"
        raise EmptyBuildError(
            f"{role} answers nobody in this script, so the dataset would be empty; who speaks: {heard}. "
            f"Give the name or an alias as the text has it in {build.workspace.raw / 'character.yaml'}"
        )
    lines = sum(len(turn.lines) for exchange in exchanges for turn in exchange.turns)
    files = _write_records(build, EXCHANGES_FILE, exchanges, rejected)
    return Report(files, {"exchanges": len(exchanges), "lines": lines}, by_reason(rejected))


def _export(build: Build) -> Report:
    character, workspace = build.character, build.workspace
    stages = read_manifest(build)["stages"]
    sources = stages["extract"]["sources"]
    texts = {source["path"]: source["text_sha256"] for source in sources}
    licences = {source["path"]: source["licence"] for source in sources}
    exchanges = read_records(workspace.processed / EXCHANGES_FILE, Exchange)
    configs = {
        chatharuhi.CONFIG: (
            chatharuhi.SCHEMA,
            chatharuhi.rows(exchanges, character, workspace.character_id, texts, licences),
        ),
        scripts.PROFILES: (
            scripts.PROFILES_SCHEMA,
            scripts.profile_rows(_utterances(build), character.language),
        ),
        scripts.SCRIPT: (
            scripts.SCRIPT_SCHEMA,
            scripts.script_rows(_utterances(build), character.language, texts, licences),
        ),
    }
    counts = {
        config: write_config(workspace.dataset, config, schema, _bar(rows, config))
        for config, (schema, rows) in configs.items()
    }
    funnel = [
        ("spoken lines in the sources", stages["extract"]["counts"]["lines"]),
        ("speakers", stages["extract"]["counts"]["speakers"]),
        ("scenes", stages["scenes"]["counts"]["scenes"]),
        ("spoken lines in scenes", stages["scenes"]["counts"]["lines"]),
        ("spoken lines in exchanges", stages["exchanges"]["counts"]["lines"]),
        *(
            (f"{what} dropped: {reason}", count)
            for stage, what in (("scenes", "pieces of the script"), ("exchanges", "lines"))
            for reason, count in stages[stage]["dropped"].items()
        ),
    ]
    files = {config: workspace.dataset / parquet_path(config) for config in counts}
    hashes = {config: sha256_file(path) for config, path in files.items()}
    card = _write_text(workspace.dataset / CARD_FILE, render_card(character, counts, hashes, funnel, sources))
    return Report([*files.values(), card], counts)


def _write_records(build: Build, name: str, kept: Sequence[Any], rejected: Sequence[Any]) -> list[Path]:
    """A stage's records, and beside them what it dropped."""
    path = build.workspace.processed / name
    beside = path.with_suffix(".rejected.jsonl")
    write_jsonl(path, kept)
    write_jsonl(beside, rejected)
    return [path, beside]


def _utterances(build: Build) -> Iterator[Utterance]:
    return read_records(build.workspace.processed / SCRIPT_FILE, Utterance)


def _scripts(build: Build) -> Iterator[Script]:
    for source, lines in groupby(_utterances(build), key=lambda line: line.source):
        text = _text_file(build, source).read_bytes().decode()
        yield Script(source, build.character.language, text, tuple(lines))


STAGES = (
    Stage("extract", "sources → script", _extract, owns="01_*"),
    Stage("scenes", "script → scenes", _scenes, owns="02_*", after=("extract",), settings=("scene_tokens",)),
    Stage("exchanges", "scenes → exchanges", _exchanges, owns="03_*", after=("scenes",)),
    Stage("export", "exchanges → dataset", _export, owns="dataset", after=("extract", "scenes", "exchanges")),
)
