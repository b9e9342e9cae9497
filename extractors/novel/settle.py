"""Speakers that the rules are not sure of, settled by a language model: questions out, answers in.

A model is asked about the quotes whose confidence is below a threshold, several in one window of the text, in which
every quote is numbered and the others' speakers are given. It chooses among the candidates; an answer that is none
of them is ignored and counted, and so is one that cannot be read: the rules' answer then stays.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from dramaturg.cast import CastMember
from dramaturg.llm.numbered import read_numbered
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.text import count_tokens, unwrap
from extractors.novel import Novel
from extractors.novel.mentions import Mentions
from extractors.novel.speakers import Attribution
from extractors.novel.windows import Window, find_windows
from prompts import load_prompt

__all__ = ["METHOD", "STAGE", "UNSURE", "Planned", "Settled", "is_read", "plan_questions", "settle"]

UNSURE = 0.9
"""The confidence below which a model is asked. On both samples the rules are right in nine of ten quotes just below
it, and in more than nine above."""

METHOD = "llm"
"""The method of an attribution that a model settled."""

STAGE = "extract"

_TRUST = 0.8
"""The confidence of a speaker whom a model named. Nobody measured it: it is what a good model may be right in, of
the quotes that are hard enough to be asked. A speaker on whom rules and model agree has it at least."""

_TOKENS_A_QUOTE = 24  # for its number and a name, twice over
_TOKENS_BESIDE = 100  # a fence, or a sentence that nobody asked for
_ALIASES_SHOWN = 6
_UNKNOWN = frozenset(
    """unknown none null n/a na nobody noone ? ？ unclear unsure notsure cannottell
    不知道 未知 不详 不明 不清楚 不确定 无 无法判断 看不出 看不出来""".split()
)
_IN_BRACKETS = re.compile(r"[(（\[].*")
_ROUND = str.maketrans("[]", "()")  # a number in square brackets is always ours


@dataclass(frozen=True, slots=True)
class Planned:
    """A request about some quotes of a novel: the numbers they have in it, and the piece of the novel each is.

    `candidates` are the names and descriptions that may be the answer; `tokens_out` is what one is likely to have.
    """

    request: Request
    pieces: Mapping[int, int]
    candidates: tuple[str, ...]
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A novel with what was answered in it. `counts` are of quotes, asked = agreed + changed + unread + unanswered +
    those that were `rejected`: `no_candidate` names none of the candidates, `not_told` says that it is unknown."""

    novel: Novel
    counts: dict[str, int]
    rejected: list[Rejected]
    malformed: list[Malformed]


def plan_questions(novel: Novel, below: float = UNSURE) -> list[Planned]:
    """Requests that ask about each quote with a confidence `below` this, in [0, 1], exactly once."""
    unsure = _unsure(novel, below)
    if not unsure:
        return []
    pieces: defaultdict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(novel.pieces):
        pieces[piece.paragraph].append(number)
    sizes = [count_tokens(novel.text[each.start : each.end]) for each in novel.paragraphs]
    acts = [each.act_id for each in novel.paragraphs]
    asked = sorted({novel.pieces[number].paragraph for number in unsure})
    mentions = Mentions(novel.text, novel.pieces, novel.cast, novel.language)
    return [_planned(novel, window, pieces, unsure, mentions) for window in find_windows(sizes, acts, asked)]


def is_read(answer: Answer) -> bool:
    """Whether an answer names anyone by a number."""
    return bool(read_numbered(answer.text, answer.is_cut))


def settle(novel: Novel, planned: Sequence[Planned], outcomes: Iterable[Answer | Failure]) -> Settled:
    """The novel with the speakers that answers name; `outcomes` are those of the requests of `planned`, in order.

    A settled quote has the method `llm`. Its confidence is 0.8 where the model contradicts the rules, and where the
    two agree at least that.
    """
    speakers = list(novel.speakers)
    counts: Counter[str] = Counter(dict.fromkeys(("quotes", "agreed", "changed", "unread", "unanswered"), 0))
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    mentions = Mentions(novel.text, novel.pieces, novel.cast, novel.language) if planned else None
    for plan, outcome in zip(planned, outcomes, strict=True):
        counts["quotes"] += len(plan.pieces)
        if mentions is None or not isinstance(outcome, Answer):
            counts["unanswered"] += len(plan.pieces)
            continue
        said = read_numbered(outcome.text, outcome.is_cut)
        who = _matcher(novel.cast, plan.candidates, mentions)
        unread = 0
        for number, piece in plan.pieces.items():
            before = speakers[piece]
            answer = said.get(number)
            if answer is None or before is None:
                unread += 1
                continue
            role = who(answer)
            if role is None:
                reason = "not_told" if _key(answer) in _UNKNOWN | {""} else "no_candidate"
                rejected.append(Rejected(STAGE, reason, _record(novel, piece, answer, outcome.key)))
                continue
            counts["agreed" if role == before.role else "changed"] += 1
            speakers[piece] = _with_answer(before, role)
        counts["unread"] += unread
        if unread:
            malformed.append(Malformed(outcome.key, outcome.prompt, outcome.text))
    return Settled(replace(novel, speakers=speakers), dict(counts), rejected, malformed)


def _unsure(novel: Novel, below: float) -> set[int]:
    return {
        number for number, speaker in enumerate(novel.speakers) if speaker is not None and speaker.confidence < below
    }


def _with_answer(before: Attribution, role: str) -> Attribution:
    confidence = max(before.confidence, _TRUST) if role == before.role else _TRUST
    return replace(before, role=role, method=METHOD, confidence=confidence)


