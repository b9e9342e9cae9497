"""Files of rows that others wrote, as they come: JSON lines, JSON, Parquet."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.errors import InputError
from dramaturg.text import in_one_line

__all__ = ["FileRow", "file_rows", "rows_and_faults"]

_BATCH = 2_000
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class FileRow:
    """What stands at a place of a file, which goes behind the file's name: `:3`, `, row 3` or `, item 3`; `number` is
    that number. Where it cannot be read, `fault` says why, and `content` is the line as it stands."""

    place: str
    number: int
    content: Any
    fault: str | None = None


def file_rows(path: Path) -> Iterator[FileRow]:
    """The rows of a file. Raises InputError, which says where and what is wrong, where one cannot be read."""
    for row in rows_and_faults(path):
        if row.fault is not None:
            raise InputError(f"{path}{row.place}: {row.fault}")
        yield row


def rows_and_faults(path: Path) -> Iterator[FileRow]:
    """The rows of a file, and in their places the lines that are none. A .parquet is gone through in batches, a .json
    is read whole, as a list of rows or as one, and any other a line at a time, those without anything on them passed
    over.

    Raises InputError where there is no such file, or it cannot be read as a whole.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    readers = {".parquet": _parquet, ".json": _json}
    try:
        yield from readers.get(path.suffix, _lines)(path)
    except pa.ArrowException as error:
        raise InputError(f"{path}: not Parquet: {in_one_line(error, _SHOWN)}") from None
    except OSError as error:
        raise InputError(f"{path}: {in_one_line(error.strerror or error, _SHOWN)}") from None


def _parquet(path: Path) -> Iterator[FileRow]:
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield FileRow(f", row {number}", number, row)


def _json(path: Path) -> Iterator[FileRow]:
    found, fault = _parsed(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    if fault is not None:
        raise InputError(f"{path}: {fault}")
    for number, row in enumerate(found if isinstance(found, list) else [found], 1):
        yield FileRow(f", item {number}", number, row)


def _lines(path: Path) -> Iterator[FileRow]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            written = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not written.isspace() and written:
                yield FileRow(f":{number}", number, *_parsed(written.strip()))


def _parsed(written: bytes) -> tuple[Any, str | None]:
    """What is written; where that is nothing, the text, and why."""
    try:
        return orjson.loads(written), None
    except ValueError:
        pass
    try:
        text = written.decode()
    except UnicodeDecodeError:
        return written.decode(errors="replace"), "not in UTF-8: save it so"
    try:
        found = json.loads(text, parse_constant=lambda _: None)  # NaN, which Python writes
        orjson.dumps(found)  # half of a surrogate pair is no text
    except (ValueError, TypeError, RecursionError):
        return text, f"not JSON: {in_one_line(text, _SHOWN)}"
    return found, None
