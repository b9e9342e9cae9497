"""Who speaks each quote: by what the narration says of it, else by the turns of the conversation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dramaturg.cast import CastMember
from dramaturg.text import Language
from extractors.novel.cues import CUES
from extractors.novel.mentions import Mention, Mentions, subject_of
from extractors.novel.quotes import Piece

__all__ = ["Attribution", "attribute"]

_CONFIDENCE = {
    "tag": 0.97,
    "beat": 0.75,
    "continued": 0.7,
    "addressed": 0.68,
    "lead_in": 0.65,
    "pronoun": 0.6,
    "alternation": 0.55,
    "description": 0.5,
    "told": 0.5,
    "nearest": 0.35,
    "unknown": 0.0,
}
"""How often each rule was right on the labelled quotes of pdnc, litbank and wp (平凡的世界), rounded."""

_SENTENCE = re.compile(r"[^。！？.!?]+")
_PRONOUN_REACH = 400  # characters back to the name that a pronoun stands for
_NAME_REACH = 600
_CONVERSATION_GAP = 3  # paragraphs
_TURNS_BACK = 6


@dataclass(frozen=True, slots=True)
class Attribution:
    """The speaker of a quote: a name of the cast, a description, or None; and the rule that found it."""

    role: str | None
    method: str
    is_thought: bool

    @property
    def confidence(self) -> float:
        return _CONFIDENCE[self.method]


@dataclass(frozen=True, slots=True)
class _Turn:
    role: str | None
    paragraph: int


def attribute(
    text: str, pieces: Sequence[Piece], cast: Sequence[CastMember], language: Language
) -> list[Attribution | None]:
    """One attribution for each quote among the pieces, None for the narration."""
    reader = _Reader(text, pieces, cast, language)
    return [reader.read(number) if piece.is_quote else None for number, piece in enumerate(pieces)]


class _Reader:
    """Reads the pieces in order and remembers whose turn it was."""

    def __init__(self, text: str, pieces: Sequence[Piece], cast: Sequence[CastMember], language: Language) -> None:
        self._text = text
        self._pieces = pieces
        self._language = language
        self._cues = CUES[language]
        self._mentions = Mentions(text, pieces, cast, language)
        self._turns: list[_Turn] = []
        self._addressed: set[str] = set()
        self._addressed_before: set[str] = set()

    def read(self, number: int) -> Attribution:
        piece = self._pieces[number]
        before, after = self._beside(number, -1), self._beside(number, +1)
        self._addressed = self._addressed_in(piece)
        role, method = self._find(number, before, after)
        if role is None:
            method = "unknown"
        is_thought = self._is_thought(before, after)
        if not is_thought:
            same_turn = self._turns and self._turns[-1] == _Turn(role, piece.paragraph)
            if not same_turn:
                self._turns.append(_Turn(role, piece.paragraph))
            self._addressed_before = self._addressed
        return Attribution(role, method, is_thought)

    def _find(self, number: int, before: Piece | None, after: Piece | None) -> tuple[str | None, str]:
        piece = self._pieces[number]
        last = self._turns[-1] if self._turns else None
        if piece.continues and last:
            return last.role, "continued"
        tags = [self._tag_before, self._tag_after] if self._language == "zh" else [self._tag_after, self._tag_before]
        for tag in tags:
            if (found := tag(before, after)) is not None:
                if found[1] == "pronoun" and last and last.paragraph == piece.paragraph:
                    return last.role, "continued"
                return found
        if last and last.paragraph == piece.paragraph:
            return last.role, "continued"
        return self._beat(number) or self._led_in(number) or self._told_before(number) or self._by_turn(number)

    def _beside(self, number: int, step: int) -> Piece | None:
        """The narration right before or after a quote in its paragraph."""
        other = number + step
        if not 0 <= other < len(self._pieces):
            return None
        beside = self._pieces[other]
        return None if beside.is_quote or beside.paragraph != self._pieces[number].paragraph else beside

    def _is_thought(self, before: Piece | None, after: Piece | None) -> bool:
        if before and self._text[before.end - 1] in ":：,，" and self._cues.thought.search(self._last_sentence(before)):
            return True
        if after is None:
            return False
        first = self._cues.sentence_end.split(self._text[after.start : after.end], maxsplit=1)[0]
        tag = self._cues.tag_after.match(first) if self._language == "en" else self._cues.thought.search(first)
        return tag is not None and bool(self._cues.thought.search(first)) and not first.endswith(("：", ":"))

    def _last_sentence(self, piece: Piece) -> str:
        return self._cues.sentence_end.split(self._text[piece.start : piece.end])[-1]

    def _tag_before(self, before: Piece | None, _after: Piece | None) -> tuple[str | None, str] | None:
        if before is None or self._text[before.end - 1] not in ":：,，—–" + "道说问答":
            return None
        sentence = self._last_sentence(before)
        start = before.end - len(sentence)
        if self._language == "en":
            return self._subject(start, before.end)
        clauses = list(re.finditer("[^，]+", self._text[start : before.end]))
        spans = [(start + clause.start(), start + clause.end()) for clause in reversed(clauses)]
        for find in (self._subject_at, self._described_at, self._subject):
            for span in spans:
                if (found := find(*span)) is not None:
                    return found
        return None

    def _tag_after(self, _before: Piece | None, after: Piece | None) -> tuple[str | None, str] | None:
        if after is None:
            return None
        match = self._cues.tag_after.match(self._text, after.start, after.end)
        if match is None:
            return None
        start, end = subject_of(match)
        return self._subject_at(start, match.end()) or self._described(self._text[start:end])

    def _subject_at(self, start: int, end: int) -> tuple[str | None, str] | None:
        """The speaker where a clause begins with a name, a pronoun or a description that speaks."""
        for mention in self._mentions.within(start, end)[:1]:
            lead = self._text[start : mention.start].strip()
            if len(lead) <= (3 if self._language == "zh" else 12) and not self._cues.addressee.search(lead):
                return self._resolved(mention)
        return None

    def _described_at(self, start: int, end: int) -> tuple[str | None, str] | None:
        """The speaker where a clause begins with a description that speaks."""
        match = self._cues.tag_before.match(self._text[start:end])
        return None if match is None else self._described(match["subject"])

    def _subject(self, start: int, end: int) -> tuple[str | None, str] | None:
        """The first name or pronoun of a stretch that is not the one spoken to."""
        for mention in self._mentions.within(start, end):
            if not self._cues.addressee.search(self._text[max(start, mention.start - 12) : mention.start]):
                return self._resolved(mention)
        return None

    def _described(self, subject: str) -> tuple[str | None, str] | None:
        """A speaker without a name in the cast: 那老者, the old porter."""
        match = self._cues.described.fullmatch(subject)
        return None if match is None else (" ".join(match["who"].split()), "description")

    def _resolved(self, mention: Mention) -> tuple[str | None, str] | None:
        if mention.member is not None:
            return mention.member.name, "tag"
        role = self._referent(mention)
        return None if role is None else (role, "pronoun")

    def _referent(self, pronoun: Mention) -> str | None:
        """The last person named before whom the pronoun fits; the last to speak only if nobody else does."""
        last = self._turns[-1].role if self._turns else None
        fallback = None
        recent = self._mentions.within(pronoun.start - _PRONOUN_REACH, pronoun.start)
        for mention in reversed(recent):
            if mention.member is None or mention.gender not in (pronoun.gender, "U"):
                continue
            if mention.member.name in self._addressed:
                continue
            if mention.member.name != last:
                return mention.member.name
            fallback = last
        for turn in reversed(self._turns[-4:]):
            member = self._mentions.member(turn.role or "")
            if member is not None and member.gender in (pronoun.gender, "U") and turn.role not in self._addressed:
                if turn.role != last:
                    return turn.role
                fallback = last
        return fallback

    def _beat(self, number: int) -> tuple[str | None, str] | None:
        """The one who acts in the quote's paragraph."""
        for piece in self._paragraph(number):
            if not piece.is_quote and (found := self._subject(piece.start, piece.end)) is not None:
                return found[0], "beat"
        return None

    def _paragraph(self, number: int) -> Sequence[Piece]:
        paragraph = self._pieces[number].paragraph
        first = last = number
        while first > 0 and self._pieces[first - 1].paragraph == paragraph:
            first -= 1
        while last + 1 < len(self._pieces) and self._pieces[last + 1].paragraph == paragraph:
            last += 1
        return self._pieces[first : last + 1]

    def _led_in(self, number: int) -> tuple[str | None, str] | None:
        """The subject of a paragraph before that ends in a colon."""
        if number == 0:
            return None
        told = self._pieces[number - 1]
        if told.is_quote or self._text[told.end - 1] not in ":：":
            return None
        found = self._tag_before(told, None)
        return None if found is None else (found[0], "lead_in")

    def _told_before(self, number: int) -> tuple[str | None, str] | None:
        """The one who acts last in a paragraph of narration right before, unless they spoke right before it."""
        piece = self._pieces[number]
        told = self._pieces[number - 1] if number else piece
        if told.is_quote or list(self._paragraph(number - 1)) != [told]:
            return None
        last = self._turns[-1] if self._turns else None
        for sentence in reversed(list(_SENTENCE.finditer(self._text, told.start, told.end))):
            found = self._subject(*sentence.span())
            if found is None:
                continue
            spoke_before = last is not None and last.role == found[0] and piece.paragraph - last.paragraph <= 2
            return None if spoke_before or found[0] in self._addressed else (found[0], "told")
        return None

    def _by_turn(self, number: int) -> tuple[str | None, str]:
        """No word of the narration helps: the one addressed, the other of the two who talk, the last one named."""
        piece = self._pieces[number]
        last = self._turns[-1] if self._turns else None
        if last is not None and piece.paragraph - last.paragraph <= _CONVERSATION_GAP:
            answering = self._addressed_before - {last.role}
            if len(answering) == 1:
                return answering.pop(), "addressed"
            for turn in reversed(self._turns[-_TURNS_BACK:-1]):
                if turn.role is not None and turn.role != last.role and turn.role not in self._addressed:
                    return turn.role, "alternation"
        for mention in reversed(self._mentions.within(piece.start - _NAME_REACH, piece.start)):
            if mention.member is not None and (last is None or mention.member.name != last.role):
                return mention.member.name, "nearest"
        return None, "unknown"

    def _addressed_in(self, quote: Piece) -> set[str]:
        """Those whom a quote calls by name, the name set off by punctuation on both sides."""
        named = self._mentions.named_in(self._text, quote.start, quote.end)
        return {each.member.name for each in named if each.member is not None and self._is_set_off(each, quote)}

    def _is_set_off(self, mention: Mention, quote: Piece) -> bool:
        before = self._text[quote.start : mention.start].rstrip()
        if self._cues.apposed.search(before):
            return False
        return not (before[-1:].isalnum() or self._text[mention.end : mention.end + 1].isalnum()) and (
            self._text[mention.end : mention.end + 1] != " "
        )
