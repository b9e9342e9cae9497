"""What a model is asked: the test rows of a dataset, and the role's own lines in its test scenes.

Three references as RoleLLM has them (arXiv 2310.00746): RAW, the plain answer to a general instruction; CUS, the same
in the role's voice; SPE, the answer to a question of the role's own. And ChatHaruhi's test (arXiv 2308.09597): of a
scene up to the role's line, that line.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Literal, get_args

from dramaturg.character import Character
from dramaturg.generate.profile import Profile
from dramaturg.publish import chatharuhi, rolebench, scenes
from dramaturg.publish.dataset import SPLITS, read_rows
from dramaturg.script import Kind as LineKind
from dramaturg.script import told_line
from dramaturg.text import count_tokens, join_pieces

__all__ = [
    "GENERALIZATIONS",
    "KINDS",
    "Generalization",
    "Kind",
    "Question",
    "Role",
    "Turn",
    "read_questions",
]

Kind = Literal["general", "script_based", "script_agnostic", "knowledge_boundary", "story"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""`story` is the next line of a scene, the role's own."""

Generalization = Literal["instruction", "role"]
GENERALIZATIONS: tuple[Generalization, ...] = get_args(Generalization)
"""To unseen questions of a role that a model was trained on, or to a role that it was not trained on."""

_SCENE_TOKENS = 1000  # of cl100k, of the scene before a line
_INQUIT_TOKENS = 12
_COLUMNS = {
    rolebench.GENERAL: ["id", "question", "generated", "raw"],
    rolebench.CONFIG: ["id", "question", "generated", "type"],
    rolebench.BOUNDARY: ["id", "question", "generated"],
}

Turn = Mapping[str, str]
"""A chat message: `role` and `content`."""

_Line = tuple[str | None, str, LineKind]
"""Who, what, and how."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who is played, by the id of its folder."""

    character_id: str
    character: Character
    profile: Profile

    @property
    def name(self) -> str:
        return self.character.name


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the test, by its id in the dataset. `turns` are the chat that the role is to answer, the last of them a
    user's; `question` is what is said last.

    `references` are answers in the role's voice, the first one first, of a line of the story that line; `raw` is the
    answer that nobody plays. `of` is what it tells of.
    """

    id: str
    character_id: str
    kind: Kind
    question: str
    turns: tuple[Turn, ...]
    references: tuple[str, ...]
    raw: str | None
    of: tuple[Generalization, ...] = field(default=("instruction",))

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by among those of several roles."""
        return self.character_id, self.id


def read_questions(dataset: Path, role: Role, is_unseen: bool = False, is_benchmark: bool = False) -> list[Question]:
    """The questions of a dataset's folder, by kind and in the order of its rows.

    They are its test rows. Of a role that `is_unseen` in a benchmark they tell of role generalization, and so do its
    train rows, general and role-specific; that of unseen questions has its test rows too, as RoleBench's layout does.
    Without a benchmark they tell of one or the other. Of several answers to a general instruction the last is no
    reference: the layout holds it back as RoleGPT's baseline.
    """
    both: tuple[Generalization, ...] = ("instruction", "role") if is_benchmark else ("role",)
    of: tuple[Generalization, ...] = both if is_unseen else ("instruction",)
    found = list(_rows(dataset, role, "test", of))
    if is_unseen and is_benchmark:
        train = [each for split in SPLITS if split != "test" for each in _rows(dataset, role, split, ("role",))]
        found += [each for each in train if each.kind not in ("story", "knowledge_boundary")]
    return sorted(found, key=lambda each: KINDS.index(each.kind))


def _rows(dataset: Path, role: Role, split: str, of: tuple[Generalization, ...]) -> Iterator[Question]:
    for config, columns in _COLUMNS.items():
        for row in read_rows(dataset, config, split, columns):
            answers = [answer for answer in row["generated"] if answer.strip()]
            kind: Kind = row.get("type") or ("general" if config == rolebench.GENERAL else "knowledge_boundary")
            if kind == "general" and len(answers) > 1:
                answers = answers[:-1]
            asked: tuple[Turn, ...] = ({"role": "user", "content": row["question"]},)
            raw = (row.get("raw") or "").strip() or None
            yield Question(row["id"], role.character_id, kind, row["question"], asked, tuple(answers), raw, of)
    if split == "test":
        yield from _lines(dataset, role, of)


def _lines(dataset: Path, role: Role, of: tuple[Generalization, ...]) -> Iterator[Question]:
    """The exchanges of the source's own words, each after as much as fits of the scene before it."""
    shown = _Scenes(dataset)
    columns = ["id", "user_role", "user_question", "agent_response", "response_source"]
    spans = [f"spans.list.element.{name}" for name in ("turn", "source", "start")]
    for row in read_rows(dataset, chatharuhi.CONFIG, "test", columns + spans):
        if row["response_source"] != "original":
            continue
        said, line = chatharuhi.unquoted(row["user_question"]), chatharuhi.unquoted(row["agent_response"])
        starts = {span["turn"]: span for span in reversed(row["spans"])}  # of each turn the first
        before = shown.before(starts[0]["source"], starts[0]["start"]) if 0 in starts else ()
        turns = _as_turns([*before, (row["user_role"], said, "speech")], role)
        yield Question(row["id"], role.character_id, "story", said, turns, (line,), None, of)


def _as_turns(lines: Sequence[_Line], role: Role) -> tuple[Turn, ...]:
    """Lines as a chat: what the role says is the assistant's, all else a line of the user's. A few words told behind
    one of the role's lines, as in "said Holmes", are left out, and it goes on."""
    kept: list[_Line] = []
    room = _SCENE_TOKENS
    for line in reversed(lines):
        room -= count_tokens(told_line(*line))
        if room < 0 and kept:
            break
        kept.insert(0, line)
    spoken = [
        line
        for before, line in pairwise([None, *kept])
        if line is not None
        and not (
            before and _is_own(before, role) and line[2] == "narration" and count_tokens(line[1]) <= _INQUIT_TOKENS
        )
    ]
    while len(spoken) > 1 and _is_own(spoken[0], role):  # a chat begins with a user's
        spoken.pop(0)
    turns: list[Turn] = []
    for is_own, group in groupby(spoken, lambda line: _is_own(line, role)):
        own = list(group)
        told = join_pieces((text for _, text, _ in own), role.character.language)
        turns.append(
            {"role": "assistant", "content": told}
            if is_own
            else {"role": "user", "content": "\n".join(told_line(*line) for line in own)}
        )
    return tuple(turns)


def _is_own(line: _Line, role: Role) -> bool:
    return line[0] == role.name and line[2] == "speech"


class _Scenes:
    """The lines of the test's scenes, by where they begin."""

    def __init__(self, dataset: Path) -> None:
        self._found: dict[str, list[tuple[int, list[dict[str, Any]]]]] = {}
        for row in read_rows(dataset, scenes.CONFIG, "test", ["source", "turns"]):
            lines = sorted(row["turns"], key=lambda line: line["start"])
            if lines:
                self._found.setdefault(row["source"], []).append((lines[0]["start"], lines))
        for known in self._found.values():
            known.sort(key=lambda scene: scene[0])

    def before(self, source: str, start: int) -> list[_Line]:
        """Who says what before this place in its scene, what is told there among it; nothing where it is in none."""
        known = self._found.get(source, [])
        number = bisect_left(known, start + 1, key=lambda scene: scene[0]) - 1
        if number < 0 or known[number][1][-1]["end"] <= start:
            return []
        lines = (line for line in known[number][1] if line["start"] < start)
        return [(line["role"], line["content"], line["kind"]) for line in lines]
