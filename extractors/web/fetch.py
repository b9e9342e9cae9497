"""Pages fetched and kept: each asked for once, and read from its folder ever after.

A page is two files: its bytes as they came (decompressed), `<last part of the path>-<hash of the address>.html`, and
beside them a `.json` of the same name that says where they are from.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import httpx
from lxml import html
from pydantic import TypeAdapter, ValidationError

from dramaturg.errors import SourceError
from dramaturg.workspace import write_atomic, write_json
from extractors.web.connections import Resolve, is_public, resolve
from extractors.web.markup import compile_selector, parse_page
from extractors.web.visit import Answer, Limits, Visitor, as_address, host_of, join

__all__ = ["Fetched", "Follow", "fetch_pages"]

_STANDARD = Limits()
_PAGES = re.compile(r"(text/.*|application/(xhtml\+xml|xml|octet-stream))?")
_Hosts = frozenset[tuple[str, int | None]]


@dataclass(frozen=True, slots=True)
class Follow:
    """Which links of a page lead to more of the text, as CSS selectors: `next`, on each page, to the page after it, or
    `pages`, on a list of chapters, to all of them; `most` is the greatest number of pages that is wanted.

    Raises SourceError where neither or both are given, or one is no selector.
    """

    next: str | None = None
    pages: str | None = None
    most: int = 1000

    def __post_init__(self) -> None:
        if (self.next is None) == (self.pages is None):
            raise SourceError("give either the selector of the link to the next page, or that of a list's links")
        compile_selector(self.selector)
        if self.most < 1:
            raise SourceError(f"at most {self.most} pages are none: give a number from 1 on")

    @property
    def selector(self) -> str:
        return self.next or self.pages or ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it was kept: the address it was asked by and the one it came from in the end; `fetched`, the time, in
    UTC; what its headers said; the hash of its bytes, which are `data`."""

    address: str
    final_address: str
    fetched: str
    content_type: str | None
    charset: str | None
    etag: str | None
    last_modified: str | None
    sha256: str
    path: Path

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()


def fetch_pages(
    address: str,
    folder: Path,
    *,
    follow: Follow | None = None,
    refresh: bool = False,
    offline: bool = False,
    allow_private: bool = False,
    delay: float = 1.0,
    limits: Limits = _STANDARD,
    resolve: Resolve = resolve,
    is_open: Callable[[str], bool] = is_public,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Fetched]:
    """The page at an address and, with `follow`, those it leads to, in order; of a list of chapters the chapters alone.

    A page that `folder` holds is not asked for again, or, with `refresh`, only if it has changed since; `offline` none
    is asked for, and one that is not held cannot be had. Each page is taken once, so that a circle of links ends; links
    to other hosts are not followed. At least `delay` seconds lie between two requests to a host. `resolve` finds a
    host's IP addresses, and `is_open` says of each whether it may be connected to; with `allow_private` all may. `tell`
    is told, in lines, how it goes and what was left out.

    Raises SourceError, naming the address, where a page cannot be had; those before it are kept.
    """
    with Visitor(
        delay=delay, limits=limits, allow_private=allow_private, resolve=resolve, is_open=is_open, tell=tell
    ) as visitor:
        collection = _Collection(folder, visitor, refresh, offline)
        # the visitor is who refuses: kept pages are read whatever may be fetched today
        first = collection.page(str(as_address(address, allow_private=True)))
        if follow is None:
            return [first]
        if follow.pages is not None:
            return collection.listed(first, follow, tell)
        return collection.chain(first, follow, tell)


