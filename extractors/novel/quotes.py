"""Which stretches of a paragraph are spoken or thought, and which are told."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low

from dramaturg.text import Language
from extractors.novel.acts import Paragraph
from extractors.novel.cues import CUES, Cues
from extractors.novel.letters import find_letters

__all__ = ["Piece", "find_pieces"]

_MARKS = (("“", "”"), ("「", "」"), ("『", "』"), ("‘", "’"), ('"', '"'), ("'", "'"))
_APOSTROPHES = frozenset("’'")
_OPENS = re.compile(r"(?:^|(?<=[\s(\[—–-]))['‘](?=['’]?[^\W_]|[_“\"…—])", re.MULTILINE)
_CLOSES_SURELY = re.compile(r"(?<=[.!?…,;:—–\-”\"_)])['’](?![^\W_])")
_SURELY_OPENS = re.compile(r"(?<=[\s(\[])\"(?=[^\W_])")
_SURELY_CLOSES = re.compile(r"(?<=[^\s(\[—–-])\"(?=\s|[,.;:!?)\]]|$)")
_CLOSES_PERHAPS = re.compile(r"(?<![\s(])['’](?![^\W_])")
_ENDS_SPEECH = re.compile(r"[.!?…。！？，,;；:—–~～_-]['’\"”』」]*$")
_BREAKS_OFF = re.compile(r"\s*(?:--|[—–(;])")
_STAGE_DIRECTION = re.compile(
    r"\((?:(?:(?:\w+ly|half|still|again)\s+)?(?:\w{2,}ing|with\s+(?:an?|some|great|much)|in\s+an?)\b[^()]{0,100}"
    r"|(?:rather|very|quite)\s+\w+ly|to\s+(?:[A-Z][\w’']*\.?\s*){1,3},?|here\s+(?:was|he|she|I)\b[^()]{0,100}"
    r"|(?:\w+\s+(?:and\s+\w+\s+)?)?(?:laughter|applause|cheers|cheering|groans|hisses|hear,\s+hear))\)[,;.]?"
)
_BEGINS_SPEECH = re.compile(r"['’_‘“(]*[A-Z]")
_BEFORE_A_NAME = re.compile(
    r"\b(?:the|an?|of|in|on|his|her|its|their|my|our|your|this|that|these|those|for|to|as|by|with|from|at)$"
)
_SMALL_WORD = r"(?:an?|the|and|or|of|in|on|to|for|at|by|with|from|de|la|le|du|des|von)"
_TITLE = re.compile(rf"_?[A-Z][\w’'-]*\.?(?:\s+(?:{_SMALL_WORD}|[A-Z][\w’'-]*+\.?))+[_.,]*")
_UTTERANCE_OF = re.compile(
    r"\b(?:(?:cr(?:y|ies)|shouts?|screams?|calls?|chorus|whispers?|murmurs?|exclamations?|ejaculations?|greetings?"
    r"|remarks?|observations?|answers?|repl(?:y|ies)|inquir(?:y|ies)|questions?|reproach(?:es)?)\s(?:of|was)"
    r"|(?:himself|herself|him|her|me|them)\swith)$"
)
_NAMES = re.compile(r"\bcall(?:ed|s|ing)?$")
_FEWEST_WORDS = 3  # in what may stand for a sentence
_WORDS_OF_A_SENTENCE = 5  # in one without a stop that nothing leads in
_LONGEST_VERSE = 60  # characters of a line
_WIDEST_INDENT = 40  # characters
_MOST_CARRIED = 6  # paragraphs of a quote that do not open it again
_WORDS_BETWEEN = 30  # at most, in what is told between the two halves of a sentence
_OTHER_MARKS = (("“", "”"), ("「", "」"), ('"', '"'))
_DASH = re.compile(r"[—–―]+\s*(?=[^\W_])")
_FEWEST_DASHES = 3
_DASHES_TO_MARKS = 4  # paragraphs that a dash opens, to one quote in marks
_STOP = re.compile(r"[,.!?…;，。！？]\s*[—–―]?\s*")
_RESUMES = re.compile(r"[,，:：]\s*|[.。]\s*[—–―]\s*")
_LOOKED_AT = 400  # characters on either side of a quote
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
    main = _outer_marks(text)
    others = [pair for pair in _OTHER_MARKS if pair != main]
    dashes = _speaks_after_dashes(text, paragraphs, main)
    letters = find_letters(text, paragraphs, *main) if language == "en" else set()
    indent = median_low([_indent(text, paragraph) for paragraph in paragraphs] or [0])
    pieces: list[Piece] = []
    unclosed = False
    opening, closing = main
    carried = range(0)
    for number, paragraph in enumerate(paragraphs):
        if paragraph.is_heading or number in letters:
            pieces.append(Piece(paragraph.start, paragraph.end, number, is_quote=False))
            unclosed = False
            continue
        if dashes and (dash := _DASH.match(text, paragraph.start, paragraph.end)) is not None:
            pieces += _after_dash(text, paragraph, number, dash.end(), language)
            unclosed = False
            continue
        if unclosed and number not in carried:
            carried = _carried(text, paragraphs, number, opening, closing)
        told_from = paragraph.start
        said: tuple[int, int] | None = None
        if number in carried:
            end = text.find(closing, paragraph.start, paragraph.end) if number == carried[-1] else paragraph.end
            is_quote = not _is_inset(text, paragraph, indent)
            piece = Piece(paragraph.start, end, number, is_quote, continues=is_quote)
            pieces += _spoken(text, paragraph.start, end, piece)
            if number < carried[-1]:
                continue
            said, told_from = (paragraph.start, end), end + 1
        continues = unclosed and said is None and text.startswith(opening, paragraph.start)
        if not continues and said is None:
            opening, closing = _marks_in(text, paragraph, main, others)
        unclosed = False
        for start, end, after in _quoted(text, told_from, paragraph.end, opening, closing):
            if not continues and not _is_spoken(text, paragraph, start, end, after, language, said=said):
                continue
            pieces += _narration(text, told_from, start - 1, number)
            pieces += _spoken(text, start, end, Piece(start, end, number, is_quote=True, continues=continues))
            said = (start, end)
            told_from = after
            unclosed = end == after
            continues = False
        pieces += _narration(text, told_from, paragraph.end, number)
    return pieces


def _outer_marks(text: str) -> tuple[str, str]:
    """The pair of marks that most quotes open with; the others are then nested ones."""
    return max(_MARKS, key=lambda pair: (_count_opening(text, *pair), -text.find(pair[0])))


def _marks_in(
    text: str, paragraph: Paragraph, main: tuple[str, str], others: Sequence[tuple[str, str]]
) -> tuple[str, str]:
    """The book's marks, or, in a paragraph without them, others that it has: books are set by many hands."""
    if _find_opening(text, *main, paragraph.start, paragraph.end) >= 0:
        return main
    return next((pair for pair in others if text.find(pair[0], paragraph.start, paragraph.end) >= 0), main)


