"""What speaks for and against each candidate of a turn, as named features."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from extractors.novel.mentions import Mention
from extractors.novel.people import gender_told
from extractors.novel.quotes import Piece
from extractors.novel.turns import PARTS, SURE_PARTS, Cue, Turn

__all__ = ["OTHER", "Choice", "Features", "choices_of"]

OTHER = ""
"""The candidate that stands for whoever is none of the others."""

_MOST = 10
_REACH = 6000  # characters back in which a name makes a candidate
_SALIENT = 40  # mentions back
_NEAR = 2  # blocks: at most one stretch of narration lies between
_COARSE = {"tag": ("named", "he"), "lead": ("named", "he"), "act": ("acts", "he_acts"), "beat": ("acts", "he_acts")}
_UNTOLD = ("none", "none")
_STEPS = (0, 1, 2, 3, 5, 8, 13, 21)


class Features(NamedTuple):
    """The names of what speaks for a candidate: some `alone`, others both as they are and behind a prefix."""

    alone: list[str]
    crossed: tuple[tuple[str, list[str]], ...] = ()

    def names(self) -> Iterator[str]:
        """Every feature by its whole name."""
        yield from self.alone
        for prefix, names in self.crossed:
            yield from names
            yield from (prefix + name for name in names)


@dataclass(frozen=True, slots=True)
class Choice:
    """A turn's candidates and the features of each; the features of a speaker who is the `same` as that of the turn
    before, and of one who comes `back` from the turn before that."""

    candidates: list[str]
    features: list[Features]
    same: list[str]
    back: list[str]


def _step(number: int) -> int:
    return _STEPS[bisect_right(_STEPS, number) - 1]


def choices_of(
    turns: Sequence[Turn],
    mentions: Sequence[Mention],
    pieces: Sequence[Piece],
    genders: Mapping[str, str],
    forms: Mapping[str, str],
    narrator: str | None,
    referents: Mapping[int, str],
) -> Iterator[Choice]:
    """One choice a turn. `mentions` are those of the narration, in order; `forms` are the kinds of the names;
    `narrator` says I; `referents` are whom the mentions stand for, by where they begin."""
    starts = [mention.start for mention in mentions]
    history = _History(mentions, narrator)
    counts = Counter(mention.member.name for mention in mentions if mention.member is not None)
    ranks = {name: _step(rank) for rank, (name, _) in enumerate(counts.most_common())}
    blocks = _Blocks(pieces, turns)
    at = [blocks.at(turn.start) for turn in turns]
    told_at = {start: blocks.at(start) for start in starts}
    tagged = [turn.tagged for turn in turns]
    for number, turn in enumerate(turns):
        since, here = bisect_left(starts, turn.start - _REACH), bisect_left(starts, turn.start)
        history.move(since, here)
        own: dict[str, str] = {}
        for cue in turn.cues:
            if name := _who(cue.mention, narrator):
                own.setdefault(name, cue.part)
        pronoun = _speaking_pronoun(turn, next(iter(own.values()), "none"))
        by_recency = list(reversed(history.last))
        near = _candidates(turns, tagged, number, own, by_recency)
        gender = None if pronoun is None else pronoun.mention.gender
        fits: list[str] = []
        if pronoun is not None:
            nearest = _nearest_before(pronoun, turn, history.last)
            fits = [name for name in nearest if _may_be(name, gender, genders) and name in near]
            if pronoun.part in SURE_PARTS:
                near = _fitting(near, turn, pronoun, genders)
        elif turn.described:
            gender = gender_told(turn.described)
            fits = [name for name in by_recency if _may_be(name, gender, genders)] if gender != "U" else []
        is_near = [
            0 <= other < len(turns) and abs(at[other] - at[number]) <= _NEAR for other in (number - 1, number + 1)
        ]
        before = turns[number - 1] if number else None
        after = turns[number + 1] if number + 1 < len(turns) else None
        told = _preceding(at[number], mentions, since, here, told_at, before)
        view = _View(
            turn,
            before=before if is_near[0] else None,
            after=after if is_near[1] else None,
            own=own,
            pronoun=pronoun,
            wanted=None if gender == "U" else gender,
            fits=fits,
            genders=genders,
            forms=forms,
            referents=referents,
            narrator=narrator,
            gone={name: _step(at[number] - told_at[history.last[name].start]) for name in near if name in history.last},
            last=history.last,
            recent=history.recent,
            places={name: place for place, name in enumerate(by_recency)},
            salience=_salience(starts[max(since, here - _SALIENT) : here], referents),
            ranks=ranks,
            told=[each.member.name for each in told if each.member is not None],
            acting=next((each for each in told if each.is_subject), None),
            following=_following(at[number], mentions, bisect_left(starts, turn.end), told_at, after),
            cued=_cued_around(tagged, at, number),
        )
        features = [_speaks_for(name, view) for name in near]
        features.append(Features([f"{view.state}|other", f"other|{min(len(near), 3)}"]))
        same, back = _ties(turn, turns[max(0, number - 2) : number], at[max(0, number - 2) : number + 1], view.coarse)
        yield Choice([*near, OTHER], features, same, back)


@dataclass(slots=True)
class _View:
    """What is seen from a turn: its cues, who was named before it and how long ago, who acts and is called around it.

    `before` and `after` are the turns beside it, where no more than one stretch of narration lies between.
    """

    turn: Turn
    before: Turn | None
    after: Turn | None
    own: Mapping[str, str]  # the part that each name plays in its narration
    pronoun: Cue | None  # the he or she who speaks
    wanted: str | None  # M or F, as the pronoun or the description of who speaks tells
    fits: Sequence[str]  # those whom that may be, the nearest first
    genders: Mapping[str, str]
    forms: Mapping[str, str]
    referents: Mapping[int, str]
    narrator: str | None
    gone: Mapping[str, int]  # blocks since the name was there
    last: Mapping[str, Mention]
    recent: Mapping[str, int]
    places: Mapping[str, int]  # 0 is the last named
    salience: Mapping[str, int]  # the same with those counted whom a pronoun stands for
    ranks: Mapping[str, int]  # 0 is the one named most in all the text
    told: Sequence[str]  # those named in the narration right before it, the nearest first
    acting: Mention | None  # the subject there
    following: str | None  # the subject of the narration right behind it
    cued: Mapping[str, Sequence[str]]
    state: str = field(init=False)
    coarse: str = field(init=False)

    def __post_init__(self) -> None:
        part = next(iter(self.own.values()), "none") if self.pronoun is None else self.pronoun.part
        if self.turn.described:
            self.state = self.coarse = "desc"
        else:
            self.state = part if self.pronoun is None else f"he_{part}"
            self.coarse = _COARSE.get(part, _UNTOLD)[self.pronoun is not None]


def _speaks_for(name: str, view: _View) -> Features:
    """The features of one candidate: each as it is, and together with how the turn is tagged."""
    turn, genders = view.turn, view.genders
    own_gender = genders.get(name, "U")
    gender = view.wanted
    part, match = view.own.get(name, "no"), _match(own_gender, gender)
    latest = view.last.get(name)
    stated = []
    if view.pronoun is not None:
        stated.append(f"refers{view.referents.get(view.pronoun.mention.start) == name}|{match}")
    if view.wanted is not None:
        fit = min(view.fits.index(name), 3) if name in view.fits else "no"
        stated.append(f"fit{fit}|of{min(len(view.fits), 3)}")
        first = next((each for each in view.own if _may_be(each, gender, genders)), None)
        stated.append(f"own{part}|{match}|first{first == name}")
    got = [
        f"gone{view.gone.get(name, 'no')}",
        f"place{'no' if latest is None else min(view.places[name], 4)}|{match}",
        f"rank{view.ranks.get(name, 'no')}",
        f"recent{_step(view.recent.get(name, 0))}",
        f"salient{min(view.salience.get(name, 9), 4)}|{match}",
        f"form{view.forms[name]}",
    ]
    for where, other in (("s", turn), ("_before", view.before), ("_after", view.after)):
        if other is None:
            continue
        if name in other.called:
            got.append(f"call{where}" if other is turn else f"called{where}")
        elif name in other.named:
            got.append(f"name{where}" if other is turn else f"named{where}")
        if other.calls:
            got.append(f"sir{'' if other is turn else where}|{_match(own_gender, other.calls)}")
    acting = view.acting
    he = acting.gender if acting is not None and acting.member is None else None
    if acting is not None and name == _who(acting, view.narrator):
        got.append(f"subject_before|{len(set(view.told)) == 1}")
    elif view.told[:1] == [name]:
        got.append(f"last_before|{he is None or _may_be(name, he, genders)}")
    elif name in view.told:
        got.append(f"told_before|{name == view.told[-1]}")
    if turn.announced and name in view.told:
        got.append(f"announced|{acting is not None and name == _who(acting, view.narrator)}|{name == view.told[0]}")
    if he is not None and acting is not None and view.referents.get(acting.start) == name:
        got.append("subject_before_he")
    if he in ("M", "F") and own_gender != "U":
        got.append(f"he_before|{own_gender == he}")
    if name == view.following:
        got.append("subject_after")
    if name == view.narrator:
        got.append("narrator")
    if latest is not None:
        got.append(f"subject{latest.is_subject}|{min(view.places[name], 2)}|{match}")
    got += [f"cued{where}" for where in view.cued.get(name, ())]
    state = view.state + "|"
    alone = [f"{state}{part}|{match}", f"part|{part}", f"match|{match}"]
    return Features(alone, ((state, stated), (view.coarse + "|", got)))


def _salience(starts: Sequence[int], referents: Mapping[int, str]) -> dict[str, int]:
    """Those whom the mentions beginning at `starts` stand for: 0 for the last."""
    found: dict[str, int] = {}
    for start in reversed(starts):
        if (name := referents.get(start)) is not None:
            found.setdefault(name, len(found))
    return found


def _fitting(near: Sequence[str], turn: Turn, pronoun: Cue, genders: Mapping[str, str]) -> list[str]:
    """Those of a speaking pronoun's gender, or named behind it: he said, George at last; all where there are none."""
    later = {
        cue.mention.member.name
        for cue in turn.cues
        if cue.mention.member is not None and cue.mention.start > pronoun.mention.start
    }
    return [name for name in near if _may_be(name, pronoun.mention.gender, genders) or name in later] or list(near)


