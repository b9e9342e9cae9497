"""An index of texts that finds near-duplicates, and which of several near-duplicates to keep.

Near is ROUGE-L's F1 over words (in Chinese, characters) of 0.7 and more, 2·LCS / (m + n): Self-Instruct's threshold
(arXiv 2212.10560). In a short text one changed word in three leaves few shingles whole or none, so MinHash over them
misses pairs that are near. What is looked up here is rare words, by the prefix filter (Bayardo, Ma, Srikant, WWW 2007)
for two words at once (Wang, Li, Feng, SIGMOD 2012): texts of m and n words with a common subsequence of T have T words
in common, so that the m - T + 2 rarest of the one and the n - T + 2 rarest of the other hold the same two. All pairs
of texts that pass are then compared in full. Nothing is drawn by lot: what is found depends on the texts alone, not on
a seed, the number of cores or how the texts come in portions.
"""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Indel, LCSseq

from dramaturg.text import words

__all__ = ["NEAR", "Match", "NearIndex", "Row", "best_of", "clusters", "rank"]

NEAR = 0.7

_WAITING = 1024  # texts compared one by one before they are filed in the index
_PORTION = 8192  # texts looked up at once
_HITS = 1 << 20  # postings looked at, at once
_MOST_RARE = 24  # a text's rarest words that are looked up: all that are needed up to some 50 words
_LAST_CHARACTER = 0x10FFFF

_Code = str | tuple[int, ...]  # a text, each word a character or, where characters have run out, each word a number
_Integers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Match:
    """The `number` of the kept text that a text repeats, of all texts in their order from 0, and how."""

    number: int
    reason: Literal["duplicate", "near_duplicate"]


class NearIndex:
    """Texts kept so far. A text is kept where no text kept before it is near; what is not kept is compared with none.

    Up to some 50 words every near text is found; of longer ones, those that share two of their 24 rarest words, which
    only changes in nearly all of the rarest words could hide.
    """

    def __init__(self, threshold: float = NEAR) -> None:
        self._threshold = threshold
        self._vocabulary: dict[str, int] = {}
        self._kept: list[_Code] = []
        self._slots: dict[_Code, int] = {}  # of those that are kept
        self._numbers = array("q")
        self._count = 0
        self._filed = _Filed(threshold)

    def add(self, text: str) -> Match | None:
        """The earliest kept text that this one repeats; None where there is none, and it is kept."""
        code = self._coded(text)
        number = self._count
        self._count += 1
        if code in self._slots:
            return Match(self._numbers[self._slots[code]], "duplicate")
        slot = next(iter(self._near(code)), None)
        if slot is not None:
            return Match(self._numbers[slot], "near_duplicate")
        self._keep(code, number)
        self._file(_WAITING)
        return None

    def keep(self, text: str) -> Match | None:
        """The kept text that is the very same; None where there is none, and this one is kept, near to another or not."""
        code = self._coded(text)
        number = self._count
        self._count += 1
        if code in self._slots:
            return Match(self._numbers[self._slots[code]], "duplicate")
        self._keep(code, number)
        self._file(_WAITING)
        return None

    def near(self, text: str) -> list[int]:
        """The numbers of all kept texts that are near, in order; the text itself is not kept."""
        return [self._numbers[slot] for slot in self._near(self._coded(text))]

    def add_all(self, texts: Iterable[str]) -> Iterator[Match | None]:
        """What `add` would say of each, many looked up at once."""
        waiting = iter(texts)
        while portion := list(islice(waiting, _PORTION)):
            yield from self._add_portion([self._coded(text) for text in portion])

    def _add_portion(self, codes: Sequence[_Code]) -> Iterator[Match | None]:
        self._file(0)
        new = list(dict.fromkeys(code for code in codes if code not in self._slots))
        found: dict[_Code, Match] = {}
        looked_up = _Looked(new, self._filed)
        for own, slot in self._filed.near(looked_up, self._kept):
            found.setdefault(new[own], Match(self._numbers[slot], "near_duplicate"))
        left = [code for code in new if code not in found]
        between = _Filed(self._threshold)
        between.learn(self._filed)
        among = _Looked(left, between)
        between.file(among)
        earlier: dict[int, list[int]] = {}
        for own, other in between.near(among, left, is_among=True):
            earlier.setdefault(own, []).append(other)
        numbers: dict[_Code, int] = {}
        for number, code in enumerate(codes, self._count):
            numbers.setdefault(code, number)
        is_kept = []
        for own, code in enumerate(left):
            other = next((each for each in earlier.get(own, ()) if is_kept[each]), None)
            is_kept.append(other is None)
            if other is None:
                self._keep(code, numbers[code])
            else:
                found[code] = Match(numbers[left[other]], "near_duplicate")
        for number, code in enumerate(codes, self._count):
            match = found.get(code)
            if match is None and (first := self._numbers[self._slots[code]]) != number:
                match = Match(first, "duplicate")
            yield match
        self._count += len(codes)