def _speaks_after_dashes(text: str, paragraphs: Sequence[Paragraph], main: tuple[str, str]) -> bool:
    """Whether a book has no use for marks and opens speech with a dash."""
    dashes = sum(_DASH.match(text, each.start, each.end) is not None for each in paragraphs)
    return dashes > _FEWEST_DASHES and dashes > _DASHES_TO_MARKS * _count_opening(text, *main)


def _after_dash(text: str, paragraph: Paragraph, number: int, start: int, language: Language) -> Iterator[Piece]:
    """Speech behind a dash, and between its parts who says it: —Come in, said the host, and sit down."""
    at = start
    while at < paragraph.end:
        tag = next(
            (
                (stop, found)
                for stop in _STOP.finditer(text, at, paragraph.end)
                if (found := CUES[language].tag_after.match(text, stop.end(), paragraph.end)) is not None
            ),
            None,
        )
        if tag is None:
            yield from _trimmed(text, at, paragraph.end, Piece(at, paragraph.end, number, is_quote=True))
            return
        stop, found = tag
        yield from _trimmed(text, at, stop.end(), Piece(at, stop.end(), number, is_quote=True))
        resumed = _RESUMES.search(text, found.end(), paragraph.end)
        at = paragraph.end if resumed is None else resumed.end()
        yield from _narration(text, stop.end(), at if resumed is None else resumed.start() + 1, number)


