"""Duplicates and near-duplicates, as the reasons for which a record goes."""

from collections.abc import Iterable

from dramaturg.curate.near import NEAR, NearIndex

__all__ = ["NEAR", "Deduplicator"]


class Deduplicator:
    """Texts seen so far. `add` says whether a text is new to it."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._index = NearIndex()
        for text in known:
            self._index.keep(text)

    def add(self, text: str) -> str | None:
        """`duplicate` or `near_duplicate` where it is one, and it is not kept; else None, and it is."""
        match = self._index.add(text)
        return None if match is None else match.reason

    def repeated(self, text: str) -> str | None:
        """`repeated_answer` where the very same text was there before; else None, and it is kept."""
        return None if self._index.keep(text) is None else "repeated_answer"
