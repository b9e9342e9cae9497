"""Who speaks each quote, and how sure that is."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dramaturg.cast import CastMember
from dramaturg.text import Language
from extractors.novel.chain import decide
from extractors.novel.cues import CUES, Cues
from extractors.novel.features import Choice, choices_of
from extractors.novel.mentions import Mentions
from extractors.novel.people import find_narrator, find_referents, forms_of, infer_genders
from extractors.novel.quotes import Piece
from extractors.novel.turns import SURE_PARTS, Turn, find_turns

__all__ = ["Attribution", "attribute", "read_choices"]

_METHODS = {"tag": "tag", "lead": "tag", "act": "beat", "beat": "beat"}


@dataclass(frozen=True, slots=True)
class Attribution:
    """The speaker of a quote: a name of the cast, a description, or None; how it was found, and how likely it is.

    `candidates` are all whom the rules weighed, and the description of one who is nobody of the cast.
    """

    role: str | None
    method: str
    confidence: float
    is_thought: bool
    candidates: tuple[str, ...] = ()


@lru_cache
def _weights(language: Language) -> dict[str, float]:
    """The weights of a language's features, as `fit.py` writes them."""
    path = Path(__file__).parent / "weights" / f"{language}.json"
    weights: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    return weights


def attribute(
    text: str, pieces: Sequence[Piece], cast: Sequence[CastMember], language: Language
) -> list[Attribution | None]:
    """One attribution for each quote among the pieces, None for the narration."""
    turns, choices = read_choices(text, pieces, cast, language)
    found: list[Attribution | None] = [None] * len(pieces)
    decided = decide(choices, _weights(language))
    for turn, (names, likely) in zip(turns, decided, strict=True):
        role, confidence = _likeliest(turn, names, likely.tolist())
        method = _method(turn, role)
        candidates = (*names[:-1], *([turn.described] if turn.described else ()))
        for number in turn.quotes:
            is_thought = _is_thought(text, pieces, number, CUES[language])
            found[number] = Attribution(role, method, round(confidence, 4), is_thought, candidates)
    return found


def read_choices(
    text: str, pieces: Sequence[Piece], cast: Sequence[CastMember], language: Language
) -> tuple[list[Turn], Iterator[Choice]]:
    """The turns of a text, and who may have each, with what speaks for it."""
    mentions = Mentions(text, pieces, cast, language)
    turns = find_turns(text, pieces, mentions, language)
    told = sum(piece.end - piece.start for piece in pieces if not piece.is_quote)
    narrator = find_narrator(mentions.all, turns, cast, told)
    genders = infer_genders(mentions.all, cast)
    referents = find_referents(mentions.all, genders, narrator)
    return turns, choices_of(turns, mentions.all, pieces, genders, forms_of(cast), narrator, referents)


def _likeliest(turn: Turn, names: Sequence[str], likely: list[float]) -> tuple[str | None, float]:
    *named, other = likely
    if turn.described and other > max(named, default=0.0):
        return turn.described, other
    if not named:
        return None, 0.0
    best = named.index(max(named))
    return names[best], named[best]


def _method(turn: Turn, role: str | None) -> str:
    if role is None:
        return "unknown"
    if role == turn.described:
        return "description"
    for cue in turn.cues:
        if cue.mention.member is not None and cue.mention.member.name == role:
            return _METHODS.get(cue.part, "conversation")
        if cue.mention.member is None and cue.part in SURE_PARTS:
            return "pronoun"
    return "continued" if turn.continues else "conversation"


def _is_thought(text: str, pieces: Sequence[Piece], number: int, cues: Cues) -> bool:
    """Whether the words beside a quote in its paragraph say that it was thought."""
    before, after = _beside(pieces, number, -1), _beside(pieces, number, +1)
    if before is not None and text[before.end - 1] in ":：,，":
        last = cues.sentence_end.split(text[before.start : before.end])[-1]
        if cues.thought.search(last):
            return True
    if after is None:
        return False
    first = cues.sentence_end.split(text[after.start : after.end], maxsplit=1)[0]
    if cues is CUES["en"] and not cues.tag_after.match(first):
        return False
    return cues.thought.search(first) is not None and not first.endswith(("：", ":"))


def _beside(pieces: Sequence[Piece], number: int, step: int) -> Piece | None:
    """The narration right before or after a quote in its paragraph."""
    other = number + step
    if not 0 <= other < len(pieces):
        return None
    beside = pieces[other]
    return None if beside.is_quote or beside.paragraph != pieces[number].paragraph else beside
