"""What is asked of a language model, and what came back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from dramaturg.script import Span
from dramaturg.text import count_tokens, in_one_line
from dramaturg.workspace import digest
from prompts import Message

__all__ = ["BATCH", "JSON_OBJECT", "SHOWN", "Answer", "Failure", "Fate", "Request", "read_reply"]

JSON_OBJECT: Mapping[str, Any] = {"type": "json_object"}
"""In place of a schema where an endpoint takes none, but answers in JSON."""

BATCH = "dramaturg_batch"
"""What the id of the batch that a raw chat completion came in is written under, in it."""

SHOWN = 160
"""How many characters a message shows of what an endpoint or a model said."""

_ASKED = {"messages", "temperature", "max_tokens", "schema", "sample"}

Fate = Literal["unanswered", "refused", "too_long", "filtered", "declined", "empty"]
"""Why there is no answer. `unanswered`: not reached, overloaded, not asked; the next run asks again. The others are
the answer to this request for good: the endpoint takes no such request, or none so long, filters what is asked or
answered, has a model that declines, or one that says nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `prompt` is the prompt's id and version; `sample` tells equal questions apart, `retry` the second
    and third time that one is asked because what came was not of the form asked for.

    `context` are the passages that it shows. `shorter` makes the one to ask where this is too long for the model, as
    its prompt is best cut; None where it cannot be cut further."""

    prompt: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    sample: int = 0
    retry: int = 0
    context: tuple[Span, ...] = ()
    shorter: "Callable[[], Request | None] | None" = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """All that it says, whoever says it in which message."""
        return "".join(message["content"] for message in self.messages)

    @property
    def is_embedding(self) -> bool:
        """Whether its text is to be made a vector, not answered: there is no room for an answer."""
        return self.max_tokens == 0

    @property
    def tokens(self) -> int:
        """The tokens of the question, by our own counter."""
        return sum(count_tokens(message["content"]) for message in self.messages)

    def as_json(self) -> str:
        """All that decides the answer."""
        asked = {
            "messages": self.messages,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "schema": self.schema,
            "sample": self.sample,
        }
        return orjson.dumps({**asked, **({"retry": self.retry} if self.retry else {})}).decode()

    @classmethod
    def from_json(cls, prompt: str, asked: str) -> "Request":
        """The request of such a prompt that `as_json` wrote. Raises ValueError where it wrote none."""
        try:
            fields = orjson.loads(asked)
            if set(fields) - {"retry"} == _ASKED:
                return cls(prompt, tuple(fields.pop("messages")), **fields)
        except (ValueError, TypeError):
            pass
        raise ValueError("not a request as the store keeps it")

    def key(self, endpoint: str, model: str) -> str:
        """What an answer is stored under: all that decides it, whichever prompt or parser it was for."""
        sample = (self.sample, self.retry) if self.retry else self.sample
        return digest(
            endpoint, model, self.messages, self.temperature, self.max_tokens, self.schema, sample
        )[:32]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote. `is_cut` where it ran into the limit of tokens; `tokens_cached` are those of `tokens_in`
    that the endpoint had read before; `context` are the passages that the request showed. `in_batch` where it came
    through a provider's Batch API, for half the price."""

    key: str
    model: str
    prompt: str
    text: str
    is_cut: bool
    tokens_in: int
    tokens_out: int
    tokens_cached: int = 0
    context: tuple[Span, ...] = ()
    in_batch: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that has no answer, and why. The tokens are what it cost all the same."""

    key: str
    prompt: str
    reason: str
    fate: Fate = "unanswered"
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    in_batch: bool = False

    @property
    def is_final(self) -> bool:
        """Whether this endpoint will never answer it."""
        return self.fate != "unanswered"


def read_reply(request: Request, key: str, model: str, raw: str) -> Answer | Failure | None:
    """What a raw chat completion holds; None where it is none, such as a proxy's page with status 200. Of a raw
    embedding it is the vector, as JSON."""
    prompt = request.prompt
    try:
        completion = orjson.loads(raw)
        usage = completion.get("usage") or {}
        paid: dict[str, Any] = {
            "tokens_in": int(usage.get("prompt_tokens") or 0),
            "tokens_out": int(usage.get("completion_tokens") or 0),
            "tokens_cached": _cached(usage),
            "in_batch": BATCH in completion,
        }
        if request.is_embedding:
            vector = orjson.dumps([float(each) for each in completion["data"][0]["embedding"]])
            return Answer(key, model, prompt, vector.decode(), is_cut=False, **paid)
        choices = completion["choices"]
        if not choices:
            return Failure(key, prompt, "the model said nothing", "empty", **paid)
        choice, message = choices[0], choices[0]["message"]
        text = message.get("content") or ""
        ended = choice.get("finish_reason")
        if ended == "content_filter":
            return Failure(key, prompt, "the endpoint's content filter withheld the answer", "filtered", **paid)
        if not text and (declined := message.get("refusal")):
            return Failure(key, prompt, f"the model declined: {in_one_line(declined, SHOWN)}", "declined", **paid)
        return Answer(key, model, prompt, text, is_cut=ended == "length", context=request.context, **paid)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def _cached(usage: Mapping[str, Any]) -> int:
    """OpenAI and those who follow it, or DeepSeek."""
    details = usage.get("prompt_tokens_details") or {}
    return int(details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens") or 0)
