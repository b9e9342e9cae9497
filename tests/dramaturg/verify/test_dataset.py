"""`verify` accepts what was built, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dramaturg.character import load_character
from dramaturg.verify import Verdict, verify
from dramaturg.workspace import Workspace, read_json, sha256_file, write_json
from extractors import Shelf, read_source

Row = dict[str, Any]
Rows = list[Row]


def verdict_on(data: Path, character_id: str = "weixiaobao") -> Verdict:
    workspace = Workspace(data, character_id)
    character = load_character(workspace)
    read = {
        source.name: read_source(source, Shelf(workspace.raw, workspace.raw / "fetched", True), character.language)
        for source in character.sources
    }
    texts = {name: each.text for name, each in read.items()}
    return verify(workspace, character, texts, {name: each.places for name, each in read.items()})


def corrupt(
    data: Path,
    config: str,
    change: Callable[[Rows], None],
    *,
    forge_manifest: bool = True,
    character_id: str = "weixiaobao",
    split: str = "train",
) -> None:
    """Change a split's rows; with `forge_manifest` the manifest vouches for the changed file, and its size."""
    workspace = Workspace(data, character_id)
    path = workspace.dataset / config / f"{split}.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    if forge_manifest:
        manifest = read_json(workspace.manifest)
        manifest["stages"]["export"]["files"][f"dataset/{config}/{split}.parquet"] = sha256_file(path)
        manifest["stages"]["export"]["counts"][config] += (
            len(rows) - manifest["stages"]["export"]["splits"][config][split]
        )
        manifest["stages"]["export"]["splits"][config][split] = len(rows)
        write_json(workspace.manifest, manifest)


@pytest.mark.parametrize(
    ("character_id", "least"), [("holmes", 1_000), ("weixiaobao", 1_000), ("sunwukong", 250), ("alice", 200)]
)
def test_every_row_of_the_samples_holds(built: Path, character_id: str, least: int) -> None:
    verdict = verdict_on(built, character_id)
    assert (verdict.faults, verdict.wrong) == ([], 0)
    assert verdict.checked > least
    assert verdict.is_sound


def test_every_row_of_a_sample_with_a_models_holds(generated: Path) -> None:
    verdict = verdict_on(generated)
    assert (verdict.faults, verdict.wrong) == ([], 0)
    assert verdict.is_sound


def _first_at(rows: Rows) -> Row:
    return next(row for row in rows if any(span["at"] for span in row["spans"]))


@pytest.mark.parametrize(
    ("config", "change", "fault"),
    [
        ("chatharuhi", lambda rows: _first_at(rows)["spans"][0].update(at=None), "is not at None"),
        (
            "script",
            lambda rows: next(row for row in rows if row["at"]).update(at="00:00:00.000 --> 00:00:01.000"),
            "at",
        ),
        ("script", lambda rows: rows.remove(next(row for row in rows if row["method"] == "label")), "it is line 5 of"),
        ("script", lambda rows: rows.remove(next(row for row in rows if row["method"] == "heading")), "is in no row"),
    ],
)
def test_a_wrong_time_and_a_lost_line_of_labelled_speech_are_caught(
    built: Path, config: str, change: Callable[[Rows], None], fault: str
) -> None:
    corrupt(built, config, change, character_id="sunwukong")
    assert any(fault in each for each in verdict_on(built, "sunwukong").faults)


