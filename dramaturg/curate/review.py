"""What judgements come to: how the rows fare, in the shape of RoleLLM's review of quality (arXiv 2310.00746), and how
far the judge is to be believed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from dramaturg.curate.quality import Comparison, Judgement, Kind

__all__ = ["Review", "Tally", "Trust", "review"]

_KINDS: tuple[Kind, ...] = ("dialogue", "triplet", "boundary", "general")


@dataclass(frozen=True, slots=True)
class Tally:
    """Of judged rows: how many, the share of yes to each question, the mean score of style. The share of `correct` is
    of those `decided`, of which yes or no was said; None where it is none."""

    rows: int
    answers: float
    style: float
    correct: float | None
    decided: int
    score: float


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a judge is to be believed.

    Of the rows that it was asked about twice (`again`), the shares of equal verdicts to each question and of equal
    scores, and of scores at most 1 apart. Of rows with an answer that is to no question (`off_topic`), how many it saw
    through: one that says yes to everything sees through none. Of pairs compared in both orders (`pairs`), how many
    came out the same; of all comparisons in which one was preferred (`preferred`), how often the first that was shown:
    half of the time where it makes no difference.
    """

    again: int
    agreement: Mapping[str, float]
    within_1: float | None
    off_topic: int
    seen_through: int
    pairs: int
    same_in_both_orders: int
    preferred: int
    first_preferred: int


@dataclass(frozen=True, slots=True)
class Review:
    """The rows' tallies by kind, those of all, the judges' names, and whether they are to be believed."""

    models: tuple[str, ...]
    by_kind: Mapping[Kind, Tally]
    all: Tally
    trust: Trust


def review(judgements: Sequence[Judgement], comparisons: Iterable[Comparison] = ()) -> Review | None:
    """What judgements and comparisons come to; None where no row was judged."""
    rows = [each for each in judgements if each.trial == "row"]
    if not rows:
        return None
    found = {kind: own for kind in _KINDS if (own := [each for each in rows if each.kind == kind])}
    models = tuple(sorted({each.model for each in rows}))
    by_kind = {kind: _tally(own) for kind, own in found.items()}
    return Review(models, by_kind, _tally(rows), _trust(judgements, list(comparisons)))


def _tally(rows: Sequence[Judgement]) -> Tally:
    decided = [each.correct == "yes" for each in rows if each.correct != "unknown"]
    return Tally(
        len(rows),
        mean(each.answers == "yes" for each in rows),
        mean(each.style == "yes" for each in rows),
        mean(decided) if decided else None,
        len(decided),
        mean(each.score for each in rows),
    )


def _trust(judgements: Iterable[Judgement], comparisons: Sequence[Comparison]) -> Trust:
    judged: dict[str, dict[tuple[Kind, str, int], Judgement]] = {"row": {}, "again": {}, "off_topic": {}}
    for each in judgements:
        judged[each.trial][each.kind, each.judged_request, each.item] = each
    twice = [(judged["row"][place], again) for place, again in judged["again"].items() if place in judged["row"]]
    agreement = {
        name: mean(getattr(one, name) == getattr(other, name) for one, other in twice)
        for name in ("answers", "style", "correct", "score")
        if twice
    }
    by_order = {(each.first, each.second): each for each in comparisons}
    pairs = [
        (each, by_order[each.second, each.first])
        for (first, second), each in by_order.items()
        if first < second and (second, first) in by_order
    ]
    preferred = [each.better for each in comparisons if each.better != "tie"]
    return Trust(
        again=len(twice),
        agreement=agreement,
        within_1=mean(abs(one.score - other.score) <= 1 for one, other in twice) if twice else None,
        off_topic=len(judged["off_topic"]),
        seen_through=sum(each.answers == "no" for each in judged["off_topic"].values()),
        pairs=len(pairs),
        same_in_both_orders=sum(_winner(one) == _winner(other) for one, other in pairs),
        preferred=len(preferred),
        first_preferred=preferred.count("first"),
    )


def _winner(comparison: Comparison) -> str | None:
    if comparison.better == "tie":
        return None
    return comparison.first if comparison.better == "first" else comparison.second
