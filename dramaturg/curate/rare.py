"""Texts by pairs of their rare words: which of many are near to a text, without a look at each.

Near is ROUGE-L's F1 of a threshold and more: 2·LCS / (m + n), of m and n words with a longest common subsequence of
LCS. This is the prefix filter (Bayardo, Ma, Srikant, WWW 2007) for two words at once (Wang, Li, Feng, SIGMOD 2012).
Texts with a common subsequence of T words have T words in common. Put the words of both in one order; then the first
two that they have in common are among the first m - T + 2 of the one and the first n - T + 2 of the other. Any order
will do: rare words first leaves the fewest texts to compare. What passes is compared in full, so that nothing is found
that is not near; and of texts up to 70 words neither the order nor the portions decide what is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

__all__ = ["Code", "RarePairs"]

Code = str | tuple[int, ...]
"""A text, each word a character or, where there are no more characters, each word a number; the two may be compared."""

_Array = npt.NDArray[Any]

_SHORT = 70  # words of a text of which all pairs are looked up that are needed
_DRAWN = 32  # threes in a row that are looked up of one that is longer, or may be near to a longer one
_MARKS = 4  # of 64 bits each
_COMMON = 128  # words of which texts have threes in common though they are not alike, where they are many
_TOLD_APART = 255  # lengths in words above which the postings do not tell them apart
_PORTION = 8192  # texts filed at once
_FEW = 64  # texts of which all pairs may be compared
_PIECE = 1 << 15  # pairs looked up at once
_HITS = 1 << 19  # texts looked at, at once
_LARGEST = 1 << 23  # postings in one array: more are kept in several, so that joining them takes little memory
_BYTE, _HALF, _LOW = np.uint64(8), np.uint64(32), np.uint64(0xFFFFFFFF)
_RECOUNT = 4096  # texts from which on their number must double until words are counted anew


@dataclass(frozen=True, slots=True)
class _Postings:
    """Which texts have which pair of rare words, in the order of `keys`: pair and length of the text in one number.

    `places` is the place of the pair's less rare word among the text's words, rarest first.
    """

    keys: _Array
    numbers: _Array
    places: _Array

    @classmethod
    def of(cls, taken: "_Taken", first: int) -> "_Postings":
        """Of texts that are numbered from `first`."""
        lengths = np.minimum(taken.lengths, _TOLD_APART).astype(np.uint64)
        keys = taken.pairs << _BYTE | lengths[taken.owners]
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], (taken.owners[order] + first).astype(np.uint32), taken.places[order])

    def __len__(self) -> int:
        return len(self.keys)

    def joined(self, other: "_Postings") -> "_Postings":
        keys = np.concatenate((self.keys, other.keys))
        order = np.argsort(keys, kind="stable")
        numbers = np.concatenate((self.numbers, other.numbers))[order]
        return _Postings(keys[order], numbers, np.concatenate((self.places, other.places))[order])


@dataclass(frozen=True, slots=True)
class _Taken:
    """Texts taken apart: lengths in words, marks (for each word one bit of 256), and their pairs of rare words, each
    with the number of its text and the place of its less rare word."""

    lengths: _Array
    marks: _Array
    pairs: _Array
    owners: _Array
    places: _Array

    def only(self, is_one: _Array) -> "_Taken":
        """With the pairs of some of the texts."""
        is_its = is_one[self.owners]
        return _Taken(self.lengths, self.marks, self.pairs[is_its], self.owners[is_its], self.places[is_its])


class RarePairs:
    """Texts, numbered from 0 as they are added.

    Of texts up to 70 words all that are near are found. Of longer ones those are found that have in common one of 32
    threes of words in a row, drawn from both by the same lot (bottom-k MinHash: Broder 1997), as nearly all have: with
    three words in ten changed here and there, one pair in a thousand has none. Raises ValueError for a threshold of 2/3
    and less.
    """

    def __init__(self, threshold: float) -> None:
        if threshold <= 2 / 3:
            raise ValueError("texts that are near must have two words in common, so the threshold is above 2/3")
        self._threshold = threshold
        self._texts: list[Code] = []
        self._lengths: _Array = np.empty(0, np.int32)
        self._marks: _Array = np.empty((0, _MARKS), np.uint64)
        self._order: _Array = np.empty(0, np.uint64)  # of each word, by number: the higher, the rarer
        self._common = 0  # so many words, the most frequent
        self._recount_at = 0
        self._longest = 0
        self._least: _Array = np.empty(0, np.int32)
        self._postings: list[_Postings] = []

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, texts: Sequence[Code]) -> None:
        first = len(self._texts)
        self._texts += texts
        if len(self._texts) >= self._recount_at:
            self._recount_at = max(_RECOUNT, 2 * len(self._texts))
            self._order = _rare_last(self._texts)
            self._common = _COMMON if len(self._texts) >= _RECOUNT else 0
            self._lengths, self._marks, self._postings = self._lengths[:0], self._marks[:0], []
            first = 0
        for start in range(first, len(self._texts), _PORTION):
            self._file(start, self._take(self._texts[start : start + _PORTION]))

    def near(self, texts: Sequence[Code]) -> Iterator[tuple[int, int]]:
        """The numbers of near texts, two by two, of these and of those added, in order."""
        taken = self._take(texts)
        order = np.argsort(taken.pairs, kind="stable")  # looked up in order, which memory likes
        found = [
            candidates
            for postings in self._postings
            for start in range(0, len(order), _PIECE)
            for candidates in self._candidates(
                taken, order[start : start + _PIECE], postings, self._lengths, self._marks
            )
        ]
        return self._compared(texts, self._texts, found)

    def leaders(self, texts: Sequence[Code]) -> list[int]:
        """For each of these the number of the first that is near and has no leader before it, its own where there is
        none. They are not added.

        Of many that are all near each other few pairs are compared: those of the first few, then those of twice as many
        that are not near to a leader yet, and so on.
        """
        taken = self._take(texts)
        numbers = np.arange(len(texts))
        leaders = numbers.copy()
        start = 0
        while start < len(texts):
            end = max(_FEW, 2 * start)
            for first, last in ((0, start), (start, end)):
                is_leader = leaders == numbers
                own = taken.only(is_leader & (numbers >= start) & (numbers < end))
                before = _Postings.of(taken.only(is_leader & (numbers >= first) & (numbers < last)), 0)
                found = [
                    candidates[candidates >> _HALF > candidates & _LOW]
                    for candidates in self._candidates(
                        own, np.arange(len(own.pairs)), before, taken.lengths, taken.marks
                    )
                ]
                for one, other in self._compared(texts, texts, found):
                    if leaders[one] == one and leaders[other] == other:  # they come in order: what is before is settled
                        leaders[one] = other
            start = end
        return [int(leader) for leader in leaders]

    def _file(self, first: int, taken: _Taken) -> None:
        self._lengths = np.concatenate((self._lengths, taken.lengths))
        self._marks = np.concatenate((self._marks, taken.marks))
        new = _Postings.of(taken, first)
        while (
            self._postings and len(self._postings[-1]) < 2 * len(new) and len(self._postings[-1]) + len(new) <= _LARGEST
        ):
            new = self._postings.pop().joined(new)
        self._postings.append(new)

    def _candidates(
        self, taken: _Taken, which: _Array, postings: _Postings, other_lengths: _Array, other_marks: _Array
    ) -> Iterator[_Array]:
        """Which texts may be near, by these of the pairs taken: each as own number << 32 | number in the postings."""
        owners, places = taken.owners[which], taken.places[which].astype(np.int32)
        lengths = taken.lengths[owners]
        # a place p is among the first m - T + 2, with T >= t/2·(m + n), only up to a length n; and T <= n from one on
        shortest = _shortest(lengths, self._threshold)
        longest = np.floor((lengths + 1 - places) / (self._threshold / 2) - lengths + 1e-6).astype(np.int64)
        is_any = longest >= shortest
        owners, lengths = owners[is_any], lengths[is_any]
        keys = taken.pairs[which[is_any]] << _BYTE
        least_keys, most_keys = (
            keys | np.minimum(bound[is_any], _TOLD_APART).astype(np.uint64) for bound in (shortest, longest)
        )
        starts = np.searchsorted(postings.keys, least_keys)
        counts = np.searchsorted(postings.keys, most_keys, "right") - starts
        for part in _parts(counts):
            many = counts[part]
            at = np.arange(many.sum()) + np.repeat(starts[part] - (np.cumsum(many) - many), many)
            own, other = np.repeat(owners[part], many), postings.numbers[at]
            totals = taken.lengths[own] + other_lengths[other]
            least = self._least[totals]
            # a bit that one mark alone has is of a word that one text alone has
            apart = np.bitwise_count(taken.marks[own] ^ other_marks[other]).sum(axis=1, dtype=np.int32)
            passes = apart <= totals - 2 * least
            passes &= postings.places[at] + least <= other_lengths[other] + 1
            yield np.unique(own[passes].astype(np.uint64) << _HALF | other[passes])

    def _compared(
        self, texts: Sequence[Code], others: Sequence[Code], found: Sequence[_Array]
    ) -> Iterator[tuple[int, int]]:
        """Those that are near indeed."""
        both = np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)
        for start in range(0, len(both), _PIECE):
            part = both[start : start + _PIECE]
            own, other = part >> _HALF, part & _LOW
            ones, twos = [texts[each] for each in own.tolist()], [others[each] for each in other.tolist()]
            common = process.cpdist(ones, twos, scorer=LCSseq.similarity, dtype=np.int32)
            totals = np.fromiter(map(len, ones), np.int64, len(ones)) + np.fromiter(map(len, twos), np.int64, len(twos))
            is_near = common >= self._least[totals]
            yield from zip(own[is_near].tolist(), other[is_near].tolist(), strict=True)

    def _take(self, texts: Sequence[Code]) -> _Taken:
        lengths = np.fromiter(map(len, texts), np.int32, len(texts))
        longest = int(lengths.max(initial=0))
        if longest > self._longest:
            self._longest = longest
            self._least = _least_common(np.arange(2 * longest + 1), self._threshold)
        starts = np.cumsum(lengths) - lengths
        numbers = _numbers(texts)
        marks = np.zeros((len(texts), _MARKS), np.uint64)
        if len(numbers):
            hashed = _hashed(numbers)
            bits = np.uint64(1) << (hashed >> np.uint64(58))
            for mark in range(_MARKS):
                own = np.where(hashed % np.uint64(_MARKS) == mark, bits, np.uint64(0))
                marks[lengths > 0, mark] = np.bitwise_or.reduceat(own, starts[lengths > 0])
        order = numbers.astype(np.uint64)  # a word that was not counted is rarer than all that were
        is_counted = numbers < len(self._order)
        order[is_counted] = self._order[numbers[is_counted]]
        pairs, owners, places = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], [np.empty(0, np.uint8)]
        for length in np.unique(lengths[lengths > 1]).tolist():
            own = np.flatnonzero(lengths == length)
            at = starts[own][:, None] + np.arange(length)
            ways = []
            if length <= _SHORT:
                rare = np.sort(order[at], axis=1)[:, ::-1]
                one, other = np.triu_indices(self._needed(length), 1)
                ways.append((rare[:, one] << np.uint64(28) | rare[:, other], other))
            if length >= _shortest(_SHORT + 1, self._threshold):
                ways.append((_drawn(numbers[at], (order < self._common)[at]), np.zeros(_DRAWN, np.intp)))
            for keys, place in ways:
                pairs.append(keys.ravel())
                owners.append(np.repeat(own, keys.shape[1]))
                places.append(np.tile(place.astype(np.uint8), len(own)))
        return _Taken(lengths, marks, np.concatenate(pairs), np.concatenate(owners), np.concatenate(places))

    def _needed(self, length: int) -> int:
        """How many of a text's first words are looked up: m - T + 2 for the shortest text that can be near."""
        return length + 2 - int(_least_common(length + _shortest(length, self._threshold), self._threshold))


