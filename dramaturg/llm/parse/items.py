"""What all forms share: values under names are put together to items, and an item is checked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dramaturg.llm.parse.spellings import Spellings
from prompts import Field

__all__ = ["Item", "Mark", "Piece", "checked", "chosen", "grouped", "is_nothing", "listed"]

Item = dict[str, Any]
"""The fields of an item by name: text, one of a field's choices, or a list of texts."""

_HALF_A_LETTER = re.compile("[\ud800-\udfff]")
"""A surrogate alone: what JSON may hold and nobody can write down."""
_BETWEEN = re.compile(r"[;；\n、]|,(?=\s)|，|<br ?/?>")
_BETWEEN_NUMBERS = re.compile(r"[\s,，、;；]+")
_ONLY_NUMBERS = re.compile(r"[\[［(（]?([\d\s,，、;；]+)[\]］)）]?")
_BULLET = re.compile(r"^\s*(?:[-*•]\s|[-*•](?=\D)|\d{1,2}[.、)](?=\s*[^\s\d]))\s*")  # a number alone is a text
_AROUND = " \t\r\n\"'“”「」『』‘’*_`"
_BRACKETS = ("(（", ")）"), ("[【［", "]】］")
_NONE = frozenset({"", "无", "没有", "none", "n/a", "（无）", "(none)", "…"})
_NOTHING = frozenset({"", "n/a", "null", "（无）", "(none)", "（空）", "(empty)", "[empty]", "（略）"})

_NOTE_LABEL = re.compile(r"(?:理由|原因|说明|reason|explanation|because)\s*[:：]\s*", re.IGNORECASE)
_OTHER = r"(?:很|较|非常|very )?(?:高|低|中|high|low|medium|moderate|middle)"
_UNDECIDED = re.compile(rf"\s*(?:[/|／｜~～]|or\b|to\b|and\b)\s*{_OTHER}|[-–]{_OTHER}", re.IGNORECASE)
_OR = re.compile(r"\s*(?:[/|／｜~～]|or\b|to\b|and\b|或)\s*|[-–](?=\S)", re.IGNORECASE)
_BETWEEN_CHOICES = re.compile(r"中等|medium|moderate", re.IGNORECASE)
_AT_ITS_END = re.compile(r"[—–\-,，。.;；\n][\s—–\-]*(?P<last>[^—–\-,，。.;；\n]{1,20})\Z")
_STOPS = " \t\r\n\xa0\u3000:：，,。.;；*-—–"


