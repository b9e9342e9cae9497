"""Turns: what one paragraph says aloud, and what its narration tells of who is speaking."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from dramaturg.text import Language
from extractors.novel.cues import ADDRESSED_WITHIN, CUES, ZH_FAMILY, ZH_KIN, Cues
from extractors.novel.mentions import Mention, Mentions, subject_of
from extractors.novel.quotes import Piece

__all__ = ["PARTS", "SURE_PARTS", "Cue", "Turn", "find_turns"]

PARTS = ("tag", "lead", "act", "beat", "poss", "near", "addressee")
"""What a mention may be to a quote beside it, the strongest cue first: the subject of a tag behind the quote (`tag`)
or before it (`lead`), the one who acts behind it (`act`) or before it (`beat`), whose something is, someone else
named, the one spoken to."""

SURE_PARTS = PARTS[:2]
"""The parts of one who is said to speak."""

_POSSESSIVE = re.compile(
    rf"['’]s\b|['’](?=\s)|(?:旁边|身[边旁后前]|对面|[前后]面|背后|隔壁|手下|家里?|村里?)?的|[他她][老大小二三四五]?{ZH_KIN}|{ZH_FAMILY}"
)
_KIN = re.compile(rf"[老大小二三四五]?{ZH_KIN}")
_LEADS_ON = {"en": ":,—–-", "zh": ":：,，道说问"}  # the last character of narration that leads on to a quote
_CALLS = {
    "en": re.compile(
        r"(?:^|[,;—]\s*)(?:my\s+)?(?:dear\s+|good\s+)?"
        r"(?:(?P<M>sir|lord|father|papa|dad|uncle|brother|grandfather|boy|old man|fellow|son)"
        r"|(?P<F>madam|ma['’]am|miss|lady|mother|mamma|mama|aunt|auntie|sister|grandmother|granny|girl|daughter))"
        r"(?=\s*[,.!?;—]|$)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?:^|[，。！？；、…])(?:好|我的)?(?:(?P<M>爸爸?|爹爹?|大?哥哥?|大?叔叔?|大?伯伯?|大?爷爷?|先生|老爷|兄弟|大人|二爸|公公|弟弟?)"
        r"|(?P<F>妈妈?|娘|大?姐姐?|婶子?|大娘|大妈|阿?姨|奶奶|婆婆|姑娘|小姐|太太|夫人|嫂子?|妹妹?|妹子))(?=[，。！？；、…]|$)"
    ),
}
_LONGEST_LEAD = 400  # characters before a quote in which another may be told to speak it
_ENDS_SENTENCE = re.compile(r"\.['’”]*$")
_FEWEST_PIECES = 2  # of a paragraph in which two may speak: more than these
_SILENT = re.compile(r"\s(?:nothing|not|no)\b")
_ACTS = re.compile(r"\b(?:began|sighed|laughed|gasped|chuckled)$")  # as well as saying something
_SUBJECTS = frozenset({"he", "she", "i", "他", "她", "我"})
_OBLIQUE = frozenset({"him", "her", "his"})
_start_of = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Cue:
    """A mention in a turn's own narration and the part it plays there, one of `PARTS`."""

    mention: Mention
    part: str


@dataclass(slots=True)
class Turn:
    """The quotes that one speaks in a paragraph, by their numbers among the pieces, and the cues of its narration,
    strongest first."""

    paragraph: int
    start: int
    end: int
    quotes: list[int]
    cues: list[Cue] = field(default_factory=list)
    described: str | None = None  # who speaks by the tag, where that is nobody of the cast
    called: set[str] = field(default_factory=set)  # members whom the quotes call by name
    named: set[str] = field(default_factory=set)  # members whom the quotes name
    calls: str | None = None  # M or F: whom the quotes call sir or madam
    continues: bool = False
    asks: bool = False
    opens_told: bool = False  # narration opens its paragraph, and ends it
    ends_told: bool = False
    announced: bool = False  # the sentence before its paragraph tells that someone speaks

    @property
    def says_i(self) -> bool:
        """Whether a tag says that the narrator speaks."""
        return bool(self.cues) and self.cues[0].part in SURE_PARTS and self.cues[0].mention.gender == "I"

    @property
    def tagged(self) -> str | None:
        """The member whom a tag names as the speaker."""
        if not self.cues or self.cues[0].part not in SURE_PARTS or self.described:
            return None
        member = self.cues[0].mention.member
        return None if member is None else member.name


