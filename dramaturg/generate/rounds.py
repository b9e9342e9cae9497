"""What is asked in several rounds, of which the later ones rest on the answers to the earlier ones."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dramaturg.llm.parse import has_text
from dramaturg.llm.request import Answer, Failure, Request

__all__ = ["Outcomes", "Round", "Rounds"]

_Result = TypeVar("_Result")

Outcomes = Sequence[Answer | Failure]
"""What came of a round's requests, in their order."""


@dataclass(frozen=True, slots=True)
class Round:
    """Requests that can be asked at once; `is_whole` says of an answer whether it is of the form asked for."""

    requests: Sequence[Request]
    is_whole: Callable[[Answer], bool] = has_text


Rounds = Generator[Round, Outcomes, _Result]
"""Yields a round, is sent its outcomes, and returns what was read in all of them."""
