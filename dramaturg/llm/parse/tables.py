"""Markdown tables, with a rule below the heading or not: an item a row, or on its side, a field a row."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dramaturg.llm.parse.items import Piece, checked
from dramaturg.llm.parse.prose import plain
from dramaturg.llm.parse.spellings import Spellings

__all__ = ["read_tables"]

_PIPE = re.compile(r"(?<!\\)[|｜]")
_BREAK = re.compile(r"\s*<br ?/?>\s*", re.IGNORECASE)
_RULE = re.compile(r"[\s|｜:+\-—=]+")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line with pipes, or two where a cell has a line break in it."""

    start: int
    end: int
    cells: tuple[str, ...]
    text: str


def read_tables(text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    """The items in tables whose heading has every field, and in those that have a field a row. A row with more cells
    than the heading has them in its last, unless that holds a choice: nobody knows then which cell is whose."""
    pieces: list[Piece] = []
    for rows in _tables(text):
        names = [spellings.heading(cell) for cell in rows[0].cells]
        if spellings.required <= set(names):
            own = [row for row in rows[1:] if not _RULE.fullmatch(row.text)]
            begins = rows[0].start
            for row in own:
                is_broken = is_cut and row.end == len(text.rstrip())
                item = None if is_broken else checked(_told(row, names, spellings), spellings)
                pieces.append(Piece(begins, row.end, item, row.text))
                begins = row.end
        else:
            pieces += _on_its_side(rows, text, spellings, is_cut)
    return pieces


def _on_its_side(rows: Sequence[_Row], text: str, spellings: Spellings, is_cut: bool) -> list[Piece]:
    told = [(name, row.cells[1]) for row in rows if len(row.cells) == 2 and (name := spellings.heading(row.cells[0]))]
    if len(told) < len(spellings.required) or not spellings.required <= {name for name, _ in told}:
        return []
    end = rows[-1].end
    item = None if is_cut and end == len(text.rstrip()) else checked(told, spellings)
    return [Piece(rows[0].start, end, item, text[rows[0].start : end])]


def _told(row: _Row, names: Sequence[str | None], spellings: Spellings) -> Iterator[tuple[str, str]]:
    cells = list(row.cells)
    if len(cells) > len(names) and names[-1] not in spellings.chosen:
        cells[len(names) - 1 :] = [" | ".join(cells[len(names) - 1 :]).replace(" | ", "|")]
    if len(cells) == len(names):
        yield from ((name, cell) for name, cell in zip(names, cells, strict=True) if name is not None)


def _tables(text: str) -> Iterator[list[_Row]]:
    """Runs of lines with pipes."""
    rows: list[_Row] = []
    for row in _rows(text):
        if rows and text[rows[-1].end : row.start] != "\n":
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _rows(text: str) -> Iterator[_Row]:
    start = 0
    is_framed = False
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if len(_PIPE.findall(line)) < 1:
            is_framed = False
        else:
            bare = line.strip()
            opens, closes = (bool(_PIPE.match(bare)), bare[-1:] in "|｜")
            later = text.find("\n", end + 1)
            following = text[end + 1 : len(text) if later < 0 else later]
            if is_framed and opens and not closes and following.strip() and not _PIPE.match(following.strip()):
                end = end + 1 + len(following)
                bare = text[start:end].strip()
                closes = bare[-1:] in "|｜"
            is_framed = opens and (closes or is_framed)
            yield _Row(start, end, _cells(bare), bare)
        start = end + 1


def _cells(line: str) -> tuple[str, ...]:
    parts = _PIPE.split(line)
    parts = parts[1:] if not parts[0].strip() else parts
    parts = parts[:-1] if parts and not parts[-1].strip() else parts
    return tuple(_cell(part) for part in parts)


def _cell(text: str) -> str:
    return _BREAK.sub("\n", plain(text.replace("\\|", "|")).strip("` "))
