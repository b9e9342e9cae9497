"""What a model says in somebody's place, without what frames it."""

import re
from collections.abc import Iterable

from dramaturg.llm.parse import read_text

__all__ = ["spoken"]

_QUOTED = re.compile(r"^[“\"「『]([^“”\"「」『』]*)[”\"」』]$", re.DOTALL)


def spoken(text: str, names: Iterable[str]) -> str:
    """What somebody of these names says in an answer: thoughts before it, the name, and quote marks around it are taken
    off."""
    text = read_text(text)
    for name in names:
        for colon in ("：", ":"):
            text = text.removeprefix(name + colon).strip()
    quoted = _QUOTED.match(text)
    return (quoted[1] if quoted else text).strip()
