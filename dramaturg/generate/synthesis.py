"""Answers to synthesized questions in the role's voice, each from the scenes that touch it (ChatHaruhi)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.generate.profile import Profile, scenes_with
from dramaturg.generate.questions import Question
from dramaturg.generate.retrieval import SceneIndex, story
from dramaturg.generate.spoken import spoken
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import Language
from prompts import load_prompt

__all__ = ["STAGE", "Dialogue", "Planned", "plan_dialogues", "read_dialogues", "user_name"]

STAGE = "synthesis"

_MOST_TOKENS = 300
_USERS: dict[Language, str] = {"zh": "用户", "en": "User"}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A synthesized question, the model's answer in the role's voice, and the passages the model was shown."""

    user: str
    question: Question
    answer: str
    is_cut: bool
    model: str
    prompt: str
    request: str
    context: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A question with the request that asks the role."""

    request: Request
    question: Question


def user_name(character: Character) -> str:
    """Who talks to the role where no person of the story does."""
    return character.user_name or _USERS[character.language]


def plan_dialogues(
    character: Character, profile: Profile, questions: Iterable[Question], scenes: Sequence[Scene], story_tokens: int
) -> list[Planned]:
    """A request for each question, with the scenes of the role that BM25 finds for it, at temperature 0; with half of
    them where that is too long for a model."""
    language = character.language
    prompt = load_prompt(language, "synthesis")
    index = SceneIndex(scenes_with(scenes, character.name), language)

    def request(question: Question, budget: int) -> Request:
        found = index.best(question.text, budget)
        messages = prompt.render(
            role=character.name,
            work=character.work,
            profile=profile.text(language),
            note=character.personality_note or "",
            stories="\n\n".join(story(scene, language) for scene in found),
            user_name=user_name(character),
            question=question.text,
        )
        context = tuple(scene.span for scene in found)
        shorter = (lambda: request(question, budget // 2)) if found else None
        return Request(prompt.name, messages, _MOST_TOKENS, context=context, shorter=shorter)

    return [Planned(request(question, story_tokens), question) for question in questions]


def read_dialogues(
    character: Character, planned: Iterable[Planned], outcomes: Iterable[Answer | Failure]
) -> list[Dialogue]:
    """A dialogue for each answer; what frames it (the role's own name, quote marks) is taken off."""
    return [
        Dialogue(
            user_name(character),
            plan.question,
            spoken(answer.text, character),
            answer.is_cut,
            answer.model,
            answer.prompt,
            answer.key,
            answer.context,
        )
        for plan, answer in zip(planned, outcomes, strict=True)
        if isinstance(answer, Answer)
    ]
