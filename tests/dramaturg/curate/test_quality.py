"""Which rows are judged, what a judge is shown of them, what of its answers is kept."""

import json
from typing import Any

import pytest

from dramaturg.curate.filter import Curated
from dramaturg.curate.quality import (
    Comparison,
    Judgement,
    Planned,
    PlannedComparison,
    plan_comparisons,
    plan_judgements,
    read_comparisons,
    read_judgements,
    rows_to_judge,
    verdicts,
)
from dramaturg.generate.context_instruct import Triplet
from dramaturg.generate.instructions import Instruction
from dramaturg.generate.profile import Profile, given_profile
from dramaturg.generate.questions import Question
from dramaturg.generate.rolegpt import GeneralAnswer
from dramaturg.generate.synthesis import Dialogue
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.script import Span
from dramaturg.text import Language
from tests.characters import character, scene

ZH = scene(3, ("柳娘", "你把铜铃丢到哪里去了？"), ("顾十三", "我只记得那天的月亮很圆。"), ("老何", "别问了。"))
EN = scene(3, ("Ann Pike", "Where is the bell?"), ("Ned Tull", "Under the moon."), ("Lame Joe", "Do not ask."))
TOLD: dict[Language, dict[str, Any]] = {
    "zh": {"reason": "“灶灰”两个字是他的话。", "answers": "是", "style": "是", "correct": "无从判断", "score": "4"},
    "en": {"reason": "Short and wet.", "answers": "yes", "style": "no", "correct": "unknown", "score": "2"},
}


def dialogue(number: int, context: tuple[Span, ...] = ()) -> Curated:
    question = Question(f"第{number}问？", "柳娘", "m", "p@1", "q", 0)
    return Curated(dialogue=Dialogue("柳娘", question, f"第{number}答。", False, "m", "p@1", f"d{number}", context))


def triplet(number: int, lines: tuple[Span, ...] = (), context: tuple[Span, ...] = ()) -> Curated:
    kind = "script_based" if context else "script_agnostic"
    return Curated(
        triplet=Triplet(
            f"第{number}题？", "high", "r", f"第{number}句。", kind, "m", "p@1", "t", number, context, lines
        )
    )


def boundary(number: int) -> Curated:
    return Curated(
        boundary=Triplet(
            f"假{number}题？", "low", "r", f"没有{number}。", "script_agnostic", "m", "p@1", "b", number, ()
        )
    )


def general(number: int, said: str = "去问我娘。", nth: int = 0) -> Curated:
    asked = Instruction(f"zh-{number}", f"蛋怎么煮{number}？", "open", None)
    return Curated(
        general=GeneralAnswer(asked, said, nth, False, "few_shot_dialogue", "m", "r@1", f"g{number}-{nth}", ())
    )


MANY = [make(number) for make in (dialogue, triplet, boundary, general) for number in range(40)]


def planned(kept: list[Curated], sample: int = 1_000, as_json: bool = False, **fields: Any) -> list[Planned]:
    who = character("zh", **fields)
    return plan_judgements(who, given_profile(who), kept, [ZH], sample, as_json)


def compared(kept: list[Curated], sample: int = 1_000) -> list[PlannedComparison]:
    return plan_comparisons(character("zh"), Profile("撑船的。"), kept, sample, as_json=False)


def shown(request: Request) -> str:
    return request.messages[-1]["content"]


def keys(plans: list[Planned]) -> list[str]:
    return [plan.request.key("e", "m") for plan in plans]


# --- which rows -------------------------------------------------------------------------------------------------


def test_as_many_rows_are_judged_as_are_asked_for_of_every_kind_as_many() -> None:
    rows = [plan.row for plan in planned(MANY, 20) if plan.trial == "row"]
    assert [sum(row.kind == kind for row in rows) for kind in ("dialogue", "triplet", "boundary", "general")] == [5] * 4
    assert sum(plan.trial == "row" for plan in planned(MANY)) == len(MANY)


