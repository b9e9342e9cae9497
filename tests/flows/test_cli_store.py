"""`dramaturg store`: the answers of builds, told, passed on, taken in, cleared up."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dramaturg.llm.carry import read_about
from dramaturg.workspace import Workspace, read_json, write_json
from flows.pipeline import run_all
from flows.stage import open_build
from flows.used import keys_of, settings_of
from tests.endpoint import FakeEndpoint
from tests.flows.test_cli import one_line
from tests.flows.test_pipeline import tree
from tests.processes import dramaturg

CHARACTERS = ("alice", "holmes", "sunwukong", "weixiaobao")


def store_of(data: Path) -> Path:
    return data / "processed" / ".store" / "requests.sqlite"


def stored(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {key for (key,) in database.execute("SELECT key FROM responses")}


def refused(data: Path, *arguments: object, code: int = 2, **environment: str) -> str:
    ran = dramaturg("store", *arguments, "--data", data, **environment)
    assert (ran.returncode, ran.stdout) == (code, "")
    return one_line(ran.stderr)


def told(data: Path, *arguments: object, **environment: str) -> str:
    ran = dramaturg("store", *arguments, "--data", data, **environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


# --- what a build used --------------------------------------------------------------------------------------


def test_builds_name_all_answers_that_they_were_built_from(generated: Path) -> None:
    used = {key for each in CHARACTERS for key in keys_of(Workspace(generated, each))}
    with closing(sqlite3.connect(store_of(generated))) as database:
        asked = {key for (key,) in database.execute("SELECT key FROM responses WHERE prompt != 'schema_probe@1'")}
    assert used == asked


def test_each_stage_that_asks_has_its_record_in_the_manifest(generated: Path) -> None:
    stages = read_json(generated / "processed" / "holmes" / "manifest.json")["stages"]
    records = [name for entry in stages.values() for name in entry["files"] if name.endswith(".requests")]
    assert records == [
        *("01_extracted.requests", "05_profile.requests", "06_questions.requests", "07_synthesis.requests"),
        *("08_context_instruct.requests", "09_rolegpt.requests", "10_scenarios.requests"),
    ]


def test_no_stage_is_done_again_because_another_looked_at_other_answers(generated: Path) -> None:
    stages = read_json(generated / "processed" / "holmes" / "manifest.json")["stages"]
    assert not any(name.endswith(".requests") for entry in stages.values() for name in entry["made_from"]["inputs"])


# --- ls -----------------------------------------------------------------------------------------------------


def test_ls_tells_what_there_is_with_the_sums_below(generated: Path, endpoint: FakeEndpoint) -> None:
    head, *lines, total = told(generated, "ls").splitlines()
    assert head.split()[:5] == ["endpoint", "model", "prompt", "answers", "refusals"]
    assert all(line.startswith(f"{endpoint.url}  {endpoint.model}  ") for line in lines)
    assert total.split()[:2] == ["total", f"{len(stored(store_of(generated))):,}"]


def test_ls_of_a_character_tells_what_it_was_built_from(generated: Path) -> None:
    total = told(generated, "ls", "--char", "holmes").splitlines()[-1]
    assert total.split()[1] == f"{len(keys_of(Workspace(generated, 'holmes'))):,}"


def test_ls_of_nothing_says_so(data: Path) -> None:
    assert one_line(told(data, "ls")) == f"There are no answers in {store_of(data)}.\n"


def test_nothing_that_a_foreign_file_says_moves_the_cursor(generated: Path) -> None:
    with closing(sqlite3.connect(store_of(generated))) as database, database:
        database.execute("UPDATE responses SET prompt = char(27) || '[2J' WHERE prompt = 'schema_probe@1'")
    assert "\x1b" not in told(generated, "ls")


# --- export and import --------------------------------------------------------------------------------------


def test_a_characters_answers_go_to_another_machine(generated: Path, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "holmes.sqlite"
    keys = keys_of(Workspace(generated, "holmes"))
    line = one_line(told(generated, "export", "holmes", "-o", file))
    assert line == f"{len(keys) + 1:,} answers in {file}, {file.stat().st_size:,} bytes\n"
    assert keys < stored(file)
    line = one_line(told(data, "import", file))
    assert line == f"{file}: {len(keys) + 1:,} answers added, 0 already there\n"
    assert stored(store_of(data)) == stored(file)
    assert read_about(store_of(data), "holmes") == settings_of(open_build(generated, "holmes"))


def test_from_imported_answers_the_same_dataset_is_built_and_nobody_asked(
    generated: Path, data: Path, tmp_path: Path, endpoint: FakeEndpoint
) -> None:
    told(generated, "export", "holmes", "-o", tmp_path / "holmes.sqlite")
    told(data, "import", tmp_path / "holmes.sqlite")
    asked = len(endpoint.bodies)
    run_all(open_build(data, "holmes"))
    assert len(endpoint.bodies) == asked
    assert tree(Workspace(data, "holmes").processed) == tree(Workspace(generated, "holmes").processed)


def test_the_settings_that_decide_what_is_asked_go_along_and_no_key(
    generated: Path, tmp_path: Path, endpoint: FakeEndpoint
) -> None:
    told(generated, "export", "holmes", "-o", tmp_path / "holmes.sqlite", OPENAI_API_KEY="sk-secret")
    assert read_about(tmp_path / "holmes.sqlite", "holmes") == {
        "openai_base_url": endpoint.url,
        "model": endpoint.model,
        "scene_tokens": "500",
        "ask_again": "2",
        "responses": "1",
        "rolegpt": "few_shot_dialogue",
        "judge": "0",
        "max_requests": "400",
    }
    assert b"sk-secret" not in (tmp_path / "holmes.sqlite").read_bytes()


def test_settings_of_stages_go_along_without_keys_and_credentials(
    generated: Path, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = endpoint.url.replace("//", "//me:secret@")
    stages = {
        "synthesis": {"base_url": where, "model": endpoint.model, "key_env": "MY_KEY", "price_in": 1},
        "questions": {"concurrency": 2},
    }
    monkeypatch.setenv("STAGES", json.dumps(stages))
    given = settings_of(open_build(generated, "holmes", llm="replay"))
    assert json.loads(given["stages"]) == {"synthesis": {"base_url": endpoint.url, "model": endpoint.model}}


def test_of_the_embedded_model_the_name_goes_along(
    generated: Path, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = generated / "processed" / "holmes" / "manifest.json"
    manifest = read_json(path)
    for name, entry in manifest["stages"].items():
        if "asks" in entry["made_from"]["settings"]:
            entry["made_from"]["settings"]["asks"] = "embedded default"
            entry["model"] = "small-q4"
        elif name == "extract":
            entry["made_from"]["settings"]["settles_speakers"] = None  # it is not asked that
            del entry["model"]
    write_json(path, manifest)
    for name in endpoint.settings:
        monkeypatch.delenv(name)
    given = settings_of(open_build(generated, "holmes", llm="replay"))
    assert (given.pop("provider"), given.pop("weights")) == ("embedded", "small-q4")
    assert set(given) == {"scene_tokens", "ask_again", "responses", "rolegpt", "judge", "max_requests"}


def test_an_export_by_other_settings_than_the_builds_is_refused(generated: Path, tmp_path: Path) -> None:
    line = refused(generated, "export", "holmes", "-o", tmp_path / "file", MODEL="another")
    assert "built by other settings" in line
    assert "another" in line
    line = refused(generated, "export", "holmes", "-o", tmp_path / "file", SCENE_TOKENS="400")
    assert "scene_tokens was 500, is now 400" in line
    assert not (tmp_path / "file").exists()


def test_what_quotes_a_source_of_an_unfree_licence_is_exported_only_on_demand(generated: Path, tmp_path: Path) -> None:
    character = generated / "raw" / "holmes" / "character.yaml"
    text = character.read_text(encoding="utf-8")
    character.write_text(text.replace("licence: CC0-1.0", "licence: all rights reserved"), encoding="utf-8")
    line = refused(generated, "export", "holmes", "-o", tmp_path / "file")
    assert "novel.epub (all rights reserved)" in line
    assert "--also-not-redistributable" in line
    assert not (tmp_path / "file").exists()
    told(generated, "export", "holmes", "-o", tmp_path / "file", "--also-not-redistributable")
    assert (tmp_path / "file").exists()


def test_what_was_built_without_a_model_or_not_at_all_has_nothing_to_export(built: Path, data: Path) -> None:
    assert "without a language model" in refused(built, "export", "holmes", "-o", built / "file")
    assert "holmes is not built yet: make build-dataset" in refused(data, "export", "holmes", "-o", data / "file")


def test_a_wrong_file_is_one_line(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no answers")
    assert "not a file of `dramaturg store export`" in refused(data, "import", tmp_path / "file")
    assert "there is no file" in refused(data, "import", tmp_path / "nothing")
    assert not store_of(data).exists()


# --- prune --------------------------------------------------------------------------------------------------


def test_prune_tells_and_with_yes_removes_what_no_build_uses(generated: Path) -> None:
    assert "nothing to remove" in one_line(told(generated, "prune"))
    holmes = keys_of(Workspace(generated, "holmes"))
    before = stored(store_of(generated))
    shutil.rmtree(generated / "processed" / "holmes")
    line = one_line(told(generated, "prune"))
    assert f"uses {len(holmes):,} answers, " in line
    assert "--yes" in line
    assert stored(store_of(generated)) == before
    assert one_line(told(generated, "prune", "--yes")).startswith(f"Removed: {len(holmes):,} answers, ")
    assert stored(store_of(generated)) == before - holmes


def test_while_a_character_is_built_nothing_is_removed(generated: Path) -> None:
    with Workspace(generated, "alice").locked():
        assert "another run is building alice" in refused(generated, "prune", "--yes", code=1)


def test_a_build_without_a_record_of_its_requests_is_to_be_built_again(generated: Path) -> None:
    path = generated / "processed" / "alice" / "manifest.json"
    manifest = read_json(path)
    del manifest["stages"]["synthesis"]["files"]["07_synthesis.requests"]
    write_json(path, manifest)
    assert "build it again, at no cost: make build-dataset CHAR=alice" in refused(generated, "prune", "--yes")


def test_a_changed_record_is_no_record(generated: Path) -> None:
    (generated / "processed" / "alice" / "07_synthesis.requests").write_text("")
    assert "which answers alice was built from" in refused(generated, "prune", "--yes")


def test_what_a_build_that_was_stopped_has_paid_for_is_not_removed(generated: Path) -> None:
    path = generated / "processed" / "alice" / "manifest.json"
    manifest = read_json(path)
    del manifest["stages"]["context_instruct"]
    write_json(path, manifest)
    assert "alice is not built to its end" in refused(generated, "prune", "--yes")
    path.unlink()
    assert "alice is not built yet" in refused(generated, "prune", "--yes")