def _count_opening(text: str, opening: str, closing: str) -> float:
    if closing in _APOSTROPHES:
        return sum(found[0] == opening for found in _OPENS.finditer(text))
    return text.count(opening) / (2 if opening == closing else 1)


def _carried(text: str, paragraphs: Sequence[Paragraph], first: int, opening: str, closing: str) -> range:
    """The paragraphs through which a quote runs on without opening again, as around verse, up to the one that
    closes it; none where another quote opens before."""
    if closing in _APOSTROPHES:
        return range(0)
    for number in range(first, min(first + _MOST_CARRIED, len(paragraphs))):
        paragraph = paragraphs[number]
        if paragraph.is_heading or text.startswith(opening, paragraph.start):
            break
        marks = (text.find(mark, paragraph.start, paragraph.end) for mark in (opening, closing))
        found = min((at for at in marks if at >= 0), default=-1)
        if found < 0:
            continue
        closes = text[found] == closing and not text[found - 1].isspace()
        goes_on = text[found + 1 : found + 2].isalnum()
        return range(first, number + 1) if closes and not goes_on else range(0)
    return range(0)


def _is_inset(text: str, paragraph: Paragraph, usual: int) -> bool:
    """Whether a paragraph is set in more than is usual, or in lines of verse: what is recited or read out."""
    lines = [line for line in map(str.strip, text[paragraph.start : paragraph.end].splitlines()) if line]
    is_verse = len(lines) > 1 and all(len(line) <= _LONGEST_VERSE and _BEGINS_SPEECH.match(line) for line in lines)
    return is_verse or _indent(text, paragraph) > usual


def _indent(text: str, paragraph: Paragraph) -> int:
    before = text[max(0, paragraph.start - _WIDEST_INDENT) : paragraph.start]
    return len(before) - len(before.rstrip(" \t　"))


def _quoted(text: str, begin: int, stop: int, opening: str, closing: str) -> Iterator[tuple[int, int, int]]:
    """Start and end of each quote's inside, and where the text goes on; the latter two meet if it is unclosed."""
    is_odd = opening == closing == '"' and text.count(opening, begin, stop) % 2 == 1
    at = _find_opening(text, opening, closing, begin, stop)
    while at >= 0:
        start = at + 1
        if is_odd and _SURELY_CLOSES.match(text, at):
            at = _find_opening(text, opening, closing, start, stop)
            continue
        again = _find_opening(text, opening, closing, start, stop) if opening != closing else -1
        if is_odd and (turned := text.find(opening, start, stop)) >= 0 and _SURELY_OPENS.match(text, turned):
            again = turned
        end = _find_closing(text, closing, start, stop, again)
        if end < 0:
            end = after = again if again >= 0 else stop
        else:
            after = end + 1
        yield start, end, after
        at = _find_opening(text, opening, closing, after, stop)


def _find_opening(text: str, opening: str, closing: str, start: int, end: int) -> int:
    if closing not in _APOSTROPHES:
        return text.find(opening, start, end)
    return next((found.start() for found in _OPENS.finditer(text, start, end) if found[0] == opening), -1)


def _find_closing(text: str, closing: str, start: int, end: int, again: int) -> int:
    """Where a quote ends. An apostrophe ends one where punctuation stands before it; where none does before the
    next quote opens, at the last that no letter follows."""
    reach = end if again < 0 else again
    if closing not in _APOSTROPHES:
        return text.find(closing, start, reach)
    surely = next((each.start() for each in _CLOSES_SURELY.finditer(text, start, reach) if each[0] == closing), -1)
    if surely >= 0:
        return surely
    return max(
        (each.start() for each in _CLOSES_PERHAPS.finditer(text, start, reach) if each[0] == closing), default=-1
    )


def _spoken(text: str, start: int, end: int, quote: Piece) -> Iterator[Piece]:
    """A quote, cut where the author puts what the speaker does in brackets: “Well (sitting down), go on.”"""
    for direction in _STAGE_DIRECTION.finditer(text, start, end):
        yield from _trimmed(text, start, direction.start(), quote)
        yield from _narration(text, direction.start(), direction.end(), quote.paragraph)
        start = direction.end()
    yield from _trimmed(text, start, end, quote)


