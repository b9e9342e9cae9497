"""The judge that ranks: what it is shown, what of its answers is read, and whether a bad one is found out."""

import json
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from dramaturg.evaluate.questions import Question, Role
from dramaturg.evaluate.ranking import (
    Planned,
    Ranking,
    agreement_of,
    is_ranking,
    orders,
    plan_rankings,
    read_rankings,
    standings,
)
from dramaturg.generate.profile import Profile, given_profile
from dramaturg.llm.request import Answer
from dramaturg.text import Language
from tests.characters import character

MODELS = ["ant", "bee", "cow", "dog"]


def roles(language: Language = "en") -> dict[str, Role]:
    own = character(language)
    profile: Profile = given_profile(own)
    return {"ned": Role("ned", own, profile)}


def question(number: int, references: tuple[str, ...] = ()) -> Question:
    said = f"Question {number}?"
    return Question(f"q{number}", "ned", "general", said, ({"role": "user", "content": said},), references, None)


def answered(questions: Sequence[Question], models: Sequence[str] = MODELS) -> dict[str, dict[tuple[str, str], str]]:
    return {model: {each.key: f"{model} says {each.id}" for each in questions} for model in models}


def said(plan: Planned, ranks: Sequence[int]) -> Answer:
    """What a judge writes that gives the answers these ranks in the order in which it sees them."""
    items = [{"model": "ABCDEFGH"[place], "reason": "so", "rank": str(rank)} for place, rank in enumerate(ranks)]
    return Answer(f"key {plan.question.id} {plan.order}", "judge", "rank@1", json.dumps({"items": items}), False, 1, 1)


def judged(
    by: Callable[[Planned], Sequence[int]], count: int, models: Sequence[str] = MODELS, most: int = 2
) -> list[Ranking]:
    questions = [question(number) for number in range(count)]
    planned = plan_rankings(roles(), questions, answered(questions, models), most, as_json=True)
    rankings, malformed = read_rankings(roles(), planned, [said(plan, by(plan)) for plan in planned])
    assert not malformed
    assert len(rankings) == len(planned)
    return rankings


# --- what is asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_judge_sees_letters_and_answers_and_no_models_name(language: Language) -> None:
    asked = question(1, ("The reference.", "Another."))
    (one, other) = plan_rankings(roles(language), [asked], answered([asked], ["ant", "bee"]), 2, as_json=True)
    shown = [{"ant": "Yes, sir.", "bee": "No, sir."}[model] for model in one.order]
    planned = plan_rankings(
        roles(language), [asked], {"ant": {asked.key: "Yes, sir."}, "bee": {asked.key: "No, sir."}}, 2, as_json=True
    )
    text = planned[0].request.text
    assert "ant" not in [word.strip(",.") for word in text.split()]
    assert "bee" not in text
    assert text.index("A】" if language == "zh" else "[A]") < text.index(shown[0]) < text.index(shown[1])
    assert "The reference." in text
    assert "Another." not in text
    assert one.order == other.order[::-1]
    schema = one.request.schema
    assert schema is not None
    items = schema["schema"]["properties"]["items"]
    assert (items["minItems"], items["maxItems"]) == (2, 2)


def test_as_many_orders_as_there_are_are_every_permutation() -> None:
    assert sorted(orders(["a", "b", "c"], 5, 6)) == sorted(
        [("a", "b", "c"), ("a", "c", "b"), ("b", "a", "c"), ("b", "c", "a"), ("c", "a", "b"), ("c", "b", "a")]
    )


def test_fewer_are_an_order_and_its_reverse() -> None:
    one, two, three, four = orders(MODELS, 3, 4)
    assert (two, four) == (one[::-1], three[::-1])


def test_each_model_comes_first_equally_often() -> None:
    found = Counter(order[0] for number in range(40) for order in orders(MODELS, number, 2))
    assert set(found.values()) == {20}


def test_an_order_is_the_same_on_every_run() -> None:
    assert orders(MODELS, 7, 2) == orders(MODELS, 7, 2)


def test_a_question_that_only_one_has_answered_is_not_asked_about() -> None:
    asked = question(1)
    assert plan_rankings(roles(), [asked], {"ant": {asked.key: "Yes."}, "bee": {}}, 2, as_json=True) == []


def test_an_answer_that_two_gave_is_shown_once_and_both_have_its_rank() -> None:
    asked = question(1)
    answers = {"ant": "Aye.", "bee": "Nay.", "cow": "Aye."}
    planned = plan_rankings(roles(), [asked], {name: {asked.key: said} for name, said in answers.items()}, 2, True)
    assert [plan.order for plan in planned] == [("ant", "bee"), ("bee", "ant")]
    assert planned[0].request.text.count("Aye.") == 1
    rankings, _ = read_rankings(roles(), planned, [said(plan, [1, 2]) for plan in planned])
    assert rankings[0].ranks == {"ant": 1, "cow": 1, "bee": 2}
    assert agreement_of(rankings).ties == 0  # between answers that it was shown


