"""What a person wrote into a script and into rows, held against the file of corrections.

Where a row says that a text of it was written anew, the text must stand among the corrections, and what stood there
before takes its place for all else that is checked: it is what the model said.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Said", "read_said"]

_Row = dict[str, Any]


@dataclass(slots=True)
class Said:
    """The corrections of lines, as (source, start, end, text, role), and what each edit took the place of, by its turn
    and its letters."""

    lines: list[tuple[str, int, int, str, str | None]] = field(default_factory=list)
    before: dict[tuple[int, str], str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)

    def line_faults(self, row: _Row) -> Iterator[str]:
        """Where a line of the script is said to be a person's word, and is not."""
        found = [
            (said, role)
            for source, start, end, said, role in self.lines
            if source == row["source"] and (said == row["content"] or (start < row["end"] and row["start"] < end))
        ]
        if not found:
            yield "it is said to be reviewed, but corrections.jsonl does not have it"
        elif row["kind"] == "speech" and row["role"] not in {self._whose(role) for _, role in found}:
            yield f"corrections.jsonl does not say that {row['role']!r} says it"

    def _whose(self, name: str | None) -> str | None:
        for _ in self.merged:
            name = name if name is None else self.merged.get(name, name)
        return name

    def name_faults(self, roles: set[str]) -> Iterator[str]:
        """Where somebody still speaks by a name that is merged into another's."""
        for name in sorted(roles & self.merged.keys()):
            yield f"{name} still speaks, who is {self.merged[name]} by corrections.jsonl"

    def restored(self, row: _Row) -> tuple[_Row, list[str]]:
        """The row with what stood where a person has written, and what is wrong with what was written."""
        own, faults = dict(row), []
        for turn in row.get("edited") or ():
            name, place, text = _text_at(row, turn)
            before = self.before.get((1 if "instruction_id" in row else turn, _letters(text)))
            if before is None:
                faults.append(f"nobody has written {text} in corrections.jsonl")
                continue
            if place is None:
                own[name] = f"「{before}」" if name in _QUOTED else before
            else:
                role = f"{text.partition(':')[0]}:" if name == "more_dialogues" else ""
                own[name] = [*own[name][:place], f"{role}「{before}」" if role else before, *own[name][place + 1 :]]
        return own, faults


_QUOTED = ("user_question", "agent_response")


def _text_at(row: _Row, turn: int) -> tuple[str, int | None, str]:
    """The column of a turn, its place where that is a list, and its text."""
    if "user_question" not in row:
        return ("question", None, row["question"]) if turn == 0 else ("generated", turn - 1, row["generated"][turn - 1])
    if turn < 2:
        return _QUOTED[turn], None, row[_QUOTED[turn]]
    return "more_dialogues", turn - 2, row["more_dialogues"][turn - 2]


def read_said(path: Path) -> Said:
    """What the file has; lines that cannot be read are left to whoever builds."""
    said = Said()
    if not path.is_file():
        return said
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            told = json.loads(line)
            match told:
                case {"do": "merge", "name": name, "into": into}:
                    said.merged[name] = into
                case {"do": "undo", "name": name}:
                    said.merged.pop(name, None)
                case {"do": "edit", "row": {"talk": talk}, "turn": turn, "text": text}:
                    said.before[turn, _letters(text)] = talk[turn]
                case {"line": {"source": source, "start": start, "end": end, "text": text}}:
                    said.lines.append((source, start, end, text, told.get("role")))
        except (ValueError, TypeError, IndexError):
            continue
    return said


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
