"""The report's page served on this machine alone, where what a person says of lines, names and rows is written down."""

import secrets
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dramaturg.errors import DramaturgError, InputError, line_of
from dramaturg.review.desk import ChangedError
from flows.report import Reviewed

__all__ = ["HOST", "create_app", "serve"]

HOST = "127.0.0.1"

_MOST_BYTES = 100_000  # of a request
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # its address has the token
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAID: dict[str, type | tuple[type, ...]] = {"role": (str, type(None)), "turn": int, "text": str, "into": str}
"""What a correction may say beside what it does."""


def create_app(reviewed: Reviewed, token: str, port: int) -> Starlette:
    """A request without the token, from another origin, or to another name than this machine's own is refused."""
    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
    origins = {f"http://{host}" for host in hosts}

    def now() -> dict[str, Any]:
        return reviewed.desk().state().to_json()

    def refusal(request: Request, given: str) -> Response | None:
        if request.headers.get("host") not in hosts or request.headers.get("origin", "") not in {"", *origins}:
            return _json({"error": "only for pages of this server"}, 403)
        if not secrets.compare_digest(given.encode(), token.encode()):
            return _json({"error": "the address that was printed has a token in it: open that one"}, 403)
        return None

    async def show(request: Request) -> Response:
        refused = refusal(request, request.query_params.get("token", ""))
        if refused is not None:
            return refused
        return Response(await run_in_threadpool(reviewed.page), media_type="text/html", headers=_HEADERS)

    def guarded(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def guard(request: Request) -> Response:
            refused = refusal(request, request.headers.get("authorization", "").removeprefix("Bearer "))
            if refused is not None:
                return refused
            try:
                return _json(await answer(request))
            except ChangedError:
                told = "this was changed in the meantime, in another tab or by another program"
                return _json({"error": told, "state": await run_in_threadpool(now)}, 409)
            except DramaturgError as error:
                return _json({"error": str(error)}, 400)
            except OSError as error:
                return _json({"error": line_of(error)}, 507)

        return guard

    async def state(_: Request) -> Any:
        return await run_in_threadpool(now)

    async def correct(request: Request) -> Any:
        told = _read(await _body(request))
        return (await run_in_threadpool(lambda: reviewed.desk().say(**told))).to_json()

    return Starlette(
        routes=[
            Route("/", show),
            Route("/api/state", guarded(state)),
            Route("/api/corrections", guarded(correct), methods=["POST"]),
        ]
    )


async def _body(request: Request) -> bytes:
    """Raises InputError where it is longer than anything that the page sends."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise InputError(f"longer than {_MOST_BYTES:,} bytes")
    return body


def _read(body: bytes) -> dict[str, Any]:
    """What `Desk.say` is told. Raises InputError where it is something else."""
    try:
        told = orjson.loads(body)
        given = {name: told[name] for name, kind in _SAID.items() if name in told and isinstance(told[name], kind)}
        wrong = [name for name in _SAID if name in told and name not in given]
        target, do, seen = told["target"], told["do"], told["seen"]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError("a correction needs a target, what to do, and the last that was seen of it") from None
    if wrong or not isinstance(target, str) or not isinstance(seen, int):
        raise InputError(f"{(wrong or ['target or seen'])[0]} is of another kind than it must be")
    return {
        "target": target,
        "do": do,
        "seen": seen,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "is_drawn": bool(told.get("drawn")),
        **given,
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, _HEADERS, "application/json")


def serve(reviewed: Reviewed, port: int, tell: Callable[[str], None]) -> None:
    """Serve the page until it is stopped, at any free port where `port` is 0. Raises InputError where it is taken."""
    import uvicorn

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise InputError(f"port {port}: {error.strerror}: give another with --port") from None
        listening.listen()
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        tell(f"http://{HOST}:{port}/?token={token}")
        config = uvicorn.Config(create_app(reviewed, token, port), log_level="warning", lifespan="off")
        uvicorn.Server(config).run(sockets=[listening])
