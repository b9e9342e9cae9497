"""A novel's paragraphs, and the acts that its headings open."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from extractors.reading import Heading, SourceText

__all__ = ["Paragraph", "find_paragraphs"]

_NUMERAL = "[零〇一二三四五六七八九十百千两0-9０-９]+"
_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"(?:twen|thir|for|fif)ty(?:-(?:one|two|three|four|five|six|seven|eight|nine))?|"
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
)
_HEADING = re.compile(
    rf"第{_NUMERAL}[章回节卷部集篇](?:[\s:：]\s*\S.{{0,40}})?$"
    r"|(?:楔子|引子|序章|序幕|尾声|后记)(?:[\s:：].{0,40})?$"
    rf"|第{_NUMERAL}章[^\s，。！？：；、…“”]{{1,20}}$"
    rf"|(?:chapter|book|part|act)\s+(?:[ivxlc]+|\d+|(?:the\s+)?{_NUMBER})\b(?:\s*[.:—-].{{0,80}})?$"
    r"|(?:prologue|epilogue)\.?$"
    r"|(?-i:[IVXLC]+)\.(?:\s.{1,80})?$",
    re.IGNORECASE,
)
_READABLE = re.compile(r"[^\W_]|[“「『\"]")
_GUTENBERG = re.compile(r"\*\*\*\s*(START|END) OF (?:THE|THIS) PROJECT GUTENBERG", re.IGNORECASE)
_LONGEST = 3000  # characters of a paragraph that an author would write
_SEAM = re.compile(
    r"(?<=[。！？…][”」』])[\s　]*(?=[“「『])|(?<=[。！？])[\s　]*(?=[“「『])"
    r"|(?<=[.!?][”\"])\s+(?=[“\"])|(?<=\w[.!?])\s+(?=“)"
)
_WRAPPED_SHARE = 0.5
_ENDS_SENTENCE = re.compile(r"[.!?…。！？：:”’」』\"*）)—]$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's span, without the white space around it. `act_id` is 0 before the first heading."""

    start: int
    end: int
    act_id: int
    is_heading: bool


def find_paragraphs(source: SourceText) -> list[Paragraph]:
    """Every paragraph with words or a quote in it, in order, each heading opening the next act.

    Headings are those the format marks, or else lines worded as one (第…回, Chapter N, IV.). A paragraph is a
    line, or, where lines are hard-wrapped, a block between blank or indented lines.
    """
    marked = None if source.headings is None else set(source.headings)
    found: list[Paragraph] = []
    act_id = 0
    for start, end in _within_the_book(source.text, _blocks(source.text)):
        if not _READABLE.search(source.text, start, end):  # a row of stars
            continue
        is_heading = _is_heading(source.text[start:end], (start, end), marked)
        if is_heading and found and not found[-1].is_heading:
            act_id += 1
        found += (Paragraph(*span, act_id, is_heading) for span in _cut(source.text, start, end))
    return found


def _within_the_book(text: str, blocks: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The blocks without what Project Gutenberg puts before and after a book."""
    kept: list[tuple[int, int]] = []
    for start, end in blocks:
        mark = _GUTENBERG.match(text, start, end)
        if mark is None:
            kept.append((start, end))
        elif mark[1].upper() == "START":
            kept.clear()
        else:
            break
    yield from kept


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A paragraph, or, where a text has lost its paragraphs, the pieces between one quote and the next."""
    if end - start > _LONGEST:
        for seam in _SEAM.finditer(text, start, end):
            if seam.start() > start:
                yield start, seam.start()
            start = seam.end()
    if start < end:
        yield start, end


def _is_heading(line: str, span: Heading, marked: set[Heading] | None) -> bool:
    return bool(_HEADING.match(line)) if not marked else span in marked


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the paragraphs, white space around them left out."""
    lines = [
        (match.start() + len(match[0]) - len(match[0].lstrip()), match.start() + len(match[0].rstrip()))
        for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)?|[^\r\n]+", text)
        if match[0]
    ]
    if not _is_wrapped(text, lines):
        yield from ((start, end) for start, end in lines if start < end)
        return
    indented = [start < end and text[max(0, start - 1) : start] in (" ", "\t", "　") for start, end in lines]
    # where blank lines part the paragraphs, an indented line is verse or an inset, and goes on what it stands in
    breaks_at_indents = sum(indented) > sum(start >= end for start, end in lines)
    block: tuple[int, int] | None = None
    for (start, end), is_indented in zip(lines, indented, strict=True):
        is_blank = start >= end
        if block and (is_blank or (is_indented and breaks_at_indents) or _HEADING.match(text[start:end])):
            yield block
            block = None
        if not is_blank:
            block = (block[0] if block else start, end)
            if _HEADING.match(text[start:end]):
                yield block
                block = None
    if block:
        yield block


def _is_wrapped(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether most lines that another follows without a blank one stop in mid-sentence."""
    followed = [
        text[start:end] for (start, end), (after, after_end) in pairwise(lines) if start < end and after < after_end
    ]
    broken = sum(not _ENDS_SENTENCE.search(line) and not _HEADING.match(line) for line in followed)
    return len(followed) > 1 and broken > _WRAPPED_SHARE * len(followed)
