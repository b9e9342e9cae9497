import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dramaturg.generate.evidence import Evidence, Run, is_cited, plan_runs, read_runs
from dramaturg.generate.relations import People, Relation
from dramaturg.generate.statements import SceneRef
from dramaturg.llm.request import Answer, Failure
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene, find_scenes, scenes_with
from dramaturg.script import Script
from dramaturg.text import Language, count_tokens
from tests.characters import character, scene
from tests.strategies import scripts

ZH = [
    scene(0, ("柳娘", "铜铃呢？"), ("顾十三", "铜铃丢在河里了。")),
    scene(1, ("柳娘", "面咸么？"), ("顾十三", "咸。")),
]
EN = [
    scene(0, ("Ann Pike", "Where is the bell?"), ("Ned Tull", "The river has the bell.")),
    scene(1, ("Ann Pike", "Is the soup salty?"), ("Ned Tull", "It is.")),
]
FIRST, SECOND = SceneRef("novel.txt", 0), SceneRef("novel.txt", 1)


def many(count: int, source: str = "novel.txt") -> list[Scene]:
    line = f"{source}里的一句话，不长也不短。"
    return [
        scene(number, ("顾十三", f"第{number}回，{line}"), ("柳娘", line), source=source) for number in range(count)
    ]


def plan(scenes: Sequence[Scene], budget: int = 200, most: int | None = None) -> list[Run]:
    return plan_runs(character("zh"), scenes, budget, most, as_json=True)


def shown(run: Run) -> str:
    """The script in a run's prompt."""
    return run.request.messages[-1]["content"].split("\n\n", 1)[1].rpartition("\n\n")[0]


def read(
    *texts: str, language: Language = "zh", budget: int = 6_000
) -> tuple[Evidence, list[Rejected], list[Malformed]]:
    """What comes of these answers to a run over two scenes."""
    told, scenes = character(language), ZH if language == "zh" else EN
    (run,) = plan_runs(told, scenes, 6_000, None, as_json=True)
    answers = [Answer("k", "m", run.request.prompt, text, False, 9, 9, context=run.request.context) for text in texts]
    return read_runs(told, People(told, scenes), [run] * len(texts), answers, budget)


def notes(*statements: str, relations: Sequence[str] = (), catchphrases: Sequence[str] = ()) -> str:
    return json.dumps({"statements": statements, "relations": relations, "catchphrases": catchphrases})


# --- what is asked ------------------------------------------------------------------------------------------


def test_a_run_shows_its_scenes_numbered_and_says_which() -> None:
    (run,) = plan(ZH)
    assert (
        shown(run) == "[1]\n柳娘:「铜铃呢？」\n顾十三:「铜铃丢在河里了。」\n\n[2]\n柳娘:「面咸么？」\n顾十三:「咸。」"
    )
    assert run.request.context == tuple(each.span for each in ZH)
    assert run.request.schema is not None
    assert run.request.schema["schema"]["properties"]["statements"]["maxItems"] == 8


@given(scripts(), st.integers(100, 400))
@settings(max_examples=40)
def test_all_of_the_roles_scenes_are_shown_in_order_and_within_the_budget(script: Script, budget: int) -> None:
    scenes, _ = find_scenes(script, 10_000)  # longer than any budget here
    own = scenes_with(scenes, "甲")
    runs = plan_runs(character("zh", name="甲"), own, budget, None, as_json=False)
    assert all(count_tokens(shown(run)) <= budget for run in runs)
    passages = [passage for run in runs for passage in run.passages]
    lines = [line for each in own for line in each.utterances]
    assert list(dict.fromkeys(passage.scene.scene_id for passage in passages)) == [each.scene_id for each in own]
    assert [each.start for each in lines] == [
        line.start for passage in passages for line in lines if passage.span.start <= line.start < passage.span.end
    ]


def test_a_line_longer_than_the_budget_is_cut() -> None:
    (run,) = plan([scene(0, ("顾十三", "天地玄黄" * 500))], budget=100)
    assert 80 < count_tokens(shown(run)) <= 100
    assert shown(run).endswith("…")


