"""Letters set among English dialogue, each of their paragraphs in quote marks: they are written, not said."""

import re
from collections.abc import Iterator, Sequence

from extractors.novel.acts import Paragraph

__all__ = ["find_letters"]

_SALUTATION = re.compile(
    r"(?:(?:my|our|own|very|dearest,)\s+)*dear(?:est)?\s(?:(?:Mrs?|Dr|Ms)\.\s)?[^.!?;:]{1,40}[,:]|(?:sir|madam|gentlemen),",
    re.IGNORECASE,
)
_OF_ANYONE = re.compile(r"\w+,")  # Gentlemen, … is how a speech may begin as well
_CLOSING = re.compile(
    r"(?:(?:and\s)?(?:i am|i remain|believe me),?\s?[^!?]{0,40}|(?:ever\s|very\s|most\s)*"
    r"(?:your(?:['’]?s)?|affectionate(?:ly)?|sincerely|faithfully|respectfully|with love)\b[^!?]{0,60})[,.:]?",
    re.IGNORECASE,
)
# `*+` gives nothing back: else a scream of a thousand capitals is cut into names in every way there is
_SIGNATURE = re.compile(r"[A-Z][\w.'’-]*+(?:\s(?:[A-Z][\w.'’-]*+|de|of|von)){0,4}[.,—-]*")
_SIGNED_IN_CAPITALS = re.compile(r"(?:[A-Z][A-Z'’-]*+\.?\s?){1,4}")
_ADDRESS = re.compile(
    r"[^!?]{0,70},|(?:[A-Z][\w.'’-]*+,?\s?){1,4},\s[A-Z][\w.]*|[^!?.]{0,40}(?:\d|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|January|February|March|April|June|July|August|September|October|November|December)[^!?]{0,30}"
)
_POSTSCRIPT = re.compile(r"_?P\.\s?S\.")
_LONGEST_HEAD = 4  # paragraphs of address and date


def find_letters(text: str, paragraphs: Sequence[Paragraph], opening: str, closing: str) -> set[int]:
    """The numbers of the paragraphs that belong to letters.

    A letter is found by a salutation that is all of its paragraph and ends with a comma or colon (“My dear Ann,”). It
    takes in the lines of address and date before it, and goes on to its complimentary close and signature, or, where
    it has none, as long as the quote marks of the paragraph behind the salutation stay open.
    """
    found: set[int] = set()
    for run in _runs(text, paragraphs, opening, closing):
        lines = [_inside(text, paragraphs[number], opening, closing) for number in run]
        at = 0
        for place, line in enumerate(lines[:-1]):
            if place >= at and _SALUTATION.fullmatch(line):
                if _OF_ANYONE.fullmatch(line) and not any(map(_CLOSING.fullmatch, lines[place + 1 :])):
                    continue
                first = place
                while first > max(at, place - _LONGEST_HEAD) and _ADDRESS.fullmatch(lines[first - 1]):
                    first -= 1
                at = _end_of_letter(text, paragraphs, run, lines, place + 1, closing)
                found.update(run[first:at])
    return found


def _runs(text: str, paragraphs: Sequence[Paragraph], opening: str, closing: str) -> Iterator[list[int]]:
    """Successive paragraphs that are nothing but a quote, and a salutation that has lost its marks before them."""
    run: list[int] = []
    for number, paragraph in enumerate(paragraphs):
        is_quoted = text.startswith(opening, paragraph.start)
        inside = _inside(text, paragraph, opening, closing)
        if not paragraph.is_heading and is_quoted and closing not in inside:
            run.append(number)
            continue
        yield run
        run = [number] if not is_quoted and _SALUTATION.fullmatch(inside) else []
    yield run


def _inside(text: str, paragraph: Paragraph, opening: str, closing: str) -> str:
    return " ".join(text[paragraph.start : paragraph.end].removeprefix(opening).removesuffix(closing).split())


def _end_of_letter(
    text: str, paragraphs: Sequence[Paragraph], run: Sequence[int], lines: Sequence[str], start: int, closing: str
) -> int:
    """Where in a run the letter ends whose text starts there."""
    for place in range(start, len(lines)):
        if _SALUTATION.fullmatch(lines[place]):
            break
        if _CLOSING.fullmatch(lines[place]) or _SIGNED_IN_CAPITALS.fullmatch(lines[place]):
            end = place + 1
            if _CLOSING.fullmatch(lines[place]):
                while end < len(lines) and _CLOSING.fullmatch(lines[end]):
                    end += 1
                end += end < len(lines) and bool(_SIGNATURE.fullmatch(lines[end]))
            return end + (end < len(lines) and bool(_POSTSCRIPT.match(lines[end])))
    end = start
    while end < len(lines) - 1 and not text.endswith(closing, 0, paragraphs[run[end]].end):
        end += 1
    return end + 1