class _History:
    """Who was named in the stretch before a turn: `last` where, the latest at the end, and `recent` how often."""

    def __init__(self, mentions: Sequence[Mention], narrator: str | None) -> None:
        self._named = [(name, mention) for mention in mentions for name in (_who(mention, narrator),)]
        self._since = self._until = 0
        self.last: dict[str, Mention] = {}
        self.recent: Counter[str] = Counter()

    def move(self, since: int, until: int) -> None:
        """To the mentions numbered `since` to `until`; neither ever goes back."""
        for name, mention in self._named[self._until : until]:
            if name is not None:
                self.last.pop(name, None)
                self.last[name] = mention
                self.recent[name] += 1
        for name, _ in self._named[self._since : since]:
            if name is not None:
                self.recent[name] -= 1
                if not self.recent[name]:
                    del self.recent[name], self.last[name]
        self._since, self._until = since, until


def _who(mention: Mention, narrator: str | None) -> str | None:
    """The one a name or an I stands for."""
    if mention.member is not None:
        return mention.member.name
    return narrator if mention.gender == "I" else None


def _may_be(name: str, gender: str | None, genders: Mapping[str, str]) -> bool:
    return genders.get(name, "U") in (gender, "U")


def _match(own: str, wanted: str | None) -> str:
    """Whether a gender is the one wanted: y, n, u for not known, - for none wanted."""
    if wanted is None:
        return "-"
    return "u" if own == "U" else "y" if own == wanted else "n"


