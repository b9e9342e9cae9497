"""What kind of source a file is, by its name and its first bytes."""

import re
from pathlib import Path

from dramaturg.character import SourceKind
from dramaturg.errors import SourceError
from extractors.audio import SUFFIXES as RECORDINGS
from extractors.reading import is_page, read_text
from extractors.transcript import recognise

__all__ = ["recognise_kind"]

_SUBTITLES = frozenset({".srt", ".ass", ".ssa", ".vtt"})
_CUES = re.compile(rb"(?:\xef\xbb\xbf)?(?:WEBVTT\b|\[Script Info\]|\s*\d+\r?\n\d+:\d\d:\d\d[,.]\d+ --> )")


def recognise_kind(source: str) -> SourceKind:
    """The kind of a file, or of an address. A text is a transcript where most of it is names with what they say.

    Raises SourceError where the file cannot be read.
    """
    if source.startswith(("http://", "https://")):
        return "web"
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix in _SUBTITLES:
        return "subtitles"
    if is_page(path):
        return "web"
    if suffix in RECORDINGS:
        return "audio"
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    if is_page(path, start):
        return "web"
    if _CUES.match(start):
        return "subtitles"
    return "novel" if recognise(read_text(path).text) is None else "transcript"