def _trimmed(text: str, start: int, end: int, piece: Piece) -> Iterator[Piece]:
    inside = text[start:end]
    if inside.strip():
        start, end = start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
        yield Piece(start, end, piece.paragraph, piece.is_quote, piece.continues)


def _narration(text: str, start: int, end: int, paragraph: int) -> Iterator[Piece]:
    """What is told between two quotes, unless it is punctuation alone."""
    if not _WORDLESS.fullmatch(text, start, end):
        yield from _trimmed(text, start, end, Piece(start, end, paragraph, is_quote=False))


def _is_spoken(
    text: str,
    paragraph: Paragraph,
    start: int,
    end: int,
    after: int,
    language: Language,
    *,
    said: tuple[int, int] | None = None,
) -> bool:
    """Speech or thought, and not a title, a sign, a nickname, a word mentioned or what nobody says in the end.

    A quote stands for itself where it opens its paragraph, follows a whole sentence, or is led in by a comma
    or colon; inside a sentence it is speech only if the words before it say so, or if it is worded as a
    sentence. `said`: the quote before it in its paragraph.
    """
    inside = text[start:end].strip()
    before = text[max(paragraph.start, start - _LOOKED_AT) : start - 1].rstrip()
    following = text[after : min(paragraph.end, after + _LOOKED_AT)].lstrip()
    cues = CUES[language]
    if not any(map(str.isalnum, inside)):
        return not before or bool(cues.lead_in.search(before))
    if cues.written.search(before) or cues.unsaid.search(before):
        return False
    has_stop = bool(_ENDS_SPEECH.search(inside)) or end == after
    is_cut = text[end - 1].isspace()  # before a dash that was lost
    if said is not None and (has_stop or is_cut) and _is_left_open(text, said, start, cues):
        return True
    ends = has_stop or is_cut or bool(_BREAKS_OFF.match(text, after, paragraph.end))
    is_sentence = len(inside.split()) >= _FEWEST_WORDS and not _TITLE.fullmatch(inside)
    if not before:
        return ends or not following or is_sentence or bool(cues.tag_after.match(following))
    if before[-1] in ":：":
        return ends or not following
    is_in_sentence = before[-1].isalnum() or before[-1] in "’'"
    if is_in_sentence:
        return _is_spoken_in_sentence(inside, before, cues, has_stop=has_stop, resumes=said is not None and is_sentence)
    if ends:
        return True
    if before[-1] in ",;—-":
        return is_sentence and (said is not None or bool(cues.lead_in.search(before[:-1])))
    return bool(cues.tag_after.match(following)) or (
        is_sentence and len(inside.split()) >= _WORDS_OF_A_SENTENCE and bool(_BEGINS_SPEECH.match(inside))
    )


def _is_left_open(text: str, said: tuple[int, int], start: int, cues: Cues) -> bool:
    """Whether a quote broke off in mid-sentence, and what is told before the next one is no whole sentence."""
    if start - said[1] > _LOOKED_AT:
        return False
    told = text[said[1] + 1 : start - 1]
    return (
        0 < len(told.split()) <= _WORDS_BETWEEN
        and not cues.sentence_end.search(told)
        and not _ENDS_SPEECH.search(text[max(said[0], said[1] - _LOOKED_AT) : said[1]].rstrip())
    )


def _is_spoken_in_sentence(inside: str, before: str, cues: Cues, *, has_stop: bool, resumes: bool) -> bool:
    begins = bool(_BEGINS_SPEECH.match(inside))
    if cues.lead_in.search(before) and not _NAMES.search(before):
        return has_stop or begins
    if not has_stop:
        return False
    if begins and inside.rstrip("’'”\"")[-1:] in "!?":
        return True
    if _UTTERANCE_OF.search(before):
        return True
    if _TITLE.fullmatch(inside) or before.endswith(("’s", "'s")):
        return False
    return (resumes or begins) and not _BEFORE_A_NAME.search(before)
