"""How a speech goes on in lines without a label."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from extractors.transcript.labels import Label
from extractors.transcript.lines import Line

__all__ = ["SENTENCE_ENDS", "Continuation", "infer_continuation"]

Continuation = Literal["never", "indented", "wrapped"]

_NARROWEST_WRAP = 40  # columns
_WIDEST_WRAP = 140
_USUAL = 0.5
SENTENCE_ENDS = ".!?…。！？~～—\"'”’」』)）]】*"
"""What a line ends in that ends a sentence."""
_MAY_END = SENTENCE_ENDS + "：:;；"


def infer_continuation(text: str, lines: Sequence[Line], labels: Sequence[Label | None]) -> Continuation:
    """How a speech goes on in lines without a label, where that is usual in the document."""
    indents = Counter(line.indent for line, label in zip(lines, labels, strict=True) if label is not None)
    usual, count = indents.most_common(1)[0]
    first = next(number for number, label in enumerate(labels) if label is not None)
    rest = [(line, label) for line, label in zip(lines[first:], labels[first:], strict=True)]
    if count > _USUAL * indents.total():
        after = [
            line.indent > usual
            for (_, before), (line, label) in pairwise(rest)
            if before is not None and label is None and line.kind == "text"
        ]
        if after and sum(after) > _USUAL * len(after):
            return "indented"
    pairs = [
        (line, below)
        for (line, before), (below, label) in pairwise(rest)
        if label is None
        and not (before and before.body >= line.end)
        and below.follows
        and line.kind == below.kind == "text"
    ]
    if not pairs:
        return "never"
    widest = max(line.end - line.start for line, _ in rest if line.kind == "text")
    columns = widest * (2 if _is_chinese(text[lines[first].end - 1]) or _is_chinese(text[lines[first].start]) else 1)
    is_narrow = columns < _NARROWEST_WRAP and any(line.follows for line, label in rest if label is not None)
    broken = sum(_is_broken(text, line, below, widest) for line, below in pairs)
    return "wrapped" if not is_narrow and columns <= _WIDEST_WRAP and broken > _USUAL * len(pairs) else "never"


def _is_broken(text: str, line: Line, below: Line, widest: int) -> bool:
    """Whether a line ends where it does for want of room: the next one's first word had none, or goes on its
    sentence."""
    width = line.end - line.start
    opening = text[below.start]
    word = 0 if _is_chinese(opening) else text.find(" ", below.start, below.end) - below.start
    if width + 1 + (word if word >= 0 else below.end - below.start) > widest:
        return True
    is_open = text[line.end - 1] not in _MAY_END
    return is_open and not opening.isupper() and 2 * width > widest


def _is_chinese(mark: str) -> bool:
    return "\u3000" <= mark <= "\uffef"
