"""An endpoint that misbehaves as told: OpenAI's chat completions, with latency, limits and faults.

    python benchmarks/misbehaving.py --latency 0.2 --rate 20 --limiter bucket --share 0.3

It is deterministic. An answer depends on the question's content alone, a fault on the seed, the content, and how often
that content was asked before. GET /stats tells what it saw; --log FILE appends each request as it begins. It prints its
address, and ends with its standard input. The standard library is all it needs, and little of a processor: it is to
share one with what it measures.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.request import urlopen

__all__ = ["KINDS", "LIMITERS", "MODEL", "Behaviour", "Server", "answer_to", "content_hash", "question", "serving"]

MODEL = "misbehaving"
LIMITERS = ("window", "bucket", "fixed")
"""Sliding window of a second; token bucket that holds a second's worth; windows that begin with each second."""

KINDS = ("429_told", "429", "500", "502_page", "dropped", "hang", "half", "no_choice", "wrong_shape")
HANG = 30.0
"""Seconds that a `hang` keeps a request before it answers well after all."""

_PASSAGE = (
    "The boat came in on the evening tide with its lamp unlit, and nobody on the quay could say who had the helm. "
    "Ann had been told to wait by the second bollard and to speak to no one. She counted the gulls, then the steps. "
    "“You are late,” she said when the old man had climbed up to her, and he laughed, and would not tell her why. "
)
_QUESTION_LENGTH = 2_000  # characters, as a prompt with a scene of 500 tokens in it
_ANSWER_LENGTH = 600
_ESTIMATED_TOKENS = {"prompt_tokens": 500, "completion_tokens": 150, "total_tokens": 650}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the endpoint is to be.

    `latency` in seconds; `rate` in requests a second, 0 for no limit, held by `limiter`, which refuses with or without
    Retry-After (whole seconds); `share` of requests with a fault, each of the `kinds` (by comma) as likely as another.
    """

    latency: float = 0.2
    rate: int = 0
    limiter: str = LIMITERS[0]
    retry_after: bool = True
    share: float = 0.0
    kinds: str = ",".join(KINDS)
    seed: int = 0


def question(number: int) -> str:
    """A question of some 2,000 characters that is to be answered in JSON; another for each number."""
    head = f'Passage {number}. Answer with a JSON object such as {{"answer": "…", "line": "…"}}.\n\n'
    return (head + _PASSAGE * (_QUESTION_LENGTH // len(_PASSAGE) + 1))[:_QUESTION_LENGTH]


def answer_to(content: str) -> str:
    """The good answer to a question: JSON of some 600 characters."""
    return _answer(content_hash(content))


def content_hash(content: str) -> str:
    """What stands for a question's content in the log and in the answer to it."""
    return blake2b(content.encode(), digest_size=16).hexdigest()


def _answer(hashed: str) -> str:
    line = (_PASSAGE * (_ANSWER_LENGTH // len(_PASSAGE) + 1))[: _ANSWER_LENGTH - 60]
    return json.dumps({"answer": hashed, "line": line}, ensure_ascii=False)


# --- from outside --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs in a process of its own. `base_url` is its address up to /v1."""

    port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        """What it saw so far; `_Stats.told` says what is in it."""
        with urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=10) as response:
            told: dict[str, Any] = json.load(response)
            return told


@contextmanager
def serving(behaviour: Behaviour, port: int = 0, log: Path | None = None) -> Iterator[Server]:
    """A server of this behaviour, on a port that is free or the one given, until the block ends."""
    command = [sys.executable, __file__, "--port", str(port), *(["--log", str(log)] if log else [])]
    for each in fields(behaviour):
        command += [f"--{each.name.replace('_', '-')}", str(getattr(behaviour, each.name))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline().rsplit(":", 1)[1].split("/")[0]))
        finally:
            process.stdin.close()


# --- what it saw ---------------------------------------------------------------------------------------------


