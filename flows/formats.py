"""`dramaturg formats`: a built dataset as what trainers and chat front ends open."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dramaturg.errors import InputError
from dramaturg.publish.character_card import write_cards
from dramaturg.publish.dataset import SPLITS
from dramaturg.publish.formats import FORMATS, Told, write_formats
from dramaturg.publish.role_folder import write_role_folder
from dramaturg.publish.talks import CONFIGS, read_originals, read_talks, system_prompt
from flows.built import built_profile, check_built
from flows.stage import Build

__all__ = ["Written", "render_formats", "write_all"]

_FOLDER = "formats"
_ROLE_FOLDER, _CARD = "chatharuhi", "card"
_EVERY = (*FORMATS, _ROLE_FOLDER, _CARD)
_EXAMPLES = 200  # of which a card has room for some


@dataclass(frozen=True, slots=True)
class Written:
    """Where it lies, the talks in each file of a trainer, the stories of the role folder, and the card's files."""

    folder: Path
    talks: dict[str, int]
    stories: int
    cards: Sequence[str]


def write_all(
    build: Build,
    names: Sequence[str] | None = None,
    configs: Sequence[str] | None = None,
    has_system: bool = True,
    demonstrations: int = 0,
    is_single_turn: bool = False,
    output: Path | None = None,
) -> Written:
    """Write the formats that are named, or all. Raises InputError where one is not known, or where the character is not
    built to its end; BusyError while it is being built."""
    _check("format", names, _EVERY)
    _check("config", configs, CONFIGS)
    check_built(build)
    character, workspace = build.character, build.workspace
    folder = output or workspace.processed / _FOLDER
    chosen = [name for name in _EVERY if name in (names or _EVERY)]
    with workspace.locked():
        profile = built_profile(build)
        system = system_prompt(character, profile)
        talks = partial(
            read_talks,
            workspace.dataset,
            system=system if has_system else None,
            demonstrations=demonstrations,
            is_single_turn=is_single_turn,
            configs=[name for name in CONFIGS if name in (configs or CONFIGS)],
        )
        told = Told(workspace.character_id, character.language, has_system)
        written = write_formats(folder, talks, SPLITS, [name for name in chosen if name in FORMATS], told)
        stories = write_role_folder(folder / _ROLE_FOLDER, workspace.dataset, system) if _ROLE_FOLDER in chosen else 0
        cards: list[Path] = []
        if _CARD in chosen:
            originals = read_originals(workspace.dataset, _EXAMPLES)
            cards = write_cards(folder / _CARD, character, profile, originals)
    return Written(folder, written, stories, [str(path.relative_to(folder)) for path in cards])


def render_formats(written: Written) -> str:
    """What was written, file by file."""
    lines = [f"{rows:>9,} talks    {path}" for path, rows in written.talks.items()]
    if written.stories:
        lines.append(f"{written.stories:>9,} stories  {_ROLE_FOLDER}/texts")
    lines += [f"{'':>9} card     {path}" for path in written.cards]
    return "\n".join([*lines, "", f"formats    {written.folder}"])


def _check(what: str, names: Sequence[str] | None, known: Sequence[str]) -> None:
    for name in names or ():
        if name not in known:
            raise InputError(f"{name}: there is no such {what}; there are {', '.join(known)}")
