"""A whole answer: what the model thought is left out, then each form is looked for in what the ones before left."""

import re
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dramaturg.llm.parse.blocks import read_blocks
from dramaturg.llm.parse.items import Item, Piece
from dramaturg.llm.parse.loose import read_loose_objects
from dramaturg.llm.parse.objects import read_objects
from dramaturg.llm.parse.spellings import Spellings
from dramaturg.llm.parse.tables import read_tables
from dramaturg.llm.parse.tags import read_tags
from dramaturg.llm.request import Answer
from prompts import Field

__all__ = ["Parsed", "has_items", "has_text", "read_items", "read_text"]

_FORMS = (read_objects, read_loose_objects, read_tags, read_tables)
_NEAR = 200
"""How far back in its line something is looked for before a piece."""
_THOUGHT = re.compile(r"(?P<ends></|\[/)?(?(ends)|[<\[])(?:think(?:ing)?|thoughts?|reasoning)[>\]]", re.IGNORECASE)
_ENDS = re.compile(r"\r\n?")
_INVISIBLE = re.compile(r"[\u200b\u2060\ufeff]|<\|\w{1,20}\|>|<(?:end_of_turn|eos)>|</s>")
"""What nobody sees, and the marks of a chat template."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The whole items of an answer, and what looked like items and could not be read."""

    items: tuple[Item, ...]
    broken: tuple[str, ...]


def read_text(text: str) -> str:
    """An answer that is plain text, without what a reasoning model thought before it."""
    return _said(text)[0].strip()


def has_text(answer: Answer) -> bool:
    """Whether a model said anything, beside what it thought."""
    return bool(read_text(answer.text))


def has_items(fields: Sequence[Field]) -> Callable[[Answer], bool]:
    """A function of an answer: whether any item with `fields` can be read in it."""
    return lambda answer: bool(read_items(answer.text, fields, answer.is_cut).items)


def read_items(text: str, fields: Sequence[Field], is_cut: bool = False) -> Parsed:
    """The items of an answer with `fields`, in its order; `is_cut` where the model ran out of tokens.

    A choice comes back as what we call it, a field's note beside it ("" where there is none).
    """
    spoken, is_thought = _said(text)
    is_cut = is_cut and not is_thought  # what was cut off is none of it
    said = _INVISIBLE.sub("", _ENDS.sub("\n", spoken))
    spellings = Spellings(fields)
    pieces: list[Piece] = []
    within: list[Piece] = []  # what a role may say: an object or a tag in the middle of a line
    left = said
    for read in _FORMS:
        found = read(left, spellings, is_cut)
        left = _without(left, found)
        for piece in found:
            is_said = piece.item is None and read is not read_tables and _is_within_line(said, piece.start)
            (within if is_said else pieces).append(piece)
    blocks = read_blocks(left, spellings, is_cut)
    if within and blocks:
        again = read_blocks(_without(said, pieces), spellings, is_cut)
        if [(each.start, each.item is None) for each in again] == [(each.start, each.item is None) for each in blocks]:
            blocks = again
            within = _outside(within, [block for block in blocks if block.item is not None])
    pieces += [*within, *blocks]
    pieces.sort(key=lambda piece: piece.start)
    items = tuple(piece.item for piece in pieces if piece.item is not None)
    broken = tuple(piece.text for piece in pieces if piece.item is None)
    if not pieces:
        broken = (said.strip() or text.strip(),)  # an empty one too: no answer goes uncounted
    return Parsed(items, broken)


def _is_within_line(text: str, place: int) -> bool:
    return bool(text[max(text.rfind("\n", 0, place) + 1, place - _NEAR) : place].strip())


def _outside(pieces: Sequence[Piece], others: Sequence[Piece]) -> list[Piece]:
    """The pieces that do not begin in one of the others."""
    starts = sorted((each.start, each.end) for each in others)
    kept = []
    for piece in pieces:
        place = bisect(starts, (piece.start, piece.start)) - 1
        if place < 0 or starts[place][1] <= piece.start:
            kept.append(piece)
    return kept


def _without(text: str, pieces: Sequence[Piece]) -> str:
    """A text with nothing in the place of the pieces, and every other place where it was."""
    kept: list[str] = []
    place = 0
    for piece in sorted(pieces, key=lambda piece: piece.start):
        kept += [text[place : piece.start], "\n" * (piece.end - max(place, piece.start))]
        place = max(place, piece.end)
    return "".join([*kept, text[place:]])


def _said(text: str) -> tuple[str, bool]:
    """A text without its thoughts: from a mark to the one that ends it; up to one that ends what was never begun; and
    all behind one that nothing ends. And whether it ends in a thought."""
    kept: list[str] = []
    place = 0
    is_thought = is_ended = False
    for found in _THOUGHT.finditer(text):
        if found["ends"]:
            if not is_thought and not is_ended:
                kept.clear()
            elif not is_thought:
                kept.append(text[place : found.start()])
            is_thought, is_ended, place = False, True, found.end()
        elif not is_thought:
            kept.append(text[place : found.start()])
            is_thought = True
    return "".join([*kept, *([] if is_thought else [text[place:]])]), is_thought
