"""Labelled blocks: 问题1：…, **Response:** …, - answer: …, with a label on each line or several on one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from dramaturg.llm.parse.items import Item, Mark, Piece, checked, chosen, grouped
from dramaturg.llm.parse.prose import unframed, yaml_text
from dramaturg.llm.parse.spellings import NUMERAL, Spellings, number_of

__all__ = ["read_blocks"]

_H = r"[^\S\n]"  # what is white and no new line: also U+00A0 and U+3000
_NUMBERED = r"\d{1,3}(?!\d)|[一二三四五六七八九十]{1,3}(?=[^\w\n])"
_BEFORE = rf"(?P<before>{_H}*+(?>(?:\[[xX]\]|[^\w\n\"“”'‘’「『<{{]|_|{_NUMBERED}){{0,14}}))"
_STOPPED = r"(?<=[。！？!?.…”」）)\]】；;|｜，,（(【\[])"
_INNER = rf"(?:{_STOPPED}{_H}{{0,3}}|{_H}{{2,8}}|\t|(?P<space>(?<=\S){_H}))(?P<stars>\*\*|__)?"
_BEHIND = (
    rf"{_H}{{0,3}}(?:(?P<opens>[\[(（【])|[#＃№]|no\.?{_H}?|第)?{_H}{{0,2}}(?P<number>{NUMERAL})?(?!\w)(?(opens)[\])）】]?)"
    rf"{_H}{{0,3}}(?:[（(\[【/](?P<inside>[^()（）\[\]【】\n:：]{{1,40}})[）)\]】]?)?"
)
_ORDINAL = rf"第(?P<ordinal>{NUMERAL})(?:个|道)?(?:问题|问|题)"
_CLOSES = r"(?>(?:\*\*|__|[】\]*`])*)"
_ENDS = (
    rf"(?:(?P<closed>{_CLOSES}){_H}{{0,3}}(?P<colon>[:：﹕=＝])|(?P<alone>{_CLOSES}{_H}*+(?=\n|\Z))"
    rf"|(?P<framed>\*\*|__|[】\]])|(?P<stop>[.．、)）])(?=\D)|(?P<dash>{_H}[-–—](?={_H}))){_H}*+"
)
_OPENS = {"**": "**", "__": "__", "】": "【", "]": "["}
_NUMBERED_LINE = re.compile(
    rf"[^\w\n\"“]{{0,8}}(?P<number>{NUMERAL})[.．、)）:：](?:\*\*|{_H}){{0,4}}(?P<text>[^\s*][^\n]*)"
)
_OWN_NUMBER = re.compile(rf"[\[(（【]?(?P<number>{NUMERAL})(?:[)）\]】]|[.．、](?!\d)){_H}*")


def read_blocks(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """The items that stand in labelled blocks. The last is not whole where the text was cut off."""
    marks = list(_labels(text, spellings, "line"))
    groups = grouped(_with_questions(marks, text, spellings), spellings)
    ends = _ends(groups, len(text))
    pieces = []
    for number, group in enumerate(groups, 1):
        if not text[group[0].end : ends[group[-1].start]].strip() and len(group) == 1 and number < len(groups):
            continue  # ## 问题
        for inner, until in _apart(group, ends, number, text, spellings):
            start, end = inner[0].start, until[inner[-1].start]
            item = None if is_cut and end == len(text) else _item(inner, until, number, text, spellings)
            shown = "\n".join(text[mark.start : until[mark.start]].strip() for mark in inner)
            pieces.append(Piece(start, end, item, shown))
    return pieces


def _ends(groups: Sequence[Sequence[Mark]], end: int) -> dict[int, int]:
    """Where the value of each mark ends, by where the mark begins: at the next one."""
    starts = sorted(mark.start for group in groups for mark in group)
    return dict(zip(starts, [*starts[1:], end], strict=False))


def _apart(
    group: Sequence[Mark], ends: Mapping[int, int], number: int, text: str, spellings: Spellings
) -> list[tuple[Sequence[Mark], Mapping[int, int]]]:
    """A group as the item it is, or as those that are run together in it, and where their values end.

    A label within a line counts where that makes more whole items, since a speech may hold the word; where a line holds
    several fields, every label does unless that makes less."""
    start, end = group[0].start, ends[group[-1].start]
    best = [(group, ends)]
    if any(ends[one.start] != other.start for one, other in pairwise(group)):
        return best  # another item's fields stand between
    most = _score(best, number, text, spellings)
    for where in ("numbered", "all"):
        groups = grouped(list(_labels(text, spellings, where, start, end)), spellings)
        until = _ends(groups, end)
        tried: list[tuple[Sequence[Mark], Mapping[int, int]]] = [(each, until) for each in groups]
        score = _score(tried, number, text, spellings)
        if tried and (score > most or (score == most and best[0][0] is not group)):
            best, most = tried, score
    return best


def _score(
    groups: Sequence[tuple[Sequence[Mark], Mapping[int, int]]], number: int, text: str, spellings: Spellings
) -> tuple[int, int]:
    """How many items are whole, and how few are not."""
    whole = sum(_item(group, until, number, text, spellings) is not None for group, until in groups)
    return whole, whole - len(groups)


def _item(group: Sequence[Mark], until: Mapping[int, int], number: int, text: str, spellings: Spellings) -> Item | None:
    """`number` is the item's place in the answer, which a question without a number of its own may begin with."""
    is_yaml = "-" in group[0].before and all(mark.spelling == mark.name for mark in group)
    told = []
    for mark in group:
        end = until[mark.start]
        value = text[mark.end : end]
        if is_yaml:
            value = yaml_text(value, mark.name in spellings.lists)
        else:
            value = unframed(value, mark is group[-1], end == len(text), len(mark.before), mark.is_bold)
        if mark.name == spellings.first and (own := _OWN_NUMBER.match(value)):
            is_own = number_of(own["number"]) == (number if mark.number is None else mark.number)
            is_own = is_own and (mark.number is not None or value[0] not in "[【")  # [1] may cite
            value = value[own.end() :] if is_own else value
        told.append((mark.name, f"{mark.value}（{value}）" if mark.value else value))
    return checked(told, spellings)


