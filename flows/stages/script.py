"""From the sources to exchanges: what the script itself gives, no model asked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from dramaturg.cast import CastMember, merge_cast
from dramaturg.errors import EmptyBuildError
from dramaturg.exchanges import find_exchanges
from dramaturg.rejected import Rejected, by_reason
from dramaturg.scenes import Scene, find_scenes
from dramaturg.script import Script, Utterance
from dramaturg.workspace import sha256_file, write_atomic
from extractors import extract, read_source
from flows.stage import (
    EXCHANGES_FILE,
    SCENES_FILE,
    SCRIPT_FILE,
    TEXT_FOLDER,
    Build,
    Report,
    bar,
    records,
    write_records,
)

__all__ = ["exchanges", "scenes", "script"]


def script(build: Build) -> Report:
    """Sources into one script, and the text that its offsets count in."""
    character = build.character
    files: list[Path] = []
    sources: list[dict[str, Any]] = []
    utterances: list[Utterance] = []
    for source in bar(character.sources, "sources"):
        path = build.workspace.raw / source.path
        known = sha256_file(path)
        read = read_source(path, source.kind)
        found = extract(
            source.path,
            read,
            source.kind,
            character.language,
            character.full_cast,
            discover=not character.cast,
        )
        files.append(_text_file(build, source.path))
        with write_atomic(files[-1]) as file:
            file.write(read.text.encode())
        utterances += found.utterances
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
    files += write_records(build, SCRIPT_FILE, utterances)
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


def scenes(build: Build) -> Report:
    """The script into scenes within the token budget."""
    found = [find_scenes(each, build.settings.scene_tokens) for each in bar(_scripts(build), "sources")]
    kept = [scene for part, _ in found for scene in part]
    rejected = [each for _, part in found for each in part]
    lines = sum(line.is_speech for scene in kept for line in scene.utterances)
    return _report(build, SCENES_FILE, kept, rejected, {"scenes": len(kept), "lines": lines})


def exchanges(build: Build) -> Report:
    """Scenes into what is said to the role and what it answers. Raises EmptyBuildError where there is nothing."""
    role = build.character.name
    found = list(records(build, SCENES_FILE, Scene))
    spoken = Counter(line.role for scene in found for line in scene.utterances if line.is_speech and line.role)
    if not any(line.is_speech for scene in found for line in scene.utterances):
        raise EmptyBuildError(
            "no line of speech was found, so the dataset would be empty: speech is read between “ ”, 「 」, 『 』 "
            'or " ", in the language that character.yaml names'
        )
    cast = merge_cast((*build.character.full_cast, *(CastMember(name=name) for name in sorted(spoken))))
    kept, rejected = find_exchanges(bar(found, "scenes"), role, cast)
    if not kept:
        heard = ", ".join(f"{name} ({count})" for name, count in spoken.most_common(8)) or "nobody known"
        raise EmptyBuildError(
            f"{role} answers nobody in this script, so the dataset would be empty; who speaks: {heard}. "
            f"Give the name or an alias as the text has it in {build.workspace.raw / 'character.yaml'}"
        )
    lines = sum(len(turn.lines) for exchange in kept for turn in exchange.turns)
    return _report(build, EXCHANGES_FILE, kept, rejected, {"exchanges": len(kept), "lines": lines})


def _report(
    build: Build, name: str, kept: Sequence[Any], rejected: Sequence[Rejected], counts: dict[str, int]
) -> Report:
    return Report(write_records(build, name, kept, rejected=rejected), counts, by_reason(rejected))


def _scripts(build: Build) -> Iterator[Script]:
    for source, lines in groupby(records(build, SCRIPT_FILE, Utterance), key=lambda line: line.source):
        text = _text_file(build, source).read_bytes().decode()
        yield Script(source, build.character.language, text, tuple(lines))


def _text_file(build: Build, source: str) -> Path:
    return build.workspace.processed / TEXT_FOLDER / f"{source}.txt"
