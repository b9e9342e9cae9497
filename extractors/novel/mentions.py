"""Where the narration names a person."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dramaturg.cast import CastMember
from dramaturg.text import Language
from extractors.novel.cues import ADDRESSED_WITHIN, CUES
from extractors.novel.quotes import Piece

__all__ = ["Mention", "Mentions", "subject_of"]

_ARTICLE = re.compile(r"(?:the|an?|one|old|his|her|my|our|their)\s", re.IGNORECASE)
_NOBODY = frozenset(
    """we us our ours you your yours they them their he she it him his her hers me my mine who family men people
    sir ma'am madam ladies gentlemen friend dear one both all the a an""".split()
)
_RANKS = frozenset(
    """general colonel captain major lieutenant sergeant inspector detective professor doctor dr duke duchess count
    countess prince princess king queen baron bishop parson vicar rector secretary judge marquis marquess""".split()
)
_ABBREVIATED = frozenset(
    "mr mrs ms dr mlle mme messrs rev m st capt col maj gen lt sgt adm prof hon gov sen supt insp".split()
)
_LONGEST_NAME = 3  # words
_NO_FIRST_NAMES = frozenset(
    """mr mrs miss ms dr sir lady lord aunt uncle cousin old young madame mademoiselle mlle m mme st of in at with
    the a that this one some another first second""".split()
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the narration, or a pronoun (`member` None, `gender` M, F or I)."""

    start: int
    end: int
    member: CastMember | None
    gender: str
    is_subject: bool = False


class Mentions:
    """Every mention in the narration, found once, looked up by span."""

    def __init__(self, text: str, pieces: Sequence[Piece], cast: Sequence[CastMember], language: Language) -> None:
        self._language = language
        self._pronouns = CUES[language].pronouns
        self._named = _names_of(cast, language)
        words = sorted((*self._named, *self._pronouns), key=len, reverse=True)
        pattern = "|".join(_pattern_of(word, language) for word in words)
        if language == "en":
            first_letters = "".join(sorted({_key(word)[0] for word in words}))  # looked for before all the names
            pattern = rf"(?<![\w])(?=[{first_letters}])(?:{pattern})(?![\w])"
        self._pattern = re.compile(pattern, re.IGNORECASE if language == "en" else 0)
        self.all: list[Mention] = []
        addressee, sentence_end = CUES[language].addressee, CUES[language].sentence_end
        for piece in pieces:
            if piece.is_quote:
                continue
            since = piece.start
            for mention in self.named_in(text, piece.start, piece.end):
                is_first = since == piece.start or sentence_end.search(text, since, mention.start) is not None
                is_subject = is_first and not addressee.search(
                    text[max(since, mention.start - ADDRESSED_WITHIN) : mention.start]
                )
                since = mention.end
                self.all.append(replace(mention, is_subject=is_subject) if is_subject else mention)
        self._starts = [mention.start for mention in self.all]

    def named_in(self, text: str, start: int, end: int) -> Iterator[Mention]:
        """The mentions in any stretch of the text, quotes too."""
        for found in self._pattern.finditer(text, start, end):
            word = found[0]
            key = _key(word) if self._language == "en" else " ".join(word.split())
            member = self._named.get(key)
            if member is None:
                if self._language == "zh" and text[found.end() : found.end() + 1] == "们":
                    continue
                gender = self._pronouns.get(key)
                if gender is None or (gender == "I" and word == "i"):  # None: hıs is his to a pattern that ignores case
                    continue
                yield Mention(found.start(), found.end(), None, gender)
            elif word.islower() and not _ARTICLE.match(word) and self._language == "en":
                continue  # `rose` is a flower, not Rose
            else:
                yield Mention(found.start(), found.end(), member, member.gender)

    def within(self, start: int, end: int) -> list[Mention]:
        """The narration's mentions in [start, end), in order."""
        return self.all[bisect_left(self._starts, start) : bisect_left(self._starts, end)]


def _key(name: str) -> str:
    """An English name as it is looked up: `Mr. Bennet` and `Mr Bennet` are one, `Tom 's aunt` and `Tom’s aunt`."""
    return " ".join(re.findall(r"\w+", name.lower()))  # casefold would have Strauß looked for as Strauss


def _pattern_of(name: str, language: Language) -> str:
    """A name as it may stand in a text, where it may break over lines."""
    if language == "zh":
        return r"\s+".join(map(re.escape, name.split()))
    first, *others = words = _key(name).split()
    gaps = (r"(?:[.,]?\s+|\.)" if len(word) == 1 or word in _ABBREVIATED else r",?\s+" for word in words)
    return first + "".join(rf"(?:{gap}|\s?['’]|-){word}" for gap, word in zip(gaps, others, strict=False))


def _names_of(cast: Sequence[CastMember], language: Language) -> dict[str, CastMember]:
    """Who is meant by each name with a letter in it. In English in small letters, with the short names that fit one
    member alone."""
    names = [(name, member) for member in cast for name in member.names if any(map(str.isalnum, name))]
    if language == "zh":
        return {" ".join(name.split()): member for name, member in reversed(names)}
    named = {_key(name): member for name, member in reversed(names)}
    named = {name: member for name, member in named.items() if name not in _NOBODY}
    short: dict[str, set[str]] = {}
    by_name = {member.name: member for member in cast}
    for name, member in names:
        for derived in map(_key, _short_forms(name.lower().replace(".", "").split())):
            if derived not in named and derived not in _NOBODY:
                short.setdefault(derived, set()).add(member.name)
    named |= {name: by_name[min(whose)] for name, whose in short.items() if len(whose) == 1}
    return named


def _short_forms(words: list[str]) -> Iterator[str]:
    """What else `the gryphon`, `may welland`, `duchess of monmouth` and `general tilney` are called."""
    if words[0] in ("the", "a", "an") and len(words) > 1:
        rest = " ".join(words[1:])
        yield from (f"{article} {rest}" for article in ("the", "a", "an") if article != words[0])
        return
    plain = [word.strip(",.") for word in words]
    if plain[0] in _RANKS and len(plain) > 1:
        yield f"the {plain[0]}"
    elif 1 < len(plain) <= _LONGEST_NAME and not _NO_FIRST_NAMES & set(plain) and all(map(str.isalpha, plain)):
        yield plain[0]
        yield plain[-1]


def subject_of(match: re.Match[str]) -> tuple[int, int]:
    """The span of the subject that a tag's pattern found."""
    group = "subject" if match["subject"] else "subject_first"
    return match.span(group)
