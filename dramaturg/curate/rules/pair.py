"""What the rules look at: one question and one answer, and the role that is to give it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dramaturg.text import Language, words

__all__ = ["Pair", "Role", "any_of", "read_pair"]

_SHORT = {"won't": "will not", "can't": "cannot", "shan't": "shall not", "ain't": "is not", "let's": "let us"}
_ENDINGS = {"n't": " not", "'m": " am", "'re": " are", "'ve": " have", "'ll": " will", "'d": " would"}
_CONTRACTED = re.compile(r"\b(?:won't|can't|shan't|ain't|let's)\b|(?<=[a-z])(?:n't|'(?:m|re|ve|ll|d))\b")
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u3000": " "})
_QUOTED = re.compile(
    r"“[^“”]*(?:”|$)|「[^「」]*(?:」|$)|『[^『』]*(?:』|$)|\"[^\"]*(?:\"|$)|"
    r"(?<!\w)[‘'](?=\w)[^\n]{1,300}?(?<=[.,!?;…。！？，—-])['’](?!\w)"
)
_WRAPPED = re.compile(r"[“\"「『]([^“”\"「」『』]*)[”\"」』]")


def any_of(*patterns: str) -> re.Pattern[str]:
    """A pattern that finds whichever of the patterns comes first."""
    return re.compile("|".join(patterns))


@dataclass(frozen=True, slots=True)
class Role:
    """Who is to answer. `callee` says whom a line opens by calling, `label` finds a line that is marked as somebody's,
    `named` finds a name of the role, `told_of` the role as what a sentence is about, `echoes` are the runs of words
    of the prompts' examples by their length.
    """

    language: Language
    names: tuple[str, ...]
    callee: Callable[[str], str | None]
    label: re.Pattern[str]
    named: re.Pattern[str]
    told_of: re.Pattern[str]
    others: re.Pattern[str]
    echoes: Mapping[int, frozenset[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and an answer, without white space around them.

    `asked` and `said` are their words. `plain` is the answer in small letters, quote marks straight, short forms
    written out (`don't` is `do not`), and `asked_plain` is the question so. `told` is the answer without what it
    quotes.
    """

    question: str
    answer: str
    role: Role
    asked: tuple[str, ...]
    said: tuple[str, ...]
    vocabulary: frozenset[str]
    plain: str
    asked_plain: str
    told: str

    @property
    def language(self) -> Language:
        return self.role.language


def read_pair(question: str, answer: str, role: Role) -> Pair:
    question, answer = question.strip(), answer.strip()
    said = words(answer)
    return Pair(
        question,
        answer,
        role,
        tuple(words(question)),
        tuple(said),
        frozenset(said),
        _plain(answer),
        _plain(question),
        _told(answer),
    )


def _plain(text: str) -> str:
    text = (text if text.isascii() else text.translate(_STRAIGHT)).lower()
    return _CONTRACTED.sub(lambda found: _SHORT.get(found[0]) or _ENDINGS[found[0]], text) if "'" in text else text


def _told(answer: str) -> str:
    wrapped = _WRAPPED.fullmatch(answer)
    return wrapped[1] if wrapped else _QUOTED.sub("“”", answer)
