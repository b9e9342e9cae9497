import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.generate.context_instruct import (
    Planned,
    Triplet,
    plan_agnostic,
    plan_script_based,
    questions_by_rank,
    read_triplets,
    segments,
)
from dramaturg.generate.effort import evenly
from dramaturg.generate.profile import Profile
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene, find_scenes
from dramaturg.script import Script, Span
from dramaturg.text import Language, count_tokens
from prompts import load_prompt
from tests.characters import character, scene
from tests.strategies import ROLES, scripts

LINE = "不长也不短的一句话，说的是渡口的事。" * 3
PROFILE = Profile("你是摆渡的。")


def scenes(*acts: int, role: str = "顾十三", source: str = "novel.txt") -> list:  # type: ignore[type-arg]
    return [scene(number, (role, LINE), ("柳娘", LINE), act=act, source=source) for number, act in enumerate(acts)]


def test_a_segment_ends_at_an_act_once_over_300_and_always_before_700() -> None:
    size = scenes(0)[0].tokens
    for found in ([0] * 20, [0, 0, 1, 1, 2, 2, 3], list(range(20))):
        parts = list(segments(scenes(*found)))
        sizes = [sum(each.tokens for each in part) for part in parts]
        assert all(each <= 700 for each in sizes)
        assert [each.scene_id for part in parts for each in part] == list(range(len(found)))
    (first, *_) = segments(scenes(*range(20)))
    assert 300 < sum(each.tokens for each in first) <= 300 + size


def test_no_segment_runs_from_one_source_into_another() -> None:
    parts = list(segments([*scenes(0), *scenes(0, source="other.txt")]))
    assert [part[0].source for part in parts] == ["novel.txt", "other.txt"]


def test_only_segments_with_the_role_are_asked_about_and_evenly_where_there_are_too_many() -> None:
    found = scenes(*range(40))
    every = plan_script_based(character("zh"), PROFILE, found, None, 3, as_json=False)
    some = plan_script_based(character("zh"), PROFILE, found, 4, 3, as_json=False)
    assert len(every) > 8
    assert [plan.request for plan in some] == [every[number].request for number in evenly(range(len(every)), 4)]
    assert plan_script_based(character("zh"), PROFILE, scenes(0, 1, role="柳娘"), None, 3, as_json=False) == []
    assert plan_script_based(character("zh"), PROFILE, found, 0, 3, as_json=False) == []


def test_a_schema_bounds_what_is_asked_for() -> None:
    (plan,) = plan_script_based(character("zh"), PROFILE, scenes(0), None, 3, as_json=True)
    assert plan.request.schema is not None
    items = plan.request.schema["schema"]["properties"]["items"]
    assert items["maxItems"] == 3
    assert items["items"]["properties"]["confidence"]["enum"] == ["高", "低"]
    assert set(items["items"]["required"]) == {"question", "confidence", "reason", "lines", "answer"}
    assert items["items"]["properties"]["lines"]["maxItems"] == 8


def test_script_agnostic_requests_differ_and_show_what_was_asked() -> None:
    asked = [[f"第{number}个问题{letter}？" for letter in "甲乙丙"] for number in range(10)]
    every = [question for questions in asked for question in questions]
    planned = plan_agnostic(character("zh"), PROFILE, asked, 3, 5, as_json=False)
    assert len({plan.request.key("e", "m") for plan in planned}) == 3
    assert all(sum(question in plan.request.messages[-1]["content"] for question in every) == 6 for plan in planned)


def test_script_agnostic_requests_stay_where_more_is_asked_or_an_answer_is_read_otherwise() -> None:
    asked = [[f"第{number}个问题{letter}？" for letter in "甲乙"] for number in range(10)]
    few, more = (
        [plan.request for plan in plan_agnostic(character("zh"), PROFILE, asked[:count], calls, 5, as_json=False)]
        for count, calls in ((6, 2), (10, 4))
    )
    assert more[:2] == few
    asked[0] = []
    changed = [plan.request for plan in plan_agnostic(character("zh"), PROFILE, asked, 4, 5, as_json=False)]
    assert changed[0] != more[0]
    assert changed[1:] == more[1:]


def test_script_agnostic_requests_differ_where_nothing_was_asked() -> None:
    unasked = plan_agnostic(character("zh"), PROFILE, [], 2, 5, as_json=False)
    assert len({plan.request.key("e", "m") for plan in unasked}) == 2


# --- what a prompt shows, and that it stays ------------------------------------------------------------------


def shown(request: Request) -> str:
    """The part of a script-based prompt that is script."""
    return request.messages[-1]["content"].split("剧本：\n")[1].rsplit("\n\n", 1)[0]


def requests(found: list[Scene]) -> list[tuple[str, str]]:
    planned = plan_script_based(character("zh"), PROFILE, found, None, 3, as_json=True)
    return [(plan.request.as_json(), str(plan.request.context)) for plan in planned]


