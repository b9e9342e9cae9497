"""How much is asked of a model: the papers' numbers, or few and small questions for the embedded one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

__all__ = ["FULL", "LOCAL", "SMALL", "Effort", "evenly", "spread", "within", "within_stage"]

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Effort:
    """Requests by stage (None: as many as there is to ask about), and the size of each.

    `windows` are the passages in which unsure speakers are asked about; `profile_calls` those that the profile is made
    of, beside the one that sums it up; `answers` the requests for dialogues, of which every fourth has up to `turns`
    turns; `instructions` those for answers to general instructions. `profile_tokens` of script go into a question for
    the profile, `story_tokens` of scenes into an answer's prompt (cl100k). `temperature` is for questions and
    triplets, in place of the papers'.
    """

    windows: int | None
    profile_calls: int | None
    question_calls: int
    questions_a_call: int
    answers: int | None
    turns: int
    segments: int | None
    items_a_segment: int
    agnostic_calls: int
    items_a_call: int
    instructions: int | None
    scenarios: int | None
    profile_tokens: int
    story_tokens: int
    temperature: float | None = None


FULL = Effort(
    windows=None,
    profile_calls=None,
    question_calls=50,  # ChatHaruhi's 50 calls of 10 (arXiv 2308.09597)
    questions_a_call=10,
    answers=None,
    turns=3,
    segments=None,
    items_a_segment=3,
    agnostic_calls=14,  # of 10 each: RoleBench has 132 such questions a role (arXiv 2310.00746)
    items_a_call=10,
    instructions=None,
    scenarios=None,
    profile_tokens=6000,
    story_tokens=1500,
)
SMALL = Effort(
    windows=0,  # a small model knows less of who speaks than the rules
    profile_calls=2,
    question_calls=4,
    questions_a_call=10,
    answers=12,
    turns=2,
    segments=7,
    items_a_segment=3,
    agnostic_calls=3,
    items_a_call=5,
    instructions=4,
    scenarios=3,
    profile_tokens=1500,
    story_tokens=600,
    temperature=0.8,  # near 0 a small model copies what the prompt shows
)
"""36 requests with the one that sums the profile up: two to five minutes of the embedded model on two cores."""

_BY_STAGE = {
    "extract": ("windows",),
    "profile": ("profile_calls",),
    "questions": ("question_calls",),
    "synthesis": ("answers",),
    "context_instruct": ("segments", "agnostic_calls"),
    "rolegpt": ("instructions",),
    "scenarios": ("scenarios",),
}
_PARTS = {name: getattr(SMALL, name) for names in _BY_STAGE.values() for name in names} | {
    "windows": SMALL.question_calls
}

_PROFILE_CALLS = 4

LOCAL = replace(SMALL, **{name: getattr(FULL, name) for name in _PARTS if name != "windows"})
"""As many requests as the papers', each of them small: for an embedded model that the user chose, and a cap."""


def within(effort: Effort, most: int | None) -> Effort:
    """The effort held to `most` requests: each stage gets its part as in SMALL, windows as many as calls for questions.

    The profile gets the same few from 32 on, and one more that sums it up: what is asked later shows it, and is to be
    the same where more is asked than before."""
    if most is None:
        return effort
    profile = min(_PROFILE_CALLS, most // 8 or most - 1)
    wanted = effort.profile_calls
    held = replace(effort, profile_calls=profile if wanted is None else min(profile, wanted))
    others = tuple(name for name in _PARTS if name != "profile_calls")
    return _held(held, others, most - 1 - profile)


def within_stage(effort: Effort, stage: str, most: int | None) -> Effort:
    """The effort of a stage held to `most` requests of its own; None leaves it as it is."""
    if most is None:
        return effort
    return _held(effort, _BY_STAGE[stage], max(0, most - 1) if stage == "profile" else most)


def _held(effort: Effort, names: Sequence[str], remaining: int) -> Effort:
    shares = {}
    parts_left = sum(_PARTS[name] for name in names)
    for name in names:
        share = round(remaining * _PARTS[name] / parts_left)
        wanted = getattr(effort, name)
        shares[name] = share if wanted is None else min(share, wanted)
        remaining -= shares[name]
        parts_left -= _PARTS[name]
    return replace(effort, **shares)


def spread(count: int) -> list[int]:
    """The numbers below `count` in an order of which every beginning is spread evenly over them (van der Corput's): who
    takes some of it, and later more, takes the same ones again."""
    digits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda number: int(f"{number:0{digits}b}"[::-1], 2))


def evenly(items: Sequence[_Item], most: int | None) -> list[_Item]:
    """`most` items in their order, taken evenly from beginning to end; all where it is None."""
    return [items[number] for number in sorted(spread(len(items))[:most])]
