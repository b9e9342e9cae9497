"""ON_SUCCESS and ON_FAILURE: who is told how a run ended, and what never gets out by that."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dramaturg.errors import DramaturgError, SourceError
from flows import announced
from flows.announced import Ending, announcing
from tests.flows.test_cli import dramaturg, one_line

KEY = "sk-aKeyOfTheTestsThatOpensNothing"


class _Told(BaseHTTPRequestHandler):
    """Takes whatever is posted, and answers with `status`."""

    status = 204
    bodies: list[dict[str, Any]]

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def told() -> Iterator[tuple[str, type[_Told]]]:
    """An address to post to, and what came there."""
    handler = type("Told", (_Told,), {"bodies": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook?token=pa55word", handler
        server.shutdown()


def written(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def run(tell: list[str], error: Exception | None = None) -> None:
    """Something that is announced, and fails if it is told to."""
    with announcing(Ending("build", "someone"), tell.append):
        if error is not None:
            raise error


def test_a_command_gets_the_summary_of_a_build_as_json_and_in_its_environment(data: Path, tmp_path: Path) -> None:
    command = f"cat > {tmp_path}/told; echo $DRAMATURG_OUTCOME $DRAMATURG_CHARACTER $DRAMATURG_ROWS > {tmp_path}/set"
    ran = dramaturg("build", "weixiaobao", "--data", data, ON_SUCCESS=command)
    assert ran.returncode == 0, ran.stderr
    told = written(tmp_path / "told")
    rows = sum(told["splits"]["chatharuhi"].values())
    assert (told["what"], told["character"], told["name"], told["outcome"]) == (
        *("build", "weixiaobao", "韦小宝", "success"),
    )  # fmt: skip
    assert told["changed"] is True
    assert told["rows"] == rows > 0
    assert told["cost"] == "nothing to pay"
    assert told["dataset"] == str(data / "processed" / "weixiaobao" / "dataset")
    assert (tmp_path / "set").read_text() == f"success weixiaobao {rows}\n"

    dramaturg("build", "weixiaobao", "--data", data, ON_SUCCESS=command)
    assert written(tmp_path / "told")["changed"] is False


def test_a_build_that_fails_is_announced_in_the_line_that_a_person_reads(data: Path, tmp_path: Path) -> None:
    (data / "raw" / "weixiaobao" / "novel.txt").write_bytes(b"")
    hooks = {"ON_FAILURE": f"cat > {tmp_path}/told", "ON_SUCCESS": f"touch {tmp_path}/wrong"}
    ran = dramaturg("build", "weixiaobao", "--data", data, **hooks)
    assert ran.returncode == 2
    told = written(tmp_path / "told")
    assert f"error: {told['error']}\n" == one_line(ran.stderr)
    assert (told["outcome"], told["exit_code"]) == ("failure", 2)
    assert not (tmp_path / "wrong").exists()


def test_a_character_that_cannot_even_be_opened_is_announced_too(data: Path, tmp_path: Path) -> None:
    (data / "raw" / "weixiaobao" / "character.yaml").write_text("name: [", encoding="utf-8")
    ran = dramaturg("build", "weixiaobao", "--data", data, ON_FAILURE=f"cat > {tmp_path}/told")
    assert ran.returncode == 2
    assert "character.yaml" in written(tmp_path / "told")["error"]


def test_an_address_gets_it_by_post(told: tuple[str, type[_Told]], monkeypatch: pytest.MonkeyPatch) -> None:
    address, server = told
    monkeypatch.setenv("ON_SUCCESS", address)
    monkeypatch.setenv("ON_FAILURE", address)
    lines: list[str] = []
    run(lines)
    with pytest.raises(SourceError):
        run(lines, SourceError("novel.txt:3: that is no line"))
    assert [body["outcome"] for body in server.bodies] == ["success", "failure"]
    assert server.bodies[1]["error"] == "novel.txt:3: that is no line"
    assert lines == []


@pytest.mark.parametrize("status", [404, 302])
def test_an_address_that_does_not_take_it_is_told_of_without_the_address_and_nothing_fails(
    told: tuple[str, type[_Told]], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, server = told
    server.status = status
    monkeypatch.setenv("ON_SUCCESS", address)
    lines: list[str] = []
    run(lines)
    assert lines == [f"ON_SUCCESS: the address answers with {status}; what was done stays as it is"]
    assert len(server.bodies) == 1  # a redirect is not followed


def test_an_address_where_nobody_is_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ON_SUCCESS", "http://127.0.0.1:9/hook?token=pa55word")
    lines: list[str] = []
    run(lines)
    (line,) = lines
    assert "Connection refused" in line
    assert "pa55word" not in line


def test_a_command_that_fails_is_told_of_and_the_build_stays_good(data: Path) -> None:
    ran = dramaturg("build", "weixiaobao", "--data", data, ON_SUCCESS="exit 3")
    assert ran.returncode == 0
    assert one_line(ran.stderr.splitlines(keepends=True)[-1]) == (
        "warning: ON_SUCCESS: the command ended with 3; what was done stays as it is\n"
    )


def test_a_command_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announced, "_COMMAND_SECONDS", 0.3)
    monkeypatch.setenv("ON_SUCCESS", f"(sleep 1; touch {tmp_path}/alive) & sleep 30")
    lines: list[str] = []
    run(lines)
    assert "took longer than" in lines[0]
    threading.Event().wait(1.5)
    assert not (tmp_path / "alive").exists()


def test_a_command_that_does_not_read_what_it_is_given_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ON_SUCCESS", "true")
    lines: list[str] = []
    with announcing(Ending("build", "someone", facts={"much": "x" * 1_000_000}), lines.append):
        pass
    assert lines == []


def test_no_key_gets_out(tmp_path: Path, told: tuple[str, type[_Told]], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "DEEPSEEK_API_KEY", "HF_TOKEN", "ASR_API_KEY", "MY_OWN_COPY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("ON_SUCCESS", told[0])
    monkeypatch.setenv("ON_FAILURE", f"cat > {tmp_path}/told; env > {tmp_path}/set")
    with pytest.raises(DramaturgError):
        run([], DramaturgError(f"the endpoint says: incorrect key {KEY}, at {told[0]}"))
    out = (tmp_path / "told").read_text() + (tmp_path / "set").read_text()
    assert "incorrect key ***" in out
    assert KEY not in out
    assert "pa55word" not in out
    assert "PATH=" in out


def test_what_is_announced_from_further_out_is_announced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ON_SUCCESS", f"echo $DRAMATURG_WHAT >> {tmp_path}/told")
    with announcing(Ending("build", "someone")), announcing(Ending("build", "someone")):
        pass
    with announcing(Ending("build", "someone")), announcing(Ending("publish", "someone")):
        pass
    assert (tmp_path / "told").read_text().split() == ["build", "publish", "build"]


def test_a_run_that_an_announcement_starts_announces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAMATURG_OUTCOME", "success")
    monkeypatch.setenv("ON_SUCCESS", f"touch {tmp_path}/told")
    run([])
    assert not (tmp_path / "told").exists()


def test_a_character_of_somebody_elses_runs_nothing_here(data: Path, tmp_path: Path) -> None:
    path = data / "raw" / "weixiaobao" / "character.yaml"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nsettings:\n  on_success: touch {tmp_path}/run\n")
    ran = dramaturg("build", "weixiaobao", "--data", data)
    assert ran.returncode == 2
    assert "on_success does not belong there" in one_line(ran.stderr)
    assert not (tmp_path / "run").exists()


def test_a_defect_of_ours_is_announced_as_what_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ON_FAILURE", f"cat > {tmp_path}/told")
    with pytest.raises(ZeroDivisionError):
        run([], ZeroDivisionError("division by zero"))
    assert written(tmp_path / "told")["error"] == "ZeroDivisionError: division by zero"


def test_nobody_is_told_where_nobody_is_to_be() -> None:
    assert "ON_SUCCESS" not in os.environ
    lines: list[str] = []
    run(lines)
    assert lines == []
