"""A row of the dataset as splits and decontamination see it: the passages it rests on, and what is said in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dramaturg.curate.filter import Curated
from dramaturg.exchanges import Exchange
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import Language, words

__all__ = ["LEAST_WORDS", "Kind", "Row", "asked_in", "curated_row", "exchange_row", "scene_row", "span_key"]

LEAST_WORDS: Mapping[Language, int] = {"zh": 8, "en": 6}
"""The words that a question or an answer must have to tell something by itself."""

Kind = Literal["scene", "exchange", "dialogue", "triplet", "boundary", "general"]


@dataclass(frozen=True, slots=True)
class Row:
    """What a row of the dataset hangs on. `passages` are of the script: those it shows, or those it cites; `talk` is
    what is said in it in turn, the first a question, the second its answer. `key` is one of its `kind`."""

    kind: Kind
    key: str
    passages: tuple[Span, ...]
    talk: tuple[str, ...]

    @property
    def is_generated(self) -> bool:
        return self.kind not in ("scene", "exchange")


def span_key(span: Span) -> str:
    """The key of a line, and of what begins and ends with this passage."""
    return f"{span.source}:{span.start}-{span.end}"


def scene_row(scene: Scene) -> Row:
    spoken = tuple(line.content for line in scene.utterances if line.is_speech)
    return Row("scene", span_key(scene.span), (scene.span,), spoken)


def exchange_row(exchange: Exchange) -> Row:
    spans = tuple(line.span for turn in exchange.turns for line in turn.lines)
    talk = tuple("\n".join(line.content for line in turn.lines) for turn in exchange.turns)
    return Row("exchange", span_key(Span(exchange.source, spans[0].start, spans[-1].end)), spans, talk)


def curated_row(curated: Curated) -> Row:
    """A generated row: a triplet hangs on the lines that it cites, or, where it cites none, on those it was made from;
    every other on its questions alone. What passages a model was shown for an answer is no matter of this: what it
    took of them, `dramaturg.curate.decontaminate` finds."""
    if curated.dialogue is not None:
        talk = tuple(text for said in curated.dialogue.talk for text in (said.question, said.answer))
        return Row("dialogue", curated.dialogue.request, (), talk)
    if curated.general is not None:
        return Row("general", curated.general.request, (), (curated.general.instruction.text, curated.general.answer))
    triplet = curated.triplet or curated.boundary
    if triplet is None:
        raise ValueError("there is nothing in it")
    kind: Kind = "boundary" if curated.triplet is None else "triplet"
    spans = (triplet.lines or triplet.context) if kind == "triplet" else ()
    return Row(kind, f"{triplet.request}/{triplet.item}", spans, (triplet.question, triplet.answer))


def asked_in(row: Row, language: Language) -> list[list[str]]:
    """The questions that a row hangs on, as their words: what a model asks first, and any that tells something."""
    asked = [words(text) for text in row.talk[::2]] if row.is_generated else [words(text) for text in row.talk[:1]]
    if row.kind == "scene":
        return []
    return [
        each
        for number, each in enumerate(asked)
        if len(each) >= LEAST_WORDS[language] or (row.is_generated and number == 0)
    ]
