"""Train and test rows held against each other, and against the sides that are kept for good.

As in `dramaturg.verify`, nothing here is shared with what split the rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import merge
from itertools import chain
from typing import Any

import orjson
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import Indel

from dramaturg.text import words
from dramaturg.verify.truth import Passage, Row

__all__ = ["SPLITS", "Labelled", "merged", "split_faults"]

SPLITS = ("train", "test")

_NEAR = 0.7
_LEAST_WORDS = {"zh": 8, "en": 6}
_LINE_WORDS = 13
_IN_ORDER = {"script": "diag_id", "scenes": "scene_id"}  # and by what within a source


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row, its split, and its number there."""

    split: str
    number: int
    row: Row

    def name(self, config: str) -> str:
        return f"{config} row {self.number} of {self.split}"


def merged(tables: Mapping[tuple[str, str], pa.Table], config: str, sources: Sequence[str]) -> list[Labelled]:
    """A config's rows of both splits; those that are in the sources' order, in that order if each split is."""
    parts = [list(_rows(split, tables[config, split])) for split in SPLITS if (config, split) in tables]
    if config not in _IN_ORDER:
        return list(chain(*parts))
    places = {source: number for number, source in enumerate(sources)}

    def place(each: Labelled) -> tuple[int, int]:
        return places.get(each.row["source"], len(places)), each.row[_IN_ORDER[config]] or 0

    return list(merge(*parts, key=place))


def _rows(split: str, table: pa.Table) -> Iterator[Labelled]:
    number = 0
    for batch in table.to_batches():
        for row in batch.to_pylist():
            yield Labelled(split, number, row)
            number += 1


def split_faults(rows: Mapping[str, Sequence[Labelled]], language: str, kept: Any) -> Iterator[str]:
    """Where a line or a question stands on both sides, or elsewhere than `kept`, what splits.json has of this build's
    way to split, says. Where `kept` is None, all rows have to stand on one side."""
    if kept is None:
        if len({each.split for own in rows.values() for each in own}) > 1:
            yield "there are train and test rows, where nothing is held out"
        return
    sides = {name: {key: side for side, keys in kept[name].items() for key in keys} for name in ("lines", "questions")}
    lines: dict[Passage, str] = {}
    shown = {span for config, own in rows.items() if config != "script" for each in own for span in _shown(each.row)}
    for split, span, key in _keyed(rows["script"]):
        lines[span] = split
        if key is not None and sides["lines"].get(key, split if span not in shown else None) != split:
            yield f"script {span[0]} {span[1]}:{span[2]} is a {split} row, but kept as {sides['lines'].get(key)}"
    for config, own in rows.items():
        for each in own if config != "script" else ():
            for span in _shown(each.row):
                if lines.get(span, each.split) != each.split:
                    yield f"{each.name(config)} has {span[0]} {span[1]}:{span[2]}, which is on the other side"
    yield from _question_faults(rows, language, sides["questions"])


def _question_faults(rows: Mapping[str, Sequence[Labelled]], language: str, kept: Mapping[str, str]) -> Iterator[str]:
    asked: dict[str, dict[tuple[str, ...], str]] = {"train": {}, "test": {}}
    for config, own_rows in rows.items():
        for each in own_rows:
            for text in _questions(each.row, _LEAST_WORDS[language]):
                asked[each.split].setdefault(tuple(words(text)), f"{each.name(config)}: {text}")
    for split, questions in asked.items():
        for own, told in questions.items():
            if kept.get(" ".join(own)) != split:
                yield f"{told} is asked in a {split} row, but kept as {kept.get(' '.join(own))}"
    train = list(asked["train"])
    for question, told in asked["test"].items():
        found = process.extractOne(question, train, scorer=Indel.normalized_similarity, score_cutoff=_NEAR)
        if found is not None:
            yield f"{told} is asked in a test row, and nearly so in a train row: {asked['train'][found[0]]}"


def _questions(row: Row, least: int) -> Iterator[str]:
    """What counts as asked in a row: what a model asked first, and any other question that is long enough."""
    if "user_question" in row:
        is_generated = row["question_source"] == "synthesized"
        asked = [row["user_question"]]
        if is_generated:
            asked += [turn.partition(":「")[2] for turn in row["more_dialogues"][::2]]
        for number, question in enumerate(asked):
            if len(words(question)) >= least or (is_generated and number == 0):
                yield question
    elif "generated" in row:
        yield row["question"]


def _shown(row: Row) -> Iterator[Passage]:
    """The lines of the script that a row shows or cites."""
    if row.get("type") == "script_agnostic":
        return
    for name in ("spans", "turns", "lines"):
        yield from ((part["source"], part["start"], part["end"]) for part in row.get(name) or ())


def _keyed(script: Sequence[Labelled]) -> Iterator[tuple[str, Passage, str | None]]:
    """Each line of the script with its split, and what it is known by: its own words and those before it in its source,
    13 in all."""
    before: dict[str, list[str]] = {}
    for each in script:
        row = each.row
        source, own = str(row["source"]), words(row["content"])
        known = before.get(source, []) + own
        known = known[-max(_LINE_WORDS, len(own)) :]
        before[source] = known
        told = ["line", source if len(known) < _LINE_WORDS else "", len(own), known]
        key = sha256(orjson.dumps(told)).hexdigest()[:16] if own else None
        yield each.split, (source, int(row["start"]), int(row["end"])), key
