"""Train and test of whole builds: kept through whatever is cleared away, told where rows go, held by `verify`."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dramaturg.errors import InputError, SettingsError
from dramaturg.verify import Verdict
from dramaturg.workspace import Workspace, read_json, sha256_file, write_json
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import open_build, read_manifest
from tests.dramaturg.verify.test_dataset import Rows, corrupt, verdict_on
from tests.flows.test_pipeline import tree

CHARACTER = "weixiaobao"
CONFIGS = ("chatharuhi", "scenes", "profiles", "script")


def rows(data: Path, config: str, split: str) -> list[dict[str, Any]]:
    path = data / "processed" / CHARACTER / "dataset" / config / f"{split}.parquet"
    return pq.read_table(path).to_pylist() if path.exists() else []


def sides(data: Path, config: str = "chatharuhi") -> dict[str, str]:
    """The split of each row, by its texts."""
    return {
        "".join(filter(str.isalnum, f"{row['user_question']} {row['agent_response']}")): split
        for split in ("train", "test")
        for row in rows(data, config, split)
    }


def splits_file(data: Path) -> Path:
    return Workspace(data, CHARACTER).splits


def dropped(data: Path) -> list[dict[str, Any]]:
    path = data / "processed" / CHARACTER / "13_splits.rejected.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_every_config_has_both_and_loses_nothing(built: Path) -> None:
    manifest = read_manifest(open_build(built, CHARACTER))["stages"]
    for config in CONFIGS:
        both = {split: len(rows(built, config, split)) for split in ("train", "test")}
        assert both == manifest["export"]["splits"][config]
        assert 0.03 < both["test"] / sum(both.values()) < 0.2
    counts = manifest["splits"]["counts"]
    assert counts["rows"] == counts["train"] + counts["test"] + sum(manifest["splits"]["dropped"].values())
    assert counts["exchanges"] == manifest["exchanges"]["counts"]["exchanges"]


def test_what_is_cleared_away_comes_back_in_the_same_bytes(built: Path) -> None:
    before, kept = tree(built / "processed" / CHARACTER), splits_file(built).read_bytes()
    shutil.rmtree(built / "processed" / CHARACTER)
    run_all(open_build(built, CHARACTER))
    assert tree(built / "processed" / CHARACTER) == before
    assert splits_file(built).read_bytes() == kept


def test_a_chapter_more_moves_no_row(built: Path) -> None:
    before = sides(built)
    novel = built / "raw" / CHARACTER / "novel.txt"
    text = novel.read_text(encoding="utf-8")
    told = "\n\n".join(
        f"　　“这是第{n}回说起的第{n * 7}件怪事，掌柜的可曾听过？”柳三娘问。\n\n　　“没听过第{n}件。”韦小宝道。"
        for n in range(40)
    )
    novel.write_text(f"{text}\n\n第九十九章 后来\n\n{told}\n", encoding="utf-8")
    run_all(open_build(built, CHARACTER))
    after = sides(built)
    assert before.items() <= after.items()
    assert len(after) > len(before)
    assert verdict_on(built).faults == []


def test_scenes_cut_otherwise_move_no_row(built: Path) -> None:
    before = sides(built)
    for tokens in (300, 900, 500):
        run_all(open_build(built, CHARACTER, scene_tokens=tokens))
        after = sides(built)
        moved = {text for text, side in after.items() if before.get(text, side) != side}
        assert moved == set()
        lost = [each for each in dropped(built) if each["reason"] == "split_bridge"]
        assert all(set(each["record"]["hangs_on"]) == {"train", "test"} for each in lost)
        assert len(lost) < 0.2 * len(before)
        before = after | before


def test_of_a_lost_splits_file_one_is_made_again(built: Path) -> None:
    build, kept = open_build(built, CHARACTER), splits_file(built).read_bytes()
    splits_file(built).unlink()
    assert [each.name for each in active_stages(build.settings) if not is_current(build, each)] == ["splits"]
    run_all(build)
    assert splits_file(built).read_bytes() == kept


@pytest.mark.parametrize("told", ["{", "[]", '{"version": 2}', '{"version": 1, "instruction": {"lines": {}}}'])
def test_a_splits_file_that_is_none_is_no_reason_to_draw_anew(built: Path, told: str) -> None:
    splits_file(built).write_text(told)
    with pytest.raises(InputError, match=r"splits\.json: .*: put back the one there was, or remove it"):
        run_all(open_build(built, CHARACTER))
    assert splits_file(built).read_text() == told


def test_the_last_acts_are_held_out_and_each_way_to_split_keeps_its_own(built: Path) -> None:
    before = tree(built / "processed" / CHARACTER)
    run_all(open_build(built, CHARACTER, split="chronological"))
    acts = {split: {row["act_id"] for row in rows(built, "scenes", split)} for split in ("train", "test")}
    assert max(acts["train"]) < min(acts["test"])
    assert verdict_on(built).faults == []
    assert set(read_json(splits_file(built))) == {"version", "instruction", "chronological"}
    run_all(open_build(built, CHARACTER))
    assert tree(built / "processed" / CHARACTER).keys() == before.keys()
    assert {name for name, known in tree(built / "processed" / CHARACTER).items() if before[name] != known} == {
        "manifest.json"  # which names the hash of splits.json
    }


@pytest.mark.parametrize(("mode", "share"), [("none", 0.1), ("role", 0.99), ("role", 0.01)])
def test_nothing_or_the_whole_role_is_held_out_by_choice(data: Path, mode: str, share: float) -> None:
    run_all(open_build(data, CHARACTER, split=mode, test_share=share))
    filled = "test" if share > 0.5 else "train"
    for config in CONFIGS:
        assert [split for split in ("train", "test") if rows(data, config, split)] == [filled]
    assert not splits_file(data).exists()
    assert verdict_on(data).faults == []


def test_a_row_that_stands_in_a_benchmark_goes_whichever_side_it_is_on(built: Path, tmp_path: Path) -> None:
    copied = [rows(built, "chatharuhi", split)[1] for split in ("train", "test")]
    others = tmp_path / "others"
    others.mkdir()
    (others / "a.jsonl").write_text("".join(json.dumps({"q": each["agent_response"]}) + "\n" for each in copied))
    build = open_build(built, CHARACTER, benchmarks=[others])
    assert "splits" in [each.name for each in active_stages(build.settings) if not is_current(build, each)]
    run_all(build)
    left = {row["id"] for split in ("train", "test") for row in rows(built, "chatharuhi", split)}
    assert left.isdisjoint(row["id"] for row in copied)
    assert {each["record"]["found"]["at"] for each in dropped(built)} == {"a.jsonl:1", "a.jsonl:2"}
    assert {each["reason"] for each in dropped(built)} == {"in_benchmark"}
    assert verdict_on(built).faults == []


def test_a_benchmark_that_is_not_there_is_complained_of(data: Path) -> None:
    with pytest.raises(SettingsError, match=r"BENCHMARKS.*there is no nowhere\.jsonl"):
        open_build(data, CHARACTER, benchmarks="nowhere.jsonl")


# --- verify ---------------------------------------------------------------------------------------------------


def move(data: Path, config: str, number: int) -> Verdict:
    """The verdict on a dataset one of whose train rows is a test row now, the manifest vouching for it."""
    moved: Rows = []
    corrupt(data, config, lambda own: moved.append(own.pop(number)))
    corrupt(data, config, lambda own: own.append(moved[0]), split="test")
    return verdict_on(data)


@pytest.mark.parametrize("config", ["chatharuhi", "scenes"])
def test_a_row_on_the_other_side_is_caught(built: Path, config: str) -> None:
    assert any("which is on the other side" in fault for fault in move(built, config, -1).faults)


def test_a_line_on_the_other_side_is_caught(built: Path) -> None:
    assert any("but kept as train" in fault for fault in move(built, "script", -20).faults)


@pytest.mark.parametrize("config", ["role_specific", "general", "knowledge_boundary"])
def test_a_generated_row_on_the_other_side_is_caught(generated: Path, config: str) -> None:
    assert any("in a test row, but kept as train" in fault for fault in move(generated, config, 0).faults)


def test_a_question_on_both_sides_is_caught_even_where_what_is_kept_has_it_so(generated: Path) -> None:
    question = rows(generated, "general", "train")[0]["question"]
    (generated / "processed" / ".store" / "requests.sqlite").unlink()  # so that nobody knows it was not asked

    def ask(own: Rows) -> None:
        own[0]["question"] = f"{question}好"

    corrupt(generated, "general", ask, split="test")
    assert any("and nearly so in a train row" in fault for fault in verdict_on(generated).faults)


def test_a_changed_splits_file_is_caught(built: Path) -> None:
    kept = read_json(splits_file(built))
    lines = kept["instruction"]["lines"]
    lines["test"].append(lines["train"].pop())
    write_json(splits_file(built), kept)
    assert any("splits.json has changed since the build" in fault for fault in verdict_on(built).faults)
    manifest = Workspace(built, CHARACTER).manifest
    told = read_json(manifest)
    told["stages"]["splits"]["sources"][0]["files"]["splits.json"] = sha256_file(splits_file(built))
    write_json(manifest, told)
    assert any("is a train row, but kept as test" in fault for fault in verdict_on(built).faults)