@dataclass(frozen=True, slots=True)
class _Collection:
    folder: Path
    visitor: Visitor
    refresh: bool
    offline: bool

    def listed(self, first: Fetched, follow: Follow, tell: Callable[[str], None]) -> list[Fetched]:
        hosts = _hosts(first)
        seen = {first.address, first.final_address}
        links = [link for link in dict.fromkeys(self._links(first, follow.selector, hosts)) if link not in seen]
        if not links:
            raise SourceError(f"{first.address}: {follow.selector!r} finds no link to another page of its host on it")
        if len(links) > follow.most:
            tell(f"{first.address}: lists {len(links):,} pages; the first {follow.most:,} are taken")
        pages: list[Fetched] = []
        for link in links[: follow.most]:
            page = self.page(link, hosts)
            if page.final_address not in seen:
                seen.add(page.final_address)
                pages.append(page)
            tell(f"{link}: {len(pages):,} of {min(len(links), follow.most):,} pages")
        return pages

    def chain(self, first: Fetched, follow: Follow, tell: Callable[[str], None]) -> list[Fetched]:
        hosts = _hosts(first)
        pages, seen = [first], {first.address, first.final_address}
        while True:
            link = next((each for each in self._links(pages[-1], follow.selector, hosts) if each not in seen), None)
            if link is None:
                if pages == [first]:
                    tell(
                        f"warning: {first.address}: {follow.selector!r} finds no link to another page of its host on "
                        "it, so this page alone is read: look at the link in a browser"
                    )
                return pages
            if len(pages) == follow.most:
                tell(f"{pages[-1].address}: leads on to more; the first {follow.most:,} are taken")
                return pages
            page = self.page(link, hosts)
            if page.final_address in seen:
                return pages
            seen |= {link, page.final_address}
            pages.append(page)
            tell(f"{link}: page {len(pages):,}")

    def page(self, address: str, hosts: _Hosts | None = None) -> Fetched:
        """A page kept, or fetched and kept."""
        stem = self.folder / _stem(address)
        kept = _kept(stem)
        if kept is not None and not self.refresh:
            return kept
        if self.offline:
            raise SourceError(
                f"{address}: {stem.name}.html in {self.folder}, the page kept of it, is missing: build again"
            )
        asked = {}
        if kept is not None:
            asked = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
        answer = self.visitor.visit(address, {name: value for name, value in asked.items() if value}, hosts)
        if answer.data is None and kept is not None:
            return kept
        return _keep(stem, address, answer)

    def _links(self, page: Fetched, selector: str, hosts: _Hosts) -> Iterator[str]:
        """The addresses of the links that a selector finds, or finds links in; those of other hosts left out."""
        root, _ = parse_page(page.data, page.address, page.charset)
        if root is None:
            return
        beneath = httpx.URL(page.final_address)
        told = root.find(".//base[@href]")
        for element in ([told] if told is not None else []) + _anchors(root, selector):
            try:
                url = join(beneath, element.get("href", ""), allow_private=True)
            except SourceError:  # javascript:, mailto:
                continue
            if element is told:
                beneath = url
            elif host_of(url) in hosts:
                yield str(url)


def _hosts(first: Fetched) -> _Hosts:
    return frozenset(host_of(httpx.URL(each)) for each in (first.address, first.final_address))


def _anchors(root: html.HtmlElement, selector: str) -> list[html.HtmlElement]:
    found: dict[html.HtmlElement, None] = {}
    for element in compile_selector(selector)(root):
        inside = [element] if element.get("href") else element.iterfind(".//a[@href]")
        found.update(dict.fromkeys(each for each in inside if not each.get("href", "").startswith("#")))
    return list(found)


def _stem(address: str) -> str:
    """A file's name for an address: the last part of its path, for people, and a hash, for certainty."""
    said = re.sub(r"\W+", "-", unquote(httpx.URL(address).path.rstrip("/").rpartition("/")[2]))[:40].strip("-")
    return "-".join(filter(None, (said, hashlib.sha256(address.encode()).hexdigest()[:16])))


def _kept(stem: Path) -> Fetched | None:
    """Raises SourceError where what lies there is not what was fetched."""
    page, told = stem.with_name(stem.name + ".html"), stem.with_name(stem.name + ".json")
    try:
        said = TypeAdapter(dict[str, str | None]).validate_json(told.read_bytes())
        kept = TypeAdapter(Fetched).validate_python({**said, "path": page})
        if hashlib.sha256(kept.data).hexdigest() == kept.sha256:
            return kept
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(f"{error.filename}: {error.strerror}") from None
    except ValidationError:
        pass
    raise SourceError(f"{page}: is not as it was fetched: delete {told.name} to have it fetched anew")


def _keep(stem: Path, address: str, answer: Answer) -> Fetched:
    content_type, charset = _content_type(answer.headers.get("content-type"))
    if not _PAGES.fullmatch(content_type or ""):
        raise SourceError(f"{address}: is {content_type}, not a page")
    data = answer.data or b""
    kept = Fetched(
        address=address,
        final_address=answer.final_address,
        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
        content_type=content_type,
        charset=charset,
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        sha256=hashlib.sha256(data).hexdigest(),
        path=stem.with_name(stem.name + ".html"),
    )
    told = stem.with_name(stem.name + ".json")
    try:
        told.unlink(missing_ok=True)  # what it says stands only for the bytes it was written with
        with write_atomic(kept.path) as file:
            file.write(data)
        write_json(told, {name: value for name, value in asdict(kept).items() if name != "path"})
    except OSError as error:
        raise SourceError(f"{error.filename}: {error.strerror}") from None
    return kept


def _content_type(said: str | None) -> tuple[str | None, str | None]:
    """A Content-Type's type and charset, in small letters."""
    if not said:
        return None, None
    message = Message()
    message["Content-Type"] = said
    return message.get_content_type() if "/" in said else None, message.get_content_charset()
