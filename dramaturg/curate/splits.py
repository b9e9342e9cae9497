"""Train and test: what hangs together stands on one side, and stays there.

What is kept apart are *lines* of the script and *questions*. A line is known by its words and those before it, 13 in
all, so that it stays the same line while what is elsewhere changes, another source comes, or scenes are cut otherwise;
a question by its words. The lines of a scene hang together, and so do questions that are nearly the same (ROUGE-L of
0.7), and a row's lines and questions. All that hangs together (union-find) goes to the side that any of it was given
before, else to one by the hash of its smallest part; who has a side keeps it for good.

The script's own rows come first, and a model's after them: what a model wrote never decides where the script stands,
and the test scenes are the same for every model. A row that hangs on both sides is rejected.

"What is it?" is asked in every scene, and would chain the whole story into one piece. So a question of few words (under
8 in Chinese, 6 in English) hangs nowhere; that a train row and a test row ask it tells nothing, and where they are
answered alike too, `dramaturg.curate.decontaminate` takes the train row out. What a model asks first does count,
however short: it is kept once, and the scenes have their sides by then.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dramaturg.curate.rows import Kind, Row, asked_in, span_key
from dramaturg.curate.similar import similar_pairs
from dramaturg.rejected import Rejected
from dramaturg.scenes import Scene
from dramaturg.script import Span, Utterance
from dramaturg.text import Language, words
from dramaturg.workspace import digest

__all__ = [
    "SIDES",
    "STAGE",
    "Act",
    "Placed",
    "Side",
    "Sides",
    "Split",
    "last_acts",
    "line_keys",
    "one_sided",
    "role_side",
    "split",
]

STAGE = "splits"

Side = Literal["train", "test"]
SIDES: tuple[Side, ...] = get_args(Side)
Act = tuple[str, int]
"""A source's name and an act's number."""

_LINE_WORDS = 13
_MOST_OF_STORY = 0.5
_LINE, _QUESTION = "line ", "question "


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row stands, or, of kind `line`, an utterance of a scene."""

    kind: Kind | Literal["line"]
    key: str
    side: Side


@dataclass(slots=True)
class Sides:
    """The side of every line, by `line_keys`, and of every question, by its words, that ever had one."""

    lines: dict[str, Side] = field(default_factory=dict)
    questions: dict[str, Side] = field(default_factory=dict)

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        """Plain values, everything in alphabetical order."""
        return {
            name: {side: sorted(key for key, own in known.items() if own == side) for side in sorted(SIDES)}
            for name, known in (("lines", self.lines), ("questions", self.questions))
        }

    @classmethod
    def from_json(cls, told: Any) -> "Sides":
        """Raises ValueError where it is not what `to_json` gives."""
        found = cls()
        for name, known in (("lines", found.lines), ("questions", found.questions)):
            for side in SIDES:
                keys = told.get(name, {}).get(side) if isinstance(told, dict) else None
                if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
                    raise ValueError(f"there is no list {name}: {side}")
                if both := sorted(known.keys() & set(keys)):
                    raise ValueError(f"{name}: {both[0]} stands on both sides")
                known |= dict.fromkeys(keys, side)
        return found


@dataclass(frozen=True, slots=True)
class Split:
    """Where each row and each line stands; the rows that hang on both sides, and so go; the side of all that ever had
    one. `pieces` are how many scenes hang together, the most first."""

    placed: list[Placed]
    rejected: list[Rejected]
    sides: Sides
    pieces: list[int]


def split(
    lines: Mapping[Span, str],
    scenes: Sequence[Scene],
    rows: Sequence[Row],
    language: Language,
    known: Sides,
    share: float,
    last: Collection[Act] | None = None,
) -> Split:
    """`rows` on the sides that what they hang on has in `known`; else of what hangs together so much to the test side
    that `share` of the scenes is there, and of a model's other questions. Where `last` acts are given, the lines of
    these go to the test side, and all other lines to train, if they are not known. `lines` is what each line of the
    script is known by.

    Where scenes were cut otherwise before, a scene may have lines from both sides: it stands where most of them do, and
    what shows the others goes. Reason: `split_bridge`, for whatever hangs on both sides.
    """
    pieces = _Pieces(known)
    if last is not None:
        for scene in scenes:
            side: Side = "test" if (scene.source, scene.act_id) in last else "train"
            pieces.give((f"{_LINE}{lines[each.span]}" for each in scene.utterances if each.span in lines), side)
    script = _Script(scenes, lines, pieces)
    asked = [[f"{_QUESTION}{' '.join(question)}" for question in asked_in(row, language)] for row in rows]
    pieces.look_for_similar({part for each in asked for part in each})
    placed: dict[int, str] = {}
    bridges: list[tuple[Row, list[str]]] = []
    for is_generated in (False, True):
        for number, row in enumerate(rows):
            if row.is_generated != is_generated:
                continue
            parts = [*script.parts(row.passages), *asked[number]]
            if pieces.join(parts):
                placed[number] = parts[0]
            else:
                bridges.append((row, parts))
        pieces.settle(share, script.wholes)
    rejected = [Rejected(STAGE, "split_bridge", {"row": row, "hangs_on": pieces.of_both(own)}) for row, own in bridges]
    return Split(
        [Placed(rows[number].kind, rows[number].key, pieces.side(placed[number])) for number in sorted(placed)]
        + [Placed("line", span_key(span), side) for span, side in script.sides(lines)],
        rejected,
        pieces.sides(),
        sorted(Counter(map(pieces.root, script.wholes)).values(), reverse=True),
    )