def test_a_question_to_which_all_say_the_same_is_not_asked_about() -> None:
    asked = question(1)
    assert plan_rankings(roles(), [asked], {name: {asked.key: "Aye."} for name in MODELS}, 2, as_json=True) == []


def test_an_answer_without_end_does_not_fill_the_prompt() -> None:
    asked = question(1)
    answers = {"ant": {asked.key: "well " * 20_000}, "bee": {asked.key: "No."}}
    assert all(plan.request.tokens < 2_000 for plan in plan_rankings(roles(), [asked], answers, 2, as_json=True))


# --- what is read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        # the slides' form
        '[{"model": "A", "reason": "x", "rank": 1}, {"model": "Model B", "reason": "y", "rank": 2}]',
        "Model: A\nReason: x\nRank: 1\n\nModel: B\nReason: y\nRank: 2",
        '```\n{"items": [{"model": "[B]", "reason": "y", "rank": "2"}, {"model": "a", "reason": "x", "rank": 1}]}\n```',
    ],
)
def test_a_ranking_is_read_in_whatever_form_it_comes(text: str) -> None:
    asked = question(1)
    (plan, _) = plan_rankings(roles(), [asked], answered([asked], ["ant", "bee"]), 2, as_json=True)
    answer = Answer("k", "judge", "rank@1", text, False, 1, 1)
    ((ranking,), malformed) = read_rankings(roles(), [plan], [answer])
    assert malformed == []
    assert [ranking.ranks[model] for model in plan.order] == [1, 2]
    assert is_ranking("en")(answer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I like them both.",
        '[{"model": "A", "reason": "x", "rank": 1}]',
        '[{"model": "A", "reason": "x", "rank": 1}, {"model": "A", "reason": "y", "rank": 2}]',
        '[{"model": "A", "reason": "x", "rank": 1}, {"model": "C", "reason": "y", "rank": 2}]',
        '[{"model": "A", "reason": "x", "rank": 1}, {"model": "B", "reason": "y", "rank": 7}]',
    ],
)
def test_what_does_not_rank_all_that_were_shown_is_counted_and_not_made_up(text: str) -> None:
    asked = question(1)
    (plan, _) = plan_rankings(roles(), [asked], answered([asked], ["ant", "bee"]), 2, as_json=True)
    rankings, malformed = read_rankings(roles(), [plan], [Answer("k", "judge", "rank@1", text, False, 1, 1)])
    assert rankings == []
    assert [each.request for each in malformed] == ["k"]


# --- what it comes to ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [2, 6, 24])
def test_a_judge_that_prefers_the_first_place_is_found_out(most: int) -> None:
    rankings = judged(lambda plan: range(1, len(plan.order) + 1), 60, most=most)
    assert all(abs(each.win_rate.value - 0.5) <= 0.05 for each in standings(rankings).values())
    found = agreement_of(rankings)
    assert found.share is not None
    assert found.share.value == 0.0
    assert found.firsts == [1.0, 0.0, 0.0, 0.0]


def test_a_judge_that_prefers_one_model_is_recovered() -> None:
    """It puts the bee first in three questions of four, and last in the fourth; the others by their names."""

    def by(plan: Planned) -> list[int]:
        is_loved = int(plan.question.id[1:]) % 4 != 0
        rest = [model for model in MODELS if model != "bee"]
        ranked = ["bee", *rest] if is_loved else [*rest, "bee"]
        return [ranked.index(model) + 1 for model in plan.order]

    rankings = judged(by, 80)
    found = standings(rankings)
    assert found["bee"].win_rate.value == pytest.approx(0.75, abs=0.02)
    assert found["bee"].first.value == pytest.approx(0.75, abs=0.02)
    assert found["ant"].win_rate.value > found["cow"].win_rate.value > found["dog"].win_rate.value
    agreement = agreement_of(rankings)
    assert agreement.share is not None
    assert agreement.share.value == 1.0
    assert all(abs(share - 1 / 4) < 0.15 for share in agreement.firsts)


def test_win_rates_are_shares_of_one_between_all() -> None:
    found = standings(judged(lambda plan: range(1, len(plan.order) + 1), 9))
    assert sum(each.win_rate.value for each in found.values()) == pytest.approx(len(MODELS) / 2)
    assert sum(each.rank.value for each in found.values()) == pytest.approx(1 + 2 + 3 + 4)


def test_a_tie_is_half_a_win_and_shares_its_rank() -> None:
    rankings = judged(lambda _: [1, 1, 1, 1], 4)
    found = standings(rankings)
    assert {each.win_rate.value for each in found.values()} == {0.5}
    assert {each.rank.value for each in found.values()} == {2.5}
    assert {each.first.value for each in found.values()} == {0.25}
    assert agreement_of(rankings).ties == 1.0


def test_one_order_tells_nothing_of_the_judges_agreement() -> None:
    assert agreement_of(judged(lambda _: [1, 2, 3, 4], 4, most=1)).share is None


def test_a_question_counts_once_however_many_orders_it_was_asked_in() -> None:
    found = standings(judged(lambda _: [1, 2], 5, ["ant", "bee"]))
    assert {each.win_rate.n for each in found.values()} == {5}
