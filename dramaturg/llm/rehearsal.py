"""What asking would come to: the store's answers where there are any, else a stand-in for what is to be paid for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import orjson

from dramaturg.llm.engine import Batch, Engine
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.text import count_tokens

__all__ = ["Planned", "Rehearsal"]

_PLACES = 3  # of the script in a stand-in's text, at least
_STRIDE = 7
_SHARE_OF_ROOM = 0.4
"""How much of the tokens that a request leaves it an answer takes, where nobody knows better."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A request that a build would ask. Tokens by our own counter, `tokens_out` what an answer is likely to have."""

    request: Request
    is_answered: bool
    tokens_in: int
    tokens_out: int


@dataclass(slots=True)
class Rehearsal:
    """Stands where an engine does, and asks nobody. Its stand-ins are made of `pieces` of the script, so that what is
    looked for with them is found. Everything that would be asked is in `planned`."""

    engine: Engine
    pieces: Sequence[str]
    planned: list[Planned] = field(default_factory=list)
    _made: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.engine.assume_schema()

    def takes_json(self) -> bool:
        """As the endpoint was once found to do; where it was never asked, it is taken to."""
        return self.engine.takes_json()

    def ask(
        self,
        requests: Sequence[Request],
        title: str,
        is_whole: Callable[[Answer], bool] = lambda _: True,
    ) -> Batch:
        """An answer for each request: the store's, or a stand-in."""
        stored = self.engine.ask(requests, title, is_whole)
        outcomes: list[Answer | Failure] = []
        for request, outcome in zip(requests, stored.outcomes, strict=True):
            if isinstance(outcome, Answer) or outcome.is_final:
                outcomes.append(outcome)
                self.planned.append(Planned(request, True, outcome.tokens_in, outcome.tokens_out))
                continue
            tokens_in, tokens_out = request.tokens, round(request.max_tokens * _SHARE_OF_ROOM)
            self.planned.append(Planned(request, False, tokens_in, tokens_out))
            text = self._stand_in(request, tokens_out)
            stand_in = Answer(outcome.key, self.engine.model, request.prompt, text, False, tokens_in, tokens_out)
            outcomes.append(replace(stand_in, context=request.context))
        return Batch(tuple(outcomes), looked_at=tuple(outcomes))

    def _stand_in(self, request: Request, tokens: int) -> str:
        if request.schema is None:
            return self._text(tokens)
        texts = count()
        self._value(schema := request.schema.get("schema", {}), lambda: str(next(texts)))
        size = tokens // max(1, next(texts))
        return orjson.dumps(self._value(schema, lambda: self._text(size))).decode()

    def _value(self, schema: Mapping[str, Any], text: Callable[[], str]) -> Any:
        """A value of a JSON schema, with as many items as it allows."""
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array":
            return [self._value(schema["items"], text) for _ in range(schema.get("maxItems", 1))]
        if schema.get("type") == "object":
            return {name: self._value(part, text) for name, part in schema["properties"].items()}
        return text()

    def _text(self, tokens: int) -> str:
        """Pieces from different places, others each time, of so many tokens together."""
        number, size = next(self._made), len(self.pieces)
        text = ""
        for part in range(tokens + 1):
            text += self.pieces[(number * _STRIDE + part * (size // _PLACES + 1)) % size]
            if part + 1 >= _PLACES and count_tokens(text) >= tokens:
                break
        return text
