"""A chain of choices, each tied to the two before it: how likely each candidate is, and how weights are fitted.

A second-order linear-chain conditional random field (Lafferty, McCallum & Pereira 2001). The score of a sequence of
speakers is the sum of the weights of each one's features, of the `same` features where a turn's speaker is that of
the turn before, and of the `back` features where it is that of the turn before last and not of the last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from extractors.novel.features import OTHER, Choice

__all__ = ["Example", "decide", "fit_weights"]

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

_START = "\0"  # the only candidate of the turns before the first
_IMPOSSIBLE = -60.0  # the score of a candidate that is known to be wrong
_STRETCH = 1000  # turns decided in one go
_MARGIN = 40
_SEGMENT = 120  # turns fitted in one go
_BATCH = 8  # segments
_AVERAGED = 2  # the last passes, whose weights are averaged


@dataclass(frozen=True, slots=True)
class Example:
    """A text's choices, and which candidate of each is right; -1 where that is not known."""

    choices: Sequence[Choice]
    right: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Step:
    """A turn of K candidates: their features' numbers, one after the other, and whose each is; which candidates are
    those of the turn before (K₋₁ x K) and of the one before that (K₋₂ x K)."""

    features: Ids
    whose: Ids
    size: int
    is_same: Floats
    is_back: Floats
    same: list[int]
    back: list[int]
    right: int = -1


def decide(choices: Iterable[Choice], weights: Mapping[str, float]) -> Iterator[tuple[Choice, Floats]]:
    """Each choice with the probability of each of its candidates, given the choices around it.

    Decided a stretch at a time, so that memory does not grow with the text: between those `_MARGIN` turns before a
    stretch and as many behind it, no choice is felt further.
    """
    numbers = {name: number for number, name in enumerate(weights)}
    values = np.fromiter(weights.values(), float, len(weights))
    coming = iter(choices)
    held: list[Choice] = []
    done = 0  # of those held
    while True:
        more = list(islice(coming, done + _STRETCH + _MARGIN - len(held)))
        held += more
        until = min(done + _STRETCH, len(held))
        if done == until:
            return
        found = _marginals(_steps(Example(held, [-1] * len(held)), numbers), values, with_ties=False).likely
        yield from zip(held[done:until], found[done:until], strict=True)
        first = max(0, until - _MARGIN)
        held, done = held[first:], until - first


def fit_weights(
    examples: Sequence[Example], *, passes: int, penalty: float, rate: float = 0.1, seed: int = 0
) -> dict[str, float]:
    """The weights under which the right candidates are likeliest, by Adam (Kingma & Ba 2015).

    `penalty` is that on half the sum of the squared weights, beside the mean log-likelihood of a choice.
    """
    numbers: dict[str, int] = {}
    for example in examples:
        for choice in example.choices:
            for names in (*choice.features, choice.same, choice.back):
                for name in names:
                    numbers.setdefault(name, len(numbers))
    segments = [
        _steps(_segment(example, start), numbers)
        for example in examples
        for start in range(0, len(example.choices), _SEGMENT)
        if max(_segment(example, start).right) >= 0
    ]
    weights, mean, square, total = (np.zeros(len(numbers), np.float64) for _ in range(4))
    order = np.random.default_rng(seed)
    moves = 0
    for done in range(passes):
        shuffled = order.permutation(len(segments))
        for start in range(0, len(segments), _BATCH):
            batch = [segments[number] for number in shuffled[start : start + _BATCH]]
            known = sum(step.right >= 0 for steps in batch for step in steps)
            slope = np.sum([_slope(steps, weights) for steps in batch], axis=0) / known - penalty * weights
            moves += 1
            mean = 0.9 * mean + 0.1 * slope
            square = 0.99 * square + 0.01 * slope**2
            move = (mean / (1 - 0.9**moves)) / (np.sqrt(square / (1 - 0.99**moves)) + 1e-8)
            weights = weights + (rate * (1 - done / passes) + 0.05 * rate) * move
        if done >= passes - _AVERAGED:
            total += weights / min(_AVERAGED, passes)
    return {name: float(value) for name, value in zip(numbers, total, strict=True)}


