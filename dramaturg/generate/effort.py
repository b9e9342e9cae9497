"""How much is asked of a model: the papers' numbers, or few and small questions for the embedded one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

__all__ = ["FULL", "LOCAL", "SMALL", "Effort", "evenly", "spread", "within"]

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Effort:
    """Requests by stage (None: as many as there is to ask about), and the size of each.

    `windows` are the passages in which unsure speakers are asked about; `answers` the requests for dialogues, of which
    every fourth has up to `turns` turns.
    `profile_tokens` of script go into the profile, `story_tokens` of scenes into an answer's prompt (cl100k).
    `temperature` is for questions and triplets, in place of the papers'.
    """

    windows: int | None
    question_calls: int
    questions_a_call: int
    answers: int | None
    turns: int
    segments: int | None
    items_a_segment: int
    agnostic_calls: int
    items_a_call: int
    profile_tokens: int
    story_tokens: int
    temperature: float | None = None


FULL = Effort(
    windows=None,
    question_calls=50,  # ChatHaruhi's 50 calls of 10 (arXiv 2308.09597)
    questions_a_call=10,
    answers=None,
    turns=3,
    segments=None,
    items_a_segment=3,
    agnostic_calls=14,  # of 10 each: RoleBench has 132 such questions a role (arXiv 2310.00746)
    items_a_call=10,
    profile_tokens=6000,
    story_tokens=1500,
)
SMALL = Effort(
    windows=0,  # a small model knows less of who speaks than the rules
    question_calls=5,
    questions_a_call=10,
    answers=16,
    turns=2,
    segments=10,
    items_a_segment=3,
    agnostic_calls=4,
    items_a_call=5,
    profile_tokens=1500,
    story_tokens=600,
    temperature=0.8,  # near 0 a small model copies what the prompt shows
)
"""36 requests with the profile: two to five minutes of the embedded model on two cores."""

LOCAL = replace(
    SMALL,
    question_calls=FULL.question_calls,
    answers=FULL.answers,
    segments=FULL.segments,
    agnostic_calls=FULL.agnostic_calls,
)
"""As many requests as the papers', each of them small: for an embedded model that the user chose, and a cap."""


def within(effort: Effort, most: int | None) -> Effort:
    """The effort held to `most` requests, of which the profile is one: each stage gets its part as in SMALL, windows
    as many as calls for questions."""
    if most is None:
        return effort
    parts = {name: getattr(SMALL, name) for name in ("question_calls", "answers", "segments", "agnostic_calls")}
    parts = {"windows": SMALL.question_calls, **parts}
    whole = sum(parts.values())
    shares = {}
    remaining, parts_left = most - 1, whole
    for name, part in parts.items():
        share = round(remaining * part / parts_left)
        wanted = getattr(effort, name)
        shares[name] = share if wanted is None else min(share, wanted)
        remaining -= shares[name]
        parts_left -= part
    return replace(effort, **shares)


def spread(count: int) -> list[int]:
    """The numbers below `count` in an order of which every beginning is spread evenly over them (van der Corput's): who
    takes some of it, and later more, takes the same ones again."""
    digits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda number: int(f"{number:0{digits}b}"[::-1], 2))


def evenly(items: Sequence[_Item], most: int | None) -> list[_Item]:
    """`most` items in their order, taken evenly from beginning to end; all where it is None."""
    return [items[number] for number in sorted(spread(len(items))[:most])]
