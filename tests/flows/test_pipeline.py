"""A build's promises: the same bytes again, only what changed done again, and no death that it does not survive."""

import gc
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dramaturg import ROOT
from dramaturg.character import Source
from dramaturg.errors import BusyError, DramaturgError, EmptyBuildError
from dramaturg.workspace import read_json
from extractors import SourceText, read_source
from flows import pipeline
from flows.pipeline import STAGES, active_stages, is_current, run_all, run_of, run_stage
from flows.stage import open_build, read_manifest
from tests.endpoint import FakeEndpoint
from tests.processes import start

KILLED_BEFORE_RENAME = """
import os, signal, sys
from pathlib import Path
from flows.pipeline import run_all
from flows.stage import open_build
left = int(sys.argv[2])
replace = Path.replace
def replace_or_die(self, target):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = replace_or_die
run_all(open_build(Path(sys.argv[1]), "weixiaobao"))
"""
BUILD = """
import sys
from pathlib import Path
from flows.pipeline import run_all
from flows.stage import open_build
run_all(open_build(Path(sys.argv[1]), "weixiaobao"))
"""


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder and its hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_to_be_fresh_is_done_anew_and_comes_out_the_same(built: Path, tmp_path: Path) -> None:
    build = open_build(built, "alice")
    processed, held = build.workspace.processed, tmp_path / "held"
    before = tree(processed)
    shutil.copytree(processed, held, copy_function=os.link)  # a file's number is given to no other while it is held
    run_all(build, fresh=True)
    assert tree(processed) == before
    assert [name for name in before if (processed / name).samefile(held / name)] == []