def test_no_run_goes_from_one_source_into_another_and_none_shows_anything_of_another_run() -> None:
    one, other = many(9), many(9, "other.txt")
    assert [run.request for run in plan(one + other)] == [run.request for run in [*plan(one), *plan(other)]]
    assert [run.request for run in plan(one[:1] + other[:1])] == [
        run.request for run in [*plan(one[:1]), *plan(other[:1])]
    ]


def test_more_runs_are_the_same_ones_and_others_from_all_over_each_source() -> None:
    scenes = many(60) + many(12, "other.txt")
    every = [run.request for run in plan(scenes)]
    chosen = [[run.request for run in plan(scenes, most=most)] for most in range(len(every) + 1)]
    for most, requests in enumerate(chosen):
        assert len(requests) == most
        assert requests == [each for each in every if each in requests]  # in order
        assert all(each in requests for each in chosen[max(0, most - 1)])
    assert {request.context[0].source for request in chosen[2]} == {"novel.txt", "other.txt"}
    assert {every.index(request) for request in chosen[3]} & set(range(len(every) // 3, len(every)))


def test_another_source_takes_no_run_out_of_its_turn() -> None:
    def of_novel(scenes: Sequence[Scene], most: int) -> list[str]:
        return [shown(run) for run in plan(scenes, most=most) if run.passages[0].scene.source == "novel.txt"]

    scenes = many(40)
    with_other = of_novel(scenes + many(40, "other.txt"), 10)
    assert len(with_other) == 5
    assert with_other == of_novel(scenes, 5)


def test_what_is_too_long_for_a_model_is_asked_over_the_first_half() -> None:
    (run,) = plan(many(4), budget=6_000)
    assert run.request.shorter is not None
    half = run.request.shorter()
    assert half is not None
    assert half.context == run.request.context[:2]
    assert plan(many(1))[0].request.shorter is None


# --- what is read -------------------------------------------------------------------------------------------


LOST, SALTY = "你把铜铃丢了，丢在河里。", "你嫌面咸"
FORMS = [
    notes(f"[1] {LOST}", f"{SALTY}[2]", relations=["柳娘：你的客人 [2]"], catchphrases=["咸"]),
    f"要点：\n[1] {LOST}\n[2] {SALTY}\n关系：柳娘：客人 [2]\n口头禅：咸",
    f"要点：{LOST}[1]{SALTY}[2]\n关系：柳娘（客人）[2]\n口头禅：咸",
    f"**要点**：\n1. {LOST}【1】\n2. {SALTY}【2】\n\n**关系**：\n- 柳娘：客人【2】\n\n**口头禅**：\n- 咸",
]


@pytest.mark.parametrize("text", FORMS)
def test_statements_relations_and_phrases_are_read_in_any_form(text: str) -> None:
    evidence, rejected, malformed = read(text)
    assert [(each.text, each.scenes) for each in evidence.statements] == [(LOST, (FIRST,)), (SALTY, (SECOND,))]
    assert evidence.relations == (Relation("柳娘", "客人", SECOND, 1),)
    assert evidence.phrases == ("咸",)
    assert (rejected, malformed, evidence.is_cited) == ([], [], True)


@pytest.mark.parametrize(
    ("language", "statement", "reason"),
    [
        ("zh", "你丢了铜铃。", "ungrounded"),  # cites none
        ("zh", "[3] 你丢了铜铃。", "ungrounded"),  # there is none
        ("zh", "[2] 你丢了铜铃。", "ungrounded"),  # says nothing of it
        ("zh", "[2] 你叫顾十三。", "ungrounded"),  # nor does the role's own name
        ("zh", "[1] You lost the 铜铃 of the river.", "wrong_language"),
        ("zh", f"[1] 你丢了铜铃。{'你很难过。' * 40}", "too_long"),
        ("zh", "[1] 柳娘:「你的铜铃丢了。", "not_of_role"),  # a line of the script, and its end is missing
        ("zh", "[1] 铜铃丢在河里。", "not_of_role"),
        ("en", "[1] Moll: “You lost the bell.”", "not_of_role"),
        ("en", "You lost the bell.", "ungrounded"),
        ("en", "[2] You lost the bell.", "ungrounded"),
        ("en", "[2] Ned, you are strong.", "ungrounded"),
    ],
)
def test_a_statement_that_its_scenes_do_not_bear_out_goes(language: Language, statement: str, reason: str) -> None:
    good = "[1] 你把铜铃丢在河里。" if language == "zh" else "[1] You let the river have the bell."
    evidence, rejected, _ = read(notes(good, statement), language=language)
    assert [each.scenes for each in evidence.statements] == [(FIRST,)]
    assert [each.reason for each in rejected] == [reason]


def test_a_statement_said_twice_rests_on_the_scenes_of_both() -> None:
    evidence, _, _ = read(notes("[1] 你认得柳娘。"), notes("[2][9] 你认得柳娘！"))
    assert [(each.text, each.scenes) for each in evidence.statements] == [("你认得柳娘。", (FIRST, SECOND))]


def test_where_no_statement_cites_a_scene_they_stand_without() -> None:
    evidence, rejected, _ = read(notes("你丢了铜铃。", "你爱唱戏。"))
    assert [(each.text, each.scenes) for each in evidence.statements] == [("你丢了铜铃。", ())]
    assert not evidence.is_cited
    assert [each.record for each in rejected] == ["你爱唱戏。"]


def test_a_relation_is_to_somebody_in_a_scene_that_it_cites() -> None:
    relations = [
        *(
            "柳娘：客人",
            "柳娘：客人 [7]",
            "老周：船东 [1]",
            "十三：自己 [1]",
            "无名无姓",
            f"柳娘：{'很好的' * 9}人 [1]",
        ),
        *("柳娘：债主 [2]", "柳娘：熟客 [1]"),
    ]
    evidence, rejected, _ = read(notes("[1] 你认得柳娘。", relations=relations))
    assert [(each.to_role, each.since) for each in evidence.relations] == [("熟客", FIRST), ("债主", SECOND)]
    reasons = ["ungrounded", "ungrounded", "unknown_person", "unknown_person", "unknown_person", "too_long"]
    assert [each.reason for each in rejected] == reasons


def test_a_scene_that_the_model_was_not_shown_cannot_be_cited() -> None:
    told = character("zh")
    (run,) = plan(ZH)
    answer = Answer("k", "m", "p", notes("[1] 你丢了铜铃。", "[2] 你嫌面咸。"), False, 9, 9)
    half = replace(answer, context=run.request.context[:1])
    evidence, rejected, _ = read_runs(told, People(told, ZH), [run], [half], 200)
    assert [each.scenes for each in evidence.statements] == [(FIRST,)]
    assert [each.record for each in rejected] == ["你嫌面咸。"]


def test_what_cannot_be_read_is_kept_and_what_failed_gives_nothing() -> None:
    told = character("zh")
    (run,) = plan(ZH)
    outcomes = [Answer("k", "m", "p", "不会。", False, 9, 9), Failure("l", "p", "no")]
    evidence, rejected, malformed = read_runs(told, People(told, ZH), [run, run], outcomes, 200)
    assert evidence == Evidence((), (), ())
    assert (rejected, [each.text for each in malformed]) == ([], ["不会。"])


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [(notes("[9] 你。"), True), (notes(), True), (notes("你丢了铜铃。"), False), ("不会。", False)],
)
def test_an_answer_without_a_citation_is_not_of_the_form_asked_for(text: str, is_whole: bool) -> None:
    assert is_cited(Answer("k", "m", "p", text, False, 9, 9), "zh") is is_whole


@given(st.text())
def test_nothing_that_a_model_writes_breaks_the_reading(text: str) -> None:
    evidence, rejected, malformed = read(text)
    assert evidence.statements or rejected or malformed
