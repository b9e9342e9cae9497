"""What a person says is in the next build, told, and held by `verify`; what they did not speak of stays as it was."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dramaturg.errors import InputError
from dramaturg.verify import Verdict
from flows.desk import desk_of
from flows.pipeline import run_all
from flows.stage import Build, open_build, read_manifest
from flows.summary import render_summary
from tests.dramaturg.verify.test_dataset import corrupt, verdict_on
from tests.flows.test_pipeline import tree

AT = "2026-11-30T21:00:00+00:00"


def rows(build: Build, config: str) -> list[dict[str, Any]]:
    folder = build.workspace.dataset / config
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def verdict(build: Build) -> Verdict:
    return verdict_on(build.workspace.data, build.workspace.character_id)


def say(build: Build, target: str, do: Any, **said: Any) -> None:
    desk = desk_of(build)
    known = desk.state().targets.get(target)
    desk.say(target, do, known.number if known else 0, AT, **said)


def line_target(row: dict[str, Any]) -> str:
    return f"line:{row['source']}:{row['start']}-{row['end']}"


@pytest.fixture
def build(built: Path) -> Build:
    return open_build(built, "weixiaobao")


@pytest.fixture
def asked(generated: Path) -> Build:
    return open_build(generated, "weixiaobao")


def test_a_wrong_speaker_is_another_in_the_next_build(build: Build) -> None:
    row = next(each for each in rows(build, "script") if each["role"] == "柳三娘")
    say(build, line_target(row), "speaker", role="金掌柜")
    run_all(build)
    (now,) = [each for each in rows(build, "script") if line_target(each) == line_target(row)]
    assert (now["role"], now["method"], now["speaker_confidence"]) == ("金掌柜", "reviewed", 1.0)
    assert now["id"] == row["id"]
    assert verdict(build).faults == []
    assert "1 corrections of lines and rows" in render_summary(build)


def test_what_is_no_speech_is_narration(build: Build) -> None:
    row = next(each for each in rows(build, "script") if each["kind"] == "speech")
    say(build, line_target(row), "reject")
    run_all(build)
    (now,) = [each for each in rows(build, "script") if line_target(each) == line_target(row)]
    assert (now["kind"], now["role"]) == ("narration", "旁白")
    assert read_manifest(build)["stages"]["script"]["counts"]["lines"] == 444
    assert verdict(build).faults == []


def test_two_names_of_one_are_one(build: Build) -> None:
    lines = [each for each in rows(build, "script") if each["role"] == "柳三娘"]
    say(build, "name:柳三娘", "merge", into="三娘")
    run_all(build)
    assert len([each for each in rows(build, "script") if each["role"] == "三娘"]) == len(lines) > 5
    assert not [each for each in rows(build, "chatharuhi") if each["user_role"] == "柳三娘"]
    assert verdict(build).faults == []


def test_a_row_that_nobody_wants_is_told_with_its_reason(build: Build) -> None:
    row = rows(build, "chatharuhi")[0]
    target = f"exchange:{row['spans'][0]['source']}:{row['spans'][0]['start']}-{row['spans'][-1]['end']}"
    say(build, target, "reject")
    run_all(build)
    assert row["id"] not in {each["id"] for each in rows(build, "chatharuhi")}
    stage = read_manifest(build)["stages"]["splits"]
    assert stage["dropped"]["rejected_in_review"] == 1
    kept = stage["counts"]["train"] + stage["counts"]["test"]
    assert stage["counts"]["rows"] == kept + sum(stage["dropped"].values())
    assert verdict(build).faults == []


def test_what_is_undone_is_as_if_it_had_never_been_said(build: Build) -> None:
    before = tree(build.workspace.dataset)
    row = next(each for each in rows(build, "script") if each["role"] == "柳三娘")
    say(build, line_target(row), "speaker", role="金掌柜")
    run_all(build)
    assert tree(build.workspace.dataset) != before
    say(build, line_target(row), "undo")
    run_all(build)
    assert tree(build.workspace.dataset) == before


def test_only_what_hangs_on_a_correction_is_done_again(build: Build) -> None:
    extracted = (build.workspace.processed / "01_extracted.jsonl").stat().st_mtime_ns
    row = next(each for each in rows(build, "script") if each["role"] == "柳三娘")
    say(build, line_target(row), "accept")
    run_all(build)
    assert (build.workspace.processed / "01_extracted.jsonl").stat().st_mtime_ns == extracted


def test_a_correction_survives_a_source_that_has_grown(build: Build) -> None:
    row = next(each for each in rows(build, "script") if each["role"] == "柳三娘")
    say(build, line_target(row), "speaker", role="金掌柜")
    novel = build.workspace.raw / "novel.txt"
    text = novel.read_text(encoding="utf-8")
    novel.write_text(text.replace("\n", "\n这一行是后来添的，说的是别的事。\n", 1), encoding="utf-8")
    run_all(build)
    (now,) = [each for each in rows(build, "script") if each["role"] == "金掌柜"]
    assert (now["content"], now["start"] > row["start"]) == (row["content"], True)
    assert verdict(build).faults == []


def test_a_correction_whose_text_is_gone_is_told_and_kept(build: Build) -> None:
    row = next(each for each in rows(build, "script") if each["role"] == "柳三娘" and len(each["content"]) > 12)
    say(build, line_target(row), "speaker", role="金掌柜")
    novel = build.workspace.raw / "novel.txt"
    novel.write_text(novel.read_text(encoding="utf-8").replace(row["content"], "这句话换掉了。"), encoding="utf-8")
    run_all(build)
    assert "1 no longer have their place: see *.gone.jsonl" in render_summary(build)
    (gone,) = map(json.loads, (build.workspace.processed / "02_script.gone.jsonl").read_bytes().splitlines())
    assert (gone["text"], gone["why"]) == (row["content"], "its text is no longer there")
    assert [each.text for each in desk_of(build).state().gone] == [row["content"]]
    assert build.workspace.corrections.is_file()


def test_what_a_person_wrote_stands_in_the_row_and_is_marked(asked: Build) -> None:
    row = next(each for each in rows(asked, "chatharuhi") if each["question_source"] == "synthesized")
    say(asked, f"dialogue:{row['request']}", "edit", turn=1, text="灶王爷在上，这事我真不知道。")
    run_all(asked)
    (now,) = [each for each in rows(asked, "chatharuhi") if each["id"] == row["id"]]
    assert (now["agent_response"], now["edited"]) == ("「灶王爷在上，这事我真不知道。」", [1])
    assert now["user_question"] == row["user_question"]
    assert verdict(asked).faults == []
    desk = desk_of(asked)
    assert desk.state().gone == []
    assert desk.state().to_json()["targets"][f"dialogue:{row['request']}"]["built"]


@pytest.mark.parametrize("config", ["role_specific", "general"])
def test_answers_of_other_kinds_can_be_written_and_rejected(asked: Build, config: str) -> None:
    first, second = rows(asked, config)[:2]

    def target(row: dict[str, Any]) -> str:
        targets = desk_of(asked)._rows_by_target
        keys = row.get("requests") or [row["request"]]
        answer = row["generated"][0]
        return next(name for name, each in targets.items() if each.key.split("/")[0] in keys and answer in each.talk)

    say(asked, target(first), "edit", turn=1, text="灶王爷在上，换一句。")
    say(asked, target(second), "reject")
    run_all(asked)
    now = {each["id"]: each for each in rows(asked, config)}
    assert (now[first["id"]]["generated"][0], now[first["id"]]["edited"]) == ("灶王爷在上，换一句。", [1])
    assert second["generated"][0] not in (now.get(second["id"]) or {"generated": []})["generated"]
    curated = read_manifest(asked)["stages"]["curated"]
    assert curated["dropped"]["rejected_in_review"] == 1
    assert verdict(asked).faults == []


def test_verify_says_where_nobody_has_said_what_a_row_says(build: Build) -> None:
    def review(found: list[dict[str, Any]]) -> None:
        found[10]["method"] = "reviewed"

    corrupt(build.workspace.data, "script", review)
    assert any("corrections.jsonl does not have it" in fault for fault in verdict(build).faults)


def test_verify_says_where_nobody_wrote_what_a_row_says_was_written(asked: Build) -> None:
    def write(found: list[dict[str, Any]]) -> None:
        row = next(each for each in found if each["question_source"] == "synthesized")
        row["agent_response"], row["edited"] = "「无人写过。」", [1]

    corrupt(asked.workspace.data, "chatharuhi", write)
    assert any("nobody has written 「无人写过。」" in fault for fault in verdict(asked).faults)


def test_a_correction_that_cannot_be_read_stops_the_build_with_its_line(build: Build) -> None:
    build.workspace.edits.mkdir()
    build.workspace.corrections.write_text('{"at":"x","do":"shout","name":"a"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        run_all(build)


# --- the card -----------------------------------------------------------------------------------------------


def card_of(build: Build) -> str:
    return (build.workspace.dataset / "README.md").read_text(encoding="utf-8")


def test_the_card_tells_that_a_row_was_found_good_and_nothing_else_changes(build: Build) -> None:
    before = tree(build.workspace.dataset)
    say(build, next(iter(desk_of(build)._rows_by_target)), "accept")
    run_all(build)
    assert "## Checked by a person\n\nOf the rows 1 found good.\n" in card_of(build)
    after = tree(build.workspace.dataset)
    assert {name for name in after if after[name] != before[name]} == {"README.md"}


def test_of_few_lines_the_card_tells_only_how_many_were_looked_at(build: Build) -> None:
    for row in [each for each in rows(build, "script") if each["kind"] == "speech"][:30]:
        desk_of(build).say(line_target(row), "accept", 0, AT, is_drawn=True)
    run_all(build)
    lines = read_manifest(build)["stages"]["extract"]["counts"]["lines"]
    assert f"30 of {lines} spoken lines, 30 of them drawn by chance: too few" in card_of(build)


def test_from_fifty_lines_on_the_card_tells_how_many_of_all_are_right(build: Build) -> None:
    lines = [each for each in rows(build, "script") if each["kind"] == "speech"][:50]
    for row in lines[:45]:
        desk_of(build).say(line_target(row), "accept", 0, AT, is_drawn=True)
    for row in lines[45:]:
        desk_of(build).say(line_target(row), "speaker", 0, AT, is_drawn=True, role="路人")
    found = desk_of(build).checked().accuracy
    run_all(build)
    assert found is not None
    assert f"of all {found.estimate:.1%} had the right speaker" in card_of(build)
    assert f"of all 90.0% had the right speaker (95% interval {found.low:.1%} to" in card_of(build)
    assert "and 91.1% have it as corrected" in card_of(build)


def test_the_card_tells_how_many_rows_were_looked_at_and_no_longer_that_nobody_read_them(asked: Build) -> None:
    assert "read by no person" in card_of(asked)
    generated = [target for target, row in desk_of(asked)._rows_by_target.items() if row.is_generated][:4]
    say(asked, generated[0], "accept")
    say(asked, generated[1], "accept")
    say(asked, generated[2], "reject")
    say(asked, generated[3], "edit", turn=1, text="我偏不说。")
    run_all(asked)
    assert "Of the rows 2 found good, 1 written anew, 1 rejected." in card_of(asked)
    assert "and but for the rows told of above read by no person" in card_of(asked)