class _Stats:
    def __init__(self) -> None:
        self.fates: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.good: set[str] = set()
        self.paid_again: Counter[str] = Counter()
        self.other_paths = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.first: float | None = None
        self.last: float | None = None

    def begun(self, hashed: str) -> int:
        """Counts a request; returns how often its content had been asked before."""
        now = time.time()
        self.first = self.first or now
        before = self.asked[hashed]
        self.asked[hashed] = before + 1
        if hashed in self.good:
            self.paid_again[hashed] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return before

    def ended(self, hashed: str, fate: str) -> None:
        self.last = time.time()
        self.fates[fate] += 1
        self.in_flight -= 1
        if fate in ("good", "hang"):
            self.good.add(hashed)

    def told(self) -> dict[str, Any]:
        """Counts of requests, by fate (`good`, a kind of fault, `refused` by the limiter, `abandoned` by the client
        before it had an answer) and in all; of contents; of the requests, and the contents, that were `paid_again`:
        asked although an intact good answer had been sent. `first` began and `last` ended, in seconds since 1970."""
        return {
            "requests": sum(self.asked.values()),
            "fates": dict(self.fates),
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "contents": len(self.asked),
            "contents_answered": len(self.good),
            "most_per_content": max(self.asked.values(), default=0),
            "contents_asked_again": sum(count > 1 for count in self.asked.values()),
            "contents_paid_again": len(self.paid_again),
            "requests_paid_again": sum(self.paid_again.values()),
            "other_requests": self.other_paths,
            "first": self.first,
            "last": self.last,
        }


# --- limits and faults ---------------------------------------------------------------------------------------


class _Limiter:
    """Says of each request how many seconds it comes too early; 0 where it may pass."""

    def __init__(self, kind: str, rate: int) -> None:
        self.kind, self.rate = kind, rate
        self._passed: deque[float] = deque()
        self._tokens, self._filled = float(rate), time.monotonic()
        self._begun, self._second, self._count = time.monotonic(), 0, 0

    def too_early(self) -> float:
        now = time.monotonic()
        if self.kind == "window":
            while self._passed and now - self._passed[0] >= 1:
                self._passed.popleft()
            if len(self._passed) >= self.rate:
                return 1 - (now - self._passed[0])
            self._passed.append(now)
            return 0
        if self.kind == "bucket":
            self._tokens = min(float(self.rate), self._tokens + (now - self._filled) * self.rate)
            self._filled = now
            if self._tokens < 1:
                return (1 - self._tokens) / self.rate
            self._tokens -= 1
            return 0
        second = int(now - self._begun)
        if second != self._second:
            self._second, self._count = second, 0
        if self._count >= self.rate:
            return self._begun + second + 1 - now
        self._count += 1
        return 0


def _fault(behaviour: Behaviour, kinds: tuple[str, ...], hashed: str, attempt: int) -> str | None:
    drawn = blake2b(f"{behaviour.seed} {hashed} {attempt}".encode(), digest_size=16).digest()
    if int.from_bytes(drawn[:8], "big") >= behaviour.share * 2**64:
        return None
    return kinds[int.from_bytes(drawn[8:], "big") % len(kinds)]


# --- HTTP ----------------------------------------------------------------------------------------------------


def _response(status: str, body: bytes, headers: str = "", kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def _error(status: str, kind: str, message: str, headers: str = "") -> bytes:
    body = json.dumps({"error": {"message": message, "type": kind, "param": None, "code": kind}}).encode()
    return _response(status, body, headers)


def _completion(choices: list[dict[str, Any]]) -> bytes:
    completion = {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": choices,
        "usage": _ESTIMATED_TOKENS,
    }
    return json.dumps(completion, ensure_ascii=False).encode()


def _choice(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}


_NO_HASH = "0" * 32
_GOOD_HEAD, _GOOD_TAIL = _response("200 OK", _completion([_choice(_answer(_NO_HASH))])).split(_NO_HASH.encode())
_WHOLE = _completion([_choice(_answer(_NO_HASH))])
_FAULTS = {
    "429_told": _error("429 Too Many Requests", "rate_limit_exceeded", "Rate limit reached", "Retry-After: 1\r\n"),
    "429": _error("429 Too Many Requests", "rate_limit_exceeded", "Rate limit reached"),
    "500": _error("500 Internal Server Error", "server_error", "The server had an error"),
    "502_page": _response(
        "502 Bad Gateway", b"<html><body><h1>502 Bad Gateway</h1></body></html>", kind="text/html; charset=utf-8"
    ),
    "half": _response("200 OK", _WHOLE[: len(_WHOLE) // 2]),
    "no_choice": _response("200 OK", _completion([])),
    "wrong_shape": _response("200 OK", _completion([_choice("I am sorry, but I would rather tell you a story.")])),
}
_AT_ONCE = frozenset({"429_told", "429"})
_MODELS = _response(
    "200 OK", json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "nobody"}]}).encode()
)


class _Endpoint:
    """What all connections share."""

    def __init__(self, behaviour: Behaviour, log: Path | None) -> None:
        self.behaviour = behaviour
        self.kinds = tuple(behaviour.kinds.split(","))
        self.limiter = _Limiter(behaviour.limiter, behaviour.rate) if behaviour.rate else None
        self.stats = _Stats()
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if log else None


