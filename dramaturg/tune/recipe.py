"""Which rows become which talks: RoleLLM's tuning (arXiv 2310.00746), and ChatHaruhi's three (arXiv 2308.09597).

    rocit   questions and instructions that a model answered as the role, in RoCIT's markup
    a       the work's own exchanges
    b       these, and the synthesized dialogues
    c       each line of the role's in the work, answering the scene before it

In all of them the system prompt says who the role is, from its description and catchphrases, and no line is retrieved:
what a model knows of the role beyond that it has learned.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dramaturg.generate.roleplay import NOBODY, Said
from dramaturg.publish import chatharuhi, rolebench, scenes
from dramaturg.publish.dataset import read_rows
from dramaturg.publish.talks import Talk, read_talks
from dramaturg.script import told_line

__all__ = ["RECIPES", "Markup", "Recipe", "next_lines"]

Markup = Literal["chat", "rocit"]
"""How a talk is written for a model: by its own chat template, or as RoCIT does."""

_SCENE_COLUMNS = ("id", "role", *(f"turns.list.element.{name}" for name in ("role", "kind", "content")))


@dataclass(frozen=True, slots=True)
class Recipe:
    """`read` gives the talks of a dataset's folder in one split, with a system prompt. `rows` says what these are made
    of, in words."""

    name: str
    rows: str
    markup: Markup
    read: Callable[[Path, str, str], Iterator[Talk]]


def next_lines(dataset: Path, split: str, system: str) -> Iterator[Talk]:
    """Each of the work's own exchanges by itself: what is said to the role, and what it answers."""
    return read_talks(dataset, split, system, is_single_turn=True, configs=[chatharuhi.CONFIG], only="original")


def _instructed(dataset: Path, split: str, system: str) -> Iterator[Talk]:
    return read_talks(dataset, split, system, configs=[rolebench.CONFIG, rolebench.BOUNDARY, rolebench.GENERAL])


def _original(dataset: Path, split: str, system: str) -> Iterator[Talk]:
    return read_talks(dataset, split, system, configs=[chatharuhi.CONFIG], only="original")


def _synthesized(dataset: Path, split: str, system: str) -> Iterator[Talk]:
    return read_talks(dataset, split, system, configs=[chatharuhi.CONFIG], only="generated")


def _both(dataset: Path, split: str, system: str) -> Iterator[Talk]:
    """None where nothing is synthesized: that would be recipe a."""
    if any(True for _ in _synthesized(dataset, "train", system)):
        yield from read_talks(dataset, split, system, configs=[chatharuhi.CONFIG])


def _after_scenes(dataset: Path, split: str, system: str) -> Iterator[Talk]:
    """A scene's first line answers `NOBODY`."""
    for row in read_rows(dataset, scenes.CONFIG, split, _SCENE_COLUMNS):
        for number, said in enumerate(_own_lines(row)):
            yield Talk(f"{row['id']}-{number}", (row["id"],), scenes.CONFIG, split, system, (), (said,))


def _own_lines(row: Mapping[str, Any]) -> Iterator[Said]:
    before: list[str] = []
    for turn in row["turns"]:
        if turn["kind"] == "speech" and turn["role"] == row["role"]:
            yield Said("\n".join(before) or NOBODY, turn["content"])
        before.append(told_line(turn["role"], turn["content"], turn["kind"]))


_ALL = (
    Recipe("rocit", "questions and instructions that a model answered as the role", "rocit", _instructed),
    Recipe("a", "exchanges of the work's own", "chat", _original),
    Recipe("b", "synthesized dialogues beside the work's own exchanges", "chat", _both),
    Recipe("c", "scenes in which the role speaks with somebody", "chat", _after_scenes),
)
RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in _ALL}
