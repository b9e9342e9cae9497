"""The same build under Prefect: a real process on a home of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dramaturg import ROOT
from flows.leftovers import end_leftover_servers
from tests.flows.test_pipeline import tree

DRAMATURG = Path(sys.executable).with_name("dramaturg")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect home that only the first test finds empty."""
    return tmp_path_factory.mktemp("prefect")


def start(data: Path, home: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A build under Prefect, writing to data/output and data/errors: a server left behind may keep a pipe open."""
    with (data / "output").open("w") as output, (data / "errors").open("w") as errors:
        return subprocess.Popen(
            [DRAMATURG, "build", "weixiaobao", "--prefect", "--data", data],
            env={**os.environ, "PREFECT_HOME": str(home), "NO_PROXY": "*", **environment},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )


def finish(process: subprocess.Popen[bytes], data: Path) -> tuple[int, str, str]:
    """The exit code, and what was written to stdout and stderr."""
    code = process.wait(timeout=180)
    return code, (data / "output").read_text(), (data / "errors").read_text()


def test_a_fresh_home_builds_what_the_plain_build_makes(data: Path, home: Path, built: Path) -> None:
    code, output, errors = finish(start(data, home), data)
    assert code == 0, errors
    assert "chatharuhi" in output
    assert tree(data / "processed" / "weixiaobao") == tree(built / "processed" / "weixiaobao")


def test_a_flow_killed_in_the_middle_ends_in_the_same_bytes_and_leaves_no_server(
    data: Path, home: Path, built: Path
) -> None:
    process = start(data, home)
    manifest = data / "processed" / "weixiaobao" / "manifest.json"
    for _ in range(1_800):
        if manifest.exists():  # the first stage is done
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    code, _, errors = finish(start(data, home), data)
    assert code == 0, errors
    assert tree(data / "processed" / "weixiaobao") == tree(built / "processed" / "weixiaobao")
    assert end_leftover_servers(str(home)) == 0  # the second run ended the first one's


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_flow_that_is_stopped_ends_at_once_in_one_line(data: Path, home: Path, number: signal.Signals) -> None:
    process = start(data, home)
    for _ in range(1_800):
        if (data / "processed" / "weixiaobao" / "manifest.json").exists():
            break
        time.sleep(0.1)
    os.killpg(process.pid, number)  # as a terminal does
    process.wait(timeout=20)
    code, _, errors = finish(process, data)
    told = [line for line in errors.splitlines() if not line.startswith("weixiaobao  ")]  # a line a stage
    assert (code, told) == (128 + number, ["error: stopped; the same command goes on from here"])


def test_a_wrong_source_is_one_line_under_prefect_too(data: Path, home: Path) -> None:
    (data / "raw" / "weixiaobao" / "novel.txt").write_bytes(b"")
    code, _, errors = finish(start(data, home), data)
    assert code == 2
    assert errors.strip().endswith("novel.txt: the file is empty")
    assert "Traceback" not in errors


def test_a_server_that_does_not_start_is_told_in_one_line(data: Path, home: Path) -> None:
    code, _, errors = finish(start(data, home, PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="0"), data)
    assert code == 1
    assert errors.startswith("error: Prefect's own server does not start, or not within 0 seconds")
    assert errors.endswith("dramaturg build weixiaobao builds without it\n")
    assert errors.count("\n") == 1
    end_leftover_servers(str(home))