def test_where_there_are_few_of_a_kind_others_are_judged() -> None:
    rows = [plan.row.kind for plan in planned([*MANY[:40], triplet(0)], 9) if plan.trial == "row"]
    assert sorted(rows) == ["dialogue"] * 8 + ["triplet"]


def test_more_rows_are_the_same_and_others() -> None:
    few, more = keys(planned(MANY, 30)), keys(planned(MANY, 31))
    assert more[: len(few)] == few
    assert len(more) > len(few)


def test_other_rows_and_scenes_change_nothing_of_what_is_asked_about_a_row() -> None:
    cited = [dialogue(number, (ZH.span,)) for number in range(30)]
    before = set(keys(planned(cited)))
    who = character("zh")
    other = scene(0, ("柳娘", "另一本书。"), source="other.txt")
    after = plan_judgements(who, given_profile(who), [*MANY[40:], *cited], [other, ZH], 1_000, as_json=False)
    assert before < set(keys(after))


def test_the_order_in_which_rows_come_is_none_of_the_samples() -> None:
    assert keys(planned(MANY[::-1], 50)) == keys(planned(MANY, 50))


def test_about_a_fifth_is_asked_about_again_and_another_with_an_answer_to_no_question() -> None:
    plans = planned(MANY)
    again = [plan for plan in plans if plan.trial == "again"]
    off_topic = [plan for plan in plans if plan.trial == "off_topic"]
    assert 20 <= len(again) <= 45
    assert 20 <= len(off_topic) <= 45
    assert not {plan.row for plan in again} & {plan.row for plan in off_topic}
    assert {(plan.request.sample, plan.request.temperature) for plan in again} == {(1, 0.7)}
    by_row = {plan.row: plan.request for plan in plans if plan.trial == "row"}
    for plan in again:
        assert plan.request.messages == by_row[plan.row].messages
    for plan in off_topic:
        assert plan.row.question in shown(plan.request)
        assert plan.row.answer not in shown(plan.request)
    assert len(set(keys(plans))) == len(plans)


def test_of_several_answers_to_an_instruction_the_first_is_judged() -> None:
    rows = rows_to_judge([general(1, "一", nth=1), general(1, "二", nth=2), general(2, "三")])
    assert [row.request for row in rows] == ["g1-1", "g2-0"]


def test_nothing_is_asked_where_nothing_was_kept_or_none_is_to_be_judged() -> None:
    assert planned([]) == planned(MANY, 0) == compared([]) == compared([general(1, "一"), general(1, "二", 1)], 0) == []


# --- what is shown ----------------------------------------------------------------------------------------------


def test_a_judge_is_shown_the_role_the_question_and_the_answer() -> None:
    (plan, *_) = planned([dialogue(1)], short_description="渡口撑船的。")
    told = "\n".join(message["content"] for message in plan.request.messages)
    for text in ("顾十三", "测试", "渡口撑船的。", "柳娘对“顾十三”说", "第1问？", "第1答。"):
        assert text in told
    assert "原文：" not in told
    assert plan.request.context == ()


def test_of_a_row_that_cites_lines_the_scene_is_shown_that_holds_them() -> None:
    (plan, *_) = planned([triplet(1, (ZH.utterances[1].span,), (Span("novel.txt", 0, 90_000),))])
    assert "原文：\n柳娘:「你把铜铃丢到哪里去了？」\n顾十三:「我只记得那天的月亮很圆。」\n老何:「别问了。」" in shown(
        plan.request
    )
    assert plan.request.context == (ZH.span,)


def test_of_a_row_that_cites_none_what_it_was_made_from_is_shown() -> None:
    passage = Span("novel.txt", ZH.utterances[0].start, ZH.utterances[1].end)
    (plan, *_) = planned([dialogue(1, (passage,))])
    assert "月亮很圆" in shown(plan.request)
    assert "别问了" not in shown(plan.request)
    assert plan.request.context == (passage,)


