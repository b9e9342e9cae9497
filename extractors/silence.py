"""Why nothing is said in a source, as its reader is told."""

import re

from dramaturg.character import SourceKind
from dramaturg.text import Language
from extractors.reading import SourceText
from extractors.subtitles import SubtitleText
from extractors.transcript import recognise

__all__ = ["why_silent"]

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_CHINESE = 0.5  # of the letters, from which on a text is written in Chinese characters
_NOT_CHINESE = 0.05  # up to which it is not
_OPENING = re.compile(r"[“「『‘]|\"[^\"\n]*\"")
_SHAPES = "names that come again before a colon (Ann: Come in.), before a full stop, or on a line above the speech"


def why_silent(read: SourceText, kind: SourceKind, language: Language) -> str:
    """Why no line of speech was found in a source that was read as `kind` and in `language`, and what to do."""
    written = _written_in(read.text)
    if written not in (None, language):
        script = "in Chinese characters" if written == "zh" else "without Chinese characters"
        return f"it is written {script}, and read as {language}: give the language {written}"
    if isinstance(read, SubtitleText):
        return "it has no cue but directions and sounds"
    if kind == "transcript" or (kind == "web" and recognise(read.text) is not None):
        return "it is a transcript in which nobody but a narrator says anything"
    marks = sum(1 for _ in _OPENING.finditer(read.text))
    found = f"too few quotation marks were found ({marks:,})" if marks else "no quotation marks were found"
    return (
        f"{found}, and in prose speech is read between “ ”, 「 」, 『 』, ‘ ’, \" \" or ' '; "
        f"a transcript or a chat is read with kind: transcript, in these shapes: {_SHAPES}"
    )


def _written_in(text: str) -> Language | None:
    letters = sum(1 for _ in _LETTER.finditer(text))
    share = sum(1 for _ in _HAN.finditer(text)) / letters if letters else 0.0
    return "zh" if share > _CHINESE else "en" if letters and share < _NOT_CHINESE else None