def test_another_source_leaves_every_earlier_request_as_it_was() -> None:
    before = requests(scenes(*range(20)))
    after = requests([*scenes(*range(20)), *scenes(*range(9), source="other.txt")])
    assert after[: len(before)] == before
    assert len(after) > len(before) > 3


def test_a_change_in_a_later_segment_leaves_the_requests_of_those_before_it() -> None:
    found = scenes(*range(20))
    changed = [*found[:-1], scene(19, ("顾十三", "别的话。"), ("柳娘", LINE), act=19)]
    before, after = requests(found), requests(changed)
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]


def test_more_segments_asked_are_the_same_and_others() -> None:
    few, more = (
        [plan.request for plan in plan_script_based(character("zh"), PROFILE, scenes(*range(40)), most, 3, True)]
        for most in (4, 8)
    )
    assert len(more) == 8
    assert all(request in more for request in few)


def test_each_prompt_numbers_its_own_lines_from_one() -> None:
    for plan in plan_script_based(character("zh"), PROFILE, scenes(*range(9)), None, 3, as_json=False):
        lines = [line for line in shown(plan.request).split("\n") if line]
        assert [line.split()[0] for line in lines] == [f"[{number}]" for number in range(1, len(lines) + 1)]
        assert len(lines) == len(plan.lines)


@given(scripts(), st.sampled_from([60, 300, 500, 2_000]))
def test_a_prompt_shows_at_most_700_tokens_of_script_or_one_longer_scene_and_its_numbers(
    script: Script, budget: int
) -> None:
    """The bound: 700 cl100k tokens of story, or a lone scene of more; six for the number in front of each line; and one
    for the empty line between two scenes. Halving ends at a single line in which the role speaks."""
    role = str(ROLES[0])
    found, _ = find_scenes(script, budget)
    for plan in plan_script_based(character("zh", name=role, aliases=[]), PROFILE, found, None, 3, as_json=False):
        longest = max(each.tokens for each in found if each.span in plan.request.context)
        story = 700 if len(plan.request.context) > 1 else max(700, longest)
        part = shown(plan.request)
        assert count_tokens(part) <= story + 6 * len(plan.lines) + len(plan.request.context) - 1
        request, reached = plan.request, len(part)
        while request.shorter is not None:
            request = request.shorter()  # type: ignore[assignment]
            assert f" {role}:「" in shown(request)
            assert len(shown(request)) < reached
            assert shown(request).startswith("[1] ")
            reached = len(shown(request))
        assert "\n" not in shown(request)


# --- what is read of an answer ------------------------------------------------------------------------------

TALK = [
    scene(0, ("柳娘", "谁把铜铃丢进河里了？"), ("顾十三", "我丢的，吵得人睡不着。")),
    scene(1, ("柳娘", "驴又病了，兽医呢？"), ("顾十三", "兽医赶集去了，明早回来。")),
]
EN = [scene(0, ("Ann Pike", "Who sank the bell, Ned?"), ("Ned Tull", "I did. It kept me awake."))]


def planned(language: Language = "zh", count: int = 3) -> Planned:
    found = TALK if language == "zh" else EN
    (plan,) = plan_script_based(character(language), PROFILE, found, None, count, as_json=True)
    return plan


def read(
    plan: Planned, text: str, language: Language = "zh", request: Request | None = None
) -> tuple[list[Triplet], list[Rejected], list[Malformed]]:
    asked = request or plan.request
    return read_triplets(
        character(language), [plan], [Answer("k", "m", asked.prompt, text, False, 9, 9, context=asked.context)]
    )


def answered(answer: str, lines: Any, language: Language = "zh", request: Request | None = None) -> Triplet | str:
    """The triplet of an answer that cites `lines`, or the reason why there is none."""
    item = {"question": "十三？", "confidence": "高" if language == "zh" else "high", "reason": "r", "answer": answer}
    said = json.dumps({"items": [item if lines is None else {**item, "lines": lines}]}, ensure_ascii=False)
    triplets, rejected, malformed = read(planned(language), said, language, request)
    assert malformed == []
    return triplets[0] if triplets else rejected[0].reason


def spans(*numbers: int) -> tuple[Span, ...]:
    lines = [line for each in TALK for line in each.utterances]
    return tuple(Span("novel.txt", lines[number - 1].start, lines[number - 1].end) for number in numbers)


def test_an_answer_carries_the_lines_that_it_cites_in_the_sources_order() -> None:
    for cited in (["4", "1"], ["[4][1]"], ["第4句", "第1句"], [4, 1], "4、1"):
        found = answered("铜铃是我丢的，兽医明早回来。", cited)
        assert isinstance(found, Triplet)
        assert found.lines == spans(1, 4)
        assert found.context == tuple(each.span for each in TALK)


@pytest.mark.parametrize("lines", [None, [], ["无"], ["5"], ["1", "0"], ["1-9"], "没有依据"])
def test_who_cites_nothing_or_what_was_not_shown_is_ungrounded(lines: Any) -> None:
    assert answered("铜铃是我丢的。", lines) == "ungrounded"


