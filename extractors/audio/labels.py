"""Whose voice is whose, as a person says it: speakers.csv, a row for each stretch in which one person speaks.

    start,end,name
    12.5,14,Alice
    0:01:20.3,0:01:22,Guard

Times are seconds, or hours, minutes and seconds. A column `file` names another recording in the folder, so that the
voices of one episode are known in the next. For a recording ep01.mkv, ep01.speakers.csv comes before speakers.csv.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dramaturg.errors import SourceError
from extractors.reading import read_text

__all__ = ["Label", "label_files", "read_labels"]

_COLUMNS = ("start", "end", "name")
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,3}):)?(\d+(?:[.,]\d+)?)")


@dataclass(frozen=True, slots=True)
class Label:
    """`name` speaks from `start` to `end`, in milliseconds of the recording `path`."""

    path: Path
    start: int
    end: int
    name: str


def label_files(recording: Path) -> tuple[Path, Path]:
    """Where the labels of a recording may lie, the first that is there counting."""
    return recording.with_suffix(".speakers.csv"), recording.with_name("speakers.csv")


def read_labels(recording: Path) -> list[Label]:
    """The labels for a recording, in their file's order; none where there is no file.

    Raises SourceError, with file and line, where one cannot be read.
    """
    path = next((each for each in label_files(recording) if each.is_file()), None)
    if path is None:
        return []
    rows = list(csv.reader(read_text(path).text.splitlines()))
    head = [name.strip().lower() for name in rows[0]] if rows else []
    if not set(_COLUMNS) <= set(head):
        raise SourceError(f"{path}:1: expected the columns start,end,name")
    return list(_labels(path, recording, head, rows[1:]))


def _labels(path: Path, recording: Path, head: list[str], rows: list[list[str]]) -> Iterator[Label]:
    for line, row in enumerate(rows, 2):
        if not any(map(str.strip, row)):
            continue
        told = dict(zip(head, map(str.strip, row), strict=False))
        start, end = (_milliseconds(told.get(name, "")) for name in ("start", "end"))
        if start is None or end is None or end <= start:
            raise SourceError(
                f"{path}:{line}: start and end are to be seconds (12.5) or a time (0:01:20.3), the end after the start"
            )
        name = told.get("name", "")
        if not name or "," in name:
            raise SourceError(f"{path}:{line}: give a name, without a comma in it")
        file = told.get("file", "")
        other = recording.parent / (file or recording.name)
        if other.parent != recording.parent or not other.is_file():
            raise SourceError(f"{path}:{line}: there is no file {file} beside it")
        yield Label(other, start, end, name)


def _milliseconds(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    return (int(hours or 0) * 60 + int(minutes or 0)) * 60_000 + round(float(seconds.replace(",", ".")) * 1000)
