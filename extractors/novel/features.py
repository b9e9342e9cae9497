"""What speaks for and against each candidate of a turn, as named features."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from extractors.novel.mentions import Mention
from extractors.novel.quotes import Piece
from extractors.novel.turns import PARTS, SURE_PARTS, Cue, Turn

__all__ = ["OTHER", "Choice", "choices_of"]

OTHER = ""
"""The candidate that stands for whoever is none of the others."""

_MOST = 10
_REACH = 6000  # characters back in which a name makes a candidate
_SALIENT = 40  # mentions back
_NEAR = 2  # blocks: at most one stretch of narration lies between
_COARSE = {"tag": ("named", "he"), "lead": ("named", "he"), "act": ("acts", "he_acts"), "beat": ("acts", "he_acts")}
_UNTOLD = ("none", "none")
_STEPS = (0, 1, 2, 3, 5, 8, 13, 21)


@dataclass(frozen=True, slots=True)
class Choice:
    """A turn's candidates and the features of each; the features of a speaker who is the `same` as that of the turn
    before, and of one who comes `back` from the turn before that."""

    candidates: list[str]
    features: list[list[str]]
    same: list[str]
    back: list[str]


def _step(number: int) -> int:
    return _STEPS[bisect_right(_STEPS, number) - 1]


def choices_of(
    turns: Sequence[Turn],
    mentions: Sequence[Mention],
    pieces: Sequence[Piece],
    genders: Mapping[str, str],
    narrator: str | None,
    referents: Mapping[int, str],
) -> Iterator[Choice]:
    """One choice a turn. `mentions` are those of the narration, in order; `narrator` says I; `referents` are whom the
    mentions stand for, by where they begin."""
    starts = [mention.start for mention in mentions]
    history = _History(mentions, narrator)
    counts = Counter(mention.member.name for mention in mentions if mention.member is not None)
    ranks = {name: _step(rank) for rank, (name, _) in enumerate(counts.most_common())}
    blocks = _Blocks(pieces, {turn.paragraph for turn in turns})
    at = [blocks.at(turn.start) for turn in turns]
    for number, turn in enumerate(turns):
        before = turns[number - 1] if number else None
        after = turns[number + 1] if number + 1 < len(turns) else None
        here, until = bisect_left(starts, turn.start), bisect_left(starts, turn.end)
        since = bisect_left(starts, turn.start - _REACH)
        history.move(since, here)
        last, recent = history.last, history.recent
        salient: dict[str, int] = {}
        for start in reversed(starts[max(since, here - _SALIENT) : here]):
            if (name := referents.get(start)) is not None:
                salient.setdefault(name, len(salient))
        by_recency = list(reversed(last))
        places = {name: place for place, name in enumerate(by_recency)}
        own: dict[str, str] = {}
        for cue in turn.cues:
            if name := _who(cue.mention, narrator):
                own.setdefault(name, cue.part)
        best = next(iter(own.values()), "none")
        pronoun = _speaking_pronoun(turn, best)
        part_told = best if pronoun is None else pronoun.part
        state = "desc" if turn.described else f"he_{part_told}" if pronoun is not None else part_told
        coarse = "desc" if turn.described else _COARSE.get(part_told, _UNTOLD)[pronoun is not None]
        near = _candidates(turns, number, own, by_recency)
        gender = None if pronoun is None else pronoun.mention.gender
        fits: list[str] = []
        if pronoun is not None:
            fits = [
                name for name in _nearest_before(pronoun, turn, last) if _may_be(name, gender, genders) and name in near
            ]
            if pronoun.part in SURE_PARTS:
                later = {
                    cue.mention.member.name
                    for cue in turn.cues
                    if cue.mention.member is not None and cue.mention.start > pronoun.mention.start
                }
                near = [name for name in near if _may_be(name, gender, genders) or name in later] or near
        following = _following(at[number], mentions, until, blocks, after)
        next_name = following.member.name if following is not None and following.member is not None else None
        told = _preceding(at[number], mentions, since, here, blocks, before)
        told_names = [each.member.name for each in told if each.member is not None]
        acting = next((each for each in told if each.is_subject), None)
        acting_name = None if acting is None else _who(acting, narrator)
        acting_gender = acting.gender if acting is not None and acting.member is None else None
        own_fitting = [name for name in own if _may_be(name, gender, genders)]
        cued = _cued_around(turns, at, number)
        features = []
        for name in near:
            part = own.get(name, "no")
            match = _match(genders.get(name, "U"), gender)
            latest = last.get(name)
            gone = "no" if latest is None else str(_step(at[number] - blocks.at(latest.start)))
            place = "no" if latest is None else str(min(places[name], 4))
            got = [
                f"{state}|{part}|{match}",
                f"{coarse}|gone{gone}",
                f"{coarse}|place{place}|{match}",
                f"{coarse}|rank{ranks.get(name, 'no')}",
                f"{coarse}|recent{_step(recent[name])}",
            ]
            got.append(f"{coarse}|salient{min(salient.get(name, 9), 4)}|{match}")
            if pronoun is not None:
                got.append(f"{state}|refers{referents.get(pronoun.mention.start) == name}|{match}")
            if gender:
                fit = str(min(fits.index(name), 3)) if name in fits else "no"
                got.append(f"{state}|fit{fit}|of{min(len(fits), 3)}")
                got.append(f"{state}|own{part}|{match}|first{own_fitting[:1] == [name]}")
            if name in turn.called:
                got.append(f"{coarse}|calls")
            elif name in turn.named:
                got.append(f"{coarse}|names")
            if before is not None and at[number] - at[number - 1] <= _NEAR:
                if name in before.called:
                    got.append(f"{coarse}|called_before")
                elif name in before.named:
                    got.append(f"{coarse}|named_before")
                if before.calls:
                    got.append(f"{coarse}|sir_before|{_match(genders.get(name, 'U'), before.calls)}")
            if turn.calls:
                got.append(f"{coarse}|sir|{_match(genders.get(name, 'U'), turn.calls)}")
            if after is not None and at[number + 1] - at[number] <= _NEAR:
                if name in after.called:
                    got.append(f"{coarse}|called_after")
                elif name in after.named:
                    got.append(f"{coarse}|named_after")
                if after.calls:
                    got.append(f"{coarse}|sir_after|{_match(genders.get(name, 'U'), after.calls)}")
            if name == acting_name:
                got.append(f"{coarse}|subject_before|{len(set(told_names)) == 1}")
            elif told_names[:1] == [name]:
                got.append(f"{coarse}|last_before|{acting_gender is None or _may_be(name, acting_gender, genders)}")
            elif name in told_names:
                got.append(f"{coarse}|told_before|{name == told_names[-1]}")
            if acting_gender is not None and referents.get(acting.start) == name:
                got.append(f"{coarse}|subject_before_he")
            if acting_gender in ("M", "F") and genders.get(name, "U") != "U":
                got.append(f"{coarse}|he_before|{genders[name] == acting_gender}")
            if name == next_name:
                got.append(f"{coarse}|subject_after")
            if name == narrator:
                got.append(f"{coarse}|narrator")
            if latest is not None:
                got.append(f"{coarse}|subject{latest.is_subject}|{min(places[name], 2)}|{match}")
            got += [f"{coarse}|cued{where}" for where in cued.get(name, ())]
            got += [feature.partition("|")[2] for feature in got[1:]]  # what holds however the turn is tagged
            got += [f"part|{part}", f"match|{match}"]
            features.append(got)
        features.append([f"{state}|other", f"other|{min(len(near), 3)}"])
        same, back = _ties(turn, turns[max(0, number - 2) : number], at[max(0, number - 2) : number + 1], coarse)
        yield Choice([*near, OTHER], features, same, back)


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


def _candidates(turns: Sequence[Turn], number: int, own: dict[str, str], by_recency: Sequence[str]) -> list[str]:
    """Those named in a turn's narration or before it, tagged or called near by; of too many, the likelier."""
    near = list(own) + [name for name in by_recency if name not in own]
    for neighbour in turns[max(0, number - 8) : number + 3]:
        if neighbour.tagged and neighbour.tagged not in near:
            near.append(neighbour.tagged)
    for neighbour in turns[max(0, number - 4) : number + 2]:
        near += [name for name in sorted(neighbour.called) if name not in near]
    if len(near) <= _MOST:
        return near
    kept = (
        set(own)
        | {turn.tagged for turn in turns[max(0, number - 4) : number + 3]}
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
    return same, [f"back|{how}|{at[-2] - at[-3]}", f"back|{how[:4]}|{coarse}"] if len(before) > 1 else []


def _cued_around(turns: Sequence[Turn], blocks: Sequence[int], number: int) -> dict[str, list[str]]:
    """For each one whom the tags of turns near by name, where those turns are: `-2` is the turn before last."""
    around: dict[str, list[str]] = {}
    for step in (-1, 1):
        at = number
        for distance in range(1, 5):
            at += step
            if not 0 <= at < len(turns) or abs(blocks[at] - blocks[at - step]) > _NEAR:
                break
            name = turns[at].tagged
            if name is not None:
                around.setdefault(name, []).append(f"{step * distance}")
    return around


class _Blocks:
    """The text as turns and stretches of narration between them, numbered: however its paragraphs are cut."""

    def __init__(self, pieces: Sequence[Piece], told: set[int]) -> None:
        self._starts: list[int] = []
        self._numbers: list[int] = []
        last = -1
        for piece in pieces:
            if not self._starts or piece.paragraph != last:
                follows = bool(self._starts) and piece.paragraph not in told and last not in told
                self._numbers.append(self._numbers[-1] + (not follows) if self._starts else 0)
                self._starts.append(piece.start)
            last = piece.paragraph

    def at(self, where: int) -> int:
        return self._numbers[bisect_right(self._starts, where) - 1]


def _following(
    block: int, mentions: Sequence[Mention], until: int, blocks: _Blocks, after: Turn | None
) -> Mention | None:
    """The first one named in the narration right behind a turn."""
    if until == len(mentions):
        return None
    mention = mentions[until]
    is_near = blocks.at(mention.start) == block + 1 and (after is None or mention.start < after.start)
    return mention if is_near else None


def _preceding(
    block: int, mentions: Sequence[Mention], since: int, until: int, blocks: _Blocks, before: Turn | None
) -> list[Mention]:
    """Those named in the narration right before a turn, the nearest first."""
    found = []
    for number in range(until - 1, since - 1, -1):
        mention = mentions[number]
        if blocks.at(mention.start) != block - 1 or (before is not None and mention.start < before.end):
            break
        found.append(mention)
    return found
