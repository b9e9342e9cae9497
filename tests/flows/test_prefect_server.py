"""Which server of Prefect's is told of runs: that of this home, and no other that happens to run here."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dramaturg.errors import BusyError, InputError
from flows import prefect_server
from flows.prefect_server import find_server, server_command, use_server
from tests.flows.test_cli import dramaturg, one_line


class _Server(BaseHTTPRequestHandler):
    """Says of which home it is, to whoever has the password."""

    home = ""
    password = ""

    def do_GET(self) -> None:
        is_open = self.path == "/api/health" or self.password in (self.headers.get("Authorization") or "")
        body = json.dumps({"home": self.home} if self.path == "/api/admin/settings" else True).encode()
        self.send_response(200 if is_open else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def server(home: Path) -> Iterator[type[_Server]]:
    """A server of this home, that was started there."""
    handler = type("Server", (_Server,), {"home": str(home)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        (home / "server-address").write_text(f"http://127.0.0.1:{serving.server_port}/api\n")
        yield handler
        serving.shutdown()


def test_the_server_of_this_home_is_found(home: Path, server: type[_Server]) -> None:
    del server
    assert find_server() == (home / "server-address").read_text().strip()


def test_one_of_another_home_is_not_told_of_our_runs(server: type[_Server]) -> None:
    server.home = "/somebody/else/.prefect"
    assert find_server() is None


def test_where_none_answers_there_is_none(home: Path) -> None:
    assert find_server() is None
    (home / "server-address").write_text("http://127.0.0.1:9/api\n")
    assert find_server() is None


def test_a_server_with_a_password_says_what_is_missing(server: type[_Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server.password = "bWU6aXQ="  # me:it
    with pytest.raises(InputError, match="set PREFECT_API_AUTH_STRING"):
        find_server()
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "me:it")
    assert find_server() is not None


def test_an_address_that_the_environment_names_is_taken_if_somebody_answers_there(
    home: Path, server: type[_Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.home = "/somebody/else/.prefect"
    address = (home / "server-address").read_text().strip()
    monkeypatch.setenv("PREFECT_API_URL", address)
    assert find_server() == address
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with pytest.raises(InputError, match=r"PREFECT_API_URL=http://127\.0\.0\.1:9/api: nobody answers there"):
        find_server()


def test_a_server_that_starts_is_waited_for(home: Path, server: type[_Server], monkeypatch: pytest.MonkeyPatch) -> None:
    address = (home / "server-address").read_text()
    (home / "server-address").write_text("http://127.0.0.1:9/api\n")
    threading.Timer(0.5, lambda: (home / "server-address").write_text(address)).start()
    monkeypatch.setattr(prefect_server.os, "environ", dict(prefect_server.os.environ))
    del server
    began = time.monotonic()
    assert use_server() == address.strip()
    assert time.monotonic() - began >= 0.4


def test_there_is_one_server_a_home(server: type[_Server]) -> None:
    del server
    with pytest.raises(BusyError, match=r"runs already: http://127\.0\.0\.1:\d+$"):
        server_command(4200)


def test_a_server_listens_on_this_machine_alone_and_to_no_other_page(home: Path) -> None:
    command, environment = server_command(4321)
    assert command[-4:] == ["--host", "127.0.0.1", "--port", "4321"]
    assert environment["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4321"
    assert environment["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert (home / "server-address").read_text() == "http://127.0.0.1:4321/api\n"


@pytest.mark.parametrize("command", ["deploy", "worker"])
def test_without_a_server_a_command_says_in_one_line_how_to_start_one(home: Path, command: str) -> None:
    ran = dramaturg("prefect", command, PREFECT_HOME=str(home))
    assert ran.returncode == 2
    assert "make server" in one_line(ran.stderr)


def test_a_build_is_not_told_to_a_server_that_is_not_there(data: Path) -> None:
    ran = dramaturg("build", "alice", "--prefect", "--data", data, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert ran.returncode == 2
    assert one_line(ran.stderr) == "error: PREFECT_API_URL=http://127.0.0.1:9/api: nobody answers there\n"


def test_a_port_that_is_another_programs_is_told_at_once(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = dramaturg("prefect", "server", "--port", str(port), PREFECT_HOME=str(home))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"error: port {port}: Address already in use")
    assert f"--port {port + 100}" in ran.stderr


def test_a_worker_is_not_sent_to_another_programs_port(home: Path, server: type[_Server]) -> None:
    server.home = "/somebody/else/.prefect"
    ran = dramaturg("prefect", "worker", PREFECT_HOME=str(home))
    assert ran.returncode == 2
    assert "is another program's, not the server of" in one_line(ran.stderr)


def test_a_wrong_setting_is_told_when_a_worker_starts(home: Path) -> None:
    ran = dramaturg("prefect", "worker", PREFECT_HOME=str(home), WAIT="abc")
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: WAIT=abc")
