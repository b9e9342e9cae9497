"""A script and its rows on a reviewer's desk: what was said of them so far, and what is said now.

The file of corrections is the only state. It is read anew whenever it has changed, and written under a lock: two
servers, or two tabs, lose nothing of each other's.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from dramaturg.curate.rows import Row
from dramaturg.errors import InputError
from dramaturg.review.accuracy import Accuracy, estimate_accuracy
from dramaturg.review.corrections import (
    Correction,
    Do,
    Gone,
    Reviewed,
    RowAnchor,
    append_correction,
    fold,
    line_target,
    name_target,
    read_corrections,
    row_target,
    standing,
)
from dramaturg.review.lines import anchor_of, correct_lines, merged_names
from dramaturg.review.rows import find_rows
from dramaturg.script import Script, Utterance

__all__ = ["ChangedError", "Checked", "Desk", "State"]


class ChangedError(Exception):
    """Somebody else has said something of the same since."""


@dataclass(frozen=True, slots=True)
class State:
    """All that was said: what stands, or that it was undone, by the target that it now is of, and of a line also what
    stands `behind` that, from when it stood elsewhere; what has no place any more; how good the extractor was.
    `number` is the last correction's, `built` that of the last one that the dataset has in it."""

    number: int
    built: int
    targets: Mapping[str, Reviewed]
    behind: Mapping[str, Sequence[Reviewed]]
    gone: Sequence[Gone]
    reviewed: int
    drawn: int
    accuracy: Accuracy | None

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "targets": {target: self._told(each) for target, each in self.targets.items()},
            "gone": [{"target": each.target, "text": each.text, "why": each.why} for each in self.gone],
            "reviewed": self.reviewed,
            "drawn": self.drawn,
            "accuracy": None
            if self.accuracy is None
            else {name: getattr(self.accuracy, name) for name in Accuracy.__slots__},
        }

    def _told(self, each: Reviewed) -> dict[str, Any]:
        told: dict[str, Any] = {"number": each.number, "built": each.number <= self.built, "at": each.last.at}
        if each.last.name is not None:
            return {**told, "into": each.into}
        is_said = each.last.line is not None and each.verdict == "accept"
        return {
            **told,
            "verdict": each.verdict,
            **({"role": each.role} if is_said else {}),
            **({"edits": {str(turn): text for turn, text in each.edits.items()}} if each.edits else {}),
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """How much of a dataset a person has looked at: how many `lines` of those `spoken`, what these tell of all, and the
    rows that were found good, written anew and rejected."""

    spoken: int
    lines: int
    drawn: int
    accuracy: Accuracy | None
    accepted: int
    edited: int
    rejected: int

    @property
    def rows(self) -> int:
        return self.accepted + self.edited + self.rejected


class Desk:
    """`scripts` are as they were extracted, `rows` as they were made, before anybody corrected them or after; `path` is
    the file of corrections, `built_from` the hash of it that the dataset was built from, empty where there was none."""

    def __init__(
        self, path: Path, scripts: Iterable[Script], rows: Iterable[Row], role: str, built_from: str = ""
    ) -> None:
        self._path, self._role, self._built_from = path, role, built_from
        self._scripts = {script.source: script for script in scripts}
        self._rows = list(rows)
        self._rows_by_target = {row_target(row.kind, row.key): row for row in self._rows}
        self._lines = {
            line_target(line.span): (script, line) for script in self._scripts.values() for line in script.utterances
        }
        self._spoken = sum(line.is_speech for _, line in self._lines.values())
        self._names = {line.role for _, line in self._lines.values()} - {None}

    def state(self) -> State:
        """Raises InputError where the file has something else in it than corrections."""
        return self._state(read_corrections(self._path))

    def checked(self) -> Checked:
        """What all that stands comes to, what has lost its place left out. Raises InputError as `state` does."""
        state = self.state()
        lost = {each.target for each in state.gone}
        rows = [each for target, each in state.targets.items() if each.last.row and each.stands and target not in lost]
        rejected = sum(each.verdict == "reject" for each in rows)
        edited = sum(each.verdict == "accept" and bool(each.edits) for each in rows)
        accepted = len(rows) - rejected - edited
        return Checked(self._spoken, state.reviewed, state.drawn, state.accuracy, accepted, edited, rejected)

    def say(self, target: str, do: Do, seen: int, at: str, is_drawn: bool = False, **said: Any) -> State:
        """Write down what a person says of a target, of which the last that they know is correction number `seen`, 0
        for none: `role` of a line's speaker, `turn` and `text` of an edit, `into` of a name. The state after it.

        Raises ChangedError where somebody has said something of it since, InputError where it makes no sense.
        """
        with self._locked():
            corrections = read_corrections(self._path)
            now = self._state(corrections)
            known = now.targets.get(target)
            if (known.number if known else 0) != seen:
                raise ChangedError(target)
            for each in self._corrections(target, do, at, is_drawn, known, said, now):
                append_correction(self._path, each)
                corrections.append(each)
            return self._state(corrections)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _corrections(
        self, target: str, do: Do, at: str, is_drawn: bool, known: Reviewed | None, said: dict[str, Any], now: State
    ) -> list[Correction]:
        """What is to be written: one, or, where corrections of two times come to the same, one for each to undo."""
        try:
            if do == "undo":
                if known is None or not known.stands:
                    raise ValueError(f"nothing was said of {target}")
                return [_undoing(each.last, at) for each in now.behind.get(target, [known])]
            if target.startswith(name_target("")):
                return [self._of_name(target.removeprefix(name_target("")), do, at, said, now)]
            if target in self._lines:
                return [self._of_line(*self._lines[target], do, at, is_drawn, said, now)]
            return [self._of_row(target, do, at, known, said)]
        except (TypeError, ValueError) as error:
            raise InputError(str(error)) from None

    def _of_line(
        self, script: Script, line: Utterance, do: Do, at: str, is_drawn: bool, said: dict[str, Any], now: State
    ) -> Correction:
        if do == "speaker" and "role" not in said:
            raise ValueError("a speaker needs a role, or null where nobody can tell")
        role = said.get("role") if do == "speaker" else None
        if do == "accept" and line.role is not None:
            role = merged_names(standing(now.targets, "name"))(line.role)
        return Correction(at, do, line=anchor_of(script.text, line), role=role, is_drawn=is_drawn)

    def _of_row(self, target: str, do: Do, at: str, known: Reviewed | None, said: dict[str, Any]) -> Correction:
        row = self._rows_by_target.get(target)
        if row is None:
            raise ValueError(f"there is no {target} in this dataset")
        turn, text = said.get("turn"), said.get("text")
        if do == "edit":
            if not row.is_generated or (row.kind == "general" and turn == 0):
                raise ValueError("only what a model wrote can be written anew; other words stand in their own files")
            if not isinstance(turn, int) or not 0 <= turn < len(row.talk):
                raise ValueError(f"there is no turn {turn} in {target}")
        talk = known.last.row.talk if known and known.last.row else row.talk
        return Correction(at, do, row=RowAnchor(row.kind, row.key, talk), turn=turn, text=text)

    def _of_name(self, name: str, do: Do, at: str, said: dict[str, Any], now: State) -> Correction:
        into = said.get("into")
        if name == self._role:
            raise ValueError(f"{name} is whom the dataset is of: merge the other name into this one")
        if do == "merge" and name not in self._names:
            raise ValueError(f"nobody is called {name} in this script")
        if into and into != name and merged_names(standing(now.targets, "name"))(into) == name:
            raise ValueError(f"{into} is another name of {name} already: undo that first")
        return Correction(at, do, name=name, into=into)

    def _state(self, corrections: Sequence[Correction]) -> State:
        said = fold(corrections)
        whose = merged_names(standing(said, "name"))
        targets = dict(said)
        behind: dict[str, Sequence[Reviewed]] = {}
        gone: list[Gone] = []
        known: list[bool] = []
        drawn: list[bool] = []
        lines = list(standing(said, "line"))
        for script in self._scripts.values():
            found = correct_lines(script, lines, whose)
            gone += found.gone
            for place, every in found.reviewed.items():
                line, each = script.utterances[place], every[-1]
                targets[line_target(line.span)] = each
                behind[line_target(line.span)] = every
                if line.is_speech:
                    (drawn if each.is_drawn else known).append(_is_right(each, line.role, whose))
        gone += [
            Gone(each.last.target, each.last.line.text, f"{each.last.line.source} is no source, or says nothing")
            for each in lines
            if each.last.line is not None and each.last.line.source not in self._scripts
        ]
        places, lost = find_rows(self._rows, standing(said, "row"))
        for place, each in places.items():
            targets[row_target(self._rows[place].kind, self._rows[place].key)] = each
        gone += [each for each in lost if not self._is_done(said[each.target], corrections)]
        return State(
            len(corrections),
            self._built(corrections),
            targets,
            behind,
            gone,
            len(known) + len(drawn),
            len(drawn),
            estimate_accuracy(self._spoken, known, drawn),
        )

    def _is_done(self, said: Reviewed, corrections: Sequence[Correction]) -> bool:
        """Whether a row is not as it was because the build has what was said of it."""
        return said.number <= self._built(corrections) and (said.verdict == "reject" or bool(said.edits))

    def _built(self, corrections: Sequence[Correction]) -> int:
        """The number of the last correction that was there when the dataset was built."""
        if not self._built_from or not corrections or not self._path.is_file():
            return 0
        running, number = sha256(), 0
        for line in self._path.read_bytes().splitlines(keepends=True):
            running.update(line)
            number += bool(line.strip())
            if running.hexdigest() == self._built_from:
                return number
        return 0


def _undoing(said: Correction, at: str) -> Correction:
    return Correction(at, "undo", line=said.line, row=said.row, name=said.name)


def _is_right(said: Reviewed, role: str | None, whose: Callable[[str], str]) -> bool:
    """Whether the extractor had found whom a person has said."""
    if said.verdict == "reject":
        return False
    return (said.role and whose(said.role)) == (role and whose(role))
