"""Turns joined into lines, and the acts that silences make.

A turn goes on in the next where it is speech, no other speaker is known to begin, they lie within a second of each
other (overlapping or apart), no act ends between them, and, in

English   the first ends without what ends a sentence; one that ends in `…`, `...`, `--` or a dash goes on only where
          the next begins so or with a small letter. Where both have such a mark, the second's is left out.
Chinese   both name the same speaker and the first does not end a sentence. Chinese subtitles have no full stops: that
          a cue has none says nothing, and where nobody is named each is a line of its own.

A line of more than 500 characters goes on in none: a file without punctuation is not one sentence.

An act ends at a silence of eight seconds, or, in a file of many silences, at one that is long in it: longer than its
third quartile by three times the distance of the quartiles (Tukey's far out, *Exploratory Data Analysis*, 1977), where
there are eight silences to tell.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import quantiles

from dramaturg.script import Kind
from dramaturg.text import Language
from extractors.names import name_key
from extractors.subtitles.markup import Cue, guess_of
from extractors.subtitles.turns import Turn

__all__ = ["Line", "find_acts", "join_turns"]

_SILENCE = 8_000  # milliseconds
_FAR_OUT = 3
_ENOUGH = 8  # silences to have quartiles
_WITHIN = 1_000  # milliseconds
_LONGEST = 500  # characters
_QUOTES = r"[\"'”’»)\]）」』♪]*"
_TRAILS_OFF = re.compile(rf"(?:\.\.+|…+|--+|[–—-]){_QUOTES}\Z")
_ENDS = re.compile(rf"[.!?。！？]{_QUOTES}\Z")
_SHORT_FORM = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Gen|Col|Capt|Lt|Sgt|vs|No)\.\Z")
_GOES_ON = re.compile(r"(?:\.\.+|…+|--+|[–—])\s*(?=\w)")
_TAIL = 40  # characters in which a line's end is looked for
_WIDE = re.compile(r"[\u3000-\u303f\uff00-\uffef…—]\Z")


@dataclass(slots=True)
class Line:
    """A line in the making: the texts of its turns, its time in milliseconds, its act; how its speaker was found,
    and how likely that is right."""

    texts: list[str]
    label: str | None
    kind: Kind
    act_id: int
    start: int
    end: int
    method: str = "label"
    confidence: float = 1.0
    reached: int = field(init=False)

    def __post_init__(self) -> None:
        self.reached = sum(map(len, self.texts))

    def text(self, language: Language) -> str:
        """The texts with a space between; none in Chinese after a wide mark."""
        joined = self.texts[0]
        for before, text in pairwise(self.texts):
            joined += text if language == "zh" and _WIDE.search(before[-1:]) else f" {text}"
        return joined


def find_acts(cues: Sequence[Cue]) -> list[int]:
    """The act of each cue, counted from 0; the cues in order of their start."""
    silences: list[int] = []
    reached = cues[0].end if cues else 0
    for cue in cues[1:]:
        silences.append(max(0, cue.start - reached))
        reached = max(reached, cue.end)
    heard = [silence for silence in silences if silence]
    longest: float = _SILENCE
    if len(heard) >= _ENOUGH:
        first, _, third = quantiles(heard)
        longest = max(longest, third + _FAR_OUT * (third - first))
    acts = [0] if cues else []
    for silence in silences:
        acts.append(acts[-1] + (silence >= longest))
    return acts


def join_turns(turns: Iterable[Turn], cues: Sequence[Cue], language: Language) -> list[Line]:
    """The lines that the cues' turns make."""
    acts = find_acts(cues)
    lines: list[Line] = []
    for turn in turns:
        cue = cues[turn.cue]
        line = lines[-1] if lines else None
        if line is not None and line.act_id == acts[turn.cue] and _goes_on(line, turn, cue, language):
            is_marked = _TRAILS_OFF.search(line.texts[-1][-_TAIL:]) is not None
            text = _GOES_ON.sub("", turn.text, count=1) if is_marked and _GOES_ON.match(turn.text) else turn.text
            line.texts.append(text)
            line.reached += len(text)
            line.end = max(line.end, cue.end)
            line.confidence = min(line.confidence, (guess_of(cue.effect, cue.actor) or ("", 1.0))[1])
        else:
            found = guess_of(cue.effect, cue.actor) or ("label", 1.0)
            lines.append(Line([turn.text], turn.label, turn.kind, acts[turn.cue], cue.start, cue.end, *found))
    return lines


def _goes_on(line: Line, turn: Turn, cue: Cue, language: Language) -> bool:
    if turn.opens or line.kind != "speech" or turn.kind != "speech" or line.reached > _LONGEST:
        return False
    if abs(cue.start - line.end) > _WITHIN:
        return False
    is_same = None not in (line.label, turn.label) and name_key(line.label or "") == name_key(turn.label or "")
    if turn.label is not None and not is_same:
        return False
    tail = line.texts[-1][-_TAIL:]
    if language == "zh":
        return is_same and _ENDS.search(tail) is None
    if _TRAILS_OFF.search(tail):
        return _GOES_ON.match(turn.text) is not None or turn.text[0].islower()
    return _ENDS.search(tail) is None or _SHORT_FORM.search(tail) is not None
