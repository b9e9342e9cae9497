"""What a model wrote, read as items: JSON or labelled blocks, whichever came, however untidy.

Models put fences and prose around an answer, mix full- and half-width colons, forget quotes and commas, and stop in
the middle. Every item that is whole is read; one that lacks a field, or was cut off in its last, is not made up.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import json_repair

from dramaturg.llm.request import Answer
from prompts import Field

__all__ = ["Item", "Parsed", "has_items", "has_text", "read_items", "read_text"]

Item = dict[str, Any]
"""The fields of an item by name: text, one of a field's choices, or a list of texts."""

_THOUGHT = re.compile(r"\A.*?</think(?:ing)?>|\A\s*<think(?:ing)?>.*\Z", re.DOTALL)
_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")
_FULL_WIDTH_KEY = re.compile(r"[“”\"'](\w+)[“”\"']\s*[：:]\s*")
_COLON = r"[ \t]*(?:\*\*|__)?[ \t]*[:：][ \t]*(?:\*\*|__)?"
_DECORATION = r"[ \t]*(?:#{1,6}[ \t]*|[-*+•][ \t]+|\d{1,3}[.、)）][ \t]*|\*\*|__|[【\[])*"
_NUMBER = r"[ \t]*[\[(（【]?(?P<number>\d{1,3})?[\])）】]?(?:\*\*|__)?[ \t]*[】\]]?"
_CLOSING_WORD = re.compile(
    r"\n\s*\n[^\S\n]*(?:以上|希望|如需|如果[你您]|请(?:告诉|注意)|注[：:]|"
    r"i hope|hope|let me know|note:|feel free|these )[^\n]*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[;；\n、]|,(?=\s)|，")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.、)](?=\s*[^\s\d]))\s*")  # a number with nothing behind it is a text
