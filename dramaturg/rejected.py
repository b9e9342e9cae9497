"""What a stage dropped, and why: nothing is lost in silence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Malformed", "Rejected", "by_reason"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that goes no further. `reason` is one of the words its stage documents, `of` names the record that it
    repeats, where there is one: its request and item."""

    stage: str
    reason: str
    record: Any
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """A piece of a model's answer that could not be read, and the key of the request it answers."""

    request: str
    prompt: str
    text: str


def by_reason(rejected: Iterable[Rejected]) -> dict[str, int]:
    """How many were dropped for each reason, reasons in alphabetical order."""
    return dict(sorted(Counter(each.reason for each in rejected).items()))
