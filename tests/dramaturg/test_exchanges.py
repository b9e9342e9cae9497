from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dramaturg.cast import CastMember
from dramaturg.exchanges import Exchange, find_exchanges
from dramaturg.scenes import find_scenes
from dramaturg.script import Script, Utterance
from tests.strategies import scripts

CAST = (CastMember(name="甲"), CastMember(name="乙", aliases=("老乙",)), CastMember(name="丙"))
BUDGETS = st.sampled_from([20, 60, 200, 2000])


def said(*lines: tuple[str | None, str]) -> Script:
    """A script in which each line stands on a line of its own."""
    text = "\n".join(content for _, content in lines)
    utterances = []
    at = 0
    for number, (role, content) in enumerate(lines):
        utterances.append(Utterance(0, number, role, content, "speech", "novel.txt", at, at + len(content), 1.0, "tag"))
        at += len(content) + 1
    return Script("novel.txt", "zh", text, tuple(utterances))


def exchanges_in(script: Script, budget: int = 500) -> tuple[list[Exchange], dict[str, str]]:
    """The exchanges that 甲 answers, and the dropped lines' reasons by content."""
    exchanges, rejected = find_exchanges(find_scenes(script, budget)[0], "甲", CAST)
    return exchanges, {each.record.content: each.reason for each in rejected}


def shown(exchange: Exchange) -> list[str]:
    return [f"{turn.role}:{''.join(line.content for line in turn.lines)}" for turn in exchange.turns]


@given(scripts(), BUDGETS)
def test_every_spoken_line_is_in_one_turn_or_rejected_with_a_reason(script: Script, budget: int) -> None:
    scenes, _ = find_scenes(script, budget)
    exchanges, rejected = find_exchanges(scenes, "甲", CAST)
    placed = Counter(line.diag_id for each in exchanges for turn in each.turns for line in turn.lines)
    placed.update(each.record.diag_id for each in rejected)
    assert placed == Counter(line.diag_id for scene in scenes for line in scene.utterances if line.is_speech)


@given(scripts(), BUDGETS)
def test_the_role_answers_another_and_no_speaker_follows_themselves(script: Script, budget: int) -> None:
    for exchange in find_exchanges(find_scenes(script, budget)[0], "甲", CAST)[0]:
        assert exchange.answer.role == "甲" != exchange.question.role
        roles = [turn.role for turn in exchange.turns]
        assert all(one != other for one, other in pairwise(roles))
        assert all(line.role == turn.role for turn in exchange.turns for line in turn.lines)


@given(scripts(), BUDGETS)
def test_turns_stand_in_the_sources_order_within_one_act(script: Script, budget: int) -> None:
    for exchange in find_exchanges(find_scenes(script, budget)[0], "甲", CAST)[0]:
        lines = [line for turn in exchange.turns for line in turn.lines]
        assert [line.diag_id for line in lines] == sorted(line.diag_id for line in lines)
        assert len({line.act_id for line in lines}) == 1


def test_consecutive_lines_of_one_speaker_are_one_turn() -> None:
    exchanges, _ = exchanges_in(said(("乙", "来了？"), ("乙", "坐。"), ("甲", "好。"), ("甲", "多谢。")))
    assert [shown(each) for each in exchanges] == [["乙:来了？坐。", "甲:好。多谢。"]]


def test_turns_between_an_answer_and_the_next_question_follow_the_answer() -> None:
    exchanges, _ = exchanges_in(said(("乙", "问"), ("甲", "答"), ("丙", "插话"), ("乙", "再问"), ("甲", "再答")))
    assert [shown(each) for each in exchanges] == [["乙:问", "甲:答", "丙:插话"], ["乙:再问", "甲:再答"]]


def test_what_nobody_asked_and_what_came_before_the_question_is_rejected() -> None:
    _, reasons = exchanges_in(said(("甲", "自语"), ("丙", "旁话"), ("乙", "问"), ("甲", "答")))
    assert reasons == {"自语": "nobody_asked", "旁话": "before_question"}


def test_a_scene_without_the_role_is_rejected_whole() -> None:
    assert exchanges_in(said(("乙", "问"), ("丙", "答"))) == ([], {"问": "role_absent", "答": "role_absent"})


def test_an_unknown_speaker_is_never_asked_answered_or_skipped() -> None:
    exchanges, reasons = exchanges_in(said(("乙", "问"), (None, "谁在说"), ("甲", "答")))
    assert exchanges == []
    assert reasons == {"问": "role_absent", "谁在说": "unknown_speaker", "答": "nobody_asked"}


def test_a_question_follows_its_answer_over_a_cut_that_only_the_budget_made() -> None:
    long = "长" * 30
    exchanges, reasons = exchanges_in(said(("丙", long), ("乙", "问" + long), ("甲", "答" + long)), budget=110)
    assert [shown(each) for each in exchanges] == [["乙:问" + long, "甲:答" + long]]
    assert reasons == {long: "role_absent"}


def test_a_line_that_opens_by_calling_another_answers_nobody() -> None:
    exchanges, reasons = exchanges_in(
        said(("乙", "问"), ("甲", "答"), ("乙", "再问"), ("甲", "丙，走吧。"), ("丙", "走。"), ("甲", "丙，快！"))
    )
    assert [shown(each) for each in exchanges] == [["乙:问", "甲:答", "乙:再问"], ["丙:走。", "甲:丙，快！"]]
    assert reasons == {"丙，走吧。": "turns_to_another"}


def test_i_calls_nobody() -> None:
    scenes, _ = find_scenes(said(("乙", "谁拿的？"), ("甲", "我，没有。")), 500)
    assert len(find_exchanges(scenes, "甲", [CastMember(name="丙", aliases=("我", "I"))])[0]) == 1


def test_calling_the_one_who_asked_by_an_alias_or_speaking_of_another_is_an_answer() -> None:
    exchanges, _ = exchanges_in(said(("乙", "问"), ("甲", "老乙，别问。"), ("乙", "问"), ("甲", "丙说的。")))
    assert len(exchanges) == 2
