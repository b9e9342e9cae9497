"""Where the narration names a person, and, where no cast is given, which names there are."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dramaturg.cast import CastMember, merge_cast
from dramaturg.script import NARRATORS
from dramaturg.text import Language
from extractors.novel.cues import CUES
from extractors.novel.quotes import Piece

__all__ = ["Mention", "Mentions", "discover_cast", "subject_of"]

_FEWEST_TAGS = 2
_NOT_NAMES = {
    "zh": re.compile(
        r"^(?:自己|众人|大家|两人|二人|三人|几人|旁人|有人|那人|这人|此人|一人|一个|对方|心中|心里|口中|嘴里|这时|那时|说罢|只见|"
        r"只听|忽听|听得|什么|怎么|我们|你们|他们|她们|咱们|当下|于是|随即|然后|接着|突然|忽然|不由|不禁|这话|这么|那么|这个|那个|"
        r"一边|一般|只好|马上|立刻|似乎|并且|嘟囔|忍不住|连忙|赶紧|几乎|终于)"
        r"|[的了着是在不地得他她它我你]|^[对让给跟把被就才又再也还只却便都很并走看听扭]|过[去来头身]$"
    ),
    "en": re.compile(
        r"^(?:he|she|it|they|we|you|who|that|this|there|what|and|but|then|so|yes|no|the|an?|my|his|her|our|your|their|one|"
        r"some|all|both|each|every|everyone|everybody|someone|somebody|nobody|another|others?)\b",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the narration, or a pronoun (`member` None, `gender` M or F)."""

    start: int
    end: int
    member: CastMember | None
    gender: str


class Mentions:
    """Every mention in the narration, found once, looked up by span."""

    def __init__(self, text: str, pieces: Sequence[Piece], cast: Sequence[CastMember], language: Language) -> None:
        self._named = {" ".join(name.split()): member for member in reversed(cast) for name in member.names}
        self._language = language
        pronouns = CUES[language].pronouns
        words = sorted((*self._named, *pronouns), key=len, reverse=True)
        pattern = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words)  # a name may break over lines
        if language == "en":
            pattern = rf"(?<![\w])(?:{pattern})(?![\w])"
        self._pattern = re.compile(pattern)
        self._all: list[Mention] = []
        for piece in pieces:
            if not piece.is_quote:
                self._all += self.named_in(text, piece.start, piece.end)
        self._starts = [mention.start for mention in self._all]

    def named_in(self, text: str, start: int, end: int) -> Iterator[Mention]:
        """The mentions in any stretch of the text, quotes too."""
        pronouns = CUES[self._language].pronouns
        for found in self._pattern.finditer(text, start, end):
            word = " ".join(found[0].split())
            member = self._named.get(word)
            if member is None and self._language == "zh" and text[found.end() : found.end() + 1] == "们":
                continue
            gender = pronouns.get(word, "") if member is None else member.gender
            yield Mention(found.start(), found.end(), member, gender)

    def within(self, start: int, end: int) -> list[Mention]:
        """The narration's mentions in [start, end), in order."""
        return self._all[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def member(self, name: str) -> CastMember | None:
        return self._named.get(name)


def discover_cast(
    text: str, pieces: Sequence[Piece], known: Iterable[CastMember], language: Language
) -> tuple[CastMember, ...]:
    """The known members, and everyone else whom the narration has say something more than once.

    In English a name that is another's last or first word alone is that one's alias, if only one fits.
    """
    known = merge_cast(known)
    taken = {name for member in known for name in member.names}
    cues = CUES[language]
    tags: Counter[str] = Counter()
    for piece in pieces:
        if piece.is_quote:
            continue
        told = text[piece.start : piece.end]
        for clause in re.split(r"[，。！？；：,.;:!?]", told) if language == "zh" else [told]:
            for pattern in (cues.tag_after, cues.tag_before):
                if (match := pattern.match(clause) or pattern.search(clause)) is not None:
                    start, end = subject_of(match)
                    name = " ".join(clause[start:end].split())
                    if (
                        name not in NARRATORS
                        and not _NOT_NAMES[language].search(name)
                        and (language == "zh" or name[0].isupper())
                    ):
                        tags[name] += 1
                    break
    names = [name for name, count in tags.items() if count >= _FEWEST_TAGS and name not in taken and len(name) > 1]
    members = [CastMember(name=name) for name in names]
    if language == "en":
        members = _with_short_names(members)
    return merge_cast((*known, *members))


def subject_of(match: re.Match[str]) -> tuple[int, int]:
    """The span of the subject that a tag's pattern found."""
    group = "subject" if match["subject"] else "subject_first"
    return match.span(group)


def _with_short_names(members: Sequence[CastMember]) -> list[CastMember]:
    alias_of = {}
    for member in members:
        fits = [long.name for long in members if long is not member and member.name in long.name.split()]
        if len(fits) == 1:
            alias_of[member.name] = fits[0]
    return [
        CastMember(
            name=member.name,
            aliases=tuple(short for short, long in alias_of.items() if long == member.name),
        )
        for member in members
        if member.name not in alias_of
    ]
