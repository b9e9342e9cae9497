"""CHANGELOG.md: what each published revision has that the one before it had not, by the ids of rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dramaturg import __version__
from dramaturg.workspace import digest

__all__ = ["FILE", "Difference", "added_to", "difference", "line"]

FILE = "CHANGELOG.md"

_HEAD = "# Changelog\n\n"
_BATCH = 10_000

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """How many rows of a config came, went, and have their id still but are other, or on another side. Rows without an
    id only come and go."""

    added: int = 0
    removed: int = 0
    changed: int = 0


def difference(before: Mapping[str, Path], now: Mapping[str, Path]) -> Difference:
    """Of a config's files, by split, as they were and as they are."""
    old, new = _read(before), _read(now)
    shared = old.keys() & new.keys()
    if any(isinstance(key, str) for key in (*old, *new)):
        return Difference(
            sum(new[key].total() for key in new.keys() - shared),
            sum(old[key].total() for key in old.keys() - shared),
            sum(old[key] != new[key] for key in shared),
        )
    was, has = sum(old.values(), Counter()), sum(new.values(), Counter())
    return Difference((has - was).total(), (was - has).total())


def line(date: str, tag: str | None, found: Mapping[str, Difference], *, is_first: bool) -> str:
    """What a revision of `date` brought, in a line; `found` by config, those left out that are as they were."""
    told = [f"{config} {_told(each)}" for config, each in found.items() if each != Difference()]
    named = f" `{tag}`" if tag else ""
    what = "; ".join(told) or "no row changed"
    return f"- {date}{named}, Dramaturg {__version__}: {'first published; ' if is_first else ''}{what}"


def added_to(text: str, line: str) -> str:
    """A changelog with a line more, above the others."""
    return _HEAD + line + "\n" + text.removeprefix(_HEAD)


def _told(each: Difference) -> str:
    counts = (("added", each.added), ("removed", each.removed), ("changed", each.changed))
    return ", ".join(f"{count:,} {what}" for what, count in counts if count)


def _read(files: Mapping[str, Path]) -> dict[str | None, Counter[str]]:
    """The digests of rows with their splits, by the rows' ids; all under None where they have none."""
    found: dict[str | None, Counter[str]] = {}
    for split, path in files.items():
        for row in _rows(path):
            found.setdefault(row.get("id"), Counter())[digest(split, row)] += 1
    return found


def _rows(path: Path) -> Iterable[_Row]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH):
            rows: Sequence[_Row] = batch.to_pylist()
            yield from rows
