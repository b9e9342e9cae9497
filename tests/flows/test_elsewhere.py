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
    trees,
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


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    return lay_twins(tmp_path / "data")


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
    assert [line.split()[:2] for line in table[:4]] == [["broken", "failed"], *([name, "built"] for name in names)]
    assert table[0].endswith("broken/good.txt: the file is empty")
    assert len(told) == 4
    for name in names:
        assert tree(data / "processed" / name) == tree(here / "processed" / name)
    logs = {path.name for path in (data / "processed" / ".logs").iterdir()}
    assert logs == {f"{name}.log" for name in ("broken", *names)}


def test_a_worker_killed_in_mid_build_is_survived_and_nothing_is_paid_twice(
    twins: Path, tmp_path: Path, cluster: ClusterHere, asked: Counting
) -> None:
    asked.delay = 0.0
    here = lay_twins(tmp_path / "here")
    assert finish(start(here, asked))[0] == 0
    asked.bodies.clear()
    asked.delay = 0.4
    process = start(twins, asked, CONCURRENCY="2", **cluster.settings)
    build = under_way(twins)["kong"]
    os.kill(parent_of(build), signal.SIGKILL)
    wait_for(lambda: not is_alive(build))
    asked.delay = 0.0
    code, table, _ = finish(process)
    assert (code, table[-1].partition(";")[0]) == (0, "2 characters: 2 built")
    assert trees(twins) == trees(here)


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
        progress = twins / "processed" / "kong" / ".progress.json"
        wait_for(progress.is_file)
        build = read_json(progress)["pid"]
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


# --- one build, whose heavy stages are done there -----------------------------------------------------------


@pytest.fixture
def heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if its files were long ones."""
    monkeypatch.setattr("flows.pipeline._WORTH_ELSEWHERE", 1)


@pytest.mark.usefixtures("heavy")
def test_heavy_stages_on_workers_without_a_key_leave_the_bytes_of_stages_here(tmp_path: Path, asked: Counting) -> None:
    asked.delay = 0.0
    asks = {"llm": "auto", "openai_base_url": asked.url, "openai_api_key": asked.key, "model": asked.model}
    here, there = lay_twins(tmp_path / "here"), lay_twins(tmp_path / "there")
    run_all(open_build(here, "kong", max_requests=REQUESTS, **asks))
    (tmp_path / "dask").mkdir()
    with clustered(tmp_path / "dask", {}) as cluster:
        run_all(open_build(there, "kong", max_requests=REQUESTS, runner="dask", address=cluster.address, **asks))
        assert tree(there / "processed" / "kong") == tree(here / "processed" / "kong")
        (there / "raw" / "kong" / "splits.json").write_text("[]")
        with pytest.raises(InputError, match=r"kong/splits\.json: not of version 1"):  # as it is told here
            run_all(open_build(there, "kong", max_requests=REQUESTS, runner="dask", address=cluster.address, **asks))
    logs = there / "processed" / ".logs" / "kong.log"
    assert "not of version 1" in logs.read_text(encoding="utf-8")
