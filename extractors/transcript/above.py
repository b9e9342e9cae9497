"""Names above their speeches, as in screenplays: which lines are such."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from extractors.names import name_key
from extractors.transcript.candidates import IsKnown, are_bold, candidate, recurring
from extractors.transcript.labels import Label, Style
from extractors.transcript.lines import SPOKEN, Line

__all__ = ["find_above"]

_LEAST_OF_CAPITALS = 0.15  # of the blocks that capitals stand above: the rest of a screenplay is told
_LEAST_OF_BLOCKS = 0.5  # that other names stand above
_LEAST_OF_LINES = 0.25  # that such names are, where no blank line parts the blocks


def find_above(text: str, lines: Sequence[Line], style: Style, is_cast: IsKnown) -> list[Label | None] | None:
    """For each line the label it is; None where the document is in no such shape."""
    texts = sum(line.kind in SPOKEN for line in lines)
    blocks = sum(not line.follows for line in lines if line.kind in SPOKEN)
    has_blocks = 0.1 * texts < blocks < texts
    cues = dict(_cues(text, lines, style, has_blocks))
    is_known = recurring(Counter(name_key(label.name) for label in cues.values()), is_cast)
    known = {number: label for number, label in cues.items() if is_known(label.name)}
    if are_bold(known.values()):
        known = {number: label for number, label in known.items() if label.is_bold}
    known = _apart(lines, known)
    if not known:
        return None
    in_capitals = {number: label for number, label in known.items() if label.name.isupper() or is_cast(label.name)}
    are_capitals = 2 * len(in_capitals) > len(known)
    least = _LEAST_OF_CAPITALS if are_capitals else _LEAST_OF_BLOCKS if has_blocks else _LEAST_OF_LINES
    names = {name_key(label.name) for label in known.values()}
    is_alone = len(names) == 1 and not are_capitals and not any(map(is_cast, names))
    if is_alone or len(known) < least * (blocks if has_blocks else texts):
        return None
    if are_capitals:
        known = in_capitals
        begun = min(known)
        begun = next((number for number, line in enumerate(lines[:begun]) if line.kind == "heading"), begun)
        once = {
            number: label
            for number, label in cues.items()
            if number > begun and has_blocks and label.name.isupper() and not lines[number].follows
        }
        known = _apart(lines, dict(sorted((known | once).items())))
    return [known.get(number) for number in range(len(lines))]


def _cues(text: str, lines: Sequence[Line], style: Style, has_blocks: bool) -> Iterator[tuple[int, Label]]:
    """The lines that may be names above a speech: another line follows. In a document whose every line stands between
    blank ones that is the next."""
    is_spaced = not any(line.follows for line in lines)
    for number, (line, below) in enumerate(pairwise(lines)):
        if not (below.follows or is_spaced) or below.kind not in SPOKEN:
            continue
        if has_blocks and line.follows and line.indent <= below.indent and lines[number - 1].kind == "text":
            continue
        label = candidate(text, line, style)
        if label is not None:
            yield number, label


def _apart(lines: Sequence[Line], cues: Mapping[int, Label]) -> dict[int, Label]:
    """The cues without those that are the speech below another."""
    kept: dict[int, Label] = {}
    spoken = -1
    for number, label in cues.items():
        if number != spoken:
            kept[number] = label
            spoken = _speech_below(lines, cues, number)
    return kept


def _speech_below(lines: Sequence[Line], cues: Mapping[int, Label], number: int) -> int:
    """The line that a speech begins with below a cue; a line's number that no cue has, where directions are all that
    is below: nothing goes on after a blank line, or, where every line stands between blank ones, in another cue."""
    spoken = number + 1
    while spoken < len(lines) and lines[spoken].kind == "direction":
        spoken += 1
    if spoken == number + 1 or spoken == len(lines) or lines[spoken].follows:
        return spoken
    is_spaced = not lines[number + 1].follows
    return -1 if not is_spaced or spoken + 1 not in cues else spoken
