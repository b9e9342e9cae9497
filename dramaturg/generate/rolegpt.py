"""General instructions answered in the role's voice: RoleGPT (RoleLLM, arXiv 2310.00746).

Few-shot dialogue engineering, the paper's best way, shows what was said to the role and what it answered as turns of
the chat; few-shot prompt engineering writes the same into the prompt; zero-shot shows none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dramaturg.character import Character
from dramaturg.exchanges import Exchange
from dramaturg.generate.effort import spread
from dramaturg.generate.instructions import Instruction
from dramaturg.generate.profile import Profile
from dramaturg.generate.questions import user_name
from dramaturg.generate.retrieval import Pair, PairIndex
from dramaturg.generate.spoken import spoken
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.script import Span
from dramaturg.stages import Mode
from dramaturg.text import Language, count_tokens
from prompts import as_turns, load_prompt

__all__ = ["STAGE", "GeneralAnswer", "Planned", "plan_answers", "read_answers"]

STAGE = "rolegpt"

_PAIRS = 5
_RANKED = 20  # of which the first that fit are shown
_PAIR_TOKENS = 1500  # of all that are shown
_MOST_TOKENS = 500
_TEMPERATURE = 0.7  # answers that differ, and are still the role's


@dataclass(frozen=True, slots=True)
class GeneralAnswer:
    """A model's answer to an instruction in the role's voice. Number 0 is its surest; the paper has 5 more of each, to
    hold a system's answers against. `context` are the lines of the script that the model was shown; `edited` is (1,)
    where a person has written the answer anew."""

    instruction: Instruction
    answer: str
    number: int
    is_cut: bool
    mode: Mode
    model: str
    prompt: str
    request: str
    context: tuple[Span, ...]
    edited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A request for the answer `number` to an instruction, which is at `place` among all."""

    request: Request
    instruction: Instruction
    mode: Mode
    number: int
    place: int


def plan_answers(
    character: Character,
    profile: Profile,
    exchanges: Iterable[Exchange],
    instructions: Sequence[Instruction],
    mode: Mode,
    responses: int,
    most: int | None,
) -> list[Planned]:
    """`responses` requests for each instruction, the first at temperature 0, or `most` of them all: one for each first,
    the instructions spread evenly, then the second of each, so that a higher number of either only adds to them. That
    an instruction's requests are far from each other lets an endpoint remember what they have in common.

    Shown are the role's 5 best pairs for the instruction that together have at most 1500 cl100k tokens; half of them
    where that is too long for the model.
    """
    language = character.language
    prompt = load_prompt(language, "rolegpt")
    index = None if mode == "zero_shot_prompt" else PairIndex(exchanges, language)

    def texts(pair: Pair) -> tuple[str, str]:
        """What is shown of a pair."""
        asked = _line(pair.user, pair.question, language)
        if mode == "few_shot_dialogue":
            return asked, pair.answer
        return asked + "\n", _line(character.name, pair.answer, language) + "\n\n"

    def request(instruction: Instruction, pairs: Sequence[Pair]) -> Request:
        shown = [texts(pair) for pair in pairs]
        is_dialogue = mode == "few_shot_dialogue"
        messages = prompt.render(
            turns=as_turns(shown) if is_dialogue else (),
            role=character.name,
            work=character.work,
            profile=profile.text(language),
            note=character.personality_note or "",
            pairs="" if is_dialogue else "".join(text for both in shown for text in both).strip(),
            asked=_line(user_name(character), instruction.text, language),
        )
        context = tuple(span for pair in pairs for span in pair.context)
        shorter = (lambda: request(instruction, pairs[: len(pairs) // 2])) if pairs else None
        return Request(prompt.name, messages, _MOST_TOKENS, context=context, shorter=shorter)

    order = spread(len(instructions))
    wanted = [(place, number) for number in range(responses) for place in order][:most]
    first: dict[int, Request] = {}
    for place in dict.fromkeys(place for place, _ in wanted):
        found = index.best(instructions[place].text, _RANKED) if index else []
        first[place] = request(instructions[place], _fitting(found, texts))
    return [
        Planned(_sample(first[place], number), instructions[place], mode, number, place) for place, number in wanted
    ]


def read_answers(
    character: Character, planned: Iterable[Planned], outcomes: Iterable[Answer | Failure]
) -> list[GeneralAnswer]:
    """The answers in the order of the instructions, each one's by number, without what frames them."""
    answered = [(plan, outcome) for plan, outcome in zip(planned, outcomes, strict=True) if isinstance(outcome, Answer)]
    return [
        GeneralAnswer(
            plan.instruction,
            spoken(answer.text, character.names),
            plan.number,
            answer.is_cut,
            plan.mode,
            answer.model,
            answer.prompt,
            answer.key,
            answer.context,
        )
        for plan, answer in sorted(answered, key=lambda each: (each[0].place, each[0].number))
    ]


def _fitting(pairs: Iterable[Pair], texts: Callable[[Pair], tuple[str, str]]) -> list[Pair]:
    """The first pairs that fit, without one that would be too long beside those before it."""
    taken: list[Pair] = []
    filled = 0
    for pair in pairs:
        if len(taken) == _PAIRS:
            break
        tokens = sum(map(count_tokens, texts(pair)))
        if filled + tokens <= _PAIR_TOKENS:
            taken.append(pair)
            filled += tokens
    return taken


def _sample(request: Request, number: int) -> Request:
    """The same asked once more; however it is cut shorter."""
    if number == 0:
        return request

    def shorter() -> Request | None:
        other = request.shorter() if request.shorter else None
        return other and _sample(other, number)

    return replace(
        request, temperature=_TEMPERATURE, sample=number, shorter=shorter if request.shorter is not None else None
    )


def _line(name: str, said: str, language: Language) -> str:
    return f"{name}：“{said}”" if language == "zh" else f'{name}: "{said}"'