@dataclass(frozen=True, slots=True)
class Mark:
    """That a field's value begins: `start` is where its label stands, `end` where the value does.

    `after_gap` where an empty line is before it, `after_nothing` where the value of the mark before is empty,
    `is_weak` where it may be no label at all, `is_bold` where the stars before it are not ended with it; `before` is
    what stands before it in its line. `value` is the value where the form knows it, or what the label says of it.
    """

    name: str
    start: int
    end: int
    spelling: str = ""
    number: int | None = None
    after_gap: bool = False
    after_nothing: bool = False
    is_weak: bool = False
    is_bold: bool = False
    before: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer that looks like an item: `item` is None where it cannot be read, or is not whole."""

    start: int
    end: int
    item: Item | None
    text: str


# --- from marks to items ------------------------------------------------------------------------------------


def grouped(marks: Sequence[Mark], spellings: Spellings) -> list[list[Mark]]:
    """The marks of each item, the complete ones and the others, in whichever order an item has its fields.

    A group where a field stands twice is two items of which nobody can say what belongs to which.
    """
    if by_number := _by_number(marks, spellings):
        return by_number
    named = next((mark.name for mark in marks if mark.name in spellings.names), spellings.first)
    tries = [_in_turn(marks, leader, spellings) for leader in dict.fromkeys((spellings.first, named))]
    if len(tries) > 1:
        tries.sort(key=lambda groups: _likelihood(groups, spellings), reverse=True)
    return _doubted(tries[0], spellings)


def _by_number(marks: Sequence[Mark], spellings: Spellings) -> list[list[Mark]]:
    """Groups of equal numbers, where every label has one: all questions may stand before all answers."""
    groups: dict[int, list[Mark]] = {}
    seen: set[tuple[str, int]] = set()
    last: list[Mark] = []
    for mark in marks:
        if mark.name in spellings.notes and mark.number is None:
            last.append(mark)
            continue
        if mark.number is None or (mark.name, mark.number) in seen:
            return []
        seen.add((mark.name, mark.number))
        last = groups.setdefault(mark.number, [])
        last.append(mark)
    return list(groups.values())


def _in_turn(marks: Sequence[Mark], leader: str, spellings: Spellings) -> list[list[Mark]]:
    """Groups that begin where the leader does, or a field that is there already."""
    groups: list[list[Mark]] = []
    group: dict[str, Mark] = {}

    def begin(mark: Mark) -> None:
        nonlocal group
        if group:
            groups.append(list(group.values()))
        group = {mark.name: mark}

    for place, mark in enumerate(marks):
        held = group.get(mark.name)
        if mark.name in spellings.notes:
            if group and held is None:
                group[mark.name] = mark
        elif not group:
            begin(mark)
        elif mark.name == leader:
            if mark.after_nothing and len(group) == 1 and held is not None:
                group = {}  # a heading above it: 第二题
                begin(mark)
            elif not _is_said(marks, place, group, leader, spellings):
                begin(mark)
        elif held is not None:
            is_word = (mark.spelling != held.spelling or mark.is_weak) and not mark.after_gap
            if not is_word:
                begin(mark)
        elif mark.number is not None and any(each.number not in (None, mark.number) for each in group.values()):
            begin(mark)
        else:
            group[mark.name] = mark
    if group:
        groups.append(list(group.values()))
    return groups


def _is_said(marks: Sequence[Mark], place: int, group: Mapping[str, Mark], leader: str, spellings: Spellings) -> bool:
    """Whether what looks like the next item's first label is said within this one's last field: it has no number where
    this one has, stands in the same paragraph, and begins no item."""
    mark = marks[place]
    if mark.after_gap or mark.number is not None or not spellings.required <= group.keys():
        return False
    if group[leader].number is None and not (mark.is_weak or mark.spelling != group[leader].spelling):
        return False
    ahead = {mark.name}
    for later in marks[place + 1 : place + 1 + 2 * len(spellings.names)]:
        if later.name in ahead:
            break
        ahead.add(later.name)
    return not spellings.required <= ahead


def _likelihood(groups: Sequence[Sequence[Mark]], spellings: Spellings) -> tuple[int, int, int]:
    begins = [group[0] for group in groups]
    complete = sum(spellings.required <= {mark.name for mark in group} for group in groups)
    return complete, sum(mark.number is not None for mark in begins), sum(mark.after_gap for mark in begins)


def _doubted(groups: list[list[Mark]], spellings: Spellings) -> list[list[Mark]]:
    """The groups, two in one where the second lacks its beginning and the first has a field out of its order: the
    field may be the second's."""
    orders = [[mark.name for mark in group if mark.name in spellings.names] for group in groups]
    asked = [field.name for field in spellings.fields]
    complete = Counter(tuple(order) for order in orders if len(order) == len(asked))
    (commonest, times), *_ = complete.most_common(1) or [((), 0)]
    usual = list(commonest) if times > 1 else asked
    doubted: list[list[Mark]] = []
    for group, order in zip(groups, orders, strict=True):
        before = doubted[-1] if doubted else []
        ordered = [mark.name for mark in before if mark.name in spellings.names]
        is_out = len(ordered) == len(usual) and ordered != usual
        if before and is_out and order and order[0] != usual[0]:
            doubted[-1] = before + group
        else:
            doubted.append(group)
    return doubted


# --- an item ------------------------------------------------------------------------------------------------


