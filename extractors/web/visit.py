"""One page asked for: robots.txt, a pause between requests, redirects, tries, and limits on size and time."""

import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpcore
import httpx
from protego import Protego

from dramaturg import __version__
from dramaturg.errors import SourceError
from extractors.web.connections import Connections, HostError, Resolve

__all__ = ["Answer", "Limits", "Visitor", "as_address", "host_of", "join"]

_AGENT = f"Dramaturg/{__version__}"
_HEADERS = {
    "User-Agent": _AGENT,
    "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "gzip",
}
_HOST = re.compile(rb"[\w-]+(?:\.[\w-]+)*\.?|[\da-f:.]+", re.IGNORECASE)
_MOVED = frozenset({301, 302, 303, 307, 308})
_COMES_BACK = frozenset({429, 500, 502, 503, 504})
_LARGEST_ROBOTS = 500 * 1024  # bytes, of which the rest is not looked at (RFC 9309, 2.5)
_GZIP = zlib.MAX_WBITS | 16  # with gzip's header and checksum
_GZIP_MAGIC = b"\x1f\x8b"
_HIGHEST_PORT = 0xFFFF
_LOWEST_PORT = 1024  # below it, and but for these two, listen services of another kind
_WEB_PORTS = frozenset({None, 80, 443})
_WAITS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.RemoteProtocolError)
_BY_HAND = "save it from a browser"
_SAID = {
    401: f"asks for a login: {_BY_HAND}",
    403: f"refuses to give the page: {_BY_HAND}",
    404: "there is no such page: look at the address",
    410: "there is no such page any more: look at the address",
    451: "may not be given for legal reasons",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a page may take: `size` in bytes after decompression; seconds to `connect`, of silence while it is `read`,
    and in `total` for one try; the number of `redirects` and of `tries`; seconds of `backoff` before the second try,
    doubled at each further one; the `longest_wait`, in seconds, that a server may ask for."""

    size: int = 20_000_000
    connect: float = 10.0
    read: float = 20.0
    total: float = 120.0
    redirects: int = 10
    tries: int = 4
    backoff: float = 1.0
    longest_wait: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address gave in the end: its last address, the headers and the decompressed bytes, None where they are
    as they were when last asked for (304)."""

    final_address: str
    headers: Mapping[str, str]
    data: bytes | None


class _RefusedError(SourceError):
    """The server answers that there is no page, or none for programs: a status of 4xx."""


class _TryAgainError(Exception):
    """A try failed in a way that may pass; `after` are the seconds that the server asks for."""

    def __init__(self, said: str, after: float | None = None) -> None:
        super().__init__(said)
        self.after = after


def as_address(address: str, *, allow_private: bool = False) -> httpx.URL:
    """An http(s) address without its fragment. Raises SourceError, naming it without a password, where it is none."""
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceError(f"{_without_password(address)}: not an address: {error}") from None
    shown = _without_password(address)
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.raw_host):
        raise SourceError(f"{shown}: not the address of a page: give one that starts with http:// or https://")
    if url.userinfo:
        raise SourceError(f"{shown}: holds a name or password: leave them out; a page behind a login, {_BY_HAND}")
    lowest = 1 if allow_private else _LOWEST_PORT
    if url.port not in _WEB_PORTS and not lowest <= (url.port or 0) <= _HIGHEST_PORT:
        raise SourceError(f"{shown}: port {url.port} is not one that pages come from")
    return url.copy_with(fragment=None)


def join(url: httpx.URL, link: str, *, allow_private: bool = False) -> httpx.URL:
    """The address that a link on a page leads to. Raises SourceError where it is none of a page."""
    try:
        joined = str(url.join(link.strip()))
    except (httpx.InvalidURL, ValueError):
        joined = link
    return as_address(joined, allow_private=allow_private)


def host_of(url: httpx.URL) -> tuple[str, int | None]:
    """What makes two addresses be of one host: its name and, where it is none of the usual two, its port."""
    return url.host.rstrip("."), url.port if url.port not in _WEB_PORTS else None


