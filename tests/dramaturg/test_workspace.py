import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dramaturg.errors import BusyError, CharacterError
from dramaturg.script import Utterance
from dramaturg.workspace import Workspace, read_records, write_atomic, write_jsonl


@pytest.mark.parametrize("name", ["../x", "", "Holmes", "韦小宝", "a/b", "-x", "a b", ".", "x\n"])
def test_a_characters_name_is_a_plain_folder_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(CharacterError, match="cannot be a character's name"):
        Workspace(tmp_path, name)


def test_a_file_that_fails_half_way_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write_half() -> None:
        with write_atomic(path) as file:
            file.write(b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_two_runs_cannot_hold_one_folder(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "x")
    with workspace.locked(), pytest.raises(BusyError, match="another run"), Workspace(tmp_path, "x").locked():
        pass
    with workspace.locked():
        pass


@contextmanager
def held(workspace: Workspace, seconds: float) -> Iterator[None]:
    """Another run that ends after a while."""
    began, may_end = threading.Event(), threading.Event()

    def run() -> None:
        with workspace.locked():
            began.set()
            may_end.wait(seconds)

    other = threading.Thread(target=run)
    other.start()
    began.wait()
    yield
    may_end.set()
    other.join()


def test_a_second_run_waits_for_the_first_to_end_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = Workspace(tmp_path, "x")
    with held(workspace, 0.5), workspace.locked(wait=60):
        pass
    assert caplog.messages == ["another run is building x: waiting for it to end, 60 seconds at most"]


def test_it_waits_no_longer_than_it_is_told_to(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "x")
    with held(workspace, 60), pytest.raises(BusyError, match="has not ended within"):  # noqa: SIM117
        with workspace.locked(wait=0.3):
            pass


def test_who_waited_for_a_folder_that_is_cleaned_away_holds_the_one_that_is_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "x")
    with held(workspace, 0.5):
        shutil.rmtree(workspace.processed)
        with workspace.locked(wait=60), pytest.raises(BusyError), Workspace(tmp_path, "x").locked():
            pass


def test_a_run_sweeps_away_what_a_killed_one_left_half_written(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "x")
    left = workspace.dataset / "train.parquet.partial"
    left.parent.mkdir(parents=True)
    left.touch()
    with workspace.locked():
        assert not left.exists()


def test_records_come_back_as_they_went(tmp_path: Path) -> None:
    lines = [Utterance(0, n, None if n else "甲", "来\n了 ", "speech", "a.txt", n, n + 4, 0.5, "tag") for n in range(3)]
    path = tmp_path / "lines.jsonl"
    assert write_jsonl(path, lines) == 3
    assert list(read_records(path, Utterance)) == lines
