"""What rows are held against: the sources' texts, the character, what a person said."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dramaturg.character import Character
from dramaturg.script import Place
from dramaturg.verify.edits import Said
from dramaturg.workspace import Workspace, digest

__all__ = ["NOBODY", "Passage", "Row", "Truth", "span_of", "squeezed"]

NOBODY = frozenset({"", "narrator", "旁白"})

Row = dict[str, Any]
Passage = tuple[str, int, int]
"""Source, start, end."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What rows are held against."""

    workspace: Workspace
    character: Character
    texts: Mapping[str, str]
    places: Mapping[str, Sequence[Place]]
    text_hashes: Mapping[str, str]
    said: Said

    def at(self, span: Passage) -> str | None:
        source, start, end = span
        text = self.texts.get(source, "")
        return text[start:end] if 0 <= start < end <= len(text) else None

    def place(self, span: Passage) -> str | None:
        """The page or the time that a passage begins in."""
        source, start, _ = span
        places = self.places.get(source, ())
        number = bisect_right(places, start, key=lambda each: each.start) - 1
        return places[number].at if number >= 0 and start < places[number].end else None

    def licence(self, source: str) -> str | None:
        return next((s.licence or self.character.licence for s in self.character.sources if s.name == source), None)

    def row_id(self, config: str, source: str, spans: Sequence[Passage]) -> str:
        return digest(config, self.text_hashes.get(source, ""), [[s[1], s[2]] for s in spans], 0)[:16]


def span_of(row: Row) -> Passage:
    return str(row["source"]), int(row["start"]), int(row["end"])


def squeezed(text: str) -> str:
    return "".join(text.split())
