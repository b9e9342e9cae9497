"""Where a build may be run: any locale, any path, a full disk, a disk that cannot be written to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dramaturg import ROOT
from flows.pipeline import run_all
from flows.stage import open_build
from tests.flows.test_cli import dramaturg, one_line
from tests.flows.test_pipeline import tree

DRAMATURG = Path(sys.executable).with_name("dramaturg")

Mount = Callable[[str], Path]


def errors(told: str) -> str:
    """The lines that are no stage's."""
    return "".join(line for line in told.splitlines(keepends=True) if not line.startswith("sunwukong  "))


def lay(data: Path) -> Path:
    source = ROOT / "data" / "raw" / "sunwukong"
    shutil.copytree(source, data / "raw" / "sunwukong", ignore=shutil.ignore_patterns("splits.json"))
    return data


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """A disk of so many bytes with a character on it; mounted again, with other options."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk to fill")
    disk = tmp_path / "disk"
    disk.mkdir()

    def mounted(options: str) -> Path:
        again = "remount," if disk.is_mount() else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{again}{options}", "tmpfs", disk]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            pytest.skip(f"no disk can be mounted here: {ran.stderr.strip()}")
        return disk

    with ExitStack() as stack:
        stack.callback(lambda: disk.is_mount() and subprocess.run(["umount", disk], check=True))
        yield mounted


def test_a_full_disk_is_one_line_and_where_there_is_room_again_the_build_goes_on(mount: Mount, built: Path) -> None:
    data = lay(mount("size=250k"))
    ran = dramaturg("build", "sunwukong", "--data", data)
    assert ran.returncode == 1
    assert one_line(errors(ran.stderr)).endswith(": No space left on device\n")
    assert list(data.rglob("*.partial")) == []
    mount("size=20m")
    run_all(open_build(data, "sunwukong"))
    assert tree(data / "processed" / "sunwukong") == tree(built / "processed" / "sunwukong")


def test_a_disk_that_cannot_be_written_to_is_one_line(mount: Mount) -> None:
    data = lay(mount("size=20m"))
    mount("ro")
    ran = dramaturg("build", "sunwukong", "--data", data)
    assert ran.returncode == 1
    assert one_line(ran.stderr) == f"error: {data}/processed: Read-only file system\n"


def test_a_home_of_prefects_that_cannot_be_kept_is_one_line_at_once(data: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    ran = dramaturg("build", "sunwukong", "--prefect", "--data", data, PREFECT_HOME=str(tmp_path / "home"))
    assert ran.returncode == 1
    assert one_line(ran.stderr) == f"error: {tmp_path}/home: File exists\n"


PLAIN = {"LANG": "", "LC_ALL": "C"}
ASCII = {**PLAIN, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # as any locale that is not in UTF-8


@pytest.mark.parametrize(
    ("locale", "shows"), [(PLAIN, "孙悟空 (sunwukong)"), (ASCII, r"\u5b59\u609f\u7a7a (sunwukong)")]
)
def test_neither_the_locale_nor_the_path_changes_a_byte(
    tmp_path: Path, built: Path, locale: dict[str, str], shows: str
) -> None:
    home = tmp_path / "家 里" / "我's"
    data = lay(home / "数 据")
    ran = subprocess.run(  # a process of its own: it starts with the locale
        [DRAMATURG, "build", "sunwukong", "--data", data],
        env={**os.environ, "HOME": str(home), **locale},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (ran.returncode, errors(ran.stderr)) == (0, "")
    assert ran.stdout.startswith(shows)
    assert tree(data / "processed" / "sunwukong") == tree(built / "processed" / "sunwukong")
