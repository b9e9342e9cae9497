"""`dramaturg formats`: a built dataset as what trainers and chat front ends open.

It is no stage: how the formats are written, and where, is asked for anew each time. So manifest.json does not know of
them, and the folder says itself, in made_from.json, of which dataset each of its formats was made, and how:

    {"formats": 1, "character": …, "dramaturg": …, "code": …, "character_yaml": …,
     "dataset": {"chatharuhi/train.parquet": SHA-256, …},
     "written": {"messages": {"configs": […], "has_system": …, "demonstrations": …, "is_single_turn": …,
                              "files": {"messages/train.jsonl": SHA-256, …}}, …}}
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dramaturg import __version__
from dramaturg.errors import InputError
from dramaturg.publish.character_card import write_cards
from dramaturg.publish.dataset import SPLITS
from dramaturg.publish.formats import FORMATS, Told, write_formats
from dramaturg.publish.role_folder import write_role_folder
from dramaturg.publish.talks import CONFIGS, read_originals, read_talks, system_prompt
from dramaturg.workspace import hash_if_there, is_intact, read_json, sha256_file, write_json
from flows.built import built_profile, check_built
from flows.pipeline import STAGES, made_from
from flows.stage import SHEET_FILE, Build, read_manifest

__all__ = ["Written", "render_formats", "write_all"]

_FOLDER = "formats"
_ROLE_FOLDER, _CARD = "chatharuhi", "card"
_EVERY = (*FORMATS, _ROLE_FOLDER, _CARD)
_EXAMPLES = 200  # of which a card has room for some
_RECORD = "made_from.json"

_Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """Where it lies, the talks in each file of a trainer, the stories of the role folder, and the card's files; and the
    formats that were there before of an earlier dataset, and are taken away."""

    folder: Path
    talks: dict[str, int]
    stories: int
    cards: Sequence[str]
    outdated: Sequence[str]


def write_all(
    build: Build,
    names: Sequence[str] | None = None,
    configs: Sequence[str] | None = None,
    has_system: bool = True,
    demonstrations: int = 0,
    is_single_turn: bool = False,
    output: Path | None = None,
) -> Written:
    """Write the formats that are named, or all; those that lie there of the dataset as it was before go. Raises
    InputError where one is not known, where the character is not built to its end, or where the folder has another
    character's; BusyError while it is being built."""
    _check("format", names, _EVERY)
    _check("config", configs, CONFIGS)
    check_built(build)
    character, workspace = build.character, build.workspace
    folder = output or workspace.processed / _FOLDER
    chosen = [name for name in _EVERY if name in (names or _EVERY)]
    shown = [name for name in CONFIGS if name in (configs or CONFIGS)]
    with workspace.locked():
        record, outdated = _begun(build, folder, chosen)
        profile = built_profile(build)
        system = system_prompt(character, profile)
        talks = partial(
            read_talks,
            workspace.dataset,
            system=system if has_system else None,
            demonstrations=demonstrations,
            is_single_turn=is_single_turn,
            configs=shown,
        )
        told = Told(workspace.character_id, character.language, has_system)
        written = write_formats(folder, talks, SPLITS, [name for name in chosen if name in FORMATS], told)
        texts, cards = list[Path](), list[Path]()
        if _ROLE_FOLDER in chosen:
            texts = write_role_folder(folder / _ROLE_FOLDER, workspace.dataset, system)
        if _CARD in chosen:
            originals = read_originals(workspace.dataset, _EXAMPLES)
            cards = write_cards(folder / _CARD, character, profile, originals)
        beside = [folder / name / FORMATS[name].beside for name in chosen if name in FORMATS and FORMATS[name].beside]
        files = [*(folder / path for path in written), *beside, *texts, *cards]
        how = {
            "configs": shown,
            "has_system": has_system,
            "demonstrations": demonstrations,
            "is_single_turn": is_single_turn,
        }
        record["written"] |= {name: {**how, "files": _hashes(folder, name, files)} for name in chosen}
        write_json(folder / _RECORD, record)
    stories = sum(path.parent != folder / _ROLE_FOLDER for path in texts)
    return Written(folder, written, stories, [str(path.relative_to(folder)) for path in cards], outdated)


def _begun(build: Build, folder: Path, chosen: Sequence[str]) -> tuple[_Record, list[str]]:
    """What the folder holds while the chosen formats are written, which it cannot say then: all else in it that is of
    the dataset as it is now. And the formats that are not, whose files are taken away, but for those that somebody has
    changed."""
    made, export = made_from(build, STAGES[-1]), read_manifest(build)["stages"]["export"]
    prefix = f"{build.workspace.dataset.relative_to(build.workspace.processed)}/"
    names = [name.removeprefix(prefix) for name in export["files"] if name.endswith((".parquet", SHEET_FILE))]
    record: _Record = {
        "formats": 1,
        "character": build.workspace.character_id,
        "dramaturg": __version__,
        "code": made["code"],
        "character_yaml": made["character"],
        "dataset": {name: hash_if_there(build.workspace.dataset / name) for name in sorted(names)},
    }
    known = _read_record(folder)
    if known.get("character", record["character"]) != record["character"]:
        raise InputError(f"{folder} has the formats of {known['character']} in it: give another folder with --output")
    others = {name: entry for name, entry in known.get("written", {}).items() if name not in chosen}
    is_same = all(known.get(name) == value for name, value in record.items())
    for entry in () if is_same else others.values():
        for name, sha256 in entry["files"].items():
            if (folder / name).is_file() and is_intact(folder / name, sha256):
                (folder / name).unlink()
    record["written"] = others if is_same else {}
    if known:
        write_json(folder / _RECORD, record)
    return record, [] if is_same else list(others)


def _read_record(folder: Path) -> _Record:
    """What the folder's record says; nothing where there is none of ours."""
    try:
        found = read_json(folder / _RECORD)
        return dict(found) if found["formats"] == 1 and isinstance(found["written"], dict) else {}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _hashes(folder: Path, name: str, files: Iterable[Path]) -> dict[str, str]:
    """Of those of the files that are a format's."""
    own = sorted(path for path in files if path.is_relative_to(folder / name))
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in own}


def render_formats(written: Written) -> str:
    """What was written, file by file."""
    lines = [f"{rows:>9,} talks    {path}" for path, rows in written.talks.items()]
    if written.stories:
        lines.append(f"{written.stories:>9,} stories  {_ROLE_FOLDER}/texts")
    lines += [f"{'':>9} card     {path}" for path in written.cards]
    lines += [
        f"{'':>9} gone     {name}: made of an earlier dataset, or by another version of this program"
        for name in written.outdated
    ]
    return "\n".join([*lines, "", f"formats    {written.folder}"])


def _check(what: str, names: Sequence[str] | None, known: Sequence[str]) -> None:
    for name in names or ():
        if name not in known:
            raise InputError(f"{name}: there is no such {what}; there are {', '.join(known)}")
