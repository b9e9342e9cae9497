"""An event without its markup: its rows as they are read on the screen, and what the markup said of them."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pysubs2 import SSAEvent

from extractors.subtitles.events import split_rows

__all__ = ["Cue", "Row", "guess_of", "read_cue"]

_UNCLOSED = re.compile(r"\{(?:\\[A-Za-z0-9]+(?:\([^()]*\))?)*")
_DRAWS = re.compile(r"\\p(\d+)")
_KARAOKE = re.compile(r"\\[kK][fo]?\d")
_PLACED = re.compile(r"\\(?:pos|move)\s*\(")
_BREAK = re.compile(r"<\s?br\s?/?\s?>", re.IGNORECASE)
_RUBY = re.compile(r"<rt>[^<>]*</rt>", re.IGNORECASE)
_VOICE = re.compile(r"<(/v|v(?:\.[\w.-]*)?(?:\s[^<>]*)?)>")
_TAG = re.compile(
    r"<\s*/?\s*(?:i|b|u|s|c|em|strong|font|span|lang|ruby|rt|div|p|tt)(?:[\s.][^<>]*)?/?\s*>|<\d[\d:.]*>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|nbsp|lrm|rlm|quot|apos|hellip|[mn]dash);")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1b\x7f]")
_SPACES = re.compile(r"\s+")
_GUESS = re.compile(r"(voice|cluster) ([01]\.\d\d) (.+)")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a cue, white space folded; the speaker whom the markup names, by a voice tag or an actor's field."""

    text: str
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start` to `end`, in milliseconds, without its markup, in rows none of which is empty.

    `style`, `actor` and `effect` are SubStation Alpha's; the rest is what the markup says that the text does not show.
    """

    start: int
    end: int
    rows: tuple[Row, ...]
    style: str = ""
    actor: str = ""
    effect: str = ""
    is_comment: bool = False
    is_placed: bool = False
    is_drawing: bool = False
    is_karaoke: bool = False

    @property
    def text(self) -> str:
        """The rows, a line each."""
        return "\n".join(row.text for row in self.rows)


def read_cue(event: SSAEvent, is_substation: bool) -> Cue:
    """An event's cue. Braces are markup in SubStation Alpha, elsewhere only where a backslash follows; tags are markup
    where they are ones that subtitles have, so that `x < y` is what it says. The text above ruby is left out."""
    text, overrides, is_drawing = _without_overrides(event.text, is_substation)
    text = text.replace(r"\N", "\n").replace(r"\h", " ")
    if is_substation:
        text = text.replace(r"\n", "\n")
    actor = _plain(event.name)
    return Cue(
        start=event.start,
        end=event.end,
        rows=tuple(_rows(text, actor or None)),
        style=event.style.strip().lstrip("*"),
        actor=actor,
        effect=event.effect.strip(),
        is_comment=event.is_comment,
        is_placed=_PLACED.search(overrides) is not None,
        is_drawing=is_drawing,
        is_karaoke=_KARAOKE.search(overrides) is not None or "karaoke" in event.effect.lower(),
    )


def guess_of(effect: str, actor: str) -> tuple[str, float] | None:
    """How a program that heard the voice found an event's actor, and how likely that is right; None where a person
    named it. Such an event's effect says so, with the name that was guessed: `voice 0.93 Ann`."""
    found = _GUESS.fullmatch(effect.strip())
    return None if found is None or found[3] != actor else (found[1], float(found[2]))


def _without_overrides(text: str, is_substation: bool) -> tuple[str, str, bool]:
    """The text outside braces, the overrides in them, and whether a part of it was a drawing, which is left out."""
    if "{" not in text:
        return text, "", False
    opening = "{" if is_substation else "{\\"
    shown: list[str] = []
    overrides: list[str] = []
    at = 0
    draws = has_drawn = False
    while True:
        opened = text.find(opening, at)
        closed = text.find("}", opened) if opened >= 0 else -1
        if closed < 0:
            rest = text[at:] if opened < 0 else text[at:opened] + _UNCLOSED.sub("", text[opened:], count=1)
            shown += [] if draws else [rest]
            return "".join(shown), "".join(overrides), has_drawn
        shown += [] if draws else [text[at:opened]]
        override = text[opened + 1 : closed]
        overrides.append(override)
        scales = _DRAWS.findall(override)
        if scales:
            draws = int(scales[-1][:9]) > 0
            has_drawn |= draws
        at = closed + 1


def _rows(text: str, actor: str | None) -> Iterator[Row]:
    if "<" in text:
        text = _RUBY.sub("", _BREAK.sub("\n", text))
    speaker = actor
    for at, part in enumerate(_VOICE.split(text) if "<" in text else (text,)):
        if at % 2:  # a voice tag: <v Name>, <v.loud Name> or </v>
            _, _, name = part.partition(" ")
            speaker = (_plain(name) or actor) if part[0] == "v" else actor
            continue
        for row in split_rows(part):
            plain = _plain(row)
            if plain:
                yield Row(plain, speaker)


def _plain(text: str) -> str:
    """The text without tags, entities told, invisible characters left out, white space folded."""
    text = _SPACES.sub(" ", text)
    if "<" in text:
        text = _TAG.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()
