"""Scenes held against the script's rows and the sources: their lines whole, in order, word for word.

As in `dramaturg.verify`, nothing here is shared with what made the rows.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["SceneOrder"]

_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")
_Row = Mapping[str, Any]
_Span = tuple[str, int, int]


class SceneOrder:
    """The rows of the scenes config, one after another, against the `script`'s rows, which are in order.

    `at` is what the source says at a passage; `joined_by` is what stands in place of a line break.
    """

    def __init__(self, script: Sequence[_Row], at: Callable[[_Span], str | None], joined_by: str) -> None:
        self._script = script
        self._numbers = {_span(row): number for number, row in enumerate(script)}
        self._at = at
        self._joined_by = joined_by
        self._used: set[int] = set()
        self._reached: dict[str, int] = {}  # the number of the last scene by source

    def faults(self, row: _Row) -> Iterator[str]:
        """What is wrong with the lines of a row, and with what it says of them."""
        spans = [_span(turn) for turn in row["turns"]]
        if not spans or any(span not in self._numbers for span in spans):
            yield "it has no lines, or one that the script does not have"
            return
        numbers = [self._numbers[span] for span in spans]
        lines = [self._script[number] for number in numbers]
        for turn, line in zip(row["turns"], lines, strict=True):
            yield from self._turn_faults(turn, line)
        if not self._are_together(numbers):
            yield "a line of the script is missing between its own, or they are not in order"
        if {(line["source"], line["act_id"]) for line in lines} != {(row["source"], row["act_id"])}:
            yield "its source or act is not that of its lines"
        spoken_by = [line["role"] for line in lines if line["kind"] == "speech" and line["role"] is not None]
        if row["participants"] != list(dict.fromkeys(spoken_by)):
            yield f"{row['participants']} are not those who speak in it"
        if row["role"] not in spoken_by or len(set(spoken_by)) < 2:
            yield f"{row['role']!r} speaks with nobody in it"
        if row["continues"] and not self._follows(numbers[0]):
            yield "it continues no scene: it begins its act"
        if row["scene_id"] <= self._reached.get(row["source"], -1):
            yield "its number does not come after that of the scene above it"
        if self._used & set(numbers):
            yield "a line of it stands in another row too"
        self._reached[row["source"]] = row["scene_id"]
        self._used |= set(numbers)

    def _turn_faults(self, turn: _Row, line: _Row) -> Iterator[str]:
        where = f"{turn['source']} {turn['start']}:{turn['end']}"
        if (turn["role"], turn["kind"]) != (line["role"], line["kind"]):
            yield f"{where} is not {turn['role']!r}'s {turn['kind']} in the script"
        if turn["content"] != _LINE_BREAK.sub(self._joined_by, self._at(_span(turn)) or "").strip():
            yield f"{where} does not say {turn['content']!r}"

    def _are_together(self, numbers: Sequence[int]) -> bool:
        """Whether there is nothing between the lines but headings."""
        between = [number for one, other in pairwise(numbers) for number in range(one + 1, other)]
        is_in_order = all(one < other for one, other in pairwise(numbers))
        return is_in_order and all(self._script[number]["method"] == "heading" for number in between)

    def _follows(self, number: int) -> bool:
        """Whether the line before is told or said in the same act."""
        if number == 0:
            return False
        before, line = self._script[number - 1], self._script[number]
        return before["method"] != "heading" and all(before[name] == line[name] for name in ("source", "act_id"))


def _span(row: _Row) -> _Span:
    return str(row["source"]), int(row["start"]), int(row["end"])
