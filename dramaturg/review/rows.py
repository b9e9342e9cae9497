"""Rows as a person corrected them: those rejected go, and where one was written anew it says that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dramaturg.curate.filter import Curated
from dramaturg.curate.rows import Row, curated_row
from dramaturg.generate.synthesis import Dialogue
from dramaturg.rejected import Rejected
from dramaturg.review.corrections import Gone, Reviewed, RowAnchor

__all__ = ["REASON", "correct_curated", "find_rows", "rejected_rows"]

REASON = "rejected_in_review"


def find_rows(rows: Iterable[Row], reviewed: Iterable[Reviewed]) -> tuple[dict[int, Reviewed], list[Gone]]:
    """What was said of which of the rows, by their place, and what has no row any more. A row is found by its key and
    what is said in it; else by the latter alone, where only one row of its kind says it."""
    talks: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    keys: dict[tuple[str, str, tuple[str, ...]], int] = {}
    for place, row in enumerate(rows):
        talks.setdefault((row.kind, row.talk), []).append(place)
        keys[row.kind, row.key, row.talk] = place
    found: dict[int, Reviewed] = {}
    gone: list[Gone] = []
    for each in sorted(reviewed, key=lambda one: one.number):
        anchor = each.last.row
        if anchor is None:
            continue
        number = keys.get((anchor.kind, anchor.key, anchor.talk))
        alike = talks.get((anchor.kind, anchor.talk), [])
        if number is None and len(alike) == 1:
            number = alike[0]
        if number is None:
            gone.append(Gone(anchor.target, _shown(anchor), _why(len(alike))))
        else:
            found[number] = each
    return found, gone


def _why(alike: int) -> str:
    return f"{alike} rows say this now" if alike else "no row says this any more"


def _shown(anchor: RowAnchor) -> str:
    return " / ".join(anchor.talk)


def rejected_rows(rows: Sequence[Row], reviewed: Iterable[Reviewed]) -> tuple[dict[int, Reviewed], list[Gone]]:
    """The places of the rows that a person rejects, and the corrections that have no row any more."""
    found, gone = find_rows(rows, reviewed)
    return {number: each for number, each in found.items() if each.verdict == "reject"}, gone


def correct_curated(
    stage: str, kept: Sequence[Curated], reviewed: Iterable[Reviewed]
) -> tuple[list[Curated], list[Rejected], list[Gone]]:
    """The generated records as a person wants them; those that are rejected, for `rejected_in_review`; and the
    corrections that have no record any more."""
    found, gone = find_rows(map(curated_row, kept), reviewed)
    left: list[Curated] = []
    rejected: list[Rejected] = []
    for number, curated in enumerate(kept):
        said = found.get(number)
        if said is not None and said.verdict == "reject":
            rejected.append(Rejected(stage, REASON, curated))
            later = curated.dialogue.more if curated.dialogue else ()
            rejected += [Rejected(stage, "after_dropped", turn) for turn in later]
        else:
            left.append(curated if said is None else _edited(curated, said.edits))
    return left, rejected, gone


def _edited(curated: Curated, edits: Mapping[int, str]) -> Curated:
    """The record with a person's words in these turns of it; a turn that it does not have is left."""
    talk = curated_row(curated).talk
    written = {turn: text.strip() for turn, text in sorted(edits.items())}
    words = {turn: text for turn, text in written.items() if turn < len(talk) and text != talk[turn]}
    if not words:
        return curated
    edited = tuple(words)
    asked, said = words.get(0), words.get(1)
    if curated.dialogue is not None:
        return replace(curated, dialogue=_edited_talk(curated.dialogue, words, edited))
    if curated.general is not None:
        general = curated.general
        return replace(curated, general=replace(general, answer=said or general.answer, edited=edited))
    for name in ("triplet", "boundary"):
        triplet = getattr(curated, name)
        if triplet is not None:
            own = replace(triplet, question=asked or triplet.question, answer=said or triplet.answer, edited=edited)
            return replace(curated, **{name: own})
    return curated


def _edited_talk(dialogue: Dialogue, words: Mapping[int, str], edited: tuple[int, ...]) -> Dialogue:
    more = tuple(
        replace(
            turn,
            question=words.get(2 * number, turn.question),
            answer=words.get(2 * number + 1, turn.answer),
        )
        for number, turn in enumerate(dialogue.more, 1)
    )
    question = replace(dialogue.question, text=words.get(0, dialogue.question.text))
    return replace(dialogue, question=question, answer=words.get(1, dialogue.answer), more=more, edited=edited)
