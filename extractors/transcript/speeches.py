"""A labelled speech cut into what is said and the directions that stand in it."""

import re
from collections.abc import Iterator

from dramaturg.script import Kind
from extractors.transcript.brackets import find_brackets, is_enclosed, trim

__all__ = ["find_pieces"]

_STARRED = re.compile(r"(\*{1,3}|_)(?=[^\s*_])[^*_]+(?<=\S)\1$")
_MERE_STOPS = frozenset("。．.，,、；;：:”\"」』’' \t\r\n　")
_STOP_AFTER = re.compile(r"\s*[,，。.;；、](?![.。])")
_GLOSSED = re.compile(r"[\u3400-\u9fff]")
_DONE_IN_A_WORD = frozenset("笑哭唱白喊怒叹愣指跪站坐念")


def find_pieces(text: str, start: int, end: int, *, is_quoted: bool, is_told: bool) -> Iterator[tuple[Kind, int, int]]:
    """The speech's pieces in order: speech, and in brackets action, each with its start and end.

    Where a document `is_quoted`, quote marks around a piece are left out. What `is_told` by the narrator is one piece.
    """
    if is_quoted and is_enclosed(text, start, end):
        start, end = trim(text, start + 1, end - 1)
    if is_told:
        if start < end:
            yield "narration", start, end
        return
    if start < end and text[start] in "*_" and _STARRED.match(text, start, end):
        mark = _STARRED.match(text, start, end)
        assert mark is not None
        yield "action", start + len(mark[1]), end - len(mark[1])
        return
    directions = [pair for pair in find_brackets(text, start, end) if _is_direction(text, *pair, start, end)]
    if not directions:
        if start < end:
            yield "speech", start, end
        return
    reached = start
    for opening, closing in directions:
        yield from _spoken(text, reached, opening, is_quoted)
        yield ("action", *trim(text, opening + 1, closing))
        reached = closing + 1
    yield from _spoken(text, reached, end, is_quoted)


def _spoken(text: str, start: int, end: int, is_quoted: bool) -> Iterator[tuple[Kind, int, int]]:
    """What is said between two directions, where it is more than the comma or full stop after one."""
    stop = _STOP_AFTER.match(text, start, end)
    start, end = trim(text, stop.end() if stop else start, end)
    if is_quoted and is_enclosed(text, start, end):
        start, end = trim(text, start + 1, end - 1)
    if not _MERE_STOPS.issuperset(text[start:end]):
        yield "speech", start, end


def _is_direction(text: str, opening: int, closing: int, start: int, end: int) -> bool:
    """Whether brackets hold a direction: words, and not a part of the word before them, as in 市(世) or word(s)."""
    inside = text[opening + 1 : closing]
    if not any(map(str.isalpha, inside)):
        return False
    before = text[opening - 1] if opening > start else ""
    after = text[closing + 1] if closing + 1 < end else ""
    if not before.isalnum():
        return True
    if not _GLOSSED.match(before):
        return not inside.isascii()
    return not (len(inside) == 1 and after.isalnum() and inside not in _DONE_IN_A_WORD)
