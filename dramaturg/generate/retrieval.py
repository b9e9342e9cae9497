"""The scenes that touch a question: BM25 over the scenes' text, best first, within a token budget."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from rank_bm25 import BM25Plus

from dramaturg.scenes import Scene, story_line
from dramaturg.text import Language, words

__all__ = ["SceneIndex", "story"]


class SceneIndex:
    """Scenes by what is said in them. Words are the index's terms, in Chinese pairs of characters too."""

    def __init__(self, scenes: Sequence[Scene], language: Language) -> None:
        self._scenes = list(scenes)
        self._language = language
        documents = [self._terms(story(scene, language)) for scene in self._scenes]
        # BM25Okapi's weight of a term that half of the scenes have is 0; this one's, with delta 0, is never below
        self._index = BM25Plus(documents, delta=0) if any(documents) else None

    def best(self, query: str, budget: int) -> list[Scene]:
        """The best scenes of at most `budget` tokens together, in the order of the story.

        Like ChatHaruhi (arXiv 2308.09597) it takes them best first and ends before the one that does not fit.
        """
        if self._index is None:
            return []
        scores = self._index.get_scores(self._terms(query))
        taken: list[int] = []
        filled = 0
        for number in np.argsort(-scores, kind="stable"):
            filled += self._scenes[number].tokens
            if scores[number] <= 0 or filled > budget:
                break
            taken.append(int(number))
        return [self._scenes[number] for number in sorted(taken)]

    def _terms(self, text: str) -> list[str]:
        single = words(text)
        return single + [one + other for one, other in pairwise(single)] if self._language == "zh" else single


def story(scene: Scene, language: Language) -> str:
    """A scene in ChatHaruhi's story form, an utterance a line."""
    return "\n".join(story_line(line, language) for line in scene.utterances)
