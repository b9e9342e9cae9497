"""Subtitles: SubRip, WebVTT and SubStation Alpha as lines, with the speaker of each where the file names one.

A file goes from events (`events`) to cues without markup (`markup`), each row once where captions roll (`rolling`);
those that nobody says are set aside (`set_aside`) and those of another language left out (`tracks`); a cue is cut into
turns (`turns`, `labels`), and turns are joined into lines (`lines`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dramaturg.cast import CastMember
from dramaturg.errors import SourceError
from dramaturg.script import NARRATOR, Kind, Place, Script, Utterance
from dramaturg.text import Language
from extractors.names import cast_names, name_key
from extractors.reading import SourceText, decode, refuse_document, with_what_is_broken
from extractors.subtitles.events import find_events
from extractors.subtitles.lines import join_turns
from extractors.subtitles.markup import read_cue
from extractors.subtitles.rolling import without_repeated_rows
from extractors.subtitles.set_aside import set_aside
from extractors.subtitles.tracks import choose_language
from extractors.subtitles.turns import find_turns

__all__ = ["SubtitleLine", "SubtitleText", "read_subtitles", "script_of"]

_LARGEST = 64_000_000  # bytes
_ASCII = bytes(range(0x80))
_MOST_IN_WESTERN = 0.25
_PAGE = (b"<!doctype html", b"<html")
_MARKUP = re.compile(
    rb"^[ \t]*(?:Dialogue|Comment):(?:[^,\r\n]*,){9}|\{[^{}\r\n]*\}|<[^<>\r\n]*>|^[\d\s:.,>-]+$", re.MULTILINE
)
_UNREAD = "row without a time"
_ENDED = re.compile(r"(?:[\r\n]|[.!?…。！？~～♪#—–\-\"'”’»」』)）\]】](?:</?[a-zA-Z][^<>]*>|\{[^{}]*\}|[ \t])*)\Z")
_TAIL = 200  # characters, in which a file's end is looked for


@dataclass(frozen=True, slots=True)
class SubtitleLine:
    """A line of the canonical text, from `start` to `end`, its newline not in it. `label` is the speaker's as the file
    writes it, None where it names none; acts are counted from 0. `method` and `confidence` tell how the label was found
    where a program that heard the voice wrote it."""

    start: int
    end: int
    label: str | None
    kind: Kind
    act_id: int
    method: str = "label"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class SubtitleText(SourceText):
    """A canonical text of what the cues say, one sentence or speech a line, without labels and markup.

    `places` are the times of the `lines`, one each, from the first cue's start to the last one's end. `set_aside` are
    the cues (rows, where it says so) that are not in the text, counted by reason. `may_be_cut` where the file ends in
    the middle of a cue, or of what may be one: without a new line, in no sentence's end.
    """

    lines: tuple[SubtitleLine, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    may_be_cut: bool = False


def read_subtitles(path: Path, language: Language) -> SubtitleText:
    """A subtitle file's canonical text, in `language` where the file has two, its cues in order of their start.

    Raises SourceError where the file cannot be read, is no subtitle file, or has nothing in it that is said.
    """
    text, encoding = _decoded(path)
    found = find_events(text)
    if not found.events:
        raise SourceError(f"{path}: not subtitles: it holds no cue of SubRip, WebVTT or SubStation Alpha")
    cues = [read_cue(event, found.is_substation) for event in found.events]
    once, repeated = without_repeated_rows(sorted(cues, key=lambda cue: cue.start))
    kept, reasons = set_aside(once)
    chosen, others = choose_language(kept, language)
    reasons += repeated + others + Counter({_UNREAD: found.unread})
    lines: list[SubtitleLine] = []
    places: list[Place] = []
    texts: list[str] = []
    reached = 0
    for line in join_turns(find_turns(chosen), chosen, language):
        texts.append(line.text(language))
        end = reached + len(texts[-1])
        lines.append(SubtitleLine(reached, end, line.label, line.kind, line.act_id, line.method, line.confidence))
        places.append(Place(reached, end, f"{_clock(line.start)} --> {_clock(line.end)}"))
        reached = end + 1
    if not lines:
        told = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))
        raise SourceError(f"{path}: nothing is said in these subtitles ({told})")
    return SubtitleText(
        text="".join(f"{each}\n" for each in texts),
        encoding=with_what_is_broken(encoding, text),
        places=tuple(places),
        lines=tuple(lines),
        set_aside=dict(sorted(reasons.items())),
        may_be_cut=found.is_cut or _ENDED.search(text[-_TAIL:]) is None,
    )


def script_of(source: str, read: SubtitleText, language: Language, cast: Iterable[CastMember] = ()) -> Script:
    """The script of subtitles that were read, called `source` in every utterance: a line is one.

    A label that is a name of the cast, or an alias of one member, in letters of any size and with or without full
    stops, becomes the member's name, any other the role as it is: method `label`, confidence 1. Speech of nobody named
    has no role: method `unknown`, confidence 0. An action is its label's like speech; without a label it is, as
    narration always is, the narrator's: method `narration`, confidence 1.
    """
    named = cast_names(cast)
    return Script(
        source,
        language,
        read.text,
        tuple(_utterance(source, read.text, number, line, named) for number, line in enumerate(read.lines)),
    )


def _utterance(source: str, text: str, number: int, line: SubtitleLine, named: Mapping[str, str]) -> Utterance:
    role: str | None = None
    if line.label is not None and line.kind in ("speech", "action"):
        role = named.get(name_key(line.label), line.label)
        confidence, method = line.confidence, line.method
    elif line.kind == "speech":
        confidence, method = 0.0, "unknown"
    else:
        role, confidence, method = NARRATOR, 1.0, "narration"
    return Utterance(
        act_id=line.act_id,
        diag_id=number,
        role=role,
        content=text[line.start : line.end],
        kind=line.kind,
        source=source,
        start=line.start,
        end=line.end,
        speaker_confidence=confidence,
        method=method,
    )


def _decoded(path: Path) -> tuple[str, str]:
    """A file's text and encoding, which is that of what the cues say: times and markup, ASCII in every encoding, would
    have Chinese taken for Western."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    refuse_document(path, data)
    if len(data) > _LARGEST:
        raise SourceError(f"{path}: has more than {_LARGEST:,} bytes: no subtitles; not read")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_PAGE):
        raise SourceError(f"{path}: a web page, not subtitles: fetch the file again, the page may say what went wrong")
    text, encoding = decode(data, str(path), _encoding_of_words(data, str(path)))
    if "\0" in text:
        raise SourceError(f"{path}: not subtitles: it holds NUL characters")
    if not text.strip():
        raise SourceError(f"{path}: the file is empty")
    return text, encoding


def _encoding_of_words(data: bytes, name: str) -> str:
    """The encoding of what is neither time nor markup, nothing where there is no such thing. Words few of whose letters
    are beyond ASCII are Western: more are so in a short cue than in the prose that `decode` is made for."""
    words = data if b"\0" in data else _MARKUP.sub(b"", data)  # UTF-16 is not cut by bytes
    if not words.strip():
        return ""
    try:
        return decode(words, name)[1]
    except SourceError:
        if len(words.translate(None, _ASCII)) > _MOST_IN_WESTERN * len(words):
            raise
        return "windows-1252"


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
