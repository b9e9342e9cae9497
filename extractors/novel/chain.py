"""A chain of choices, each tied to the two before it: how likely each candidate is, and how weights are fitted.

A second-order linear-chain conditional random field (Lafferty, McCallum & Pereira 2001). The score of a sequence of
speakers is the sum of the weights of each one's features, of the `same` features where a turn's speaker is that of
the turn before, and of the `back` features where it is that of the turn before last and not of the last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.novel.features import OTHER, Choice, Features

__all__ = ["Example", "decide", "fit_weights"]

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

_IMPOSSIBLE = -60.0  # the score of a candidate that is known to be wrong
_STRETCH = 500  # turns decided in one go
_MARGIN = 40
_SEGMENT = 120  # turns fitted in one go
_BATCH = 8  # segments
_AVERAGED = 2  # the last passes, whose weights are averaged


@dataclass(frozen=True, slots=True)
class Example:
    """A text's choices, and which candidate of each is right; -1 where that is not known."""

    choices: Sequence[Choice]
    right: Sequence[int]


def decide(choices: Iterable[Choice], weights: Mapping[str, float]) -> Iterator[tuple[Sequence[str], Floats]]:
    """The candidates of each choice with the probability of each, given the choices around it.

    Decided a stretch at a time, so that memory does not grow with the text: between those `_MARGIN` turns before a
    stretch and as many behind it, no choice is felt further.
    """
    coming = _weighed(choices, weights)
    held: list[_Weighed] = []
    done = 0  # of those held
    while True:
        held += islice(coming, done + _STRETCH + _MARGIN - len(held))
        until = min(done + _STRETCH, len(held))
        if done == until:
            return
        candidates = [each.candidates for each in held]
        links = _links(candidates)
        scores = np.zeros(links.is_there.shape)
        scores[links.is_there] = [score for each in held for score in each.scores]
        same, back = np.array([each.same for each in held]), np.array([each.back for each in held])
        likely = _paths(links, scores, same, back).joint.sum(1)
        for names, row in zip(candidates[done:until], likely[done:until], strict=True):
            yield names, row[: len(names)]
        first = max(0, until - _MARGIN)
        held, done = held[first:], until - first


class _Weighed(NamedTuple):
    """A choice with the sums of its features' weights."""

    candidates: list[str]
    scores: list[float]
    same: float
    back: float


def _weighed(choices: Iterable[Choice], weights: Mapping[str, float]) -> Iterator[_Weighed]:
    weigh = _Scales(weights)
    for choice in choices:
        scores = [weigh(features) for features in choice.features]
        yield _Weighed(choice.candidates, scores, weigh.sum(choice.same), weigh.sum(choice.back))


