"""Corrections: what a person found right or wrong in a script and in rows, one JSON line each, in the order in which
they were made. The last word on something counts; nothing is ever taken out of the file.

Each names what it corrects by where it stands and by its text, so that it finds its place again when the extractor or
a prompt has changed, and can be reported where the text is gone.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from dramaturg.curate.rows import Kind, span_key
from dramaturg.errors import InputError
from dramaturg.script import NARRATORS, Span

__all__ = [
    "Correction",
    "Gone",
    "LineAnchor",
    "Reviewed",
    "RowAnchor",
    "append_correction",
    "fold",
    "line_target",
    "name_target",
    "read_corrections",
    "row_target",
    "standing",
]

Do = Literal["accept", "reject", "speaker", "edit", "merge", "undo"]
Verdict = Literal["accept", "reject"]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class LineAnchor:
    """A line of the script: its passage, its text, and the text just `before` and `after` it."""

    source: str
    start: int
    end: int
    text: str
    before: str = ""
    after: str = ""

    @property
    def target(self) -> str:
        return line_target(Span(self.source, self.start, self.end))


@dataclass(frozen=True, slots=True)
class RowAnchor:
    """A row of the dataset: its `Row.kind` and `Row.key`, and what was said in it before anybody edited it."""

    kind: Kind
    key: str
    talk: tuple[str, ...]

    @property
    def target(self) -> str:
        return row_target(self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that a person says, at the time `at` (ISO 8601, UTC), of a `line`, a `row` or a `name`.

    `accept`: the line's speaker is `role`, as the script says, or the row is good; `reject`: the line is nobody's
    speech, or the row is to go; `speaker`: the line is said by `role`, or, where that is None, nobody can tell; `edit`:
    the row's turn number `turn` (0 the question, 1 the answer) is to say `text`; `merge`: `name` is another name of
    `into`; `undo`: nothing of this has been said. `is_drawn` where the line was shown because chance, not its
    confidence or a search, chose it.
    """

    __pydantic_config__ = _STRICT

    at: str
    do: Do
    line: LineAnchor | None = None
    row: RowAnchor | None = None
    name: str | None = None
    role: str | None = None
    into: str | None = None
    turn: int | None = None
    text: str | None = None
    is_drawn: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError where it does not say what its `do` needs."""
        if sum(each is not None for each in (self.line, self.row, self.name)) != 1:
            raise ValueError("it is to name one of line, row and name")
        if self.do not in ("undo", *(("merge",) if self.name is not None else _OF[self.line is not None])):
            raise ValueError(f"{self.do} cannot be said of this")
        if self.role is not None and (not self.role.strip() or self.role in NARRATORS):
            raise ValueError(f"{self.role!r} is nobody's name")
        if self.do == "merge" and (not (self.into or "").strip() or self.into in (self.name, *NARRATORS)):
            raise ValueError(f"{self.name!r} cannot be merged into {self.into!r}")
        if self.do == "edit" and (not (self.text or "").strip() or self.turn is None or self.turn < 0):
            raise ValueError("an edit needs a turn and a text")

    @property
    def target(self) -> str:
        """What it is said of, as one string."""
        return (self.line or self.row).target if self.name is None else name_target(self.name)  # type: ignore[union-attr]


_OF: dict[bool, tuple[Do, ...]] = {True: ("accept", "reject", "speaker"), False: ("accept", "reject", "edit")}
"""What can be said of a line, and of a row."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All that stands of one target. `number` is the place of its last correction in the file, from 1 on; without a
    verdict, an edit or a name to merge into, all of it was undone. `role` counts for a line that is accepted."""

    last: Correction
    number: int
    verdict: Verdict | None = None
    role: str | None = None
    edits: dict[int, str] = field(default_factory=dict)
    into: str | None = None
    is_drawn: bool = False

    @property
    def stands(self) -> bool:
        return self.verdict is not None or self.into is not None


@dataclass(frozen=True, slots=True)
class Gone:
    """A correction that no longer has anything to correct, and why."""

    target: str
    text: str
    why: str


def line_target(span: Span) -> str:
    return f"line:{span_key(span)}"


def row_target(kind: Kind, key: str) -> str:
    return f"{kind}:{key}"


def name_target(name: str) -> str:
    return f"name:{name}"


def read_corrections(path: Path) -> list[Correction]:
    """All that the file has, in order; nothing where there is none. A last line that was cut off while it was written
    was never promised to anybody, and does not count. Raises InputError where another is none."""
    if not path.is_file():
        return []
    raw = path.read_bytes()
    lines = raw.split(b"\n")
    found: list[Correction] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_ADAPTER.validate_python(_as_python(orjson.loads(line))))
        except (ValidationError, ValueError) as error:
            if number == len(lines):  # no line end behind it
                break
            raise InputError(f"{path}: line {number}: {_told(error)}: correct the line, or take it out") from None
    return found


_ADAPTER = TypeAdapter(Correction)


def _as_python(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("a correction is an object: {…}")
    return value


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = str(first["msg"]).removeprefix("Value error, ")
        return f"{where}: {message}" if where else message
    return f"not a correction: {error}"


def append_correction(path: Path, correction: Correction) -> None:
    """Put it behind all others, on disk before this returns. The caller holds off other writers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {name: value for name, value in _ADAPTER.dump_python(correction, mode="json").items() if value is not None}
    if not correction.is_drawn:
        del said["is_drawn"]
    if correction.do in ("speaker", "accept") and correction.line is not None:
        said["role"] = correction.role  # null: nobody can tell
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                _drop_half_line(file, size)
        file.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())


def _drop_half_line(file: Any, size: int) -> None:
    """End a last line that has no end, or take it out where it was cut off while it was written."""
    file.seek(0)
    raw = file.read()
    last = raw.rpartition(b"\n")[2]
    try:
        orjson.loads(last)
    except ValueError:
        file.truncate(size - len(last))
    else:
        file.write(b"\n")


def fold(corrections: Iterable[Correction]) -> dict[str, Reviewed]:
    """What stands, by target, after all corrections in their order. A person who edits a row, or names a line's
    speaker, accepts it; who rejects a row leaves its edits to whoever accepts it again."""
    found: dict[str, Reviewed] = {}
    for number, each in enumerate(corrections, 1):
        known = found.get(each.target)
        found[each.target] = _after(known, each, number)
    return found


def _after(known: Reviewed | None, said: Correction, number: int) -> Reviewed:
    before = known or Reviewed(said, number)
    match said.do:
        case "undo":
            return Reviewed(said, number)
        case "merge":
            return Reviewed(said, number, into=said.into)
        case "edit" if said.turn is not None and said.text is not None:
            return replace(
                before, last=said, number=number, verdict="accept", edits={**before.edits, said.turn: said.text}
            )
    is_drawn = before.is_drawn if before.stands else said.is_drawn  # the first look says why it was looked at
    role = said.role if said.do in ("speaker", "accept") else None
    verdict: Verdict = "reject" if said.do == "reject" else "accept"
    return replace(before, last=said, number=number, verdict=verdict, role=role, is_drawn=is_drawn)


def standing(reviewed: Mapping[str, Reviewed], part: Literal["line", "row", "name"]) -> Iterator[Reviewed]:
    """Those of lines, rows or names that were not undone."""
    return (each for each in reviewed.values() if each.stands and getattr(each.last, part) is not None)
