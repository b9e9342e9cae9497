"""Questions to the role in the manner of Alpaca: a few exchanges of the script as shots, and rules for variety.

ChatHaruhi's way (arXiv 2308.09597, appendix): 5 random shots, each side of 10 characters or more, at temperature 0.1.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.curate.dedup import Deduplicator
from dramaturg.curate.rules import is_in_language
from dramaturg.exchanges import Exchange, Turn
from dramaturg.generate.profile import Profile
from dramaturg.generate.rounds import Round, Rounds, are_settled, asked_before
from dramaturg.llm.parse import has_items, read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.text import Language, count_tokens, join_pieces
from prompts import Prompt, load_prompt

__all__ = ["STAGE", "Question", "ask_questions", "askers_of", "user_name"]

STAGE = "questions"

_TEMPERATURE = 0.1
_SHOTS = 5
_LEAST_CHARACTERS = 10
_MOST_SHOT_TOKENS = 150
_TOKENS_A_QUESTION = 70
_ASKERS = 8
_OPENING = 5
"""Requests that show no other's questions: those after them do."""
_USERS: dict[Language, str] = {"zh": "用户", "en": "User"}
_SAID_BY = re.compile(
    r"^[“\"「]?(?P<name>[^\s:：「“\"，。？！,.?!]{1,20}(?: [A-Z][\w.]+){0,3})[ \t]*[:：]\s*(?P<said>\S.*)$", re.DOTALL
)
_QUOTED = re.compile(r"^[“\"「『](.*)[”\"」』]$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that `asker`, somebody of the work, would say to the role; `item` numbers it within the answer to
    `request`."""

    text: str
    asker: str
    model: str
    prompt: str
    request: str
    item: int


def user_name(character: Character) -> str:
    """Who talks to the role where no person of the story does."""
    return character.user_name or _USERS[character.language]


def askers_of(character: Character, exchanges: Iterable[Exchange]) -> list[str]:
    """Who may ask the role: those who do in the script, the most frequent first; the user where nobody does."""
    counts = Counter(exchange.question.role for exchange in exchanges)
    return [name for name, _ in counts.most_common(_ASKERS) if name != character.name] or [user_name(character)]


def ask_questions(
    character: Character,
    profile: Profile,
    exchanges: Sequence[Exchange],
    calls: int,
    count: int,
    as_json: bool,
    temperature: float | None = None,
) -> Rounds[tuple[list[Question], list[Rejected], list[Malformed]]]:
    """`calls` requests for `count` questions each, every question once. The shots are drawn anew for each request, the
    same on every machine; the requests after the first ones show questions that there are already.

    Reasons: `over_count`, more than the `count` asked for; `asked_by_role`, the role is made to say it;
    `unknown_asker`, nobody who may ask is; `wrong_language`; `duplicate` and `near_duplicate` of one before it or of
    the script's.
    """
    prompt = load_prompt(character.language, "questions")
    askers = askers_of(character, exchanges)
    shots = _shots(exchanges, character)
    heat = _TEMPERATURE if temperature is None else temperature
    is_whole = has_items(prompt.fields)

    def request(sample: int, drawn: Sequence[dict[str, str]], asked: Sequence[str]) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            profile=profile.text(character.language),
            askers=askers,
            shots=drawn,
            asked=asked,
            count=count,
        )
        most = count * _TOKENS_A_QUESTION
        schema = prompt.schema(count, asker=askers) if as_json else None
        shorter = (lambda: request(sample, drawn[: len(drawn) // 2], asked)) if drawn else None
        return Request(prompt.name, messages, most, heat, schema, sample, shorter=shorter)

    def drawn_for(sample: int) -> list[dict[str, str]]:
        return random.Random(sample).sample(shots, min(_SHOTS, len(shots)))

    opening = range(min(calls, _OPENING))
    outcomes = list(
        (yield Round("questions", [request(sample, drawn_for(sample), ()) for sample in opening], is_whole))
    )
    if calls > _OPENING and are_settled(outcomes):
        asked = _texts(outcomes, prompt)
        later = range(_OPENING, calls)
        requests = [request(sample, drawn_for(sample), asked_before(asked, sample - _OPENING)) for sample in later]
        outcomes += yield Round("questions", requests, is_whole)
    known = (_said(exchange.question, character) for exchange in exchanges)
    return _read(character, askers, [each for each in outcomes if isinstance(each, Answer)], count, known)


def _texts(outcomes: Iterable[Answer | Failure], prompt: Prompt) -> list[list[str]]:
    """What each of the answers asks."""
    return [
        [_asked(item["question"])[1] for item in read_items(outcome.text, prompt.fields, outcome.is_cut).items]
        for outcome in outcomes
        if isinstance(outcome, Answer)
    ]


def _read(
    character: Character, askers: Sequence[str], answers: Iterable[Answer], count: int, known: Iterable[str]
) -> tuple[list[Question], list[Rejected], list[Malformed]]:
    fields = load_prompt(character.language, "questions").fields
    names = {name.lower(): member.name for member in character.full_cast for name in member.names}
    names |= {name.lower(): name for name in askers}
    seen = Deduplicator(known)
    kept: list[Question] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    for answer in answers:
        parsed = read_items(answer.text, fields, answer.is_cut)
        malformed += [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
        for number, item in enumerate(parsed.items):
            written, text = _asked(item["question"])
            asker = names.get((written or item["asker"]).lower(), "")
            question = Question(text, asker or item["asker"], answer.model, answer.prompt, answer.key, number)
            if number >= count:
                reason: str | None = "over_count"
            elif asker == character.name:
                reason = "asked_by_role"
            elif not asker:
                reason = "unknown_asker"
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
