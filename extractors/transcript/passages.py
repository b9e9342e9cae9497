"""A transcript's lines made into passages: what each speaker says, what is told between, the headings."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from extractors.transcript.brackets import PAIRS, QUOTES, find_brackets, trim
from extractors.transcript.continuation import SENTENCE_ENDS
from extractors.transcript.labels import Label, is_transition
from extractors.transcript.lines import ROW_MARKS, Line
from extractors.transcript.shape import Shape
from extractors.transcript.times import BARE_TIME, TIME_BEFORE

__all__ = ["Passage", "PassageKind", "find_passages"]

PassageKind = Literal["speech", "aside", "told", "heading"]

_LEVEL = 4  # columns by which a speech's lines may differ
_EMPHASIS = "*_# \t　"
_SHOWN = ("△", "▲")  # before what is shown, in Chinese screenplays


class Passage(NamedTuple):
    """A stretch of the text. `label` is the speaker's, None where nobody speaks; an aside is a direction to the
    speaker, without its brackets."""

    kind: PassageKind
    label: Label | None
    act_id: int
    start: int
    end: int


def find_passages(
    text: str,
    lines: Sequence[Line],
    labels: Sequence[Label | None],
    shape: Shape,
    left_out: Collection[int] = (),
) -> Iterator[Passage]:
    """The passages in order. `left_out` are the numbers of the lines of a role table."""
    reader = _Reader(text, lines, labels, shape)
    for number, line in enumerate(lines):
        if number not in left_out:
            yield from reader.read(number, line, labels[number])
    yield from reader.finish()


class _Reader:
    """What has been read before a line: the act, who speaks, and the passage that the line may go on."""

    def __init__(self, text: str, lines: Sequence[Line], labels: Sequence[Label | None], shape: Shape) -> None:
        self._text = text
        self._lines = lines
        self._labels = labels
        self._shape = shape
        self._act_id = 0
        self._has_told = False  # since the act began
        self._speaker: Label | None = None
        self._awaits = False  # a label whose speech is to come in the lines below
        self._in_block = False  # in lines below a label that no blank one has ended
        self._quoted_to = -1  # the last line of a quote that began beside a label
        self._open: Passage | None = None
        self._indent, self._spoken_indent = _indents(lines, labels)
        self._is_spaced = shape.is_above and not any(line.follows for line in lines)
        self._joins = shape.is_above or shape.continuation == "wrapped"

    def read(self, number: int, line: Line, label: Label | None) -> Iterator[Passage]:
        if label is not None:
            yield from self._begin(line, label)
            self._quoted_to = self._last_quoted(number, label)
        elif number <= self._quoted_to and self._open is not None:
            self._open = self._open._replace(end=line.end)
        elif line.kind == "row":
            yield from self.finish()
            self._end_act()
        elif line.kind == "heading":
            yield from self._head(line)
        elif self._goes_on(line):
            yield from self._go_on(line)
        elif line.kind == "direction":
            yield from self.finish()
            yield from self._direct(line)
        else:
            yield from self._tell(line)

    def finish(self) -> Iterator[Passage]:
        if self._open is not None:
            yield self._open
        self._open = None

    def _begin(self, line: Line, label: Label) -> Iterator[Passage]:
        yield from self.finish()
        self._has_told = True
        self._speaker = label
        for start, end in label.asides:
            yield Passage("aside", label, self._act_id, start, end)
        self._awaits = self._in_block = label.body >= line.end
        if not self._awaits:
            self._open = Passage("speech", label, self._act_id, label.body, line.end)

    def _last_quoted(self, number: int, label: Label) -> int:
        """The line that closes the quote which a speech opens with; -1 where it is this one, or none before a label."""
        line = self._lines[number]
        closing = QUOTES.get(self._text[label.body : label.body + 1])
        if closing is None or self._text.find(closing, label.body + 1, line.end) >= 0:
            return -1
        for later in range(number + 1, len(self._lines)):
            line = self._lines[later]
            if self._labels[later] is not None or line.kind in ("heading", "row"):
                return -1
            if closing in self._text[line.start : line.end]:
                return later if self._text[line.end - 1] == closing else -1
        return -1

    def _end_act(self) -> None:
        self._speaker = None
        self._awaits = self._in_block = False
        if self._has_told:
            self._act_id += 1
            self._has_told = False

    def _head(self, line: Line) -> Iterator[Passage]:
        yield from self.finish()
        self._end_act()
        start, end = line.start, line.end
        if self._text[start] in PAIRS:
            start, end = _inside(self._text, start, end)
        elif self._text[start] in ROW_MARKS:
            end = start + len(self._text[start:end].rstrip(ROW_MARKS + _EMPHASIS))
            start = end - len(self._text[start:end].lstrip(ROW_MARKS + _EMPHASIS))
        start += len(self._text[start:end]) - len(self._text[start:end].lstrip(_EMPHASIS))
        yield Passage("heading", None, self._act_id, start, end)

    def _goes_on(self, line: Line) -> bool:
        """Whether a line without a label is its speaker's."""
        if self._speaker is None:
            return False
        if self._awaits:
            return line.follows or self._shape.is_above
        if self._in_block and line.follows:
            return True
        is_inside = self._is_inside(line)
        if line.kind == "direction":
            return line.follows and is_inside and self._shape.continuation == "indented"
        if self._shape.style == "above":
            is_level = line.indent <= self._spoken_indent + _LEVEL
            return is_inside and is_level and not is_transition(self._text, line.start, line.end)
        if self._shape.continuation == "indented":
            return is_inside
        if not line.follows:
            return False
        if self._shape.is_dated:  # a message ends at the next time
            return TIME_BEFORE.match(self._text, line.start, line.end) is None
        return self._shape.continuation == "wrapped" or self._breaks_off(line)

    def _breaks_off(self, line: Line) -> bool:
        """Whether the speech before a line ends where no sentence does, and the line begins with a small letter, in a
        document whose speeches end as sentences."""
        if self._open is None or self._open.kind != "speech" or not self._text[line.start].islower():
            return False
        return self._text[self._open.end - 1] not in SENTENCE_ENDS and self._shape.is_punctuated

    def _is_inside(self, line: Line) -> bool:
        """Whether a line stands as far in as speeches do, what is told standing further out."""
        return self._spoken_indent > self._indent and line.indent >= self._spoken_indent

    def _go_on(self, line: Line) -> Iterator[Passage]:
        assert self._speaker is not None
        # a time below a chat's header is what is said
        start = line.start if self._shape.style == "header" else self._after_time(line)
        if line.kind == "direction" and self._shape.is_above:
            yield from self.finish()
            for inside in _parts(self._text, line):
                yield Passage("aside", self._speaker, self._act_id, *inside)
            self._awaits = (self._awaits and not line.follows) or self._is_spaced
            return
        self._awaits = False
        if self._open is not None and self._open.kind == "speech" and line.follows:
            self._open = self._open._replace(end=line.end)
            return
        yield from self.finish()
        if start < line.end:
            self._open = Passage("speech", self._speaker, self._act_id, start, line.end)

    def _direct(self, line: Line) -> Iterator[Passage]:
        self._has_told = True
        self._in_block = self._awaits = False
        for start, end in _parts(self._text, line):
            if not (self._shape.is_timed and BARE_TIME.match(self._text, start, end)):
                yield Passage("told", None, self._act_id, start, end)

    def _tell(self, line: Line) -> Iterator[Passage]:
        is_more = self._open is not None and self._open.kind == "told" and line.follows and self._joins
        if is_more:
            assert self._open is not None
            self._open = self._open._replace(end=line.end)
            return
        yield from self.finish()
        self._has_told = True
        self._speaker = None
        self._in_block = self._awaits = False
        start = self._after_time(line)
        if self._text[start : start + 1] in _SHOWN:
            start, _ = trim(self._text, start + 1, line.end)
        if start < line.end:
            self._open = Passage("told", None, self._act_id, start, line.end)

    def _after_time(self, line: Line) -> int:
        """Where a line begins that has a time but no label, in a document with times."""
        if not self._shape.is_timed:
            return line.start
        if BARE_TIME.match(self._text, line.start, line.end):
            return line.end
        found = TIME_BEFORE.match(self._text, line.start, line.end)
        return found.end() if found else line.start


