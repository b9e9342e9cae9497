"""Lines of the script by number: how a prompt shows them, and how an answer cites them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from dramaturg.scenes import Scene, story_line
from dramaturg.script import Utterance
from dramaturg.text import Language

__all__ = ["cited_lines", "numbered_story"]

_PIECE = re.compile(r"\d+|[^\W\d_]+|[-–—~～]")
_TO = frozenset("-–—~～至到")
_BESIDE = frozenset("-–—~～至到第句行条号和与及跟台词编剧本")
_BESIDE_WORDS = frozenset("and or to through line lines no nos number numbers".split())
_MOST_DIGITS = 6


def numbered_story(scenes: Iterable[Scene], language: Language) -> str:
    """Scenes in story form, every utterance a line with its number in front: [1] and on, from the first scene's."""
    numbers = count(1)
    return "\n\n".join(
        "\n".join(f"[{next(numbers)}] {story_line(line, language)}" for line in scene.utterances) for scene in scenes
    )


def cited_lines(texts: Iterable[str], lines: Sequence[Utterance]) -> list[Utterance] | None:
    """Which of the `lines`, numbered from 1, the `texts` cite, each once, in the order of citing; None where there is
    no such line.

    They may cite as they like: [3][5], 3、5, 3-5, 第3句, line 3. What is said behind the numbers is left aside.
    """
    numbers: dict[int, None] = {}
    for text in texts:
        for first, last in _ranges(text):
            if not 1 <= first <= last <= len(lines):
                return None
            numbers |= dict.fromkeys(range(first, last + 1))
    return [lines[number - 1] for number in numbers]


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    """The numbers that a text begins with, as ranges from one to another; words before the first are passed over."""
    reached: int | None = None
    is_range = False
    for piece in _PIECE.findall(text):
        if piece.isdecimal():
            number = int(piece[:_MOST_DIGITS])
            yield (reached, number) if is_range and reached is not None and reached < number else (number, number)
            reached, is_range = number, False
        elif reached is None:
            continue
        elif set(piece) <= _BESIDE or piece.lower() in _BESIDE_WORDS:
            is_range = bool(set(piece) & _TO) or piece.lower() in ("to", "through")
        else:
            return
