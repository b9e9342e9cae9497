"""What is asked of a language model, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from dramaturg.workspace import digest
from prompts import Message

__all__ = ["Answer", "Failure", "Request", "read_answer"]


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `prompt` is the prompt's id and version; `sample` tells equal questions apart."""

    prompt: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    sample: int = 0

    def key(self, endpoint: str, model: str) -> str:
        """What an answer is stored under: all that decides it, whichever prompt or parser it was for."""
        return digest(
            endpoint, model, self.messages, self.temperature, self.max_tokens, self.schema, self.sample
        )[:32]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote. `is_cut` where it ran into the limit of tokens."""

    key: str
    model: str
    prompt: str
    text: str
    is_cut: bool
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that has no answer, and why. `is_final` where this endpoint will never answer it."""

    key: str
    prompt: str
    reason: str
    is_final: bool = False


def read_answer(key: str, model: str, prompt: str, raw: str) -> Answer | None:
    """The answer in a raw chat completion; None where it is none, such as a proxy's page with status 200."""
    try:
        completion = orjson.loads(raw)
        choice = completion["choices"][0]
        usage = completion.get("usage") or {}
        return Answer(
            key,
            model,
            prompt,
            text=choice["message"].get("content") or "",
            is_cut=choice.get("finish_reason") == "length",
            tokens_in=int(usage.get("prompt_tokens") or 0),
            tokens_out=int(usage.get("completion_tokens") or 0),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
