"""Texts as vectors, by an endpoint's embeddings: each text is asked for once, like any question, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import orjson

from dramaturg.errors import EndpointError
from dramaturg.llm.engine import Batch, Engine
from dramaturg.llm.request import Request

__all__ = ["Embedder"]

_PROMPT = "embedding@1"


@dataclass(slots=True)
class Embedder:
    """One model that makes vectors of texts. `batches` are what it was asked, and `engine` whom."""

    engine: Engine
    batches: list[Batch] = field(default_factory=list, init=False)
    _known: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict, init=False)

    @staticmethod
    def request(text: str) -> Request:
        """What is asked for the vector of a text."""
        return Request(_PROMPT, ({"role": "user", "content": text},), max_tokens=0)

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """The vectors of the texts, of length 1, a row each. Raises EndpointError where one cannot be had."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            batch = self.engine.ask([self.request(text) for text in fresh], "embeddings")
            self.batches.append(batch)
            if batch.failures:
                raise EndpointError(batch.stopped or f"embeddings: {batch.failures[0].reason}")
            for text, answer in zip(fresh, batch.answers, strict=True):
                vector = np.array(orjson.loads(answer.text), np.float64)
                self._known[text] = vector / (np.linalg.norm(vector) or 1.0)
        if len({len(self._known[text]) for text in texts}) > 1:
            raise EndpointError(f"embeddings: {self.engine.model} gives vectors of different lengths")
        return np.array([self._known[text] for text in texts])