def one_sided(lines: Iterable[Span], rows: Iterable[Row], side: Side) -> Split:
    """All rows on one side, of a role that is held out or is not, or where there is no test."""
    placed = [Placed(row.kind, row.key, side) for row in rows]
    return Split(placed + [Placed("line", span_key(each), side) for each in lines], [], Sides(), [])


def role_side(role: str, share: float, held_out: Collection[str] | None = None) -> Side:
    """Whether all rows of a role, by its folder's name, are test rows: where it is one of those `held_out`, or, without
    a list, by its hash, `share` of all roles."""
    if held_out is not None:
        return "test" if role in held_out else "train"
    return _by_hash(role, share)


def last_acts(scenes: Iterable[Scene], share: float) -> set[Act]:
    """Of each source as many of the last acts as hold at most `share` of its scenes, one at least where it has two."""
    acts: dict[str, Counter[int]] = {}
    for scene in scenes:
        acts.setdefault(scene.source, Counter())[scene.act_id] += 1
    last: set[Act] = set()
    for source, counts in acts.items():
        held = 0
        for number, act in enumerate(sorted(counts, reverse=True)[: len(counts) - 1]):
            held += counts[act]
            if number and held > share * counts.total():
                break
            last.add((source, act))
    return last


def line_keys(script: Iterable[Utterance]) -> dict[Span, str]:
    """What each line of the script is known by: its own words and those before it in its source, 13 in all; at the
    source's beginning, where there are fewer, the source's name as well. A line without words is known by nothing."""
    before: dict[str, list[str]] = {}
    keys: dict[Span, str] = {}
    for line in script:
        own = words(line.content)
        known = [*before.get(line.source, ()), *own][-max(len(own), _LINE_WORDS) :]
        if own:
            at = "" if len(known) >= _LINE_WORDS else line.source
            keys[line.span] = digest("line", at, len(own), known)[:16]
        before[line.source] = known[-_LINE_WORDS:]
    return keys


def _by_hash(least: str, share: float) -> Side:
    return "test" if _number(least) < share else "train"


def _number(least: str) -> float:
    """A number in [0, 1) that hangs on the text alone."""
    return int(digest("side", least)[:8], 16) / 2**32


class _Script:
    """The scenes' lines as parts of what hangs together, by where they stand."""

    def __init__(self, scenes: Sequence[Scene], lines: Mapping[Span, str], pieces: "_Pieces") -> None:
        self.wholes: list[str] = []
        self._pieces = pieces
        self._lines: dict[str, list[tuple[int, int, str, str]]] = {}
        for scene in scenes:
            own = [f"{_LINE}{lines[line.span]}" for line in scene.utterances if line.span in lines]
            whole = pieces.join_most(own or [f"{_LINE}{digest('scene', span_key(scene.span))[:16]}"])
            self.wholes.append(whole)
            for line in scene.utterances:
                part = f"{_LINE}{lines[line.span]}" if line.span in lines else whole
                self._lines.setdefault(line.source, []).append((line.start, line.end, part, whole))

    def parts(self, passages: Iterable[Span]) -> Iterator[str]:
        """The lines within the passages, and the scenes that these are in."""
        for span in passages:
            found = self._lines.get(span.source, [])
            first, last = bisect_left(found, (span.start,)), bisect_left(found, (span.end,))
            for _, end, part, whole in found[first:last]:
                if end <= span.end:
                    yield part
                    yield whole

    def sides(self, lines: Mapping[Span, str]) -> Iterator[tuple[Span, Side]]:
        """Of every line: a line of no scene, such as a heading, is with the train rows, unless it is known."""
        for source, found in self._lines.items():
            yield from ((Span(source, start, end), self._pieces.side(part)) for start, end, part, _ in found)
        in_scenes = {(source, start) for source, found in self._lines.items() for start, *_ in found}
        for span, key in lines.items():
            if (span.source, span.start) not in in_scenes:
                part = f"{_LINE}{key}"
                yield span, self._pieces.side(part) if part in self._pieces else "train"


