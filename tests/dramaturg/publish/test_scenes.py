"""The scenes config: a scene's own lines in their order, and a model's scenario beside them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dramaturg.generate.scenarios import Motive, Scenario
from dramaturg.publish.card import Part, Writer, render_card
from dramaturg.publish.dataset import write_config
from dramaturg.publish.scenes import CONFIG, SCHEMA, rows
from dramaturg.scenes import Scene
from dramaturg.script import NARRATOR, Kind, Span, Utterance
from dramaturg.text import Language
from tests.characters import character, scene


def played(language: Language) -> Scene:
    """A scene of every kind of line, one of them broken in two."""
    role, other = ("顾十三", "柳娘") if language == "zh" else ("Ned Tull", "Ann Pike")
    lines: list[tuple[str | None, Kind, str]] = [
        (NARRATOR, "narration", "夜里起了风。" if language == "zh" else "The wind rose."),
        (other, "speech", "铃呢，\n　　铃呢？" if language == "zh" else "The bell,\n  where is it?"),
        (role, "thought", "又来了。" if language == "zh" else "Not again."),
        (role, "action", "低头" if language == "zh" else "looks down"),
        (None, "speech", "别问。" if language == "zh" else "Do not ask."),
        (role, "speech", "丢了。" if language == "zh" else "Lost."),
    ]
    utterances = [
        Utterance(2, number, role, content, kind, "novel.txt", 100 * number, 100 * number + len(content), 1.0, "tag")
        for number, (role, kind, content) in enumerate(lines)
    ]
    return Scene(7, 2, "novel.txt", 50, True, tuple(utterances))


SCENARIO = Scenario(
    *("novel.txt", 2, 7, "夜里", None, "铃丢了一天。"),
    (Motive("顾十三", "想糊弄过去"),),
    *("m", "scenarios@1", "k"),
    (Span("novel.txt", 0, 503),),
)


def made(language: Language, *scenes: Scene, scenarios: tuple[Scenario, ...] = ()) -> list[dict[str, Any]]:
    texts, licences = {"novel.txt": "0" * 64, "other.txt": "1" * 64}, {"novel.txt": "CC0-1.0", "other.txt": "MIT"}
    return list(rows(scenes, scenarios, character(language), "ned", texts, licences))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_is_a_turn_on_one_line_with_its_passage(language: Language) -> None:
    (row,) = made(language, played(language))
    role, other, narrator = ("顾十三", "柳娘", "旁白") if language == "zh" else ("Ned Tull", "Ann Pike", "narrator")
    kinds = ["narration", "speech", "thought", "action", "speech", "speech"]
    assert [(turn["role"], turn["kind"]) for turn in row["turns"]] == list(
        zip([narrator, other, role, role, None, role], kinds, strict=True)
    )
    assert row["turns"][1]["content"] == ("铃呢，铃呢？" if language == "zh" else "The bell, where is it?")
    passages = [(line.source, line.start, line.end) for line in played(language).utterances]
    assert [(turn["source"], turn["start"], turn["end"]) for turn in row["turns"]] == passages
    assert row["participants"] == [other, role]
    assert (row["act_id"], row["scene_id"], row["continues"], row["licence"]) == (2, 7, True, "CC0-1.0")
    assert (row["role"], row["agent_role_name_en"]) == (role, "ned")


def test_a_scene_has_its_scenario_and_keeps_its_id_with_it() -> None:
    (bare,), (told,) = made("zh", played("zh")), made("zh", played("zh"), scenarios=(SCENARIO,))
    assert told["scenario"] == {
        "time": "夜里",
        "place": None,
        "situation": "铃丢了一天。",
        "motives": [{"name": "顾十三", "wants": "想糊弄过去"}],
    }
    assert told["context"] == [{"source": "novel.txt", "start": 0, "end": 503}]
    names = ("scenario", "model", "prompt", "request")
    assert [bare[name] for name in names] == [None] * 4
    assert [told[name] for name in names[1:]] == ["m", "scenarios@1", "k"]
    assert bare == {**told, **dict.fromkeys(names), "context": []}


def test_a_scenario_is_that_of_its_own_source() -> None:
    (row,) = made("zh", replace(played("zh"), source="other.txt"), scenarios=(SCENARIO,))
    assert row["scenario"] is None


def test_a_scene_in_which_the_role_speaks_with_nobody_is_no_row() -> None:
    assert made("zh", scene(0, ("顾十三", "铃呢？")), scene(1, ("柳娘", "铃呢？"), ("老何", "没了。"))) == []


def test_datasets_opens_it_scenarios_and_none_alike(tmp_path: Path) -> None:
    from datasets import load_dataset

    bare = replace(played("zh"), scene_id=8)
    written = made("zh", played("zh"), bare, scenarios=(SCENARIO,))
    assert write_config(tmp_path, CONFIG, SCHEMA, written) == 2
    files = str(tmp_path / CONFIG / "train.parquet")
    found = load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert found.column_names == SCHEMA.names
    assert found.to_list() == written


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_card_names_every_column_and_says_what_is_the_sources_own(language: Language) -> None:
    writers = [Writer("m", "scenarios@1", 1, is_small=False)]
    card = render_card(character(language), {CONFIG: {"train": Part(2, "0" * 64)}}, [], [], writers)
    section = card.split(f"## `{CONFIG}`")[1].split("\n## ")[0]
    named = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(named) == sorted(SCHEMA.names)
    assert f"`{'旁白' if language == 'zh' else 'narrator'}`" in section
    assert "the turns are the source's own words" in card
