"""Questions to the role in the manner of Alpaca: a few exchanges of the script as shots, and rules for variety.

ChatHaruhi's way (arXiv 2308.09597, appendix): 5 random shots, each side of 10 characters or more, at temperature 0.1.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.curate.dedup import Deduplicator
from dramaturg.curate.rules import is_in_language
from dramaturg.exchanges import Exchange, Turn
from dramaturg.generate.profile import Profile
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.text import count_tokens, join_pieces
from prompts import load_prompt

__all__ = ["STAGE", "Question", "question_requests", "read_questions"]

STAGE = "questions"

_TEMPERATURE = 0.1
_SHOTS = 5
_LEAST_CHARACTERS = 10
_MOST_SHOT_TOKENS = 150
_TOKENS_A_QUESTION = 60
_SAID_BY = re.compile(
    r"^[“\"「]?(?P<name>[^\s:：「“\"，。？！,.?!]{1,20}(?: [A-Z][\w.]+){0,3})[ \t]*[:：]\s*(?P<said>\S.*)$", re.DOTALL
)
_QUOTED = re.compile(r"^[“\"「『](.*)[”\"」』]$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """Something a model would say to the role; `item` numbers it within the answer to `request`."""

    text: str
    model: str
    prompt: str
    request: str
    item: int


def question_requests(
    character: Character,
    profile: Profile,
    exchanges: Sequence[Exchange],
    calls: int,
    count: int,
    as_json: bool,
    temperature: float | None = None,
) -> list[Request]:
    """`calls` requests for `count` questions each; the shots are drawn anew for each, the same on every machine, and
    left out where that is too long for a model."""
    prompt = load_prompt(character.language, "questions")
    shots = _shots(exchanges, character)
    heat = _TEMPERATURE if temperature is None else temperature

    def request(sample: int, drawn: Sequence[dict[str, str]]) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            profile=profile.text(character.language),
            shots=drawn,
            count=count,
        )
        most = count * _TOKENS_A_QUESTION
        schema = prompt.schema(count) if as_json else None
        shorter = (lambda: request(sample, drawn[: len(drawn) // 2])) if drawn else None
        return Request(prompt.name, messages, most, heat, schema, sample, shorter=shorter)

    return [request(sample, random.Random(sample).sample(shots, min(_SHOTS, len(shots)))) for sample in range(calls)]


def read_questions(
    character: Character, answers: Iterable[Answer], count: int, known: Iterable[str] = ()
) -> tuple[list[Question], list[Rejected], list[Malformed]]:
    """The questions of the answers, each once. `known` are those that the script has.

    Reasons: `over_count`, more than the `count` asked for; `asked_by_role`, the role is made to say it;
    `wrong_language`; `duplicate` and `near_duplicate` of one before it or of the script's.
    """
    fields = load_prompt(character.language, "questions").fields
    names = {name.lower() for name in character.names}
    seen = Deduplicator(known)
    kept: list[Question] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    for answer in answers:
        parsed = read_items(answer.text, fields, answer.is_cut)
        malformed += [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
        for number, item in enumerate(parsed.items):
            asker, text = _asked(item["question"])
            question = Question(text, answer.model, answer.prompt, answer.key, number)
            if number >= count:
                reason: str | None = "over_count"
            elif asker is not None and asker.lower() in names:
                reason = "asked_by_role"
            elif not is_in_language(text, character.language):
                reason = "wrong_language"
            else:
                reason = seen.add(text)
            if reason:
                rejected.append(Rejected(STAGE, reason, question))
            else:
                kept.append(question)
    return kept, rejected, malformed


def _shots(exchanges: Sequence[Exchange], character: Character) -> list[dict[str, str]]:
    shots = []
    for exchange in exchanges:
        question, answer = (_said(turn, character) for turn in (exchange.question, exchange.answer))
        is_long_enough = min(len(question), len(answer)) >= _LEAST_CHARACTERS
        if is_long_enough and max(count_tokens(question), count_tokens(answer)) <= _MOST_SHOT_TOKENS:
            shots.append({"question": question, "answer": answer})
    return shots


def _said(turn: Turn, character: Character) -> str:
    return join_pieces((line.content for line in turn.lines), character.language)


def _asked(text: str) -> tuple[str | None, str]:
    """Who is made to ask, where the model wrote a name before it, and the question itself."""
    said = _SAID_BY.match(text)
    asker, text = (said["name"], said["said"]) if said and _QUOTED.match(said["said"]) else (None, text)
    quoted = _QUOTED.match(text.strip())
    return asker, (quoted[1] if quoted else text).strip()
