"""The events of a subtitle file: what is shown, from when to when, with its markup still in it.

SubStation Alpha (.ass, .ssa) is read by pysubs2; a line that it refuses is read once more with its times mended. SubRip
(.srt) and WebVTT are cut here: of them pysubs2 1.8 drops a last row that is a number and the hundreds of hours, and
takes WebVTT's notes and identifiers for what is said. A format is known by what the file holds, not by its name.

Times are mended, not refused: one below zero is zero, an end before its start is its start, one that cannot be read is
the end of the event before.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pysubs2 import SSAEvent, SSAFile
from pysubs2.formats.substation import EVENT_FIELDS

__all__ = ["Events", "find_events", "split_rows"]

_NEW_LINE = re.compile(r"\r\n|\r|\n")
_TIME = r"(-?)(?:(\d{1,9}):)?(\d{1,3}):(\d{1,2})(?:[.,:](\d{1,9}))?"
_CLOCK = re.compile(_TIME)
_TIMING = re.compile(rf"{_TIME}(-{{1,3}})>{_TIME}")
_CUT_TIMING = re.compile(r"-?\d{1,9}(?::[\d.,]*){2,}\s?(?:-*>?)[\d:.,-]*")
_LONGEST_TIMING = 200  # characters
_FULL_WIDTH = str.maketrans("：，．", ":,.")

_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")

_DIALOGUE = re.compile(r"^[ \t]*Dialogue:[^,\n]*,[ \t]*-?\d+:\d", re.MULTILINE)
_SECTION = re.compile(r"\[(?:script info|v4\+?\+? styles|events|fonts|graphics|aegisub[^\]]*)\]", re.IGNORECASE)
_EVENT = ("Dialogue:", "Comment:")
_KEYED = re.compile(r"(?:Format|Picture|Sound|Movie|Command|Style|fontname|filename):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a file in its own order, times in milliseconds; whether they are SubStation Alpha's; and how many
    lines of it could not be read as any: rows that no time stands above, or what is left of an event. `is_cut` where
    the last cue ends before what it shows."""

    events: Sequence[SSAEvent]
    is_substation: bool
    unread: int
    is_cut: bool = False


def find_events(text: str) -> Events:
    """The events of a decoded file, none where it is no subtitle file."""
    lines = split_rows(text)
    if _DIALOGUE.search(text) or any(_SECTION.fullmatch(line.strip()) for line in lines[:20]):
        return _substation_events(lines)
    return _cues(lines, text.lstrip("\ufeff \t\r\n").startswith("WEBVTT"))


def split_rows(text: str) -> list[str]:
    """The lines of a text, whichever way its newlines are written."""
    return _NEW_LINE.split(text)


# --- SubRip and WebVTT ------------------------------------------------------------------------------------------


def _cues(lines: list[str], is_vtt: bool) -> Events:
    """Each timing line with the lines below it up to the next, whether or not blank lines stand between."""
    if is_vtt:
        _blank_asides(lines)
    timings = [(at, times) for at, line in enumerate(lines) if (times := _timing(line)) is not None]
    if not timings:
        return Events((), is_substation=False, unread=0)
    is_cut = _cut_end(lines, timings)
    heads = _heads(lines, [at for at, _ in timings], is_vtt)
    above = lines[1 : heads[0]] if is_vtt else lines[: heads[0]]
    unread = 0 if is_vtt else sum(bool(line.strip("\ufeff \t")) and not _is_number(line) for line in above)
    events: list[SSAEvent] = []
    reached = 0
    for number, (at, times) in enumerate(timings):
        below = heads[number + 1] if number + 1 < len(heads) else len(lines)
        text = "\n".join(line for line in lines[at + 1 : below] if line.strip())
        events.append(_timed(SSAEvent(text=text), *times, reached))
        reached = events[-1].end
    is_cut = is_cut or not events[-1].text
    return Events(events, is_substation=False, unread=unread, is_cut=is_cut)


def _blank_asides(lines: list[str]) -> None:
    """Blanks WebVTT's notes, style sheets and regions: from such a word on a line after a blank one to the next."""
    is_aside, is_after_blank = False, True
    for at, line in enumerate(lines):
        is_blank = not line.strip()
        if is_blank or "-->" in line:
            is_aside = False
        elif is_after_blank and _ASIDE.match(line):
            is_aside = True
        is_after_blank = is_blank
        if is_aside:
            lines[at] = ""


_Times = tuple[int | None, int | None]


def _timing(line: str) -> _Times | None:
    """The two times of a timing line, None for one that is broken; None where it is no timing line."""
    if ">" not in line:
        return None
    squeezed = "".join(line[:_LONGEST_TIMING].translate(_FULL_WIDTH).split()).lstrip("\ufeff")
    found = _TIMING.match(squeezed)
    if found is None:
        is_broken = "-->" in squeezed and len(line) < _LONGEST_TIMING and not squeezed.strip("0123456789:.,->")
        start, _, end = squeezed.partition("-->")
        return (_clock(start), _clock(end)) if is_broken else None
    if len(found[6]) == 1 and not (found[2] and found[8]):  # 1:20 -> 1:30 may be said
        return None
    return _milliseconds(found.groups()[:5]), _milliseconds(found.groups()[6:])


def _clock(text: str) -> int | None:
    """A time that stands alone; None where it is none."""
    found = _CLOCK.fullmatch(text)
    return None if found is None else _milliseconds(found.groups())


