"""Answers by number: `{"12": "a name"}`, a list of such items, or lines `12: a name`, whichever came, untidy or not."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dramaturg.llm.parse import read_text

__all__ = ["read_numbered"]

_NUMBERED = re.compile(r"\D{0,12}(\d{1,5})\D{0,4}")  # 12, [[12]], quote 12, 第12句
_OPENS = re.compile(r"[{\[]")
_TELLING = ("speaker", "name", "answer", "value", "说话人", "名字", "人物")
"""The fields of an item that hold its text, where it has several."""
_QUOTED_PAIR = re.compile(
    r"(?<![\w.])[\"'“”‘’\[]*(\d{1,5})[\"'“”‘’\]]*\s*(?:[:：=]|[-=]?>|→)\s*"
    r"(?:\"([^\"\n]*)\"|[“”]([^“”\n]*)[“”]|'([^'\n]*)'(?!\w)|‘([^‘’\n]*)’)"
)
_LINE = re.compile(
    r"^[^\w\n]{0,9}(?:[^\W\d]{1,8}[ \t]*)?(\d{1,5})句?"
    r"(?:[^\w\n]{0,9}(?:[:：=)）.、]|[-=]?>|→|—|–|-)|[\]*\t ]{1,9})[^\w\n]{0,9}(\w[^\n]*)$",
    re.MULTILINE,
)
_NEXT = re.compile(r"[,，;；]\s*(?=\W{0,3}\d{1,5}\W{0,3}[:：])|[{}]")
_AROUND = " \t\r\n\"'“”「」『』‘’*_`,，;；.。"


def read_numbered(text: str, is_cut: bool = False) -> dict[int, str]:
    """What an answer says of each number; "" where it says null. Of several answers to a number the last counts.

    With `is_cut`, the model having run out of tokens, what it stopped in the middle of is left out.
    """
    text = read_text(text)
    if is_cut and not text.endswith(("}", "]")):
        text = text.rpartition("\n")[0] + "\n" + _whole(text)
    readings = (_from_json, _from_quoted_pairs, _from_lines)
    return next((found for read in readings if (found := dict(read(text)))), {})


def _whole(text: str) -> str:
    """The last line of a text up to its last closing quote: behind it a name may be half a name."""
    last = text.rpartition("\n")[2]
    return last[: max(last.rfind(mark) for mark in "\"'”’") + 1]


def _from_json(text: str) -> Iterator[tuple[int, str]]:
    decoder = json.JSONDecoder(strict=False)
    place = 0
    while opens := _OPENS.search(text, place):
        try:
            value, place = decoder.raw_decode(text, opens.start())
        except (ValueError, RecursionError):  # no JSON, or nested as no answer is
            place = opens.end()
        else:
            yield from _pairs(value)


def _from_quoted_pairs(text: str) -> Iterator[tuple[int, str]]:
    """JSON with a comma too few or too many, single or curly quotes, or cut off in the middle."""
    for found in _QUOTED_PAIR.finditer(text):
        number, *texts = found.groups()
        yield int(number), next(each for each in texts if each is not None).strip(_AROUND)


def _from_lines(text: str) -> Iterator[tuple[int, str]]:
    for found in _LINE.finditer(_NEXT.sub("\n", text)):
        yield int(found[1]), found[2].strip(_AROUND)


def _pairs(value: Any) -> Iterator[tuple[int, str]]:
    """The numbers of a JSON value with what it says of each, however deep they lie."""
    if isinstance(value, Mapping):
        numbered = [(number, given) for key, given in value.items() if (number := _number(key)) is not None]
        if numbered:
            for number, given in numbered:
                if (text := _text(given)) is not None:
                    yield number, text
            return
        number = next((found for each in value.values() if (found := _number(each)) is not None), None)
        told = None if number is None else _text({k: v for k, v in value.items() if _number(v) is None})
        if number is not None and told is not None:
            yield number, told
            return
        value = list(value.values())
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[1], str) and (number := _number(value[0])) is not None:
            yield number, value[1].strip(_AROUND)
            return
        for each in value:
            yield from _pairs(each)


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _NUMBERED.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else int(found[1])


def _text(value: Any) -> str | None:
    """The text of what was said of a number: itself, or the field or the first item that is one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip(_AROUND)
    if isinstance(value, Mapping):
        value = [*(value[name] for name in _TELLING if name in value), *value.values()]
    if isinstance(value, Sequence):
        return next((each.strip(_AROUND) for each in value if isinstance(each, str)), None)
    return None
