"""The cast: who may speak, and what each is called."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from dramaturg.errors import SourceError
from dramaturg.script import NARRATORS

__all__ = ["CastMember", "FoundMember", "Gender", "Name", "SpeakerName", "find_callee", "merge_cast", "read_cast"]

_FIRST_PERSON = frozenset({"I", "我"})

Gender = Literal["M", "F", "U"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\r\n]*$")]


def _no_narrator(name: str) -> str:
    if name in NARRATORS:
        raise ValueError("this is what the narrator is called")
    return name


SpeakerName = Annotated[Name, AfterValidator(_no_narrator)]


class CastMember(BaseModel):
    """A person of the work. An alias `I` (in Chinese 我) says that this one tells the story."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: SpeakerName
    aliases: tuple[Name, ...] = ()
    gender: Gender = "U"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


class FoundMember(CastMember):
    """A person as the text was found to name them; `mentions` counts all their names, in narration and speech."""

    mentions: int = 0


def merge_cast(members: Iterable[CastMember]) -> tuple[CastMember, ...]:
    """The members in order, those of one name made one: aliases together, the first known gender."""
    merged: dict[str, CastMember] = {}
    for member in members:
        known = merged.get(member.name)
        if known is None:
            merged[member.name] = member
        else:
            merged[member.name] = CastMember(
                name=member.name,
                aliases=tuple(dict.fromkeys((*known.aliases, *member.aliases))),
                gender=known.gender if known.gender != "U" else member.gender,
            )
    return tuple(merged.values())


def find_callee(members: Iterable[CastMember]) -> Callable[[str], str | None]:
    """A function of a spoken line: the name of the member whom it opens by calling, else None."""
    named = {name: member.name for member in members for name in member.names if name not in _FIRST_PERSON}
    if not named:
        return lambda _line: None
    names = "|".join(map(re.escape, sorted(named, key=len, reverse=True)))
    opening = re.compile(rf"(?:[Mm]y (?:dear|good) )?({names})[，！？…—,!?]")

    def callee(line: str) -> str | None:
        found = opening.match(line)
        return None if found is None else named[found[1]]

    return callee


def read_cast(path: Path) -> tuple[CastMember, ...]:
    """A cast.json: a list of `{"name", "aliases", "gender"}`, and perhaps `mentions`, as `dramaturg cast` prints it.
    Raises SourceError where it is anything else.
    """
    try:
        members = TypeAdapter(tuple[FoundMember, ...]).validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise SourceError(f"{path}: {where}: {first['msg']}") from None
    return merge_cast(CastMember(**member.model_dump(exclude={"mentions"})) for member in members)