def test_shorter_shows_half_of_the_work_down_to_a_line_that_is_cited() -> None:
    cited = ZH.utterances[2]
    (plan, *_) = planned([triplet(1, (cited.span,), (ZH.span,))])
    contexts = []
    asked: Request | None = plan.request
    while asked is not None:
        contexts.append(asked.context)
        asked = asked.shorter() if asked.shorter else None
    assert contexts == [(ZH.span,), (Span("novel.txt", ZH.utterances[1].start, cited.end),), (cited.span,)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_schema_leaves_the_judge_no_other_verdicts(language: Language) -> None:
    who = character(language)
    (plan, *_) = plan_judgements(who, given_profile(who), [dialogue(1)], [], 1, as_json=True)
    assert plan.request.schema is not None
    properties = plan.request.schema["schema"]["properties"]
    assert [len(properties[name].get("enum", ())) for name in ("answers", "style", "correct", "score")] == [2, 2, 3, 5]
    (pair, _) = plan_comparisons(who, given_profile(who), [general(1, "一"), general(1, "二", 1)], 1, as_json=True)
    assert pair.request.schema is not None
    assert len(pair.request.schema["schema"]["properties"]["better"]["enum"]) == 3


# --- comparisons ------------------------------------------------------------------------------------------------


def test_two_answers_to_an_instruction_are_compared_in_both_orders() -> None:
    one, other = compared(
        [general(1, "去问我娘。"), general(1, "我只会撑船。", 1), general(1, "不会。", 2), general(2)]
    )
    assert (one.first.request, one.second.request) == ("g1-0", "g1-1")
    assert (other.first, other.second) == (one.second, one.first)
    assert "A 的回答：\n去问我娘。\n\nB 的回答：\n我只会撑船。" in shown(one.request)
    assert "A 的回答：\n我只会撑船。\n\nB 的回答：\n去问我娘。" in shown(other.request)


def test_an_answer_is_not_compared_with_the_same_words() -> None:
    (pair, _) = compared([general(1, "去问我娘。"), general(1, "去问我娘！", 1), general(1, "不会。", 2)])
    assert pair.second.answer == "不会。"
    assert compared([general(1, "去问我娘。"), general(1, "去问我娘！", 1)]) == []


def test_a_pair_is_compared_for_every_five_rows_that_are_judged_and_more_are_the_same_and_others() -> None:
    kept = [general(number, f"第{nth}样{number}", nth) for number in range(30) for nth in (0, 1)]
    assert [len(compared(kept, sample)) for sample in (1, 5, 6, 50, 1_000)] == [2, 2, 4, 20, 60]
    assert compared(kept, 50)[:4] == compared(kept, 6)


# --- what is read -----------------------------------------------------------------------------------------------


def read(
    text: str, language: Language = "zh", is_cut: bool = False
) -> tuple[list[Judgement], list[Rejected], list[Malformed]]:
    plan = Planned(Request("judge@1", (), 1), rows_to_judge([triplet(7)])[0], "row")
    answer = Answer("k", "m", "judge@1", text, is_cut, 9, 9, context=(ZH.span,))
    return read_judgements(character(language), [plan], [answer])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("as_json", [True, False])
def test_a_judgement_says_what_it_judges_and_who_judged(language: Language, as_json: bool) -> None:
    labels = {
        "zh": ("理由：", "切题：", "口吻：", "属实：", "分数："),
        "en": ("Reason: ", "Answers: ", "Style: ", "Correct: ", "Score: "),
    }[language]
    told = TOLD[language]
    block = "\n".join(label + value for label, value in zip(labels, told.values(), strict=True))
    judgements, rejected, malformed = read(json.dumps(told, ensure_ascii=False) if as_json else block, language)
    style = "yes" if told["style"] in ("是", "yes") else "no"
    assert judgements == [
        Judgement(
            "triplet", "t", 7, "row", "yes", style, "unknown", int(told["score"]), told["reason"],
            "m", "judge@1", "k", (ZH.span,),
        )
    ]  # fmt: skip
    assert (rejected, malformed) == ([], [])


@pytest.mark.parametrize(
    ("name", "said", "read_as"),
    [
        ("score", 4, 4),
        ("score", "4/5", 4),
        ("score", "4分", 4),
        ("score", "4.0", 4),
        ("score", "4/10", None),
        ("score", "3-4", None),
        ("score", "3或4", None),
        ("score", "6", None),
        ("score", "", None),
        ("answers", True, "yes"),
        ("answers", "是的", "yes"),
        ("answers", "是，接住了话", "yes"),
        ("answers", "no", "no"),
        ("answers", "是/否", None),
        ("answers", "无从判断", None),
        ("style", "不，太客气", "no"),
        ("correct", "不确定", "unknown"),
        ("correct", "属实", "yes"),
    ],
)
def test_a_verdict_is_one_of_those_asked_for_or_unread(name: str, said: object, read_as: object) -> None:
    judgements, _, malformed = read(json.dumps({**TOLD["zh"], name: said}, ensure_ascii=False))
    assert [getattr(each, name) for each in judgements] == ([] if read_as is None else [read_as])
    assert len(malformed) == (read_as is None)


def test_a_second_judgement_in_one_answer_is_over_count() -> None:
    said = json.dumps(TOLD["zh"], ensure_ascii=False)
    judgements, rejected, _ = read(f"{said}\n{said}")
    assert len(judgements) == 1
    assert [each.reason for each in rejected] == ["over_count"]


@pytest.mark.parametrize("text", ["", "我不知道。", "理由：好\n切题：是\n口吻：是"])
def test_an_answer_that_is_no_judgement_is_malformed(text: str) -> None:
    assert [len(each) for each in read(text)] == [0, 0, 1]


def test_a_request_without_an_answer_makes_no_judgement() -> None:
    plans = planned([dialogue(1)], 1)
    assert read_judgements(character("zh"), plans, [Failure("k", "judge@1", "no") for _ in plans]) == ([], [], [])


@pytest.mark.parametrize(
    ("said", "better"),
    [("A", "first"), ("B", "second"), ("b", "second"), ("平手", "tie"), ("tie", "tie"), ("a tie", "tie"),
     ("回答A", "first"), ("B 更好", "second"), ("A/B", None), ("A and B", None), ("C", None)],
)  # fmt: skip
def test_a_comparison_prefers_the_first_or_the_second_that_was_shown(said: str, better: str | None) -> None:
    plans = compared([general(1, "去问我娘。"), general(1, "不会。", 1)])
    answers = [Answer("k", "m", "compare@1", json.dumps({"reason": "短。", "better": said}), False, 9, 9)] * 2
    comparisons, rejected, malformed = read_comparisons(character("zh"), plans, answers)
    if better is None:
        assert (comparisons, len(malformed)) == ([], 2)
    else:
        assert comparisons == [
            Comparison(*pair, better, "短。", "m", "compare@1", "k")  # type: ignore[arg-type]
            for pair in (("g1-0", "g1-1"), ("g1-1", "g1-0"))
        ]
    assert rejected == []


def test_verdicts_are_those_of_rows_as_they_are() -> None:
    plans = planned(MANY)
    said = json.dumps(TOLD["zh"], ensure_ascii=False)
    judgements, _, _ = read_judgements(
        character("zh"),
        plans,
        [Answer(f"k{number}", "m", "judge@1", said, False, 9, 9) for number in range(len(plans))],
    )
    found = verdicts(judgements)
    assert len(found) == len(MANY)
    assert {each.trial for each in found.values()} == {"row"}
    assert found["triplet", "t", 7].item == 7