class _Connection(asyncio.Protocol):
    """One client's connection: one request at a time, what comes meanwhile waits."""

    def __init__(self, endpoint: _Endpoint) -> None:
        self.endpoint = endpoint
        self.received = b""
        self.pending: asyncio.TimerHandle | None = None
        self.hashed = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self.pending is not None:
            self.pending.cancel()
            self.pending = None
            self.endpoint.stats.ended(self.hashed, "abandoned")

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._next()

    def _next(self) -> None:
        while self.pending is None and (head_end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:head_end].lower()
            at = head.find(b"\r\ncontent-length:")
            length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            end = head_end + 4 + length
            if len(self.received) < end:
                return
            body = self.received[head_end + 4 : end]
            self.received = self.received[end:]
            if head.startswith(b"post ") and b"/chat/completions" in head[:80]:
                self._asked(body)
            elif head.startswith(b"get /stats"):
                self.transport.write(_response("200 OK", json.dumps(self.endpoint.stats.told()).encode()))
            else:
                self.endpoint.stats.other_paths += 1
                is_known = b"/models" in head[:80]
                self.transport.write(_MODELS if is_known else _error("404 Not Found", "not_found", "no such path"))

    def _asked(self, body: bytes) -> None:
        endpoint, behaviour = self.endpoint, self.endpoint.behaviour
        messages = json.loads(body).get("messages")
        if not messages:
            endpoint.stats.other_paths += 1
            self.transport.write(_error("400 Bad Request", "invalid_request_error", "Empty input messages"))
            return
        hashed = self.hashed = content_hash("\n".join(message["content"] for message in messages))
        attempt = endpoint.stats.begun(hashed)
        if endpoint.log is not None:
            os.write(endpoint.log, f"{hashed} {time.time():.4f}\n".encode())
        early = endpoint.limiter.too_early() if endpoint.limiter else 0
        if early:
            told = f"Retry-After: {max(1, int(early + 0.999))}\r\n" if behaviour.retry_after else ""
            self.transport.write(_error("429 Too Many Requests", "rate_limit_exceeded", "Rate limit reached", told))
            endpoint.stats.ended(hashed, "refused")
            return
        fault = _fault(behaviour, endpoint.kinds, hashed, attempt) if behaviour.share else None
        wait = 0.0 if fault in _AT_ONCE else HANG if fault == "hang" else behaviour.latency
        self.pending = asyncio.get_running_loop().call_later(wait, self._answer, fault)

    def _answer(self, fault: str | None) -> None:
        self.pending = None
        if self.transport.is_closing():
            self.endpoint.stats.ended(self.hashed, "abandoned")
            return
        if fault == "dropped":
            self.transport.abort()
        elif fault is None or fault == "hang":
            self.transport.write(_GOOD_HEAD + self.hashed.encode() + _GOOD_TAIL)
        else:
            self.transport.write(_FAULTS[fault])
        self.endpoint.stats.ended(self.hashed, fault or "good")
        self._next()


async def _serve(behaviour: Behaviour, port: int, log: Path | None) -> None:
    loop = asyncio.get_running_loop()
    endpoint = _Endpoint(behaviour, log)
    server = await loop.create_server(lambda: _Connection(endpoint), "127.0.0.1", port, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    is_over = asyncio.Event()
    with suppress(PermissionError):  # a file, such as /dev/null, that never ends
        loop.add_reader(sys.stdin, lambda: is_over.set() if not os.read(sys.stdin.fileno(), 4096) else None)
    await is_over.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    usual = Behaviour()
    parser.add_argument("--port", type=int, default=0, help="default: one that is free")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append (content's hash, time) of each that begins")
    parser.add_argument("--latency", type=float, default=usual.latency, help="seconds")
    parser.add_argument("--rate", type=int, default=usual.rate, help="requests a second; 0: no limit")
    parser.add_argument("--limiter", choices=LIMITERS, default=usual.limiter)
    parser.add_argument("--retry-after", choices=["True", "False"], default="True")
    parser.add_argument("--share", type=float, default=usual.share, help="of requests with a fault")
    parser.add_argument("--kinds", default=usual.kinds, help="of faults, by comma")
    parser.add_argument("--seed", type=int, default=usual.seed)
    given = vars(parser.parse_args())
    port, log = given.pop("port"), given.pop("log")
    asyncio.run(_serve(Behaviour(**given | {"retry_after": given["retry_after"] == "True"}), port, log))


if __name__ == "__main__":
    main()