def _set(number: int, **fields: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[number].update(fields)


def _shift_span(rows: Rows) -> None:
    rows[3]["spans"][0]["start"] += 1


def _swap_sides(rows: Rows) -> None:
    row = rows[3]
    row["user_role"], row["agent_role"] = row["agent_role"], row["user_role"]


def _repeat(rows: Rows) -> None:
    rows.append(rows[3])


def _drop(rows: Rows) -> None:
    del rows[3]


def _first_with_more(rows: Rows) -> None:
    next(row for row in rows if row["more_dialogues"])["more_dialogues"][0] += "了"


@pytest.mark.parametrize(
    ("config", "change"),
    [
        ("chatharuhi", _set(3, agent_response="「我什么也没说。」")),
        ("chatharuhi", _set(3, user_question="「你说什么？」")),
        ("chatharuhi", _set(3, user_role="侯三彪的爹")),
        ("chatharuhi", _set(3, user_role="")),
        ("chatharuhi", _set(3, response_source="generated")),
        ("chatharuhi", _set(3, agent_role_name_en="holmes")),
        ("chatharuhi", _set(3, id="0" * 16)),
        ("chatharuhi", _set(3, licence="MIT")),
        ("chatharuhi", _set(3, more_dialogues=None)),
        ("chatharuhi", _set(3, spans=None)),
        ("chatharuhi", _set(3, agent_response=None)),
        ("chatharuhi", _shift_span),
        ("chatharuhi", _swap_sides),
        ("chatharuhi", _repeat),
        ("chatharuhi", _first_with_more),
        ("script", _set(30, content="改了")),
        ("script", _set(30, start=0)),
        ("script", _set(30, id="0" * 16)),
        ("script", _drop),
        ("script", _repeat),
        ("profiles", _set(30, content="改了")),
        ("profiles", _set(30, role="没这个人")),
        ("profiles", _repeat),
        ("profiles", lambda rows: rows.pop()),
    ],
)
def test_a_changed_row_is_caught_even_where_the_manifest_vouches_for_it(
    built: Path, config: str, change: Callable[[Rows], None]
) -> None:
    corrupt(built, config, change)
    assert not verdict_on(built).is_sound


def _synthesized(**fields: Any) -> Callable[[Rows], None]:
    return lambda rows: next(row for row in rows if row["response_source"] == "generated").update(fields)


def _script_based(**fields: Any) -> Callable[[Rows], None]:
    return lambda rows: next(row for row in rows if row["type"] == "script_based").update(fields)


def _other_passage(rows: Rows) -> None:
    one = next(row for row in rows if row["type"] == "script_based")
    one["context"] = next(row["context"] for row in rows[::-1] if row["context"])


def _cite_beside_the_line(rows: Rows) -> None:
    next(row for row in rows if row["type"] == "script_based")["lines"][0]["start"] += 1


def _cite_elsewhere(rows: Rows) -> None:
    one = next(row for row in rows if row["type"] == "script_based")
    one["lines"] = next(row["lines"] for row in rows[::-1] if row["lines"])


def _cite_twice(rows: Rows) -> None:
    one = next(row for row in rows if row["type"] == "script_based")
    one["lines"] = [*one["lines"], *one["lines"]]


@pytest.mark.parametrize(
    ("config", "change"),
    [
        ("chatharuhi", _synthesized(agent_response="「我什么也没说。」")),
        ("chatharuhi", _synthesized(agent_response="没有引号")),
        ("chatharuhi", _synthesized(user_question="「你说什么？」")),
        ("chatharuhi", _synthesized(user_role="")),
        ("chatharuhi", _synthesized(agent_role="柳三娘")),
        ("chatharuhi", _synthesized(response_source="original")),
        ("chatharuhi", _synthesized(more_dialogues=["柳三娘:「哼。」"])),
        ("chatharuhi", _synthesized(model="a-better-model")),
        ("chatharuhi", _synthesized(prompt="profile@1")),
        ("chatharuhi", _synthesized(request="0" * 32)),
        ("chatharuhi", _synthesized(question_request="0" * 32)),
        ("chatharuhi", _synthesized(id="0" * 16)),
        ("chatharuhi", _synthesized(licence="MIT")),
        ("chatharuhi", _synthesized(context=[{"source": "novel.txt", "start": 0, "end": 3}])),
        ("chatharuhi", _synthesized(context=None)),
        ("role_specific", _script_based(question="你昨天吃了什么？")),
        ("role_specific", _script_based(generated=["吃了面。"])),
        ("role_specific", _script_based(role="柳三娘")),
        ("role_specific", _script_based(type="script_agnostic")),
        ("role_specific", _script_based(confidence="low")),
        ("role_specific", _script_based(id="0" * 16)),
        ("role_specific", _script_based(request=None)),
        ("role_specific", _other_passage),
        ("role_specific", _script_based(lines=[])),
        ("role_specific", _script_based(lines=None)),
        ("role_specific", _cite_beside_the_line),
        ("role_specific", _cite_elsewhere),
        ("role_specific", _cite_twice),
        ("knowledge_boundary", _set(0, confidence="high")),
        ("knowledge_boundary", _set(0, type="script_based")),
        ("knowledge_boundary", _set(0, generated=["我也这么想。"])),
        ("knowledge_boundary", _set(0, id="0" * 16)),
    ],
)
def test_a_changed_generated_row_is_caught(generated: Path, config: str, change: Callable[[Rows], None]) -> None:
    corrupt(generated, config, change)
    assert verdict_on(generated).wrong >= 1


def test_a_generated_row_without_the_answer_it_came_from_is_caught(generated: Path) -> None:
    Workspace(generated, "weixiaobao").store.unlink()
    assert any("is not in the store" in fault for fault in verdict_on(generated).faults)


@pytest.mark.parametrize("config", ["chatharuhi", "profiles", "script"])
def test_a_dropped_row_is_caught_by_the_manifest(built: Path, config: str) -> None:
    corrupt(built, config, _drop, forge_manifest=False)
    assert any("rows, the build wrote" in fault for fault in verdict_on(built).faults)


def test_an_edited_source_is_caught_and_so_is_every_row_that_it_moves(built: Path) -> None:
    novel = built / "raw" / "weixiaobao" / "novel.txt"
    text = novel.read_text(encoding="utf-8")
    middle = len(text) // 2
    novel.write_text(text[:middle] + "啊" + text[middle:], encoding="utf-8")
    verdict = verdict_on(built)
    assert verdict.wrong > 300
    assert verdict.changed == 1
    assert verdict.faults[0] == f"{novel} has changed since the build: build again"


def test_of_an_edited_source_only_the_rows_that_it_no_longer_holds_are_wrong(built: Path) -> None:
    novel = built / "raw" / "weixiaobao" / "novel.txt"
    novel.write_text(novel.read_text(encoding="utf-8").replace("灶王爷", "土地爷"), encoding="utf-8")
    verdict = verdict_on(built)
    assert 0 < verdict.wrong < 50
    assert not verdict.is_sound
    assert not any("its id is not" in fault for fault in verdict.faults)


def test_a_sentence_added_at_the_end_of_the_source_is_in_no_row(built: Path) -> None:
    with (built / "raw" / "weixiaobao" / "novel.txt").open("a", encoding="utf-8") as novel:
        novel.write("　　还有一句。\n")
    assert any("is in no row from" in fault for fault in verdict_on(built).faults)


@pytest.mark.parametrize("name", ["dataset/script/train.parquet", "dataset/README.md"])
def test_a_missing_file_is_caught(built: Path, name: str) -> None:
    (Workspace(built, "weixiaobao").processed / name).unlink()
    assert not verdict_on(built).is_sound


def test_a_stray_file_in_the_dataset_is_caught(built: Path) -> None:
    (Workspace(built, "weixiaobao").dataset / "notes.txt").touch()
    assert any("is not of this build" in fault for fault in verdict_on(built).faults)


def test_what_was_never_built_is_not_sound(data: Path) -> None:
    verdict = verdict_on(data)
    assert not verdict.is_sound
    assert "build it first" in verdict.faults[0]
