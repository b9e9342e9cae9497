"""The script: who said what, in the order of the source. The one currency between rooms."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dramaturg.text import Language

__all__ = [
    "HEADING",
    "NARRATOR",
    "NARRATORS",
    "Kind",
    "Place",
    "Script",
    "Span",
    "Utterance",
    "leave_out_unsure",
    "narrator_name",
    "told_line",
    "with_places",
]

Kind = Literal["speech", "thought", "action", "narration"]

NARRATOR = "narrator"
"""The role of everything nobody says, inside; `narrator_name` is what an export calls it."""

NARRATORS = frozenset({NARRATOR, "旁白"})
"""What the narrator is called in any language: nobody's name."""

HEADING = "heading"
"""The `method` of the narration that is an act's heading."""


@dataclass(frozen=True, slots=True)
class Span:
    """A passage: characters `start` to `end` of a source's canonical text."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A piece of a source: a spoken line, a thought, or what the narrator tells.

    The first four fields are RoleBench's profile row. `act_id` and `diag_id` count from 0 within a source;
    an interrupted quote is one utterance per piece. `content` is exactly the canonical text's
    `[start:end]`, in characters, quote marks excluded. `role` is None where the speaker is not known.
    `speaker_confidence` lies in [0, 1]; `method` names the rule that found the speaker. `at` is the `Place` where a
    person finds it, in a source made of pages or cues.
    """

    act_id: int
    diag_id: int
    role: str | None
    content: str
    kind: Kind
    source: str
    start: int
    end: int
    speaker_confidence: float
    method: str
    at: str | None = None

    @property
    def is_speech(self) -> bool:
        return self.kind == "speech"

    def is_said_by(self, role: str) -> bool:
        return self.is_speech and self.role == role

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person finds characters `start` to `end` of a canonical text: `at` is a page's address, or, of a
    recording, its time as WebVTT writes it (00:01:02.345 --> 00:01:04.000)."""

    start: int
    end: int
    at: str


@dataclass(frozen=True, slots=True)
class Script:
    """One source's utterances, in order, and the canonical text their offsets count in."""

    source: str
    language: Language
    text: str
    utterances: tuple[Utterance, ...]

    def __post_init__(self) -> None:
        """Raises ValueError where an utterance is not what the text holds at its span, or out of order."""
        reached = 0
        for number, line in enumerate(self.utterances):
            if line.content != self.text[line.start : line.end] or not line.content:
                raise ValueError(f"utterance {number} of {self.source} is not its span {line.start}:{line.end}")
            if line.start < reached:
                raise ValueError(f"utterance {number} of {self.source} overlaps the one before it")
            reached = line.end


def leave_out_unsure(utterances: Iterable[Utterance], threshold: float) -> Iterator[Utterance]:
    """The utterances, the speaker being None wherever the confidence is below `threshold`, in [0, 1]."""
    for line in utterances:
        yield replace(line, role=None) if line.speaker_confidence < threshold else line


def with_places(utterances: Iterable[Utterance], places: Sequence[Place]) -> Iterator[Utterance]:
    """The utterances, each with the one of the `places`, which are in order, that it begins in."""
    for line in utterances:
        number = bisect_right(places, line.start, key=lambda place: place.start) - 1
        is_there = number >= 0 and line.start < places[number].end
        yield replace(line, at=places[number].at) if is_there else line


def told_line(role: str | None, text: str, kind: Kind = "speech") -> str:
    """A line of ChatHaruhi's text form (arXiv 2308.09597): speech as `role:「text」`, ours for a thought is
    `role:（text）`, and all else stands bare behind the role."""
    opens, closes = {"speech": ("「", "」"), "thought": ("（", "）")}.get(kind, ("", ""))
    return f"{'？' if role is None else role}:{opens}{text}{closes}"


def narrator_name(language: Language) -> str:
    """What exports call the narrator."""
    return "旁白" if language == "zh" else NARRATOR
