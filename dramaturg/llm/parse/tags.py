"""Tags that are called after fields: <question>…</question>, one of them perhaps not closed."""

import re
from html import unescape

from dramaturg.llm.parse.items import Mark, Piece, checked, grouped
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_tags"]

_TAG = re.compile(r"<(?P<ends>/?)(?P<name>[^\W\d][\w\-]{0,30})(?P<more>\s[^<>\n]{0,300})?>")
_ATTRIBUTE = re.compile(r"([\w\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def read_tags(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """The items whose fields stand in tags. A value ends at the next tag, whichever it is."""
    tags = list(_TAG.finditer(text))
    marks: list[Mark] = []
    ends: dict[int, int] = {}
    notes: dict[int, list[tuple[str, str]]] = {}
    for place, tag in enumerate(tags):
        called = None if tag["ends"] else spellings.key(tag["name"])
        if called is None:
            continue
        end = tags[place + 1].start() if place + 1 < len(tags) else len(text)
        marks.append(Mark(called[0], tag.start(), tag.end(), tag["name"], called[1], value=text[tag.end() : end]))
        ends[tag.start()] = end
        notes[tag.start()] = [
            (name[0], unescape(double or single))
            for key, double, single in _ATTRIBUTE.findall(tag["more"] or "")
            if (name := spellings.key(key)) is not None and name[0] in spellings.notes
        ]
    pieces: list[Piece] = []
    for group in grouped(marks, spellings) if len(marks) > 1 else ():
        end = max(ends[mark.start] for mark in group)
        told = [(mark.name, unescape(mark.value).strip()) for mark in group]
        told += [note for mark in group for note in notes[mark.start]]
        item = None if is_cut and end == len(text) else checked(told, spellings)
        pieces.append(Piece(group[0].start, end, item, text[group[0].start : end].strip()))
    return pieces
