"""Whom a speaker's label names, in whichever format it stands."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from dramaturg.cast import CastMember

__all__ = ["cast_names", "name_key"]

_SPACE = re.compile(r"\s+")
_STOP_BEFORE_NAME = re.compile(r"(?<=\w\w)\.(?=\w)")


@lru_cache(maxsize=65536)
def name_key(name: str) -> str:
    """One spelling of all that differ in capitals, spaces and full stops alone: MR.Bell, Mr. Bell and mr bell."""
    return _SPACE.sub(" ", _STOP_BEFORE_NAME.sub(" ", name).replace(".", "")).strip().casefold()


def cast_names(cast: Iterable[CastMember]) -> dict[str, str]:
    """The member that each spelling stands for, by `name_key`; an alias of two members for neither."""
    members = list(cast)
    by_alias: dict[str, set[str]] = defaultdict(set)
    for member in members:
        for alias in member.aliases:
            by_alias[name_key(alias)].add(member.name)
    named = {key: min(names) for key, names in by_alias.items() if len(names) == 1}
    return named | {name_key(member.name): member.name for member in reversed(members)}
