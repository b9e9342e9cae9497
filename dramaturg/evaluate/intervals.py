"""Means with intervals: the bootstrap by question (Efron 1979), seeded, so that the same answers give one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

__all__ = ["RESAMPLES", "SEED", "Mean", "mean_of", "mean_of_means", "share_of"]

RESAMPLES = 1_000
SEED = 13
_AT_ONCE = 200_000  # questions drawn
_Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over `n` questions, and its 95 % interval; None where it, or a part of it, is of one question, which
    tells of no other."""

    value: float
    low: float | None
    high: float | None
    n: int

    def to_json(self) -> dict[str, float | int | None]:
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def mean_of(values: Sequence[float]) -> Mean | None:
    """The mean of a question's value each, between the 2.5th and 97.5th percentile of the means of 1,000 resamples of
    the questions; None of none."""
    return mean_of_means([(value,) for value in values])


def mean_of_means(rows: Sequence[Sequence[float | None]]) -> Mean | None:
    """The mean of the columns' means, a question a row, with None where it has no value in a column; resampled are the
    questions, so that what one says in two columns stays together. A row of None is none. None where a column has no
    value at all."""
    rows = [row for row in rows if any(value is not None for value in row)]
    if not rows:
        return None
    given = np.array(rows, np.float64)  # None becomes nan
    has = ~np.isnan(given)
    if not has.any(axis=0).all():
        return None
    given = np.where(has, given, 0.0)
    whole = given.sum(axis=0) / has.sum(axis=0)
    if has.sum(axis=0).min() == 1:
        return Mean(float(whole.mean()), None, None, len(given))
    draw = np.random.default_rng(SEED)
    size = len(given)
    step = max(1, _AT_ONCE // size)
    means: list[npt.NDArray[np.float64]] = []
    for done in range(0, RESAMPLES, step):
        drawn = draw.integers(0, size, (min(step, RESAMPLES - done), size))
        counts = has[drawn].sum(axis=1)
        sums = given[drawn].sum(axis=1)
        means.append(np.where(counts, sums / np.maximum(counts, 1), whole).mean(axis=1))
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return Mean(float(whole.mean()), float(low), float(high), size)


def share_of(found: Sequence[bool]) -> Mean | None:
    """The share of questions of which something is so, with Wilson's interval (1927): resamples of none that is so say
    that it never will be. None of none."""
    size = len(found)
    if not size:
        return None
    share, z2 = sum(found) / size, _Z * _Z
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    reach = _Z * sqrt(share * (1 - share) / size + z2 / (4 * size * size)) / (1 + z2 / size)
    return Mean(share, max(0.0, middle - reach), min(1.0, middle + reach), size)
