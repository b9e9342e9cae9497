from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import SettingsError
from dramaturg.scenes import Scene, find_scenes, scenes_up_to, story_line
from dramaturg.script import HEADING, Script
from dramaturg.text import count_tokens
from extractors.novel import extract_novel
from extractors.reading import SourceText
from tests import characters
from tests.strategies import scripts

BUDGETS = st.integers(min_value=10, max_value=400)


def novel(text: str) -> Script:
    return extract_novel("novel.txt", SourceText(text, "utf-8"), "zh")


def story(scene: Scene) -> str:
    return "".join(story_line(line, "zh") + "\n" for line in scene.utterances)


@given(scripts(), BUDGETS)
def test_every_utterance_is_in_one_scene_or_rejected_with_a_reason(script: Script, budget: int) -> None:
    scenes, rejected = find_scenes(script, budget)
    placed = Counter(line.diag_id for scene in scenes for line in scene.utterances)
    placed.update(each.record.diag_id for each in rejected)
    assert placed == Counter(line.diag_id for line in script.utterances if line.method != HEADING)


@given(scripts(), BUDGETS)
def test_a_spoken_line_is_rejected_only_where_it_alone_is_over_the_budget(script: Script, budget: int) -> None:
    for each in find_scenes(script, budget)[1]:
        if each.record.is_speech:
            assert each.reason == "over_budget"
            assert count_tokens(story_line(each.record, "zh") + "\n") > budget


@given(scripts(), BUDGETS)
def test_no_scene_is_over_the_budget_and_its_tokens_are_its_storys(script: Script, budget: int) -> None:
    for scene in find_scenes(script, budget)[0]:
        assert count_tokens(story(scene)) == scene.tokens <= budget


@given(scripts(), BUDGETS)
def test_a_scene_keeps_to_one_act_and_to_the_sources_order(script: Script, budget: int) -> None:
    for scene in find_scenes(script, budget)[0]:
        assert {line.act_id for line in scene.utterances} == {scene.act_id}
        numbers = [line.diag_id for line in scene.utterances]
        assert numbers == sorted(numbers)


def test_a_row_of_stars_ends_a_scene() -> None:
    script = novel("“来了。”甲道。\n\n“坐。”乙道。\n\n　　＊　＊　＊\n\n“走了。”甲道。\n\n“不送。”乙道。\n")
    assert [len(scene.utterances) for scene in find_scenes(script, 500)[0]] == [4, 4]


def test_a_silence_between_quotes_ends_no_scene() -> None:
    script = novel("“来了。”甲道。\n\n“……”\n\n“坐。”乙道。\n")
    assert len(find_scenes(script, 500)[0]) == 1


def test_a_long_stretch_is_cut_before_its_longest_narration() -> None:
    talk = "".join(f"“第{number}句话。”甲道。\n\n“第{number}句答。”乙道。\n\n" for number in range(6))
    pause = "　　三年过去，山上的树绿了又黄，黄了又绿，谁也没有再提起那件事情。\n\n"
    whole = find_scenes(novel(talk + pause + talk), 10_000)[0][0].tokens
    scenes, _ = find_scenes(novel(talk + pause + talk), whole * 2 // 3)
    assert scenes[1].utterances[0].content == pause.strip()
    assert [scene.continues for scene in scenes] == [False, True]


def test_narration_that_leads_to_no_spoken_line_is_in_no_scene() -> None:
    script = novel("风停了。\n\n雨住了。\n")
    scenes, rejected = find_scenes(script, 500)
    assert scenes == []
    assert {each.reason for each in rejected} == {"no_speech"}


def test_the_story_names_speakers_and_narrator_as_chatharuhi_does() -> None:
    script = novel("　　张三笑道：“你来。”\n\n　　张三心想：“他来么？”\n\n　　张三道：“来。”\n")
    lines = [story_line(line, "zh") for line in script.utterances]
    assert lines[:4] == ["旁白:张三笑道：", "张三:「你来。」", "旁白:张三心想：", "张三:（他来么？）"]


def test_the_scenes_up_to_an_act_are_those_of_earlier_sources_and_of_that_act() -> None:
    told = [("one.txt", 0), ("one.txt", 1), ("two.txt", 0), ("two.txt", 1), ("two.txt", 2), ("three.txt", 0)]
    scenes = [characters.scene(number, ("A", "x"), act=act, source=source) for number, (source, act) in enumerate(told)]
    assert scenes_up_to(scenes, None) == scenes
    assert scenes_up_to(scenes, "two.txt:1") == scenes[:4]
    assert scenes_up_to(scenes[:2], "0") == scenes[:1]
    with pytest.raises(SettingsError, match=r"of which source\? Say it, as in UP_TO_ACT=one\.txt:1"):
        scenes_up_to(scenes, "1")
    with pytest.raises(SettingsError, match=r"no scene of four\.txt; there are some of one\.txt, two\.txt, three\.txt"):
        scenes_up_to(scenes, "four.txt:1")
