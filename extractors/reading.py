"""From a file's bytes to its canonical text: the text that every offset of a script counts in.

txt   the decoded file, without a byte order mark, newlines kept as they are.
EPUB  the text of the spine's pages in order: each block (paragraph, heading, list item …) on a line of its
      own, white space inside a block folded to one space, `<hr>` the line `* * *`. `<br>` is a space, or, on a page
      with more of them than paragraphs, a new line. Left out are the pages and parts that say they are no text of
      the book: cover, title, contents, notes and the marks that refer to them.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes
from lxml import etree, html

from dramaturg.errors import SourceError

__all__ = ["Heading", "SourceText", "read_text"]

Heading = tuple[int, int]
"""Start and end, in the canonical text, of a line that is a heading or part of one."""

_UNREADABLE = "{}: a PDF or Word file is not read: save it as .txt or .epub"
_LARGEST_TEXT = 64_000_000  # bytes: twenty million Chinese characters, read in a gigabyte of memory
_LARGEST_EPUB = 300_000_000  # bytes, packed or unpacked
_ARCHIVE = b"PK\x03\x04"

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHINESE = ["gb18030", "big5"]
_WESTERN = ["cp1252"]
_SAMPLED = 20_000  # bytes
_KNOWN_SHARE = 0.95
_WESTERN_OR_CHINESE = re.compile(r"[\t\r\n -~\u00a0-\u024f\u2010-\u203a\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_MOSTLY_ASCII = 0.1  # the share of other bytes below which a text is not Chinese

_BLOCKS = frozenset(
    """address article aside blockquote body caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6
    header li main ol p pre section table td th title tr ul""".split()
)
_DECLARED = re.compile(rb"<(?:\?xml|meta)\b[^>]*?(?:encoding|charset)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CALLED_SO = {"gb2312": "gb18030", "gbk": "gb18030"}  # pages that say so hold characters of the larger set
_HEADINGS = frozenset({"h1", "h2", "h3"})
_FONTS = (b".ttf", b".otf", b".woff", b".woff2")
_SET_ASIDE = frozenset(
    """cover titlepage halftitlepage copyright-page imprint colophon toc landmarks loi lot index footnote footnotes
    endnote endnotes rearnote rearnotes note noteref backlink doc-cover doc-toc doc-footnote doc-endnote doc-endnotes
    doc-noteref doc-backlink doc-index doc-colophon""".split()
)
_UNREAD = frozenset({"script", "style", "head", "nav", "rt", "rp", "svg"})


@dataclass(frozen=True, slots=True)
class SourceText:
    """A source's canonical text; `encoding` as it was found; the headings, where the format marks them."""

    text: str
    encoding: str
    headings: tuple[Heading, ...] | None = None


