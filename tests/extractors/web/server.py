"""A site on loopback that gives the pages a test lays down, and misbehaves as the test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Asked", "Site", "serving"]


@dataclass(frozen=True)
class Asked:
    """A request as it came, the names of its headers in small letters."""

    path: str
    headers: dict[str, str]
    number: int
    """How often the path was asked for, this time counted."""


class Handler(BaseHTTPRequestHandler):
    """What a route may use to answer by hand: `wfile`, and `give` for the rest."""

    protocol_version = "HTTP/1.1"
    site: "Site"
    asked: Asked

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.site.lock:
            number = 1 + sum(each.path == self.path for each in self.site.asked)
            self.asked = Asked(self.path, headers, number)
            self.site.asked.append(self.asked)
        route = self.site.routes.get(self.path)
        with suppress(OSError):  # who asked is gone
            if route is None:
                self.give(b"not here", 404)
            elif callable(route):
                route(self)
            else:
                self.give(route)

    def give(self, body: bytes | str, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else body.encode()
        given = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.start(status, **given)
        self.wfile.write(content)

    def start(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


Route = bytes | str | Callable[[Handler], None]


@dataclass
class Site:
    """`routes`: what each path gives; all others are 404, robots.txt too. `asked`: all requests, in order."""

    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def paths(self) -> list[str]:
        """What was asked for, but robots.txt."""
        return [each.path for each in self.asked if each.path != "/robots.txt"]


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site on a free port for as long as the block lasts."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:  # a client that went away
            pass

    handler = type("OfSite", (Handler,), {"site": site})
    with Server(("127.0.0.1", 0), handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()
