"""Near-duplicates among texts as they come, by the million, and which of them to keep.

Equal but for case and punctuation, or ROUGE-L (F1 over words, in Chinese over characters) of 0.7 and more:
Self-Instruct's threshold (arXiv 2212.10560), which Alpaca took over. A text that goes is near to the very text that is
kept for it, never only to another that goes.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import Indel

from dramaturg.curate.rare import Code, RarePairs
from dramaturg.text import words

__all__ = ["NEAR", "Match", "NearIndex", "Reason", "Row", "best_of", "rank"]

NEAR = 0.7

Reason = Literal["duplicate", "near_duplicate"]

_WAITING = 1024  # texts compared one by one, before they are filed
_PORTION = 8192  # texts looked up at once
_CHARACTERS = 0x110000


@dataclass(frozen=True, slots=True)
class Match:
    """The number of the kept text that a text repeats, of all texts given, from 0; and how it does."""

    number: int
    reason: Reason


class NearIndex:
    """Texts as they come. A text is kept where none that was kept before it is near; what goes is compared with none.

    What is found depends on the texts and their order alone. Of texts above 70 words see `RarePairs`.
    """

    def __init__(self, threshold: float = NEAR) -> None:
        self._threshold = threshold
        self._vocabulary: dict[str, int] = {}
        self._slots: dict[Code, int] = {}  # of kept texts, in the order in which they were kept
        self._numbers = array("q")  # of kept texts, among all
        self._count = 0
        self._filed = RarePairs(threshold)
        self._waiting: list[Code] = []

    def add(self, text: str) -> Match | None:
        """The earliest kept text that this one repeats; None where there is none, and it is kept."""
        code = self._code(text)
        match = self._same(code)
        if match is None:
            slot = next(self._near(code), None)
            match = None if slot is None else Match(self._numbers[slot], "near_duplicate")
        return self._counted(code, match)

    def keep(self, text: str) -> Match | None:
        """The kept text that is the very same; None where there is none, and it is kept, near to another or not."""
        code = self._code(text)
        return self._counted(code, self._same(code))

    def near(self, text: str) -> list[int]:
        """The numbers of all kept texts that are near to this one or the same, in order. It is not kept."""
        code = self._code(text)
        found = set(self._near(code)) | ({self._slots[code]} if code in self._slots else set())
        return [self._numbers[slot] for slot in sorted(found)]

    def add_all(self, texts: Iterable[str]) -> Iterator[Match | None]:
        """What `add` says of each, looked up thousands at once. Nothing else may be added until all is read."""
        waiting = iter(texts)
        while portion := list(islice(waiting, _PORTION)):
            yield from self._add_portion([self._code(text) for text in portion])

    def _add_portion(self, codes: Sequence[Code]) -> list[Match | None]:
        self._file()
        firsts: dict[Code, int] = {}
        for number, code in enumerate(codes, self._count):
            firsts.setdefault(code, number)
        new = [code for code in firsts if code not in self._slots]
        found: dict[Code, Match] = {}
        for own, slot in self._filed.near(new):
            found.setdefault(new[own], Match(self._numbers[slot], "near_duplicate"))
        new = [code for code in new if code not in found]
        for code, leader in zip(new, self._filed.leaders(new), strict=True):
            if new[leader] == code:
                self._keep(code, firsts[code])
            else:
                found[code] = Match(firsts[new[leader]], "near_duplicate")
        matches: list[Match | None] = []
        for number, code in enumerate(codes, self._count):
            same = found.get(code) or Match(self._numbers[self._slots[code]], "duplicate")
            matches.append(same if same.number != number else None)
        self._count += len(codes)
        return matches

    def _same(self, code: Code) -> Match | None:
        slot = self._slots.get(code)
        return None if slot is None else Match(self._numbers[slot], "duplicate")

    def _near(self, code: Code) -> Iterator[int]:
        """The places of kept texts that are near, in order; of those filed and then of those waiting."""
        yield from (slot for _, slot in self._filed.near([code]))
        close = self._threshold - 1e-9
        scored = process.extract_iter(code, self._waiting, scorer=Indel.normalized_similarity, score_cutoff=close)
        yield from (len(self._filed) + place for _, _, place in scored)

    def _counted(self, code: Code, match: Match | None) -> Match | None:
        if match is None:
            self._keep(code, self._count)
            if len(self._waiting) >= _WAITING:
                self._file()
        self._count += 1
        return match

    def _keep(self, code: Code, number: int) -> None:
        self._slots[code] = len(self._numbers)
        self._numbers.append(number)
        self._waiting.append(code)

    def _file(self) -> None:
        self._filed.add(self._waiting)
        self._waiting = []

    def _code(self, text: str) -> Code:
        known = self._vocabulary
        numbers = [known.setdefault(word, len(known)) for word in words(text)]
        if len(known) > _CHARACTERS and max(numbers, default=0) >= _CHARACTERS:
            return tuple(numbers)
        return "".join(map(chr, numbers))


@dataclass(frozen=True, slots=True)
class Row:
    """What is to be compared of a row: its text, under a key of its own; of like rows the highest `rank` is kept."""

    key: str
    text: str
    rank: tuple[float, ...] = ()


def rank(text: str, confidence: str = "high", quality: float | None = None) -> tuple[float, ...]:
    """High confidence before low, then the better judged, any before none, then the longer in characters."""
    return (confidence != "low", float("-inf") if quality is None else quality, len(text))


def best_of(rows: Iterable[Row], threshold: float = NEAR) -> dict[str, tuple[str, Reason]]:
    """The rows that go, by key, in order: each with the key of the row that is kept for it, and why.

    Of equal ranks the earlier is kept. A row goes where one that is kept is at least `threshold` like it and ranks no
    lower; it points to the best of those.
    """
    rows = list(rows)
    ranked = sorted(range(len(rows)), key=lambda number: rows[number].rank, reverse=True)
    matches = NearIndex(threshold).add_all(rows[number].text for number in ranked)
    gone = {number: match for number, match in zip(ranked, matches, strict=True) if match is not None}
    return {rows[number].key: (rows[ranked[gone[number].number]].key, gone[number].reason) for number in sorted(gone)}
