"""`dramaturg formats`, as a person runs it."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dramaturg.errors import InputError
from dramaturg.publish.talks import CONFIGS
from dramaturg.workspace import sha256_file
from flows.formats import render_formats, write_all
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import Build, open_build
from flows.verified import verdict_of
from tests.processes import dramaturg


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("character_id", ["weixiaobao", "holmes"])
def test_every_row_that_is_a_talk_is_in_every_form_of_its_split(generated: Path, character_id: str) -> None:
    written = write_all(open_build(generated, character_id))
    folder = generated / "processed" / character_id
    assert written.folder == folder / "formats"
    for split in ("train", "test"):
        ids: list[str] = []
        for config in CONFIGS:
            path = folder / "dataset" / config / f"{split}.parquet"
            ids += pq.read_table(path)["id"].to_pylist() if path.is_file() else []
        for path in (path for path in written.talks if path.endswith(f"{split}.jsonl")):
            rows = lines(written.folder / path)
            assert len(rows) == written.talks[path]
            assert list(dict.fromkeys(chain.from_iterable(row["rows"] for row in rows))) == ids
            assert len({row["id"] for row in rows}) == len(rows)
    assert written.stories == len(list((written.folder / "chatharuhi" / "texts").iterdir()))
    for told in (*written.talks, *written.cards, str(written.folder)):
        assert told in render_formats(written)


def test_original_lines_alone_make_every_form_too(built: Path) -> None:
    written = write_all(open_build(built, "sunwukong"))
    assert written.talks["messages/train.jsonl"] > 0
    assert any(len(row["messages"]) > 3 for row in lines(written.folder / "messages" / "train.jsonl"))
    card = json.loads((written.folder / "card" / "card_v2.json").read_bytes())["data"]
    assert "护着师父" in card["description"]
    assert card["first_mes"].startswith("俺老孙来也")


def test_the_same_dataset_is_the_same_files(built: Path, tmp_path: Path) -> None:
    build = open_build(built, "alice")
    for name in ("one", "two"):
        write_all(build, demonstrations=2, output=tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) > 15
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


def test_the_command_writes_what_it_is_asked_for(built: Path, tmp_path: Path) -> None:
    done = dramaturg(
        *("formats", "weixiaobao", "--data", built, "--format", "messages", "--format", "alpaca", "--no-system"),
        *("--single-turn", "--demonstrations", 2, "--config", "chatharuhi", "-o", tmp_path / "out"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"messages", "alpaca", "made_from.json"}
    for row in lines(tmp_path / "out" / "messages" / "train.jsonl"):
        assert [message["role"] for message in row["messages"]] == ["user", "assistant"] * 3
    assert "messages/train.jsonl" in done.stdout


def made_from(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "made_from.json").read_bytes())
    return told


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def rebuilt(data: Path) -> Build:
    """Another dataset of the same character: its last line is no more."""
    source = data / "raw" / "sunwukong" / "crosstalk.txt"
    source.write_text("\n".join(source.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    build = open_build(data, "sunwukong")
    run_all(build)
    return build


def test_the_folder_says_of_which_files_of_the_dataset_it_was_made_and_how(built: Path) -> None:
    build = open_build(built, "sunwukong")
    folder = write_all(build, ["messages"], demonstrations=1).folder
    write_all(build, ["llamafactory", "chatharuhi", "card"])
    told = made_from(folder)
    dataset = build.workspace.dataset
    assert told["dataset"] == {name: sha256_file(dataset / name) for name in files_in(dataset) - {"README.md"}}
    assert told["character"] == "sunwukong"
    assert [each["demonstrations"] for each in told["written"].values()] == [1, 0, 0, 0]
    hashes = {name: known for each in told["written"].values() for name, known in each["files"].items()}
    assert hashes == {name: sha256_file(folder / name) for name in files_in(folder) - {"made_from.json"}}


def test_after_another_build_no_format_of_the_earlier_one_is_left(built: Path) -> None:
    folder = write_all(open_build(built, "sunwukong")).folder
    (folder / "alpaca" / "notes.txt").write_text("a person's own")
    (folder / "rocit" / "test.jsonl").write_text("changed by a person")
    written = write_all(rebuilt(built), ["messages"])
    assert set(written.outdated) == {"llamafactory", "axolotl", "sharegpt", "alpaca", "rocit", "chatharuhi", "card"}
    assert files_in(folder) == {
        *("made_from.json", "messages/train.jsonl", "messages/test.jsonl", "alpaca/notes.txt", "rocit/test.jsonl"),
    }
    assert list(made_from(folder)["written"]) == ["messages"]
    assert "gone     alpaca: made of an earlier dataset" in render_formats(written)


def test_while_formats_are_written_the_folder_claims_none_of_them(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = open_build(built, "sunwukong")
    folder = write_all(build, ["messages", "alpaca"]).folder

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.formats.write_formats", stop)
    with pytest.raises(KeyboardInterrupt):
        write_all(build, ["messages"])
    assert list(made_from(folder)["written"]) == ["alpaca"]


def test_the_folder_of_another_character_is_left_alone(built: Path, tmp_path: Path) -> None:
    write_all(open_build(built, "sunwukong"), ["messages"], output=tmp_path / "mine")
    before = {name: sha256_file(tmp_path / "mine" / name) for name in files_in(tmp_path / "mine")}
    with pytest.raises(InputError, match=r"mine has the formats of sunwukong in it: give another folder"):
        write_all(open_build(built, "holmes"), ["alpaca"], output=tmp_path / "mine")
    assert {name: sha256_file(tmp_path / "mine" / name) for name in files_in(tmp_path / "mine")} == before


def test_the_formats_are_no_part_of_the_build(built: Path) -> None:
    build = open_build(built, "sunwukong")
    before = build.workspace.manifest.read_bytes()
    write_all(build)
    assert build.workspace.manifest.read_bytes() == before
    assert verdict_of(build).is_sound
    assert all(is_current(build, stage) for stage in active_stages(build.settings))


def test_what_is_not_built_or_not_known_is_one_line(data: Path, built: Path) -> None:
    with pytest.raises(InputError, match="weixiaobao is not built yet"):
        write_all(open_build(data, "weixiaobao"))
    with pytest.raises(InputError, match="chatml: there is no such format; there are messages, llamafactory"):
        write_all(open_build(built, "weixiaobao"), ["chatml"])
    with pytest.raises(InputError, match="scenes: there is no such config"):
        write_all(open_build(built, "weixiaobao"), None, ["scenes"])
    done = dramaturg("formats", "weixiaobao", "--data", data)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