class Visitor:
    """Asks for pages, one at a time, at least `delay` seconds between two requests to one host.

    Requests go to the transport itself: a client of httpx would heed proxies, keep cookies and look into redirects.
    """

    def __init__(
        self,
        *,
        delay: float,
        limits: Limits,
        allow_private: bool,
        resolve: Resolve,
        is_open: Callable[[str], bool],
        tell: Callable[[str], None],
    ) -> None:
        self._delay = delay
        self._limits = limits
        self._allow_private = allow_private
        self._tell = tell
        self._last: dict[tuple[str, int | None], float] = {}
        self._robots: dict[httpx.URL, Protego] = {}
        self._connections = Connections(resolve, (lambda _: True) if allow_private else is_open)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._connections.close()

    def visit(
        self,
        address: str,
        headers: Mapping[str, str] | None = None,
        hosts: frozenset[tuple[str, int | None]] | None = None,
    ) -> Answer:
        """What an address gives, asked with `headers`; redirects may lead to `hosts` alone, where they are given.

        Raises SourceError, naming the address, where it gives no page.
        """
        try:
            return self._follow(as_address(address, allow_private=self._allow_private), headers or {}, hosts, True)
        except SourceError as error:
            said = str(error)
            raise SourceError(said if said.startswith(_without_password(address)) else f"{address}: {said}") from None

    def _follow(
        self,
        url: httpx.URL,
        headers: Mapping[str, str],
        hosts: frozenset[tuple[str, int | None]] | None,
        asks_robots: bool,
    ) -> Answer:
        seen = {url}
        while True:
            if asks_robots:
                self._ask_robots(url)
            answer = self._try(url, headers)
            if isinstance(answer, Answer):
                return answer
            try:
                url = join(url, answer, allow_private=self._allow_private)
            except SourceError as error:
                raise SourceError(f"leads on to {error}") from None
            if url in seen:
                raise SourceError(f"leads in a circle, back to {url}")
            if len(seen) > self._limits.redirects:
                raise SourceError(f"leads on more than {self._limits.redirects} times: give the page's own address")
            if hosts is not None and host_of(url) not in hosts:
                raise SourceError(f"leads to another host, {url}: only pages of one host are followed")
            seen.add(url)

    def _try(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer | str:
        """An answer, or the address it leads on to."""
        for number in range(1, self._limits.tries + 1):
            try:
                return self._ask(url, headers)
            except _TryAgainError as error:
                if error.after is not None and error.after > self._limits.longest_wait:
                    raise SourceError(f"{error}; it asks to come back in {error.after:,.0f} seconds: do so") from None
                if number == self._limits.tries:
                    raise SourceError(f"{error}, {number} times: try again later") from None
                wait = self._limits.backoff * 2 ** (number - 1) if error.after is None else error.after
                self._tell(f"{url}: {error}; asked again in {wait:.3g} s")
                time.sleep(min(wait, self._limits.longest_wait))
        raise AssertionError("at least one try is made")

    def _ask(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer | str:
        self._pause(url)
        limits = self._limits
        deadline = self._connections.deadline = time.monotonic() + limits.total
        try:
            with closing(self._connections.handle_request(self._request(url, headers))) as response:
                status, given = response.status_code, response.headers
                if status in _MOVED and "location" in given:
                    return given["location"]
                if status == 304 and headers:
                    return Answer(str(url), given, None)
                if status in _COMES_BACK:
                    raise _TryAgainError(f"answers {_named(status)}", _retry_after(given.get("retry-after")))
                if status not in (200, 203):
                    refused = _RefusedError if 400 <= status < 500 else SourceError
                    raise refused(_SAID.get(status, f"answers {_named(status)}: no page"))
                data = b"".join(_decompressed(response, limits.size))
                return Answer(str(url), given, data)
        except _WAITS as error:
            if time.monotonic() >= deadline:
                raise SourceError(f"not there after {limits.total:g} seconds: {_BY_HAND}") from None
            raise _TryAgainError(_failure(error)) from None
        except (httpcore.ProtocolError, ValueError) as error:
            raise SourceError(f"answers with what is no HTTP: {' '.join(str(error).split())}") from None
        finally:
            self._last[host_of(url)] = time.monotonic()

    def _request(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
        timeout = httpx.Timeout(self._limits.read, connect=self._limits.connect)
        return httpx.Request("GET", url, headers={**_HEADERS, **headers}, extensions={"timeout": timeout.as_dict()})

    def _pause(self, url: httpx.URL) -> None:
        robots = self._robots.get(url.join("/robots.txt"))
        delay = max(self._delay, (robots.crawl_delay(_AGENT) or 0.0) if robots else 0.0)
        left = self._last.get(host_of(url), float("-inf")) + delay - time.monotonic()
        if left > 0:
            time.sleep(left)

    def _ask_robots(self, url: httpx.URL) -> None:
        """Raises SourceError where a host's robots.txt keeps programs away, or cannot be read (RFC 9309, 2.3.1)."""
        address = url.join("/robots.txt")
        if address not in self._robots:
            self._robots[address] = Protego.parse(self._robots_text(address))
        robots = self._robots[address]
        if not robots.can_fetch(str(url), _AGENT):
            raise SourceError(f"{address} asks programs to keep away: {_BY_HAND}, where its owner allows that")
        wanted = robots.crawl_delay(_AGENT) or 0.0
        if wanted > self._limits.longest_wait:
            raise SourceError(f"{address} asks for {wanted:,.0f} seconds between two pages: {_BY_HAND}")

    def _robots_text(self, address: httpx.URL) -> str:
        try:
            answer = self._follow(address, {}, None, False)
        except _RefusedError:  # there are no rules
            return ""
        except HostError:
            raise
        except SourceError as error:
            raise SourceError(f"{address}, which says whether programs may come, {error}") from None
        return (answer.data or b"")[:_LARGEST_ROBOTS].decode("utf-8-sig", "replace")


def _decompressed(response: httpx.Response, largest: int) -> Iterator[bytes]:
    """The body piece by piece, never more than `largest` bytes of it in memory. Raises SourceError where it is larger,
    or not what its Content-Encoding says."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        pieces = response.iter_raw()
    elif encoding in ("gzip", "x-gzip"):
        pieces = _unzipped(response.iter_raw(), largest + 1)
    else:
        raise SourceError(f"is packed as {encoding[:40]!r}, which was not asked for: {_BY_HAND}")
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > largest:
            raise SourceError(f"is larger than {largest:,} bytes: {_BY_HAND}, and cut it")
        yield piece


def _unzipped(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """What gzip packed, of each piece no more than `most` bytes: a bomb unpacks no further."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for piece in pieces:
            yield unpacker.decompress(piece, most)
            while unpacker.unused_data.startswith(_GZIP_MAGIC):  # one archive after the other is one (RFC 1952, 2.2)
                rest, unpacker = unpacker.unused_data, zlib.decompressobj(_GZIP)
                yield unpacker.decompress(rest, most)
    except zlib.error:
        raise SourceError(f"is broken: it cannot be unpacked; {_BY_HAND}") from None
    if not unpacker.eof:
        raise _TryAgainError("breaks off in the middle")


def _retry_after(said: str | None) -> float | None:
    """Seconds from now, of a number or a date (RFC 9110, 10.2.3)."""
    if said is None:
        return None
    if said.strip().isdecimal():
        return float(said)
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _failure(error: Exception) -> str:
    if isinstance(error, httpcore.ConnectTimeout):
        return "the host cannot be reached in time"
    if isinstance(error, httpcore.TimeoutException):
        return "nothing comes for too long"
    if isinstance(error, httpcore.ConnectError):
        return f"cannot be connected to ({' '.join(str(error).split())})"
    return "breaks off in the middle"


def _named(status: int) -> str:
    return f"{status} {httpx.codes.get_reason_phrase(status)}".strip()


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", " ".join(address.split()))[:300]