def _milliseconds(groups: Sequence[str | None]) -> int:
    sign, hours, minutes, seconds, fraction = groups
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    time = whole * 1000 + int((fraction or "0")[:3].ljust(3, "0"))
    return -time if sign else time


def _timed(event: SSAEvent, start: int | None, end: int | None, reached: int) -> SSAEvent:
    """The event with its times mended; `reached` is the end of the one before."""
    event.start = max(0, reached if start is None else start)
    event.end = max(event.start, event.start if end is None else end)
    return event


def _is_number(line: str) -> bool:
    plain = line.strip("\ufeff \t")
    return plain.isdecimal() and len(plain) < 10


def _heads(lines: Sequence[str], timings: Sequence[int], is_vtt: bool) -> list[int]:
    """Where each cue begins: at its timing line, or at the number or identifier above.

    A number stands right above where half of the cues have one there, for in a file without numbers it is said; in a
    file every other line of which is blank, a blank line higher. WebVTT's identifier has a blank line above itself.
    """
    right_above = sum(_is_number(lines[at - 1]) for at in timings if at)
    blank = [not line.strip() for line in lines]
    is_spaced = all(one or other for one, other in pairwise(blank))
    heads = []
    for number, at in enumerate(timings):
        floor = timings[number - 1] + 1 if number else 0
        head = at
        if at > floor:
            is_identifier = is_vtt and not blank[at - 1] and (at == 1 or blank[at - 2])
            if is_identifier or (2 * right_above >= len(timings) and _is_number(lines[at - 1])):
                head = at - 1
            elif is_spaced and at - 1 > floor and _is_number(lines[at - 2]):
                head = at - 2
        heads.append(head)
    return heads


def _cut_end(lines: list[str], timings: list[tuple[int, _Times]]) -> bool:
    """Takes the beginning of one more cue, its number or half of its timing line, from a file that ends in it; whether
    there was one."""
    at = len(lines) - 1
    while at > timings[-1][0] and not lines[at].strip():
        at -= 1
    if at <= timings[-1][0]:
        return False
    stands_free = not lines[at - 1].strip() or _is_number(lines[at - 1])
    if stands_free and _CUT_TIMING.fullmatch(lines[at].strip()[:_LONGEST_TIMING]):
        timings.append((at, (_clock(lines[at].strip().rstrip("->").rstrip()), None)))
        return True
    last = timings[-1][0]
    numbers_it = last and _is_number(lines[last - 1]) and _is_number(lines[at])
    if numbers_it and not lines[at - 1].strip() and int(lines[at]) == int(lines[last - 1].strip("\ufeff \t")) + 1:
        lines[at] = ""
        return True
    return False


# --- SubStation Alpha -------------------------------------------------------------------------------------------


def _substation_events(lines: Sequence[str]) -> Events:
    """What `Dialogue:` and `Comment:` lines hold. Styles, whose names the events bear, are not read: nothing of a style
    but its name is of use, and one broken colour would cost pysubs2 the file."""
    rows, order = _event_lines(lines)
    kind = "ssa" if any("Marked=" in row[:30] for row in rows[:10]) else "ass"
    usual = EVENT_FIELDS[kind]
    if order and order != usual and {"layer", "marked", *usual} >= set(order) >= {"start", "end", "text"}:
        rows = [_in_usual_order(row, order, usual) for row in rows]
    events, unread = _parsed(rows, kind, len(usual))
    reached = 0
    for event in events:
        _timed(event, event.start, event.end, reached)
        reached = event.end
    return Events(events, is_substation=True, unread=unread)


def _event_lines(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines of events, each whole, and the order of the fields in them, where the file says one.

    A line below an event that is nothing of the format's own is a row of the event, which some writers break.
    """
    rows: list[list[str]] = []
    order: list[str] = []
    is_in_events = False
    for line in lines:
        plain = line.strip()
        if plain.startswith(_EVENT):
            rows.append([plain])
            is_in_events = True
        elif _SECTION.fullmatch(plain):
            is_in_events = False
        elif plain.startswith("Format:") and "text" in plain.lower():
            order = [name.strip().lower() for name in plain.partition(":")[2].split(",")]
        elif is_in_events and plain and not plain.startswith(";") and not _KEYED.match(plain):
            rows[-1].append(plain)
    return [r"\N".join(row) for row in rows], order


def _in_usual_order(row: str, order: Sequence[str], usual: Sequence[str]) -> str:
    head, _, rest = row.partition(":")
    said = dict(zip(order, rest.strip().split(",", len(order) - 1), strict=False))
    return f"{head}: " + ",".join(said.get(name, "0" if name.startswith("margin") else "") for name in usual)


def _parsed(rows: Sequence[str], kind: str, fields: int) -> tuple[list[SSAEvent], int]:
    try:
        return _parse("\n".join(rows), kind), 0
    except ValueError:  # a single time that it cannot read costs pysubs2 the file
        pass
    events: list[SSAEvent] = []
    unread = 0
    for row in rows:
        try:
            events += _parse(row, kind)
        except ValueError:
            said = row.split(",", fields - 1)
            if len(said) < fields:
                unread += 1
                continue
            start, end = (_clock(said[at].strip()) for at in (1, 2))
            said[1:3] = ["0:00:00.00"] * 2
            reached = events[-1].end if events else 0
            events += (_timed(event, start, end, reached) for event in _parse(",".join(said), kind))
    return events, unread


def _parse(text: str, kind: str) -> list[SSAEvent]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about margins and layers, which are not used
        return SSAFile.from_string(text, format_=kind).events