def test_who_shares_no_content_word_with_what_it_cites_is_ungrounded() -> None:
    assert isinstance(answered("铜铃是我丢的。", ["1"]), Triplet)
    assert answered("铜铃是我丢的。", ["3"]) == "ungrounded"
    assert answered("是我。", ["1", "2"]) == "ungrounded"
    assert answered("I put it there.", ["1"], "en") == "ungrounded"
    assert isinstance(answered("The bell? I sank it.", ["1"], "en"), Triplet)
    assert answered("They call me Ned, sir.", ["1"], "en") == "ungrounded"  # its own name


def test_at_most_eight_lines_are_kept() -> None:
    found = [scene(0, *[("顾十三", f"第{number}回说到铜铃。") for number in range(12)])]
    (plan,) = plan_script_based(character("zh"), PROFILE, found, None, 3, as_json=True)
    said = "问题1：铃呢？\n完整性：高\n依据：1-12\n回复：铜铃在河里。"
    ((kept,), _, _) = read(plan, said)
    assert [span.start for span in kept.lines] == [line.start for line in plan.lines[:8]]


def test_numbers_are_those_of_the_shorter_prompt_where_that_was_asked() -> None:
    plan = planned()
    assert plan.request.shorter is not None
    shorter = plan.request.shorter()
    assert shorter is not None
    assert shorter.context == (TALK[0].span,)
    assert answered("兽医明早回来。", ["4"], request=shorter) == "ungrounded"
    found = answered("铜铃是我丢的。", ["1"], request=shorter)
    assert isinstance(found, Triplet)
    assert (found.lines, found.context) == (spans(1), (TALK[0].span,))
    again = shorter.shorter() if shorter.shorter else None  # of a lone scene, the lines where the role speaks
    assert again is not None
    assert shown(again) == "[1] 顾十三:「我丢的，吵得人睡不着。」"
    found = answered("吵得我睡不着。", ["1"], request=again)
    assert isinstance(found, Triplet)
    assert found.lines == spans(2)
    assert again.shorter is None


def test_an_old_answer_without_lines_is_read_and_counted() -> None:
    text = "问题1：铃呢？\n完整性：高（清楚）\n回复：铜铃在河里。"
    triplets, rejected, malformed = read(planned(), text)
    assert (triplets, malformed) == ([], [])
    assert [(each.reason, each.record.answer) for each in rejected] == [("ungrounded", "铜铃在河里。")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_answer_that_is_the_prompts_examples_keeps_none_of_them(language: Language) -> None:
    examples = [dict(example) for example in load_prompt(language, "context_instruct_script").examples]
    said = json.dumps({"items": examples}, ensure_ascii=False)
    triplets, rejected, _ = read(planned(language, count=9), said, language)
    assert triplets == []
    assert {each.reason for each in rejected} == {"ungrounded"}
    assert len(rejected) == len(examples)


def test_an_answer_from_knowledge_needs_no_lines() -> None:
    (plan,) = plan_agnostic(character("zh"), PROFILE, [], 1, 5, as_json=False)
    ((found,), rejected, _) = read(plan, "问题1：你怕什么？\n真实性：高（合理）\n回复：怕水。")
    assert (found.lines, found.context, rejected) == ((), (), [])


@pytest.mark.parametrize("as_json", [True, False])
def test_triplets_carry_their_context_and_what_is_too_many_goes(as_json: bool) -> None:
    (plan,) = plan_script_based(character("zh"), PROFILE, scenes(0), None, 2, as_json=as_json)
    text = "\n\n".join(
        f"问题{number}：问{number}？\n完整性：高（清楚）\n依据：{number}\n回复：渡口{number}。" for number in (1, 2, 3)
    )
    triplets, rejected, malformed = read_triplets(
        character("zh"),
        [plan, plan],
        [
            Answer("k", "m", plan.request.prompt, text, False, 9, 9, context=plan.request.context),
            Failure("l", "p", "no"),
        ],
    )
    assert [(each.question, each.confidence, each.reason, each.answer, each.item) for each in triplets] == [
        ("问1？", "high", "清楚", "渡口1。", 0),
        ("问2？", "high", "清楚", "渡口2。", 1),
    ]
    assert [span.source for span in triplets[0].context] == ["novel.txt"]
    assert [(each.reason, each.record.question) for each in rejected] == [("over_count", "问3？")]
    assert malformed == []


def test_what_was_asked_is_told_in_the_answers_order_whether_grounded_or_not() -> None:
    plan = planned()
    text = "\n\n".join(
        f"问题{number}：问{number}？\n完整性：高\n依据：{cited}\n回复：铜铃。"
        for number, cited in ((1, 9), (2, 1), (3, 9), (4, 1))
    )
    answer = Answer("k", "m", plan.request.prompt, text, False, 9, 9, context=plan.request.context)
    triplets, rejected, _ = read_triplets(character("zh"), [plan], [answer])
    assert [each.question for each in triplets] == ["问2？"]
    assert questions_by_rank([plan], [answer], triplets, rejected) == [["问1？", "问2？", "问3？"]]