# --- labels -------------------------------------------------------------------------------------------------


@cache
def _pattern(words: str, is_inner: bool) -> re.Pattern[str]:
    begins = rf"(?:^{_BEFORE}|{_INNER})" if is_inner else f"^{_BEFORE}(?P<space>(?!))?(?P<stars>(?!))?"
    return re.compile(rf"{begins}(?:(?P<word>{words}){_BEHIND}|{_ORDINAL}){_ENDS}", re.IGNORECASE | re.MULTILINE)


def _labels(text: str, spellings: Spellings, where: str, start: int = 0, end: int | None = None) -> Iterator[Mark]:
    """The labels in a part of a text: those at the beginning of a "line"; with those within one, of the first field
    only the "numbered" ones; or "all"."""
    behind = start
    for found in _pattern(spellings.pattern, where != "line").finditer(text, start, len(text) if end is None else end):
        mark = _mark(found, spellings, where, not text[behind : found.start()].strip())
        if mark is not None:
            behind = mark.end
            yield mark


def _mark(found: re.Match[str], spellings: Spellings, where: str, after_nothing: bool) -> Mark | None:
    """The label that was found; None where it is a word of a speech."""
    word = found["word"] or ""
    name = spellings.name_of(word) if word else spellings.first
    number = number_of(found["number"] or found["ordinal"])
    is_inner = found["before"] is None
    if name is None or not (_is_inner_label if is_inner else _is_label)(found, word, number):
        return None
    if is_inner and where == "numbered" and name == spellings.first and number is None:
        return None
    before = (found["stars"] or "") if is_inner else found["before"]
    stars = next((each for each in ("**", "__") if each in before), "*" if before.endswith("*") else "")
    is_open = bool(stars and found["colon"] and not found["closed"])
    is_closed = is_open and found.string.startswith(stars, found.end())  # **Response:** …
    end = found.end() + (len(stars) if is_closed else 0)
    return Mark(
        *(name, found.start(), end, word, number),
        after_gap=not is_inner and _is_blank(found.string, found.start() - 1),
        after_nothing=after_nothing,
        is_weak=_is_weak(found, name == spellings.first and number is not None),
        is_bold=is_open and not is_closed and len(stars) > 1,
        before=before,
        value=_choice(found["inside"], name, spellings),
    )


def _is_label(found: re.Match[str], word: str, number: int | None) -> bool:
    if found["framed"]:
        return _OPENS[found["framed"]] in found["before"]
    if found["stop"]:
        return number is not None
    return found["alone"] is None or number is not None or _is_set_off(found["before"]) or _is_long(word)


def _is_inner_label(found: re.Match[str], word: str, _: int | None) -> bool:
    return found["colon"] is not None and (not found["space"] or _is_long(word))


def _is_weak(found: re.Match[str], is_numbered_first: bool) -> bool:
    if found["alone"] is not None:
        return not is_numbered_first and not _is_set_off(found["before"])
    return not is_numbered_first and bool(found["stop"] or found["dash"] or found["framed"] in ("**", "__"))


def _is_set_off(before: str) -> bool:
    return any(each in before for each in ("#", "*", "_", "【", "["))


def _is_long(word: str) -> bool:
    """Whether a label is a word that begins no sentence by chance: no Q or 答, and no answer in small letters."""
    return not word or (len(word) > 1 and (word > "z" or word[0].isupper()))


def _is_blank(text: str, newline: int) -> bool:
    """Whether the line that ends at a line break holds nothing but marks, or there is none."""
    return newline < 0 or not text[text.rfind("\n", 0, newline) + 1 : newline].strip(" \t\xa0\u3000>#*-_=·")


def _choice(inside: str | None, name: str, spellings: Spellings) -> str | None:
    """The choice that a label says in brackets: 完整性（高）：…"""
    field = next((field for field in spellings.fields if field.name == name and field.choices), None)
    return inside if inside and field and chosen(inside, field)[0] else None


def _with_questions(marks: list[Mark], text: str, spellings: Spellings) -> list[Mark]:
    """The marks with one where a numbered line stands right before the labels, if no first field has a label."""
    if len(spellings.names) == 1 or any(mark.name == spellings.first for mark in marks):
        return marks
    whole: list[Mark] = []
    behind = 0
    for mark in marks:
        end = mark.start - 1
        while end > behind and text[end] == "\n":
            end -= 1
        begins = text.rfind("\n", 0, end + 1) + 1
        found = _NUMBERED_LINE.fullmatch(text, begins, end + 1) if begins >= behind else None
        if found is not None:
            number = number_of(found["number"])
            whole.append(Mark(spellings.first, begins, found.start("text"), "", number, after_gap=True))
        whole.append(mark)
        behind = mark.end + 1
    return whole
