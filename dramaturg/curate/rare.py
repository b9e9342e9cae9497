"""Texts by pairs of their rare words: all pairs of texts of ROUGE-L (F1) of a threshold and more, without all pairs.

The prefix filter (Bayardo, Ma, Srikant, WWW 2007) for two words at once (Wang, Li, Feng, SIGMOD 2012). Texts of m and n
words with a common subsequence of T words have T words in common. Put the words of both in one order: among the first
m - T + 2 of the one and the first n - T + 2 of the other are the first two that they have in common. Any order will do;
rare words first leaves the fewest texts to compare. What passes is compared in full, so that nothing is found that is
not near, whatever the order.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

__all__ = ["Code", "RarePairs"]

Code = str | tuple[int, ...]
"""A text, each word a character or, where characters run out, each word a number."""

_Array = npt.NDArray[Any]

_MOST_RARE = 24  # of a text's words, the rarest that are looked up: as many as are needed up to some 50 words
_HITS = 1 << 20  # postings looked at, at once
_TWICE = 4096  # texts from which on their number must double until words are counted anew


@dataclass(frozen=True, slots=True)
class _Postings:
    """The texts of each pair of rare words. Those of `pairs[i]` stand from `starts[i]` to `starts[i + 1]`; `places`
    are those of the pair's later word among the text's, rarest first."""

    pairs: _Array
    starts: _Array
    slots: _Array
    places: _Array

    @classmethod
    def of(cls, pairs: _Array, slots: _Array, places: _Array) -> "_Postings":
        order = np.argsort(pairs, kind="stable")
        pairs = pairs[order]
        first = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1]))) if len(pairs) else np.empty(0, int)
        starts = np.append(first, len(pairs)).astype(np.uint32)
        return cls(pairs[first], starts, slots[order], places[order])

    def __len__(self) -> int:
        return len(self.slots)

    def merged(self, other: "_Postings") -> "_Postings":
        pairs = [np.repeat(each.pairs, np.diff(each.starts)) for each in (self, other)]
        return _Postings.of(
            np.concatenate(pairs),
            np.concatenate((self.slots, other.slots)),
            np.concatenate((self.places, other.places)),
        )


@dataclass(frozen=True, slots=True)
class _Looked:
    """Texts to look up: their lengths in words, marks (a bit for each word, 64 in all), and pairs of rare words."""

    lengths: _Array
    marks: _Array
    pairs: _Array
    owners: _Array
    places: _Array


class RarePairs:
    """Texts numbered from 0 as they are added."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._texts: list[Code] = []
        self._lengths = np.empty(0, np.int32)
        self._marks = np.empty(0, np.uint64)
        self._order = np.empty(0, np.uint32)  # of each word: the higher, the rarer
        self._next_count = _TWICE
        self._postings: list[_Postings] = []
        self.stats = dict(hits=0, checked=0, near=0, passed=0)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, texts: Sequence[Code]) -> None:
        first = len(self._texts)
        self._texts += texts
        if first == 0 or len(self._texts) >= self._next_count:
            self._next_count = max(_TWICE, 2 * len(self._texts))
            self._order = _rare_last(self._texts)
            self._postings = []
            self._lengths, self._marks = self._lengths[:0], self._marks[:0]
            first = 0
        for start in range(first, len(self._texts), _PORTION):
            self._file(start, self._texts[start : start + _PORTION])

    def _file(self, first: int, texts):
        looked = self._looked(texts)
        self._lengths = np.concatenate((self._lengths, looked.lengths))
        self._marks = np.concatenate((self._marks, looked.marks))
        new = _Postings.of(looked.pairs, (looked.owners + first).astype(np.uint32), looked.places)
        while self._postings and len(self._postings[-1]) < 2 * len(new):
            new = self._postings.pop().merged(new)
        self._postings.append(new)

    def near(self, texts: Sequence[Code]) -> tuple[_Array, _Array]:
        """The numbers of texts that are near each other: of these, and of those added; sorted by the one, then the other."""
        looked = self._looked(texts)
        found = []
        for postings in self._postings:
            found += self._candidates(looked, postings)
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        both = np.unique(np.concatenate(found))
        own, slot = both >> 32, both & 0xFFFFFFFF
        self.stats["checked"] += len(own)
        common = process.cpdist(
            [texts[i] for i in own.tolist()], [self._texts[i] for i in slot.tolist()], scorer=LCSseq.similarity, dtype=np.int32,
        )
        is_near = common >= _least_common(looked.lengths[own] + self._lengths[slot], self._threshold)
        self.stats["near"] += int(is_near.sum())
        return own[is_near], slot[is_near]

    def _candidates(self, looked: _Looked, postings: _Postings) -> list[_Array]:
        if not len(postings): return []
        at = np.searchsorted(postings.pairs, looked.pairs)
        at[at == len(postings.pairs)] = 0
        is_there = np.flatnonzero(postings.pairs[at] == looked.pairs)
        at = at[is_there]
        starts = postings.starts[at].astype(np.int64)
        counts = postings.starts[at + 1] - starts
        ends = np.cumsum(counts)
        owners, places = looked.owners[is_there], looked.places[is_there]
        found = []
        begin = 0
        self.stats["hits"] += int(ends[-1]) if len(ends) else 0
        while begin < len(counts):
            before = ends[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(ends, before + _HITS, "right")))
            part = slice(begin, end)
            many = counts[part]
            which = np.repeat(np.arange(begin, end), many)
            position = np.arange(len(which)) + (starts[part] - (ends[part] - many - before))[which - begin]
            own, slot = owners[which], postings.slots[position]
            m, n = looked.lengths[own], self._lengths[slot]
            least = _least_common(m + n, self._threshold)
            passes = (
                (least <= np.minimum(m, n))
                & (np.minimum(places[which], _MOST_RARE) + least <= m + 1)
                & (postings.places[position] + least <= n + 1)
                & (np.bitwise_count(looked.marks[own] ^ self._marks[slot]) <= m + n - 2 * least)
            )
            self.stats["passed"] += int(passes.sum())
            found.append(np.unique(own[passes].astype(np.int64) << 32 | slot[passes]))
            begin = end
        return found

    def _looked(self, texts: Sequence[Code]) -> _Looked:
        lengths = np.fromiter(map(len, texts), np.int32, len(texts))
        flat = _flat(texts)
        starts = np.cumsum(lengths) - lengths
        marks = np.zeros(len(texts), np.uint64)
        bits = np.uint64(1) << ((flat.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(58))
        is_word = lengths > 0
        if len(flat):
            marks[is_word] = np.bitwise_or.reduceat(bits, starts[is_word])
        known = len(self._order)
        ranks = flat.astype(np.uint64)  # a word that was not counted is rarer than all that were
        ranks[flat < known] = self._order[flat[flat < known]]
        pairs, owners, places = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], [np.empty(0, np.uint8)]
        for length in np.unique(lengths[lengths > 1]).tolist():
            which = np.flatnonzero(lengths == length)
            table = np.sort(ranks[starts[which][:, None] + np.arange(length)], axis=1)[:, ::-1]
            rare = min(_rarest_needed(length, self._threshold), _MOST_RARE)
            one, other = np.triu_indices(rare, 1)
            pairs.append((table[:, one] << np.uint64(32) | table[:, other]).ravel())
            owners.append(np.repeat(which, len(one)))
            places.append(np.tile(other.astype(np.uint8), len(which)))
        return _Looked(lengths, marks, np.concatenate(pairs), np.concatenate(owners), np.concatenate(places))

