"""The shape of a transcript: where its names stand, what counts as one, and whether speeches run over lines."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from extractors.names import name_key
from extractors.transcript.brackets import opens_quote
from extractors.transcript.labels import (
    EVERYBODY,
    PLACEHOLDERS,
    TELLERS,
    Label,
    Style,
    find_label,
    likeness,
    names_of_several,
)
from extractors.transcript.lines import Line, scene_mark

__all__ = ["Continuation", "Shape", "infer_shape"]

Continuation = Literal["never", "indented", "wrapped"]

_WHERE = {"colon": "before a colon", "stop": "before a full stop", "above": "on a line of their own above the speech"}
_CONTINUED = {"never": "", "indented": "speeches going on in indented lines", "wrapped": "speeches wrapped over lines"}

_LEAST_SHARE = 0.35  # of the lines that have a label
_LEAST_OF_BEGINNINGS = 0.3  # of the lines that may begin a speech, where speeches have many
_LEAST_SHARE_WRAPPED = 0.05  # of all lines, where speeches run over many
_LEAST_SHARE_ALONE = 0.8  # where only one person speaks
_LEAST_OF_CAPITALS = 0.15  # of the blocks that capitals stand above: the rest of a screenplay is told
_LEAST_OF_BLOCKS = 0.5  # that other names stand above
_LEAST_OF_LINES = 0.25  # that such names are, where no blank line parts the blocks
_WHOLE_SHARE = 0.8  # of the lines that may begin a speech, above which nearly all do
_RECURS = 2
_WEAK_RECURS = 3
_NARROWEST_WRAP = 40  # columns
_WIDEST_WRAP = 140
_USUAL = 0.5
_UNIFORM = 0.9
_SENTENCE_ENDS = ".!?…。！？：:;；~—\"'”’」』)）]】*"

_WITH_COLON = re.compile(r"[:：][^\r\n]*")

_SPOKEN = ("text", "direction")

_IsKnown = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a document shows who speaks. `scenes` are the ways in which it marks scenes, in words."""

    style: Style
    is_bold: bool = False
    is_bulleted: bool = False
    is_timed: bool = False
    is_quoted: bool = False
    continuation: Continuation = "never"
    scenes: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The shape in one line, as the user is told."""
        parts = [f"names {'in bold ' if self.is_bold else ''}{_WHERE[self.style]}"]
        parts += ["in a list"] * self.is_bulleted + ["with times"] * self.is_timed
        parts += ["speeches in quotation marks"] * self.is_quoted
        parts += [_CONTINUED[self.continuation]] * (self.continuation != "never")
        parts += ["scenes " + " and ".join(self.scenes[:3])] if self.scenes else []
        return ", ".join(parts)


def infer_shape(text: str, lines: Sequence[Line], is_cast: _IsKnown) -> tuple[Shape, list[Label | None]] | None:
    """The shape of a document, and for each line its label; None where the document is in no shape.

    A label counts where it recurs, where `is_cast` knows its name, or where it is one of a fixed few (the narrator's,
    everybody's, 甲 and 乙). One that stands once counts where nearly every line that may begin a speech has a label.
    """
    texts = sum(line.kind == "text" for line in lines)
    with_colon = sum(1 for _ in _WITH_COLON.finditer(text))
    for style, find in _FINDERS.items():
        if style == "colon" and with_colon < _LEAST_SHARE_WRAPPED * texts:
            continue
        labels = find(text, lines, style, is_cast)
        if labels is not None:
            return _shape(text, lines, labels, style), labels
    return None


def _shape(text: str, lines: Sequence[Line], labels: Sequence[Label | None], style: Style) -> Shape:
    found = [(label, line) for label, line in zip(labels, lines, strict=True) if label is not None]
    count = len(found)
    spoken = [(label, line) for label, line in found if label.body < line.end and name_key(label.name) not in TELLERS]
    quoted = sum(opens_quote(text, label.body, line.end) for label, line in spoken)
    marks = dict.fromkeys(scene_mark(text, line) for line in lines if line.kind == "heading")
    rows = ("between rows of stars or dashes",) if any(line.kind == "row" for line in lines) else ()
    return Shape(
        style,
        is_bold=_are_bold(labels),
        is_bulleted=2 * sum(label.is_bulleted for label, _ in found) > count,
        is_timed=any(label.is_timed for label, _ in found),
        is_quoted=2 * quoted > len(spoken),
        continuation="never" if style == "above" else _continuation(text, lines, labels),
        scenes=(*marks, *rows),
    )


# --- labels at the head of a line ----------------------------------------------------------------------------


def _in_line(text: str, lines: Sequence[Line], style: Style, is_cast: _IsKnown) -> list[Label | None] | None:
    may_be = [_candidate(text, line, style) for line in lines]
    if style == "stop":
        may_be = [
            label if label is not None and _has_speech(lines, number, label) else None
            for number, label in enumerate(may_be)
        ]
    counts = Counter(name_key(label.name) for label in may_be if label is not None)
    is_known = _recurring(counts, is_cast)
    labels = [label if label is not None and is_known(label.name) else None for label in may_be]
    if _are_bold(labels):
        may_be = [label if label is not None and (label.is_bold or is_cast(label.name)) else None for label in may_be]
        labels = [label if may_be[number] is not None else None for number, label in enumerate(labels)]
    first = next((number for number, label in enumerate(labels) if label is not None), None)
    if first is None:
        return None
    own = [number for number, line in enumerate(lines) if line.kind == "text" or labels[number] is not None]
    share = sum(labels[number] is not None for number in own) / len(own)
    names = {
        name_key(label.name)
        for label, known in zip(may_be, labels, strict=True)
        if label is not None and (known is not None or likeness(label.name) == "name")
    }
    if len(names) == 1 and share < _LEAST_SHARE_ALONE and not any(map(is_cast, names)):
        return None
    if share < _LEAST_SHARE_WRAPPED:
        return None
    if share < _UNIFORM:
        _drop_wrapped(text, lines, labels, is_cast)
    begin = own if share >= _UNIFORM else _beginnings(text, lines, labels, own) or own
    known = sum(labels[number] is not None for number in begin)
    if share < _LEAST_SHARE and known < _LEAST_OF_BEGINNINGS * len(begin):
        return None
    _add_once(lines, may_be, labels, [number for number in begin if number >= first])
    return labels


def _drop_wrapped(text: str, lines: Sequence[Line], labels: list[Label | None], is_cast: _IsKnown) -> None:
    """Count no label that only a wrapped line opens with, where the others open blocks or stand further out."""
    found = {number: label for number, label in enumerate(labels) if label is not None}
    continuation = _continuation(text, lines, labels)
    usual = Counter(lines[number].indent for number in found).most_common(1)[0][0]
    opening = {name_key(label.name) for number, label in found.items() if not lines[number].follows}
    open_blocks = 2 * sum(not lines[number].follows for number in found) > len(found)
    for number, label in found.items():
        is_inside = continuation == "indented" and lines[number].indent > usual
        is_amid = continuation == "wrapped" and open_blocks and lines[number].follows
        if (is_inside or (is_amid and name_key(label.name) not in opening)) and not is_cast(label.name):
            labels[number] = None


def _are_bold(labels: Iterable[Label | None]) -> bool:
    found = [label.is_bold for label in labels if label is not None]
    return 2 * sum(found) > len(found)


def _add_once(
    lines: Sequence[Line], may_be: Sequence[Label | None], labels: list[Label | None], begin: Sequence[int]
) -> None:
    """Count the labels too that stand once, where all lines that may begin a speech have one, or where the labels that
    recur are told from prose by more than their colon."""
    known = Counter(_distinction(label, lines[number]) for number, label in enumerate(labels) if label is not None)
    usual = known.most_common(1)[0][0]
    in_capitals = sum(label is not None and label.name.isupper() for label in labels)
    are_capitals = 2 * in_capitals > sum(label is not None for label in labels)
    is_whole = sum(may_be[number] is not None for number in begin) >= _WHOLE_SHARE * len(begin)
    for number in begin:
        label = may_be[number]
        if label is not None and likeness(label.name) == "name" and label.name.isupper() >= are_capitals:
            is_alike = any(usual) and _distinction(label, lines[number]) == usual
            if is_whole or is_alike:
                labels[number] = label


def _has_speech(lines: Sequence[Line], number: int, label: Label) -> bool:
    """Whether a speech stands beside a label, or on the line below one in capitals: others are sentences of a word."""
    if label.body < lines[number].end:
        return True
    return (
        label.name.isupper()
        and number + 1 < len(lines)
        and lines[number + 1].follows
        and lines[number + 1].kind in _SPOKEN
    )


def _distinction(label: Label, line: Line) -> tuple[bool, bool, bool]:
    return label.is_bold, label.is_timed, label.body >= line.end


def _candidate(text: str, line: Line, style: Style) -> Label | None:
    if style != "colon" and text[line.start].islower():
        return None
    if line.kind != "text" and not (line.kind == "direction" and text.startswith(("**", "__"), line.start)):
        return None
    return find_label(text, line.start, line.end, style)


def _recurring(counts: Counter[str], is_cast: _IsKnown) -> _IsKnown:
    """Whether a label counts, by how often each stands in the document."""
    decided: dict[str, bool] = {}
    endings = Counter(key[-1] for key in counts)

    def counts_itself(name: str) -> bool:
        key = name_key(name)
        if key in TELLERS or key in EVERYBODY or key in PLACEHOLDERS or is_cast(name):
            return True
        is_weak = likeness(name) == "weak" and (name.isascii() or endings[key[-1]] > 1)
        return counts[key] >= (_WEAK_RECURS if is_weak else _RECURS) and not is_said(name)

    def is_said(name: str) -> bool:
        """Whether a Chinese label is another's with a verb of speech."""
        return likeness(name) == "weak" and (name_key(name[:-1]) in counts or is_cast(name[:-1]))

    def counts_at_all(name: str) -> bool:
        if name not in decided:
            several = names_of_several(name)
            decided[name] = counts_itself(name) or (len(several) > 1 and all(map(counts_itself, several)))
        return decided[name]

    return counts_at_all


def _beginnings(text: str, lines: Sequence[Line], labels: Sequence[Label | None], own: Sequence[int]) -> list[int]:
    """The lines that may begin a speech in a document whose speeches have many; none where they have not."""
    continuation = _continuation(text, lines, labels)
    if continuation == "indented":
        least = min(line.indent for line, label in zip(lines, labels, strict=True) if label is not None)
        return [number for number in own if lines[number].indent <= least]
    are_alone = any(label is not None and label.body >= line.end for line, label in zip(lines, labels, strict=True))
    if continuation == "wrapped" or are_alone:
        return [number for number in own if not lines[number].follows or labels[number] is not None]
    return []


# --- names above their speeches ------------------------------------------------------------------------------


def _above(text: str, lines: Sequence[Line], style: Style, is_cast: _IsKnown) -> list[Label | None] | None:
    texts = sum(line.kind in _SPOKEN for line in lines)
    blocks = sum(not line.follows for line in lines if line.kind in _SPOKEN)
    has_blocks = 0.1 * texts < blocks < texts
    cues = dict(_cues(text, lines, style, has_blocks))
    is_known = _recurring(Counter(name_key(label.name) for label in cues.values()), is_cast)
    known = {number: label for number, label in cues.items() if is_known(label.name)}
    if _are_bold(known.values()):
        known = {number: label for number, label in known.items() if label.is_bold}
    known = _apart(lines, known)
    if not known:
        return None
    in_capitals = {number: label for number, label in known.items() if label.name.isupper() or is_cast(label.name)}
    are_capitals = 2 * len(in_capitals) > len(known)
    least = _LEAST_OF_CAPITALS if are_capitals else _LEAST_OF_BLOCKS if has_blocks else _LEAST_OF_LINES
    names = {name_key(label.name) for label in known.values()}
    is_alone = len(names) == 1 and not are_capitals and not any(map(is_cast, names))
    if is_alone or len(known) < least * (blocks if has_blocks else texts):
        return None
    if are_capitals:
        known = in_capitals
        begun = min(known)
        begun = next((number for number, line in enumerate(lines[:begun]) if line.kind == "heading"), begun)
        once = {
            number: label
            for number, label in cues.items()
            if number > begun and has_blocks and label.name.isupper() and not lines[number].follows
        }
        known = _apart(lines, dict(sorted((known | once).items())))
    return [known.get(number) for number in range(len(lines))]


def _cues(text: str, lines: Sequence[Line], style: Style, has_blocks: bool) -> Iterator[tuple[int, Label]]:
    """The lines that may be names above a speech: another line follows. In a document whose every line stands between
    blank ones that is the next."""
    is_spaced = not any(line.follows for line in lines)
    for number, (line, below) in enumerate(pairwise(lines)):
        if not (below.follows or is_spaced) or below.kind not in _SPOKEN:
            continue
        if has_blocks and line.follows and line.indent <= below.indent and lines[number - 1].kind == "text":
            continue
        label = _candidate(text, line, style)
        if label is not None:
            yield number, label


def _apart(lines: Sequence[Line], cues: Mapping[int, Label]) -> dict[int, Label]:
    """The cues without those that are the speech below another."""
    kept: dict[int, Label] = {}
    spoken = -1
    for number, label in cues.items():
        if number != spoken:
            kept[number] = label
            spoken = number + 1
            while spoken < len(lines) and lines[spoken].kind == "direction":
                spoken += 1
    return kept


# --- speeches of several lines -------------------------------------------------------------------------------


def _continuation(text: str, lines: Sequence[Line], labels: Sequence[Label | None]) -> Continuation:
    """How a speech goes on in lines without a label, where that is usual in the document."""
    indents = Counter(line.indent for line, label in zip(lines, labels, strict=True) if label is not None)
    usual, count = indents.most_common(1)[0]
    first = next(number for number, label in enumerate(labels) if label is not None)
    rest = [(line, label) for line, label in zip(lines[first:], labels[first:], strict=True)]
    if count > _USUAL * indents.total():
        after = [
            line.indent > usual
            for (_, before), (line, label) in pairwise(rest)
            if before is not None and label is None and line.kind == "text"
        ]
        if after and sum(after) > _USUAL * len(after):
            return "indented"
    pairs = [
        (line, below)
        for (line, before), (below, label) in pairwise(rest)
        if label is None
        and not (before and before.body >= line.end)
        and below.follows
        and line.kind == below.kind == "text"
    ]
    if not pairs:
        return "never"
    widest = max(line.end - line.start for line, _ in rest if line.kind == "text")
    columns = widest * (2 if _is_chinese(text[lines[first].end - 1]) or _is_chinese(text[lines[first].start]) else 1)
    is_narrow = columns < _NARROWEST_WRAP and any(line.follows for line, label in rest if label is not None)
    broken = sum(_is_broken(text, line, below, widest) for line, below in pairs)
    return "wrapped" if not is_narrow and columns <= _WIDEST_WRAP and broken > _USUAL * len(pairs) else "never"


def _is_broken(text: str, line: Line, below: Line, widest: int) -> bool:
    """Whether a line ends where it does for want of room: the next one's first word had none, or goes on its
    sentence."""
    width = line.end - line.start
    opening = text[below.start]
    word = 0 if _is_chinese(opening) else text.find(" ", below.start, below.end) - below.start
    if width + 1 + (word if word >= 0 else below.end - below.start) > widest:
        return True
    is_open = text[line.end - 1] not in _SENTENCE_ENDS
    return is_open and not opening.isupper() and 2 * width > widest


def _is_chinese(mark: str) -> bool:
    return "\u3000" <= mark <= "\uffef"


_FINDERS: dict[Style, Callable[[str, Sequence[Line], Style, _IsKnown], list[Label | None] | None]] = {
    "colon": _in_line,
    "stop": _in_line,
    "above": _above,
}
