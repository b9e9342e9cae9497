"""General answers as rows: an instruction each."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dramaturg.generate.instructions import Instruction
from dramaturg.generate.rolegpt import GeneralAnswer
from dramaturg.publish.card import Part, Writer, render_card
from dramaturg.publish.dataset import parquet_path, write_config
from dramaturg.publish.rolebench import CONFIG, GENERAL, GENERAL_SCHEMA, general_rows
from dramaturg.script import Span
from tests.characters import character

EGG = Instruction("en-1", "How do I boil an egg?", "knowledge", "Seven minutes.")
SLEEP = Instruction("en-2", "How do I sleep?", "open", None)
LICENCES = {"novel.txt": "CC0-1.0", "play.txt": "MIT"}
ONE, OTHER = Span("novel.txt", 0, 9), Span("play.txt", 3, 7)


def answer(instruction: Instruction, said: str, number: int, context: tuple[Span, ...] = (ONE,)) -> GeneralAnswer:
    mode = "few_shot_dialogue" if context else "zero_shot_prompt"
    return GeneralAnswer(
        instruction, said, number, False, mode, "m", "rolegpt@1", f"{instruction.id}-{number}", context
    )


def rows(*answers: GeneralAnswer) -> list[dict[str, Any]]:
    return list(general_rows(answers, character("en"), LICENCES))


def test_an_instruction_is_a_row_with_all_its_answers_in_order() -> None:
    first, second = rows(answer(EGG, "Ask my mother.", 0), answer(EGG, "I row.", 2), answer(SLEEP, "In a boat.", 1))
    assert first == {
        "role": "Ned Tull",
        "question": "How do I boil an egg?",
        "generated": ["Ask my mother.", "I row."],
        "id": first["id"],
        "instruction_id": "en-1",
        "category": "knowledge",
        "raw": "Seven minutes.",
        "context": [{"source": "novel.txt", "start": 0, "end": 9}],
        "model": "m",
        "prompt": "rolegpt@1",
        "mode": "few_shot_dialogue",
        "requests": ["en-1-0", "en-1-2"],
        "licence": "CC0-1.0",
        "quality": None,
        "edited": [],
    }
    assert (second["generated"], second["raw"]) == (["In a boat."], None)


def test_its_id_stays_however_many_answers_are_kept() -> None:
    (few,) = rows(answer(EGG, "Ask my mother.", 0))
    (more,) = rows(answer(EGG, "I row.", 1), answer(EGG, "Ask her.", 2))
    (other,) = rows(answer(SLEEP, "I row.", 1))
    assert few["id"] == more["id"] != other["id"]


def test_its_context_is_all_that_any_answer_was_shown_and_decides_its_licence() -> None:
    (row,) = rows(answer(EGG, "Ask my mother.", 0, (ONE, OTHER)), answer(EGG, "I row.", 1, (ONE,)))
    assert [passage["source"] for passage in row["context"]] == ["novel.txt", "play.txt"]
    assert row["licence"] == "CC0-1.0 AND MIT"


def test_what_was_shown_nothing_has_the_licence_of_all_sources() -> None:
    (row,) = rows(answer(EGG, "Ask my mother.", 0, ()))
    assert (row["context"], row["mode"], row["licence"]) == ([], "zero_shot_prompt", "CC0-1.0 AND MIT")


def test_the_rows_are_of_their_schema_and_begin_with_rolebenchs_columns(tmp_path: Path) -> None:
    made = rows(answer(EGG, "Ask my mother.", 0), answer(SLEEP, "In a boat.", 1))
    assert write_config(tmp_path, GENERAL, GENERAL_SCHEMA, made) == 2
    table = pq.read_table(tmp_path / parquet_path(GENERAL))
    assert table.to_pylist() == made
    assert table.column_names[:3] == ["role", "question", "generated"]


def card(*configs: str) -> str:
    parts = {config: {"train": Part(1, "0" * 64)} for config in configs}
    return render_card(character("en"), parts, [], [], [Writer("m", "rolegpt@1", 1, False)])


def test_the_card_names_every_column_of_general_rows() -> None:
    section = card("chatharuhi", GENERAL).split(f"## `{GENERAL}`")[1].split("\n## ")[0]
    named = {name for row in section.splitlines() if row.startswith("| `") for name in row.split("`")[1].split(", ")}
    assert named == set(GENERAL_SCHEMA.names)


def test_the_card_says_that_a_model_wrote_the_answers_where_there_are_any() -> None:
    assert f"and `{GENERAL}`, were written by a language model" in card("chatharuhi", CONFIG, GENERAL)
    assert GENERAL not in card("chatharuhi", CONFIG).split("## Rows")[0]
