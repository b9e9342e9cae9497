"""Scores: what enters a mean, and what says why there is none."""

import json

import numpy as np
import numpy.typing as npt
import pytest

from dramaturg.evaluate.evaluation import Evaluation, Judged
from dramaturg.evaluate.intervals import Mean
from dramaturg.evaluate.questions import Kind, Question, Role
from dramaturg.evaluate.scores import MEASURES, Cell, Score, Sheet, marks_of, score
from dramaturg.evaluate.similarity import cosines, shuffled
from dramaturg.evaluate.table import render_tables
from dramaturg.generate.profile import given_profile
from tests.characters import character

NED = character("en")
ROLES = {"ned": Role("ned", NED, given_profile(NED)), "moll": Role("moll", NED, given_profile(NED))}


def asked(number: int, kind: Kind, references: tuple[str, ...] = (), raw: str | None = None) -> Question:
    said = f"What of number {number}?"
    return Question(f"q{number}", "ned", kind, said, ({"role": "user", "content": said},), references, raw)


QUESTIONS = [
    asked(1, "general", ("one two three four", "one two"), "one"),
    asked(2, "general", ("five six",)),
    asked(3, "script_based", ("seven eight",)),
    asked(4, "story", ("nine ten",)),
]


def scored(answers: dict[str, str], questions: list[Question] = QUESTIONS) -> Score:
    sheet = Sheet("ant", {("ned", name): answer for name, answer in answers.items()})
    return score(questions, sheet, marks_of(ROLES, questions, sheet, {}), [], "one model", "no encoder")


def value(cell: Cell) -> float:
    assert isinstance(cell, Mean), cell
    return cell.value


def test_each_reference_has_a_measure_of_its_own() -> None:
    found = scored({"q1": "one two", "q2": "five", "q3": "seven eight", "q4": "nine"}).cells
    assert value(found["CUS"]) == pytest.approx((4 / 6 + 2 / 3) / 2)
    assert value(found["CUS_best"]) == pytest.approx((1 + 2 / 3) / 2)
    assert value(found["RAW"]) == pytest.approx(2 / 3)
    assert value(found["SPE"]) == 1.0
    assert value(found["average"]) == pytest.approx((value(found["CUS"]) + 2 / 3 + 1) / 3)  # of means, as in the papers
    assert value(found["reference"]) == pytest.approx((4 / 6 + 2 / 3 + 1 + 2 / 3) / 4)


def test_published_averages_are_means_of_the_three() -> None:
    """Rows of RoleLLM's tables 3 and 4 (arXiv 2310.00746)."""
    for row, average in (
        ((0.5764, 0.5322, 0.3229), 0.4772),
        ((0.3294, 0.3755, 0.3814), 0.3621),
        ((0.5049, 0.5255, 0.3406), 0.4570),
    ):
        assert sum(row) / 3 == pytest.approx(average, abs=5e-5)


def test_an_empty_answer_is_counted_and_enters_no_mean() -> None:
    found = scored({"q1": "one two three four", "q2": "", "q3": " … ", "q4": "nine ten"})
    assert (found.questions, found.answered, found.empty, found.missing) == (4, 2, 2, 0)
    assert value(found.cells["CUS"]) == 1.0
    assert found.cells["SPE"] == "no answer"
    assert found.cells["average"] == "no SPE"


def test_a_model_that_says_nothing_at_all_has_no_score() -> None:
    found = scored(dict.fromkeys(("q1", "q2", "q3", "q4"), ""))
    assert found.empty == 4
    assert not [name for name in MEASURES if isinstance(found.cells[name], Mean)]


def test_a_reference_that_is_missing_is_no_zero() -> None:
    found = scored({"q5": "anything"}, [asked(5, "script_agnostic")])
    assert (found.cells["SPE"], found.cells["reference"], found.cells["RAW"]) == ("no reference",) * 3


def test_what_nobody_judged_or_encoded_says_so() -> None:
    found = scored({"q4": "nine"}).cells
    assert (found["win_rate"], found["similarity"]) == ("one model", "no encoder")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("As an AI language model, I cannot feel that.", "ai_disclosure"),
        ("I'm sorry, but I can't assist with that request.", "refusal"),
        ("I am a fictional character from the novel, so I have no answer.", "meta_talk"),
    ],
)
def test_a_refusal_and_a_model_that_shows_are_shares(answer: str, fault: str) -> None:
    found = scored({"q1": answer, "q2": "Aye, five it was."}).cells
    assert value(found[fault]) == 0.5


# --- similarity ---------------------------------------------------------------------------------------------


def letters(texts: object) -> npt.NDArray[np.float64]:
    counts = np.array([[text.count(each) for each in "abcd"] for text in list(texts)], np.float64)  # type: ignore[call-overload]
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)  # type: ignore[no-any-return]


def test_the_cosine_is_of_each_answer_and_its_own_line() -> None:
    assert cosines(letters, ["ab", "c"], ["ab", "a"]) == pytest.approx([1.0, 0.0])
    assert cosines(letters, [], []) == []


def test_by_chance_no_line_stays_in_its_place() -> None:
    lines = [f"line {number}" for number in range(20)]
    other = shuffled(lines)
    assert sorted(other) == sorted(lines)
    assert all(one != its for one, its in zip(lines, other, strict=True))
    assert other == shuffled(lines)


# --- the tables ---------------------------------------------------------------------------------------------


def evaluation(*sheets: Sheet) -> Evaluation:
    marks = {sheet.model: marks_of(ROLES, QUESTIONS, sheet, {}) for sheet in sheets}
    return Evaluation(ROLES, QUESTIONS, sheets, marks, Judged(why_not="not asked for"), None, "no encoder")


def test_the_tables_say_what_is_broken_and_go_on() -> None:
    whole = Sheet("ant", {question.key: "seven eight" for question in QUESTIONS})
    nothing = Sheet("bee|x", {question.key: "" for question in QUESTIONS}, ("the endpoint is gone",))
    tables = render_tables(evaluation(whole, nothing))
    told = tables[tables.index("## To be known") :]
    assert "moll: no test rows" in told
    assert "bee\\|x: 4 of 4 answers have no word in them, and are not scored" in told
    assert "bee\\|x: the endpoint is gone" in told
    assert "no ranking: not asked for" in told
    assert "in two orders" not in told
    assert "| moll | ant | no test rows |" in tables
    assert "1.0000 1 " in tables  # of one question there is no interval


def test_all_figures_are_in_the_json_and_a_missing_one_is_a_word() -> None:
    found = json.loads(json.dumps(evaluation(Sheet("ant", {("ned", "q1"): "one"})).to_json()))
    own = found["by_kind"]["general"]["ant"]
    assert (own["questions"], own["answered"], own["missing"]) == (2, 1, 1)
    assert own["CUS"] == {"value": pytest.approx(0.4), "low": None, "high": None, "n": 1}
    assert own["win_rate"] == {"none": "not asked for"}
    assert found["by_role"]["moll"]["ant"]["CUS"] == {"none": "no test rows"}
