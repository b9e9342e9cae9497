"""JSON that is JSON, however deep an item lies in it, whatever its keys are called, and wherever it stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dramaturg.llm.parse.items import Mark, Piece, checked, grouped
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_objects"]

_MOST_READING = 64
"""How often a text may be read again in search of an object that ends: each that does not is read to where it fails."""
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class _Object:
    """All keys of an object with their values: where one is there twice, no value is put with another's."""

    pairs: list[tuple[str, Any]]


_DECODER = json.JSONDecoder(object_pairs_hook=_Object, strict=False)


def read_objects(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:  # noqa: ARG001 - as the other forms
    """The items in whatever JSON stands in the text. What ends was not cut off, so `is_cut` changes nothing."""
    pieces: list[Piece] = []
    place = 0
    left = _MOST_READING * len(text)
    while left > 0 and (start := text.find("{", place)) >= 0:
        try:
            value, place = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            place = start + 1
            left -= error.pos
        except RecursionError:  # nested as no answer is
            place = start + 1
            left -= len(text)
        else:
            groups = list(_groups(value, spellings, 0))
            for group in groups:
                item = checked(((mark.name, mark.value) for mark in group), spellings)
                shown = text[start:place] if len(groups) == 1 else _written(group)
                pieces.append(Piece(start, place, item, shown))
    return pieces


def _written(group: list[Mark]) -> str:
    written = json.dumps({mark.spelling: mark.value for mark in group}, ensure_ascii=False)
    return written.encode(errors="backslashreplace").decode()


def _groups(value: Any, spellings: Spellings, depth: int) -> Iterator[list[Mark]]:
    """The values of each item in a JSON value."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _groups(each, spellings, depth + 1)
    elif isinstance(value, _Object):
        marks, others = _marks(value, spellings, depth)
        if any(mark.name in spellings.names for mark in marks):
            yield from grouped(marks, spellings)
        for each in others:
            yield from _groups(each, spellings, depth + 1)
    elif isinstance(value, str) and value[:1] in ("{", "["):  # JSON in JSON: the arguments of a tool's call
        try:
            decoded = _DECODER.decode(value)
        except (ValueError, RecursionError):
            return
        yield from _groups(decoded, spellings, depth + 1)


def _marks(given: _Object, spellings: Spellings, depth: int) -> tuple[list[Mark], list[Any]]:
    """The values of an object that stand under a field's name, with those of an object in a field's place, and the
    other values."""
    names = [spellings.key(key) for key, _ in given.pairs]
    exact = {name[0] for name in names if name is not None}
    marks: list[Mark] = []
    others: list[Any] = []
    within: list[Mark] = []
    for (key, value), name in zip(given.pairs, names, strict=True):
        found, number = name or (spellings.heading(key.replace("_", " ")), None)
        told = None if found is None or (name is None and found in exact) else _told(value, found, spellings)
        if found is not None and told is not None:
            word = key.rstrip("0123456789")
            marks += [Mark(each, 0, 0, word, number, value=its) for each, its in told.items()]
        elif isinstance(value, _Object) and depth < _DEEPEST:
            inner, beyond = _marks(value, spellings, depth + 1)
            if found is None or not inner:
                others.append(value)
            else:
                within += inner
                others += beyond
        else:
            others.append(value)
    return marks + within, others


def _told(value: Any, name: str, spellings: Spellings) -> dict[str, Any] | None:
    """What a value under a field's name says, by field; None where it is no value of one."""
    if isinstance(value, _Object):  # "confidence": {"level": "high", "reason": "…"}
        texts = [each for _, each in value.pairs if isinstance(each, str)]
        if name in spellings.names and name not in spellings.lists and texts and len(texts) == len(value.pairs):
            note = next((field.note for field in spellings.fields if field.name == name and field.note), None)
            return {name: texts[0]} | ({note: texts[1]} if note and len(texts) > 1 else {})
        return None
    if isinstance(value, list) and name not in spellings.lists:
        return None
    return {name: value}
