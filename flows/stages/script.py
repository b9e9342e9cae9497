"""From the sources to exchanges: what the script itself gives, no model asked."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from dramaturg.cast import CastMember, merge_cast
from dramaturg.character import Source
from dramaturg.errors import EmptyBuildError, SourceError
from dramaturg.exchanges import find_exchanges
from dramaturg.generate.effort import evenly
from dramaturg.llm import Batch
from dramaturg.logs import log
from dramaturg.rejected import Malformed, Rejected, by_reason
from dramaturg.review.corrections import Gone
from dramaturg.review.lines import correct_lines, merged_names
from dramaturg.scenes import Scene, find_scenes
from dramaturg.script import Script, Utterance
from dramaturg.text import Language
from dramaturg.workspace import digest, hash_if_there, write_atomic
from extractors import (
    Hearing,
    Shelf,
    SourceText,
    as_script,
    describe,
    draft,
    read_source,
    source_files,
    why_silent,
)
from extractors.novel import Novel
from extractors.novel.settle import is_read, plan_questions, settle
from flows.asking import effort_of, engine_of, funnel
from flows.reviewed import counted, said_of
from flows.runner import runner_of
from flows.stage import (
    EXCHANGES_FILE,
    EXTRACTED_FILE,
    SCENES_FILE,
    SCRIPT_FILE,
    TEXT_FOLDER,
    Build,
    Report,
    bar,
    read_manifest,
    records,
    write_records,
    write_requests,
)

__all__ = ["exchanges", "extract", "scenes", "script", "scripts_of"]

_WARNING = "warning: "


def extract(build: Build) -> Report:
    """Sources into lines, and the text that their offsets count in. An endpoint is asked who speaks where the rules
    are not sure; without its answers theirs stand, and no later stage asks: what it asks rests on the script.

    Raises SourceError, a line for each, where sources cannot be read.
    """
    found = _draft_all(build)
    files: list[Path] = []
    for each in found:
        files.append(_text_file(build, each.source.name))
        with write_atomic(files[-1]) as file:
            file.write(each.read.text.encode())
    drafts = [each.draft for each in found]
    asked = None
    if build.settings.for_stage("extract").settles_speakers is not None:
        drafts, asked = _settle(build, drafts)
    scripts = [as_script(drafted) for drafted in drafts]
    sources = [_entry(build, each, written) for each, written in zip(found, scripts, strict=True)]
    utterances = [line for written in scripts for line in written.utterances]
    counts = {"sources": len(sources), **_counted(utterances)}
    if asked is None:
        return Report([*files, *write_records(build, EXTRACTED_FILE, utterances)], counts, sources=sources)
    files += write_records(
        build,
        EXTRACTED_FILE,
        utterances,
        rejected=asked.rejected,
        malformed=asked.malformed,
        failed=asked.batch.failures,
    )
    files.append(write_requests(build, EXTRACTED_FILE, [asked.batch]))
    return Report(
        files,
        {**counts, **funnel([asked.batch], asked.malformed), **asked.counts},
        by_reason(asked.rejected),
        sources=sources,
        model=next((answer.model for answer in asked.batch.answers), None),
        unfinished=asked.batch.unfinished,
        stopped=asked.batch.stopped or asked.batch.unfinished,
    )


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A source as it was read, its draft, and the hash of each file that it was read from."""

    source: Source
    read: SourceText
    draft: Novel | Script
    files: dict[str, str]


def _tell(line: str) -> None:
    is_warning = line.startswith(_WARNING)
    log(line.removeprefix(_WARNING), "warning" if is_warning else "info")


def _draft_all(build: Build) -> list[_Drafted]:
    """Every source, read and drafted, recordings last: to hear one may take hours, and is in vain where another source
    cannot be read. Raises SourceError, a line for each that cannot be."""
    found: dict[str, _Drafted] = {}
    sources = build.character.sources
    for is_heard in (False, True):
        some = [each for each in sources if (each.kind == "audio") is is_heard]
        wrong = _draft_some(build, some, found) if some else []
        if wrong:
            raise SourceError("\n".join(wrong))
    return [found[each.name] for each in sources]


