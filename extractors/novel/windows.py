"""Windows: which passages of a novel a model is shown to settle the speakers of some of its quotes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Window", "find_windows"]

_MOST = 1500  # tokens in a window of more than one question's surroundings
_BEFORE = 250  # tokens of context: who is there, and who spoke last, stands before a quote
_AFTER = 120  # sooner than behind it


@dataclass(frozen=True, slots=True)
class Window:
    """The paragraphs `first` to `last`, the latter too. `asked` are those whose quotes are its questions."""

    first: int
    last: int
    asked: tuple[int, ...]


def find_windows(sizes: Sequence[int], acts: Sequence[int], asked: Iterable[int]) -> list[Window]:
    """Every paragraph of `asked`, which are in order, as a question of exactly one window.

    `sizes` are the tokens of each paragraph, `acts` the act it is in: a window lies in one act. Paragraphs whose
    contexts touch share a window as long as it keeps within 1500 tokens; the next one then begins with its own
    context, which the one before may have too. A single paragraph is shown whole, however long.
    """
    windows: list[Window] = []
    for paragraph in asked:
        first, last = _around(sizes, acts, paragraph)
        if windows:
            before = windows[-1]
            touches = first <= before.last + 1 and acts[paragraph] == acts[before.first]
            if touches and sum(sizes[before.first : last + 1]) <= _MOST:
                windows[-1] = Window(before.first, max(last, before.last), (*before.asked, paragraph))
                continue
        windows.append(Window(first, last, (paragraph,)))
    return windows


def _around(sizes: Sequence[int], acts: Sequence[int], paragraph: int) -> tuple[int, int]:
    """The first and the last paragraph of the context of one."""
    return paragraph - _context(sizes, acts, paragraph, -1, _BEFORE), paragraph + _context(
        sizes, acts, paragraph, +1, _AFTER
    )


def _context(sizes: Sequence[int], acts: Sequence[int], paragraph: int, step: int, wanted: int) -> int:
    """How many paragraphs on one side hold the `wanted` tokens, as far as the act goes; one that would fill half a
    window by itself is no context."""
    filled = count = 0
    at = paragraph + step
    while filled < wanted and 0 <= at < len(sizes) and acts[at] == acts[paragraph] and sizes[at] <= _MOST // 2:
        filled += sizes[at]
        count += 1
        at += step
    return count
