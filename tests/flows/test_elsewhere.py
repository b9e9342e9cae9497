"""Builds on a Dask cluster: the bytes of builds here, whatever dies; keys and settings are each machine's own."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.errors import InputError
from dramaturg.workspace import read_json
from flows.pipeline import run_all
from flows.stage import open_build
from tests.cluster import ClusterHere, clustered
from tests.conftest import build_samples
from tests.endpoint import serving
from tests.flows.test_cli import SPOKEN, ned
from tests.flows.test_many import (
    REQUESTS,
    Counting,
    finish,
    is_alive,
    lay_twins,
    start,
    under_way,
    wait_for,
)
from tests.flows.test_pipeline import tree

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def asked() -> Iterator[Counting]:
    with serving(Counting(key="the-key-of-each-machine")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def cluster(asked: Counting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterHere]:
    """Two workers, each with the endpoint's key."""
    key = {"OPENAI_API_KEY": asked.settings["OPENAI_API_KEY"]}
    with clustered(tmp_path_factory.mktemp("dask"), key, key) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def undisturbed(asked: Counting, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a build of kong here leaves."""
    data = lay_twins(tmp_path_factory.mktemp("here"))
    run_all(open_build(data, "kong", max_requests=REQUESTS, **asks(asked)))
    return tree(data / "processed" / "kong")


def asks(asked: Counting) -> dict[str, str]:
    key = str(asked.key)
    return {"llm": "auto", "openai_base_url": asked.url, "openai_api_key": key, "model": asked.model}


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    return lay_twins(tmp_path / "data")


def asking(data: Path, name: str) -> int:
    """The process of a character's build, once it asks."""
    progress = data / "processed" / name / ".progress.json"
    wait_for(progress.is_file)
    return int(read_json(progress)["pid"])


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_builds_on_a_cluster_leave_the_bytes_of_builds_here_and_a_broken_one_stops_no_other(
    tmp_path: Path, cluster: ClusterHere, asked: Counting
) -> None:
    here, data = tmp_path / "here", tmp_path / "data"
    names = ("alice", "ned", "sunwukong")
    for name in ("alice", "sunwukong"):
        shutil.copytree(ROOT / "data" / "raw" / name, here / "raw" / name, ignore=shutil.ignore_patterns("splits.json"))
    ned(here, good=SPOKEN)
    shutil.copytree(here, data)
    build_samples(here, llm="off")
    shutil.copytree(data / "raw" / "ned", data / "raw" / "broken")
    (data / "raw" / "broken" / "good.txt").write_text(" ")
    code, table, told = finish(start(data, asked, LLM="off", **cluster.settings))
    assert code == 1
    assert [line.split()[:2] for line in table[:4]] == [
        [name, "failed" if name == "broken" else "built"] for name in sorted(("broken", *names))
    ]
    assert table[1].endswith("broken/good.txt: the file is empty")
    assert len(told) == 4
    for name in names:
        assert tree(data / "processed" / name) == tree(here / "processed" / name)
    logs = {path.name for path in (data / "processed" / ".logs").iterdir()}
    assert logs == {f"{name}.log" for name in ("broken", *names)}


def test_a_worker_killed_in_mid_build_is_survived(
    twins: Path, cluster: ClusterHere, asked: Counting, undisturbed: dict[str, str]
) -> None:
    asked.bodies.clear()
    asked.delay = 0.5
    process = start(twins, asked, "kong", CONCURRENCY="2", **cluster.settings)
    build = asking(twins, "kong")
    os.kill(parent_of(build), signal.SIGKILL)
    wait_for(lambda: not is_alive(build))
    asked.delay = 0.0
    code, table, _ = finish(process)
    assert (code, table[-1].partition(";")[0]) == (0, "1 character: 1 built")
    assert tree(twins / "processed" / "kong") == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_who_ends_the_command_ends_its_builds_on_the_cluster(
    twins: Path, cluster: ClusterHere, asked: Counting, number: signal.Signals
) -> None:
    asked.delay = 0.5
    process = start(twins, asked, **cluster.settings)
    pids = under_way(twins)
    process.send_signal(number)
    code, table, told = finish(process)
    began = time.monotonic()
    wait_for(lambda: not any(map(is_alive, pids.values())))
    assert time.monotonic() - began < 5
    assert table == []
    if number == signal.SIGINT:
        assert (code, told) == (130, ["error: stopped; the same command goes on from here"])
    asked.delay = 0.0


def test_a_worker_that_ends_ends_its_builds(twins: Path, tmp_path: Path, asked: Counting) -> None:
    with clustered(tmp_path, {"OPENAI_API_KEY": asked.settings["OPENAI_API_KEY"]}) as cluster:
        asked.delay = 0.5
        process = start(twins, asked, "kong", **cluster.settings)
        build = asking(twins, "kong")
        cluster.nannies[0].terminate()
        wait_for(lambda: not is_alive(build))
        process.kill()
        finish(process)
    asked.delay = 0.0


def test_a_worker_with_other_settings_or_without_a_key_builds_nothing(
    twins: Path, tmp_path: Path, asked: Counting
) -> None:
    (tmp_path / "dask").mkdir()
    asked.bodies.clear()
    with clustered(tmp_path / "dask", {"UP_TO_ACT": "3"}) as cluster:
        code, table, _ = finish(start(twins, asked, "kong", **cluster.settings))
        assert code == 1
        assert table[0].split()[:2] == ["kong", "failed"]
        assert "has other settings than this command: UP_TO_ACT is 3 there and not set here; " in table[0]
        assert "OPENAI_API_KEY is not set there" in table[0]
        assert asked.bodies == []
        assert not (twins / "processed" / "kong").exists()


@pytest.mark.filterwarnings("default")  # Prefect's own
def test_a_run_of_prefects_has_all_characters_built_there(
    twins: Path, cluster: ClusterHere, asked: Counting, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.testing.utilities import prefect_test_harness

    from flows.scheduled import build_all

    here = {name.upper(): value for name, value in asks(asked).items()}
    for name, value in {**here, "MAX_REQUESTS": REQUESTS, **cluster.settings}.items():
        monkeypatch.setenv(name, value)
    with prefect_test_harness():
        state = build_all(data=str(twins), return_state=True)
    assert state.is_completed(), state.message
    assert tree(twins / "processed" / "kong") == undisturbed
    logs = twins / "processed" / ".logs"
    assert {path.name for path in logs.iterdir()} == {"kong.log", "wu.log"}


# --- one build, whose heavy stages are done there -----------------------------------------------------------


@pytest.fixture
def heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if its files were long ones."""
    monkeypatch.setattr("flows.pipeline._WORTH_ELSEWHERE", 1)


@pytest.mark.usefixtures("heavy")
def test_heavy_stages_on_workers_without_a_key_leave_the_bytes_of_stages_here(
    tmp_path: Path, asked: Counting, undisturbed: dict[str, str]
) -> None:
    asked.delay = 0.0
    there = lay_twins(tmp_path / "there")
    (tmp_path / "dask").mkdir()
    with clustered(tmp_path / "dask", {}) as cluster:
        given = {"runner": "dask", "address": cluster.address, "max_requests": REQUESTS, **asks(asked)}
        run_all(open_build(there, "kong", **given))
        assert tree(there / "processed" / "kong") == undisturbed
        (there / "raw" / "kong" / "splits.json").write_text("[]")
        with pytest.raises(InputError, match=r"kong/splits\.json: not of version 1"):  # as it is told here
            run_all(
                open_build(there, "kong", max_requests=REQUESTS, runner="dask", address=cluster.address, **asks(asked))
            )
    logs = there / "processed" / ".logs" / "kong.log"
    assert "not of version 1" in logs.read_text(encoding="utf-8")
