"""Scenes into exchanges: what is said to the role, what it answers, and the turns after.

A turn is all that one speaker says before another does, narration between notwithstanding; thoughts are no
turns. Every spoken line ends in exactly one place: a question, an answer, a turn after, or a reason.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from dramaturg.cast import CastMember, find_callee
from dramaturg.rejected import Rejected
from dramaturg.scenes import Scene
from dramaturg.script import Utterance

__all__ = ["STAGE", "Exchange", "Turn", "find_exchanges"]

STAGE = "exchanges"


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's consecutive lines."""

    role: str
    lines: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """`answer` is the role's turn, `question` the turn before it, `more` those up to the next question."""

    source: str
    act_id: int
    scene_id: int
    question: Turn
    answer: Turn
    more: tuple[Turn, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        return (self.question, self.answer, *self.more)


def find_exchanges(
    scenes: Iterable[Scene], role: str, cast: Iterable[CastMember] = ()
) -> tuple[list[Exchange], list[Rejected]]:
    """The exchanges that `role` answers, and every spoken line that is in none.

    Reasons: `unknown_speaker`; `role_absent`, the role answers nobody near; `before_question`, said before
    the first question to the role; `nobody_asked`, the role's own line that nobody's came before;
    `turns_to_another`, the role's line that opens by calling one of the `cast` who is not who spoke before. That
    one, and a line of an unknown speaker, part what stands before from what stands after. Where the budget
    alone parted an answer from its question, the question follows it into the answer's scene.
    """
    callee = find_callee(cast)
    exchanges: list[Exchange] = []
    rejected: list[Rejected] = []
    runs: list[_Run] = []
    for scene in scenes:
        for is_known, lines in groupby(_spoken(scene), key=lambda line: line.role is not None):
            if is_known:
                runs.append(_Run(scene, list(_turns(lines))))
            else:
                rejected += [Rejected(STAGE, "unknown_speaker", line) for line in lines]
    for before, run in pairwise(runs):
        _reunite(before, run, role, callee)
    for run in runs:
        for part in _parted(run, role, callee):
            kept, dropped = _from_run(part, role)
            exchanges += kept
            rejected += dropped
    return exchanges, rejected


@dataclass(frozen=True, slots=True)
class _Run:
    """The turns of a scene, or of a part of it; `turns_away` where it opens with the role turning to another."""

    scene: Scene
    turns: list[Turn]
    turns_away: bool = False


_Callee = Callable[[str], str | None]


def _spoken(scene: Scene) -> list[Utterance]:
    return [line for line in scene.utterances if line.is_speech]


def _turns(lines: Iterable[Utterance]) -> Iterator[Turn]:
    for role, own in groupby(lines, key=lambda line: line.role):
        yield Turn(str(role), tuple(own))


def _turns_away(asked: Turn, answered: Turn, callee: _Callee) -> bool:
    called = callee(answered.lines[0].content)
    return called not in (None, asked.role, answered.role)


def _parted(run: _Run, role: str, callee: _Callee) -> Iterator[_Run]:
    """The run, cut before each turn of the role that calls another than who spoke before."""
    cuts = [
        number
        for number, (before, turn) in enumerate(pairwise(run.turns), start=1)
        if turn.role == role and _turns_away(before, turn, callee)
    ]
    for start, end in pairwise([0, *cuts, len(run.turns)]):
        yield _Run(run.scene, run.turns[start:end], turns_away=start > 0)


def _reunite(before: _Run, run: _Run, role: str, callee: _Callee) -> None:
    """Hand the question over where `run` opens its scene with the answer to the last turn of the scene before."""
    if not run.scene.continues or (before.scene.source, before.scene.scene_id + 1) != (
        run.scene.source,
        run.scene.scene_id,
    ):
        return
    asked, answered = before.turns[-1], run.turns[0]
    is_last = asked.lines[-1] == _spoken(before.scene)[-1]
    is_first = answered.lines[0] == _spoken(run.scene)[0]
    is_to_it = answered.role == role and asked.role != role and not _turns_away(asked, answered, callee)
    if is_last and is_first and is_to_it:
        run.turns.insert(0, before.turns.pop())


def _from_run(run: _Run, role: str) -> tuple[list[Exchange], list[Rejected]]:
    scene, turns = run.scene, run.turns
    answers = [number for number, turn in enumerate(turns) if turn.role == role and number > 0]
    first = answers[0] - 1 if answers else len(turns)
    rejected = []
    for turn in turns[:first]:
        if turn.role == role:
            reason = "turns_to_another" if run.turns_away else "nobody_asked"
        else:
            reason = "before_question" if answers else "role_absent"
        rejected += [Rejected(STAGE, reason, line) for line in turn.lines]
    exchanges = []
    for answer, next_answer in pairwise([*answers, len(turns) + 1]):
        more = tuple(turns[answer + 1 : next_answer - 1])
        exchanges.append(Exchange(scene.source, scene.act_id, scene.scene_id, turns[answer - 1], turns[answer], more))
    return exchanges, rejected
