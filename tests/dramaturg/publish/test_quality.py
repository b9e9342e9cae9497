"""What a model says of a row, in the row; and what the card makes of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dramaturg.curate.quality import Comparison, Judgement, Kind, verdicts
from dramaturg.curate.review import Review, review
from dramaturg.generate.context_instruct import Triplet
from dramaturg.generate.instructions import Instruction
from dramaturg.generate.questions import Question
from dramaturg.generate.rolegpt import GeneralAnswer
from dramaturg.generate.synthesis import Dialogue
from dramaturg.publish import chatharuhi, rolebench
from dramaturg.publish.card import Part, Writer, render_card
from dramaturg.publish.dataset import parquet_path, write_config
from tests.characters import character

TRIPLET = Triplet("q?", "high", "r", "a.", "script_agnostic", "m", "p@1", "k", 1, ())
TALK = Dialogue("Ann", Question("q?", "Ann", "m", "p@1", "q", 0), "a.", False, "m", "p@1", "k", ())
SAID = GeneralAnswer(Instruction("en-1", "Boil it?", "open", None), "No.", 1, False, "zero_shot_prompt", "m", "r@1",
                     "k", ())  # fmt: skip
QUALITY = {"answers": "yes", "style": "no", "correct": "unknown", "score": 4, "reason": "Wet.", "model": "j",
           "request": "v"}  # fmt: skip


def judgement(kind: Kind, item: int = 0, request: str = "k", **more: Any) -> Judgement:
    told = {"trial": "row", "prompt": "judge@1", "context": (), **QUALITY, **more}
    return Judgement(kind, request, item, **told)  # type: ignore[arg-type]


def test_a_verdict_stands_in_the_row_that_it_is_on_and_in_no_other(tmp_path: Path) -> None:
    told = verdicts([judgement("triplet", 1), judgement("boundary", 0)])
    made = list(rolebench.rows([TRIPLET, replace(TRIPLET, item=0)], character("en"), {}, verdicts=told))
    assert [row["quality"] for row in made] == [QUALITY, None]
    (row,) = rolebench.rows([replace(TRIPLET, item=0)], character("en"), {}, rolebench.BOUNDARY, told)
    assert row["quality"] == QUALITY
    assert write_config(tmp_path, rolebench.CONFIG, rolebench.SCHEMA, made) == 2
    assert pq.read_table(tmp_path / parquet_path(rolebench.CONFIG)).to_pylist() == made


def test_of_a_talk_its_first_answer_is_judged_and_of_several_answers_the_first() -> None:
    told = verdicts([judgement("dialogue"), judgement("general", request="k")])
    (row,) = chatharuhi.synthesized_rows([TALK], character("en"), "ned", {}, told)
    assert row["quality"] == QUALITY
    answers = [SAID, replace(SAID, number=2, request="other")]
    (row,) = rolebench.general_rows(answers, character("en"), {}, told)
    assert row["quality"] == QUALITY
    (row,) = rolebench.general_rows(answers[::-1], character("en"), {}, told)
    assert row["quality"] is None


def card(found: Review | None, model: str = "m") -> str:
    configs = (chatharuhi.CONFIG, rolebench.CONFIG)
    parts = {config: {"train": Part(1, "0" * 64)} for config in configs}
    return render_card(character("en"), parts, [], [], [Writer(model, "p@1", 1, False)], found)


@pytest.mark.parametrize("found", [None, review([])])
def test_the_card_has_nothing_of_a_review_that_was_not_made(found: Review | None) -> None:
    assert "## Quality" not in card(found)


def test_the_card_tells_how_the_rows_fare_and_how_far_the_judge_can_be_believed() -> None:
    judgements = [
        judgement("dialogue"),
        judgement("dialogue", trial="again", score=3),
        judgement("triplet", 1, correct="no", score=1),
        judgement("triplet", 1, trial="off_topic", answers="no"),
    ]
    comparisons = [Comparison(*pair, "first", "r", "j", "compare@1", "v") for pair in (("a", "b"), ("b", "a"))]
    told = card(review(judgements, comparisons))
    for line in (
        "| `chatharuhi` | 1 | 100% | 0% |  | 0 | 4.00 |",
        "| `role_specific` | 1 | 100% | 0% | 0% | 1 | 1.00 |",
        "| all judged | 2 | 100% | 0% | 0% | 1 | 2.50 |",
        "| says the same when asked again: `score` | 0% | 1 |",
        "| says the same when asked again: `score`, or one beside it | 100% | 1 |",
        "| sees that an answer, put in for a test, is to no such question | 100% | 1 |",
        "| prefers the same of two answers in whichever order they are shown | 0% | 1 |",
        "| prefers the one that it is shown first (50% where that makes no difference) | 100% | 2 |",
    ):
        assert line in told
    assert "`j` judged some rows" in told


def test_the_card_says_where_a_judge_wrote_rows_itself() -> None:
    found = review([judgement("dialogue")])
    assert "It wrote rows of this dataset itself" in card(found, "j")
    assert "It wrote rows of this dataset itself" not in card(found, "m")
