"""A novel's paragraphs, and the acts that its headings open."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from extractors.reading import Heading, SourceText

__all__ = ["Paragraph", "find_paragraphs"]

_Span = tuple[int, int]

_NUMERAL = "[零〇一二三四五六七八九十廿卅百千两0-9０-９]+"
_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"(?:twen|thir|for|fif)ty(?:-(?:one|two|three|four|five|six|seven|eight|nine))?|"
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
)
_HEADING = re.compile(
    rf"第{_NUMERAL}[章回节卷部集篇](?:[\s:：、]\s*\S.{{0,40}})?$"
    r"|(?:楔子|引子|序章|序幕|尾声|后记)(?:[\s:：].{0,40})?$"
    rf"|第{_NUMERAL}章[^\s，。！？：；、…“”]{{1,20}}$"
    rf"|(?:chapter|book|part|act|volume|letter|stave)\s+(?:[ivxlc]+|\d+|(?:the\s+)?{_NUMBER})\b(?:\s*[.:—-].{{0,80}})?$"
    r"|(?:prologue|epilogue)\.?$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[IVXLC]+\.$|(?:[IVX]|[IVXLC]{2,})\.\s(?:[^a-z].{0,78}[^\s.,;:”\"]|[A-Z\W]{1,80})$")
"""A heading that may as well be somebody's initial, or I at the end of a sentence: it stands alone."""
_READABLE = re.compile(r"[^\W_]|[“「『\"]")
_GUTENBERG = re.compile(r"(?:\*\*\*\s*)?(START|END) OF (?:(?:THE|THIS) )?PROJECT GUTENBERG", re.IGNORECASE)
_MARGIN = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"  # which files joined into one have inside
_LONGEST = 3000  # characters of a paragraph that an author would write
_SEAM = re.compile(
    r"(?<=[。！？…][”」』])[\s　]*(?=[“「『])|(?<=[。！？])[\s　]*(?=[“「『])"
    r"|(?<=[.!?][”\"])\s+(?=[“\"])|(?<=\w[.!?])\s+(?=“)"
)
_OPENING = '“「『"'
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
    line, or, where a text's lines are hard-wrapped, a block between blank or indented lines. What Project Gutenberg
    puts around its books is left out.
    """
    marked = set(source.headings or ())
    lines = _lines(source.text)
    is_wrapped = source.headings is None and _is_wrapped(source.text, lines)
    blocks = _unwrapped(source.text, lines) if is_wrapped else filter(_holds, lines)
    found: list[Paragraph] = []
    act_id = 0
    for start, end in _within_the_books(source.text, blocks):
        if not _READABLE.search(source.text, start, end):  # a row of stars
            continue
        is_heading = _is_heading(source.text[start:end], (start, end), marked)
        if is_heading and found and not found[-1].is_heading:
            act_id += 1
        found += (Paragraph(*span, act_id, is_heading) for span in _cut(source.text, start, end))
    return found


def _within_the_books(text: str, blocks: Iterable[_Span]) -> list[_Span]:
    """The blocks without what Project Gutenberg puts before, between and after books."""
    kept: list[_Span] = []
    over = 0  # how many belong to books that are over
    has_begun = is_over = False
    for start, end in blocks:
        mark = _GUTENBERG.match(text, start, end)
        if mark is None:
            kept.append((start, end))
        elif mark[1].upper() == "START" and not has_begun:
            del kept[over:]
            has_begun, is_over = True, False
        elif mark[1].upper() == "END" and not is_over:
            over = len(kept)
            has_begun, is_over = False, True
    return kept[:over] if is_over else kept


def _cut(text: str, start: int, end: int) -> Iterator[_Span]:
    """A paragraph, or, where a text has lost its paragraphs, the pieces between one quote and the next."""
    if end - start > _LONGEST:
        opening = max(_OPENING, key=lambda mark: text.count(mark, start, end))
        for seam in _SEAM.finditer(text, start, end):
            if text[seam.end()] != opening:  # a quote inside a quote
                continue
            if seam.start() > start:
                yield start, seam.start()
            start = seam.end()
    if start < end:
        yield start, end


def _is_heading(line: str, span: _Span, marked: set[Heading]) -> bool:
    return span in marked if marked else bool(_HEADING.match(line) or _NUMBERED.match(line))


def _lines(text: str) -> list[_Span]:
    """Every line without the white space around it; a blank one ends where it starts, or before."""
    return [
        (match.start() + len(match[0]) - len(match[0].lstrip(_MARGIN)), match.start() + len(match[0].rstrip(_MARGIN)))
        for match in re.finditer(r"[^\r\n]*(?:\r{0,2}\n|\r)?", text)
        if match[0]
    ]


def _holds(line: _Span) -> bool:
    return line[0] < line[1]


def _unwrapped(text: str, lines: Sequence[_Span]) -> Iterator[_Span]:
    """The paragraphs that hard-wrapped lines make."""
    indented = [_holds(line) and text[max(0, line[0] - 1) : line[0]] in (" ", "\t", "　") for line in lines]
    # where blank lines part the paragraphs, an indented line is verse or an inset, and goes on what it stands in
    breaks_at_indents = sum(indented) > sum(not _holds(line) for line in lines)
    block: _Span | None = None
    for number, (start, end) in enumerate(lines):
        if start >= end:
            if block:
                yield block
            block = None
            continue
        line = text[start:end]
        is_alone = block is None and not any(map(_holds, lines[number + 1 : number + 2]))
        is_heading = bool(_HEADING.match(line) or (is_alone and _NUMBERED.match(line)))
        if block and (is_heading or (indented[number] and breaks_at_indents)):
            yield block
            block = None
        block = (block[0] if block else start, end)
        if is_heading:
            yield block
            block = None
    if block:
        yield block


def _is_wrapped(text: str, lines: Sequence[_Span]) -> bool:
    """Whether most lines that another follows without a blank one stop in mid-sentence."""
    followed = [
        text[start:end] for (start, end), (after, after_end) in pairwise(lines) if start < end and after < after_end
    ]
    broken = sum(not _ENDS_SENTENCE.search(line) and not _HEADING.match(line) for line in followed)
    return len(followed) > 1 and broken > _WRAPPED_SHARE * len(followed)
