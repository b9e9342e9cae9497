"""What of the work is shown beside a row: the scenes that it cites, or what it was made from, within a budget."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from dramaturg.generate.retrieval import story
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import Language, count_tokens

__all__ = ["Work", "fitting", "half_of", "text_of"]


class Work:
    """The scenes, by where they stand."""

    def __init__(self, scenes: Iterable[Scene]) -> None:
        self._scenes: dict[str, list[Scene]] = {}
        for scene in scenes:
            self._scenes.setdefault(scene.source, []).append(scene)
        self._starts = {source: [each.span.start for each in own] for source, own in self._scenes.items()}

    def around(self, lines: Iterable[Span]) -> list[Scene]:
        """The scenes that hold the lines, whole, each once."""
        found = {(each.source, each.scene_id): each for line in lines for each in self._across(line)}
        return list(found.values())

    def within(self, passages: Iterable[Span]) -> list[Scene]:
        """The scenes' lines that stand in the passages, those of one scene and passage together."""
        parts = []
        for span in passages:
            for scene in self._across(span):
                lines = tuple(each for each in scene.utterances if span.start <= each.start and each.end <= span.end)
                parts += [replace(scene, utterances=lines)] if lines else []
        return parts

    def _across(self, span: Span) -> Iterator[Scene]:
        number = bisect_right(self._starts.get(span.source, []), span.start) - 1
        for scene in self._scenes.get(span.source, [])[max(number, 0) :]:
            if scene.span.start >= span.end:
                break
            if scene.span.end > span.start:
                yield scene


def text_of(parts: Sequence[Scene], language: Language) -> str:
    """The parts as a prompt shows them, with an empty line where another scene begins."""
    texts = [story(part, language) for part in parts]
    between = ["\n" if (one.source, one.scene_id) == (other.source, other.scene_id) else "\n\n"
               for one, other in pairwise(parts)]  # fmt: skip
    return "".join(text + gap for text, gap in zip(texts, [*between, ""], strict=True)) if texts else ""


def fitting(parts: Iterable[Scene], lines: Sequence[Span], language: Language, budget: int) -> list[Scene]:
    """The parts that fit into so many cl100k tokens, without one that is too long beside those before it; of a first
    one that is too long alone, the half that holds more of the lines, and so on."""
    taken: list[Scene] = []
    filled = 0
    for part in parts:
        shown = [part]
        while not taken and shown and _size(shown[0], language) > budget:
            shown = half_of(shown, lines)
        if shown and filled + (size := _size(shown[0], language)) <= budget:
            taken += shown
            filled += size
    return taken


def half_of(parts: Sequence[Scene], lines: Sequence[Span]) -> list[Scene]:
    """The first half of several parts, or of a lone one the half that holds more of the lines; nothing of a single
    line."""
    if len(parts) > 1:
        return list(parts[: len(parts) // 2])
    if not parts or len(parts[0].utterances) < 2:
        return []
    (part,) = parts
    middle = len(part.utterances) // 2
    halves = [replace(part, utterances=some) for some in (part.utterances[:middle], part.utterances[middle:])]
    return [max(halves, key=lambda half: sum(line.span in lines for line in half.utterances))]


def _size(part: Scene, language: Language) -> int:
    return count_tokens(story(part, language) + "\n\n")
