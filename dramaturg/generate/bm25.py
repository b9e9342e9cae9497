"""BM25 by postings: rank-bm25's own scores, at the cost of the documents that hold a word of the query.

rank-bm25 looks every document up for every word. Its object is made once, for what its formula has of the whole
(weights of terms, lengths, constants), and each term's part of the score is worked out once, as its formula has it.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi, BM25Plus

__all__ = ["BM25Index"]


class BM25Index:
    """Documents, as lists of terms, to be scored by a query's terms.

    `okapi` is rank-bm25's BM25Okapi. `plus` is its BM25Plus with delta 0: BM25Okapi's weight of a term that half of
    the documents have is 0, this one's is never below.
    """

    def __init__(self, documents: Sequence[Sequence[str]], kind: Literal["okapi", "plus"]) -> None:
        self._size = len(documents)
        self._postings: dict[str, slice] = {}
        self._numbers: npt.NDArray[np.intp] = np.empty(0, np.intp)
        self._parts: npt.NDArray[np.float64] = np.empty(0)
        if any(documents):  # rank-bm25 takes no other
            self._fill(BM25Okapi(documents) if kind == "okapi" else BM25Plus(documents, delta=0))

    def scores(self, query: Iterable[str]) -> npt.NDArray[np.float64]:
        """The score of each document: rank-bm25's `get_scores`, to the last bit."""
        found = [self._postings[term] for term in query if term in self._postings]
        if not found:
            return np.zeros(self._size)
        # bincount adds in this order, which is rank-bm25's
        numbers = np.concatenate([self._numbers[part] for part in found])
        parts = np.concatenate([self._parts[part] for part in found])
        return np.bincount(numbers, parts, self._size).astype(np.float64, copy=False)

    def best(self, query: Iterable[str], most: int) -> list[int]:
        """The numbers of the `most` documents of the highest scores, best first, as rank-bm25's `get_top_n` has them.

        Of equal ones the later is first, as they are there where numpy's sort leaves equals in their order; elsewhere
        they are there as it happens. Documents without a word of the query come too, where there are too few with one.
        """
        scores = self.scores(query)
        most = min(most, self._size)
        if most <= 0:
            return []
        least = np.partition(scores, self._size - most)[self._size - most]
        among = np.flatnonzero(scores >= least)
        ranked = among[np.argsort(scores[among], kind="stable")[::-1]]
        return [int(number) for number in ranked[:most]]

    def _fill(self, model: Any) -> None:
        numbers: dict[str, list[int]] = {}
        counts: dict[str, list[int]] = {}
        for number, frequencies in enumerate(model.doc_freqs):
            for term, count in frequencies.items():
                numbers.setdefault(term, []).append(number)
                counts.setdefault(term, []).append(count)
        sizes = [len(each) for each in numbers.values()]
        ends = pairwise(accumulate(sizes, initial=0))
        self._postings = {term: slice(*each) for term, each in zip(numbers, ends, strict=True)}
        self._numbers = np.fromiter(chain.from_iterable(numbers.values()), np.intp)
        count = np.fromiter(chain.from_iterable(counts.values()), np.int64)
        weight = np.repeat([float(model.idf.get(term) or 0) for term in numbers], sizes)
        length = model.k1 * (1 - model.b + model.b * np.array(model.doc_len) / model.avgdl)
        self._parts = weight * (count * (model.k1 + 1) / (count + length[self._numbers]))
