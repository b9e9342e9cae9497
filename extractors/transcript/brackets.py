"""Brackets, and the marks that enclose a whole stretch of text."""

import re

__all__ = ["PAIRS", "QUOTES", "find_brackets", "is_enclosed", "opens_quote", "trim"]

_Span = tuple[int, int]

PAIRS = {"(": ")", "[": "]", "（": "）", "［": "］", "【": "】", "〔": "〕"}
"""Each opening bracket of a direction, and its closing one."""

_FAMILIES = ("(（)）", "[［]］", "【】", "〔〕")
_KIND = {mark: family for family, marks in enumerate(_FAMILIES) for mark in marks}
_BRACKET = re.compile(rf"[{re.escape(''.join(_FAMILIES))}]")
QUOTES = {"「": "」", "『": "』", "“": "”", '"': '"', "＂": "＂"}
"""Each opening quote mark of a speech, and its closing one."""


def find_brackets(text: str, start: int, end: int) -> list[_Span]:
    """The outermost pairs of brackets in `text[start:end]`, in order: the places of both brackets.

    A full-width bracket may close a narrow one. What is never closed, or never opened, makes no pair.
    """
    if _BRACKET.search(text, start, end) is None:
        return []
    opened: list[tuple[int, int]] = []
    counts = [0] * len(_FAMILIES)
    pairs: list[_Span] = []
    for found in _BRACKET.finditer(text, start, end):
        mark, kind = found[0], _KIND[found[0]]
        if mark in PAIRS:
            opened.append((kind, found.start()))
            counts[kind] += 1
        elif counts[kind]:
            while True:
                popped, place = opened.pop()
                counts[popped] -= 1
                if popped == kind:
                    break
            while pairs and pairs[-1][0] > place:  # inside this one
                pairs.pop()
            pairs.append((place, found.start()))
    return pairs


def is_enclosed(text: str, start: int, end: int) -> bool:
    """Whether one pair of quote marks holds all of `text[start:end]`."""
    if end - start < 3:
        return False
    opening = text[start]
    closing = QUOTES.get(opening)
    if closing is None or text[end - 1] != closing:
        return False
    if opening == closing:
        return text.find(opening, start + 1, end - 1) < 0
    depth = 0
    for found in re.finditer(f"[{opening}{closing}]", text[start:end]):
        depth += 1 if found[0] == opening else -1
        if depth <= 0:
            return found.start() == end - start - 1
    return False


def opens_quote(text: str, start: int, end: int) -> bool:
    """Whether a line opens with a quote that holds the rest of it, closed at its end or not yet."""
    closing = QUOTES.get(text[start : start + 1])
    return closing is not None and (is_enclosed(text, start, end) or text.find(closing, start + 1, end) < 0)


def trim(text: str, start: int, end: int) -> _Span:
    """`start` and `end` without the white space inside them; they are equal where there is nothing else."""
    if start < end and not text[start].isspace() and not text[end - 1].isspace():
        return start, end
    piece = text[start:end]
    kept = piece.strip()
    if not kept:
        return start, start
    start += len(piece) - len(piece.lstrip())
    return start, start + len(kept)