def test_a_stage_that_takes_too_long_is_ended_and_the_next_run_goes_on(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = open_build(built, "alice")
    before = tree(build.workspace.processed)

    def hangs(*_: object) -> None:
        with suppress(DramaturgError):  # as an event loop may
            time.sleep(60)
        time.sleep(60)

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "_done", hangs)
        patched.setattr(pipeline, "_ENDED_AGAIN", 0.1)
        with pytest.raises(DramaturgError, match=r"^extract: not done in 0\.0001 hours"):
            run_all(build, fresh=True, stage_hours=0.0001)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    run_all(build, stage_hours=1.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert tree(build.workspace.processed) == before


def test_what_is_done_anew_pays_no_answer_twice(generated: Path, endpoint: FakeEndpoint) -> None:
    before = tree(generated / "processed" / "alice"), len(endpoint.bodies)
    run_all(open_build(generated, "alice"), fresh=True)
    assert (tree(generated / "processed" / "alice"), len(endpoint.bodies)) == before


@pytest.fixture
def whole(built: Path) -> dict[str, str]:
    """What an undisturbed build leaves."""
    return tree(built / "processed" / "weixiaobao")


def test_a_second_run_does_nothing_and_changes_no_byte(built: Path, whole: dict[str, str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in (built / "processed").rglob("*") if path.is_file()}
    run_all(open_build(built, "weixiaobao"))
    assert tree(built / "processed" / "weixiaobao") == whole
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_two_machines_make_the_same_bytes(data: Path, whole: dict[str, str]) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C"}
    elsewhere = data.parent / "elsewhere"
    data.rename(elsewhere)
    subprocess.run([sys.executable, "-c", BUILD, elsewhere], check=True, cwd=ROOT, env=environment)
    assert tree(elsewhere / "processed" / "weixiaobao") == whole


def test_a_run_killed_before_any_file_is_in_place_ends_in_the_same_bytes(data: Path, whole: dict[str, str]) -> None:
    """Every stage boundary is among them: a stage ends when its entry is renamed into the manifest."""
    processed = data / "processed" / "weixiaobao"
    deaths = 0
    while True:
        process = start(KILLED_BEFORE_RENAME, data, deaths)
        if process.wait() == 0:
            break
        assert process.returncode == -signal.SIGKILL
        deaths += 1
        assert start(BUILD, data).wait() == 0
        assert tree(processed) == whole, f"after a death before rename {deaths}"
        for path in sorted(processed.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    stages = active_stages(open_build(data, "weixiaobao").settings)
    assert deaths == len(whole) - 1 + len(stages)  # every file once, the manifest after every stage


@pytest.mark.parametrize("seed", range(5))
def test_a_run_killed_at_a_random_moment_ends_in_the_same_bytes(data: Path, whole: dict[str, str], seed: int) -> None:
    started = time.monotonic()
    start(BUILD, data).wait()
    lasted = time.monotonic() - started
    processed = data / "processed" / "weixiaobao"
    for path in processed.glob("0*.jsonl"):
        path.unlink()
    process = start(BUILD, data)
    time.sleep(lasted * random.Random(seed).uniform(0.3, 0.95))
    process.kill()
    process.wait()
    assert start(BUILD, data).wait() == 0
    assert tree(processed) == whole


@pytest.mark.parametrize("name", ["02_script.jsonl", "03_scenes.jsonl", "manifest.json", "dataset/README.md"])
@pytest.mark.parametrize("change", ["deleted", "edited"])
def test_a_file_that_is_gone_or_edited_is_made_again(
    built: Path, whole: dict[str, str], name: str, change: str
) -> None:
    path = built / "processed" / "weixiaobao" / name
    if change == "deleted":
        path.unlink()
    else:
        path.write_text("not what a stage wrote")
    run_all(open_build(built, "weixiaobao"))
    assert tree(built / "processed" / "weixiaobao") == whole


def test_what_a_stage_no_longer_writes_is_swept_away(built: Path) -> None:
    stray = built / "processed" / "weixiaobao" / "01_text" / "old.txt.txt"
    stray.touch()
    (built / "processed" / "weixiaobao" / "01_extracted.jsonl").unlink()
    run_all(open_build(built, "weixiaobao"))
    assert not stray.exists()


def test_a_setting_redoes_only_the_stages_that_look_at_it(built: Path) -> None:
    build = open_build(built, "weixiaobao", scene_tokens=300)
    stages = active_stages(build.settings)
    assert [stage.name for stage in stages[:3] if is_current(build, stage)] == ["extract", "script"]
    assert all(is_current(open_build(built, "weixiaobao", concurrency=2), stage) for stage in stages)


def test_a_changed_source_redoes_everything(built: Path) -> None:
    with (built / "raw" / "weixiaobao" / "novel.txt").open("a", encoding="utf-8") as novel:
        novel.write("\n　　“完了。”韦小宝道。\n")
    build = open_build(built, "weixiaobao")
    lines = read_manifest(build)["stages"]["extract"]["counts"]["lines"]
    assert not is_current(build, STAGES[0])
    run_all(build)
    assert read_manifest(build)["stages"]["extract"]["counts"]["lines"] == lines + 1


@pytest.mark.parametrize("manifest", ["[]", "null", "{}", '{"stages": []}', "{"])
def test_what_is_no_manifest_is_as_none(built: Path, whole: dict[str, str], manifest: str) -> None:
    build = open_build(built, "weixiaobao")
    build.workspace.manifest.write_text(manifest, encoding="utf-8")
    run_all(build)
    assert tree(build.workspace.processed) == whole


def test_a_source_that_changes_while_it_is_read_is_read_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = open_build(built, "weixiaobao")
    novel = built / "raw" / "weixiaobao" / "novel.txt"
    novel.write_bytes(novel.read_bytes() + "\n\n　　天亮了。\n".encode())

    def read_then_edit(source: Source, *where: Any, **how: Any) -> SourceText:
        read = read_source(source, *where, **how)
        novel.write_bytes(novel.read_bytes() + b"\n")
        return read

    monkeypatch.setattr("flows.stages.script.read_source", read_then_edit)
    run_stage(build, STAGES[0])
    assert not is_current(build, STAGES[0])


def test_lines_in_are_lines_out_and_lines_dropped(built: Path) -> None:
    for character_id in ("holmes", "weixiaobao"):
        stages = read_json(built / "processed" / character_id / "manifest.json")["stages"]
        lost = sum(stages["exchanges"]["dropped"].values())
        assert stages["scenes"]["counts"]["lines"] == stages["exchanges"]["counts"]["lines"] + lost
        assert stages["extract"]["counts"]["lines"] == stages["scenes"]["counts"]["lines"]


def test_the_manifest_names_no_place_on_this_machine(built: Path) -> None:
    text = (built / "processed" / "weixiaobao" / "manifest.json").read_text(encoding="utf-8")
    assert str(built) not in text
    assert str(ROOT) not in text


def test_a_role_that_answers_nobody_fails_and_says_who_speaks(data: Path) -> None:
    character = data / "raw" / "weixiaobao" / "character.yaml"
    text = (
        character.read_text(encoding="utf-8")
        .replace("韦小宝", "韦大宝")
        .replace("[小宝, 小宝哥, 韦兄弟, 小滑头, 小兄弟]", "[]")
    )
    character.write_text(text, encoding="utf-8")
    with pytest.raises(EmptyBuildError, match=r"韦大宝 answers nobody .* who speaks: .*柳三娘 \(66\)"):
        run_all(open_build(data, "weixiaobao"))


def test_two_builds_of_one_character_do_not_meet(built: Path) -> None:
    build = open_build(built, "weixiaobao", wait=0)
    with build.workspace.locked(), pytest.raises(BusyError):
        run_all(build)


def test_a_run_that_fails_leaves_the_collector_of_garbage_as_it_was(data: Path) -> None:
    before = gc.get_threshold()
    with suppress(InterruptedError), run_of(open_build(data, "weixiaobao")):
        assert gc.get_threshold() > before
        raise InterruptedError
    assert gc.get_threshold() == before


def test_a_stage_is_done_once(built: Path) -> None:
    build = open_build(built, "weixiaobao")
    assert run_stage(build, STAGES[0]) == read_manifest(build)["stages"]["extract"]
