"""What `doctor` says of a machine: each thing in a line, what to do about it, and no traceback."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dramaturg.llm.trial import QUESTION
from flows.doctor import Finding, examine
from tests.endpoint import FakeEndpoint, Reply, serving
from tests.flows.test_cli import dramaturg
from tests.hub import FakeHub


class Prefect(FakeEndpoint):
    def raw_reply(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Reply | None:  # noqa: ARG002
        return (200, "true") if path == "/v1/health" else (404, "{}")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """An endpoint that the environment names."""
    with serving(FakeEndpoint(key="sk-of-the-doctor")) as endpoint:
        monkeypatch.setenv("LLM", "auto")
        for name, value in endpoint.settings.items():
            monkeypatch.setenv(name, value)
        yield endpoint


def found(data: Path, name: str, character: str | None = None) -> Finding:
    (finding,) = [each for what, each in examine(data, character) if what == name]
    return finding


def test_the_command_tells_each_thing_in_a_line_and_what_to_do_about_it(data: Path) -> None:
    ran = dramaturg("doctor", "--data", data, PATH="/nothing")
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [line for line in ran.stdout.splitlines() if "→" not in line]
    assert [line.split()[1] for line in lines] == [
        *("Python", "encoding", "data", "model", "recordings", "plots", "tuning", "browser", "Hub", "Prefect"),
    ]
    assert {line.split()[0] for line in lines} <= {"ok", "missing"}
    assert "LLM=off" in lines[3]
    assert "→ sudo apt install chromium\n" in ran.stdout


def test_something_broken_is_told_by_the_exit_code(data: Path) -> None:
    ran = dramaturg("doctor", "--data", data, LLM="perhaps")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "broken   settings    LLM=perhaps: " in ran.stdout


# --- the model ----------------------------------------------------------------------------------------------


def test_an_endpoint_is_asked_one_tiny_question_and_told_which(data: Path, asked: FakeEndpoint) -> None:
    finding = found(data, "model")
    assert finding.state == "ok"
    assert f"{asked.model} at {asked.url}: asked “{QUESTION}” (100 tokens), answered “Yes.” (10 tokens)" in finding.told
    (body,) = asked.bodies
    assert body["messages"] == [{"role": "user", "content": QUESTION}]
    assert body["max_tokens"] <= 17


def test_each_model_of_the_stages_is_asked_once(
    data: Path, asked: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGES", '{"questions": {"model": "another"}, "judged": {"model": "another"}}')
    states = [finding.state for name, finding in examine(data) if name == "model"]
    assert states == ["ok", "broken"]
    assert len(asked.bodies) == 1  # the endpoint has no other


def test_a_characters_own_settings_count_where_it_is_named(data: Path, asked: FakeEndpoint) -> None:
    with (data / "raw" / "holmes" / "character.yaml").open("a", encoding="utf-8") as file:
        file.write("settings: { stages: { questions: { model: another } } }\n")
    assert [name for name, _ in examine(data, "holmes")].count("model") == 2
    assert asked.bodies[0]["model"] == asked.model


def test_a_key_that_is_refused_is_told_and_never_shown(
    data: Path, asked: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another-key")
    finding = found(data, "model")
    assert finding.state == "broken"
    assert "refuses the key (401)" in finding.told
    assert "sk-another-key" not in finding.told + finding.remedy
    assert "OPENAI_API_KEY" in finding.told
    assert asked.bodies == []


def test_a_model_that_would_think_for_long_is_not_given_more_room(data: Path, asked: FakeEndpoint) -> None:
    thought = '{"choices": [{"finish_reason": "length", "message": {"content": "<think>Let me see"}}]}'
    asked.spoil = lambda *_: (200, thought)
    assert found(data, "model").state == "ok"
    assert len(asked.bodies) == 1


@pytest.mark.usefixtures("hub")
def test_nobody_is_waited_for_longer_than_some_seconds(
    data: Path, asked: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.doctor._SECONDS", 1.0)
    asked.delay = 3.0
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes a connection, and says nothing
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("PREFECT_API_URL", f"{address}/api")
        monkeypatch.setenv("HF_ENDPOINT", address)
        began = time.monotonic()
        findings = dict(examine(data))
        assert time.monotonic() - began < 2.5
    assert [findings[name].state for name in ("model", "Hub", "Prefect")] == ["broken", "missing", "broken"]
    assert "has not answered within 0.5 seconds" in findings["model"].told


def test_weights_that_are_not_fetched_yet_are_told_and_not_fetched(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM", "auto")
    finding = found(data, "model")
    assert (finding.state, "not fetched yet" in finding.told) == ("missing", True)
    monkeypatch.setenv("WEIGHTS", str(data / "nothing.gguf"))
    assert "nothing.gguf: No such file" in found(data, "model").told


# --- the rest -----------------------------------------------------------------------------------------------


def test_a_data_folder_that_cannot_be_written_to_is_broken(data: Path) -> None:
    (data / "processed").write_text("a file")
    finding = found(data, "data")
    assert finding.state == "broken"
    assert f"{data}/processed cannot be written to: " in finding.told


def test_a_check_that_breaks_is_a_finding(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> Finding:
        raise RuntimeError("no such\nthing")

    monkeypatch.setattr("flows.doctor._plots", breaks)
    assert found(data, "plots") == Finding("broken", "could not be looked at: RuntimeError: no such thing")


def test_the_hub_says_whose_the_token_is_and_whether_it_may_write(data: Path, hub: FakeHub) -> None:
    assert found(data, "Hub") == Finding("ok", f"{hub.url}: tester")
    hub.role = "read"
    assert found(data, "Hub").state == "missing"
    hub.token = None
    refused = found(data, "Hub")
    assert (refused.state, refused.told) == ("broken", f"{hub.url} does not take the token")
    assert f"{hub.url}/settings/tokens" in refused.remedy
    hub.spoil = lambda *_: 500
    assert found(data, "Hub").state == "missing"  # no build needs it
    assert hub.seen == ["GET /api/whoami-v2"] * 4


def test_without_a_token_the_hub_is_not_asked(data: Path) -> None:
    finding = found(data, "Hub")
    assert (finding.state, "HF_TOKEN" in finding.remedy) == ("missing", True)


def test_a_server_of_prefects_that_is_named_has_to_answer(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Prefect()) as server:
        monkeypatch.setenv("PREFECT_API_URL", server.url)
        assert found(data, "Prefect") == Finding("ok", f"a server at {server.url}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/api")
    finding = found(data, "Prefect")
    assert finding.state == "broken"
    assert "unset PREFECT_API_URL" in finding.remedy
