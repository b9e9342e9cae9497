"""Pages of HTML, from the web or saved from a browser, as a canonical text: the lines of their main block."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from dramaturg.errors import SourceError
from dramaturg.script import Place
from extractors.reading import Heading, Lines, SourceText, refuse_document, with_what_is_broken
from extractors.web.block import Block, find_block
from extractors.web.lines import write_lines
from extractors.web.markup import compile_selector, parse_page

__all__ = ["PageText", "read_page", "read_page_file", "read_pages"]

_LARGEST = 20_000_000  # bytes
_FEW = 25  # characters, with which a page that runs scripts has not shown its text


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text, one line for each that its reader sees, its headings and encoding; `name`: its address or file."""

    name: str
    text: str
    headings: tuple[Heading, ...]
    encoding: str


def read_page(data: bytes, name: str, charset: str | None = None, *, selector: str | None = None) -> PageText:
    """The text of a page's main block, or of the elements that `selector`, in CSS, finds; `charset` is what its header
    says it is in.

    Raises SourceError, with its `name`, where it is no page, is hostile, or holds no text.
    """
    if len(data) > _LARGEST:
        raise SourceError(f"{name}: is larger than {_LARGEST:,} bytes: cut it")
    root, encoding = parse_page(data, name, charset)
    lines = Lines()
    for block in _blocks(root, name, selector) if root is not None else ():
        for title in block.titles:
            write_lines(title, lines, block.is_left_out)
        write_lines(block.element, lines, block.is_left_out)
    text, headings = lines.finished()
    if len(text) < _FEW and root is not None and root.find(".//script") is not None:
        raise SourceError(
            f"{name}: holds no text, only a program (JavaScript) that would fetch it: open it in a browser, save what "
            "it shows, and give that file"
        )
    if not text.strip():
        raise SourceError(f"{name}: the page holds no text")
    return PageText(name, text, headings, encoding)


def read_page_file(path: Path, *, selector: str | None = None) -> PageText:
    """`read_page` of a page that was saved from a browser. Raises SourceError also where the file cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)  # enough for `read_page` to see that it is too large
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    refuse_document(path, data)
    return read_page(data, str(path), selector=selector)


def _blocks(root: html.HtmlElement, name: str, selector: str | None) -> Iterable[Block]:
    if selector is None:
        return [find_block(root)]
    found = compile_selector(selector)(root)
    if not found:
        raise SourceError(f"{name}: nothing on the page is {selector!r}: look at its elements in a browser")
    chosen = set(found)
    outermost = [each for each in found if not any(above in chosen for above in each.iterancestors())]
    return [find_block(root, each) for each in outermost]


def read_pages(pages: Iterable[PageText]) -> SourceText:
    """Several pages as one text, in their order; each page's stretch is a place, its name the place's `at`."""
    texts: list[str] = []
    headings: list[Heading] = []
    places: list[Place] = []
    encodings: dict[str, None] = {}
    length = 0
    for page in pages:
        texts.append(page.text)
        headings += ((start + length, end + length) for start, end in page.headings)
        places.append(Place(length, length + len(page.text), page.name))
        encodings[page.encoding] = None
        length += len(page.text)
    if not texts:
        raise SourceError("there are no pages to read")
    text = "".join(texts)
    return SourceText(text, with_what_is_broken(", ".join(encodings), text), tuple(headings), tuple(places))
