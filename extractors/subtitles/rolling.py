"""Captions that roll: each cue shows the row or rows of the one before once more and, mostly, a new one below.

So YouTube writes what it recognises, and so do live captions: a row is there twice or thrice, and between two cues one
of ten milliseconds shows what is there already. A file is taken for such where more than half of the cues that follow
at once begin with rows that the one before ends in, and some of these have new rows below. What is shown again in it
is left out; a file in which people say the same twice is none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from extractors.subtitles.markup import Cue

__all__ = ["without_repeated_rows"]

_AT_ONCE = 100  # milliseconds
_MOST_ROWS = 4  # that captions show
_FEWEST_NEW = 2  # cues with rows shown again and new ones below
_SHARE_OF_NEW = 0.2
_REPEATED = "row shown again"


def without_repeated_rows(cues: Sequence[Cue]) -> tuple[list[Cue], Counter[str]]:
    """The cues, in order of their start, each row once in a file of rolling captions; and how many rows were left out.

    A cue of which nothing is left is not among them.
    """
    shown = [number for number, cue in enumerate(cues) if cue.rows]
    repeated = {number: _repeated(cues[before], cues[number]) for before, number in pairwise(shown)}
    pairs = [number for before, number in pairwise(shown) if abs(cues[number].start - cues[before].end) <= _AT_ONCE]
    rolls = [number for number in pairs if repeated[number]]
    new = sum(repeated[number] < len(cues[number].rows) for number in rolls)
    if 2 * len(rolls) <= len(pairs) or new < max(_FEWEST_NEW, _SHARE_OF_NEW * len(rolls)):
        return list(cues), Counter()
    at_once = frozenset(pairs)
    kept: list[Cue] = []
    counts: Counter[str] = Counter()
    for number, cue in enumerate(cues):
        again = repeated.get(number, 0) if number in at_once else 0
        counts[_REPEATED] += again
        if not again or again < len(cue.rows):
            kept.append(replace(cue, rows=cue.rows[again:]))
    return kept, +counts


def _repeated(before: Cue, cue: Cue) -> int:
    """How many rows a cue begins with that the one before it ends in."""
    for count in range(min(len(before.rows), len(cue.rows), _MOST_ROWS), 0, -1):
        last = before.rows[-count:]
        if all(row.text == again.text for row, again in zip(last, cue.rows[:count], strict=True)):
            return count
    return 0
