"""What a stage dropped, and why: nothing is lost in silence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dramaturg.script import Utterance

__all__ = ["Rejected", "by_reason"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An utterance that goes no further. `reason` is one of the words its stage documents."""

    stage: str
    reason: str
    record: Utterance


def by_reason(rejected: Iterable[Rejected]) -> dict[str, int]:
    """How many were dropped for each reason, reasons in alphabetical order."""
    return dict(sorted(Counter(each.reason for each in rejected).items()))