def _indents(lines: Sequence[Line], labels: Sequence[Label | None]) -> tuple[int, int]:
    """The columns at which most lines stand that are told, and most that a speech goes on in."""
    told: Counter[int] = Counter()
    spoken: Counter[int] = Counter()
    for number, line in enumerate(lines):
        if line.kind != "text" or labels[number] is not None:
            if labels[number] is not None and labels[number].body < line.end:  # type: ignore[union-attr]
                told[line.indent] += 1
        elif number and labels[number - 1] is not None and line.follows:
            spoken[line.indent] += 1
        elif not line.follows:
            told[line.indent] += 1
    usual = told.most_common(1)[0][0] if told else 0
    return usual, spoken.most_common(1)[0][0] if spoken else usual


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    """What stands in the brackets, or between the stars, that hold all of `text[start:end]`."""
    pairs = find_brackets(text, start, end)
    if len(pairs) == 1 and pairs[0][0] == start:
        return trim(text, start + 1, pairs[0][1])
    return start, end


def _parts(text: str, line: Line) -> Iterator[tuple[int, int]]:
    """Each direction of a line of directions, without its brackets or stars."""
    if text[line.start] in PAIRS:
        spans = [(opening + 1, closing) for opening, closing in find_brackets(text, line.start, line.end)]
    else:
        written = text[line.start : line.end]
        spans = [(line.start + len(written) - len(written.lstrip("*_")), line.start + len(written.rstrip("*_")))]
    for start, end in spans:
        inside = trim(text, start, end)
        if inside[0] < inside[1]:
            yield inside
