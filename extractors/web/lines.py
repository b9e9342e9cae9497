"""From elements to lines: what stands on a line of its own on the page is a line of the text.

`<br>` ends a line, `<hr>` is `* * *`, `<pre>` keeps its lines as they are. A row of a table, and a term with its
description, are `Name: line` where each is a few lines at most; larger ones, with which a page is laid out, stay the
lines they hold. A row of column headings (`<th>`) is left out.
"""

import re
from collections.abc import Callable

from lxml import etree, html

from extractors.reading import BLOCKS, HEADINGS, STARS, Lines

__all__ = ["UNREAD", "write_lines"]

UNREAD = frozenset(
    """script style head noscript template svg math canvas iframe object embed video audio map select button input
    textarea datalist rt rtc rp""".split()
)
"""The elements that hold no text of the page."""

_OWN_LINES = BLOCKS | frozenset("center details fieldset form legend summary tbody tfoot thead".split())
_CELLS = frozenset({"td", "th", "dt", "dd"})
_KEEPS_LINES = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_LONGEST_NAME = 60  # characters
_MOST_LINES = 3  # that one side of a row or a description has, to be read as one line
_ENDS_NAME = (":", "：")

_Cell = list[tuple[str, bool]]
"""The lines of a cell, and whether each is a heading."""


def write_lines(root: html.HtmlElement, lines: Lines, is_left_out: Callable[[html.HtmlElement], bool]) -> None:
    """Write all lines of an element but those of elements that are left out."""
    _Writer(lines, is_left_out).write(root)
    lines.end()


class _Writer:
    """One row is held back at a time, or one term, until it is known what becomes of it: within a cell that holds
    another table or list, nothing is."""

    def __init__(self, lines: Lines, is_left_out: Callable[[html.HtmlElement], bool]) -> None:
        self._lines = lines
        self._is_left_out = is_left_out
        self._row: html.HtmlElement | None = None
        self._cells: list[tuple[str, _Cell]] = []
        self._term: _Cell = []
        self._is_term_written = True
        self._cell: html.HtmlElement | None = None
        self._in_cell = Lines()
        self._as_it_is: html.HtmlElement | None = None

    def write(self, root: html.HtmlElement) -> None:
        # iterwalk keeps its own stack: a page may be nested deeper than Python recurses
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if element.tag in UNREAD or self._is_left_out(element):
                    walk.skip_subtree()
                else:
                    self._start(element)
                    is_first = element is self._as_it_is  # a newline then only ends the line of the tag
                    self._write((element.text or "").removeprefix("\n") if is_first else element.text)
            else:
                self._end(element)
                if element is not root:
                    self._write(element.tail)
        self._release()

    @property
    def _out(self) -> Lines:
        return self._lines if self._cell is None else self._in_cell

    def _write(self, text: str | None) -> None:
        if self._as_it_is is None or not text:
            self._out.write(text)
            return
        *whole, last = text.split("\n")
        for line in whole:
            self._out.write(line)
            self._out.end(as_it_is=True)
        self._out.write(last)

    def _start(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag in _OWN_LINES or tag in ("br", "hr"):
            self._out.end()
        if tag in ("table", "tr", "dl", "dt"):
            self._release()
        if tag == "tr":
            self._row = element
        elif tag in _CELLS and self._cell is None and (self._row is not None or tag in ("dt", "dd")):
            self._cell, self._in_cell = element, Lines()
        elif tag == "hr":
            self._out.add(STARS)
        elif tag in HEADINGS:
            self._out.is_heading = True
        if self._as_it_is is None and _is_as_it_is(element):
            self._as_it_is = element

    def _end(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if element is self._as_it_is:
            self._as_it_is = None
            if self._out.is_begun:
                self._out.end(as_it_is=True)
        if tag in _OWN_LINES:
            self._out.end()
        if tag in HEADINGS:
            self._out.is_heading = False
        if element is self._cell:
            self._end_cell(tag)
        if element is self._row:
            self._end_row()
        elif tag == "dl":
            self._release()

    def _end_cell(self, tag: str) -> None:
        cell, self._cell = _lines_of(self._in_cell), None
        if tag == "dt":
            self._term, self._is_term_written = cell, False
        elif tag == "dd":
            if not self._is_joined([self._term], cell):
                if not self._is_term_written:
                    self._add(self._term)
                self._add(cell)
            self._is_term_written = True
        else:
            self._cells.append((tag, cell))

    def _end_row(self) -> None:
        row, self._cells, self._row = self._cells, [], None
        cells = [cell for _, cell in row if cell]
        if len(row) > 1 and all(tag == "th" for tag, _ in row):
            return  # what the columns are called
        if not cells or not self._is_joined(cells[:-1], cells[-1]):
            for cell in cells:
                self._add(cell)

    def _is_joined(self, before: list[_Cell], last: _Cell) -> bool:
        """Write cells as a name and a line, if that is what they are."""
        name = " ".join(line for cell in before for line, _ in cell)
        if not name or not last or len(name) > _LONGEST_NAME:
            return False
        if any(len(cell) > _MOST_LINES or any(is_heading for _, is_heading in cell) for cell in (*before, last)):
            return False
        said = " ".join(line for line, _ in last)
        self._lines.add(f"{name} {said}" if name.endswith(_ENDS_NAME) else f"{name}: {said}")
        return True

    def _release(self) -> None:
        """Write what is held back as the lines it is made of."""
        if not self._is_term_written:
            self._add(self._term)
        for _, cell in self._cells:
            self._add(cell)
        if self._cell is not None:
            self._in_cell.end()
            self._add(_lines_of(self._in_cell))
            self._lines.is_heading = self._in_cell.is_heading
        self._row = self._cell = None
        self._cells, self._term, self._is_term_written = [], [], True

    def _add(self, cell: _Cell) -> None:
        was_heading = self._lines.is_heading
        for line, self._lines.is_heading in cell:
            self._lines.add(line)
        self._lines.is_heading = was_heading


def _lines_of(lines: Lines) -> _Cell:
    text, headings = lines.finished()
    starts = {start for start, _ in headings}
    cell: _Cell = []
    at = 0
    for line in text.split("\n")[:-1]:
        cell.append((line, at in starts))
        at += len(line) + 1
    return cell


def _is_as_it_is(element: html.HtmlElement) -> bool:
    if element.tag == "pre":
        return True
    style = element.get("style")
    return bool(
        style
        and _KEEPS_LINES.search(style)
        and not any(child.tag in _OWN_LINES or child.tag == "br" for child in element)
    )
