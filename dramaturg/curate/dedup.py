"""Duplicates and near-duplicates: equal but for case and punctuation, or ROUGE-L of 0.7 and more.

ROUGE-L's F1 over words (in Chinese, characters) is 2·LCS / (m + n), which is what rapidfuzz calls the normalized
similarity of Indel. Self-Instruct's threshold (arXiv 2212.10560), which Alpaca took over.
"""

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import Indel

from dramaturg.text import words

__all__ = ["NEAR", "Deduplicator"]

NEAR = 0.7


class Deduplicator:
    """Texts seen so far. `add` says whether a text is new to it."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._exact: set[tuple[str, ...]] = set()
        self._seen: list[tuple[str, ...]] = []
        for text in known:
            self._keep(tuple(words(text)))

    def add(self, text: str) -> str | None:
        """`duplicate` or `near_duplicate` where it is one, and it is not kept; else None, and it is."""
        own = tuple(words(text))
        if own in self._exact:
            return "duplicate"
        if process.extractOne(own, self._seen, scorer=Indel.normalized_similarity, score_cutoff=NEAR) is not None:
            return "near_duplicate"
        self._keep(own)
        return None

    def repeated(self, text: str) -> str | None:
        """`repeated_answer` where the very same text was there before; else None, and it is kept."""
        own = tuple(words(text))
        if own in self._exact:
            return "repeated_answer"
        self._keep(own)
        return None

    def _keep(self, own: tuple[str, ...]) -> None:
        if own not in self._exact:
            self._exact.add(own)
            self._seen.append(own)