def read_text(path: Path) -> SourceText:
    """The canonical text of a .txt or .epub. Raises SourceError where it is neither, or cannot be read."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_ARCHIVE))
            if magic == b"%PDF":
                raise SourceError(_UNREADABLE.format(path))
            is_epub = path.suffix.lower() == ".epub" or magic == _ARCHIVE
            largest = _LARGEST_EPUB if is_epub else _LARGEST_TEXT
            if path.stat().st_size > largest:
                raise SourceError(f"{path}: has more than {largest:,} bytes: cut it into its volumes")
            data = b"" if is_epub else magic + file.read()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    return _read_epub(path) if is_epub else _decode(path, data)


def _marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark stands for."""
    return next((encoding for bom, encoding in _BOMS.items() if data.startswith(bom)), None)


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: that in which nearly all of it is Western or Chinese."""
    if b"\0" not in data or len(data) % 2:
        return None
    start = data[:_SAMPLED]
    for encoding in ("utf-16-le", "utf-16-be"):
        known = len(_WESTERN_OR_CHINESE.findall(start.decode(encoding, "ignore")))
        if known > _KNOWN_SHARE * len(start) / 2:
            return encoding
    return None


def _decode(path: Path, data: bytes) -> SourceText:
    encoding = _marked_encoding(data) or _wide_encoding(data) or "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        share = sum(byte >= 0x80 for byte in data) / len(data)
        likely = _WESTERN if share < _MOSTLY_ASCII else _CHINESE
        best = None if b"\0" in data else from_bytes(data, cp_isolation=likely).best()
        if best is None:
            raise SourceError(f"{path}: not a text in UTF-8, UTF-16, GB18030, Big5 or Windows-1252") from None
        encoding = best.encoding
        text = data.decode(encoding)
    if "\0" in text:
        raise SourceError(f"{path}: not a text: it holds NUL characters")
    if not text.strip():
        raise SourceError(f"{path}: the file is empty")
    return SourceText(text, encoding)


def _read_epub(path: Path) -> SourceText:
    import warnings

    from ebooklib import ITEM_DOCUMENT, epub

    try:
        with zipfile.ZipFile(path) as archive:
            if "word/document.xml" in archive.namelist():
                raise SourceError(_UNREADABLE.format(path))
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_EPUB:
                raise SourceError(f"{path}: unpacks to more than {_LARGEST_EPUB:,} bytes; not read")
            if _is_locked(archive):
                raise SourceError(f"{path}: is locked (DRM): its pages are encrypted; not read")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = epub.read_epub(path, {"ignore_ncx": True})
    except SourceError:
        raise
    except Exception as error:  # a broken archive raises whatever zipfile, lxml or ebooklib meet first
        raise SourceError(f"{path}: not a readable EPUB: {' '.join(str(error).split())}") from None
    page = _PageText()
    for identifier, linear in book.spine:
        item = book.get_item_with_id(identifier)
        is_page = item is not None and item.get_type() == ITEM_DOCUMENT
        if is_page and linear != "no" and "nav" not in getattr(item, "properties", ()):
            page.add(item.content, f"{path}: {item.get_name()}")
    text, headings = page.finished()
    if not text.strip():
        raise SourceError(f"{path}: the EPUB holds no text")
    return SourceText(text, "epub", headings)


def _is_locked(archive: zipfile.ZipFile) -> bool:
    """Whether pages are encrypted; fonts alone may be, in a way that stops nobody."""
    try:
        listed = archive.read("META-INF/encryption.xml")
    except KeyError:
        return False
    locked = re.findall(rb"CipherReference[^>]*URI\s*=\s*[\"']([^\"']+)", listed)
    return any(not name.lower().endswith(_FONTS) for name in locked)


def _decode_page(page: bytes, name: str) -> str:
    """A page in UTF-8 or UTF-16, whatever it says of itself, or else in what it says."""
    declared = _DECLARED.search(page[:1024])
    stated = declared[1].decode().lower() if declared else "utf-8"
    for encoding in (_marked_encoding(page) or _wide_encoding(page) or "utf-8", _CALLED_SO.get(stated, stated)):
        try:
            return page.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise SourceError(f"{name}: not in {stated}, as it says")


class _PageText:
    """The lines of pages of HTML, gathered block by block."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._headings: list[Heading] = []
        self._length = 0
        self._br_ends_line = True
        self._is_heading = False

    def add(self, page: bytes, name: str) -> None:
        decoded = _decode_page(page, name)
        # the limit on the archive's size is the limit on a page's
        parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
        try:
            root = html.document_fromstring(decoded.encode(), parser=parser)
        except etree.ParserError:  # a page without content
            return
        if parser.error_log.filter_from_fatals():
            raise SourceError(f"{name}: {parser.error_log.last_error.message}; not read")
        breaks = len(root.findall(".//br"))
        self._br_ends_line = breaks > len(root.findall(".//p"))
        if not _SET_ASIDE & (_kinds(root) | _kinds(root.find("body"))):
            self._walk(root)
        self._end_line()

    def finished(self) -> tuple[str, tuple[Heading, ...]]:
        return "".join(self._lines), tuple(self._headings)

    def _walk(self, root: html.HtmlElement) -> None:
        # iterwalk keeps its own stack: a page may be nested deeper than Python recurses
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in _UNREAD or _SET_ASIDE & _kinds(element):
                    walk.skip_subtree()
                    continue
                if tag in _BLOCKS or tag == "hr" or (tag == "br" and self._br_ends_line):
                    self._end_line()
                elif tag == "br":
                    self._line.append(" ")
                if tag == "hr":
                    self._line.append("* * *")
                    self._end_line()
                if tag in _HEADINGS:
                    self._is_heading = True
                self._line.append(element.text or "")
                continue
            if tag in _BLOCKS:
                self._end_line()
            if tag in _HEADINGS:
                self._is_heading = False
            self._line.append(element.tail or "")

    def _end_line(self) -> None:
        line = re.sub(r"\s+", " ", "".join(self._line)).strip()
        self._line.clear()
        if line:
            if self._is_heading:
                self._headings.append((self._length, self._length + len(line)))
            self._lines.append(line + "\n")
            self._length += len(line) + 1


def _kinds(element: html.HtmlElement | None) -> frozenset[str]:
    """What an element says it is, by `epub:type` or `role`."""
    if element is None:
        return frozenset()
    return frozenset(f"{element.get('epub:type', '')} {element.get('role', '')}".split())
