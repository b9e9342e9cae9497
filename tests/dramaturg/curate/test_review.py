"""What judgements come to, and that a judge who does not look is found out."""

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from dramaturg.curate.quality import Comparison, Judgement, Kind, Trial
from dramaturg.curate.review import Review, review

YES = {"answers": "yes", "style": "yes", "correct": "yes", "score": 5}


def judgement(number: int, trial: Trial = "row", kind: Kind = "dialogue", **said: Any) -> Judgement:
    told = {**YES, **said}
    return Judgement(kind, f"r{number}", 0, trial, **told, reason="r", model="m", prompt="p@1", request="k", context=())


def comparison(first: str, second: str, better: Any) -> Comparison:
    return Comparison(first, second, better, "r", "m", "p@1", "k")


def reviewed(*judgements: Judgement, comparisons: tuple[Comparison, ...] = ()) -> Review:
    found = review(judgements, comparisons)
    assert found is not None
    return found


def test_where_no_row_was_judged_there_is_no_review() -> None:
    assert review([]) is None
    assert review([judgement(1, "off_topic")], [comparison("a", "b", "tie")]) is None


def test_shares_of_yes_and_the_mean_score_are_told_by_kind_and_of_all() -> None:
    found = reviewed(
        judgement(1, style="no", score=2),
        judgement(2, answers="no", correct="unknown", score=3),
        judgement(3, kind="general", correct="no"),
        judgement(4, kind="general", correct="unknown"),
    )
    assert list(found.by_kind) == ["dialogue", "general"]
    dialogue, general, every = found.by_kind["dialogue"], found.by_kind["general"], found.all
    assert (dialogue.rows, dialogue.answers, dialogue.style, dialogue.score) == (2, 0.5, 0.5, 2.5)
    assert (dialogue.correct, dialogue.decided) == (1, 1)
    assert (general.correct, general.decided) == (0, 1)
    assert (every.rows, every.answers, every.style, every.correct, every.decided) == (4, 0.75, 0.75, 0.5, 2)
    assert reviewed(judgement(1, correct="unknown")).all.correct is None


def test_what_is_asked_again_or_off_topic_counts_for_no_row() -> None:
    found = reviewed(
        judgement(1), judgement(1, "again", answers="no"), judgement(2), judgement(2, "off_topic", score=1)
    )
    assert (found.all.rows, found.all.answers, found.all.score) == (2, 1, 5)


def test_agreement_with_itself_is_the_share_of_equal_verdicts_and_of_scores_at_most_one_apart() -> None:
    trust = reviewed(
        *(judgement(number) for number in range(4)),
        judgement(0, "again"),
        judgement(1, "again", style="no", score=4),
        judgement(2, "again", style="no", correct="unknown", score=3),
        judgement(9, "again"),  # whose row has no verdict
    ).trust
    assert trust.again == 3
    assert trust.agreement == pytest.approx({"answers": 1, "style": 1 / 3, "correct": 2 / 3, "score": 1 / 3})
    assert trust.within_1 == pytest.approx(2 / 3)


def test_without_a_second_time_there_is_no_agreement() -> None:
    trust = reviewed(judgement(1)).trust
    assert (trust.again, trust.agreement, trust.within_1) == (0, {}, None)


def test_orders_agree_where_the_same_answer_is_preferred_in_both_or_none_in_either() -> None:
    trust = reviewed(
        judgement(1),
        comparisons=(
            *(comparison("a", "b", "first"), comparison("b", "a", "second")),
            *(comparison("c", "d", "tie"), comparison("d", "c", "tie")),
            *(comparison("e", "f", "first"), comparison("f", "e", "first")),
            *(comparison("g", "h", "second"), comparison("h", "g", "tie")),
            comparison("i", "j", "first"),  # the other order has no answer
        ),
    ).trust
    assert (trust.pairs, trust.same_in_both_orders) == (4, 2)
    assert (trust.preferred, trust.first_preferred) == (6, 4)


# --- judges who do not look -------------------------------------------------------------------------------------


def judged_by(says: Callable[[], dict[str, Any]], prefers: Callable[[], str]) -> Review:
    trials: list[Trial] = ["row", "again", "off_topic"]
    judgements = [judgement(number, trial, **says()) for trial, number in product(trials, range(300))]
    orders = [order for number in range(300) for order in ((f"a{number}", f"b{number}"), (f"b{number}", f"a{number}"))]
    return reviewed(*judgements, comparisons=tuple(comparison(*order, prefers()) for order in orders))


def test_one_who_always_says_yes_sees_through_no_answer_to_another_question() -> None:
    found = judged_by(lambda: YES, lambda: "tie")
    assert (found.all.answers, found.trust.agreement["answers"]) == (1, 1)  # which looks well
    assert (found.trust.off_topic, found.trust.seen_through) == (300, 0)


def test_one_who_always_prefers_the_first_never_does_so_in_both_orders() -> None:
    trust = judged_by(lambda: YES, lambda: "first").trust
    assert (trust.pairs, trust.same_in_both_orders) == (300, 0)
    assert (trust.preferred, trust.first_preferred) == (600, 600)


def test_one_who_answers_at_random_agrees_with_itself_as_chance_does() -> None:
    draw = random.Random(1)

    def says() -> dict[str, Any]:
        said = {name: draw.choice(["yes", "no"]) for name in ("answers", "style", "correct")}
        return {**said, "score": draw.randint(1, 5)}

    trust = judged_by(says, lambda: draw.choice(["first", "second"])).trust
    assert all(0.4 < trust.agreement[name] < 0.6 for name in ("answers", "style", "correct"))
    assert 0.12 < trust.agreement["score"] < 0.28
    assert 0.4 < trust.seen_through / trust.off_topic < 0.6
    assert 0.4 < trust.same_in_both_orders / trust.pairs < 0.6
    assert 0.45 < trust.first_preferred / trust.preferred < 0.55