def _least_common(total: Any, threshold: float) -> Any:
    """How long a common subsequence makes texts of so many words together near."""
    return np.ceil(total * (threshold / 2) - 1e-9).astype(np.int32)


def _hashed(numbers: _Array) -> _Array:
    """64 bits each: MurmurHash3's last steps."""
    hashed = numbers.astype(np.uint64) + np.uint64(1)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        hashed = (hashed ^ hashed >> np.uint64(33)) * np.uint64(factor)
    return hashed ^ hashed >> np.uint64(33)


def _shortest(length: Any, threshold: float) -> Any:
    """The least length, of two words and more, of a text that may be near to one of `length` words."""
    return np.maximum(2, np.ceil(length * (threshold / (2 - threshold)) - 1e-6).astype(np.int64))


def _numbers(texts: Sequence[Code]) -> _Array:
    """The words of all the texts, as numbers."""
    if all(isinstance(text, str) for text in texts):
        return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)  # type: ignore[arg-type]
    return np.fromiter((ord(word) if isinstance(word, str) else word for text in texts for word in text), np.uint32)


def _drawn(words: _Array, is_common: _Array) -> _Array:
    """Of each row of words the threes in a row that come first by lot, those of common words alone after all others; as
    numbers that no pair of rare words has."""
    hashed = _hashed(words)
    threes = _hashed(hashed[:, :-2] + _hashed(hashed[:, 1:-1] + _hashed(hashed[:, 2:]))) >> np.uint64(10)
    late = (is_common[:, :-2] & is_common[:, 1:-1] & is_common[:, 2:]).astype(np.uint64) << np.uint64(54)
    return np.sort(threes | late, axis=1)[:, :_DRAWN] | np.uint64(1 << 55)


def _rare_last(texts: Sequence[Code]) -> _Array:
    """The rank of each word, by number: the higher, the rarer."""
    counts: _Array = np.zeros(0, np.int64)
    for start in range(0, len(texts), _PORTION):
        more = np.bincount(_numbers(texts[start : start + _PORTION]), minlength=len(counts))
        more[: len(counts)] += counts
        counts = more
    order = np.empty(len(counts), np.uint64)
    order[np.argsort(-counts, kind="stable")] = np.arange(len(counts), dtype=np.uint64)
    return order


def _parts(counts: _Array) -> Iterator[slice]:
    """Slices whose counts sum to `_HITS` at most, or of one count alone."""
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + _HITS, "right")))
        yield slice(begin, end)
        begin = end