def _draft_some(build: Build, sources: Sequence[Source], found: dict[str, _Drafted]) -> list[str]:
    """Put the drafts of the sources into `found`; returns what is wrong with those that cannot be read. Pages are
    fetched and recordings heard one after the other, in this process; what is read of them, wherever the settings have
    it done."""
    character = build.character
    ready: dict[str, dict[str, str]] = {}
    wrong: dict[str, str] = {}
    for source in bar(sources, "sources"):
        try:
            ready[source.name] = _files_of(build, source)
        except SourceError as error:
            wrong[source.name] = str(error)
            if source.kind == "audio":
                break
    to_read = [
        _ToRead(source, build.shelf, character.language, character.full_cast, not character.cast)
        for source in sources
        if source.name in ready
    ]
    weight = sum(_weight(build, files) for files in ready.values()) if len(to_read) > 1 else 0
    with runner_of(build.settings, weight) as runner:
        read = bar(runner.map(_read, to_read), "reading", len(to_read))
        for each, result in zip(to_read, read, strict=True):
            name = each.source.name
            if isinstance(result, str):
                wrong[name] = result
            else:
                text, drafted = result
                found[name] = _Drafted(each.source, text, drafted, ready[name])
    return [wrong[source.name] for source in sources if source.name in wrong]


def _files_of(build: Build, source: Source) -> dict[str, str]:
    """The files that a source is read from, there from now on, and the hash of each."""
    character, folder = build.character, build.workspace.raw
    hearing = Hearing.of(build.settings)
    paths = source_files(source, build.shelf, character.language, character.full_cast, hearing, _tell)
    return {str(path.relative_to(folder)): hash_if_there(path) for path in paths}


