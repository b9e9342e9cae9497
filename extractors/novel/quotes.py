"""Which stretches of a paragraph are spoken or thought, and which are told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dramaturg.text import Language
from extractors.novel.acts import Paragraph
from extractors.novel.cues import CUES

__all__ = ["Piece", "find_pieces"]

_MARKS = (("“", "”"), ("「", "」"), ("『", "』"), ('"', '"'))
_ENDS_SPEECH = re.compile(r"[.!?…。！？，,;；—–~～-]['’\"』」]?$")
_WORDLESS = re.compile(r"[\W_]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A quote without its marks, or the narration between two; `continues` where a quote ran over from the
    paragraph before."""

    start: int
    end: int
    paragraph: int
    is_quote: bool
    continues: bool = False


def find_pieces(text: str, paragraphs: Sequence[Paragraph], language: Language) -> list[Piece]:
    """Every paragraph cut into narration and quotes, in order; quotes that are not speech stay narration.

    A quote whose mark is not closed ends with its paragraph, and goes on in the next one where that begins
    with the opening mark again.
    """
    opening, closing = _outer_marks(text)
    pieces: list[Piece] = []
    unclosed = False
    for number, paragraph in enumerate(paragraphs):
        if paragraph.is_heading:
            pieces.append(Piece(paragraph.start, paragraph.end, number, is_quote=False))
            unclosed = False
            continue
        told_from = paragraph.start
        continues = unclosed and text.startswith(opening, paragraph.start)
        unclosed = False
        for start, end, after in _quoted(text, paragraph, opening, closing):
            if not continues and not _is_spoken(text, paragraph, start, end, after, language):
                continue
            pieces += _narration(text, told_from, start - 1, number)
            pieces += _trimmed(text, start, end, Piece(start, end, number, is_quote=True, continues=continues))
            told_from = after
            unclosed = end == after
            continues = False
        pieces += _narration(text, told_from, paragraph.end, number)
    return pieces


def _outer_marks(text: str) -> tuple[str, str]:
    """The pair of marks that most quotes open with; the others are then nested ones."""
    return max(_MARKS, key=lambda pair: text.count(pair[0]) / (2 if pair[0] == pair[1] else 1))


def _quoted(text: str, paragraph: Paragraph, opening: str, closing: str) -> Iterator[tuple[int, int, int]]:
    """Start and end of each quote's inside, and where the text goes on; the latter two meet if it is unclosed."""
    at = text.find(opening, paragraph.start, paragraph.end)
    while at >= 0:
        start = at + 1
        end = text.find(closing, start, paragraph.end)
        again = text.find(opening, start, paragraph.end) if opening != closing else -1
        if end < 0 or 0 <= again < end:
            end = again if again >= 0 else paragraph.end
            after = end
        else:
            after = end + 1
        yield start, end, after
        at = text.find(opening, after, paragraph.end)


def _trimmed(text: str, start: int, end: int, piece: Piece) -> Iterator[Piece]:
    inside = text[start:end]
    if inside.strip():
        start, end = start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
        yield Piece(start, end, piece.paragraph, piece.is_quote, piece.continues)


def _narration(text: str, start: int, end: int, paragraph: int) -> Iterator[Piece]:
    """What is told between two quotes, unless it is punctuation alone."""
    if not _WORDLESS.fullmatch(text, start, end):
        yield from _trimmed(text, start, end, Piece(start, end, paragraph, is_quote=False))


def _is_spoken(text: str, paragraph: Paragraph, start: int, end: int, after: int, language: Language) -> bool:
    """Speech or thought, and not a title, a sign, a nickname or a word mentioned.

    A quote stands for itself where it opens its paragraph, follows a whole sentence, or is led in by a comma
    or colon; inside a sentence it is speech only if the word before it says so.
    """
    inside = text[start:end].strip()
    before = text[paragraph.start : start - 1].rstrip()
    following = text[after : paragraph.end].lstrip()
    cues = CUES[language]
    if not any(map(str.isalnum, inside)):
        return not before or bool(cues.lead_in.search(before))
    if cues.written.search(before):
        return False
    ends = bool(_ENDS_SPEECH.search(inside)) or end == after
    if not before:
        return ends or not following or bool(cues.tag_after.match(following))
    if before[-1] in ":：":
        return ends or not following
    return ends and (not (before[-1].isalnum() or before[-1] in "’'") or bool(cues.lead_in.search(before)))
