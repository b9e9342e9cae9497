"""Catchphrases: what the role repeats, and whether it ever said what a model takes for one."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.rejected import Rejected
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import Language, unwrap, words

__all__ = ["Catchphrase", "PhraseBook", "repeated_phrases"]

_LENGTHS = {"zh": range(3, 13), "en": range(3, 9)}
_LONGEST = {"zh": 16, "en": 10}
_PLACES = 2
_APOSTROPHE = re.compile("['’]")
_MARKS = " \t\r\n,.;:!?，。；：！？…—-\"'“”‘’「」『』"


@dataclass(frozen=True, slots=True)
class Catchphrase:
    """Something the role says. `lines` is in how many of its lines, `places` where in the first two; 0 and none where
    a person says so and nobody looked."""

    text: str
    lines: int
    places: tuple[Span, ...] = ()


class PhraseBook:
    """The role's own lines, to look phrases up in."""

    def __init__(self, character: Character, scenes: Iterable[Scene]) -> None:
        self._language = character.language
        self._lines = [line for scene in scenes for line in scene.utterances if line.is_said_by(character.name)]
        self._names = {name.lower() for member in character.full_cast for name in member.names}
        self._found: dict[str, Catchphrase] = {}

    def repeated(self) -> list[str]:
        """What the role repeats, the most telling first, but for the names that it calls others by."""
        phrases = repeated_phrases([unwrap(line.content, self._language) for line in self._lines], self._language)
        return [phrase.text for phrase in phrases if phrase.text not in self._names]

    def look_up(self, phrases: Iterable[str], stage: str) -> tuple[list[Catchphrase], list[Rejected]]:
        """The phrases that the role does say, each once, and the others.

        Reasons: `not_in_script`, the role never says it; `too_long`, a speech and no phrase.
        """
        kept: dict[str, Catchphrase] = {}
        rejected: list[Rejected] = []
        for phrase in phrases:
            plain = " ".join(phrase.split()).strip(_MARKS)
            if len(words(plain)) > _LONGEST[self._language]:
                rejected.append(Rejected(stage, "too_long", phrase))
            elif not words(plain) or not (found := self._find(plain)).lines:
                rejected.append(Rejected(stage, "not_in_script", phrase))
            else:
                kept.setdefault(plain.lower(), found)
        return list(kept.values()), rejected

    def _find(self, phrase: str) -> Catchphrase:
        if phrase not in self._found:
            pattern = _pattern(phrase, self._language)
            places = [
                Span(line.source, line.start + found.start(), line.start + found.end())
                for line in self._lines
                if (found := pattern.search(line.content)) is not None
            ]
            self._found[phrase] = Catchphrase(phrase, len(places), tuple(places[:_PLACES]))
        return self._found[phrase]


def repeated_phrases(lines: Sequence[str], language: Language) -> list[Catchphrase]:
    """Runs of 3 to 12 characters (English: 3 to 8 words) that stand in more than one line, the most telling first.

    A run that only ever stands within a longer one gives way to it.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        seen = {
            tuple(part[at : at + n])
            for part in _clauses(line)
            for n in _LENGTHS[language]
            for at in range(len(part) - n + 1)
        }
        counts.update(seen)
    found = {run: count for run, count in counts.items() if count > 1}
    inner = {part for run, count in found.items() for part in (run[1:], run[:-1]) if found.get(part) == count}
    ranked = sorted(set(found) - inner, key=lambda run: (-found[run] * len(run), run))
    return [Catchphrase(("" if language == "zh" else " ").join(run), found[run]) for run in ranked]


def _clauses(line: str) -> Iterator[list[str]]:
    for mark in _MARKS.strip(" '’-\t\r\n"):
        line = line.replace(mark, "\n")
    yield from (words(part) for part in line.split("\n"))


def _pattern(phrase: str, language: Language) -> re.Pattern[str]:
    """Finds a phrase as a source has it, whichever its case and apostrophes, and line breaks in it notwithstanding."""
    if language == "zh":
        return re.compile(r"\s*".join(re.escape(character) for character in "".join(phrase.split())), re.IGNORECASE)
    spaced = r"\s+".join(re.escape(word) for word in re.split(r"\s+", phrase))
    return re.compile(rf"(?<!\w){_APOSTROPHE.sub(_APOSTROPHE.pattern, spaced)}(?!\w)", re.IGNORECASE)
