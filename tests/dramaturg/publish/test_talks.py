"""A dataset's rows as talks: what follows what, what is shown before it, and whose it is."""

from pathlib import Path

import pytest

from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile
from dramaturg.publish.talks import Talk, read_originals, read_talks, system_prompt
from dramaturg.text import Language
from tests.characters import character, scene
from tests.talks import dataset_of, question, synthesized

NED, ANN, BO = "Ned Tull", "Ann Pike", "Bo Marsh"


def said(talk: Talk) -> list[tuple[str, str]]:
    return [(each.question, each.answer) for each in talk.turns]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two scenes of train and one of test, and of each other config a row or two."""
    told = {
        "train": [
            scene(0, (ANN, "Where is the bell?"), (NED, "In the river, I think."), (BO, "He lies."), (ANN, "Does he?"),
                  (NED, "He always does."), (BO, "Never!")),
            scene(1, (ANN, "Who rang it last?"), (NED, "The wind rang it.")),
        ],
        "test": [scene(2, (BO, "And the rope?"), (NED, "Sold for a song."))],
    }  # fmt: skip
    rows = {
        ("chatharuhi", "train"): [
            synthesized("s1", NED, (ANN, "A pie?"), (NED, "Two."), (ANN, "Why two?"), (NED, "One is lonely."))
        ],
        ("role_specific", "train"): [question("q1", "Where is the river?", "Behind the mill.")],
        ("general", "train"): [question("g1", "What is tea?", "Hot leaves.", "Leaves in trouble.")],
        ("knowledge_boundary", "test"): [question("b1", "Why did you sink the mill?", "The mill stands.")],
    }
    return dataset_of(tmp_path / "dataset", character("en"), told, rows)


def test_what_follows_in_a_scene_is_one_talk_with_everybody_named(dataset: Path) -> None:
    first, second, *_ = read_talks(dataset, "train")
    assert said(first) == [
        (f"{ANN}:「Where is the bell?」", "In the river, I think."),
        (f"{BO}:「He lies.」\n{ANN}:「Does he?」", "He always does."),
    ]
    assert len(first.rows) == 2
    assert first.id == first.rows[0]
    assert said(second) == [(f"{ANN}:「Who rang it last?」", "The wind rang it.")]


def test_a_spoken_line_that_is_in_no_row_parts_two_talks(tmp_path: Path) -> None:
    lines = [(ANN, "Where is it?"), (NED, "Gone."), (ANN, "And she?"), (NED, "Ann, hush. Gone too.")]
    role = character("en", cast=[{"name": ANN}, {"name": BO}])
    whole = dataset_of(tmp_path / "whole", role, {"train": [scene(0, *lines)]})
    assert len(list(read_talks(whole, "train"))) == 1
    parted = [*lines[:2], (BO, "I saw it."), (None, "Somebody did."), *lines[2:]]
    dataset = dataset_of(tmp_path / "parted", role, {"train": [scene(0, *parted)]})  # type: ignore[arg-type]
    assert len(list(read_talks(dataset, "train"))) == 2


def test_a_generated_dialogue_is_told_to_its_end(dataset: Path) -> None:
    (talk,) = [each for each in read_talks(dataset, "train") if each.id == "s1"]
    assert said(talk) == [(f"{ANN}:「A pie?」", "Two."), (f"{ANN}:「Why two?」", "One is lonely.")]


def test_single_turns_are_a_row_each(dataset: Path) -> None:
    talks = list(read_talks(dataset, "train", is_single_turn=True, configs=["chatharuhi"]))
    assert [len(talk.turns) for talk in talks] == [1, 1, 1, 1]
    assert said(talks[1]) == [(f"{ANN}:「Does he?」", "He always does.")]
    assert [talk.rows for talk in talks] == [(talk.id,) for talk in talks]


def test_each_of_several_answers_is_a_talk_and_each_id_is_once(dataset: Path) -> None:
    talks = list(read_talks(dataset, "train"))
    assert [(talk.id, talk.rows, said(talk)) for talk in talks if talk.config == "general"] == [
        ("g1", ("g1",), [("What is tea?", "Hot leaves.")]),
        ("g1-1", ("g1",), [("What is tea?", "Leaves in trouble.")]),
    ]
    assert len({talk.id for talk in talks}) == len(talks)


def test_a_split_has_its_own_rows_and_configs_can_be_chosen(dataset: Path) -> None:
    assert [talk.config for talk in read_talks(dataset, "test")] == ["chatharuhi", "knowledge_boundary"]
    assert [talk.config for talk in read_talks(dataset, "train", configs=["role_specific"])] == ["role_specific"]


def test_demonstrations_are_originals_of_train_and_never_the_talks_own(dataset: Path) -> None:
    originals = {each.said: each.id for each in read_originals(dataset, 9)}
    assert "Sold for a song." not in {each.answer for each in originals}
    for split in ("train", "test"):
        for talk in read_talks(dataset, split, demonstrations=9):
            shown = [originals[each] for each in talk.demonstrations]
            assert len(shown) == 3 - len(set(talk.rows) & set(originals.values()))
            assert not set(shown) & set(talk.rows)


def test_more_demonstrations_are_the_same_and_others(dataset: Path) -> None:
    for few, many in zip(
        read_talks(dataset, "train", demonstrations=1), read_talks(dataset, "train", demonstrations=2), strict=True
    ):
        assert many.demonstrations[:1] == few.demonstrations


def test_what_is_too_short_to_show_the_manner_comes_last(tmp_path: Path) -> None:
    told = {
        "train": [scene(n, (ANN, "Where is the bell?"), (NED, "No." if n < 3 else "In the river.")) for n in range(5)]
    }
    dataset = dataset_of(tmp_path, character("en"), told)
    assert [each.answer for each in read_originals(dataset, 9)] == ["In the river."] * 2 + ["No."] * 3
    assert len(read_originals(dataset, 1)) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_system_prompt_says_who_the_role_is(language: Language) -> None:
    role = character(language, personality_note="{{ role }} {% raw %}")
    prompt = system_prompt(role, Profile("<script>", (Catchphrase("{{user}}", 3),)))
    for text in (role.name, role.work, "<script>", "{{user}}", "{{ role }} {% raw %}"):
        assert text in prompt
    assert "<script>" not in system_prompt(role, None)
