"""What of the script touches a question, by BM25: scenes within a token budget, or the best exchanges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dramaturg.exchanges import Exchange, Turn
from dramaturg.generate.bm25 import BM25Index
from dramaturg.scenes import Scene, story_line
from dramaturg.script import Span
from dramaturg.text import Language, join_pieces, words

__all__ = ["Pair", "PairIndex", "SceneIndex", "story"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What `user`, a person of the story, said to the role, and what it answered; `context` are the lines of both."""

    user: str
    question: str
    answer: str
    context: tuple[Span, ...]


class SceneIndex:
    """Scenes by what is said in them. Words are the index's terms, in Chinese pairs of characters too."""

    def __init__(self, scenes: Sequence[Scene], language: Language) -> None:
        self._scenes = list(scenes)
        self._language = language
        self._index = BM25Index([_terms(story(scene, language), language) for scene in self._scenes], "plus")

    def best(self, query: str, budget: int) -> list[Scene]:
        """The best scenes of at most `budget` tokens together, in the order of the story.

        Like ChatHaruhi (arXiv 2308.09597) it takes them best first and ends before the one that does not fit.
        """
        scores = self._index.scores(_terms(query, self._language))
        taken: list[int] = []
        filled = 0
        for number in np.argsort(-scores, kind="stable"):
            filled += self._scenes[number].tokens
            if scores[number] <= 0 or filled > budget:
                break
            taken.append(int(number))
        return [self._scenes[number] for number in sorted(taken)]


class PairIndex:
    """What was said to the role and what it answered, by the words of both, since what a query is about may stand in
    either, and an answer on it shows the role's manner best. Each pair of texts is in it once, wordless ones not."""

    def __init__(self, exchanges: Iterable[Exchange], language: Language) -> None:
        pairs: dict[tuple[str, str], Pair] = {}
        for exchange in exchanges:
            pair = _pair(exchange, language)
            if words(pair.question) and words(pair.answer):
                pairs.setdefault((pair.question, pair.answer), pair)
        self._pairs = list(pairs.values())
        self._language = language
        documents = [_terms(pair.question, language) + _terms(pair.answer, language) for pair in self._pairs]
        self._index = BM25Index(documents, "okapi")

    def best(self, query: str, most: int) -> list[Pair]:
        """The best `most` pairs, best first; where too few share a word with the query, others after them."""
        return [self._pairs[number] for number in self._index.best(_terms(query, self._language), most)]


def story(scene: Scene, language: Language) -> str:
    """A scene in ChatHaruhi's story form, an utterance a line."""
    return "\n".join(story_line(line, language) for line in scene.utterances)


def _pair(exchange: Exchange, language: Language) -> Pair:
    def said(turn: Turn) -> str:
        return join_pieces((line.content for line in turn.lines), language)

    lines = (*exchange.question.lines, *exchange.answer.lines)
    context = tuple(Span(line.source, line.start, line.end) for line in lines)
    return Pair(exchange.question.role, said(exchange.question), said(exchange.answer), context)


def _terms(text: str, language: Language) -> list[str]:
    single = words(text)
    return single + [one + other for one, other in pairwise(single)] if language == "zh" else single
