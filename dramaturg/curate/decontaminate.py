"""What train rows have in common with test rows, and all rows with others' benchmarks: those rows go.

13 words in a row (in Chinese, characters) that stand in both are one sign (the n-gram of GPT-3, arXiv 2005.14165,
appendix C), a text of both being nearly the same (ROUGE-L of 0.7) is the other; of a text of few words only where the
answer to it is nearly the same too. A catchphrase counts as one word: that the role says it in both is the role's way,
and tells nothing; what stands around it does. Every other line that the script itself repeats is no excuse: a row that
has it could be learned by heart.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg.curate.rows import LEAST_WORDS, Row
from dramaturg.curate.similar import SimilarTexts
from dramaturg.errors import InputError
from dramaturg.row_files import file_rows
from dramaturg.text import Language, words

__all__ = ["RUN", "Found", "contaminated", "in_benchmark", "phrase_reader"]

RUN = 13
"""Words in a row."""

_NEAR = "near_duplicate"
_SHOWN = 120  # characters
_OF_ROWS = (".jsonl", ".json", ".parquet")
_PARAGRAPH = re.compile(r"\n\s*\n")

Read = Callable[[str], list[str]]
Text = tuple[str, ...]
"""A text as its words."""


@dataclass(frozen=True, slots=True)
class Found:
    """That a row has something in common with what stands at `at`, another row's key or a place in a file: a `text`
    that both have, or, nearly the same, that one."""

    at: str
    sign: str
    text: str


def phrase_reader(phrases: Iterable[str]) -> Read:
    """Reads a text as its words, each of the `phrases` being one."""
    known = {phrase for phrase in map(tuple, map(words, phrases)) if len(phrase) > 1}
    lengths: dict[str, list[int]] = {}  # by the first word, the longest first
    for first, length in sorted({(phrase[0], len(phrase)) for phrase in known}, reverse=True):
        lengths.setdefault(first, []).append(length)

    def read(text: str) -> list[str]:
        own = words(text)
        if lengths.keys().isdisjoint(own):
            return own
        found: list[str] = []
        at = 0
        while at < len(own):
            length = next((each for each in lengths.get(own[at], ()) if tuple(own[at : at + each]) in known), 1)
            found.append(" ".join(own[at : at + length]))
            at += length
        return found

    return read


def contaminated(
    test: Iterable[Row], train: Iterable[Row], language: Language, read: Read
) -> Iterator[tuple[Row, Found]]:
    """The train rows that have something in common with a test row, and with which."""
    least = LEAST_WORDS[language]
    tested = [(f"{row.kind} {row.key}", row.kind, [tuple(read(text)) for text in row.talk]) for row in test]
    of_runs: dict[Text, str] = {}
    for at, _, talk in tested:
        for text in talk:
            of_runs |= {run: at for run in _runs(text) if run not in of_runs}
    texts = _Whole((text, at) for at, _, talk in tested for text in talk if len(text) >= least)
    pairs = _Whole((_pair(talk), at) for at, kind, talk in tested if kind != "scene")
    for row in train:
        talk = [tuple(read(text)) for text in row.talk]
        found = _first_run(talk, of_runs) or next(
            filter(None, (texts.find(text) for text in talk if len(text) >= least)), None
        )
        if found is None and row.kind != "scene":
            found = pairs.find(_pair(talk))
        if found is not None:
            yield row, found


def in_benchmark(
    rows: Iterable[Row], files: Iterable[Path], language: Language, read: Read
) -> Iterator[tuple[Row, Found]]:
    """The rows that have something in common with one of these files, and where in it. Files are gone through a text at
    a time. Raises InputError where one cannot be read."""
    least = LEAST_WORDS[language]
    ours = [(row, [tuple(read(text)) for text in row.talk]) for row in rows]
    wanted = {hash(run) for _, talk in ours for text in talk for run in _runs(text)}  # smaller than the runs
    whole = list(dict.fromkeys(text for _, talk in ours for text in talk if len(text) >= least))
    similar = SimilarTexts(whole)
    of_runs: dict[Text, str] = {}
    of_texts: dict[Text, Found] = {}
    for path in files:
        for said, at in _texts_in(path):
            text = tuple(read(said))
            of_runs |= {run: at for run in _runs(text) if hash(run) in wanted and run not in of_runs}
            if len(text) >= least:
                for number in similar.near(text):
                    of_texts.setdefault(whole[number], Found(at, _NEAR, said[:_SHOWN]))
    for row, talk in ours:
        found = _first_run(talk, of_runs) or next((of_texts[text] for text in talk if text in of_texts), None)
        if found is not None:
            yield row, found


class _Whole:
    """Texts that others may be nearly the same as, with where they stand."""

    def __init__(self, texts: Iterable[tuple[Text, str]]) -> None:
        places: dict[Text, str] = {}
        for text, at in texts:
            places.setdefault(text, at)
        self._places = list(places.items())
        self._similar = SimilarTexts([text for text, _ in self._places])

    def find(self, text: Text) -> Found | None:
        near = self._similar.near(text)
        if not near:
            return None
        other, at = self._places[near[0]]
        return Found(at, _NEAR, " ".join(other)[:_SHOWN])


def _pair(talk: Sequence[Text]) -> Text:
    """A question with its answer."""
    return tuple(word for text in talk[:2] for word in text)


def _runs(text: Text) -> Iterator[Text]:
    return (text[at : at + RUN] for at in range(len(text) - RUN + 1))


def _first_run(talk: Iterable[Text], known: Mapping[Text, str]) -> Found | None:
    run = next((run for text in talk for run in _runs(text) if run in known), None)
    return Found(known[run], f"{RUN} words in a row", " ".join(run)) if run else None


def _texts_in(path: Path) -> Iterator[tuple[str, str]]:
    """Every string of a file of JSON lines, JSON or Parquet, every paragraph of any other; and where it stands."""
    try:
        if path.suffix in _OF_ROWS:
            for row in file_rows(path):
                yield from ((text, f"{path.name}{row.place}") for text in _strings(row.content))
        else:
            for number, text in enumerate(_PARAGRAPH.split(path.read_text(encoding="utf-8-sig")), 1):
                yield text, f"{path.name}, paragraph {number}"
    except InputError as error:
        raise InputError(f"BENCHMARKS: {error}") from None
    except UnicodeDecodeError:
        raise InputError(f"BENCHMARKS: {path}: not in UTF-8: save it so") from None
    except OSError as error:
        raise InputError(f"BENCHMARKS: {path}: {error.strerror}") from None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