def _segment(example: Example, start: int) -> Example:
    return Example(example.choices[start : start + _SEGMENT], example.right[start : start + _SEGMENT])


def _steps(example: Example, numbers: Mapping[str, int]) -> list[_Step]:
    steps = []
    before = second = [_START]
    for choice, right in zip(example.choices, example.right, strict=True):
        names = choice.candidates
        known = [[numbers[name] for name in features if name in numbers] for features in choice.features]
        steps.append(
            _Step(
                features=np.array([number for features in known for number in features], dtype=np.int64),
                whose=np.repeat(np.arange(len(known)), [len(features) for features in known]),
                size=len(names),
                is_same=_equal(before, names),
                is_back=_equal(second, names),
                same=[numbers[name] for name in choice.same if name in numbers],
                back=[numbers[name] for name in choice.back if name in numbers],
                right=right,
            )
        )
        before, second = names, before
    return steps


def _equal(rows: Sequence[str], columns: Sequence[str]) -> Floats:
    return np.array([[float(row == column != OTHER) for column in columns] for row in rows])


@dataclass(frozen=True, slots=True)
class _Marginals:
    """The probabilities of each step's candidates, and that its speaker is the same, or back."""

    likely: list[Floats]
    same: list[float]
    back: list[float]


def _marginals(steps: Sequence[_Step], weights: Floats, *, given: bool = False, with_ties: bool = True) -> _Marginals:
    """By forward and backward sums; `given` takes the right candidates as known; without the ties it is quicker."""
    ties = [_ties(step, weights, given=given) for step in steps]
    forward: list[Floats] = []
    belief = np.ones((1, 1))
    for tie in ties:
        belief = np.einsum("ab,abc->bc", belief, tie)
        belief /= belief.sum()
        forward.append(belief)
    found = _Marginals([], [], [])
    behind = np.ones_like(forward[-1])
    for number in range(len(steps) - 1, -1, -1):
        step, tie = steps[number], ties[number]
        earlier = forward[number - 1] if number else np.ones((1, 1))
        joint = earlier[:, :, None] * tie * behind[None]
        joint /= joint.sum()
        found.likely.append(joint.sum((0, 1)))
        if with_ties:
            found.same.append(float((joint * step.is_same[None]).sum()))
            found.back.append(float((joint * _comes_back(step)).sum()))
        behind = np.einsum("abc,bc->ab", tie, behind)
        behind /= behind.sum()
    for each in (found.likely, found.same, found.back):
        each.reverse()
    return found


def _comes_back(step: _Step) -> Floats:
    """1 where candidate c is that of the turn before last, and not of the last: K₋₂ x K₋₁ x K."""
    comes_back: Floats = step.is_back[:, None, :] * (1 - step.is_same)[None]
    return comes_back


def _ties(step: _Step, weights: Floats, *, given: bool) -> Floats:
    """What a step makes of each sequence of three, up to a factor: K₋₂ x K₋₁ x K."""
    scores: Floats = np.bincount(step.whose, weights[step.features], step.size).astype(np.float64)
    if given and step.right >= 0:
        known = scores[step.right]
        scores = scores + _IMPOSSIBLE
        scores[step.right] = known
    pair = scores + step.is_same * weights[step.same].sum()
    ties: Floats = np.exp(pair[None] + _comes_back(step) * weights[step.back].sum() - scores.max())
    return ties


def _slope(steps: Sequence[_Step], weights: Floats) -> Floats:
    """The slope of the log-likelihood: features counted as they are, less as they are expected."""
    free, given = _marginals(steps, weights), _marginals(steps, weights, given=True)
    slope = np.zeros_like(weights)
    for number, step in enumerate(steps):
        np.add.at(slope, step.features, (given.likely[number] - free.likely[number])[step.whose])
        slope[step.same] += given.same[number] - free.same[number]
        slope[step.back] += given.back[number] - free.back[number]
    return slope
