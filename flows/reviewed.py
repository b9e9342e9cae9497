"""What a person has said of a character's script and rows, for the stages that go by it."""

from collections.abc import Collection
from typing import Literal

from dramaturg.review.corrections import Gone, Reviewed, fold, read_corrections, standing
from flows.stage import Build

__all__ = ["counted", "said_of", "said_of_rows"]


def said_of(build: Build, part: Literal["line", "row", "name"]) -> list[Reviewed]:
    """What stands of lines, rows or names. Raises InputError where the file has something else in it."""
    return list(standing(fold(read_corrections(build.workspace.corrections)), part))


def said_of_rows(build: Build, kinds: Collection[str]) -> list[Reviewed]:
    """What stands of rows of these kinds."""
    return [each for each in said_of(build, "row") if each.last.row is not None and each.last.row.kind in kinds]


def counted(said: Collection[object], gone: Collection[Gone]) -> dict[str, int]:
    """What a stage counts of corrections; nothing where there are none."""
    return {"corrections": len(said), "corrections_gone": len(gone)} if said else {}
