"""Who the people of a novel are, where its cast is not given, or not all of it."""

from collections.abc import Iterable, Sequence

from dramaturg.cast import CastMember, merge_cast
from dramaturg.script import NARRATORS
from dramaturg.text import Language
from extractors.novel.discovery import chinese, english
from extractors.novel.quotes import Piece

__all__ = ["discover_cast"]

_FIND = {"zh": chinese.find_people, "en": english.find_people}


def discover_cast(
    text: str, pieces: Sequence[Piece], known: Iterable[CastMember], language: Language
) -> tuple[CastMember, ...]:
    """The known members, then everyone else whom the text names, the most frequent first.

    One who is found and shares a name with a known member is that member: the further names become aliases.
    """
    members = merge_cast(known)
    whose = {name: member.name for member in reversed(members) for name in member.names}
    joined = {member.name: member for member in members}
    for found in _FIND[language](text, pieces):
        names = [name for name in found.names if name not in NARRATORS]
        owners = {whose[name] for name in names if name in whose}
        new = tuple(name for name in names if name not in whose)
        if not new:
            continue
        owner = owners.pop() if len(owners) == 1 else new[0]
        member = joined.get(owner, CastMember(name=owner, gender=found.gender))
        aliases = (*member.aliases, *(name for name in new if name != owner))
        joined[owner] = member.model_copy(update={"aliases": aliases})
        whose |= dict.fromkeys(new, owner)
    return tuple(joined.values())
