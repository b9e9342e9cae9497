"""A script as a person corrected it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dramaturg.errors import InputError
from dramaturg.review.corrections import Gone, LineAnchor, Reviewed
from dramaturg.script import NARRATOR, Script, Utterance

__all__ = ["CONTEXT", "METHOD", "Corrected", "anchor_of", "correct_lines", "merged_names"]

METHOD = "reviewed"
"""The `method` of a line whose speaker a person has said."""

CONTEXT = 40
"""Characters before and after a line that are kept with its correction."""

_SHORT = 8  # characters; a shorter text is found anew only with what stands beside it
_ALIKE = 4  # characters beside it that must be as they were


@dataclass(frozen=True, slots=True)
class Corrected:
    """A script's lines with a person's word on them. `reviewed` has all that was said of a line, the last of which
    counts, by its place among the lines; `gone` is what has no place any more."""

    utterances: tuple[Utterance, ...]
    reviewed: Mapping[int, Sequence[Reviewed]]
    gone: tuple[Gone, ...]


def anchor_of(text: str, line: Utterance) -> LineAnchor:
    """What a correction of a line of the canonical text keeps of it."""
    before, after = text[max(0, line.start - CONTEXT) : line.start], text[line.end : line.end + CONTEXT]
    return LineAnchor(line.source, line.start, line.end, line.content, before, after)


def merged_names(merges: Iterable[Reviewed]) -> Callable[[str], str]:
    """A function of a name: whose it is, of those that a person has said to be one's. Raises InputError where they run
    in a circle."""
    into = {each.last.name: each.into for each in merges if each.last.name is not None and each.into is not None}

    def whose(name: str) -> str:
        seen = {name}
        while (other := into.get(name)) is not None:
            if other in seen:
                raise InputError(
                    f"corrections.jsonl: {' and '.join(sorted(seen))} are merged into each other: undo one"
                )
            seen.add(other)
            name = other
        return name

    return whose


def correct_lines(script: Script, reviewed: Sequence[Reviewed], whose: Callable[[str], str]) -> Corrected:
    """The script's lines with what was said of those of its source, and every speaker by the name that `whose` gives.

    A line whose passage and text are as they were is found by them; another by its text, if need be by what stands
    beside it; one that was cut otherwise, by the place in which the text still stands. A line that two corrections
    come to is the later one's.
    """
    places = {(line.start, line.end): number for number, line in enumerate(script.utterances)}
    by_content: dict[str, list[int]] = {}
    for number, line in enumerate(script.utterances):
        by_content.setdefault(line.content, []).append(number)
    found: dict[int, list[Reviewed]] = {}
    gone: list[Gone] = []
    for each in sorted(reviewed, key=lambda one: one.number):
        anchor = each.last.line
        if anchor is None or anchor.source != script.source:
            continue
        place = _find(script, anchor, places, by_content)
        if isinstance(place, str):
            gone.append(Gone(anchor.target, anchor.text, place))
        else:
            found.setdefault(place, []).append(each)
    last = {place: every[-1] for place, every in found.items()}
    lines = tuple(_corrected(line, last.get(place), whose) for place, line in enumerate(script.utterances))
    return Corrected(lines, found, tuple(gone))


def _corrected(line: Utterance, said: Reviewed | None, whose: Callable[[str], str]) -> Utterance:
    if said is not None and said.verdict == "reject":
        return replace(line, kind="narration", role=NARRATOR, speaker_confidence=1.0, method=METHOD)
    if said is not None:
        role = None if said.role is None else whose(said.role)
        return replace(line, kind="speech", role=role, speaker_confidence=0.0 if role is None else 1.0, method=METHOD)
    if line.role is None or line.role == NARRATOR:
        return line
    name = whose(line.role)
    return line if name == line.role else replace(line, role=name)


def _find(
    script: Script, anchor: LineAnchor, places: Mapping[tuple[int, int], int], by_content: Mapping[str, list[int]]
) -> int | str:
    """The line's place among the script's, or why there is none."""
    number = places.get((anchor.start, anchor.end))
    if number is not None and script.utterances[number].content == anchor.text:
        return number
    if alike := [n for n in by_content.get(anchor.text, ()) if script.utterances[n].kind != "narration"]:
        return _likeliest(script, anchor, alike)
    if script.text[anchor.start : anchor.end] == anchor.text:
        over = [
            (min(line.end, anchor.end) - max(line.start, anchor.start), n)
            for n, line in enumerate(script.utterances)
            if line.kind == "speech" and line.start < anchor.end and anchor.start < line.end
        ]
        if over:
            return max(over, key=lambda each: (each[0], -each[1]))[1]
        return "the extractor no longer takes it for speech"
    return "its text is no longer there" if anchor.text not in script.text else "it stands where nobody speaks now"


def _likeliest(script: Script, anchor: LineAnchor, alike: Sequence[int]) -> int | str:
    """Which of the lines with the anchor's text has most of what stood beside it."""
    beside = sorted(((_beside(script, anchor, script.utterances[n]), n) for n in alike), reverse=True)
    best, number = beside[0]
    if len(beside) > 1 and beside[1][0] == best:
        return f"its text stands {len(beside)} times, and nothing beside tells which it is"
    if best < _ALIKE and (len(beside) > 1 or len(anchor.text) < _SHORT):
        return "its text stands elsewhere now, with other words beside it"
    return number


def _beside(script: Script, anchor: LineAnchor, line: Utterance) -> int:
    """How many characters before and after the line are as the anchor has them."""
    before = script.text[max(0, line.start - CONTEXT) : line.start]
    after = script.text[line.end : line.end + CONTEXT]
    return _common(before[::-1], anchor.before[::-1]) + _common(after, anchor.after)


def _common(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
