"""A general row holds where the store has its answers, and not otherwise."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dramaturg.exchanges import find_exchanges
from dramaturg.generate.instructions import Instruction
from dramaturg.generate.profile import Profile
from dramaturg.generate.rolegpt import Planned, plan_answers, read_answers
from dramaturg.llm.request import read_reply
from dramaturg.publish.rolebench import general_rows
from dramaturg.verify.generated import SpokenLines, general_faults, read_stored
from tests.characters import character, scene
from tests.endpoint import completion

SCENES = [
    scene(0, ("Ann Pike", "Where is the egg?"), ("Ned Tull", "In the boat.")),
    scene(1, ("Ann Pike", "Do you sleep?"), ("Ned Tull", "Like a stone."), ("Ned Tull", "A wet one.")),
    scene(2, ("Ann Pike", "Who rang?"), ("Ann Pike", "Nobody?")),
]
ASKED = Instruction("en-1", "How do I boil an egg?", "knowledge", "Seven minutes.")
SAID = [
    'Ned Tull: "Seven minutes, as \\nu and \\theta will have it."',
    "<think>An egg. He rows.</think>Ask my mother.\n\nI only row.",
    "Put it in hot water, {and} wait.",
]
LINES = SpokenLines(
    (line.source, line.start, line.end, line.content) for each in SCENES for line in each.utterances if line.is_speech
)
Row = dict[str, Any]


def planned() -> list[Planned]:
    exchanges, _ = find_exchanges(SCENES, "Ned Tull")
    return plan_answers(character("en"), Profile("You row."), exchanges, [ASKED], "few_shot_dialogue", 3, None)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store as the engine leaves it, with three answers to the instruction."""
    path = tmp_path / "requests.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE responses (key TEXT, request TEXT, response TEXT, prompt TEXT, model TEXT)")
        for plan, said in zip(planned(), SAID, strict=True):
            request = plan.request
            told = (request.key("e", "m"), request.as_json(), completion(said, "m"), request.prompt, "m")
            database.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?)", told)
        database.commit()
    return path


def row() -> Row:
    outcomes = [
        read_reply(plan.request, plan.request.key("e", "m"), "m", completion(said, "m"))
        for plan, said in zip(planned(), SAID, strict=True)
    ]
    answers = read_answers(character("en"), planned(), [each for each in outcomes if each is not None])
    (made,) = general_rows(answers, character("en"), {"novel.txt": "CC0-1.0"})
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def faults(store: Path, row: Row) -> list[str]:
    return list(general_faults(row, read_stored(store, row["requests"]), LINES))


def test_a_row_of_what_the_model_said_holds(store: Path) -> None:
    made = row()
    assert made["generated"][:2] == [
        "Seven minutes, as \\nu and \\theta will have it.",
        "Ask my mother.\n\nI only row.",
    ]
    assert len(made["context"]) == 5
    assert faults(store, made) == []


def test_fewer_answers_than_were_given_are_no_fault(store: Path) -> None:
    made = row()
    del made["generated"][1], made["requests"][1]
    assert faults(store, made) == []


def _swap(row: Row) -> None:
    row["requests"].reverse()


def _drop_answer(row: Row) -> None:
    del row["generated"][0]


def _ask_once(row: Row) -> None:
    row["requests"][1] = row["requests"][0]
    row["generated"][1] = row["generated"][0]


def _lose_request(row: Row) -> None:
    row["requests"][2] = "0" * 32


def _say_otherwise(row: Row) -> None:
    row["generated"][1] = "Ask my father."


def _show_more(row: Row) -> None:
    line = SCENES[2].utterances[0]
    row["context"].append({"source": line.source, "start": line.start, "end": line.end})


def _show_nothing(row: Row) -> None:
    row["context"][0]["end"] -= 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_swap, "the model did not say"),
        (_drop_answer, "it has 2 answers to 3 requests"),
        (_ask_once, "it has 3 answers to 2 requests"),
        (_lose_request, "is not in the store"),
        (_say_otherwise, "the model did not say 'Ask my father.'"),
        (_show_more, "the model was not shown novel.txt 20000:"),
        (_show_nothing, "holds no line of the script"),
        (lambda row: row.update(generated=[], requests=[]), "it has 0 answers"),
        (lambda row: row.update(generated=["", *row["generated"][1:]]), "the model did not say ''"),
        (lambda row: row.update(question="How do I fry an egg?"), "the model was not asked this question"),
        (lambda row: row.update(question="How do I fry an egg?"), "its id is not that of its question"),
        (lambda row: row.update(id="0" * 16), "its id is not that of its question"),
        (lambda row: row.update(role="Ann Pike"), "its id is not that of its question"),
        (lambda row: row.update(mode="zero_shot_prompt"), "it is 'zero_shot_prompt' with 5 passages"),
        (lambda row: row.update(mode="many_shot"), "it is 'many_shot'"),
        (lambda row: row.update(model="a-better-model"), "its model or prompt is not that of its request"),
        (lambda row: row.update(prompt="profile@1"), "its model or prompt is not that of its request"),
        (lambda row: row.update(instruction_id=""), "its instruction has no id"),
    ],
)
def test_a_changed_row_is_caught(store: Path, change: Any, told: str) -> None:
    made = row()
    change(made)
    assert any(told in fault for fault in faults(store, made))
