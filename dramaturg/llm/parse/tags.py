"""Tags that are called after fields: <question>…</question>, one of them perhaps not closed."""

import re
from collections.abc import Sequence
from html import unescape

from dramaturg.llm.parse.items import Mark, Piece, checked, grouped
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_tags"]

_TAG = re.compile(r"<(?P<ends>/?)(?P<name>[^\W\d][\w\-]{0,30})(?P<more>\s[^<>\n]{0,300})?>")
_ATTRIBUTE = re.compile(r"([\w\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_MOST_WITHIN = 500
"""How many tags of others a value may have in it."""


def read_tags(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """The items whose fields stand in tags. A value ends at the tag that ends its own; without one at the next field,
    or at what ends the item around it."""
    tags = list(_TAG.finditer(text))
    marks: list[Mark] = []
    ends: dict[int, int] = {}
    notes: dict[int, list[tuple[str, str]]] = {}
    place = 0
    while place < len(tags):
        tag = tags[place]
        place += 1
        called = None if tag["ends"] else spellings.key(tag["name"])
        if called is None:
            continue
        place = _place_of_end(tags, place, tag, spellings)
        end = tags[place].start() if place < len(tags) else len(text)
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


def _place_of_end(tags: Sequence[re.Match[str]], place: int, tag: re.Match[str], spellings: Spellings) -> int:
    """Which of the tags from `place` on the value of a tag ends at; other tags within it are text, unless they stand
    right before the next field: <item><question>."""
    within: list[str] = []
    for at, other in enumerate(tags[place : place + _MOST_WITHIN], place):
        if other["ends"]:
            if other["name"] == tag["name"] or other["name"] not in within:
                return at
            del within[within.index(other["name"]) :]
        elif spellings.key(other["name"]) is not None and len(other["name"]) > 1:
            first = at
            while first > at - len(within) and not other.string[tags[first - 1].end() : tags[first].start()].strip():
                first -= 1
            return first
        else:
            within.append(other["name"])
    return len(tags)