_PORTION = 8192

def _flat(texts: Sequence[Code]) -> _Array:
    """The words of all texts, as numbers."""
    if all(isinstance(text, str) for text in texts):
        return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.fromiter((ord(w) if isinstance(w, str) else w for text in texts for w in text), np.uint32)


def _rare_last(texts: Sequence[Code]) -> _Array:
    counts = np.zeros(0, np.int64)
    for start in range(0, len(texts), _PORTION):
        part = np.bincount(_flat(texts[start : start + _PORTION]), minlength=len(counts))
        part[: len(counts)] += counts
        counts = part
    order = np.empty(len(counts), np.uint32)
    order[np.argsort(-counts, kind="stable")] = np.arange(len(counts), dtype=np.uint32)
    return order


def _least_common(total, threshold: float):
    """The least common subsequence that makes texts of `total` words near: 2·LCS / total >= threshold."""
    return np.ceil(total * (threshold / 2) - 1e-9).astype(np.int32)


def _rarest_needed(length: int, threshold: float) -> int:
    """How many of a text's rarest words are looked up: m - T + 2 for the shortest text that can be near."""
    for other in range(1, length + 1):
        least = math.ceil((length + other) * (threshold / 2) - 1e-9)
        if least <= other:
            return min(length, length - least + 2)
    return length
