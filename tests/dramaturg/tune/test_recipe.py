"""Which rows each recipe tunes on, and what is said to be an answer."""

from pathlib import Path

import pytest

from dramaturg.publish.talks import Talk
from dramaturg.tune.recipe import RECIPES, next_lines
from tests.characters import character, scene
from tests.talks import dataset_of, question, synthesized

NED, ANN, BO = "Ned Tull", "Ann Pike", "Bo Marsh"
SYSTEM = "You are Ned."


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A scene of train and one of test, and of each other config a row or two."""
    told = {
        "train": [
            scene(0, (ANN, "Where is the bell?"), (NED, "In the river."), (BO, "He lies."), (NED, "He always does."))
        ],
        "test": [scene(1, (NED, "Hush."), (BO, "And the rope?"), (NED, "Sold for a song."))],
    }
    rows = {
        ("chatharuhi", "train"): [synthesized("s1", NED, (ANN, "A pie?"), (NED, "Two."), (ANN, "Why?"), (NED, "So."))],
        ("role_specific", "train"): [question("q1", "Where is the river?", "Behind the mill.")],
        ("knowledge_boundary", "train"): [question("b1", "Why did you sink the mill?", "The mill stands.")],
        ("general", "train"): [question("g1", "What is tea?", "Hot leaves.", "Leaves in trouble.")],
        ("role_specific", "test"): [question("q2", "Who is Bo?", "A nuisance.")],
    }
    return dataset_of(tmp_path / "dataset", character("en"), told, rows)


@pytest.fixture
def unasked(tmp_path: Path) -> Path:
    """A dataset that no model was asked for."""
    told = {"train": [scene(0, (ANN, "Where is the bell?"), (NED, "In the river."))]}
    return dataset_of(tmp_path / "unasked", character("en"), told)


def said(recipe: str, dataset: Path, split: str = "train") -> list[list[tuple[str, str]]]:
    return [
        [(each.question, each.answer) for each in talk.turns] for talk in RECIPES[recipe].read(dataset, split, SYSTEM)
    ]


ORIGINAL = [(f"{ANN}:「Where is the bell?」", "In the river."), (f"{BO}:「He lies.」", "He always does.")]
SYNTHESIZED = [(f"{ANN}:「A pie?」", "Two."), (f"{ANN}:「Why?」", "So.")]


def test_a_is_the_works_own_exchanges(dataset: Path) -> None:
    assert said("a", dataset) == [ORIGINAL]


def test_b_is_these_and_the_synthesized_dialogues(dataset: Path) -> None:
    assert said("b", dataset) == [ORIGINAL, SYNTHESIZED]


def test_b_is_nothing_where_nothing_is_synthesized(unasked: Path) -> None:
    assert said("a", unasked)
    assert said("b", unasked) == []


def test_bs_test_rows_are_there_though_none_of_them_is_synthesized(dataset: Path) -> None:
    assert said("b", dataset, "test") == [[(f"{BO}:「And the rope?」", "Sold for a song.")]]


def test_in_c_each_line_of_the_roles_answers_the_scene_before_it(dataset: Path) -> None:
    first, second = said("c", dataset)
    assert first == [(f"{ANN}:「Where is the bell?」", "In the river.")]
    before = [f"{ANN}:「Where is the bell?」", f"{NED}:「In the river.」", f"{BO}:「He lies.」"]
    assert second == [("\n".join(before), "He always does.")]


def test_in_c_the_line_that_opens_a_scene_answers_nobody(dataset: Path) -> None:
    assert said("c", dataset, "test")[0] == [("…", "Hush.")]


def test_rocit_is_every_answer_that_a_model_gave_to_a_question_or_an_instruction(dataset: Path) -> None:
    assert said("rocit", dataset) == [
        [("Where is the river?", "Behind the mill.")],
        [("Why did you sink the mill?", "The mill stands.")],
        [("What is tea?", "Hot leaves.")],
        [("What is tea?", "Leaves in trouble.")],
    ]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_talk_is_told_who_the_role_is_and_no_line_is_retrieved(dataset: Path, recipe: str) -> None:
    talks: list[Talk] = list(RECIPES[recipe].read(dataset, "train", SYSTEM))
    assert talks
    assert {talk.system for talk in talks} == {SYSTEM}
    assert {talk.demonstrations for talk in talks} == {()}
    assert {talk.split for talk in talks} == {"train"}


def test_a_next_line_is_an_exchange_of_the_work_by_itself(dataset: Path) -> None:
    found = [talk.turns for talk in next_lines(dataset, "train", SYSTEM)]
    assert [[(each.question, each.answer) for each in turns] for turns in found] == [[each] for each in ORIGINAL]
