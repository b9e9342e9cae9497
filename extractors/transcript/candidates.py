"""What on each line may be a label, and which of them count."""

from collections import Counter
from collections.abc import Callable, Iterable

from extractors.names import name_key
from extractors.transcript.labels import (
    EVERYBODY,
    PLACEHOLDERS,
    TELLERS,
    Label,
    Style,
    find_label,
    likeness,
    names_of_several,
)
from extractors.transcript.lines import Line

__all__ = ["IsKnown", "are_bold", "candidate", "recurring"]

IsKnown = Callable[[str], bool]
"""Whether a name is one that counts."""

_RECURS = 2
_WEAK_RECURS = 3


def candidate(text: str, line: Line, style: Style) -> Label | None:
    """The label that a line may open with, in this style, or be."""
    if style in ("stop", "above", "dash") and text[line.start].islower():
        return None
    if line.kind != "text" and not (line.kind == "direction" and text.startswith(("**", "__"), line.start)):
        return None
    return find_label(text, line.start, line.end, style)


def recurring(counts: Counter[str], is_cast: IsKnown) -> IsKnown:
    """Whether a label counts, by how often each stands in the document."""
    decided: dict[str, bool] = {}
    endings = Counter(key[-1] for key in counts)

    def counts_itself(name: str) -> bool:
        key = name_key(name)
        if key in TELLERS or key in EVERYBODY or key in PLACEHOLDERS or is_cast(name):
            return True
        is_weak = likeness(name) == "weak" and (name.isascii() or endings[key[-1]] > 1)
        return counts[key] >= (_WEAK_RECURS if is_weak else _RECURS) and not is_said(name)

    def is_said(name: str) -> bool:
        """Whether a Chinese label is another's with a verb of speech."""
        return likeness(name) == "weak" and (name_key(name[:-1]) in counts or is_cast(name[:-1]))

    def counts_at_all(name: str) -> bool:
        if name not in decided:
            several = names_of_several(name)
            decided[name] = counts_itself(name) or (len(several) > 1 and all(map(counts_itself, several)))
        return decided[name]

    return counts_at_all


def are_bold(labels: Iterable[Label | None]) -> bool:
    """Whether most labels are."""
    found = [label.is_bold for label in labels if label is not None]
    return 2 * sum(found) > len(found)