def find_turns(text: str, pieces: Sequence[Piece], mentions: Mentions, language: Language) -> list[Turn]:
    """Every paragraph with a quote in it as a turn, in order; as several where its tags name several speakers."""
    cues = CUES[language]
    turns = []
    paragraphs = (list(group) for _, group in groupby(enumerate(pieces), key=lambda each: each[1].paragraph))
    for members in (part for each in paragraphs for part in _by_speaker(text, each, mentions, cues)):
        paragraph = members[0][1].paragraph
        quotes = [number for number, piece in members if piece.is_quote]
        if not quotes:
            continue
        first, last = pieces[quotes[0]], pieces[quotes[-1]]
        turn = Turn(paragraph, members[0][1].start, members[-1][1].end, quotes, continues=first.continues)
        turn.opens_told, turn.ends_told = not members[0][1].is_quote, not members[-1][1].is_quote
        turn.asks = text[last.end - 1 : last.end] in ("?", "？")
        for number in quotes:
            piece = pieces[number]
            for mention in mentions.named_in(text, piece.start, piece.end):
                if mention.member is None:
                    continue
                turn.named.add(mention.member.name)
                if _is_set_off(text, mention, piece, cues.apposed):
                    turn.called.add(mention.member.name)
            turn.calls = turn.calls or _gender_called(text, piece, language)
        sentence = _sentence_before(text, pieces, members[0][0], cues)
        turn.announced = sentence is not None and cues.speech.search(text, sentence.start, sentence.end) is not None
        told = []
        if sentence is not None and text[sentence.end - 1] in ":：":
            told.append(_cues_of(text, sentence, mentions, language, after=False, before=True))
        for place, (_, piece) in enumerate(members):
            if not piece.is_quote:
                after = place > 0 and members[place - 1][1].is_quote
                before = place + 1 < len(members) and members[place + 1][1].is_quote
                told.append(_cues_of(text, piece, mentions, language, after=after, before=before))
        for found, described in told:
            turn.cues += found
            turn.described = described or turn.described
        turn.cues.sort(key=lambda cue: PARTS.index(cue.part))
        turns.append(turn)
    return turns


def _by_speaker(
    text: str, members: Sequence[tuple[int, Piece]], mentions: Mentions, cues: Cues
) -> Iterator[list[tuple[int, Piece]]]:
    """The pieces of a paragraph, parted where a tag names another speaker than the tag before."""
    part: list[tuple[int, Piece]] = []
    speaker: Mention | None = None
    # by a tag with a colon, so that the next one is that of the next quote: 张三道：“来。”四娘道：“不。”
    is_led = False
    for place, (number, piece) in enumerate(members):
        if piece.is_quote and len(members) > _FEWEST_PIECES:
            told = members[place - 1][1] if place and not members[place - 1][1].is_quote else None
            after = members[place + 1][1] if place + 1 < len(members) else None
            stated = lead = None
            if told is not None and (is_led or place == 1) and text[told.end - 1] in ":：":
                stated = lead = _takes_over(text, told, mentions, cues, is_behind=False)
            is_led = lead is not None
            if stated is None and after is not None and not after.is_quote:
                stated = _says_before(text, piece, after, mentions, cues)
            if stated is None and told is not None:
                stated = lead = _takes_over(text, told, mentions, cues, is_behind=place > 1)
            if stated is not None and speaker is not None and _are_two(speaker, stated):
                if lead is not None and told is not None:
                    before = replace(told, end=lead.start)
                    part[-1:] = [(part[-1][0], before)] if text[before.start : before.end].strip() else []
                    yield part
                    part = [(members[place - 1][0], replace(told, start=lead.start))]
                else:
                    yield part
                    part = []
            speaker = stated or speaker
        part.append((number, piece))
    yield part


def _says_before(text: str, quote: Piece, told: Piece, mentions: Mentions, cues: Cues) -> Mention | None:
    """The one whom a tag behind a quote names."""
    tag = cues.tag_after.match(text, told.start, told.end)
    if tag is None or _SILENT.match(text, tag.end(), told.end):
        return None
    if tag["subject"] is None and (_ACTS.search(tag[0]) or _ENDS_SENTENCE.search(text, quote.start, quote.end)):
        return None  # “…” Ann sighed
    return _named(text, subject_of(tag), mentions)


def _takes_over(text: str, told: Piece, mentions: Mentions, cues: Cues, *, is_behind: bool) -> Mention | None:
    """The one whom what is told before a quote names as its speaker, behind the tag of the quote before."""
    tag = cues.tag_after.match(text, told.start, told.end) if is_behind else None
    since = max(told.start if tag is None else tag.end(), told.end - _LONGEST_LEAD)
    found = cues.takes_over.match(text, since, told.end)
    return None if found is None else _named(text, found.span("subject"), mentions)


def _named(text: str, subject: tuple[int, int], mentions: Mentions) -> Mention | None:
    """Who a tag's subject is, unless it is told by whose relation that is: his mother."""
    mention = next(iter(mentions.within(*subject)), None)
    if mention is None or (mention.member is None and text[slice(*subject)].lower() not in _SUBJECTS):
        return None
    return mention


def _are_two(one: Mention, other: Mention) -> bool:
    """Whether two who speak are surely not the same: other names, or a he and a she."""
    if one.member is not None and other.member is not None:
        return one.member.name != other.member.name
    return one.gender != other.gender and "U" not in (one.gender, other.gender)


def _sentence_before(text: str, pieces: Sequence[Piece], number: int, cues: Cues) -> Piece | None:
    """The last sentence of the narration before a quote that opens its paragraph."""
    if number == 0 or not pieces[number].is_quote:
        return None
    before = pieces[number - 1]
    if before.is_quote:
        return None
    sentences = cues.sentence_end.split(text[before.start : before.end])
    sentence = next(each for each in reversed(sentences) if each or each is sentences[0])
    return replace(before, start=text.rindex(sentence, before.start, before.end))


