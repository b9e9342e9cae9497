"""Prefect's server on this machine: how it is started, where it is, what is deployed to it. No flow is imported until
one is deployed."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from dramaturg import ROOT
from dramaturg.errors import BusyError, InputError
from dramaturg.workspace import write_atomic

__all__ = [
    "DEPLOYMENTS",
    "ending_with_this",
    "find_server",
    "server_command",
    "use_server",
    "wait_for_server",
    "worker_command",
]

DEPLOYMENTS = ROOT / "prefect.yaml"
_POOL = "dramaturg"
_ADDRESS = "server-address"
"""The file in Prefect's home that says where its server was started last."""
_HOST = "127.0.0.1"
_SECONDS = 5.0
_LOOKS_EVERY = 0.3
_STARTS_WITHIN = 120.0  # the first time it makes its database
_UNAUTHORIZED = 401
_NO_PASSWORD: dict[str, Any] = {"password": None}
_ENDS_WITHIN = 20.0
_PREFECT = (sys.executable, "-m", "prefect", "--no-prompt")


def server_command(port: int) -> tuple[list[str], dict[str, str]]:
    """The command that serves this home on this machine alone, and its environment; it is written down where.

    Raises BusyError where such a server runs already, or the port is another program's.
    """
    if (running := find_server()) is not None:
        raise BusyError(f"Prefect's server runs already: {_page(running)}")
    try:
        with socket.create_server((_HOST, port)):
            pass
    except OSError as error:
        raise BusyError(f"port {port}: {error.strerror}: {_another_port(port)}") from None
    page = f"http://{_HOST}:{port}"
    with write_atomic(_home() / _ADDRESS) as file:
        file.write(f"{page}/api\n".encode())
    environment = {
        **os.environ,
        "PREFECT_SERVER_UI_API_URL": f"{page}/api",
        # a page of another site, open in the same browser, is to start nothing here
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": page,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    }
    environment.pop("PREFECT_API_URL", None)
    return [*_PREFECT, "server", "start", "--host", _HOST, "--port", str(port)], environment


def find_server() -> str | None:
    """The API's address of the server that is to be told of runs: PREFECT_API_URL, or that of this home, if one answers
    there. Raises InputError where PREFECT_API_URL names one that does not, or a password is missing."""
    if address := os.environ.get("PREFECT_API_URL"):
        if _asked(f"{address}/health") is None:
            raise InputError(f"PREFECT_API_URL={address}: nobody answers there")
        return address
    written = _written()
    if written is None or (answer := _asked(f"{written}/admin/settings")) is None:
        return None
    if answer == _NO_PASSWORD:
        raise InputError(f"{_page(written)} wants a password: set PREFECT_API_AUTH_STRING to that of the server")
    return written if Path(str(answer.get("home"))) == _home() else None


def use_server() -> str:
    """The address of `find_server`, which this process and those that it starts take from now on. One that was started
    just now is waited for. Raises InputError where there is none."""
    address = find_server()
    while address is None and _is_starting():
        _complain_if_anothers()
        sleep(_LOOKS_EVERY)
        address = find_server()
    if address is None:
        raise InputError("no server of Prefect's answers: make server starts one, in a terminal of its own")
    os.environ["PREFECT_API_URL"] = address
    return address


def worker_command(limit: int) -> list[str]:
    """The command that runs what is due, `limit` runs at once."""
    return [*_PREFECT, "worker", "start", "--pool", _POOL, "--type", "process", "--limit", str(limit)]


@contextmanager
def ending_with_this() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Processes that are put into the list end when the block does."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for_server(process: "subprocess.Popen[bytes]") -> str:
    """The address of a server that was started, once it answers. Raises InputError where it does not."""
    until = monotonic() + _STARTS_WITHIN
    while monotonic() < until and process.poll() is None:
        if (address := find_server()) is not None:
            return address
        sleep(_LOOKS_EVERY)
    raise InputError("Prefect's server does not start: make server shows why")


def _is_starting() -> bool:
    try:
        return time() - (_home() / _ADDRESS).stat().st_mtime < _STARTS_WITHIN
    except OSError:
        return False


def _complain_if_anothers() -> None:
    """Raises InputError where something answers at the address of this home's server that is not it."""
    written = _written()
    if written is not None and _asked(f"{written}/admin/settings") is not None and find_server() is None:
        port = int(_page(written).rpartition(":")[2])
        raise InputError(f"{_page(written)} is another program's, not the server of {_home()}: {_another_port(port)}")


def _another_port(port: int) -> str:
    return f"make server ARGS='--port {port + 100}' takes another"


def _written() -> str | None:
    """Where the server of this home was started last."""
    try:
        return (_home() / _ADDRESS).read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _asked(address: str) -> dict[str, Any] | None:
    """What a server says; None where there is none."""
    login = os.environ.get("PREFECT_API_AUTH_STRING")
    known = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
    opener = build_opener() if os.environ.get("PREFECT_API_URL") else build_opener(ProxyHandler({}))
    try:
        request = Request(address, headers=known)
        with opener.open(request, timeout=_SECONDS) as answer:
            found = json.load(answer)
    except HTTPError as error:
        return _NO_PASSWORD if error.code == _UNAUTHORIZED else {}
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else {}


def _page(address: str) -> str:
    return address.removesuffix("/api")


def _home() -> Path:
    return Path(os.environ["PREFECT_HOME"]).expanduser().absolute()
