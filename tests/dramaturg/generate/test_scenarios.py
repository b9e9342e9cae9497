"""Scenarios: which scenes are asked about, what is shown of them, what of an answer is kept."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.generate.effort import spread
from dramaturg.generate.scenarios import (
    Motive,
    Planned,
    Scenario,
    conversations,
    plan_scenarios,
    read_scenarios,
    speakers,
)
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene
from dramaturg.script import NARRATOR, Span, Utterance
from dramaturg.text import Language, count_tokens
from prompts import load_prompt
from tests.characters import character, scene

ZH = scene(
    3,
    ("柳娘", "你把渡口那口老铜铃丢到哪一段河里去了？"),
    ("顾十三", "我只记得那天的月亮很圆。"),
    ("老何", "别问了。"),
)
EN = scene(
    3,
    ("Ann Pike", "Where in the whole of this river have you dropped the old bell?"),
    ("Ned Tull", "Under the moon, Ann."),
    ("Lame Joe", "Do not ask him."),
)
TOLD: dict[Language, dict[str, Any]] = {
    "zh": {
        "time": "入冬前的一个夜里",
        "place": "不详",
        "situation": "渡口的铜铃不见了，柳娘找了一天，天黑才在河边碰上撑船回来的顾十三。",
        "motives": ["柳娘：要问出铜铃的下落", "顾十三：想把这事糊弄过去", "老何：只求耳根清净"],
    },
    "en": {
        "time": "unknown",
        "place": "The landing below the mill",
        "situation": "The ferry has had no bell for a day, and Ann Pike has waited for the boat to come back.",
        "motives": ["Ann Pike: to find the bell", "Ned Tull: to talk of other things", "Lame Joe: to be left in peace"],
    },
}
SCENES: dict[Language, Scene] = {"zh": ZH, "en": EN}


def planned(language: Language, *scenes: Scene, most: int | None = None, **fields: object) -> list[Planned]:
    return plan_scenarios(character(language, **fields), scenes, most, as_json=False)


def shown(request: Request) -> str:
    return request.messages[-1]["content"]


def read(
    language: Language = "zh", text: str | None = None, is_cut: bool = False, **changed: Any
) -> tuple[list[Scenario], list[Rejected], list[Malformed]]:
    """What is made of an answer about SCENES that says TOLD, but for what is changed."""
    plans = planned(language, SCENES[language])
    said = json.dumps({**TOLD[language], **changed}, ensure_ascii=False) if text is None else text
    answer = Answer("k", "m", "scenarios@1", said, is_cut, 9, 9, context=plans[0].request.context)
    return read_scenarios(character(language), plans, [answer])


def reasons(language: Language = "zh", **changed: Any) -> list[str]:
    kept, rejected, _ = read(language, **changed)
    assert bool(kept) == all(each.reason in ("not_in_scene", "named_twice") for each in rejected)
    return [each.reason for each in rejected]


# --- which scenes -----------------------------------------------------------------------------------------------


def test_only_a_scene_in_which_the_role_speaks_with_somebody_known_is_asked_about() -> None:
    alone = scene(1, ("顾十三", "铃呢？"))
    absent = scene(2, ("柳娘", "铃呢？"), ("老何", "没了。"))
    line = replace(ZH.utterances[0], role=None)
    with_nobody_known = replace(scene(5, ("顾十三", "铃呢？")), utterances=(line, ZH.utterances[1]))
    thinking = replace(ZH, scene_id=6, utterances=(replace(ZH.utterances[0], kind="thought"), ZH.utterances[1]))
    found = [alone, absent, ZH, with_nobody_known, thinking]
    assert conversations(found, "顾十三") == [ZH]
    assert [plan.scene for plan in planned("zh", *found)] == [ZH]


def test_speakers_stand_in_the_order_in_which_they_first_speak() -> None:
    assert speakers(scene(0, ("乙", "一"), ("甲", "二"), ("乙", "三"))) == ["乙", "甲"]


def test_few_requests_are_spread_over_the_work_and_more_of_them_are_the_same_and_others() -> None:
    scenes = [scene(number, ("柳娘", f"第{number}回？"), ("顾十三", "嗯。")) for number in range(20)]
    every = planned("zh", *scenes)
    assert [plan.scene.scene_id for plan in every] == spread(20)
    assert [plan.request for plan in planned("zh", *scenes, most=5)] == [plan.request for plan in every[:5]]
    assert planned("zh", *scenes, most=0) == []


def test_another_source_changes_no_request() -> None:
    scenes = [scene(number, ("柳娘", f"第{number}回？"), ("顾十三", "嗯。")) for number in range(5)]
    before = {plan.request.key("e", "m") for plan in planned("zh", *scenes)}
    others = [replace(each, source="other.txt") for each in scenes]
    after = {plan.request.key("e", "m") for plan in planned("zh", *scenes, *others[1:])}
    assert before < after


# --- what is shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_scene_is_shown_in_its_lines_with_those_who_speak(language: Language) -> None:
    (plan,) = planned(language, SCENES[language])
    for line in SCENES[language].utterances:
        assert f"{line.role}:「{line.content}」" in shown(plan.request)
    told = "说话的人：柳娘、顾十三、老何" if language == "zh" else "Speakers: Ann Pike, Ned Tull, Lame Joe"
    assert told in shown(plan.request)
    assert plan.request.context == (SCENES[language].span,)
    assert plan.request.temperature == 0


def test_the_end_of_the_scene_before_is_shown_where_it_is_of_the_same_source() -> None:
    before = scene(2, *(("老何", f"第{number}句话，说来话长。") for number in range(60)))
    (plan,) = planned("zh", before, ZH)
    assert "第59句" in shown(plan.request)
    assert "第0句" not in shown(plan.request)
    told, own = plan.request.context
    assert (own, told.end) == (ZH.span, before.span.end)
    assert told.start > before.span.start
    (plan,) = planned("zh", replace(before, source="other.txt"), ZH)
    assert plan.request.context == (ZH.span,)


def test_an_end_of_the_scene_before_in_which_nobody_speaks_is_not_shown() -> None:
    before = scene(2, ("老何", "走了。"))
    told = "风吹过水面，" * 200
    end = before.utterances[0].end
    line = Utterance(0, 1, NARRATOR, told, "narration", "novel.txt", end, end + len(told), 1.0, "narration")
    (plan,) = planned("zh", replace(before, utterances=(*before.utterances, line)), ZH)
    assert plan.request.context == (ZH.span,)


def test_shorter_is_without_the_scene_before_and_then_the_half_in_which_the_role_first_speaks() -> None:
    before = scene(2, ("老何", "走了。"))
    lines = (*ZH.utterances, *scene(4, ("顾十三", "回去罢。")).utterances)
    asked = planned("zh", before, replace(ZH, utterances=lines))[0].request
    contexts = []
    while True:
        contexts.append(asked.context)
        shorter = asked.shorter() if asked.shorter else None
        if shorter is None:
            break
        asked = shorter
    whole = Span("novel.txt", lines[0].start, lines[-1].end)
    assert contexts == [
        (before.span, whole),
        (whole,),
        (Span("novel.txt", lines[0].start, lines[1].end),),
        (Span("novel.txt", lines[1].start, lines[1].end),),
    ]
    assert "说话的人：顾十三\n" in shown(asked)


@given(
    st.lists(st.tuples(st.sampled_from(["顾十三", "柳娘"]), st.integers(1, 2_500)), min_size=2, max_size=12),
    st.booleans(),
)
def test_what_is_shown_of_scenes_is_never_over_1500_tokens(lines: list[tuple[str, int]], has_before: bool) -> None:
    long = scene(1, *((role, "渡口的风真大" * (size // 6 + 1)) for role, size in lines))
    before = [scene(0, *[("老何", "走了走了。")] * 200)] if has_before else []
    frame = count_tokens(shown(planned("zh", ZH)[0].request))  # with a scene of its own: no less than none
    for plan in planned("zh", *before, long):
        assert count_tokens(shown(plan.request)) <= 1_500 + frame
        own = plan.request.context[-1]
        roles = {line.role for line in long.utterances if own.start <= line.start < own.end}
        assert "顾十三" in roles


def test_a_scene_of_which_no_line_of_the_role_fits_is_not_asked_about() -> None:
    assert planned("zh", scene(0, ("柳娘", "铃呢？"), ("顾十三", "渡口的风真大" * 500))) == []


def test_a_schema_has_the_four_fields() -> None:
    (plan,) = plan_scenarios(character("en"), [EN], None, as_json=True)
    assert plan.request.schema is not None
    assert plan.request.schema["schema"]["required"] == ["time", "place", "situation", "motives"]


# --- what is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_scenario_is_what_the_model_wrote_of_its_scene(language: Language) -> None:
    kept, rejected, malformed = read(language)
    told = TOLD[language]
    motives = tuple(Motive(*map(str.strip, text.replace("：", ":").split(":"))) for text in told["motives"])
    time, place = (None if told[name] in ("不详", "unknown") else told[name] for name in ("time", "place"))
    own = SCENES[language]
    assert kept == [
        Scenario("novel.txt", 0, 3, time, place, told["situation"], motives, "m", "scenarios@1", "k", (own.span,))
    ]
    assert (rejected, malformed) == ([], [])


@pytest.mark.parametrize("text", ["不详", "未知", "不详。", "不详（原文没有写）"])
def test_a_time_that_the_model_cannot_tell_is_none(text: str) -> None:
    assert read(time=text)[0][0].time is None
    assert read(time=f"{text}，但天是黑的")[0][0].time is not None


def test_a_labelled_block_reads_like_json_its_motives_whole_with_their_commas() -> None:
    motives = "柳娘：要问出铜铃的下落，问不出就自己下河；顾十三：想把这事糊弄过去；又怕她哭、怕她喊；老何：只求清净"
    text = f"时间：夜里\n地点：河边\n情境：{TOLD['zh']['situation']}\n动机：{motives}"
    ((scenario,), rejected, _) = read(text=text)
    assert scenario.motives == (
        Motive("柳娘", "要问出铜铃的下落，问不出就自己下河"),
        Motive("顾十三", "想把这事糊弄过去；又怕她哭、怕她喊"),
        Motive("老何", "只求清净"),
    )
    assert rejected == []


def test_a_motive_is_that_of_the_person_an_alias_belongs_to() -> None:
    (scenario,), _, _ = read(motives=["十三：想把这事糊弄过去", "**柳娘**：要问出铜铃的下落"])
    assert [motive.name for motive in scenario.motives] == ["顾十三", "柳娘"]
    (scenario,), _, _ = read("en", motives=["ned: to talk of other things"])
    assert [motive.name for motive in scenario.motives] == ["Ned Tull"]


@pytest.mark.parametrize("text", ["路人：想看热闹", "大家都想快些了结这件事"])
def test_a_motive_of_somebody_who_does_not_speak_there_goes_alone(text: str) -> None:
    kept, rejected, _ = read(motives=[*TOLD["zh"]["motives"], text])
    assert [motive.name for motive in kept[0].motives] == ["柳娘", "顾十三", "老何"]
    assert [(each.reason, len(each.record.motives), each.record.request) for each in rejected] == [
        ("not_in_scene", 1, "k")
    ]


def test_a_second_motive_of_one_person_goes_alone() -> None:
    assert reasons(motives=[*TOLD["zh"]["motives"], "柳娘：想回家"]) == ["named_twice"]


def test_a_scenario_without_a_motive_of_the_role_goes() -> None:
    assert reasons(motives=["柳娘：要问出铜铃的下落"]) == ["no_motive"]
    assert reasons(motives=[]) == ["no_motive"]


@pytest.mark.parametrize(
    "changed",
    [
        {"situation": "The bell of the ferry is gone."},
        {"place": "by the river"},
        {"motives": ["顾十三：to talk of other things"]},
    ],
)
def test_a_scenario_in_another_language_goes(changed: dict[str, Any]) -> None:
    assert reasons(**changed) == ["wrong_language"]


def test_a_time_in_figures_is_in_any_language() -> None:
    assert reasons(time="1644") == []
    assert reasons("en", time="1895") == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["time", "place", "situation", "motives"])
def test_nothing_of_the_prompts_example_passes(language: Language, name: str) -> None:
    (example,) = load_prompt(language, "scenarios").examples
    copied = [*TOLD[language]["motives"], *example["motives"]] if name == "motives" else example[name]
    assert reasons(language, **{name: copied}) == ["prompt_echo"]
    if name == "motives":  # put to the role in place of the invented one
        role, between = character(language).name, "：" if language == "zh" else ": "
        copied = [role + between + example["motives"][0].replace(": ", "：").split("：")[1]]
        assert reasons(language, motives=copied) == ["prompt_echo"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_situation_that_quotes_a_line_of_the_scene_gives_it_away(language: Language) -> None:
    said = SCENES[language].utterances[0].content.strip("？?")
    long, short = (
        (said[4:16], said[4:15]) if language == "zh" else (" ".join(said.split()[:8]), "Where in the whole of")
    )
    told = TOLD[language]["situation"]
    assert reasons(language, situation=f"{told}{long}。") == ["gives_away"]
    assert reasons(language, situation=f"{told}{short}。") == []


def test_only_the_first_scenario_of_an_answer_is_kept() -> None:
    said = json.dumps(TOLD["zh"], ensure_ascii=False)
    kept, rejected, _ = read(text=f"{said}\n{said}")
    assert (len(kept), [each.reason for each in rejected]) == (1, ["over_count"])


@pytest.mark.parametrize("text", ["", "我不知道。", "时间：夜里\n地点：河边\n情境：铃不见了"])
def test_an_answer_that_is_none_is_malformed(text: str) -> None:
    kept, rejected, malformed = read(text=text, is_cut=True)
    assert (kept, rejected, len(malformed)) == ([], [], 1)


def test_a_request_without_an_answer_makes_no_scenario() -> None:
    plans = planned("zh", ZH)
    assert read_scenarios(character("zh"), plans, [Failure("k", "scenarios@1", "no")]) == ([], [], [])