def _gender_called(text: str, quote: Piece, language: Language) -> str | None:
    found = _CALLS[language].search(text[quote.start : quote.end])  # `^` is where the quote begins
    return found.lastgroup if found is not None else None


def _cues_of(
    text: str, piece: Piece, mentions: Mentions, language: Language, *, after: bool, before: bool
) -> tuple[list[Cue], str | None]:
    """The cues of what is told `after` a quote, or `before` one, and who speaks by its tag, where that is nobody of
    the cast."""
    cues = CUES[language]
    found = mentions.within(piece.start, piece.end)
    tagged: tuple[int, int] | None = None
    if after and (match := cues.tag_after.match(text, piece.start, piece.end)) is not None:
        tagged = subject_of(match)
    led: tuple[int, int] | None = None
    if before and tagged is None and text[piece.end - 1] in _LEADS_ON[language]:
        sentence = cues.sentence_end.split(text[piece.start : piece.end])[-1]
        led = (piece.end - len(sentence), piece.end)
    elif after and tagged is None:
        tagged = _said_after(text, piece, cues)
    tag = None if tagged is None else _subject(text, found, tagged, cues)
    lead = None if led is None else _subject(text, found, led, cues)
    parts = []
    acts_until = piece.start  # whoever is first named before that acts
    if after:
        acts_until += len(cues.sentence_end.split(text[piece.start : piece.end], maxsplit=1)[0])
    is_first = True
    for mention in found:
        is_oblique = text[mention.start : mention.end].lower() in _OBLIQUE
        is_addressed = _is_addressed(text, piece.start, mention, cues)
        if is_oblique:
            part = "near"
        elif mention is tag:
            part = "tag"
        elif is_addressed:
            part = "addressee"
        elif _is_possessive(text, mention):
            part = "poss"
        elif mention is lead:
            part = "lead"
        elif is_first:
            part = "act" if mention.start < acts_until else "beat"
        else:
            part = "near"
        parts.append(Cue(mention, part))
        is_first = is_first and (is_addressed or is_oblique)
    subject = None
    if tagged is not None and tag is None:
        subject = text[slice(*tagged)]
    elif led is not None and lead is None:
        clauses = re.split("[，,]", text[slice(*led)]) if language == "zh" else [text[slice(*led)]]
        subject = next((match["subject"] for each in reversed(clauses) if (match := cues.tag_before.match(each))), None)
    described = None if subject is None else cues.described.fullmatch(" ".join(subject.split()))
    return parts, None if described is None else described["who"].strip()


def _is_addressed(text: str, since: int, mention: Mention, cues: Cues) -> bool:
    """Whether the words before a mention, from `since` on, say that it is spoken to or looked at."""
    return cues.addressee.search(text[max(since, mention.start - ADDRESSED_WITHIN) : mention.start]) is not None


def _said_after(text: str, piece: Piece, cues: Cues) -> tuple[int, int] | None:
    """The first sentence behind a quote, up to the verb of speech that it ends with."""
    sentence = cues.sentence_end.split(text[piece.start : piece.end], maxsplit=1)[0]
    said = cues.said_last.search(sentence) if cues.said_last is not None else None
    return None if said is None else (piece.start, piece.start + said.start())


def _is_possessive(text: str, mention: Mention) -> bool:
    """Whether something of the one mentioned is meant. A name before a word for kin may be that of the kin: 张大哥."""
    if _POSSESSIVE.match(text, mention.end) is not None:
        return True
    return mention.member is None and _KIN.match(text, mention.end) is not None


def _subject(text: str, found: Sequence[Mention], span: tuple[int, int], cues: Cues) -> Mention | None:
    """The one in the last clause of a span whose subject is named who is that subject, else the first one named in the
    last clause with a name; none who is spoken to, or whose something is meant. `found` are in order."""
    start, end = span
    clauses = [start, *(start + each.end() for each in cues.clause_end.finditer(text[start:end]))]
    within = None
    until = bisect_left(found, end, key=_start_of)
    for first in reversed(clauses):
        since = bisect_left(found, first, hi=until, key=_start_of)
        for mention in found[since:until]:
            is_oblique = text[mention.start : mention.end].lower() in _OBLIQUE
            if is_oblique or _is_addressed(text, start, mention, cues) or _is_possessive(text, mention):
                continue
            if cues.clause_start.fullmatch(text, first, mention.start):
                return mention
            within = within or mention
        until = since
    return within


def _is_set_off(text: str, mention: Mention, quote: Piece, apposed: re.Pattern[str]) -> bool:
    """Whether punctuation stands on both sides of a name in a quote: it is called, not told of."""
    before = text[quote.start : mention.start].rstrip()
    if apposed.search(before) or before[-1:].isalnum():
        return False
    after = text[mention.end : mention.end + 1] if mention.end < quote.end else ""
    return not after.isalnum() and after != " " and not _is_possessive(text, mention)
