"""Citations in what a model wrote: `[3]` before or behind what rests on passage 3, read and taken off."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dramaturg.text import words

__all__ = ["SceneRef", "Statement", "cited_sentences", "take_citations"]

_CITATION = (
    r"(?:\s*[\[［【]+[^\d\[\]［］【】\n]{0,10}\d{1,4}(?:[^\d\[\]［］【】\n]{1,6}\d{1,4})*\s*[\]］】]+"
    r"|\s*[(（]\s*(?:片段|场景|要点|(?i:scenes?|statements?)|#)?\s*\d{1,3}(?:\s*[,，、]\s*\d{1,3})*\s*[)）])"
)
_CITATIONS = re.compile(rf"{_CITATION}+")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.、)])\s*")
_QUOTED = re.compile(r"“[^”\n]+”|「[^」\n]+」|『[^』\n]+』|\"[^\"\n]+\"")
_CLOSES = "”」』\"’')）"
_SHORT_FORM = "".join(rf"(?<!\b{word})" for word in ("Mr", "Mrs", "Ms", "Dr", "St", "Prof", "Capt", "Col", "[A-Z]"))
_STOP = rf"(?:[。！？!?]+|…+(?=\s*$|{_CITATION})|{_SHORT_FORM}\.(?!\w))"
_END = re.compile(rf"{_STOP}(?:(?![{_CLOSES}。！？!?….])|[{_CLOSES}]+(?=\s|$|{_CITATION}))(?!\s+[a-z]){_CITATION}*")


@dataclass(frozen=True, slots=True)
class SceneRef:
    """A scene, by its number within its source."""

    source: str
    scene_id: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Something said of the role, in the second person, and the scenes that it rests on, in the story's order."""

    text: str
    scenes: tuple[SceneRef, ...]


def take_citations(text: str) -> tuple[str, tuple[int, ...]]:
    """A text without its citations, and the numbers cited, each once."""
    numbers = [int(number) for found in _CITATIONS.findall(text) for number in re.findall(r"\d+", found)]
    return " ".join(_CITATIONS.sub("", text).split()), tuple(dict.fromkeys(numbers))


def cited_sentences(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a text, each with the numbers that it cites.

    A citation belongs to what stands before it, or, in a line that begins with one, to what follows it up to the next.
    A stop within quote marks ends no sentence.
    """
    found: list[tuple[str, tuple[int, ...]]] = []
    for line in text.splitlines():
        for part in _parts(_BULLET.sub("", line)):
            plain, numbers = take_citations(part)
            if words(plain):
                found.append((plain, numbers))
            elif found:
                before, cited = found[-1]
                found[-1] = (before, tuple(dict.fromkeys((*cited, *numbers))))
    return found


def _parts(line: str) -> Iterator[str]:
    if _CITATIONS.match(line):
        cuts = [found.start() for found in _CITATIONS.finditer(line)]
    else:
        masked = _QUOTED.sub(lambda quoted: quoted[0][0] + "-" * (len(quoted[0]) - 3) + quoted[0][-2:], line)
        cuts = [found.end() for found in _END.finditer(masked)]
    for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
        yield line[start:end]
