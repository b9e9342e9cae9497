"""Dialogues with the role on synthesized questions, each answer from the scenes that touch it (ChatHaruhi).

Some are gone on with: what the asker would say next is asked for, then the role's answer with the talk so far in mind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dramaturg.curate.dedup import Deduplicator
from dramaturg.curate.rules import is_in_language
from dramaturg.generate.questions import Question
from dramaturg.generate.roleplay import RolePlay, Said, remembered
from dramaturg.generate.rounds import Round, Rounds
from dramaturg.generate.spoken import spoken
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Rejected
from dramaturg.script import Span, told_line
from prompts import load_prompt

__all__ = ["STAGE", "Dialogue", "LaterTurn", "synthesize", "turns_within"]

STAGE = "synthesis"

_GONE_ON_WITH = 4  # one of so many
_MOST_TOKENS = 80
_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class LaterTurn:
    """What the asker said next, by `question_request`, and the role's answer."""

    question: str
    question_request: str
    answer: str
    is_cut: bool
    request: str
    context: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A synthesized question, the model's answer in the role's voice, what else they say to each other, and the
    passages that the model was shown. `edited` are the turns, from 0 on, that a person has written anew."""

    user: str
    question: Question
    answer: str
    is_cut: bool
    model: str
    prompt: str
    request: str
    context: tuple[Span, ...]
    more: tuple[LaterTurn, ...] = ()
    edited: tuple[int, ...] = ()

    @property
    def talk(self) -> list[Said]:
        return [Said(self.question.text, self.answer), *(Said(turn.question, turn.answer) for turn in self.more)]


def turns_within(questions: int, turns: int, requests: int | None) -> list[int]:
    """Of how many turns the dialogue on each question is, as far as `requests` reach: of four dialogues the first
    answer of each, then the others of the first of them. Who allows more requests adds to that."""
    planned: list[int] = []
    spent = 0
    for opening in range(0, questions, _GONE_ON_WITH):
        several = range(opening, min(opening + _GONE_ON_WITH, questions))
        for number in [*several, *[opening] * (turns - 1)]:
            is_first = number == len(planned)
            spent += 1 if is_first else 2  # what is said next, and the answer
            if requests is not None and spent > requests:
                return planned
            if is_first:
                planned.append(1)
            else:
                planned[number] += 1
    return planned


def synthesize(
    role: RolePlay, questions: Sequence[Question], turns: Sequence[int]
) -> Rounds[tuple[list[Dialogue], list[Rejected]]]:
    """A dialogue for each question that is answered, of up to so many turns as `turns` says of each.

    Reasons for what the asker would say next to go, which ends the dialogue before it: `empty`, `wrong_language`,
    `duplicate` and `near_duplicate` of what the asker said before.
    """
    rejected: list[Rejected] = []
    outcomes = yield Round("answers", role.requests([(question.asker, question.text, ()) for question in questions]))
    dialogues = [_dialogue(role, *each) for each in zip(questions, outcomes, strict=True)]
    for turn in range(2, max(turns, default=1) + 1):
        going_on = [
            (number, dialogue)
            for number, dialogue in enumerate(dialogues)
            if dialogue is not None and turns[number] >= turn and _goes_on(dialogue, turn)
        ]
        if not going_on:
            break
        outcomes = yield Round("what is said next", [_next_question(role, dialogue) for _, dialogue in going_on])
        asked = []
        for (number, dialogue), outcome in zip(going_on, outcomes, strict=True):
            if isinstance(outcome, Answer):
                text = spoken(outcome.text, (dialogue.user,))
                reason = _fault(role, dialogue, text)
                if reason is None:
                    asked.append((number, dialogue, text, outcome.key))
                else:
                    rejected.append(Rejected(STAGE, reason, {"asked": text, "request": outcome.key}))
        outcomes = yield Round(
            "answers to that", role.requests([(each.user, text, each.talk) for _, each, text, _ in asked])
        )
        for (number, dialogue, text, key), outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, Answer):
                said = spoken(outcome.text, role.character.names)
                later = LaterTurn(text, key, said, outcome.is_cut, outcome.key, outcome.context)
                dialogues[number] = replace(dialogue, more=(*dialogue.more, later))
    return [each for each in dialogues if each is not None], rejected


def _goes_on(dialogue: Dialogue, turn: int) -> bool:
    """Whether all turns before this one are there, and whole."""
    return len(dialogue.more) == turn - 2 and not (dialogue.more or (dialogue,))[-1].is_cut


def _dialogue(role: RolePlay, question: Question, outcome: Answer | Failure) -> Dialogue | None:
    if not isinstance(outcome, Answer):
        return None
    said = spoken(outcome.text, role.character.names)
    return Dialogue(
        question.asker, question, said, outcome.is_cut, outcome.model, outcome.prompt, outcome.key, outcome.context
    )


def _next_question(role: RolePlay, dialogue: Dialogue) -> Request:
    """Asks for what the asker would say next."""
    character = role.character
    prompt = load_prompt(character.language, "followup")
    messages = prompt.render(
        role=character.name,
        work=character.work,
        profile=role.profile.text(character.language),
        asker=dialogue.user,
        talk=list(_lines(dialogue, character.name)),
    )
    return Request(prompt.name, messages, _MOST_TOKENS, _TEMPERATURE)


def _lines(dialogue: Dialogue, name: str) -> Iterator[str]:
    for said in remembered(dialogue.talk):
        yield told_line(dialogue.user, said.question)
        yield told_line(name, said.answer)


def _fault(role: RolePlay, dialogue: Dialogue, text: str) -> str | None:
    if not text:
        return "empty"
    if not is_in_language(text, role.character.language):
        return "wrong_language"
    return Deduplicator(said.question for said in dialogue.talk).add(text)
