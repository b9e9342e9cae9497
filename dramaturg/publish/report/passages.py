"""The stretches of the sources' texts that a page needs so that each passage it shows stands among its neighbours."""

from collections.abc import Iterable, Sequence

__all__ = ["AROUND", "windows"]

AROUND = 400
"""Characters shown before and after a passage."""


def windows(texts: Sequence[str], passages: Iterable[tuple[int, int, int]]) -> list[list[int | str]]:
    """`[source, start, text]` of every stretch that the passages, `(source, start, end)` in characters, and 400
    characters on both sides lie in, in order, none overlapping or touching another. `texts` are the sources' by their
    numbers. Ends are moved out to the next line break where that is no further than as much again."""
    found: list[list[int | str]] = []
    reached: tuple[int, int, int] | None = None
    for source, start, end in sorted(passages):
        text = texts[source]
        first, last = _outwards(text, max(0, start - AROUND), min(len(text), end + AROUND))
        if reached is not None and reached[0] == source and first <= reached[2]:
            reached = (source, reached[1], max(reached[2], last))
            continue
        if reached is not None:
            found.append([reached[0], reached[1], texts[reached[0]][reached[1] : reached[2]]])
        reached = (source, first, last)
    if reached is not None:
        found.append([reached[0], reached[1], texts[reached[0]][reached[1] : reached[2]]])
    return found


def _outwards(text: str, start: int, end: int) -> tuple[int, int]:
    before = text.rfind("\n", max(0, start - AROUND), start)
    after = text.find("\n", end, end + AROUND)
    return (before + 1 if before >= 0 else start), (after if after >= 0 else end)