def _record(novel: Novel, number: int, answer: str, request: str) -> dict[str, Any]:
    piece, speaker = novel.pieces[number], novel.speakers[number]
    return {
        "source": novel.source,
        "start": piece.start,
        "end": piece.end,
        "content": novel.text[piece.start : piece.end],
        "role": None if speaker is None else speaker.role,
        "answer": answer,
        "request": request,
    }


# --- the question -------------------------------------------------------------------------------------------


def _planned(
    novel: Novel, window: Window, pieces: Mapping[int, Sequence[int]], unsure: set[int], mentions: Mentions
) -> Planned:
    within = [number for paragraph in range(window.first, window.last + 1) for number in pieces[paragraph]]
    quotes = {piece: number for number, piece in enumerate((n for n in within if novel.pieces[n].is_quote), 1)}
    asked = {
        number: piece
        for piece, number in quotes.items()
        if piece in unsure and novel.pieces[piece].paragraph in window.asked
    }
    candidates = _candidates(novel, window, quotes, asked.values(), unsure, mentions)
    prompt = load_prompt(novel.language, "speakers")
    aliases = {member.name: member.aliases for member in novel.cast}
    messages = prompt.render(
        candidates=[{"name": name, "aliases": aliases.get(name, ())[:_ALIASES_SHOWN]} for name in candidates],
        passage="\n".join(_lines(novel, window, quotes, asked, unsure)),
        numbers=list(asked),
    )
    likely = orjson.dumps({str(number): _role(novel, piece) for number, piece in asked.items()}).decode()
    most = _TOKENS_BESIDE + _TOKENS_A_QUOTE * len(asked)
    return Planned(Request(prompt.name, messages, most), asked, candidates, count_tokens(likely))


def _role(novel: Novel, piece: int) -> str | None:
    speaker = novel.speakers[piece]
    return None if speaker is None else speaker.role


def _candidates(
    novel: Novel,
    window: Window,
    quotes: Iterable[int],
    asked: Iterable[int],
    unsure: set[int],
    mentions: Mentions,
) -> tuple[str, ...]:
    """Whom the rules weighed for the questions, who speaks elsewhere in the window, who is named in it; the cast in
    its order, then the descriptions."""
    known = {role for piece in quotes if piece not in unsure and (role := _role(novel, piece)) is not None}
    weighed = dict.fromkeys(
        name for piece in asked if (speaker := novel.speakers[piece]) is not None for name in speaker.candidates
    )
    start, end = novel.paragraphs[window.first].start, novel.paragraphs[window.last].end
    named = {each.member.name for each in mentions.named_in(novel.text, start, end) if each.member is not None}
    found = dict.fromkeys((*weighed, *sorted(known), *sorted(named)))
    cast = [member.name for member in novel.cast]
    return (*(name for name in cast if name in found), *(name for name in found if name not in cast))


def _lines(
    novel: Novel, window: Window, quotes: Mapping[int, int], asked: Mapping[int, int], unsure: set[int]
) -> Iterator[str]:
    """The text of a window, a paragraph a line, with a mark where each quote begins, and the rows of stars that part
    scenes. `quotes` are the numbers of the pieces that are quotes, in order."""
    left = list(quotes)
    told_to = novel.paragraphs[window.first].start
    for paragraph in novel.paragraphs[window.first : window.last + 1]:
        if between := novel.text[told_to : paragraph.start].strip():
            yield unwrap(between, novel.language)
        told_to = paragraph.start
        parts = []
        while left and novel.pieces[left[0]].start < paragraph.end:
            piece = left.pop(0)
            start, number = novel.pieces[piece].start, quotes[piece]
            known = "" if piece in unsure else f" {_role(novel, piece)}"
            mark = f"[[{number}]]" if number in asked else f"[{number}{known}]"
            parts += [novel.text[told_to:start].translate(_ROUND), mark, " "]
            told_to = start
        parts.append(novel.text[told_to : paragraph.end].translate(_ROUND))
        told_to = paragraph.end
        yield unwrap("".join(parts), novel.language)


# --- the answer ---------------------------------------------------------------------------------------------


def _matcher(cast: Sequence[CastMember], candidates: Sequence[str], mentions: Mentions) -> Callable[[str], str | None]:
    """A function of an answer: the candidate it names, by a name, an alias that is no one else's, or a short form of
    a name; else None."""
    whose: defaultdict[str, set[str]] = defaultdict(set)
    for member in cast:
        if member.name in candidates:
            for alias in member.aliases:
                whose[_key(alias)].add(member.name)
    known = {alias: min(names) for alias, names in whose.items() if len(names) == 1}
    known |= {_key(name): name for name in candidates}

    def match(answer: str) -> str | None:
        for text in _readings(answer):
            if (name := known.get(_key(text))) is not None:
                return name
            if _key(text) in whose:  # an alias that several have
                return None
            for mention in mentions.named_in(text, 0, len(text)):
                is_whole = (mention.start, mention.end) == (0, len(text)) and mention.member is not None
                if is_whole and mention.member is not None and mention.member.name in candidates:
                    return mention.member.name
        return None

    return match


def _readings(answer: str) -> Iterator[str]:
    """An answer as it is, and without what it adds in brackets."""
    yield answer.strip()
    yield _IN_BRACKETS.sub("", answer).strip()


def _key(name: str) -> str:
    """A name as it is compared: without case, width of letters, white space and full stops."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(plain.split()).replace(".", "").replace("’", "'").strip("\"'“”「」")
