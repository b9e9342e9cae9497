"""A dataset's rows as talks with the role: what trainers learn from, before it takes the form of any of them."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

from dramaturg.character import Character
from dramaturg.generate.profile import Profile
from dramaturg.generate.roleplay import Said
from dramaturg.publish import chatharuhi, rolebench, scenes
from dramaturg.publish.dataset import read_rows
from dramaturg.script import told_line
from prompts import load_prompt

__all__ = ["CONFIGS", "Original", "Talk", "read_originals", "read_talks", "system_prompt"]

CONFIGS = (chatharuhi.CONFIG, rolebench.CONFIG, rolebench.BOUNDARY, rolebench.GENERAL)
"""Those whose rows are talks."""

_POOL = 200
_LEAST = 10  # characters on either side, as ChatHaruhi's shots have (arXiv 2308.09597)
_COLUMNS = {
    chatharuhi.CONFIG: [
        *("id", "user_role", "user_question", "agent_role", "agent_response", "more_dialogues", "response_source"),
        *("spans.list.element.source", "spans.list.element.start"),
    ],
    **{config: ["id", "question", "generated"] for config in CONFIGS[1:]},
}


@dataclass(frozen=True, slots=True)
class Talk:
    """Things said to the role and its answers, in turn. A trainer is to learn the answers of `turns`; `demonstrations`
    are shown before them and not to be learned.

    `rows` are the ids of the dataset's rows that it shows; `id` is the first one's, or, of an answer to a question that
    has several, that with the answer's number behind it, counted from 0 and left out of the first. What a person of the
    story says stands as `name:「text」`, a line each, the role's answers bare.
    """

    id: str
    rows: tuple[str, ...]
    config: str
    split: str
    system: str | None
    demonstrations: tuple[Said, ...]
    turns: tuple[Said, ...]

    @property
    def shown(self) -> tuple[Said, ...]:
        """All of it in order."""
        return self.demonstrations + self.turns


@dataclass(frozen=True, slots=True)
class Original:
    """An exchange of the source's own words, by its row's id; `question` is what is said, without its speaker."""

    id: str
    user: str
    question: str
    answer: str

    @property
    def said(self) -> Said:
        return Said(told_line(self.user, self.question), self.answer)


def system_prompt(character: Character, profile: Profile | None) -> str:
    """Who the role is and how it answers; without what is told of it where there is no profile."""
    system, _ = load_prompt(character.language, "persona").render(
        role=character.name,
        work=character.work,
        profile=profile.text(character.language) if profile else "",
        note=(character.personality_note or "") if profile else "",
        said="",
    )
    return system["content"]


def read_talks(
    dataset: Path,
    split: str,
    system: str | None = None,
    demonstrations: int = 0,
    is_single_turn: bool = False,
    configs: Iterable[str] = CONFIGS,
    only: str | None = None,
) -> Iterator[Talk]:
    """The talks of a dataset's folder in the order of its rows, read in batches; of chatharuhi's rows `only` those of
    one response_source, original or generated.

    Original exchanges that follow each other in a scene, with no spoken line between them, are one talk. With
    `is_single_turn` each of them is one of its own, and of a synthesized dialogue only the first answer is told.
    `demonstrations` are that many original exchanges of train at most, others than the talk's own, which ones by the
    talk's id.
    """
    pool = read_originals(dataset, _POOL) if demonstrations else []
    readers: Mapping[str, Callable[[Iterable[dict[str, Any]], str, str], Iterator[Talk]]] = {
        chatharuhi.CONFIG: lambda rows, config, split: _dialogues(
            rows, config, split, None if is_single_turn else _Speech(dataset, split)
        ),
    }
    for config in configs:
        rows = read_rows(dataset, config, split, _COLUMNS[config])
        if only is not None and config == chatharuhi.CONFIG:
            rows = (row for row in rows if row["response_source"] == only)
        for talk in readers.get(config, _questions)(rows, config, split):
            yield replace(talk, system=system, demonstrations=_shown_before(talk, pool, demonstrations))


def read_originals(dataset: Path, most: int) -> list[Original]:
    """At most `most` original exchanges of train: first those that are long enough to show the role's manner, each
    group in the order of its ids, which are hashes."""
    rows = read_rows(dataset, chatharuhi.CONFIG, "train", _COLUMNS[chatharuhi.CONFIG])
    found = (
        Original(
            row["id"],
            row["user_role"],
            chatharuhi.unquoted(row["user_question"]),
            chatharuhi.unquoted(row["agent_response"]),
        )
        for row in rows
        if row["response_source"] == "original"
    )
    return nsmallest(most, found, key=lambda each: (_is_short(each), each.id))


def _is_short(original: Original) -> bool:
    return min(len(original.question), len(original.answer)) < _LEAST


def _shown_before(talk: Talk, pool: Sequence[Original], most: int) -> tuple[Said, ...]:
    """The pool's from a place on that the talk's id says, so that more of them are the same and others."""
    if not pool or most < 1:
        return ()
    place = crc32(talk.id.encode()) % len(pool)
    others = (each for each in (*pool[place:], *pool[:place]) if each.id not in talk.rows)
    return tuple(each.said for each in islice(others, most))


def _questions(rows: Iterable[dict[str, Any]], config: str, split: str) -> Iterator[Talk]:
    for row in rows:
        for number, answer in enumerate(row["generated"]):
            talk_id = f"{row['id']}-{number}" if number else row["id"]
            yield Talk(talk_id, (row["id"],), config, split, None, (), (Said(row["question"], answer),))


def _dialogues(rows: Iterable[dict[str, Any]], config: str, split: str, speech: "_Speech | None") -> Iterator[Talk]:
    """Talks of one row each where there is no `speech` to say which rows follow each other."""
    joined: list[dict[str, Any]] = []
    for row in rows:
        if joined and not (speech and speech.follows(joined[-1], row)):
            yield _dialogue(joined, config, split, is_whole=speech is not None)
            joined = []
        joined.append(row)
    if joined:
        yield _dialogue(joined, config, split, is_whole=speech is not None)


def _dialogue(rows: Sequence[dict[str, Any]], config: str, split: str, is_whole: bool) -> Talk:
    ids = tuple(row["id"] for row in rows)
    turns: list[Said] = []
    before: list[str] = []
    for row in rows:
        role = row["agent_role"]
        later = (entry.partition(":「") for entry in row["more_dialogues"]) if is_whole else ()
        said = [
            (row["user_role"], chatharuhi.unquoted(row["user_question"])),
            (role, chatharuhi.unquoted(row["agent_response"])),
            *((name, text.removesuffix("」")) for name, _, text in later),
        ]
        for number, (name, text) in enumerate(said):
            if number == 0 or name != role:
                before.append(told_line(name, text))
            elif before:
                turns.append(Said("\n".join(before), text))
                before = []
            else:
                turns[-1] = replace(turns[-1], answer=f"{turns[-1].answer}\n{text}")
    return Talk(ids[0], ids, config, split, None, (), tuple(turns))


class _Speech:
    """Where the spoken lines of the scenes of a split begin, and of which scene each is."""

    def __init__(self, dataset: Path, split: str) -> None:
        found: dict[str, list[tuple[int, int]]] = {}
        columns = ("source", "scene_id", "turns.list.element.kind", "turns.list.element.start")
        for row in read_rows(dataset, scenes.CONFIG, split, columns):
            starts = (turn["start"] for turn in row["turns"] if turn["kind"] == "speech")
            found.setdefault(row["source"], []).extend((start, row["scene_id"]) for start in starts)
        self._lines = {
            source: tuple(array("q", column) for column in zip(*sorted(lines), strict=True))
            for source, lines in found.items()
            if lines
        }

    def follows(self, before: dict[str, Any], row: dict[str, Any]) -> bool:
        """Whether a row's question is the next that is said in the scene after another row's last turn, and its answer
        is in that scene too."""
        if not before["spans"] or not row["spans"]:
            return False
        (last, scene), (first, at_first), (_, at_end) = (
            self._place(span) for span in (before["spans"][-1], row["spans"][0], row["spans"][-1])
        )
        is_of_one_source = before["spans"][-1]["source"] == row["spans"][0]["source"]
        return is_of_one_source and scene >= 0 and scene == at_first == at_end and first == last + 1

    def _place(self, span: Mapping[str, Any]) -> tuple[int, int]:
        """The number of the line among those of its source, and its scene; -1 where it is in none."""
        starts, numbers = self._lines.get(span["source"], (array("q"), array("q")))
        place = bisect_left(starts, span["start"])
        is_known = place < len(starts) and starts[place] == span["start"]
        return (place, numbers[place]) if is_known else (-1, -1)
