"""What a model says in the role's place, without what frames it."""

import re

from dramaturg.character import Character
from dramaturg.llm.parse import read_text

__all__ = ["spoken"]

_QUOTED = re.compile(r"^[“\"「『]([^“”\"「」『』]*)[”\"」』]$", re.DOTALL)


def spoken(text: str, character: Character) -> str:
    """An answer's speech: thoughts before it, the role's own name and quote marks around it are taken off."""
    text = read_text(text)
    for name in character.names:
        for colon in ("：", ":"):
            text = text.removeprefix(name + colon).strip()
    quoted = _QUOTED.match(text)
    return (quoted[1] if quoted else text).strip()
