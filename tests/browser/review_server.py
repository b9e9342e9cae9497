"""A server of corrections as small as the page needs it, to hold the page to what it sends and shows."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dramaturg.publish.report import render_page

__all__ = ["TOKEN", "FakeReview", "serving_review"]

TOKEN = "a token of the tests"

Reply = tuple[int, dict[str, Any]]


class FakeReview:
    """Corrections in memory. `sent` are the bodies of all corrections that came, `url` is the page's address."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = dict(data)
        self.state: dict[str, Any] = json.loads(json.dumps(data["state"]))
        self.sent: list[dict[str, Any]] = []
        self.refusal: Reply | None = None
        self.url = ""
        self._lock = threading.Lock()

    def correct(self, body: dict[str, Any]) -> Reply:
        with self._lock:
            self.sent.append(body)
            if self.refusal is not None:
                return self.refusal
            target, targets = body["target"], self.state["targets"]
            if body["seen"] != targets.get(target, {"number": 0})["number"]:
                return 409, {"error": "this was changed since", "state": self.state}
            self.write(target, body)
            return 200, self.state

    def write(self, target: str, body: Mapping[str, Any]) -> None:
        """As if another tab had sent it."""
        targets = self.state["targets"]
        self.state["number"] += 1
        before = targets.pop(target, {"edits": {}})
        now: dict[str, Any] = {
            "number": self.state["number"],
            "verdict": None,
            "edits": before.get("edits", {}),
            "built": False,
        }
        match body["do"]:
            case "accept" | "reject":
                now["verdict"] = body["do"]
            case "speaker":
                now["role"] = body["role"]
            case "edit":
                now["edits"] = {**before.get("edits", {}), str(body["turn"]): body["text"]}
            case "merge":
                now = {"number": self.state["number"], "into": body["into"], "built": False}
        if body["do"] != "undo":
            targets[target] = now
        self.state["reviewed"] = sum(each.startswith("line:") for each in targets)


@contextmanager
def serving_review(review: FakeReview, port: int = 0) -> Iterator[ThreadingHTTPServer]:
    """The page and its corrections on loopback, until the end of the block or `server.shutdown()`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/api/state":
                self._answer(*(self._refused() or (200, review.state)))
            elif self.path.startswith("/?token="):
                content = render_page({**review.data, "state": review.state})
                self._send(200, "text/html; charset=utf-8", content)
            else:
                self._answer(404, {"error": "nothing here"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*(self._refused() or review.correct(body)))

        def _refused(self) -> Reply | None:
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                return 403, {"error": "not the token of this review"}
            return None

        def _answer(self, status: int, content: Mapping[str, Any]) -> None:
            self._send(status, "application/json", json.dumps(content).encode())

        def _send(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        review.url = f"http://127.0.0.1:{server.server_address[1]}/?token={TOKEN.replace(' ', '%20')}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
