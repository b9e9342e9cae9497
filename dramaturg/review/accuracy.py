"""How many of a script's lines have the right speaker, told from those that a person has looked at.

Lines are looked at in two ways: those that the extractor is least sure of, or that somebody came across, say nothing
of the others; those that chance drew say something of all. So the former are counted as they are, and the share of
right ones among all others is estimated from the drawn ones: stratified sampling, of which one stratum is known whole
(Cochran, Sampling Techniques, 3rd ed., ch. 5), with Wilson's interval (1927) for the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from dramaturg.curate.rows import span_key
from dramaturg.script import Utterance
from dramaturg.workspace import digest

__all__ = ["LEAST_DRAWN", "LEAST_REVIEWED", "Accuracy", "estimate_accuracy", "in_order"]

LEAST_REVIEWED = 50
LEAST_DRAWN = 20

_Z = 1.959964  # of 95 % in the normal distribution


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of the spoken lines whose speaker the extractor has right, in [0, 1], with its 95 % interval from
    `low` to `high`; `after` is the share once those found wrong are corrected. `drawn` of the `reviewed` lines were
    chosen by chance."""

    reviewed: int
    drawn: int
    estimate: float
    low: float
    high: float
    after: float


def estimate_accuracy(lines: int, known: Sequence[bool], drawn: Sequence[bool]) -> Accuracy | None:
    """Of `lines` spoken lines, whether the extractor was right in each of those drawn by chance, and in each of the
    other ones that were looked at, which are `known`. None before 50 were, 20 of them drawn.

    Raises ValueError where more were looked at than there are.
    """
    reviewed = len(known) + len(drawn)
    if reviewed > lines:
        raise ValueError(f"{reviewed} of {lines} lines")
    if reviewed < min(LEAST_REVIEWED, lines) or (len(drawn) < LEAST_DRAWN and reviewed < lines):
        return None
    others = lines - len(known)
    right, count = sum(drawn), len(drawn)
    share = right / count if count else 1.0
    low, high = _wilson(right, count, others)
    wrong = reviewed - sum(known) - right

    def of_all(part: float) -> float:
        return (sum(known) + others * part) / lines if lines else 1.0

    return Accuracy(
        reviewed, count, of_all(share), of_all(low), of_all(high), min(1.0, of_all(share) + wrong / max(lines, 1))
    )


def _wilson(right: int, count: int, of: int) -> tuple[float, float]:
    """The interval of a share seen `right` times in `count`, drawn out of `of` without putting back."""
    if count >= of:
        share = right / count if count else 1.0
        return share, share
    size = count * (of - 1) / (of - count)  # as many draws with putting back tell as much
    share, square = right / count, _Z * _Z
    middle = (share + square / (2 * size)) / (1 + square / size)
    half = _Z / (1 + square / size) * sqrt(share * (1 - share) / size + square / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


def in_order(lines: Iterable[tuple[int, Utterance]]) -> list[tuple[int, bool]]:
    """In which order the lines are to be looked at, and whether chance has drawn each: in turn the one that the
    extractor is least sure of, and one drawn. What chance draws next is the same for everybody, whatever was drawn."""
    every = list(lines)
    unsure = sorted(every, key=lambda each: (each[1].speaker_confidence, each[0]))
    drawn = sorted(every, key=lambda each: digest("drawn", span_key(each[1].span)))
    taken: set[int] = set()
    order: list[tuple[int, bool]] = []
    ways = [iter(unsure), iter(drawn)]
    while len(order) < len(every):
        for is_drawn, way in enumerate(ways):
            number = next((number for number, _ in way if number not in taken), None)
            if number is not None:
                taken.add(number)
                order.append((number, bool(is_drawn)))
    return order