def _speaking_pronoun(turn: Turn, best: str) -> Cue | None:
    """The he or she of a turn that is a stronger cue than the `best` name."""
    if turn.described:
        return None
    pronoun = next((cue for cue in turn.cues if cue.mention.member is None and cue.mention.gender in ("M", "F")), None)
    order = (*PARTS, "none")
    return pronoun if pronoun is not None and order.index(pronoun.part) < order.index(best) else None


def _candidates(
    turns: Sequence[Turn], tagged: Sequence[str | None], number: int, own: dict[str, str], by_recency: Sequence[str]
) -> list[str]:
    """Those named in a turn's narration or before it, tagged or called near by; of too many, the likelier."""
    near = list(own) + [name for name in by_recency if name not in own]
    for name in tagged[max(0, number - 8) : number + 3]:
        if name and name not in near:
            near.append(name)
    for neighbour in turns[max(0, number - 4) : number + 2]:
        near += [name for name in sorted(neighbour.called) if name not in near]
    if len(near) <= _MOST:
        return near
    kept = (
        set(own)
        | set(tagged[max(0, number - 4) : number + 3])
        | {name for turn in turns[max(0, number - 3) : number + 2] for name in turn.called}
    )
    return sorted(near, key=lambda name: name not in kept)[:_MOST]


