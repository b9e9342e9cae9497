"""Scenes into exchanges: what is said to the role, what it answers, and the turns after.

A turn is all that one speaker says before another does, narration between notwithstanding; thoughts are no
turns. Every spoken line ends in exactly one place: a question, an answer, a turn after, or a reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

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


def find_exchanges(scenes: Iterable[Scene], role: str) -> tuple[list[Exchange], list[Rejected]]:
    """The exchanges that `role` answers, and every spoken line that is in none.

    Reasons: `unknown_speaker`; `role_absent`, the role answers nobody near; `before_question`, said before
    the first question to the role; `nobody_asked`, the role's own line that nobody's came before. A line of
    an unknown speaker parts what stands before it from what stands after.
    """
    exchanges: list[Exchange] = []
    rejected: list[Rejected] = []
    for scene in scenes:
        spoken = [line for line in scene.utterances if line.is_speech]
        for is_known, run in groupby(spoken, key=lambda line: line.role is not None):
            if is_known:
                _from_run(scene, list(_turns(run)), role, exchanges, rejected)
            else:
                rejected += [Rejected(STAGE, "unknown_speaker", line) for line in run]
    return exchanges, rejected


def _turns(lines: Iterable[Utterance]) -> Iterator[Turn]:
    for role, own in groupby(lines, key=lambda line: line.role):
        yield Turn(str(role), tuple(own))


def _from_run(
    scene: Scene, turns: Sequence[Turn], role: str, exchanges: list[Exchange], rejected: list[Rejected]
) -> None:
    answers = [number for number, turn in enumerate(turns) if turn.role == role and number > 0]
    first = answers[0] - 1 if answers else len(turns)
    for turn in turns[:first]:
        reason = "nobody_asked" if turn.role == role else "before_question" if answers else "role_absent"
        rejected += [Rejected(STAGE, reason, line) for line in turn.lines]
    for answer, next_answer in pairwise([*answers, len(turns) + 1]):
        more = turns[answer + 1 : next_answer - 1]
        exchanges.append(
            Exchange(scene.source, scene.act_id, scene.scene_id, turns[answer - 1], turns[answer], tuple(more))
        )
