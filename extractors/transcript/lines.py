"""A transcript's lines, and which of them are no speech by their form: headings, rows of stars, directions."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from extractors.reading import Heading
from extractors.transcript.brackets import PAIRS, find_brackets

__all__ = ["ROW_MARKS", "SPOKEN", "Line", "LineKind", "find_lines", "scene_mark"]

LineKind = Literal["text", "heading", "row", "direction"]
SPOKEN = ("text", "direction")
"""The kinds of a line that may be a speech's."""

_UNSEEN = "\ufeff\u200b"
_MARGIN = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _UNSEEN
_RUN = re.compile(r"[^\r\n]+")
_ONE_LINE_END = frozenset({"\n", "\r\n", "\r", "\r\r\n"})
_WIDTHS = {"\t": 8, "　": 2, "\ufeff": 0, "\u200b": 0}

_NUMERAL = "[零〇一二三四五六七八九十廿卅百千两0-9０-９]{1,8}"
_NUMBER = (
    r"(?:[ivxlc]{1,8}|\d{1,4}[a-z]?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"(?:the\s)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last))"
)
_DAYTIME = "(?:日|夜|晨|昏|清晨|早晨|早上|上午|中午|下午|傍晚|黄昏|晚上|夜晚|深夜|凌晨|白天)"
_SIDE = "(?:内外?|外|内/外)"  # of a house
_GAP = r"[ \t　·・•/／.，,、—-]{1,3}"
# a screenplay's number, place, time of day and side, of which the last two tell it from a list's entry
_CHINESE_SCENE = (
    rf"(?:\d{{1,3}}(?:[-－—.]\d{{1,3}})?[.、．:：]?[ \t　]{{0,4}})?(?:"
    rf"{_SIDE}景(?:$|[ \t　·・•/／.，,、:：—-])[^\r\n。！？!?]{{1,40}}"
    rf"|(?:[^\s·・。！？!?：:，,]{{1,15}}{_GAP}){{1,3}}?(?:{_DAYTIME}景?(?:{_GAP})?{_SIDE}景?|{_SIDE}景?(?:{_GAP})?{_DAYTIME}景?))"
)
_HEADING = re.compile(
    r"\#{1,6}[ \t　]+\S"
    r"|(?:int\.?\s?/\s?ext|ext\.?\s?/\s?int|int|ext|est|i\.?/e)\.[ \t]{0,4}\S|(?:int\.?/ext|ext\.?/int|i/e)[ \t]\S"
    r"|第" + _NUMERAL + r"[幕场集回章折节景部出季](?:$|[\s:：,，、.。·—-])"
    r"|[序终]幕(?:$|[\s:：])|(?:序章|楔子|尾声)(?:$|[\s:：])"
    r"|场景[:：]|场[景次]?[ \t　]?" + _NUMERAL + r"(?:$|[\s:：,，、.。·—-])"
    r"|" + _CHINESE_SCENE + r"$"
    r"|scene[ \t]?[:：]"
    r"|(?:act|scene|prologue|epilogue|episode|part|chapter)(?:[ \t]" + _NUMBER + r")(?![^\s.:,;—–-])"
    r"(?:[ \t]{0,4}$|[ \t]{0,4}[.:,;—–-]|[ \t]{1,4}(?=[^a-z]{1,100}$))"
    r"|(?:prologue|epilogue)\.?$",
    re.IGNORECASE,
)
_LONGEST_HEADING = 200
_MAY_OPEN_HEADING = frozenset("#第序终楔尾场内外0123456789SsAaPpEeIiCc")
_ROW = re.compile(r"(?>(?:[*\-=_~#—–―─━·•◇◆○●☆★※＊]\s?+){3,})$")
ROW_MARKS = "*-=_~—–―─━"
"""What a row with a date in it, which is a heading, is made of."""
_DATED_ROW = re.compile(
    r"[*=_~—–―─━-]{2,}+\s{0,4}+(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})[^*=_~—–―─━\r\n-]{0,20}+"
    r"[*=_~—–―─━-]{2,}$"
)
_MAY_OPEN_ROW = frozenset("*-=_~#—–―─━·•◇◆○●☆★※＊")
_STARRED = re.compile(r"(\*{1,3}|_{1,2})(?=[^\s*_])[^*_]{1,2000}(?<=\S)\1$")
_DIRECTED_SCENE = re.compile(r"\s{0,4}(?:scene\b|场景|第" + _NUMERAL + "[幕场])", re.IGNORECASE)
_LABELLED = re.compile(r"[^:：\r\n]{1,30}[:：]")
_MOST_LINES_OF_A_DIRECTION = 12
_CLOSED = "".join(PAIRS.values())
_STOPS = ".。 \t　"


