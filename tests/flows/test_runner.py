"""Heavy work in other processes: the same bytes, errors told in their order, nobody left behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dramaturg.errors import RunnerError, SettingsError, SourceError
from flows.pipeline import run_all
from flows.runner import runner_of
from flows.stage import open_build
from tests.cluster import ClusterHere, clustered
from tests.flows.test_pipeline import tree

SOURCES = ("one.txt", "two.txt", "three.txt")
CLI = "from flows.cli import main; main()"


def double(number: int) -> int:
    return 2 * number


def end(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture
def several(data: Path) -> Path:
    """weixiaobao out of three copies of his novel."""
    folder = data / "raw" / "weixiaobao"
    text = (folder / "novel.txt").read_text(encoding="utf-8")
    for name in SOURCES:
        (folder / name).write_text(text.replace("蒲河", name[0] * 2), encoding="utf-8")
    character = (folder / "character.yaml").read_text(encoding="utf-8")
    listed = "".join(f"  - {{ path: {name}, kind: novel }}\n" for name in SOURCES)
    (folder / "character.yaml").write_text(
        character.replace("  - { path: novel.txt, kind: novel }\n", listed), encoding="utf-8"
    )
    return data


@pytest.fixture
def heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the sources were long ones."""
    monkeypatch.setattr("flows.runner._WORTH_A_PROCESS", 1)


def built(data: Path, folder: Path, **settings: object) -> dict[str, bytes]:
    """What a build of these sources leaves."""
    shutil.copytree(data, folder)
    build = open_build(folder, "weixiaobao", **settings)
    run_all(build)
    return tree(build.workspace.processed)


def test_results_come_in_the_order_of_the_items(data: Path) -> None:
    with runner_of(open_build(data, "weixiaobao", workers=2).settings, 10**9) as runner:
        assert list(runner.map(double, range(20))) == [2 * number for number in range(20)]


@pytest.mark.usefixtures("heavy")
def test_processes_of_this_machine_leave_the_same_bytes(several: Path, tmp_path: Path) -> None:
    assert built(several, tmp_path / "two", workers=2) == built(several, tmp_path / "one", workers=1)


@pytest.mark.usefixtures("heavy")
def test_sources_that_cannot_be_read_are_all_told_in_their_order(several: Path) -> None:
    folder = several / "raw" / "weixiaobao"
    for name in SOURCES:
        (folder / name).write_bytes(b"\x00\x01\x02" * 100)
    with pytest.raises(SourceError) as error:
        run_all(open_build(several, "weixiaobao", workers=2))
    assert [line.split(":")[0].split("/")[-1] for line in str(error.value).splitlines()] == list(SOURCES)


def test_a_process_that_is_ended_is_told(data: Path) -> None:
    settings = open_build(data, "weixiaobao", workers=2).settings
    with pytest.raises(RunnerError, match="WORKERS=1"), runner_of(settings, 10**9) as runner:
        list(runner.map(end, range(3)))


def children_of(process: int) -> list[str]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return found.stdout.split()


def test_no_process_outlives_the_one_that_started_it(tmp_path: Path) -> None:
    """Killed, it can end none of them itself."""
    program = tmp_path / "program.py"
    program.write_text(
        "import time\n"
        "from dramaturg.settings import Settings\n"
        "from flows.runner import runner_of\n"
        "if __name__ == '__main__':\n"
        "    with runner_of(Settings(llm='off', workers=2), 10**9) as runner:\n"
        "        list(runner.map(time.sleep, [600, 600]))\n",
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, program]) as run:
        deadline = time.monotonic() + 30
        while len(children_of(run.pid)) < 3 and time.monotonic() < deadline:  # the third tracks resources
            time.sleep(0.1)
        time.sleep(2)  # so that both are at work
        started = children_of(run.pid)
        run.kill()
    deadline = time.monotonic() + 30
    while any(Path("/proc", each).exists() for each in started) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [each for each in started if Path("/proc", each).exists()] == []


def test_a_cluster_needs_an_address(data: Path) -> None:
    with pytest.raises(SettingsError, match="ADDRESS=tcp://"):
        open_build(data, "weixiaobao", runner="dask")


# --- a Dask cluster -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterHere]:
    with clustered(tmp_path_factory.mktemp("dask"), {}, {}) as cluster:
        yield cluster


@pytest.mark.cluster
def test_a_cluster_leaves_the_same_bytes(several: Path, tmp_path: Path, cluster: ClusterHere) -> None:
    on_cluster = built(several, tmp_path / "dask", runner="dask", address=cluster.address)
    assert on_cluster == built(several, tmp_path / "here", workers=1)


@pytest.mark.cluster
def test_a_worker_that_is_killed_is_survived(several: Path, cluster: ClusterHere) -> None:
    with runner_of(open_build(several, "weixiaobao", runner="dask", address=cluster.address).settings, 0) as runner:
        results = runner.map(slowly, range(12))
        first = next(results)
        subprocess.run(["pkill", "-KILL", "-P", str(cluster.nannies[0].pid)], check=False)  # the nanny starts another
        assert [first, *results] == list(range(12))


def slowly(number: int) -> int:
    time.sleep(0.3)
    return number


@pytest.mark.cluster
def test_no_cluster_at_the_address_is_told_in_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.cluster._WAIT", "1s")
    settings = open_build(data, "weixiaobao", runner="dask", address="tcp://127.0.0.1:9").settings
    with pytest.raises(RunnerError, match="no Dask scheduler answers there"), runner_of(settings, 0):
        pass
