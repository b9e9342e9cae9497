"""Names beside their speeches, at the head of a line: which lines open with one."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from extractors.names import name_key
from extractors.transcript.candidates import IsKnown, are_bold, candidate, recurring
from extractors.transcript.continuation import SENTENCE_ENDS, infer_continuation
from extractors.transcript.labels import Label, Style, likeness
from extractors.transcript.lines import SPOKEN, Line
from extractors.transcript.times import DAYS

__all__ = ["find_beside"]

_LEAST_SHARE = 0.35  # of the lines that have a label
_LEAST_OF_BEGINNINGS = 0.3  # of the lines that may begin a speech, where speeches have many
_LEAST_SHARE_WRAPPED = 0.05  # of all lines, where speeches run over many
_LEAST_SHARE_ALONE = 0.8  # where only one person speaks
_WHOLE_SHARE = 0.8  # of the lines that may begin a speech, above which nearly all do
_UNIFORM = 0.9
_OF_TABLES = ("tab", "dash")  # which tables and lists have too
_LEAST_SHARE_OF_TABLES = 0.8
_LEAST_ENDED = 0.5  # of the speeches


def find_beside(text: str, lines: Sequence[Line], style: Style, is_cast: IsKnown) -> list[Label | None] | None:
    """For each line the label it opens with; None where the document is in no such shape."""
    may_be = [candidate(text, line, style) for line in lines]
    if style == "stop":
        may_be = [
            label if label is not None and _has_speech(lines, number, label) else None
            for number, label in enumerate(may_be)
        ]
    counts = Counter(name_key(label.name) for label in may_be if label is not None)
    is_known = recurring(counts, is_cast)
    labels = [label if label is not None and is_known(label.name) else None for label in may_be]
    if are_bold(labels):
        may_be = [label if label is not None and (label.is_bold or is_cast(label.name)) else None for label in may_be]
        labels = [label if may_be[number] is not None else None for number, label in enumerate(labels)]
    first = next((number for number, label in enumerate(labels) if label is not None), None)
    if first is None:
        return None
    own = [number for number, line in enumerate(lines) if line.kind == "text" or labels[number] is not None]
    share = sum(labels[number] is not None for number in own) / len(own)
    names = {
        name_key(label.name)
        for label, known in zip(may_be, labels, strict=True)
        if label is not None and (known is not None or likeness(label.name) == "name")
    }
    if len(names) == 1 and share < _LEAST_SHARE_ALONE and not any(map(is_cast, names)):
        return None
    if share < _LEAST_SHARE_WRAPPED or (style in _OF_TABLES and not _are_speeches(text, lines, labels, share)):
        return None
    if share < _UNIFORM:
        _drop_wrapped(text, lines, labels, is_cast)
    begin = own if share >= _UNIFORM else _beginnings(text, lines, labels, own) or own
    known = sum(labels[number] is not None for number in begin)
    if share < _LEAST_SHARE and known < _LEAST_OF_BEGINNINGS * len(begin):
        return None
    _add_once(lines, may_be, labels, [number for number in begin if number >= first])
    return labels


def _are_speeches(text: str, lines: Sequence[Line], labels: Sequence[Label | None], share: float) -> bool:
    """Whether what stands behind the labels of two people, on nearly every line, are sentences, most of them ended,
    and somebody speaks again after another: lists are sorted."""
    found = [(name_key(label.name), line) for label, line in zip(labels, lines, strict=True) if label is not None]
    ended = sum(text[line.end - 1] in SENTENCE_ENDS for _, line in found)
    changes = sum(before != name for (before, _), (name, _) in pairwise(found))
    names = {name for name, _ in found}
    are_people = sum(DAYS.fullmatch(name) is None for name in names) > 1
    is_talk = changes >= len(names) and ended > _LEAST_ENDED * len(found)
    return are_people and is_talk and share >= _LEAST_SHARE_OF_TABLES


def _drop_wrapped(text: str, lines: Sequence[Line], labels: list[Label | None], is_cast: IsKnown) -> None:
    """Count no label that only a wrapped line opens with, where the others open blocks or stand further out."""
    found = {number: label for number, label in enumerate(labels) if label is not None}
    continuation = infer_continuation(text, lines, labels)
    usual = Counter(lines[number].indent for number in found).most_common(1)[0][0]
    opening = {name_key(label.name) for number, label in found.items() if not lines[number].follows}
    open_blocks = 2 * sum(not lines[number].follows for number in found) > len(found)
    for number, label in found.items():
        is_inside = continuation == "indented" and lines[number].indent > usual
        is_amid = continuation == "wrapped" and open_blocks and lines[number].follows
        if (is_inside or (is_amid and name_key(label.name) not in opening)) and not is_cast(label.name):
            labels[number] = None


def _add_once(
    lines: Sequence[Line], may_be: Sequence[Label | None], labels: list[Label | None], begin: Sequence[int]
) -> None:
    """Count the labels too that stand once, where all lines that may begin a speech have one, or where the labels that
    recur are told from prose by more than their colon."""
    known = Counter(_distinction(label, lines[number]) for number, label in enumerate(labels) if label is not None)
    usual = known.most_common(1)[0][0]
    in_capitals = sum(label is not None and label.name.isupper() for label in labels)
    are_capitals = 2 * in_capitals > sum(label is not None for label in labels)
    is_whole = sum(may_be[number] is not None for number in begin) >= _WHOLE_SHARE * len(begin)
    for number in begin:
        label = may_be[number]
        if label is not None and likeness(label.name) == "name" and label.name.isupper() >= are_capitals:
            is_alike = any(usual) and _distinction(label, lines[number]) == usual
            if is_whole or is_alike:
                labels[number] = label


def _has_speech(lines: Sequence[Line], number: int, label: Label) -> bool:
    """Whether a speech stands beside a label, or on the line below one in capitals: others are sentences of a word."""
    if label.body < lines[number].end:
        return True
    return (
        label.name.isupper()
        and number + 1 < len(lines)
        and lines[number + 1].follows
        and lines[number + 1].kind in SPOKEN
    )


def _distinction(label: Label, line: Line) -> tuple[bool, bool, bool]:
    return label.is_bold, label.is_timed, label.body >= line.end


def _beginnings(text: str, lines: Sequence[Line], labels: Sequence[Label | None], own: Sequence[int]) -> list[int]:
    """The lines that may begin a speech in a document whose speeches have many; none where they have not."""
    continuation = infer_continuation(text, lines, labels)
    if continuation == "indented":
        least = min(line.indent for line, label in zip(lines, labels, strict=True) if label is not None)
        return [number for number in own if lines[number].indent <= least]
    are_alone = any(label is not None and label.body >= line.end for line, label in zip(lines, labels, strict=True))
    if continuation == "wrapped" or are_alone:
        return [number for number in own if not lines[number].follows or labels[number] is not None]
    return []