def _nearest_before(pronoun: Cue, turn: Turn, last: dict[str, Mention]) -> list[str]:
    """Those named before a pronoun, the nearest first."""
    starts = {name: mention.start for name, mention in last.items()}
    for cue in sorted(turn.cues, key=lambda cue: cue.mention.start):
        if cue.mention.member is not None and cue.mention.start < pronoun.mention.start:
            starts[cue.mention.member.name] = cue.mention.start
    return sorted(starts, key=lambda name: -starts[name])


def _ties(turn: Turn, before: Sequence[Turn], at: Sequence[int], coarse: str) -> tuple[list[str], list[str]]:
    """What speaks for the speaker of the turn before, and for that of the one before it; `at` are the turns' blocks."""
    if not before:
        return [], []
    gap = at[-1] - at[-2]
    how = "continues" if turn.continues else f"gap{min(gap, _NEAR)}"
    if gap > 1:
        how += f"|{_step((turn.start - before[-1].end) // 50)}"
    same = [f"same|{how}|{'asked' if before[-1].asks else ''}", f"same|{how[:4]}|{coarse}"]
    same.append(f"same|{how[:4]}|{'told' if turn.opens_told else 'said'}|{'told' if before[-1].ends_told else 'said'}")
    return same, [f"back|{how}|{at[-2] - at[-3]}", f"back|{how[:4]}|{coarse}"] if len(before) > 1 else []


def _cued_around(tagged: Sequence[str | None], blocks: Sequence[int], number: int) -> dict[str, list[str]]:
    """For each one whom the tags of turns near by name, where those turns are: `-2` is the turn before last."""
    around: dict[str, list[str]] = {}
    for step in (-1, 1):
        at = number
        for distance in range(1, 5):
            at += step
            if not 0 <= at < len(tagged) or abs(blocks[at] - blocks[at - step]) > _NEAR:
                break
            name = tagged[at]
            if name is not None:
                around.setdefault(name, []).append(f"{step * distance}")
    return around


class _Blocks:
    """The text as turns and stretches of narration between them, numbered: however its paragraphs are cut."""

    def __init__(self, pieces: Sequence[Piece], turns: Sequence[Turn]) -> None:
        told = {turn.paragraph for turn in turns}
        steps = {turn.start: 1 for turn in turns}  # the second speaker of a paragraph begins a turn too
        last = -1
        for piece in pieces:
            if piece.paragraph != last:
                steps[piece.start] = int(piece.paragraph in told or last in told)
            last = piece.paragraph
        self._starts = sorted(steps)
        self._numbers = list(accumulate(steps[start] for start in self._starts))

    def at(self, where: int) -> int:
        return self._numbers[bisect_right(self._starts, where) - 1]


def _following(
    block: int, mentions: Sequence[Mention], until: int, blocks: Mapping[int, int], after: Turn | None
) -> str | None:
    """The first one named in the narration right behind a turn."""
    if until == len(mentions):
        return None
    mention = mentions[until]
    is_near = blocks[mention.start] == block + 1 and (after is None or mention.start < after.start)
    return mention.member.name if is_near and mention.member is not None else None


def _preceding(
    block: int, mentions: Sequence[Mention], since: int, until: int, blocks: Mapping[int, int], before: Turn | None
) -> list[Mention]:
    """Those named in the narration right before a turn, the nearest first."""
    found = []
    for number in range(until - 1, since - 1, -1):
        mention = mentions[number]
        if blocks[mention.start] != block - 1 or (before is not None and mention.start < before.end):
            break
        found.append(mention)
    return found
