"""RoleBench's figures, against values that were worked out by hand."""

from pathlib import Path
from typing import Any

import pytest

from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.publish.dataset import write_config
from dramaturg.publish.statistics import (
    Count,
    Lengths,
    RoleDataset,
    Sample,
    count_samples,
    questions,
    rolebench_samples,
    statistics,
)
from dramaturg.publish.tables import table_1
from dramaturg.publish.verbs import verb_nouns
from dramaturg.publish.voices import Act, Speaker, Talk, count_voices

GENERAL = [
    {"role": "Ned", "question": "Boil an egg.", "generated": ["In the sea.", "No."]},
    {"role": "Moll", "question": "Boil an egg.", "generated": ["Ask my mother, he can't."]},
    {"role": "Moll", "question": "Name a bird, please!", "generated": ["Owl."]},
]
SPECIFIC = [
    {"role": "Ned", "question": "Who rang?", "generated": ["I did."], "type": "script_based"},
    {"role": "Moll", "question": "Who rang?", "generated": "Ned did.", "type": ["script_agnostic"]},
    {"role": "Moll", "question": "Who rang?", "generated": ["Ned."], "type": "script_agnostic"},
]
CHINESE = [{"role": "顾十三", "question": "你煮蛋，会吗？", "generated": ["不会。", "OK，会。"]}]


def samples() -> list[Sample]:
    return [
        *rolebench_samples(GENERAL, "en"),
        *rolebench_samples(SPECIFIC, "en", "test"),
        *rolebench_samples(CHINESE, "zh"),
    ]


def test_samples_and_instructions_are_those_of_rolebenchs_rows() -> None:
    found = count_samples(samples())
    assert list(found) == ["general", "role_specific"]
    assert found["general"]["en"].count == Count(samples=3, instructions=2)
    assert found["general"]["zh"].count == Count(1, 1)
    assert found["role_specific"]["en"].count == Count(3, 2)
    assert found["role_specific"]["en"].groups == {"script_agnostic": Count(2, 1), "script_based": Count(1, 1)}
    assert found["role_specific"]["en"].splits == {"test": 3}


def test_lengths_are_in_english_words_and_chinese_characters_to_the_last_digit() -> None:
    found = count_samples(samples())
    asked, answered = found["general"]["en"].instruction_words, found["general"]["en"].response_words
    assert asked.by_length == ((3, 1), (4, 1))  # each instruction once
    assert answered.by_length == ((1, 2), (3, 1), (5, 1))
    assert (asked.mean, answered.mean) == (3.5, 2.5)
    assert found["general"]["zh"].instruction_words.by_length == ((5, 1),)
    assert found["general"]["zh"].response_words.by_length == ((2, 2),)  # OK is a word
    assert found["role_specific"]["en"].response_words.mean == (2 + 2 + 1) / 3


def test_a_quantile_is_the_least_length_that_so_many_do_not_exceed() -> None:
    lengths = Lengths(((1, 5), (2, 4), (90, 1)))
    assert [lengths.quantile(share) for share in (0.5, 0.51, 0.9, 0.95, 1)] == [1, 2, 2, 90, 90]
    assert (lengths.texts, lengths.words, lengths.mean) == (10, 103, 10.3)
    assert Lengths().mean is Lengths().quantile(0.5) is None
    assert lengths + Lengths(((0, 1), (2, 1))) == Lengths(((0, 1), (1, 5), (2, 5), (90, 1)))


def line(number: int, role: str | None, kind: str = "speech", sure: float = 1.0, act: int = 0) -> dict[str, Any]:
    return {
        "act_id": act,
        "diag_id": number,
        "role": role,
        "content": "Well.",
        "kind": kind,
        "source": "novel.txt",
        "start": number,
        "end": number + 5,
        "speaker_confidence": sure,
        "method": "tag",
        "at": None,
        "id": str(number),
        "licence": "CC0-1.0",
    }


LINES = [
    line(0, "narrator", "narration"),
    line(1, "Ned", sure=1.0),
    line(2, "Moll", sure=0.5),
    line(3, "Ned", sure=0.75, act=1),
    line(4, None, sure=0.0, act=1),
    line(5, "Ned", "thought", act=1),
]


def test_who_speaks_how_surely_where_and_to_whom() -> None:
    scene = [line(0, "Ned"), line(1, "n", "narration"), line(2, "Moll"), line(3, "Moll"), line(4, "Ned"), line(5, None)]
    found = count_voices("Ned", LINES, [scene, scene[:3], [line(0, "Ned")]])
    assert found.lines == 4
    assert found.speakers == (Speaker("Ned", 2, 0.875), Speaker(None, 1, 0.0), Speaker("Moll", 1, 0.5))
    assert found.confidence == (1, 0, 0, 0, 0, 1, 0, 1, 0, 1)
    assert found.acts == (Act("novel.txt", 0, 2, 1), Act("novel.txt", 1, 2, 1))
    assert found.talks == (Talk("Ned", "Moll", 2), Talk("Moll", "Ned", 1))


