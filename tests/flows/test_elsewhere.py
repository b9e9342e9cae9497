"""Builds on a Dask cluster: the bytes of builds here, whatever dies; keys and settings are each machine's own."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import ClusterHere, clustered
from tests.conftest import build_samples
from tests.endpoint import serving
from tests.flows.test_cli import SPOKEN, ned
from tests.flows.test_many import (
    TWINS,
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
    with serving(Counting()) as endpoint:
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
    data: Path, tmp_path: Path, cluster: ClusterHere, asked: Counting
) -> None:
    shutil.copytree(data, tmp_path / "here")
    build_samples(tmp_path / "here", llm="off")
    ned(data, empty=" ")
    code, table, told = finish(start(data, asked, LLM="off", **cluster.settings))
    names = ["alice", "holmes", "ned", "sunwukong", "weixiaobao"]
    assert [line.split()[:2] for line in table[:5]] == [
        [name, "failed" if name == "ned" else "built"] for name in names
    ]
    assert code == 1
    assert table[2].endswith("ned/empty.txt: the file is empty")
    assert len(told) == 5
    for name in set(names) - {"ned"}:
        assert tree(data / "processed" / name) == tree(tmp_path / "here" / "processed" / name)
        assert (data / "processed" / ".logs" / f"{name}.log").stat().st_size
    assert [path.name for path in (data / "processed" / ".logs").glob(".*")] == []
    code, table, _ = finish(start(data, asked, "holmes", LLM="off"))  # of which nothing is different here
    assert table[-1].partition(";")[0] == "1 character: 1 nothing changed"


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
    code, table, _ = finish(start(twins, asked, **cluster.settings))  # the workers are free again
    assert (code, table[-1].partition(";")[0]) == (0, "2 characters: 2 built")


def test_a_worker_that_ends_ends_its_builds(twins: Path, tmp_path: Path, asked: Counting) -> None:
    with clustered(tmp_path, {"OPENAI_API_KEY": asked.settings["OPENAI_API_KEY"]}) as cluster:
        asked.delay = 0.5
        process = start(twins, asked, "kong", **cluster.settings)
        progress = twins / "processed" / "kong" / ".progress.json"
        wait_for(progress.is_file)
        build = under_way_of(progress)
        cluster.nannies[0].terminate()
        wait_for(lambda: not is_alive(build))
        process.kill()
        process.wait()
    asked.delay = 0.0


def under_way_of(progress: Path) -> int:
    from dramaturg.workspace import read_json

    return int(read_json(progress)["pid"])


def test_a_worker_with_other_settings_or_without_a_key_builds_nothing(
    twins: Path, tmp_path: Path, asked: Counting
) -> None:
    ned(twins, good=SPOKEN)
    (tmp_path / "dask").mkdir()
    asked.bodies.clear()
    with clustered(tmp_path / "dask", {"UP_TO_ACT": "3"}) as cluster:
        code, table, _ = finish(start(twins, asked, *TWINS, **cluster.settings))
        assert code == 1
        for line in table[:2]:
            assert "failed" in line
            assert "has other settings than this command: UP_TO_ACT is 3 there and not set here; " in line
            assert "OPENAI_API_KEY is not set there" in line
        assert asked.bodies == []
        assert not any((twins / "processed" / name / "dataset").exists() for name in TWINS)


def test_no_cluster_at_the_address_is_told_in_one_line(twins: Path, asked: Counting) -> None:
    code, table, told = finish(start(twins, asked, RUNNER="dask", ADDRESS="tcp://127.0.0.1:9"))
    assert (code, table, len(told)) == (1, [], 1)
    assert "ADDRESS=tcp://127.0.0.1:9: no Dask scheduler answers there" in told[0]