_AROUND = " \t\r\n\"'“”「」『』‘’*_`"
_NONE = frozenset({"", "无", "没有", "none", "n/a", "（无）", "(none)", "…"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """The whole items of an answer, and what looked like items and could not be read."""

    items: tuple[Item, ...]
    broken: tuple[str, ...]


def read_text(text: str) -> str:
    """An answer that is plain text, without what a reasoning model thought before it."""
    return _THOUGHT.sub("", text).strip()


def has_text(answer: Answer) -> bool:
    """Whether a model said anything, beside what it thought."""
    return bool(read_text(answer.text))


def has_items(fields: Sequence[Field]) -> Callable[[Answer], bool]:
    """A function of an answer: whether any item with `fields` can be read in it."""
    return lambda answer: bool(read_items(answer.text, fields, answer.is_cut).items)


def read_items(text: str, fields: Sequence[Field], is_cut: bool = False) -> Parsed:
    """The items of an answer with `fields`, in its order; `is_cut` where the model ran out of tokens.

    A choice comes back as what we call it, a field's note beside it ("" where there is none).
    """
    text = read_text(text)
    found, broken = _from_json(text, fields)
    if not found:
        labelled, pieces = _from_blocks(text, fields, is_cut)
        if labelled or not broken:
            found, broken = labelled, pieces
    if not found and not broken:
        broken = [text]  # an empty one too: no answer goes uncounted
    return Parsed(tuple(found), tuple(broken))


# --- JSON ---------------------------------------------------------------------------------------------------


def _from_json(text: str, fields: Sequence[Field]) -> tuple[list[Item], list[str]]:
    items: list[Item] = []
    broken: list[str] = []
    for value, piece in _objects(text):
        item = _checked(value, fields)
        if item is not None:
            items.append(item)
        elif any(name in value for field in fields for name in (*field.names, field.label)):
            broken.append(piece)
    return items, broken


def _objects(text: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The innermost objects of whatever JSON stands in the text, each with the text it stood as."""
    decoder = json.JSONDecoder(strict=False)
    place = 0
    while (start := text.find("{", place)) >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):  # no JSON, or nested as no answer is
            flat = _FLAT_OBJECT.match(text, start)
            value = _repaired(flat[0]) if flat else None
            end = flat.end() if flat else start + 1
        if isinstance(value, dict):
            lists = [
                each for each in value.values() if isinstance(each, list) and any(isinstance(one, dict) for one in each)
            ]
            for inner in lists[0] if lists else [value]:
                if isinstance(inner, dict):
                    yield inner, json.dumps(inner, ensure_ascii=False) if lists else text[start:end]
        place = end
    rest = text[text.rfind("}") + 1 :]
    if place and (opened := rest.find("{")) >= 0:
        yield dict.fromkeys(re.findall(r'"(\w+)"\s*:', rest[opened:])), rest[opened:]


def _repaired(flat: str) -> Any:
    """An object without objects in it that is closed, but no JSON: single quotes, commas too many, quotes in quotes."""
    return json_repair.loads(_FULL_WIDTH_KEY.sub(r'"\1": ', flat))


def _checked(value: Mapping[str, Any], fields: Sequence[Field]) -> Item | None:
    """The item that a JSON object is; None where a field is missing, empty, or none of its choices."""
    item: Item = {}
    for field in fields:
        given = next((value[name] for name in (field.name, field.label, *field.also) if name in value), None)
        if field.is_list:
            listed = given if isinstance(given, list) else [given] if isinstance(given, str | int) else None
            if listed is None and not field.optional:
                return None
            item[field.name] = _texts(str(each) for each in listed or ())
            continue
        if not isinstance(given, str) or not given.strip():
            return None
        item[field.name] = given.strip()
        if field.choices:
            choice, note = _chosen(given, field)
            if choice is None:
                return None
            told = value.get(field.note) if field.note else None
            item[field.name] = choice
            item |= {field.note: told.strip() if isinstance(told, str) else note} if field.note else {}
    return item


# --- labelled blocks ----------------------------------------------------------------------------------------


def _from_blocks(text: str, fields: Sequence[Field], is_cut: bool) -> tuple[list[Item], list[str]]:
    text = re.sub(r"^```.*$", "", text, flags=re.MULTILINE)
    items: list[Item] = []
    broken: list[str] = []
    blocks = list(_blocks(text, fields))
    for number, (block, piece) in enumerate(blocks, 1):
        item = _complete(block, fields)
        if item is None or (is_cut and number == len(blocks)):
            broken.append(piece)
        else:
            items.append(item)
    return items, broken


def _blocks(text: str, fields: Sequence[Field]) -> Iterator[tuple[dict[str, str], str]]:
    """Runs of labelled values: a new one begins where the first field's label, or one that is there already, comes."""
    marks = list(_labels(text, fields))
    block: dict[str, str] = {}
    begun = 0
    for place, (name, start, end) in enumerate(marks):
        if block and (name == fields[0].name or name in block):
            yield block, text[begun:start].strip()
            block = {}
        if not block:
            begun = start
        until = marks[place + 1][1] if place + 1 < len(marks) else len(text)
        block[name] = text[end:until]
    if block:
        yield block, text[begun:].strip()


def _labels(text: str, fields: Sequence[Field]) -> Iterator[tuple[str, int, int]]:
    """Where labels stand: the field's name, where the label begins, where its value does.

    At the beginning of a line, or within one after a stop or a bracket that closes; the first field's label there
    only with a number, since a speech may hold the word.
    """
    names = {spelling.lower(): field.name for field in fields for spelling in (field.label, field.name, *field.also)}
    words = "|".join(re.escape(word) for word in sorted(names, key=len, reverse=True))
    pattern = re.compile(
        rf"(?:^{_DECORATION}|(?P<inner>(?<=[。！？!?.…”」）)\]；;])[ \t]*|[ \t]{{2,}}))"
        rf"(?P<word>{words}){_NUMBER}{_COLON}[ \t]*",
        re.IGNORECASE | re.MULTILINE,
    )
    for found in pattern.finditer(text):
        name = names[found["word"].lower()]
        if found["inner"] is None or name != fields[0].name or found["number"]:
            yield name, found.start(), found.end()


def _complete(block: Mapping[str, str], fields: Sequence[Field]) -> Item | None:
    item: Item = {}
    for field in fields:
        value = block.get(field.name, "" if field.optional else None)
        if value is None:
            return None
        if field.is_list:
            item[field.name] = _texts(_BETWEEN.split(value))
            continue
        value = _unframed(value)
        if field.choices:
            choice, note = _chosen(value, field)
            if choice is None:
                return None
            item |= {field.name: choice, **({field.note: note} if field.note else {})}
        elif value:
            item[field.name] = value
        else:
            return None
    return item


def _unframed(value: str) -> str:
    """A block's value without the rules, hashes and stars between blocks, or around it, and without a closing word."""
    value = re.sub(r"\n\s*(?:#{2,}|-{3,}|={3,}|\*{3,})\s*$", "", _CLOSING_WORD.sub("", value.strip()))
    framed = re.fullmatch(r"(\*\*|__)(.*)\1", value, re.DOTALL)
    return (framed[2] if framed else value).strip()


# --- both ---------------------------------------------------------------------------------------------------


def _chosen(value: str, field: Field) -> tuple[str | None, str]:
    """The choice that a value begins with, as we call it, and what stands behind it."""
    plain = value.strip(_AROUND).lower()
    spellings = {
        spelling.lower(): ours for ours, theirs in (field.choices or {}).items() for spelling in (ours, theirs)
    }
    for spelling, ours in sorted(spellings.items(), key=lambda each: -len(each[0])):
        rest = plain.removeprefix(spelling)
        if rest != plain and not rest[:1].isalpha():
            note = value.strip(_AROUND)[len(spelling) :].strip(" \t\r\n：:，,。.*-—")
            return ours, note.removeprefix("（").removeprefix("(").removesuffix("）").removesuffix(")").strip()
    return None, ""


def _texts(values: Iterable[str]) -> list[str]:
    stripped = (_BULLET.sub("", value).strip(_AROUND).strip() for value in values)
    return [value for value in dict.fromkeys(stripped) if value.lower() not in _NONE]
