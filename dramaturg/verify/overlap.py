"""Train rows held against test rows word by word: none may have 13 in a row in common with one, a phrase that the role
says again and again counting as one word.

As in `dramaturg.verify`, nothing here is shared with what took such rows out. Texts that are nearly the same, which go
as well, are not looked for again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from dramaturg.text import words
from dramaturg.verify.splits import Labelled
from dramaturg.verify.truth import Row

__all__ = ["overlap_faults", "phrase_faults"]

_RUN = 13
_SAID_IN_LINES = 3


def overlap_faults(rows: Mapping[str, Sequence[Labelled]], phrases: Iterable[str]) -> Iterator[str]:
    """Each train row that has so much in common with a test row, and with which."""
    known: dict[str, list[list[str]]] = {}
    for phrase in sorted({tuple(words(each)) for each in phrases}, key=len, reverse=True):
        if len(phrase) > 1:
            known.setdefault(phrase[0], []).append(list(phrase))
    tested: dict[str, str] = {}
    for name, row in _told(rows, "test"):
        for run in _runs(row, known):
            tested.setdefault(run, name)
    for name, row in _told(rows, "train"):
        found = next((run for run in _runs(row, known) if run in tested), None)
        if found is not None:
            yield f"{name} has {_RUN} words in a row in common with {tested[found]}: {found!r}"


def phrase_faults(phrases: Iterable[str], sheet: Collection[str], script: Iterable[Row], role: str) -> Iterator[str]:
    """Each of the phrases that is in no character sheet, and not said in three of the role's lines."""
    spoken = (line for line in script if line["role"] == role and line["kind"] == "speech")
    lines = "".join(f" {' '.join(words(line['content']))} \n" for line in spoken)
    told = {tuple(words(each)) for each in sheet}
    for phrase in phrases:
        own = words(phrase)
        if tuple(own) not in told and not _is_said(" ".join(own), lines):
            yield f"splits: {phrase!r} counts as one word, and is no catchphrase, nor said in {_SAID_IN_LINES} lines"


def _is_said(phrase: str, lines: str) -> bool:
    at = 0
    for _ in range(_SAID_IN_LINES):
        at = lines.find(f" {phrase} ", at)
        if at < 0:
            return False
        at = lines.index("\n", at)
    return True


def _told(rows: Mapping[str, Sequence[Labelled]], split: str) -> Iterator[tuple[str, Row]]:
    """The rows of a split, but for the configs that hold the script as it is."""
    for config, own in rows.items():
        if config not in ("script", "profiles"):
            yield from ((each.name(config), each.row) for each in own if each.split == split)


def _texts(row: Row) -> Iterator[str]:
    """What is said in a row, each turn by itself."""
    if "turns" in row:
        yield from (turn["content"] for turn in row["turns"] if turn["kind"] == "speech")
    elif "user_question" in row:
        yield from (row["user_question"], row["agent_response"])
        yield from (turn.partition(":「")[2] for turn in row["more_dialogues"])
    else:
        yield from (row["question"], *row["generated"][:1])


def _runs(row: Row, phrases: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[str]:
    for text in _texts(row):
        own, at = words(text), 0
        read: list[str] = []
        while at < len(own):
            whole = next(
                (each for each in phrases.get(own[at], ()) if own[at : at + len(each)] == each), own[at : at + 1]
            )
            read.append(" ".join(whole))
            at += len(whole)
        yield from ("|".join(read[start : start + _RUN]) for start in range(len(read) - _RUN + 1))
