"""What speaks for and against each candidate of a turn, as named features."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.novel.mentions import Mention
from extractors.novel.quotes import Piece
from extractors.novel.turns import Turn

__all__ = ["OTHER", "Choice", "choices_of"]

OTHER = ""
"""The candidate that stands for whoever is none of the others."""

_MOST = 10
_REACH = 6000  # characters back in which a name makes a candidate
_NEAR = 2  # blocks: at most one stretch of narration lies between
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
    genders: dict[str, str],
    narrator: str | None,
) -> list[Choice]:
    """One choice a turn. `mentions` are those of the narration, in order; `narrator` says I."""
    starts = [mention.start for mention in mentions]
    counts = Counter(mention.member.name for mention in mentions if mention.member is not None)
    ranks = {name: _step(rank) for rank, (name, _) in enumerate(counts.most_common())}
    blocks = _Blocks(pieces, {turn.paragraph for turn in turns})
    at = [blocks.at(turn.start) for turn in turns]
    choices = []
    for number, turn in enumerate(turns):
        before = turns[number - 1] if number else None
        after = turns[number + 1] if number + 1 < len(turns) else None
        low = bisect_left(starts, turn.start - _REACH)
        here, until = bisect_left(starts, turn.start), bisect_left(starts, turn.end)
        last: dict[str, Mention] = {}
        recent: Counter[str] = Counter()
        for mention in mentions[low:here]:
            name = (
                narrator if mention.member is None and mention.gender == "I" else mention.member and mention.member.name
            )
            if name:
                last[name] = mention
                recent[name] += 1
        own: dict[str, str] = {}
        pronoun = None
        for cue in turn.cues:
            mention = cue.mention
            name = (
                narrator if mention.member is None and mention.gender == "I" else mention.member and mention.member.name
            )
            if name:
                own.setdefault(name, cue.part)
            elif pronoun is None and mention.gender in ("M", "F"):
                pronoun = cue
        best = next(iter(own.values()), "none")
        order = _ORDER
        state = best
        if turn.described:
            state = "desc"
        elif pronoun is not None and order[pronoun.part] < order[best]:
            state = "he_" + pronoun.part
        coarse = _COARSE.get(state, state)
        by_recency = sorted(last, key=lambda each: -last[each].start)
        near = list(own) + [name for name in by_recency if name not in own]
        for neighbour in turns[max(0, number - 8) : number + 3]:
            if neighbour.tagged and neighbour.tagged not in near:
                near.append(neighbour.tagged)
        for neighbour in turns[max(0, number - 4) : number + 2]:
            near += [name for name in sorted(neighbour.called) if name not in near]
        following = _following(at[number], mentions, until, blocks, after)
        next_name = following.member.name if following is not None and following.member is not None else None
        told = _preceding(at[number], mentions, low, here, blocks, before)
        prev_names = [each.member.name for each in told if each.member is not None]
        acting = next((each for each in told if each.is_subject), None)
        prev_subject = acting.member.name if acting is not None and acting.member is not None else None
        prev_gender = acting.gender if acting is not None and acting.member is None else None
        if prev_gender == "I":
            prev_subject = narrator
        first_told = next((each.member.name for each in reversed(told) if each.member is not None), None)
        if len(near) > _MOST:
            keep = (
                set(own)
                | {t.tagged for t in turns[max(0, number - 4) : number + 3]}
                | {n for t in turns[max(0, number - 3) : number + 2] for n in t.called}
            )
            near = [n for n in near if n in keep][:_MOST] + [n for n in near if n not in keep]
            near = near[:_MOST]
        gender = pronoun.mention.gender if state.startswith("he_") and pronoun is not None else None
        fits: list[str] = []
        if pronoun is not None and gender:
            so_far = {name: mention.start for name, mention in last.items()}
            so_far |= {
                cue.mention.member.name: cue.mention.start
                for cue in sorted(turn.cues, key=lambda cue: cue.mention.start)
                if cue.mention.member is not None and cue.mention.start < pronoun.mention.start
            }
            nearest = sorted(so_far, key=lambda name: -so_far[name])
            fits = [name for name in nearest if genders.get(name, "U") in (gender, "U") and name in near]
        if pronoun is not None and state in ("he_tag", "he_lead"):
            later = {
                cue.mention.member.name
                for cue in turn.cues
                if cue.mention.member is not None and cue.mention.start > pronoun.mention.start
            }
            near = [name for name in near if genders.get(name, "U") in (gender, "U") or name in later] or near
        features = []
        cued = _cued_around(turns, at, number)
        for name in near:
            part = own.get(name, "no")
            match = (
                "-"
                if gender is None
                else "u"
                if genders.get(name, "U") == "U"
                else "y"
                if genders[name] == gender
                else "n"
            )
            latest = last.get(name)
            gone = "no" if latest is None else str(_step(at[number] - blocks.at(latest.start)))
            place = "no" if latest is None else str(min(by_recency.index(name), 4))
            got = [
                f"{state}|{part}|{match}",
                f"{coarse}|gone{gone}",
                f"{coarse}|place{place}|{match}",
                f"{coarse}|rank{ranks.get(name, 'no')}",
                f"{coarse}|recent{_step(recent[name])}",
            ]
            if gender:
                fit = str(min(fits.index(name), 3)) if name in fits else "no"
                got.append(f"{state}|fit{fit}|of{min(len(fits), 3)}")
                inside = [n for n in own if genders.get(n, "U") in (gender, "U")]
                got.append(f"{state}|own{part}|{match}|first{inside[:1] == [name]}")
            if name in turn.called:
                got.append(f"{coarse}|calls")
            elif name in turn.named:
                got.append(f"{coarse}|names")
            if before is not None and at[number] - at[number - 1] <= _NEAR:
                if name in before.called:
                    got.append(f"{coarse}|called_before")
                elif name in before.named:
                    got.append(f"{coarse}|named_before")
            if after is not None and at[number + 1] - at[number] <= _NEAR:
                if name in after.called:
                    got.append(f"{coarse}|called_after")
                elif name in after.named:
                    got.append(f"{coarse}|named_after")
            if name == prev_subject:
                got.append(f"{coarse}|subject_before|{len(set(prev_names)) == 1}")
            elif prev_names[:1] == [name]:
                got.append(
                    f"{coarse}|last_before|{prev_gender is None or genders.get(name, 'U') in (prev_gender, 'U')}"
                )
            elif name in prev_names:
                got.append(f"{coarse}|told_before|{name == first_told}")
            if prev_gender in ("M", "F") and genders.get(name, "U") != "U":
                got.append(f"{coarse}|he_before|{genders[name] == prev_gender}")
            if name == next_name:
                got.append(f"{coarse}|subject_after")
            if name == narrator:
                got.append(f"{coarse}|narrator")
            if latest is not None:
                got.append(f"{coarse}|subject{latest.is_subject}|{min(by_recency.index(name), 2)}|{match}")
            got += [f"{coarse}|cued{where}" for where in cued.get(name, ())]
            got += [feature.partition("|")[2] for feature in got[1:]]  # what holds however the turn is tagged
            got += [f"part|{part}", f"match|{match}"]
            features.append(got)
        features.append([f"{state}|other", f"other|{min(len(near), 3)}"])
        same, back = _ties(turn, turns[max(0, number - 2) : number], at[max(0, number - 2) : number + 1], coarse)
        choices.append(Choice([*near, OTHER], features, same, back))
    return choices


_ORDER = {"tag": 0, "lead": 1, "act": 2, "beat": 3, "poss": 4, "near": 5, "addressee": 6, "none": 7}
_COARSE = {
    "tag": "named",
    "lead": "named",
    "act": "acts",
    "beat": "acts",
    "poss": "none",
    "near": "none",
    "addressee": "none",
    "he_tag": "he",
    "he_lead": "he",
    "he_act": "he_acts",
    "he_beat": "he_acts",
    "he_poss": "none",
    "he_near": "none",
    "he_addressee": "none",
}


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
    for mention in mentions[until : until + 1]:
        if blocks.at(mention.start) == block + 1 and (after is None or mention.start < after.start):
            return mention
    return None


def _preceding(
    block: int, mentions: Sequence[Mention], low: int, here: int, blocks: _Blocks, before: Turn | None
) -> list[Mention]:
    """Those named in the narration right before a turn, the nearest first."""
    found = []
    for mention in reversed(mentions[low:here]):
        if blocks.at(mention.start) != block - 1 or (before is not None and mention.start < before.end):
            break
        found.append(mention)
    return found
