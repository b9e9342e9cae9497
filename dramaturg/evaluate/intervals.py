"""Means with intervals: the bootstrap by question (Efron 1979), seeded, so that the same answers give one table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["RESAMPLES", "SEED", "Mean", "mean_of"]

RESAMPLES = 1_000
SEED = 13
_AT_ONCE = 200_000  # numbers drawn


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over `n` questions, and its 95 % interval, which of one question is nothing but its value."""

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, float | int]:
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def mean_of(values: Sequence[float]) -> Mean | None:
    """The mean of a question's value each, between the 2.5th and 97.5th percentile of the means of 1,000 resamples of
    the questions; None of none."""
    if not values:
        return None
    given = np.asarray(values, np.float64)
    draw = np.random.default_rng(SEED)
    size = len(given)
    step = max(1, _AT_ONCE // size)
    means = [
        given[draw.integers(0, size, (min(step, RESAMPLES - done), size))].mean(axis=1)
        for done in range(0, RESAMPLES, step)
    ]
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return Mean(float(given.mean()), float(low), float(high), size)
