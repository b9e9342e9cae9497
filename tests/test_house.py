"""The house keeps its floors, its faces and its papers in order."""

import ast
import importlib
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.settings import Settings

ROOMS = ("dramaturg", "extractors", "flows", "prompts")
ABOVE = {
    "flows": set(),
    "extractors": {"flows"},
    "dramaturg": {"extractors", "flows"},
    "prompts": {"dramaturg", "extractors", "flows"},
}
COMMANDS = {
    "flows.cli": {
        *(
            "Kind",
            "Language",
            "build",
            "cast",
            "chat",
            "curate",
            "estimate",
            "extract",
            "rolebench",
            "status",
            "verify",
        ),
    },
    "flows.cli_dataset": {"formats", "plots", "publish", "reattach", "report", "review", "stats"},
    "flows.cli_evaluate": {"evaluate"},
    "flows.cli_machine": {"build_all", "clean", "doctor"},
    "flows.cli_prefect": {"deploy", "serve", "server", "worker"},
    "flows.cli_tune": {"tune"},
    "flows.cli_store": {"export", "import_", "ls", "prune"},
}
PREFECTS_SHELLS = {f"flows/{name}.py" for name in ("artifacts", "build_dataset", "deployed", "scheduled")}
MODULES = [path.relative_to(ROOT) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported(module: Path) -> Iterator[str]:
    """The names of all modules that a module imports, wherever in its file."""
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_an_import_only_points_down(module: Path) -> None:
    assert not {name.split(".")[0] for name in imported(module)} & ABOVE[module.parts[0]]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_only_prefects_own_shells_know_prefect(module: Path) -> None:
    if str(module) not in PREFECTS_SHELLS:
        assert "prefect" not in {name.split(".")[0] for name in imported(module)}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_modules_face_is_sorted_and_there(module: Path) -> None:
    name = ".".join(module.with_suffix("").parts).removesuffix(".__init__")
    if str(module) in PREFECTS_SHELLS:  # Prefect, which has tests of its own
        return
    loaded = importlib.import_module(name)
    face = getattr(loaded, "__all__", [])
    # constants, classes, functions: the order of ruff's RUF022
    assert face == sorted(face, key=lambda each: (0 if each.isupper() else 1 if each[0].isupper() else 2, each))
    assert [each for each in face if not hasattr(loaded, each)] == []
    public = {each for each, value in vars(loaded).items() if getattr(value, "__module__", "") == name} - set(face)
    assert {each for each in public if not each.startswith("_")} <= COMMANDS.get(name, set())


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_group_is_repeated_possessively(module: Path) -> None:
    # Python 3.11.2, Debian 12's, goes on behind where its last try failed; (?>(?:…)*) is the same, and right there
    assert not re.search(r"\)(?:[*+?]|\{+\d*,?\d*\}+)\+", (ROOT / module).read_text(encoding="utf-8"))


def test_ruff_and_mypy_read_the_same_rooms_that_are_installed() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for room in ROOMS:
        assert f'"{room}*"' in settings
        assert f'"{room}"' in settings


# --- the Makefile -------------------------------------------------------------------------------------------


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_makefile_is_short_and_every_target_has_help() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 80
    targets = {line.split(":")[0] for line in lines if re.match(r"[a-z][a-z-]*:", line)} - {"check-char"}
    listed = {line.split()[0] for line in make("help").stdout.splitlines()}
    assert listed == targets


@pytest.mark.parametrize("target", ["build-dataset", "verify", "status", "tune"])
@pytest.mark.parametrize("character", [None, "nobody", "../x", "weixiaobao/", "a b", "$(shell false)", "'; false"])
def test_make_says_in_one_line_what_to_do_about_a_character_it_does_not_know(
    target: str, character: str | None
) -> None:
    ran = make(target, *([f"CHAR={character}"] if character is not None else []))
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "weixiaobao" in ran.stderr


def test_make_knows_every_setting() -> None:
    (line,) = re.findall(r"^SETTINGS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(line.split()) == {name.upper() for name in Settings.model_fields}


def test_make_runs_nothing_that_stands_in_a_name(tmp_path: Path) -> None:
    make("build-dataset", f"CHAR=$(shell touch {tmp_path / 'run'})")
    assert list(tmp_path.iterdir()) == []


def test_make_says_in_one_line_that_the_browser_is_missing(tmp_path: Path) -> None:
    command = [str(shutil.which("make")), "--dry-run", "test-browser"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)})
    assert ran.returncode == 2
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "apt install chromium" in ran.stderr


# --- the sample fiction -------------------------------------------------------------------------------------


def test_the_samples_say_that_they_are_samples() -> None:
    assert "示例小说" in (ROOT / "data/raw/weixiaobao/novel.txt").read_text(encoding="utf-8")[:200]
    with zipfile.ZipFile(ROOT / "data/raw/holmes/novel.epub") as epub:
        assert any(b"Sample fiction" in epub.read(name) for name in epub.namelist() if name.endswith(".xhtml"))
    for source in (
        *("sunwukong/page.html", "sunwukong/episode.ass", "sunwukong/crosstalk.txt"),
        *("alice/page.html", "alice/episode.vtt"),
    ):
        assert "Dramaturg" in (ROOT / "data/raw" / source).read_text(encoding="utf-8")
    for character in ("weixiaobao", "holmes", "sunwukong", "alice"):
        told = (ROOT / "data" / "raw" / character / "character.yaml").read_text(encoding="utf-8")
        assert "sample fiction written for Dramaturg" in told
