"""From a file's bytes to its canonical text: the text that every offset of a script counts in.

txt   the decoded file, without a byte order mark, newlines kept as they are; where a few bytes are broken, U+FFFD.
EPUB  the text of the spine's pages in order: each block (paragraph, heading, list item …) on a line of its
      own, white space inside a block folded to one space, `<hr>` the line `* * *`. `<br>` is a space, or, on a page
      with more of them than paragraphs, a new line. Left out are the pages and parts that say they are no text of
      the book: cover, title, contents, notes and the marks that refer to them.
"""

import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ebooklib import ITEM_DOCUMENT, epub
from lxml import etree, html

from dramaturg.errors import SourceError
from dramaturg.script import Place

__all__ = [
    "BLOCKS",
    "HEADINGS",
    "STARS",
    "Heading",
    "Lines",
    "SourceText",
    "decode",
    "decode_as",
    "find_encoding",
    "is_page",
    "parse_html",
    "read_text",
    "refuse_document",
    "with_what_is_broken",
]

Heading = tuple[int, int]
"""Start and end, in the canonical text, of a line that is a heading or part of one."""

_FOREIGN = {b"%pdf": "a PDF", b"{\\rtf": "a Word file (RTF)", b"\xd0\xcf\x11\xe0": "a Word file"}
_PACKED = {
    "word/document.xml": "a Word file",
    "xl/workbook.xml": "an Excel file",
    "content.xml": "an OpenDocument file",
}
_EPUBS_OWN = "META-INF/container.xml"
_PAGES = frozenset({".html", ".htm", ".xhtml"})
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)", re.IGNORECASE)
_START = 1024  # bytes that show what a file is
_LARGEST_TEXT = 64_000_000  # bytes: twenty million Chinese characters, read in a gigabyte of memory
_LARGEST_EPUB = 300_000_000  # bytes, packed or unpacked
_TOO_LARGE = f"{{}}: unpacks to more than {_LARGEST_EPUB:,} bytes; not read"
_ARCHIVE = b"PK\x03\x04"

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHINESE = ("gb18030", "cp950")
_WESTERN = "cp1252"
_CALLED_SO = {  # each read as the larger set that is meant by it
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("big5", "cp950"), "cp950"),
    **dict.fromkeys(("us-ascii", "iso-8859-1", "windows-1252"), _WESTERN),
}
_ASCII = bytes(range(0x80))
_MOSTLY_ASCII = 0.1  # the share of other bytes below which a text is not Chinese
_COMMON_IN_CHINESE = "，。的一是不了在人有我他"
_COMMON_SHARE = 0.02
_BROKEN = "\ufffd"
_BROKEN_SHARE = 0.001  # of a text's characters, above which it is no text
_SAMPLED = 20_000  # bytes
_KNOWN_SHARE = 0.95
_WESTERN_OR_CHINESE = re.compile(r"[\t\r\n -~\u00a0-\u024f\u2010-\u203a\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_FAMILIAR = re.compile(rf"[\t\r\n -~{_COMMON_IN_CHINESE}]")
_FAMILIAR_SHARE = 0.1

BLOCKS = frozenset(
    """address article aside blockquote body caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6
    header li main ol p pre section table td th title tr ul""".split()
)
"""The elements of HTML that stand on lines of their own."""
HEADINGS = frozenset({"h1", "h2", "h3"})
STARS = "* * *"
"""The line that stands for `<hr>`."""
_DECLARED = re.compile(rb"<(?:\?xml|meta)\b[^>]*?(?:encoding|charset)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_FONTS = (b".ttf", b".otf", b".woff", b".woff2")
_SET_ASIDE = frozenset(
    """cover titlepage halftitlepage copyright-page imprint colophon toc landmarks loi lot index footnote footnotes
    endnote endnotes rearnote rearnotes note noteref backlink doc-cover doc-toc doc-footnote doc-endnote doc-endnotes
    doc-noteref doc-backlink doc-index doc-colophon""".split()
)
_UNREAD = frozenset({"script", "style", "head", "nav", "rt", "rtc", "rp", "svg"})


@dataclass(frozen=True, slots=True)
class SourceText:
    """A canonical text; `encoding` as it was found, with what is broken in it; the headings, where they are marked;
    the places, in order, of a text made of pages or cues."""

    text: str
    encoding: str
    headings: tuple[Heading, ...] | None = None
    places: tuple[Place, ...] = ()


def read_text(path: Path) -> SourceText:
    """The canonical text of a .txt or .epub. Raises SourceError where it is neither, or cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(_START)
            refuse_document(path, start)
            if is_page(path, start):
                raise SourceError(f"{path}: an HTML page: use kind: web")
            is_epub = path.suffix.lower() == ".epub" or start.startswith(_ARCHIVE)
            largest = _LARGEST_EPUB if is_epub else _LARGEST_TEXT
            if path.stat().st_size > largest:
                raise SourceError(f"{path}: has more than {largest:,} bytes: cut it into its volumes")
            data = b"" if is_epub else start + file.read()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    if is_epub:
        return _read_epub(path)
    text, encoding = decode(data, str(path))
    if "\0" in text:
        raise SourceError(f"{path}: not a text: it holds NUL characters")
    if not text.strip():
        raise SourceError(f"{path}: the file is empty")
    return SourceText(text, with_what_is_broken(encoding, text))


def is_page(path: Path, start: bytes = b"") -> bool:
    """Whether a file is a page of HTML, by its name or by how it starts."""
    return path.suffix.lower() in _PAGES or _PAGE.match(start) is not None


def refuse_document(path: Path, start: bytes) -> None:
    """Raises SourceError where a file that starts so is a PDF or an office program's, whatever its name says."""
    called = next((name for magic, name in _FOREIGN.items() if start[: len(magic)].lower() == magic), None)
    if called is None and start.startswith(_ARCHIVE):
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except Exception:  # a broken archive raises whatever zipfile meets first; its reader tells of it
            return
        called = next((name for file, name in _PACKED.items() if file in names and _EPUBS_OWN not in names), None)
    if called is not None:
        raise SourceError(f"{path}: {called}, which is not read: save it as text (.txt), in UTF-8, and give that file")


def _marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark stands for."""
    return next((encoding for bom, encoding in _BOMS.items() if data.startswith(bom)), None)


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: that in which nearly all of it is Western or Chinese, and some of it what every
    text has (two letters taken for one character make what none has)."""
    if b"\0" not in data or len(data) % 2:
        return None
    start = data[:_SAMPLED]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = start.decode(encoding, "ignore")
        known, familiar = len(_WESTERN_OR_CHINESE.findall(text)), len(_FAMILIAR.findall(text))
        if known > _KNOWN_SHARE * len(start) / 2 and familiar > _FAMILIAR_SHARE * len(text):
            return encoding
    return None


def find_encoding(data: bytes, stated: str = "") -> str | None:
    """UTF-16 or UTF-8 where a text is that, whatever it says of itself; else what it says, `stated`; else Windows-1252
    where it is mostly ASCII, or that in which the commonest characters of Chinese are common; None for another."""
    wide = _marked_encoding(data) or _wide_encoding(data)
    if wide is not None:
        return wide
    text = data.decode("utf-8", "replace")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    if 2 * text.count(_BROKEN) <= beyond_ascii:
        return "utf-8"
    if stated in _CALLED_SO:
        return _CALLED_SO[stated]
    if len(data.translate(None, _ASCII)) < _MOSTLY_ASCII * len(data):
        return _WESTERN
    # GB18030 takes nearly all of Big5 too, as characters that nobody writes
    share, encoding = max((_share_of_common(data.decode(each, "replace")), each) for each in _CHINESE)
    return encoding if share > _COMMON_SHARE else None


def _share_of_common(text: str) -> float:
    return sum(map(text.count, _COMMON_IN_CHINESE)) / len(text)


def decode(data: bytes, name: str, stated: str = "") -> tuple[str, str]:
    """A text and its encoding; `stated` is the one that it says it is in. Raises SourceError, in which the file is
    called `name`, where it is in none that is known."""
    return decode_as(find_encoding(data, stated), data, name)


def decode_as(encoding: str | None, data: bytes, name: str) -> tuple[str, str]:
    """A text and its encoding, of which None stands for one that is not known. Raises SourceError, with the text's
    `name`, where too much of it is broken."""
    text = data.decode(encoding or "utf-8", "replace")
    if encoding is None or text.count(_BROKEN) > 1 + _BROKEN_SHARE * len(text):
        raise SourceError(f"{name}: not a text in UTF-8, UTF-16, GB18030, Big5 or Windows-1252")
    return text, encoding


def with_what_is_broken(encoding: str, text: str) -> str:
    """An encoding's name, with the number of characters that could not be read in it."""
    broken = text.count(_BROKEN)
    return f"{encoding} (broken characters: {broken:,})" if broken else encoding


class _EpubReader(epub.EpubReader):  # type: ignore[misc]
    """Reads each file of a book but its table of contents, which many have broken and nothing here needs."""

    _unpacked = 0

    def read_file(self, name: str) -> bytes:
        content: bytes = super().read_file(name)
        self._unpacked += len(content)  # what is listed a thousand times is unpacked a thousand times
        if self._unpacked > _LARGEST_EPUB:
            raise SourceError(_TOO_LARGE.format(self.file_name))
        return content

    def _parse_nav(self, *_: object, **__: object) -> None:
        pass

    def _parse_ncx(self, *_: object) -> None:
        pass


def _read_epub(path: Path) -> SourceText:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_EPUB:
                raise SourceError(_TOO_LARGE.format(path))
            if _is_locked(archive):
                raise SourceError(f"{path}: is locked (DRM): its pages are encrypted; not read")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = _EpubReader(path).load()
    except SourceError:
        raise
    except Exception as error:  # a broken archive raises whatever zipfile, lxml or ebooklib meet first
        raise SourceError(f"{path}: not a readable EPUB: {' '.join(str(error).split())}") from None
    page = _PageText()
    items = {item.get_id(): item for item in book.get_items() if item.get_type() == ITEM_DOCUMENT}
    for identifier, linear in dict.fromkeys(book.spine):  # none is read twice
        item = items.get(identifier)
        if item is not None and linear != "no" and not isinstance(item, epub.EpubNav):
            page.add(item.content, f"{path}: {item.get_name()}")
    text, headings = page.finished()
    if not text.strip():
        raise SourceError(f"{path}: the EPUB holds no text")
    return SourceText(text, with_what_is_broken("epub", text), headings)


def _is_locked(archive: zipfile.ZipFile) -> bool:
    """Whether pages are encrypted; fonts alone may be, in a way that stops nobody."""
    try:
        listed = archive.read("META-INF/encryption.xml")
    except KeyError:
        return False
    locked = re.findall(rb"<(?:\w+:)?CipherReference\b[^<>]*?\bURI\s*=\s*[\"']([^\"']+)", listed)
    return any(not name.lower().endswith(_FONTS) for name in locked)


def parse_html(text: str, name: str) -> html.HtmlElement | None:
    """A page's root, None where it has no content. Raises SourceError, with its `name`, where it is nested so deep that
    the parser stops: the rest would be lost in silence."""
    # who reads the page limits its size
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    if parser.error_log.filter_from_fatals():
        raise SourceError(f"{name}: its tags are nested too deep; not read")
    return root


class Lines:
    """The lines of a text, gathered piece by piece: white space folded, lines without a character left out.

    What is written while `is_heading` is a heading.
    """

    def __init__(self) -> None:
        self.is_heading = False
        self._lines: list[str] = []
        self._line: list[str] = []
        self._headings: list[Heading] = []
        self._length = 0

    def write(self, piece: str | None) -> None:
        """Go on with the line."""
        if piece:
            self._line.append(piece)

    @property
    def is_begun(self) -> bool:
        """Whether anything was written since the last line ended."""
        return bool(self._line)

    def end(self, *, as_it_is: bool = False) -> None:
        """End the line, if there is one; `as_it_is`, with its white space, and be it empty."""
        line = "".join(self._line)
        self._line.clear()
        if not as_it_is:
            line = re.sub(r"\s+", " ", line).strip()
        if line or as_it_is:
            self.add(line)

    def add(self, line: str) -> None:
        """A whole line, as it is."""
        if self.is_heading:
            self._headings.append((self._length, self._length + len(line)))
        self._lines.append(line + "\n")
        self._length += len(line) + 1

    def finished(self) -> tuple[str, tuple[Heading, ...]]:
        """The text, each line ended by a newline, and its headings."""
        return "".join(self._lines), tuple(self._headings)


class _PageText:
    """The lines of an EPUB's pages, gathered block by block."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._br_ends_line = True

    def add(self, page: bytes, name: str) -> None:
        said = _DECLARED.search(page[:1024])
        decoded, _ = decode(page, name, said[1].decode().lower() if said else "")
        root = parse_html(decoded, name)
        if root is None:
            return
        breaks = len(root.findall(".//br"))
        self._br_ends_line = breaks > len(root.findall(".//p"))
        if not _SET_ASIDE & (_kinds(root) | _kinds(root.find("body"))):
            self._walk(root)
        self._lines.end()

    def finished(self) -> tuple[str, tuple[Heading, ...]]:
        return self._lines.finished()

    def _walk(self, root: html.HtmlElement) -> None:
        lines = self._lines
        # iterwalk keeps its own stack: a page may be nested deeper than Python recurses
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in _UNREAD or _SET_ASIDE & _kinds(element):
                    walk.skip_subtree()
                    continue
                if tag in BLOCKS or tag == "hr" or (tag == "br" and self._br_ends_line):
                    lines.end()
                elif tag == "br":
                    lines.write(" ")
                if tag == "hr":
                    lines.add(STARS)
                if tag in HEADINGS:
                    lines.is_heading = True
                lines.write(element.text)
                continue
            if tag in BLOCKS:
                lines.end()
            if tag in HEADINGS:
                lines.is_heading = False
            lines.write(element.tail)


def _kinds(element: html.HtmlElement | None) -> frozenset[str]:
    """What an element says it is, by `epub:type` or `role`."""
    if element is None:
        return frozenset()
    return frozenset(f"{element.get('epub:type', '')} {element.get('role', '')}".split())