class Line(NamedTuple):
    """A line without the white space around it. `indent` is in columns; `follows` where no blank line stands before."""

    start: int
    end: int
    indent: int
    follows: bool
    kind: LineKind


def find_lines(text: str, headings: Collection[Heading] = ()) -> list[Line]:
    """Every line that is not blank, in order; `headings` are the lines that the format marks as such.

    A direction in brackets that runs over several lines is one `Line`.
    """
    marked = frozenset(headings)
    lines: list[Line] = []
    may_run_on = False
    reached = 0  # where the last line that is not blank ends, its line end excluded
    for run in _RUN.finditer(text):
        piece = run[0]
        kept = piece.strip()
        if not kept or kept[0] in _UNSEEN or kept[-1] in _UNSEEN:
            kept = piece.strip(_MARGIN)
            if not kept:
                continue
        before = piece[: piece.index(kept[0])] if piece[0] != kept[0] else ""
        start = run.start() + len(before)
        end = start + len(kept)
        follows = bool(lines) and text[reached : run.start()] in _ONE_LINE_END
        kind: LineKind = "heading" if (start, end) in marked else _kind(text, start, end)
        lines.append(Line(start, end, _columns(before) if before else 0, follows, kind))
        reached = run.end()
        may_run_on = may_run_on or (kind == "text" and kept[0] in PAIRS)
    return list(_with_long_directions(text, lines)) if may_run_on else lines


def scene_mark(text: str, line: Line) -> str:
    """How a heading is marked, in a few words for the user."""
    first = text[line.start]
    if first == "#":
        return "after #"
    if first in ROW_MARKS:
        return "under dates"
    if first in PAIRS:
        return f"in {first}brackets{PAIRS[first]}"
    if first.isdigit():
        return "under numbers"
    word = re.split(r"[\s:：·・,，、]", text[line.start : line.end], maxsplit=1)[0]
    return "under " + re.sub(_NUMERAL, "…", word.rstrip(".:：,，"))


@lru_cache(maxsize=1024)  # a document has few margins, and has them often
def _columns(margin: str) -> int:
    return sum(_WIDTHS.get(mark, 1) for mark in margin)


def _kind(text: str, start: int, end: int) -> LineKind:
    first = text[start]
    if first in _MAY_OPEN_ROW:
        if _ROW.match(text, start, end):
            return "row"
        if _DATED_ROW.match(text, start, end):
            return "heading"
    if first in _MAY_OPEN_HEADING and end - start <= _LONGEST_HEADING and _HEADING.match(text, start, end):
        return "heading"
    if first in PAIRS and _is_direction(text, start, end):
        return "heading" if _DIRECTED_SCENE.match(text, start + 1, end) else "direction"
    if first in "*_" and _STARRED.match(text, start, end):
        return "direction"
    return "text"


def _is_direction(text: str, start: int, end: int) -> bool:
    """Whether all words of a line stand in brackets."""
    if text[start:end].rstrip(_STOPS)[-1] not in _CLOSED:
        return False
    pairs = find_brackets(text, start, end)
    reached = start
    for opening, closing in pairs:
        if any(map(str.isalnum, text[reached:opening])):
            return False
        reached = closing + 1
    return bool(pairs) and pairs[0][0] == start and not any(map(str.isalnum, text[reached:end]))


def _with_long_directions(text: str, lines: list[Line]) -> Iterator[Line]:
    """The lines, those made one that a bracket opens and a later one closes at its end, no label among them."""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.kind == "text" and text[line.start] in PAIRS:
            last = _last_of_direction(text, lines, number - 1)
            if last is not None:
                end = lines[last].end
                is_scene = _DIRECTED_SCENE.match(text, line.start + 1, end)
                line = line._replace(end=end, kind="heading" if is_scene else "direction")
                number = last + 1
        yield line


def _last_of_direction(text: str, lines: list[Line], first: int) -> int | None:
    start = lines[first].start
    if any(opening == start for opening, _ in find_brackets(text, start, lines[first].end)):
        return None
    for number in range(first + 1, min(first + _MOST_LINES_OF_A_DIRECTION, len(lines))):
        line = lines[number]
        if not line.follows or line.kind not in ("text", "direction") or _LABELLED.match(text, line.start, line.end):
            return None
        if _is_direction(text, start, line.end) and find_brackets(text, start, line.end)[-1][0] == start:
            return number
    return None
