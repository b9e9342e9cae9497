"""How near an answer is to the role's own line (ChatHaruhi, arXiv 2308.09597): the cosine of their vectors, and beside
it that of answers and lines that do not belong together, below which nothing can be told."""

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import numpy.typing as npt

from dramaturg.evaluate.intervals import SEED

__all__ = ["Encode", "cosines", "remembering", "shuffled"]

Encode = Callable[[Sequence[str]], npt.NDArray[np.float64]]
"""Makes vectors of length 1 of texts, a row each."""


def cosines(encode: Encode, answers: Sequence[str], lines: Sequence[str]) -> list[float]:
    """The cosine of each answer's vector and its line's, -1 to 1."""
    if not answers:
        return []
    products = encode(answers) * encode(lines)
    return [float(each) for each in products.sum(axis=1)]


def remembering(encode: Encode) -> Encode:
    """The same, each text encoded once: a line is compared with every model's answer, and with a stranger's."""
    known: dict[str, npt.NDArray[np.float64]] = {}

    def encoded(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        if fresh := [text for text in dict.fromkeys(texts) if text not in known]:
            known.update(zip(fresh, encode(fresh), strict=True))
        return np.stack([known[text] for text in texts])

    return encoded


def shuffled(lines: Sequence[str]) -> list[str]:
    """The same lines in places where none stands that stood there before, as far as they differ: what a cosine is worth
    where the answer has nothing to do with the line. The same on every run; the lines themselves of fewer than two."""
    places = list(range(len(lines)))
    Random(SEED).shuffle(places)
    turned = dict(zip(places, places[1:] + places[:1], strict=True))
    return [lines[turned[place]] for place in range(len(lines))]