def _weight(build: Build, files: Iterable[str]) -> int:
    paths = (build.workspace.raw / name for name in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


@dataclass(frozen=True, slots=True)
class _ToRead:
    """What it takes to read a source, in this process or in another."""

    source: Source
    shelf: Shelf
    language: Language
    cast: Sequence[CastMember]
    discover: bool


def _read(to_read: _ToRead) -> tuple[SourceText, Novel | Script] | str:
    """A source's text and its draft, or why it cannot be read."""
    source, language = to_read.source, to_read.language
    try:
        read = read_source(source, to_read.shelf, language)
        return read, draft(source.name, read, source.kind, language, to_read.cast, discover=to_read.discover)
    except SourceError as error:
        return str(error)


def _entry(build: Build, drafted: _Drafted, written: Script) -> dict[str, Any]:
    """What the manifest keeps of a source. `unknown` are the spoken lines without a speaker, `silent` says why nothing
    is said in it, `pages` stands where there may be several."""
    source, read = drafted.source, drafted.read
    spoken = [line for line in written.utterances if line.is_speech]
    has_pages = source.url is not None and (len(drafted.files) > 1 or source.next or source.pages)
    return {
        "name": source.name,
        "kind": source.kind,
        "read_as": describe(read, source.kind),
        "encoding": read.encoding,
        **({"pages": len(drafted.files)} if has_pages else {}),
        "characters": len(read.text),
        "lines": len(spoken),
        "speakers": len(_speakers(spoken)),
        "unknown": sum(line.role is None for line in spoken),
        **({} if spoken else {"silent": why_silent(read, source.kind, build.character.language)}),
        "licence": build.character.licence_of(source),
        "files": drafted.files,
        "text_sha256": sha256(read.text.encode()).hexdigest(),
    }


def _counted(utterances: Sequence[Utterance]) -> dict[str, int]:
    kinds = Counter(line.kind for line in utterances)
    return {
        "lines": kinds["speech"],
        "speakers": len(_speakers(utterances)),
        "thoughts": kinds["thought"],
        "narration": kinds["narration"],
    }


def _speakers(lines: Iterable[Utterance]) -> set[str | None]:
    return {line.role for line in lines if line.is_speech} - {None}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking who speaks. `counts` are of quotes: parsed = settled + rejected."""

    batch: Batch
    counts: dict[str, int]
    rejected: list[Rejected]
    malformed: list[Malformed]


def _settle(build: Build, drafts: Sequence[Novel | Script]) -> tuple[list[Novel | Script], _Asked]:
    """The drafts, those of prose with their unsure speakers settled, all of them in one batch."""
    novels = {number: each for number, each in enumerate(drafts) if isinstance(each, Novel)}
    every = [(number, plan) for number, novel in novels.items() for plan in plan_questions(novel)]
    planned = evenly(every, effort_of(build, "extract").windows)
    with engine_of(build, "extract") as engine:
        batch = engine.ask([plan.request for _, plan in planned], "speakers", is_read)
    outcomes = list(zip(planned, batch.outcomes, strict=True))
    settled = {
        number: settle(
            novel,
            [plan for (whose, plan), _ in outcomes if whose == number],
            [outcome for (whose, _), outcome in outcomes if whose == number],
        )
        for number, novel in novels.items()
    }
    counts = sum((Counter(each.counts) for each in settled.values()), Counter())
    rejected = [lost for each in settled.values() for lost in each.rejected]
    kept = counts["agreed"] + counts["changed"]
    told = {
        "unsure": sum(len(plan.pieces) for _, plan in every),
        **{name: counts[name] for name in ("quotes", "unanswered", "unread")},
        "parsed": kept + len(rejected),
        "settled": kept,
        "changed": counts["changed"],
    }
    malformed = [piece for each in settled.values() for piece in each.malformed]
    with_answers = [settled[number].novel if number in settled else each for number, each in enumerate(drafts)]
    return with_answers, _Asked(batch, told, rejected, malformed)


def script(build: Build) -> Report:
    """The lines as a person has corrected them: who says what, and who is called by several names."""
    said, whose = said_of(build, "line"), merged_names(said_of(build, "name"))
    utterances: list[Utterance] = []
    gone: list[Gone] = []
    read: set[str] = set()
    for each in scripts_of(build, EXTRACTED_FILE):
        found = correct_lines(each, said, whose)
        utterances += found.utterances
        gone += found.gone
        read.add(each.source)
    lost = [each.last.line for each in said if each.last.line is not None and each.last.line.source not in read]
    gone += [Gone(line.target, line.text, f"{line.source} is no source, or says nothing") for line in lost]
    files = write_records(build, SCRIPT_FILE, utterances, gone=gone)
    return Report(files, {**_counted(utterances), **counted(said, gone)})


def scenes(build: Build) -> Report:
    """The script into scenes within the token budget."""
    found = [find_scenes(each, build.settings.scene_tokens) for each in bar(scripts_of(build), "sources")]
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
        silent = [each for each in read_manifest(build)["stages"]["extract"]["sources"] if "silent" in each]
        raise EmptyBuildError(
            "\n".join(f"{each['name']}: no line of speech was found: {each['silent']}" for each in silent)
            or f"no spoken line fits into a scene of {build.settings.scene_tokens} tokens: raise SCENE_TOKENS"
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


def scripts_of(build: Build, file: str = SCRIPT_FILE) -> Iterator[Script]:
    """Each source's lines, as that file has them, with the text that they stand in."""
    for source, lines in groupby(records(build, file, Utterance), key=lambda line: line.source):
        text = _text_file(build, source).read_bytes().decode()
        yield Script(source, build.character.language, text, tuple(lines))


def _text_file(build: Build, source: str) -> Path:
    """Where a source's canonical text lies: under its path, or a hash of its address."""
    name = digest(source)[:16] if "://" in source else source
    return build.workspace.processed / TEXT_FOLDER / f"{name}.txt"
