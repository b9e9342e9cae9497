"""General instructions, which any role may be given: the project's own, or a file or dataset of the user's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg import ROOT
from dramaturg.curate.rules import is_in_language
from dramaturg.errors import InputError
from dramaturg.row_files import file_rows
from dramaturg.text import Language, in_one_line
from dramaturg.workspace import digest

__all__ = ["Instruction", "load_instructions"]

_OWN = ROOT / "prompts" / "instructions"
_TEXTS = ("instruction", "question", "text")  # last, since Alpaca's `text` is the whole prompt, its answer in it
_RAWS = ("raw", "output", "answer")
_LEAST_IN_LANGUAGE = 0.5
_SHOWN = 60
_SAVED = ("dataset_dict.json", "state.json")  # by save_to_disk

_Row = tuple[str, Any]
"""Where it stands, and what."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """Something that anybody may ask of any role. `raw` is a plain answer, in nobody's voice, where it came with one.

    `category` is open, commonsense or knowledge; a user's file may have others.
    """

    id: str
    text: str
    category: str
    raw: str | None


def load_instructions(language: Language, path: Path | None = None) -> list[Instruction]:
    """The project's own instructions of a language, or those of `path`, each text once.

    `path` is a file of JSON lines, JSON or Parquet, or a folder of Parquet files or that `datasets` saved to disk. A
    row has `instruction`, `question` or `text`, and may have `input`, which goes below it, `raw`, `output` or `answer`,
    `id` and `category`; without an id it is the hash of the text, without a category open.

    Raises InputError where one cannot be read, or most are not in the language.
    """
    source = path or _OWN / f"{language}.jsonl"
    found: dict[str, Instruction] = {}
    named: dict[str, str] = {}
    for where, row in _rows(source):
        instruction = _instruction(where, row)
        same = " ".join(instruction.text.split())
        if found.setdefault(same, instruction) is not instruction:
            continue
        if named.setdefault(instruction.id, where) != where:
            raise InputError(f"{where}: the id {instruction.id} is another instruction's, of {named[instruction.id]}")
    instructions = list(found.values())
    if not instructions:
        raise InputError(f"{source}: there is no instruction in it")
    own = sum(is_in_language(each.text, language) for each in instructions)
    if own < _LEAST_IN_LANGUAGE * len(instructions):
        raise InputError(
            f"{source}: {own} of {len(instructions)} instructions are in the language of the work, {language}: name "
            "instructions in that one"
        )
    return instructions


def _rows(source: Path) -> Iterator[_Row]:
    """Of a folder without `load_dataset`, which knows one by its name, and may show another's rows out of its cache."""
    if not source.is_dir():
        files = [source]
    elif any((source / name).is_file() for name in _SAVED):
        yield from _saved(source)
        return
    else:
        files = sorted(source.rglob("*.parquet"))
        if not files:
            raise InputError(f"{source}: there is no Parquet file in it, nor a dataset that was saved to disk")
    for path in files:
        yield from ((f"{path}{row.place}", row.content) for row in file_rows(path))


def _saved(source: Path) -> Iterator[_Row]:
    from datasets import DatasetDict, load_from_disk

    try:
        saved = load_from_disk(str(source))
        for split, rows in saved.items() if isinstance(saved, DatasetDict) else [("", saved)]:
            for number, row in enumerate(rows, 1):
                yield f"{source / split}, row {number}", row
    except (OSError, ValueError, KeyError, TypeError) as error:  # of a dataset whose description or file is broken
        raise InputError(f"{source}: cannot be read: {in_one_line(error, 2 * _SHOWN)}") from None


def _instruction(where: str, row: Any) -> Instruction:
    if not isinstance(row, Mapping):
        raise InputError(f'{where}: give an object such as {{"text": "…"}} a line')
    text = _text(where, row, _TEXTS)
    if text is None:
        raise InputError(f"{where}: there is no text in it: give {', '.join(_TEXTS[:-1])} or {_TEXTS[-1]}")
    more = _text(where, row, ("input",))
    if more is not None:
        text = f"{text}\n{more}"
    given = row.get("id")
    return Instruction(
        id=digest(text)[:16] if given in (None, "") else str(given),
        text=text,
        category=_text(where, row, ("category",)) or "open",
        raw=_text(where, row, _RAWS),
    )


def _text(where: str, row: Mapping[Any, Any], names: Iterable[str]) -> str | None:
    """The first of these fields that holds anything. Raises InputError where that is no text."""
    for name in names:
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            raise InputError(f"{where}: {name} is no text: {in_one_line(value, _SHOWN)}")
        if value and value.strip():
            return value.strip()
    return None
