"""Objects that are meant as JSON and are none: single or full-width quotes, quotes and line breaks in texts, bare keys,
Python's None, comments, commas too many and too few, and an end that is missing."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from dramaturg.llm.parse.items import Piece, checked
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_loose_objects"]

_NAME = r"(?P<quote>[\"'“”‘’]?)(?P<key>\w[\w \-]{0,30})(?P<quoted>[\"'“”‘’]?)\s{0,8}[:：]"
_KEY = re.compile(rf"(?:(?P<open>[{{｛])|[,，]|\n|(?<=[\"'”’\]}}])[ \t]{{1,8}})\s{{0,40}}{_NAME}\s{{0,40}}")
_WORDS = r"\w[\w \-]{0,30}"
_OTHER = rf"(?:\"{_WORDS}\"|'{_WORDS}'|[“”]{_WORDS}[“”]|[‘’]{_WORDS}[‘’]|{_WORDS})\s{{0,8}}[:：]"  # any object's key
_SHORT = r"(?:\"[^\"{}\n]{0,99}\"|'[^'{}\n]{0,99}'|“[^“”｛｝\n]{0,99}”|\w{1,20})"
_OTHERS = re.compile(rf"{_SHORT}(?:\s{{0,40}}[,，]\s{{0,40}}{_OTHER}\s{{0,40}}{_SHORT}){{0,4}}\s{{0,40}}")
_CLOSES = {'"': '"', "'": "'", "“": "”“", "”": "”“", "‘": "’‘", "’": "’‘"}
_BEHIND = re.compile(r"[\s,，;；]*+(?>(?:(?://|#)[^\n]*\s*+)*)")
_SOUND = re.compile(
    r"\"(?>(?:[^\"\\]|\\.)*)\"|'(?>(?:[^'\\]|\\.|(?<=\w)'(?=\w))*)'|[“”](?>(?:[^“”\\]|\\.)*)[“”]"
    r"|[‘’](?>(?:[^‘’\\]|\\.|(?<=\w)’(?=\w))*)[‘’]",
    re.DOTALL,
)
"""A text without quotes of its own kind in it: nobody need ask where it ends."""
_END = re.compile(r"(?:(?<!\\)[\"'“”‘’\]］]|\b(?:null|None|true|True|false|False|\d+))[\s,，]{0,80}(?P<brace>[}｝])")
_MISSING_END = re.compile(r"(?<!\\)[\"'”’]\s{0,80}(?:[\]］]|\Z)")
_ANOTHER_END = re.compile(r"(?<!\\)[\"'”’]\s{0,80}[}｝]")
_BEHIND_END = re.compile(r"[^\S\n]*[,，;；\]］}｝)]*[^\S\n]*(?:\n|[{｛`/#]|\Z)")
_COMMENT = r"(?:(?://|#)[^\n]{0,99}\n\s{0,40})?"
_NEXT_KEY = re.compile(rf"\s{{0,40}}(?:[,，;；]|\n)\s{{0,40}}{_COMMENT}{_OTHER}")
_MAYBE_NEXT_KEY = re.compile(rf"[\"'”’][\s,，;；]{{0,40}}{_COMMENT}{_OTHER}")
_BEHIND_SOUND = re.compile(rf"[\s,，;；]{{0,80}}(?:[}}｝\]］#/]|\Z)|{_NEXT_KEY.pattern}")
_WORD = re.compile(r"[^\s,，}｝]+")
_NONE = frozenset({"None", "null", "undefined"})
_TEXTS = re.compile(r"[\"“]([^\"“”]*)[\"”]|['‘]([^'‘’]*)['’]|(\d+)")
_LIST = re.compile(r"[\[［][^\]］]*")
_ESCAPED = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\(.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\n"}


def read_loose_objects(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """The items in such objects. One that does not end is not whole, unless only its brace is missing and nothing was
    cut off."""
    pieces: list[Piece] = []
    objects = list(_objects(text, spellings))
    for place, (start, keys) in enumerate(objects):
        until = objects[place + 1][0] if place + 1 < len(objects) else len(text)
        last = keys[-1].end()
        found = _end(text, last, until, is_cut)
        closed = found or (None if is_cut else _MISSING_END.search(text, last, until))
        value_ends = found.start("brace") if found else closed.start() + 1 if closed else until
        end = found.end() if found else value_ends
        ends = [*(key.start() for key in keys[1:]), value_ends]
        told = [(spellings.key(key["key"]), text[key.end() : stop]) for key, stop in zip(keys, ends, strict=True)]
        values = [(name[0], _value(value)) for name, value in told if name is not None]
        pieces.append(Piece(start, end, checked(values, spellings) if closed else None, text[start:end]))
    return pieces


def _end(text: str, start: int, until: int, is_cut: bool) -> re.Match[str] | None:
    """The end of an object whose last known value begins at `start`; None where it may be one of two, or be said."""
    sound = _SOUND.match(text, start, until)
    if text[start : start + 1] not in _CLOSES:
        return _END.search(text, start, until)
    if sound and _BEHIND_SOUND.match(text, sound.end(), until):
        return _END.search(text, sound.end() - 1, until)
    found = _END.search(text, start, until)
    if found is None or _ANOTHER_END.search(text, found.end(), until):
        return None
    behind = _BEHIND_END.match(text, found.end())
    return found if behind and not (is_cut and behind.end() == len(text)) else None


def _objects(text: str, spellings: Spellings) -> Iterator[tuple[int, Sequence[re.Match[str]]]]:
    """Where each object begins that has a field's key, and its keys of fields."""
    start = 0
    keys: list[re.Match[str]] = []
    opened: re.Match[str] | None = None
    for key in _KEY.finditer(text):
        if bool(key["quote"]) != bool(key["quoted"]):
            continue
        if len(key["key"]) < 2 or spellings.key(key["key"]) is None:
            opened = key if key["open"] else opened
            continue
        begins = key.start() if key["open"] else None
        if opened is not None and _OTHERS.fullmatch(text, opened.end(), key.start()):
            begins = opened.start()  # {'id': 1, 'question': …
        if begins is not None:
            if keys:
                yield start, keys
            start, keys = begins, [key]
        elif keys and (key["quote"] or not keys[0]["quote"]):
            keys.append(key)
        opened = None
    if keys:
        yield start, keys


def _value(given: str) -> Any:
    """A text without its quotes, a list of texts, or None, as it is where a key that is no field's may be within it."""
    value = given.strip()
    if value[:1] in _CLOSES:
        sound = _SOUND.match(value)
        if sound and (_BEHIND.fullmatch(value, sound.end()) or _NEXT_KEY.match(value, sound.end())):
            return _unescaped(value[1 : sound.end() - 1])
        if _MAYBE_NEXT_KEY.search(value, 1):
            return None
        closes = _CLOSES[value[0]]
        for place in range(len(value) - 1, 0, -1):
            if value[place] in closes and _BEHIND.fullmatch(value, place + 1):
                return _unescaped(value[1:place])
        return None
    if found := _LIST.match(value):
        return [_unescaped(next(filter(None, each.groups()), "")) for each in _TEXTS.finditer(found[0])]
    word = _WORD.match(value)
    return None if word is None or word[0] in _NONE else word[0]


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _letters(found[1]) if found[1] else _CONTROL.get(found[2], found[2]), text)


def _letters(escapes: str) -> str:
    """What \\u escapes stand for, of which two may be one letter; half of one is none."""
    return bytes.fromhex(escapes.replace("\\u", "")).decode("utf-16-be", "replace")
