"""A stage that keeps next to nothing of what was paid for ends the build, and says why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from dramaturg.errors import YieldError
from dramaturg.rejected import Malformed, Rejected
from flows.stage import Build

__all__ = ["check_yield"]

_REASONS = 3
_SHOWN = 100


def check_yield(
    build: Build, stage: str, kept: int, rejected: Sequence[Rejected], malformed: Sequence[Malformed]
) -> None:
    """Raise YieldError where a stage kept a smaller share of its items than YIELD_FLOOR, with the most frequent
    reasons and an example of each."""
    floor, items = build.settings.for_stage(stage).least_yield, kept + len(rejected) + len(malformed)
    if build.rehearsed is not None or not items or kept / items >= floor:
        return
    lost = [("not of the form asked for", each.text) for each in malformed]
    lost += [(each.reason, _text(each.record)) for each in rejected]
    reasons = Counter(reason for reason, _ in lost).most_common(_REASONS)
    examples = dict(reversed(lost))
    told = "\n".join(f"{count:,} {reason}, such as: {_shown(examples[reason])}" for reason, count in reasons)
    raise YieldError(
        f"{stage}: {kept:,} of {items:,} items are kept, a smaller share than YIELD_FLOOR={floor:g}; the answers stay "
        f"in the store, the items in {build.workspace.processed}\n{told}"
    )


def _text(record: Any) -> str:
    """What a record says: its first text."""
    if isinstance(record, str):
        return record
    values: Mapping[str, Any] = (
        asdict(record) if is_dataclass(record) and not isinstance(record, type) else dict(record)
    )
    return next((value for value in values.values() if isinstance(value, str)), str(values))


def _shown(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