def dataset(folder: Path, name: str = "Ned") -> RoleDataset:
    """A dataset of a role in which most configs have no row."""
    schema, test = rolebench.SCHEMA, {**dict.fromkeys(rolebench.SCHEMA.names), "context": [], "lines": []}
    for split, rows in (("train", SPECIFIC[:1]), ("test", SPECIFIC[2:])):
        write_config(folder, rolebench.CONFIG, schema, ({**test, **row} for row in rows), split)
    talk = dict.fromkeys(chatharuhi.SCHEMA.names) | {
        "user_question": "「Who rang?」",
        "agent_response": "「Not I, I think.」",
        "question_source": "story",
    }
    write_config(folder, chatharuhi.CONFIG, chatharuhi.SCHEMA, [talk])
    write_config(folder, scripts.SCRIPT, scripts.SCRIPT_SCHEMA, LINES)
    played = dict.fromkeys(scenes.SCHEMA.names) | {"turns": [line(0, "Moll"), line(1, "Ned")]}
    write_config(folder, scenes.CONFIG, scenes.SCHEMA, [played])
    return RoleDataset(folder, name.lower(), name, "en", "The Bell", "novel", ("brave", "vain", "brave"))


def test_a_datasets_figures_are_counted_over_all_its_configs_and_both_splits(tmp_path: Path) -> None:
    found = statistics([dataset(tmp_path)], [("scenes", 1)])
    assert (found.roles, found.scripts, found.rounds) == ({"en": 1}, 1, 4)
    assert (found.categories, found.script_categories) == ({"brave": 1, "vain": 1}, {"novel": 1})
    assert found.of(rolebench.CONFIG).splits == {"train": 1, "test": 1}
    assert found.of(chatharuhi.CONFIG).groups == {"story": Count(1, 1)}
    assert found.of(chatharuhi.CONFIG).response_words.by_length == ((4, 1),)
    assert found.all.count == Count(3, 2)
    assert found.voices["ned"].talks == (Talk("Moll", "Ned", 1),)


def test_several_roles_are_counted_together(tmp_path: Path) -> None:
    found = statistics([dataset(tmp_path / "ned"), dataset(tmp_path / "moll", "Moll")])
    assert (found.roles, found.scripts, found.rounds) == ({"en": 2}, 1, 8)
    assert found.of(rolebench.CONFIG).count == Count(4, 2)
    assert found.categories == {"brave": 2, "vain": 2}


def test_the_table_is_rolebenchs() -> None:
    found = statistics([])
    table = [*table_1(found)]
    assert (0, "samples / instructions", "0 / 0") in table
    assert table[-1] == (0, "average response length (words)", "")


def test_the_table_tells_kinds_languages_and_groups(tmp_path: Path) -> None:
    assert [*table_1(statistics([dataset(tmp_path)]))] == [
        (0, "role categories", "2"),
        (0, "script categories", "1"),
        (0, "scripts", "1"),
        (0, "roles", "1"),
        (1, "in English", "1"),
        (0, "dialogue rounds (spoken lines)", "4"),
        (0, "samples / instructions", "3 / 2"),
        (1, "role-specific", "2 / 1"),
        (2, "in English", "2 / 1"),
        (2, "script-agnostic questions", "1 / 1"),
        (2, "script-based questions", "1 / 1"),
        (1, "dialogue", "1 / 1"),
        (2, "in English", "1 / 1"),
        (2, "the script's own", "1 / 1"),
        (0, "average instruction length (English words)", "2.00"),
        (0, "average response length (English words)", "2.33"),
    ]


def test_the_json_holds_every_figure(tmp_path: Path) -> None:
    told = statistics([dataset(tmp_path)], [("scenes", 1)]).to_json()
    assert told["roles"] == {"en": 1}
    assert told["funnel"] == [["scenes", 1]]
    assert told["all"]["count"] == {"samples": 3, "instructions": 2}
    words = told["samples"]["chatharuhi"]["en"]["response_words"]
    assert words == {"texts": 1, "words": 4, "mean": 4.0, "median": 4, "p95": 4, "longest": 4, "by_length": [[4, 1]]}
    assert told["voices"]["ned"]["talks"] == [{"speaker": "Moll", "to": "Ned", "times": 1}]


def test_what_is_said_to_a_role_is_no_instruction_where_there_are_others(tmp_path: Path) -> None:
    role = dataset(tmp_path)
    assert list(questions(role)) == ["Who rang?"]
    (tmp_path / rolebench.CONFIG / "train.parquet").unlink()
    (tmp_path / rolebench.CONFIG / "test.parquet").unlink()
    assert list(questions(role)) == ["「Who rang?」"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Tell me about the old brass lamp, Ned.", ("tell", "lamp")),
        ("Who was it that stole the harbour bell from you?", ("steal", "bell")),
        ("Would you kindly boil the eggs in sea water?", ("boil", "eggs")),
        ("She denied the charge.", ("deny", "charge")),
        ("Why did you stop it?", None),
        ("What is your answer to the letter?", None),
        ("", None),
    ],
)
def test_a_question_asks_for_its_first_verb_and_that_ones_object(question: str, found: tuple[str, str] | None) -> None:
    assert list(verb_nouns([question], "en")) == ([] if found is None else [found])
