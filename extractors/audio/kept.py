"""What is kept of a recording, so that nothing is heard twice: `NAME.asr.jsonl`, what each passage was heard as, a line
each as it is heard; and `NAME.ass`, the subtitles made of it, which is the recording's canonical source from then on.

In the subtitles an event's actor is who speaks; its effect says how that was found: `voice 0.93 Ann`, by the nearest of
the labelled voices, as likely as that; `cluster 0.00 SPEAKER_1`, a voice that nobody named; nothing, or another name,
where a person said so. What was heard of nothing is a comment whose effect says why.
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pysubs2 import SSAEvent, SSAFile

from dramaturg.workspace import digest, write_atomic
from extractors.audio.recognition import Heard
from extractors.subtitles.markup import guess_of

__all__ = ["Hearings", "Made", "guess", "is_guess", "left_out", "made_of", "write_subtitles"]

_MADE = re.compile(r"^Dramaturg: (\{.*\})\s*$", re.MULTILINE)
_LONGEST_HEAD = 10_000  # characters
_HEARD = TypeAdapter(list[Heard])


@dataclass(frozen=True, slots=True)
class Made:
    """What subtitles were made of: hashes of the recording, of a person's subtitles and of the labels, None where
    there are none; the recogniser, None where a person wrote the subtitles; and what the voices' labels told."""

    recording: str
    subtitles: str | None
    labels: str | None
    language: str
    hanzi: str
    heard_by: str | None = None
    voices: str | None = None


class Hearings:
    """What passages were heard as, by a recogniser of `options`: those of before, and each as it comes."""

    def __init__(self, path: Path, recording: str, options: dict[str, Any]) -> None:
        self._path = path
        self._key = digest([recording, options])
        self._known: dict[tuple[int, int], list[Heard]] = {}
        before = path.read_bytes() if path.is_file() else b""
        self._is_torn = bool(before) and not before.endswith(b"\n")
        for line in before.splitlines():
            try:
                told = orjson.loads(line)
                if told["key"] == self._key:
                    self._known[told["start"], told["end"]] = _HEARD.validate_python(told["heard"])
            except (ValueError, KeyError, TypeError, ValidationError):
                continue  # a run that was killed as it wrote

    def of(self, start: int, end: int) -> list[Heard] | None:
        """What the passage was heard as; None where it was not heard yet."""
        return self._known.get((start, end))

    def keep(self, start: int, end: int, heard: list[Heard]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        told = {"key": self._key, "start": start, "end": end, "heard": heard}
        with self._path.open("ab") as file:
            file.write(b"\n" * self._is_torn + orjson.dumps(told) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._is_torn = False
        self._known[start, end] = heard


def write_subtitles(path: Path, events: Sequence[SSAEvent], made: Made) -> None:
    """The events as SubStation Alpha, with what they were made of in the head."""
    subtitles = SSAFile()
    subtitles.info["Dramaturg"] = json.dumps(asdict(made), ensure_ascii=False)
    subtitles.events = list(events)
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomic(path) as file:
        file.write(subtitles.to_string("ass").encode())


def made_of(path: Path) -> Made | None:
    """What kept subtitles were made of; None where there are none, or others."""
    if not path.is_file():
        return None
    found = _MADE.search(path.read_text(encoding="utf-8", errors="replace")[:_LONGEST_HEAD])
    try:
        return None if found is None else Made(**json.loads(found[1]))
    except (ValueError, TypeError):
        return None


def guess(event: SSAEvent, method: str, confidence: float, name: str) -> None:
    """Make `name` the event's actor, and say in its effect that this is no person's word."""
    event.name, event.effect = name, f"{method} {confidence:.2f} {name}"


def left_out(reason: str) -> str:
    """The effect of an event that nobody says."""
    return f"left out: {reason}"


def is_guess(event: SSAEvent) -> bool:
    """Whether an event's actor is what a program made of the voice, and nobody changed it since."""
    return guess_of(event.effect, event.name) is not None
