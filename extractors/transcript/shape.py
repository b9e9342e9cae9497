"""The shape of a transcript: where its names stand, what counts as one, and whether speeches run over lines."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from extractors.names import name_key
from extractors.transcript.above import find_above
from extractors.transcript.beside import find_beside
from extractors.transcript.brackets import opens_quote
from extractors.transcript.candidates import IsKnown, are_bold
from extractors.transcript.chats import find_headers
from extractors.transcript.continuation import SENTENCE_ENDS, Continuation, infer_continuation
from extractors.transcript.labels import TELLERS, Label, Style
from extractors.transcript.lines import Line, scene_mark
from extractors.transcript.times import HAS_DATE

__all__ = ["Shape", "infer_shape"]

_WHERE: dict[Style, str] = {
    "colon": "before a colon",
    "header": "beside times above the messages",
    "stop": "before a full stop",
    "above": "on a line of their own above the speech",
    "angle": "in angle brackets",
    "tab": "before a tab",
    "dash": "before a dash",
}
_CONTINUED = {"never": "", "indented": "speeches going on in indented lines", "wrapped": "speeches wrapped over lines"}

_LEAST_SHARE_WRAPPED = 0.05  # of the lines, where speeches run over many
_SAMPLED = 100  # labels
_REST = r"[^\r\n]*"
_MARKS: dict[Style, re.Pattern[str]] = {  # each once a line
    "colon": re.compile(rf"[:：]{_REST}"),
    "header": re.compile(rf"\d[:：]\d\d{_REST}"),
    "angle": re.compile(rf"<[^<>\r\n]{{1,42}}>{_REST}"),
    "tab": re.compile(rf"\t{_REST}"),
    "dash": re.compile(rf"(?<=[ \u3000])[-–—][ \u3000]{_REST}"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a document shows who speaks. `is_dated` where most times have a date, as in the logs of chats;
    `is_punctuated` where most speeches end as sentences do; `scenes` are the ways in which it marks scenes, in words.
    """

    style: Style
    is_bold: bool = False
    is_bulleted: bool = False
    is_timed: bool = False
    is_dated: bool = False
    is_quoted: bool = False
    is_punctuated: bool = False
    continuation: Continuation = "never"
    scenes: tuple[str, ...] = ()

    @property
    def is_above(self) -> bool:
        """Whether names have lines of their own, above their speeches."""
        return self.style in ("above", "header")

    @property
    def description(self) -> str:
        """The shape in one line, as the user is told."""
        parts = [f"names {'in bold ' if self.is_bold else ''}{_WHERE[self.style]}"]
        parts += ["in a list"] * self.is_bulleted + ["with times"] * (self.is_timed and self.style != "header")
        parts += ["speeches in quotation marks"] * self.is_quoted
        parts += [_CONTINUED[self.continuation]] * (self.continuation != "never")
        parts += ["scenes " + " and ".join(self.scenes[:3])] if self.scenes else []
        return ", ".join(parts)


def infer_shape(text: str, lines: Sequence[Line], is_cast: IsKnown) -> tuple[Shape, list[Label | None]] | None:
    """The shape of a document, and for each line its label; None where the document is in no shape.

    A label counts where it recurs, where `is_cast` knows its name, or where it is one of a fixed few (the narrator's,
    everybody's, 甲 and 乙). One that stands once counts where nearly every line that may begin a speech has a label.
    """
    texts = sum(line.kind == "text" for line in lines)
    for style, find in _FINDERS.items():
        if style in _MARKS and sum(1 for _ in _MARKS[style].finditer(text)) < _LEAST_SHARE_WRAPPED * texts:
            continue
        labels = find(text, lines, style, is_cast)
        if labels is not None:
            return _shape(text, lines, labels, style), labels
    return None


def _shape(text: str, lines: Sequence[Line], labels: Sequence[Label | None], style: Style) -> Shape:
    found = [(label, line) for label, line in zip(labels, lines, strict=True) if label is not None]
    count = len(found)
    spoken = [(label, line) for label, line in found if label.body < line.end and name_key(label.name) not in TELLERS]
    dated = sum(
        label.is_timed and HAS_DATE.search(text, label.start, label.body) is not None for label, _ in found[:_SAMPLED]
    )
    ended = sum(text[line.end - 1] in SENTENCE_ENDS for _, line in spoken)
    quoted = sum(opens_quote(text, label.body, line.end) for label, line in spoken)
    marks = dict.fromkeys(scene_mark(text, line) for line in lines if line.kind == "heading")
    rows = ("between rows of stars or dashes",) if any(line.kind == "row" for line in lines) else ()
    return Shape(
        style,
        is_bold=are_bold(labels),
        is_bulleted=2 * sum(label.is_bulleted for label, _ in found) > count,
        is_timed=any(label.is_timed for label, _ in found),
        is_dated=2 * dated > len(found[:_SAMPLED]),
        is_quoted=2 * quoted > len(spoken),
        is_punctuated=2 * ended > len(spoken),
        continuation="never" if style in ("above", "header") else infer_continuation(text, lines, labels),
        scenes=(*marks, *rows),
    )


_FINDERS: dict[Style, Callable[[str, Sequence[Line], Style, IsKnown], list[Label | None] | None]] = {
    "colon": find_beside,
    "header": find_headers,
    "stop": find_beside,
    "above": find_above,
    "angle": find_beside,
    "tab": find_beside,
    "dash": find_beside,
}