class _Scales:
    """What candidates' features weigh; how much a name and the same name with a prefix weigh together is kept."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._crossed: dict[str, dict[str, float]] = {}

    def __call__(self, features: Features) -> float:
        return self.sum(features.alone) + sum(self._sum_crossed(prefix, names) for prefix, names in features.crossed)

    def sum(self, names: Iterable[str]) -> float:
        get = self._weights.get
        return sum([get(name, 0.0) for name in names])

    def _sum_crossed(self, prefix: str, names: Sequence[str]) -> float:
        known = self._crossed.setdefault(prefix, {})
        try:
            return sum([known[name] for name in names])
        except KeyError:
            known |= {name: self.sum((name, prefix + name)) for name in names}
            return self._sum_crossed(prefix, names)


def fit_weights(
    examples: Sequence[Example], *, passes: int, penalty: float, rate: float = 0.1, seed: int = 0
) -> dict[str, float]:
    """The weights under which the right candidates are likeliest, by Adam (Kingma & Ba 2015).

    `penalty` is that on half the sum of the squared weights, beside the mean log-likelihood of a choice.
    """
    numbers: dict[str, int] = {}
    segments = [
        _Segment(example.choices[start : start + _SEGMENT], example.right[start : start + _SEGMENT], numbers)
        for example in examples
        for start in range(0, len(example.choices), _SEGMENT)
        if max(example.right[start : start + _SEGMENT]) >= 0
    ]
    weights, mean, square, total = (np.zeros(len(numbers), np.float64) for _ in range(4))
    order = np.random.default_rng(seed)
    moves = 0
    for done in range(passes):
        shuffled = order.permutation(len(segments))
        for start in range(0, len(segments), _BATCH):
            batch = [segments[number] for number in shuffled[start : start + _BATCH]]
            known = sum(segment.known for segment in batch)
            slope = np.sum([segment.slope(weights) for segment in batch], axis=0) / known - penalty * weights
            moves += 1
            mean = 0.9 * mean + 0.1 * slope
            square = 0.99 * square + 0.01 * slope**2
            move = (mean / (1 - 0.9**moves)) / (np.sqrt(square / (1 - 0.99**moves)) + 1e-8)
            weights = weights + (rate * (1 - done / passes) + 0.05 * rate) * move
        if done >= passes - _AVERAGED:
            total += weights / min(_AVERAGED, passes)
    return {name: float(value) for name, value in zip(numbers, total, strict=True)}


class _Segment:
    """T turns to fit on: what is numbered are the features of the candidates (cells of T x K) and of the ties."""

    def __init__(self, choices: Sequence[Choice], right: Sequence[int], numbers: dict[str, int]) -> None:
        self.known = sum(each >= 0 for each in right)
        self._links = links = _links([choice.candidates for choice in choices])
        cells = np.flatnonzero(links.is_there)
        found = [[*features.names()] for choice in choices for features in choice.features]
        self._scored = _Numbered(found, cells, numbers)
        turns = np.arange(len(choices))
        self._same = _Numbered([choice.same for choice in choices], turns, numbers)
        self._back = _Numbered([choice.back for choice in choices], turns, numbers)
        right_ = np.array(right)[:, None]
        is_wrong = (right_ >= 0) & (np.arange(links.is_there.shape[1]) != right_)
        self._is_wrong = is_wrong & links.is_there

    def slope(self, weights: Floats) -> Floats:
        """The slope of the log-likelihood: features counted as they are, less as they are expected."""
        shape = self._links.is_there.shape
        scores = self._scored.sums(weights, shape[0] * shape[1]).reshape(shape)
        same, back = (each.sums(weights, shape[0]) for each in (self._same, self._back))
        given = _paths(self._links, np.where(self._is_wrong, _IMPOSSIBLE, scores), same, back)
        free = _paths(self._links, scores, same, back)
        slope: Floats = (
            self._scored.spread((given.joint.sum(1) - free.joint.sum(1)).ravel(), len(weights))
            + self._same.spread(given.same() - free.same(), len(weights))
            + self._back.spread(given.back() - free.back(), len(weights))
        )
        return slope


class _Numbered:
    """Features by their numbers, one after the other, and the cell that each belongs to."""

    def __init__(self, names: Sequence[Sequence[str]], cells: Ids, numbers: dict[str, int]) -> None:
        self._features = np.array([numbers.setdefault(name, len(numbers)) for each in names for name in each], np.int64)
        self._cells = np.repeat(cells, [len(each) for each in names])

    def sums(self, weights: Floats, cells: int) -> Floats:
        found: Floats = np.bincount(self._cells, weights=weights[self._features], minlength=cells).astype(np.float64)
        return found

    def spread(self, values: Floats, features: int) -> Floats:
        found: Floats = np.bincount(self._features, weights=values[self._cells], minlength=features).astype(np.float64)
        return found


@dataclass(frozen=True, slots=True)
class _Links:
    """T turns of at most K candidates: which of the K are there (T x K), which are those of the turn before (`is_same`,
    T x K₋₁ x K), and of the one before that (`is_back`, T x K₋₂ x K)."""

    is_there: NDArray[np.bool_]
    is_same: Floats
    is_back: Floats


def _links(candidates: Sequence[Sequence[str]]) -> _Links:
    sizes = [len(names) for names in candidates]
    numbers = {OTHER: -1}
    who = np.full((len(candidates), max(sizes)), -1)
    is_there = np.arange(max(sizes)) < np.array(sizes)[:, None]
    who[is_there] = [numbers.setdefault(name, len(numbers)) for names in candidates for name in names]

    def is_that_of(turns: int) -> Floats:
        found = np.zeros((*who.shape, who.shape[1]))
        now = who[turns:, None]
        found[turns:] = (who[:-turns, :, None] == now) & (now >= 0)
        return found

    return _Links(is_there, is_that_of(1), is_that_of(2))


@dataclass(frozen=True, slots=True)
class _Paths:
    """The probabilities of two successive speakers (`joint`, T x K₋₁ x K), and what those of their shares are made of
    that are the same, or come back."""

    joint: Floats
    links: _Links
    returning: Floats  # the share of each pair of speakers of which the second comes back: T x K₋₁ x K

    def same(self) -> Floats:
        """The probability of each turn that its speaker is that of the turn before."""
        found: Floats = (self.joint * self.links.is_same).sum((1, 2))
        return found

    def back(self) -> Floats:
        """The probability of each turn that its speaker is that of the turn before last, and not of the last."""
        found: Floats = (self.joint * self.returning).sum((1, 2))
        return found


def _paths(links: _Links, scores: Floats, same: Floats, back: Floats) -> _Paths:
    """By forward and backward sums, for the scores of the candidates (T x K) and of their ties (T).

    Three successive speakers a, b, c make `pair[b, c]`, times exp(back) where c is a and not b.
    """
    turns, size = scores.shape
    there = np.where(links.is_there, scores, -np.inf)
    pair = np.exp(there - there.max(1, keepdims=True))[:, None] * np.exp(links.is_same * same[:, None, None])
    is_new = 1 - links.is_same
    gain = np.expm1(back)[:, None, None] * is_new
    returns, ways, joint = (np.empty((turns, size, size)) for _ in range(3))
    belief = np.zeros((size, size))
    belief[0, 0] = 1  # the turns before the first have one candidate
    for turn in range(turns):
        np.matmul(belief.T, links.is_back[turn], out=returns[turn])
        ways[turn] = belief.sum(0)[:, None] + gain[turn] * returns[turn]
        belief = pair[turn] * ways[turn]
        belief /= belief.sum()
        joint[turn] = belief
    ahead = np.ones((size, size))
    for turn in range(turns - 1, -1, -1):
        joint[turn] *= ahead
        weighed = pair[turn] * ahead
        ahead = weighed.sum(1) + links.is_back[turn] @ (gain[turn] * weighed).T
        ahead /= ahead.sum()
    joint /= joint.sum((1, 2), keepdims=True)
    returning = np.divide(np.exp(back)[:, None, None] * is_new * returns, ways, out=returns, where=ways > 0)
    return _Paths(joint, links, returning)
