"""Objects that are meant as JSON and are none: single or full-width quotes, quotes and line breaks in texts, bare keys,
Python's None, comments, commas too many and too few, and an end that is missing."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from dramaturg.llm.parse.items import Piece, checked
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_loose_objects"]

_KEY = re.compile(
    r"(?:(?P<open>[{｛])|[,，]|\n|(?<=[\"'”’\]}])[ \t]{1,8})\s{0,40}(?P<quote>[\"'“”‘’]?)"
    r"(?P<key>\w[\w \-]{0,30})(?P<quoted>[\"'“”‘’]?)\s{0,8}[:：]\s{0,40}"
)
_CLOSES = {'"': '"', "'": "'", "“": "”“", "”": "”“", "‘": "’‘", "’": "’‘"}
_BEHIND = re.compile(r"[\s,，;；]*+(?:(?://|#)[^\n]*\s*+)*+")
_END = re.compile(r"(?:[\"'“”‘’\]］]|\b(?:null|None|true|True|false|False|\d+))[\s,，]{0,80}(?P<brace>[}｝])")
_MISSING_END = re.compile(r"[\"'”’]\s{0,80}(?:[\]］]|\Z)")
_WORD = re.compile(r"[^\s,，}｝]+")
_NONE = frozenset({"None", "null", "undefined"})
_TEXTS = re.compile(r"[\"“]([^\"“”]*)[\"”]|['‘]([^'‘’]*)['’]|(\d+)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\n"}


def read_loose_objects(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """The items in such objects. One that does not end is not whole, unless only its brace is missing and nothing was
    cut off."""
    pieces: list[Piece] = []
    objects = list(_objects(text, spellings))
    for place, keys in enumerate(objects):
        until = objects[place + 1][0].start() if place + 1 < len(objects) else len(text)
        last = keys[-1].end()
        found = _END.search(text, last, until)
        closed = found or (None if is_cut else _MISSING_END.search(text, last, until))
        value_ends = found.start("brace") if found else closed.start() + 1 if closed else until
        end = found.end() if found else value_ends
        ends = [*(key.start() for key in keys[1:]), value_ends]
        told = [(spellings.key(key["key"]), text[key.end() : stop]) for key, stop in zip(keys, ends, strict=True)]
        values = [(name[0], _value(value)) for name, value in told if name is not None]
        shown = text[keys[0].start() : end]
        pieces.append(Piece(keys[0].start(), end, checked(values, spellings) if closed else None, shown))
    return pieces


def _objects(text: str, spellings: Spellings) -> Iterator[Sequence[re.Match[str]]]:
    """The keys of each object that has a field's."""
    keys: list[re.Match[str]] = []
    for key in _KEY.finditer(text):
        if len(key["key"]) < 2 or spellings.key(key["key"]) is None or bool(key["quote"]) != bool(key["quoted"]):
            continue
        if key["open"]:
            if keys:
                yield keys
            keys = [key]
        elif keys:
            keys.append(key)
    if keys:
        yield keys


def _value(given: str) -> Any:
    """A text without its quotes, a list of texts, or None."""
    value = given.strip()
    if value[:1] in _CLOSES:
        closes = _CLOSES[value[0]]
        for place in range(len(value) - 1, 0, -1):
            if value[place] in closes and _BEHIND.fullmatch(value, place + 1):
                return _unescaped(value[1:place])
        return None
    if value[:1] in ("[", "［"):
        return [_unescaped(next(filter(None, found.groups()), "")) for found in _TEXTS.finditer(value)]
    word = _WORD.match(value)
    return None if word is None or word[0] in _NONE else word[0]


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _CONTROL.get(found[1], found[1]), text)
