"""Many characters' builds together: real processes, a real endpoint, real deaths."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dramaturg import ROOT
from dramaturg.errors import InputError
from dramaturg.workspace import read_json
from flows.many import build_many, characters_of, exit_code
from flows.pipeline import run_all
from flows.stage import open_build
from tests.endpoint import FakeEndpoint, Reply, serving
from tests.flows.test_cli import SPOKEN, ned
from tests.flows.test_pipeline import tree

DRAMATURG = Path(sys.executable).with_name("dramaturg")
TWINS = ("kong", "wu")
"""One character under two names: what a model is asked for one it is asked for the other."""
REQUESTS = "12"


@dataclass
class Counting(FakeEndpoint):
    most_at_once: int = 0
    _at_once: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
        with self._counting:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return super().reply(path, headers, body)
        finally:
            with self._counting:
                self._at_once -= 1


def lay_twins(data: Path) -> Path:
    for name in TWINS:
        shutil.copytree(
            ROOT / "data" / "raw" / "sunwukong", data / "raw" / name, ignore=shutil.ignore_patterns("splits.json")
        )
    return data


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    return lay_twins(tmp_path / "data")


@pytest.fixture(scope="module")
def asked() -> Iterator[Counting]:
    """An endpoint for all tests here: its address decides bytes."""
    with serving(Counting()) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def one_after_the_other(asked: Counting, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], int]:
    """What builds leave that nobody disturbs, and how much they ask."""
    data = lay_twins(tmp_path_factory.mktemp("one"))
    for name in TWINS:
        settings = {"openai_base_url": asked.url, "model": asked.model, "max_requests": REQUESTS}
        run_all(open_build(data, name, llm="auto", **settings))
    return trees(data), len(asked.bodies)


def trees(data: Path) -> dict[str, str]:
    return {f"{name}/{path}": text for name in TWINS for path, text in tree(data / "processed" / name).items()}


def start(data: Path, endpoint: FakeEndpoint, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    asking = {"LLM": "auto", **endpoint.settings, "MAX_REQUESTS": REQUESTS}
    return subprocess.Popen(
        [DRAMATURG, "build-all", "--jobs", "2", "--data", data, *arguments],
        env={**os.environ, **asking, **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, list[str], list[str]]:
    """The exit code, the table's lines, and what was told before."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out.splitlines(), err.splitlines()


def under_way(data: Path) -> dict[str, int]:
    """The process of each character, once all of them ask."""
    progress = {name: data / "processed" / name / ".progress.json" for name in TWINS}
    wait_for(lambda: all(path.is_file() for path in progress.values()))
    return {name: read_json(path)["pid"] for name, path in progress.items()}


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process is there and no mere entry that its parent has to read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_two_at_once_pay_for_nothing_twice_and_end_in_the_bytes_of_one_after_the_other(
    twins: Path, asked: Counting, one_after_the_other: tuple[dict[str, str], int]
) -> None:
    asked.bodies.clear()
    asked.delay, asked.most_at_once = 0.02, 0
    code, table, told = finish(start(twins, asked, CONCURRENCY="4"))
    assert (code, len(told)) == (0, 2), told
    assert sorted(line.split()[:2] for line in told) == [[name, "built"] for name in TWINS]
    assert table[:2] == sorted(told)
    assert table[-1].startswith("2 characters: 2 built; ")
    assert max(asked.most_often_asked.values()) == 1
    assert asked.most_at_once <= 4  # of both together
    assert (trees(twins), len(asked.bodies)) == one_after_the_other


def test_a_killed_build_is_told_as_failed_and_the_next_command_goes_on(
    twins: Path, asked: Counting, one_after_the_other: tuple[dict[str, str], int]
) -> None:
    asked.delay = 0.5
    process = start(twins, asked, CONCURRENCY="2")
    os.kill(under_way(twins)["kong"], signal.SIGKILL)
    asked.delay = 0.0
    code, table, _ = finish(process)
    assert code == 1
    assert table[0].split()[:2] == ["kong", "failed"]
    assert "its process was killed (SIGKILL)" in table[0]
    assert table[1].split()[:2] == ["wu", "built"]
    code, table, _ = finish(start(twins, asked))
    assert (code, table[-1].partition(";")[0]) == (0, "2 characters: 1 built, 1 nothing changed")
    assert trees(twins) == one_after_the_other[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_who_ends_it_ends_all_builds_at_once(twins: Path, asked: Counting, number: signal.Signals) -> None:
    asked.delay = 0.5
    process = start(twins, asked)
    pids = under_way(twins)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    ended = time.monotonic()
    code, table, told = finish(process)
    wait_for(lambda: not any(map(is_alive, pids.values())))
    assert time.monotonic() - ended < 5
    assert table == []
    if number == signal.SIGKILL:
        assert code == -number
    else:
        assert (code, told) == (128 + number, ["error: stopped; the same command goes on from here"])


def test_what_may_be_spent_is_for_all_together(twins: Path, asked: Counting) -> None:
    asked.bodies.clear()
    asked.delay = 0.0
    dear = {"PRICE_IN": "1000", "PRICE_OUT": "10000"}  # an answer costs 0.2
    code, table, _ = finish(start(twins, asked, "--max-cost", "12", **dear, MAX_REQUESTS="200"))
    assert code == 1
    assert [line.split()[:2] for line in table[:2]] == [[name, "unfinished"] for name in TWINS]
    assert all("MAX_COST=" in line for line in table[:2])
    assert 0 < len(asked.bodies) * 0.2 <= 12


def test_a_broken_character_stops_no_other_and_the_summary_says_why(tmp_path: Path, asked: Counting) -> None:
    ned(tmp_path, good=SPOKEN)
    for name in ("empty", "wrong"):
        shutil.copytree(tmp_path / "raw" / "ned", tmp_path / "raw" / name)
    (tmp_path / "raw" / "empty" / "good.txt").write_text(" ")
    (tmp_path / "raw" / "wrong" / "character.yaml").write_text("schema: 1\nname: Ned\n")
    code, table, told = finish(start(tmp_path, asked, LLM="off"))
    assert code == 1
    assert [line.split()[:2] for line in table[:3]] == [["empty", "failed"], ["ned", "built"], ["wrong", "failed"]]
    assert table[0].endswith("empty/good.txt: the file is empty")
    assert " 2 rows " in table[1]
    assert "wrong/character.yaml:1: name_en: is missing" in table[2]
    assert len(told) == 3
    logs = tmp_path / "processed" / ".logs"
    assert "Ned (ned), from The tide" in (logs / "ned.log").read_text(encoding="utf-8")
    assert "error: " in (logs / "empty.log").read_text(encoding="utf-8")


def test_where_none_can_be_begun_the_exit_code_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no character in "):
        characters_of(tmp_path)
    ned(tmp_path, good=SPOKEN)
    told: list[str] = []
    (outcome,) = build_many(tmp_path, ["nobody"], {}, 2, tell=told.append)
    assert [line.split()[:2] for line in told] == [["nobody", "failed"]]
    assert (exit_code([outcome]), outcome.state) == (2, "failed")
    assert outcome.why.startswith(f"there is no {tmp_path}/raw/nobody/character.yaml")
