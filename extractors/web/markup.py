"""A page's bytes as a tree of elements."""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from typing import cast

from cssselect import SelectorError
from lxml import html
from lxml.cssselect import CSSSelector

from dramaturg.errors import SourceError
from extractors.reading import decode_as, find_encoding, parse_html

__all__ = ["compile_selector", "parse_page"]

_LOOKED_AT = 4096  # bytes, at the start, for a charset; HTML allows 1024, and saved pages exceed that
_META = re.compile(rb"<(?:\?xml|meta)\b[^<>]*?(?:encoding|charset)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_OTHERWISE_CALLED = {
    **dict.fromkeys(("x-gbk", "cp936", "ms936", "gb_2312-80", "x-euc-cn", "euc-cn"), "gb18030"),
    **dict.fromkeys(("big5-hkscs", "x-x-big5", "cn-big5"), "big5"),
    **dict.fromkeys(("latin1", "latin-1", "cp1252", "ascii"), "iso-8859-1"),
}
_HAS_TAGS = re.compile(
    r"<(?:!|/|(?:html|head|title|meta|body|main|article|section|div|p|br|hr|h[1-6]|table|tr|td|dl|dt|dd|ul|ol|li|pre|span|"
    r"font|center|script|a|b|i|em|strong|form|ruby|blockquote)[\s/>])",
    re.IGNORECASE,
)
_BR_ENDED = re.compile(r"</br\s*>", re.IGNORECASE)
_P_ENDED = re.compile(r"</p\s*>", re.IGNORECASE)
_STRAY = "end tag : p"
_NO_TAGS = re.compile(r"<!--|<(script|style)\b", re.IGNORECASE)
# libxml2 compares each attribute of an element with all before it
_TOO_MANY_ATTRIBUTES = re.compile(
    r"<[a-zA-Z][^\s/>]*+(?:[\s/]*+=?+[^\s/>=]++(?>(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?)){3000}"
)


def _decode(data: bytes, name: str, charset: str | None = None) -> tuple[str, str]:
    """The bytes decide: a byte order mark, UTF-16 or UTF-8 that it cannot but be, Chinese by its commonest characters;
    after them what the page's header says, `charset`, and what the page says of itself."""
    encoding = find_encoding(data) if b"\0" in data or data.isascii() else None
    if encoding is None:
        # of the text alone: tags and scripts would make every page mostly ASCII
        text = b"\n".join(each for each in re.split(rb"[<>]", data) if not each.isascii())
        encoding = find_encoding(text) if text else "utf-8"
        if encoding in (None, "cp1252"):
            meta = _META.search(data[:_LOOKED_AT])
            for said in (charset, meta[1].decode("ascii", "ignore") if meta else None):
                stated = (said or "").lower()
                encoding = find_encoding(text, _OTHERWISE_CALLED.get(stated, stated)) or encoding
                if stated and encoding != "cp1252":
                    break
    return decode_as(encoding, data, name)


def parse_page(data: bytes, name: str, charset: str | None = None) -> tuple[html.HtmlElement | None, str]:
    """A page's root element, None where it has no content, and its encoding; a text without a tag is a `<pre>`.

    Raises SourceError, with the page's `name`, where it is no text, nested too deep, or made to be read for ever.
    """
    text, encoding = _decode(data, name, charset)
    if "\0" in text:
        raise SourceError(f"{name}: not a page: it holds NUL characters")
    if _TOO_MANY_ATTRIBUTES.search(_tags(text)):
        raise SourceError(f"{name}: has an element of more than 3,000 attributes; not read")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _HAS_TAGS.search(text):  # text/plain
        text = f"<pre>\n{escape(text)}</pre>"
    text = _BR_ENDED.sub("<br>", text)
    root = parse_html(text, name)
    if root is not None and any(_STRAY in each.message for each in root.getroottree().parser.error_log):
        # browsers end the line there, libxml2 drops the tag
        root = parse_html(_P_ENDED.sub(r"\g<0><center></center>", text), name)
    return root, encoding


def _tags(text: str) -> str:
    """A page without its remarks and programs, in which `<a b c` may be no tag."""
    pieces: list[str] = []
    at = 0
    while (found := _NO_TAGS.search(text, at)) is not None:
        pieces.append(text[at : found.start()])
        if found[1] is None:
            end = text.find("-->", found.end())
        else:
            inside = text.find(">", found.end())
            pieces.append(text[found.start() : inside + 1])
            closing = re.compile(f"</{found[1]}", re.IGNORECASE).search(text, inside) if inside >= 0 else None
            end = closing.start() if closing is not None else -1
        at = end if end >= 0 else len(text)
    return "".join((*pieces, text[at:]))


@cache
def compile_selector(selector: str) -> Callable[[html.HtmlElement], list[html.HtmlElement]]:
    """What finds the elements, within one, that a CSS selector means. Raises SourceError where it is no selector."""
    try:
        return cast(Callable[[html.HtmlElement], list[html.HtmlElement]], CSSSelector(selector, translator="html"))
    except (SelectorError, ValueError) as error:
        raise SourceError(f"{selector!r} is not a CSS selector: {' '.join(str(error).split())}") from None
