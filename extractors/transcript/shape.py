"""The shape of a transcript: where its names stand, what counts as one, and whether speeches run over lines."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from extractors.transcript.brackets import is_enclosed
from extractors.transcript.labels import (
    EVERYBODY,
    PLACEHOLDERS,
    TELLERS,
    Label,
    Style,
    find_label,
    likeness,
    name_key,
    names_of_several,
)
from extractors.transcript.lines import Line, scene_mark

__all__ = ["Continuation", "Shape", "infer_shape"]

Continuation = Literal["never", "indented", "wrapped"]

_WHERE = {"colon": "before a colon", "stop": "before a full stop", "above": "on a line of their own above the speech"}
_CONTINUED = {"never": "", "indented": "speeches going on in indented lines", "wrapped": "speeches wrapped over lines"}

_LEAST_SHARE = 0.5  # of the lines, or of the lines that may begin a speech, that have a label
_LEAST_SHARE_WRAPPED = 0.1  # of all lines, where speeches run over many
_LEAST_SHARE_ALONE = 0.8  # where only one person speaks
_LEAST_SHARE_OF_BLOCKS = 0.15  # that capitals stand above: the rest of a screenplay is told
_WHOLE_SHARE = 0.9  # of the lines, above which a document has no others
_RECURS = 2
_WEAK_RECURS = 3
_NARROWEST_WRAP = 40  # columns
_WIDEST_WRAP = 140
_USUAL = 0.5
_UNIFORM = 0.9
_SENTENCE_ENDS = ".!?…。！？：:;；~—\"'”’」』)）]】*"

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
        parts += [f"scenes {mark}" for mark in self.scenes[:2]]
        return ", ".join(parts)


def infer_shape(text: str, lines: Sequence[Line], is_cast: _IsKnown) -> tuple[Shape, list[Label | None]] | None:
    """The shape of a document, and for each line its label; None where the document is in no shape.

    A label counts where it recurs, where `is_cast` knows its name, or where it is one of a fixed few (the narrator's,
    everybody's, 甲 and 乙); in a document that has nothing but labelled lines, one that stands once counts too.
    """
    for style, find in (("colon", _in_line), ("stop", _in_line), ("above", _above)):
        labels = find(text, lines, style, is_cast)
        if labels is not None:
            return _shape(text, lines, labels, style), labels
    return None


def _shape(text: str, lines: Sequence[Line], labels: Sequence[Label | None], style: Style) -> Shape:
    found = [(label, line) for label, line in zip(labels, lines, strict=True) if label is not None]
    count = len(found)
    spoken = [(label, line) for label, line in found if label.body < line.end and name_key(label.name) not in TELLERS]
    quoted = sum(is_enclosed(text, label.body, line.end) for label, line in spoken)
    marks = dict.fromkeys(scene_mark(text, line) for line in lines if line.kind == "heading")
    rows = ("between rows of marks",) if any(line.kind == "row" for line in lines) else ()
    return Shape(
        style,
        is_bold=2 * sum(label.is_bold for label, _ in found) > count,
        is_bulleted=2 * sum(label.is_bulleted for label, _ in found) > count,
        is_timed=any(label.is_timed for label, _ in found),
        is_quoted=2 * quoted > len(spoken),
        continuation=_continuation(text, lines, labels),
        scenes=(*marks, *rows),
    )


# --- labels at the head of a line ----------------------------------------------------------------------------


def _in_line(text: str, lines: Sequence[Line], style: Style, is_cast: _IsKnown) -> list[Label | None] | None:
    may_be = [_candidate(text, line, style) for line in lines]
    counts = Counter(name_key(label.name) for label in may_be if label is not None)
    is_known = _recurring(counts, is_cast)
    labels = [label if label is not None and is_known(label.name) else None for label in may_be]
    first = next((number for number, label in enumerate(labels) if label is not None), None)
    if first is None:
        return None
    own = [(line, label) for line, label in zip(lines, labels, strict=True) if line.kind == "text" or label is not None]
    labelled = sum(label is not None for _, label in own)
    share = labelled / len(own)
    names = {name_key(label.name) for _, label in own if label is not None}
    if len(names) == 1 and share < _LEAST_SHARE_ALONE and not any(map(is_cast, names)):
        return None
    if share < _LEAST_SHARE and not _begins_speeches(text, lines, labels, own, share):
        return None
    rest = [may_be[number] for number in range(first, len(lines)) if lines[number].kind == "text"]
    if sum(label is not None for label in rest) >= _WHOLE_SHARE * len(rest):
        once = {name_key(label.name) for label in may_be[first:] if label and likeness(label.name) == "name"}
        labels[first:] = [
            label if label is not None and (is_known(label.name) or name_key(label.name) in once) else None
            for label in may_be[first:]
        ]
    return labels


def _candidate(text: str, line: Line, style: Style) -> Label | None:
    if line.kind != "text" and not (line.kind == "direction" and text.startswith(("**", "__"), line.start)):
        return None
    return find_label(text, line.start, line.end, style)


def _recurring(counts: Counter[str], is_cast: _IsKnown) -> _IsKnown:
    """Whether a label counts, by how often each stands in the document."""
    decided: dict[str, bool] = {}

    def counts_itself(name: str) -> bool:
        key = name_key(name)
        if key in TELLERS or key in EVERYBODY or key in PLACEHOLDERS or is_cast(name):
            return True
        return counts[key] >= (_RECURS if likeness(name) == "name" else _WEAK_RECURS) and not _is_said(name)

    def _is_said(name: str) -> bool:
        """Whether a Chinese label is another's with a verb of speech."""
        return likeness(name) == "weak" and (name_key(name[:-1]) in counts or is_cast(name[:-1]))

    def counts_at_all(name: str) -> bool:
        if name not in decided:
            several = names_of_several(name)
            decided[name] = counts_itself(name) or (len(several) > 1 and all(map(counts_itself, several)))
        return decided[name]

    return counts_at_all


def _begins_speeches(
    text: str,
    lines: Sequence[Line],
    labels: Sequence[Label | None],
    own: Sequence[tuple[Line, Label | None]],
    share: float,
) -> bool:
    """Whether labels are too few only because each speech has many lines."""
    if share < _LEAST_SHARE_WRAPPED:
        return False
    least = min(line.indent for line, label in own if label is not None)
    continuation = _continuation(text, lines, labels)
    if continuation == "indented":
        begin = [label for line, label in own if line.indent <= least]
    elif continuation == "wrapped" or any(label.body >= line.end for line, label in own if label is not None):
        begin = [label for line, label in own if not line.follows or label is not None]
    else:
        return False
    return sum(label is not None for label in begin) >= _LEAST_SHARE * len(begin)


# --- names above their speeches ------------------------------------------------------------------------------


def _above(text: str, lines: Sequence[Line], style: Style, is_cast: _IsKnown) -> list[Label | None] | None:
    blocks = sum(not line.follows for line in lines if line.kind == "text")
    texts = sum(line.kind == "text" for line in lines)
    if texts < 2:
        return None
    has_blocks = blocks > 0.1 * texts
    may_be = [_candidate(text, line, style) for line in lines]
    cues = [*_cues(lines, may_be, has_blocks)]
    written = Counter(name_key(label.name) for _, label in cues)
    is_known = _recurring(written, is_cast)
    in_capitals = sum(label.name.isupper() for _, label in cues if is_known(label.name))
    recurring = sum(is_known(label.name) for _, label in cues)
    are_capitals = 2 * in_capitals > recurring
    least = _LEAST_SHARE_OF_BLOCKS if are_capitals else _LEAST_SHARE if has_blocks else _LEAST_SHARE / 2
    if not recurring or recurring < least * (blocks if has_blocks else texts):
        return None
    names = {name_key(label.name) for _, label in cues if is_known(label.name)}
    if len(names) == 1 and not (are_capitals or any(map(is_cast, names))):
        return None
    labels: list[Label | None] = [None] * len(lines)
    has_begun = False
    for number, label in cues:
        is_alone = are_capitals and has_blocks and has_begun and label.name.isupper() and not lines[number].follows
        if is_known(label.name) and (label.name.isupper() or not are_capitals or is_cast(label.name)) or is_alone:
            labels[number] = label
            has_begun = True
        has_begun = has_begun or any(line.kind == "heading" for line in lines[number - 1 : number])
    return labels


def _cues(
    lines: Sequence[Line], may_be: Sequence[Label | None], has_blocks: bool
) -> Iterator[tuple[int, Label]]:
    """The lines that may be names above a speech: another line follows, which is then none itself."""
    taken = -1
    for number, label in enumerate(may_be[:-1]):
        line, below = lines[number], lines[number + 1]
        if label is None or number == taken or not below.follows or below.kind not in ("text", "direction"):
            continue
        opens = not line.follows or line.indent > below.indent or lines[number - 1].kind != "text" or not has_blocks
        if opens:
            taken = number + 1
            yield number, label


# --- speeches of several lines -------------------------------------------------------------------------------


def _continuation(text: str, lines: Sequence[Line], labels: Sequence[Label | None]) -> Continuation:
    """How a speech goes on in lines without a label, where that is usual in the document."""
    indents = Counter(line.indent for line, label in zip(lines, labels, strict=True) if label is not None)
    usual, count = indents.most_common(1)[0]
    first = next(number for number, label in enumerate(labels) if label is not None)
    rest = [(line, label) for line, label in zip(lines[first:], labels[first:], strict=True)]
    if count >= _UNIFORM * indents.total():
        after = [
            line.indent > usual for (_, _), (line, label) in pairwise(rest) if label is None and line.kind == "text"
        ]
        if after and sum(after) > _USUAL * len(after):
            return "indented"
    widths = [line.end - line.start for line, _ in rest if line.kind == "text"]
    widest = max(widths)
    columns = widest * (2 if _is_wide(text, rest[0][0]) else 1)
    is_wrapped = []
    for (line, _), (below, label) in pairwise(rest):
        if label is None and below.follows and line.kind == below.kind == "text":
            is_wrapped.append(_is_broken(text, line, below, widest))
    if is_wrapped and _NARROWEST_WRAP <= columns <= 2 * _WIDEST_WRAP and sum(is_wrapped) > _USUAL * len(is_wrapped):
        return "wrapped"
    return "never"


def _is_wide(text: str, line: Line) -> bool:
    return any("\u3400" <= mark <= "\u9fff" for mark in text[line.start : line.end][:40])


def _is_broken(text: str, line: Line, below: Line, widest: int) -> bool:
    """Whether a line ends where it does for want of room: the next one's first word had none, or goes on its
    sentence."""
    width = line.end - line.start
    opening = text[below.start : below.start + 40]
    word = 1 if _is_wide(text, below) else len(opening.split(maxsplit=1)[0])
    if width + 1 + word > widest:
        return True
    is_open = text[line.end - 1] not in _SENTENCE_ENDS
    return is_open and not opening[0].isupper() and 2 * width > widest
