"""What is kept, of the script and of a model's, into train and test rows; what they have in common goes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dramaturg.curate.decontaminate import contaminated, in_benchmark, phrase_reader
from dramaturg.curate.filter import Curated
from dramaturg.curate.rows import Row, curated_row, exchange_row, scene_row
from dramaturg.curate.splits import STAGE, Sides, Split, last_acts, line_keys, one_sided, role_side, split
from dramaturg.errors import InputError
from dramaturg.exchanges import Exchange
from dramaturg.generate.catchphrases import repeated_phrases
from dramaturg.generate.profile import Profile
from dramaturg.generate.scenarios import conversations
from dramaturg.llm.request import SHOWN
from dramaturg.rejected import Rejected, by_reason
from dramaturg.review.rows import REASON, rejected_rows
from dramaturg.scenes import Scene
from dramaturg.script import Utterance
from dramaturg.text import in_one_line, unwrap
from dramaturg.workspace import read_json, sha256_file, write_json
from flows.reviewed import counted, said_of_rows
from flows.stage import (
    CURATED_FILE,
    EXCHANGES_FILE,
    PHRASES_FILE,
    PROFILE_FILE,
    SCENES_FILE,
    SCRIPT_FILE,
    SPLITS_FILE,
    Build,
    Report,
    bar,
    records,
    write_records,
)

__all__ = ["rows_of", "splits"]

_VERSION = 1
_ADVICE = "put back the one there was, or remove it, and rows are drawn anew"
_SAID_IN_LINES = 3


def splits(build: Build) -> Report:
    """Where each row stands. Raises InputError where splits.json or a benchmark cannot be read."""
    scenes = list(records(build, SCENES_FILE, Scene))
    every = list(rows_of(build, scenes))
    said = said_of_rows(build, ("scene", "exchange"))
    refused, gone = rejected_rows(every, said)
    rows = [row for number, row in enumerate(every) if number not in refused]
    made, kept_in = _split(build, scenes, rows)
    phrases = list(dict.fromkeys(_catchphrases(build, scenes)))
    lost = _overlapping(build, rows, made, phrases)
    placed = [each for each in made.placed if (each.kind, each.key) not in lost]
    rejected = [
        *(Rejected(STAGE, REASON, every[number]) for number in refused),
        *made.rejected,
        *lost.values(),
    ]
    kept = Counter(each.kind for each in placed)
    counts = {
        "rows": len(every),
        **{side: sum(each.side == side for each in placed if each.kind != "line") for side in ("train", "test")},
        "scenes": kept["scene"],
        "exchanges": kept["exchange"],
        "dialogues": kept["dialogue"],
        "triplets": kept["triplet"],
        "boundary": kept["boundary"],
        "general": kept["general"],
        "pieces": len(made.pieces),
        "scenes_in_the_largest": max(made.pieces, default=0),
        **counted(said, gone),
    }
    files = write_records(build, SPLITS_FILE, placed, rejected=rejected, gone=gone)
    files.append(build.workspace.processed / PHRASES_FILE)
    write_json(files[-1], phrases)
    return Report(files, counts, by_reason(rejected), sources=kept_in)


def rows_of(build: Build, scenes: Iterable[Scene]) -> Iterator[Row]:
    """All rows that there may be, the script's own, of these `scenes` and the exchanges, before a model's."""
    yield from map(scene_row, conversations(scenes, build.character.name))
    yield from map(exchange_row, records(build, EXCHANGES_FILE, Exchange))
    if (build.workspace.processed / CURATED_FILE).is_file():  # not where no model writes anything
        yield from map(curated_row, records(build, CURATED_FILE, Curated))


def _split(build: Build, scenes: Sequence[Scene], rows: Sequence[Row]) -> tuple[Split, list[dict[str, Any]]]:
    """The split by the mode that is set, and, where sides are kept, the file that they are kept in."""
    settings, path = build.settings, build.workspace.splits
    script = list(records(build, SCRIPT_FILE, Utterance))
    spans = [line.span for line in script]
    if settings.split == "none":
        return one_sided(spans, rows, "train"), []
    if settings.split == "role":
        return one_sided(spans, rows, role_side(build.workspace.character_id, settings.test_share)), []
    told = _read_kept(path)
    try:
        known = Sides.from_json(told[settings.split]) if settings.split in told else Sides()
    except ValueError as error:
        raise InputError(f"{path}: {settings.split}: {error}: {_ADVICE}") from None
    last = last_acts(scenes, settings.test_share) if settings.split == "chronological" else None
    made = split(line_keys(script), scenes, rows, build.character.language, known, settings.test_share, last)
    now = {**told, "version": _VERSION, settings.split: made.sides.to_json()}
    if now != told:
        write_json(path, dict(sorted(now.items())))
    return made, [{"name": path.name, "files": {path.name: sha256_file(path)}}]


def _read_kept(path: Path) -> dict[str, Any]:
    """What splits.json has, by mode. Raises InputError where it is not what was written into it."""
    if not path.is_file():
        return {}
    try:
        told = read_json(path)
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {in_one_line(error, SHOWN)}: {_ADVICE}") from None
    if not isinstance(told, dict) or told.get("version") != _VERSION:
        raise InputError(f"{path}: not of version {_VERSION}: {_ADVICE}")
    return told


def _overlapping(
    build: Build, rows: Iterable[Row], made: Split, phrases: Iterable[str]
) -> dict[tuple[str, str], Rejected]:
    """What has something in common with a benchmark, or, of the train rows, with what is left of the test rows."""
    language = build.character.language
    sides = {(each.kind, each.key): each.side for each in made.placed}
    left = {(row.kind, row.key): row for row in rows if (row.kind, row.key) in sides}
    read = phrase_reader(phrases)
    lost: dict[tuple[str, str], Rejected] = {}
    files = build.settings.benchmark_files
    for row, found in in_benchmark(left.values(), bar(files, "benchmarks"), language, read) if files else ():
        lost[row.kind, row.key] = Rejected(STAGE, "in_benchmark", {"row": row, "found": found})
    test = [row for key, row in left.items() if sides[key] == "test" and key not in lost]
    train = [row for key, row in left.items() if sides[key] == "train" and key not in lost]
    for row, found in contaminated(test, train, language, read) if test else ():
        lost[row.kind, row.key] = Rejected(STAGE, "contaminated", {"row": row, "found": found})
    return lost


def _catchphrases(build: Build, scenes: Iterable[Scene]) -> Iterator[str]:
    """The profile's, and what the role says in three lines and more."""
    role, language = build.character.name, build.character.language
    lines = [unwrap(line.content, language) for scene in scenes for line in scene.utterances if line.is_said_by(role)]
    yield from (each.text for each in repeated_phrases(lines, language) if each.lines >= _SAID_IN_LINES)
    if build.settings.llm != "off":
        for profile in records(build, PROFILE_FILE, Profile):
            yield from (each.text for each in profile.catchphrases)