def checked(told: Iterable[tuple[str, Any]], spellings: Spellings) -> Item | None:
    """The item that values by name are; None where one is missing, empty, none of its choices, or there twice."""
    pairs = list(told)
    values = dict(pairs)
    if len(pairs) != len(values):
        return None
    item: Item = {}
    for field in spellings.fields:
        value = values.get(field.name)
        if isinstance(value, bool | int | float) and not (field.is_list or field.choices):
            return None
        if field.is_list:
            if isinstance(value, bool | Mapping) or (value is None and not field.optional):
                return None
            item[field.name] = [] if value is None else listed(value)
        elif field.choices:
            choice, note = chosen(value if isinstance(value, str) else str(value), field)
            if choice is None:
                return None
            item[field.name] = choice
            if field.note:
                reason = values.get(field.note)
                item[field.note] = (reason.strip() if isinstance(reason, str) else "") or note
        elif not isinstance(value, str) or is_nothing(value) or _HALF_A_LETTER.search(value):
            return None
        else:
            item[field.name] = value.strip()
    return item


def is_nothing(value: str) -> bool:
    """Whether a text only holds the place of one."""
    return value.strip().lower() in _NOTHING


def chosen(value: str, field: Field) -> tuple[str | None, str]:
    """The choice that a value is, as we call it, and the reason behind or before it: 高（…）, （…）高, high - …"""
    value = value.strip(_AROUND).partition("\n\n")[0].strip(_AROUND)
    words = Spellings.choices(field)
    inside, behind = _bracketed(value)
    for choice, note in ((inside, behind), (behind, inside)):
        if (ours := words.get(choice.strip(_AROUND + _STOPS).lower())) is not None:
            return ours, _note(note)
    lower = value.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = value[len(word) :]
        if lower.startswith(word) and not rest[:1].isalnum():
            return (None, "") if _is_undecided(rest, field) else (words[word], _note(rest))
    plain = value.rstrip("。.!！ \n")
    found = _AT_ITS_END.search(plain, max(0, len(plain) - 40))
    if found is None or found.start() == 0 or _BETWEEN_CHOICES.search(value):
        return None, ""
    return words.get(found["last"].strip(_AROUND).lower()), _note(plain[: found.start()])


def _is_undecided(rest: str, field: Field) -> bool:
    """Whether behind a choice another follows: 高或低, yes/no, 4-5."""
    if _UNDECIDED.match(rest):
        return True
    own = tuple(each.lower() for each in (field.choices or {}).values())
    between = _OR.match(rest)
    return between is not None and rest[between.end() :].lower().startswith(own)


def _bracketed(text: str) -> tuple[str, str]:
    """What stands in the brackets that a text begins with, half- or full-width, and what behind; ("", text) if none."""
    for opens, closes in _BRACKETS:
        if text[:1] and text[0] in opens:
            depth = 0
            for place, letter in enumerate(text):
                depth += (letter in opens) - (letter in closes)
                if not depth:
                    return text[1:place].strip(), text[place + 1 :]
    return "", text


def _note(text: str) -> str:
    text = text.strip(_STOPS)
    inside, behind = _bracketed(text)
    if inside and not behind.strip(_STOPS):
        text = inside
    elif text[-1:] in ")）" and not any(each in text for each in "(（"):
        text = text[:-1]  # （完整性：高，…）
    return _NOTE_LABEL.sub("", text.strip(" *"), count=1).strip()


def listed(value: Any) -> list[str]:
    """The texts of a list, or of a value that stands for one: numbers, lines, what semicolons or commas part."""
    if isinstance(value, str):
        numbers = _ONLY_NUMBERS.fullmatch(value.strip())
        values: Iterable[Any] = _BETWEEN_NUMBERS.split(numbers[1]) if numbers else _BETWEEN.split(value)
    else:
        values = value if isinstance(value, Iterable) else [value]
    return list(dict.fromkeys(_texts(values)))


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        text = _BULLET.sub("", str(value)).strip(_AROUND).strip()
        if value is not None and text.lower() not in _NONE:
            yield text
