"""Runs by the clock, and what kills them. In this order: while the clock makes its runs, others are killed."""

import fcntl
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from flows.pipeline import run_all
from flows.stage import open_build
from tests.endpoint import FakeEndpoint
from tests.flows.test_pipeline import tree
from tests.operations.conftest import KEY, TOKEN, copied
from tests.operations.machine import Machine, Run, wait_for

pytestmark = pytest.mark.operations

HOLMES = "holmes"
ASKED = {"max_requests": 24}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, slow_endpoint: FakeEndpoint) -> dict[str, str]:
    """What a build makes that nothing happens to."""
    data = copied(tmp_path_factory.mktemp("undisturbed"), HOLMES)
    return go_on(data, slow_endpoint)


@pytest.fixture(scope="module")
def died(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run whose process was killed together with the worker, so that nobody saw it die."""
    run = begun(machine, copied(tmp_path_factory.mktemp("died"), HOLMES))
    worker, process = machine.worker, machine.process_of(run)
    assert worker is not None
    worker.kill()
    os.kill(process, signal.SIGKILL)
    worker.wait()
    machine.start_worker()
    return run


@pytest.fixture(scope="module")
def failing(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of a character whose character.yaml is broken."""
    data = copied(tmp_path_factory.mktemp("failing"), HOLMES)
    (data / "raw" / HOLMES / "character.yaml").write_text("name: Holmes\nwork: [\n", encoding="utf-8")
    return machine.run("build-dataset/one", character_id=HOLMES, data=str(data), settings=ASKED)


def built(data: Path) -> dict[str, str]:
    """The files of Holmes' build, but for the page, which a plain build does not write."""
    return {name: of for name, of in tree(data / "processed" / HOLMES).items() if name != "report.html"}


def begun(machine: Machine, data: Path) -> str:
    """A run that is in the middle of asking."""
    run = machine.run("build-dataset/one", character_id=HOLMES, data=str(data), settings=ASKED)
    wait_for((data / "processed" / HOLMES / "05_profile.jsonl").exists, "the run is in its middle")
    return run


def go_on(data: Path, endpoint: FakeEndpoint) -> dict[str, str]:
    """What the next build makes."""
    given = {"openai_base_url": endpoint.url, "model": endpoint.model, "openai_api_key": KEY}
    run_all(open_build(data, HOLMES, llm="auto", **given, **ASKED))
    return built(data)


def is_locked(data: Path) -> bool:
    handle = os.open(data / "processed" / HOLMES, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def tasks_of(machine: Machine, run: str) -> dict[str, str]:
    found = machine.post("/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    return {each["name"]: each["state"]["name"] for each in found}


def test_a_run_that_is_cancelled_ends_at_once_and_leaves_whole_files(
    machine: Machine, died: str, failing: str, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    del died, failing  # long begun when they are looked at
    data = copied(tmp_path, HOLMES)
    run = begun(machine, data)
    assert is_locked(data)
    machine.post(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
    wait_for(lambda: not is_locked(data), "the lock is let go", 40)
    assert machine.ended(run)["type"] == "CANCELLED"
    for name, known in built(data).items():  # what is there is whole: it is what a build would have made
        assert name.startswith((".", "manifest")) or undisturbed[name] == known
    again = machine.run("build-dataset/one", character_id=HOLMES, data=str(data), settings=ASKED)
    assert machine.ended(again)["type"] == "COMPLETED"
    assert built(data) == undisturbed


def test_a_run_whose_process_is_killed_is_marked_and_the_next_one_ends_in_the_same_bytes(
    machine: Machine, tmp_path: Path, undisturbed: dict[str, str], slow_endpoint: FakeEndpoint
) -> None:
    data = copied(tmp_path, HOLMES)
    run = begun(machine, data)
    os.kill(machine.process_of(run), signal.SIGKILL)
    assert machine.ended(run)["type"] == "CRASHED"
    assert go_on(data, slow_endpoint) == undisturbed


def test_a_failed_run_says_which_file_and_line(machine: Machine, failing: str) -> None:
    state = machine.ended(failing)
    assert state["type"] == "FAILED"
    assert "character.yaml:3: " in state["message"]
    assert "\n" not in state["message"]


def test_two_runs_by_the_clock_complete_and_the_second_does_nothing(machine: Machine, clock_data: Path) -> None:
    deployment = machine.get("/deployments/name/build-dataset/clock")

    def completed() -> list[Run]:
        asked = {"deployments": {"id": {"any_": [deployment["id"]]}}, "sort": "START_TIME_ASC",
                 "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}  # fmt: skip
        return [run for run in machine.post("/flow_runs/filter", asked) if run["auto_scheduled"]]

    first, second = wait_for(lambda: found[:2] if len(found := completed()) > 1 else None, "two runs by the clock")
    assert set(tasks_of(machine, first["id"]).values()) == {"Completed"}
    assert set(tasks_of(machine, second["id"]).values()) == {"Cached"}
    assert tree(clock_data / "processed" / "weixiaobao" / "dataset")


def test_the_page_shows_runs_the_schedule_and_what_was_built(machine: Machine, page: Page) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda asked: elsewhere.append(asked.url) if not ours(asked.url, machine) else None)
    page.goto(f"{machine.page}/deployments")
    expect(page.get_by_text("Every minute")).to_be_visible()
    expect(page.get_by_text("At 02:00 AM")).to_be_visible()
    page.goto(f"{machine.page}/runs")
    expect(page.get_by_text("build-weixiaobao").first).to_be_visible()
    page.goto(f"{machine.page}/artifacts")
    expect(page.get_by_text("weixiaobao-build")).to_be_visible()
    (built,) = (each for each in machine.post("/artifacts/latest/filter", {}) if each["key"] == "weixiaobao-build")
    page.goto(f"{machine.page}/artifacts/artifact/{built['latest_id']}")
    expect(page.get_by_role("heading", name="From the sources to the rows")).to_be_visible()
    expect(page.get_by_text("chatharuhi").first).to_be_visible()
    assert elsewhere == []


def ours(address: str, machine: Machine) -> bool:
    return address.startswith((machine.page, f"blob:{machine.page}", "data:", machine.page.replace("http", "ws")))


def test_a_page_of_another_site_may_not_call_the_server(machine: Machine, page: Page) -> None:
    page.goto("data:text/html,<title>another site</title>")
    called = page.evaluate(
        """async address => {
            const body = new Blob([JSON.stringify({name: 'x'})])  // of no type, so that no preflight is made
            try { return (await fetch(address, {method: 'POST', body})).status } catch (error) { return String(error) }
        }""",
        f"{machine.page}/api/flows/",
    )
    assert "Failed to fetch" in str(called)
    assert machine.post("/flows/filter", {"flows": {"name": {"any_": ["x"]}}}) == []


def test_a_worker_that_is_killed_is_started_again_and_no_run_hangs(
    machine: Machine, tmp_path: Path, undisturbed: dict[str, str], slow_endpoint: FakeEndpoint
) -> None:
    data = copied(tmp_path, HOLMES)
    run = begun(machine, data)
    assert machine.worker is not None
    machine.worker.kill()
    machine.worker.wait()
    machine.start_worker()
    assert machine.ended(run)["type"] in ("COMPLETED", "CRASHED")
    wait_for(lambda: not is_locked(data), "the lock is let go", 30)
    assert go_on(data, slow_endpoint) == undisturbed


def test_a_server_that_is_killed_is_started_again_and_no_run_hangs(
    machine: Machine, tmp_path: Path, undisturbed: dict[str, str], slow_endpoint: FakeEndpoint
) -> None:
    data = copied(tmp_path, HOLMES)
    run = begun(machine, data)
    assert machine.server is not None
    machine.server.kill()
    machine.server.wait()
    machine.start_server()
    assert machine.ended(run)["type"] in ("COMPLETED", "CRASHED")
    wait_for(lambda: not is_locked(data), "the lock is let go", 30)
    assert go_on(data, slow_endpoint) == undisturbed


def test_a_run_that_nobody_saw_die_is_marked_by_the_server(machine: Machine, died: str) -> None:
    state = machine.ended(died)
    assert state["type"] == "CRASHED"
    assert "its process was killed" in state["message"]


def test_one_process_serves_all_without_a_worker(machine: Machine, tmp_path: Path) -> None:
    assert machine.worker is not None
    machine.worker.terminate()
    machine.worker.wait(30)
    serving = machine.start_serving()
    data = copied(tmp_path, HOLMES)
    run = machine.run("build-all/nightly", data=str(data), settings={"llm": "off"})
    assert machine.ended(run)["type"] == "COMPLETED"
    assert (data / "processed" / HOLMES / "report.html").exists()
    serving.send_signal(signal.SIGINT)
    assert serving.wait(30) == 0
    assert machine.get("/health")  # it had not started this server


def test_no_key_is_in_the_database_or_the_logs(machine: Machine) -> None:
    home = machine.home
    with closing(sqlite3.connect(f"file:{home / 'prefect.db'}?mode=ro", uri=True)) as database:
        held = "\n".join(database.iterdump())
    files = [path for path in home.rglob("*") if path.is_file()]
    assert "build-weixiaobao" in held
    for key in (KEY, TOKEN):
        assert key not in held
        assert [path.name for path in files if key.encode() in path.read_bytes()] == []
