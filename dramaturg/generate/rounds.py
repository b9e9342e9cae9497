"""What is asked in several rounds, of which the later ones rest on the answers to the earlier ones."""

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dramaturg.llm.parse import has_text
from dramaturg.llm.request import Answer, Failure, Request

__all__ = ["Outcomes", "Round", "Rounds", "are_settled", "ask_in_rounds", "asked_before"]

_ANSWERS_SHOWN, _ASKED_SHOWN = 2, 8
_Result = TypeVar("_Result")

Outcomes = Sequence[Answer | Failure]
"""What came of a round's requests, in their order."""


@dataclass(frozen=True, slots=True)
class Round:
    """Requests that can be asked at once, of what a person is told they are about; `is_whole` says of an answer whether
    it is of the form asked for."""

    title: str
    requests: Sequence[Request]
    is_whole: Callable[[Answer], bool] = has_text


Rounds = Generator[Round, Outcomes, _Result]
"""Yields a round, is sent its outcomes, and returns what was read in all of them."""


def ask_in_rounds(rounds: Rounds[_Result], ask: Callable[[Round], Outcomes]) -> _Result:
    """What rounds come to in the end; `ask` gives the outcomes of one."""
    try:
        asked = next(rounds)
        while True:
            asked = rounds.send(ask(asked))
    except StopIteration as ended:
        result: _Result = ended.value
        return result


def are_settled(outcomes: Outcomes) -> bool:
    """Whether the next run asks none of them again, so that what rests on them stays."""
    return all(isinstance(each, Answer) or each.is_final for each in outcomes)


def asked_before(asked: Sequence[Sequence[str]], sample: int) -> list[str]:
    """Of the questions of each answer, those that a request shows, so that it asks others: all of the answers whose
    turn it is; once all had theirs, one each of some drawn by lot. It does not change where more is asked than before,
    or another answer is read otherwise."""
    first = sample * _ANSWERS_SHOWN
    if first + _ANSWERS_SHOWN <= len(asked):
        return [each for questions in asked[first : first + _ANSWERS_SHOWN] for each in questions][:_ASKED_SHOWN]
    drawn = random.Random(sample).sample(asked, min(_ASKED_SHOWN, len(asked)))
    return [questions[sample % len(questions)] for questions in drawn if questions]