class _Pieces:
    """Parts joined into pieces, a piece having a side or none yet (union-find)."""

    def __init__(self, known: Sides) -> None:
        self._up: dict[str, str] = {}
        self._least: dict[str, str] = {}
        self._side: dict[str, Side] = {}
        self._similar: dict[str, list[str]] = {}
        for mark, sides in ((_LINE, known.lines), (_QUESTION, known.questions)):
            for key, side in sides.items():
                self.give([f"{mark}{key}"], side)

    def __contains__(self, part: str) -> bool:
        return part in self._up

    def give(self, parts: Iterable[str], side: Side) -> None:
        """A side for each of the parts that is not known."""
        for part in parts:
            if part not in self._up:
                self._side[self.root(part)] = side

    def look_for_similar(self, parts: Iterable[str]) -> None:
        """Find which of these questions and those known are nearly the same."""
        known = sorted({*parts, *(part for part in self._up if part.startswith(_QUESTION))})
        for one, other in similar_pairs([part.removeprefix(_QUESTION).split() for part in known]):
            self._similar.setdefault(known[one], []).append(known[other])
            self._similar.setdefault(known[other], []).append(known[one])

    def root(self, part: str) -> str:
        if part not in self._up:
            self._up[part] = self._least[part] = part
        while (above := self._up[part]) != part:
            self._up[part] = part = self._up[above]
        return part

    def side(self, part: str) -> Side:
        return self._side[self.root(part)]

    def join(self, parts: Sequence[str]) -> bool:
        """Join the parts and the questions that are nearly the same as one of them, if that joins no two sides."""
        joined = list(self._with_similar(parts))
        sides = {self._side[root] for part in joined if part in self._up and (root := self.root(part)) in self._side}
        if len(sides) > 1:
            return False
        for part in joined:
            self._unite(joined[0], part)
        return True

    def join_most(self, parts: Sequence[str]) -> str:
        """Join the parts that have no side with those of the side that most have; returns one of them."""
        given = {part: self._side.get(self.root(part)) for part in parts}
        counts = Counter(given[part] for part in parts if given[part] is not None)
        side = max(counts, key=lambda each: (counts[each], each), default=None)
        first, *others = [part for part in parts if given[part] in (None, side)]
        for part in others:
            if self._side.get(self.root(part)) in (None, side):
                self._unite(first, part)
        return first

    def of_both(self, parts: Sequence[str]) -> dict[Side, str]:
        """Of the parts, and what is like them, the first of each side."""
        known = sorted(part for part in self._with_similar(parts) if part in self._up)
        return {self.side(part): part for part in reversed(known)}

    def settle(self, share: float, scenes: Sequence[str]) -> None:
        """A side for every piece that has none. Of those that hold scenes, in the order of their hashes, each goes to
        the test side that brings its share of the scenes nearer to `share`, and one at least where there are two; none
        that holds most of the scenes. The others, which are a model's questions, go by their hash alone, so that it is
        the same in the datasets of all roles."""
        held = Counter(map(self.root, scenes))
        tested = sum(count for root, count in held.items() if self._side.get(root) == "test")
        new = sorted({root for root in map(self.root, self._up) if root not in self._side}, key=self._rank)
        for root in new:
            self._side[root] = "train" if root in held else _by_hash(self._least[root], share)
        free = [root for root in new if 0 < held[root] <= _MOST_OF_STORY * len(scenes)]
        for root in free:
            if abs(tested + held[root] - share * len(scenes)) < abs(tested - share * len(scenes)):
                self._side[root] = "test"
                tested += held[root]
        if not tested and free and len(held) > 1:
            self._side[min(free, key=lambda root: (held[root], self._rank(root)))] = "test"

    def _rank(self, root: str) -> tuple[float, str]:
        return _number(self._least[root]), self._least[root]

    def sides(self) -> Sides:
        found = Sides()
        for part in self._up:
            known = found.lines if part.startswith(_LINE) else found.questions
            known[part.removeprefix(_LINE).removeprefix(_QUESTION)] = self.side(part)
        return found

    def _with_similar(self, parts: Iterable[str]) -> Iterator[str]:
        for part in parts:
            yield part
            yield from (other for other in self._similar.get(part, ()) if other in self._up)

    def _unite(self, one: str, other: str) -> None:
        one, other = self.root(one), self.root(other)
        if one == other:
            return
        self._up[other] = one
        self._least[one] = min(self._least[one], self._least[other])
        side = self._side.pop(other, None)
        if side is not None:
            self._side[one] = side
