"""What of the script touches a question: scenes within a token budget, by BM25 or by vectors, or the best exchanges."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dramaturg.exchanges import Exchange, Turn
from dramaturg.generate.bm25 import BM25Index
from dramaturg.scenes import Scene, story_line
from dramaturg.script import Span
from dramaturg.text import Language, join_pieces, words

__all__ = ["Embed", "Pair", "PairIndex", "SceneIndex", "story"]


Embed = Callable[[Sequence[str]], npt.NDArray[np.float64]]
"""Makes a vector of length 1 of each text, a row each. Raises EndpointError."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What `user`, a person of the story, said to the role, and what it answered; `context` are the lines of both."""

    user: str
    question: str
    answer: str
    context: tuple[Span, ...]


class SceneIndex:
    """Scenes by what is said in them: by BM25, in Chinese over single characters and pairs, or, with `embed`, by the
    cosine of the vectors that it makes."""

    def __init__(self, scenes: Sequence[Scene], language: Language, embed: Embed | None = None) -> None:
        self._scenes = list(scenes)
        self._language = language
        self._embed = embed
        stories = [story(scene, language) for scene in self._scenes]
        if embed is None:
            self._index = BM25Index([_terms(text, language) for text in stories], "plus")
        elif stories:
            self._vectors = embed(stories)

    def prepare(self, queries: Sequence[str]) -> None:
        """Have the vectors of many queries made at once."""
        if self._embed is not None and self._scenes and queries:
            self._embed(queries)

    def best(self, query: str, budget: int) -> list[Scene]:
        """The best scenes of at most `budget` tokens together, in the order of the story.

        Like ChatHaruhi (arXiv 2308.09597) it takes them best first and ends before the one that does not fit.
        """
        scores = self._scores(query)
        taken: list[int] = []
        filled = 0
        for number in np.argsort(-scores, kind="stable"):
            filled += self._scenes[number].tokens
            if scores[number] <= 0 or filled > budget:
                break
            taken.append(int(number))
        return [self._scenes[number] for number in sorted(taken)]

    def _scores(self, query: str) -> npt.NDArray[np.float64]:
        if self._embed is None:
            return self._index.scores(_terms(query, self._language))
        return self._vectors @ self._embed([query])[0] if self._scenes else np.empty(0)


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
    context = tuple(line.span for line in lines)
    return Pair(exchange.question.role, said(exchange.question), said(exchange.answer), context)


def _terms(text: str, language: Language) -> list[str]:
    single = words(text)
    return single + [one + other for one, other in pairwise(single)] if language == "zh" else single
