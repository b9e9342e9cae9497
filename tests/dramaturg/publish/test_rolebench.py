from dramaturg.generate.context_instruct import Triplet
from dramaturg.publish import chatharuhi, rolebench
from dramaturg.publish.card import Part, Writer, render_card
from dramaturg.script import Span
from tests.characters import character

SCENE, LINE = Span("novel.txt", 0, 90), Span("novel.txt", 10, 30)
OF_SCRIPT = Triplet("q?", "high", "r", "a.", "script_based", "m", "p@2", "k", 1, (SCENE,), (LINE,))
CORRECTION = Triplet("q?", "low", "r", "No.", "script_agnostic", "m", "p@1", "k", 0, ())


def test_a_row_names_the_lines_that_its_answer_rests_on() -> None:
    (row,) = rolebench.rows([OF_SCRIPT], character("en"), {"novel.txt": "MIT"})
    assert row["context"] == [{"source": "novel.txt", "start": 0, "end": 90}]
    assert row["lines"] == [{"source": "novel.txt", "start": 10, "end": 30}]
    assert row["licence"] == "MIT"


def test_both_configs_have_rolebenchs_columns_first_and_ids_of_their_own() -> None:
    assert rolebench.SCHEMA.names[:4] == ["role", "question", "generated", "type"]
    (row,), (other,) = (
        rolebench.rows([CORRECTION], character("en"), {}, config) for config in (rolebench.CONFIG, rolebench.BOUNDARY)
    )
    assert row["id"] != other["id"]
    assert {**row, "id": ""} == {**other, "id": ""}
    assert list(other) == rolebench.SCHEMA.names
    assert (other["confidence"], other["lines"]) == ("low", [])


def test_the_card_names_every_column_of_both() -> None:
    parts = {config: {"train": Part(2, "0")} for config in (chatharuhi.CONFIG, rolebench.CONFIG, rolebench.BOUNDARY)}
    writers = [Writer("m", "p@1", 5, is_small=False)]
    card = render_card(character("en"), parts, [], [], writers)
    for config in (rolebench.CONFIG, rolebench.BOUNDARY):
        section = card.split(f"## `{config}`")[1].split("\n## ")[0]
        named = [
            name for row in section.splitlines() if row.startswith("| `") for name in row.split("`")[1].split(", ")
        ]
        assert sorted(named) == sorted(rolebench.SCHEMA.names)
    assert "and all of `role_specific` and `knowledge_boundary`, were written by a language model" in card


def test_the_card_is_silent_of_a_config_that_is_not_there() -> None:
    parts = {config: {"train": Part(2, "0")} for config in (chatharuhi.CONFIG, rolebench.CONFIG)}
    card = render_card(character("en"), parts, [], [], [Writer("m", "p@1", 3, False)])
    assert "knowledge_boundary" not in card
    assert "and all of `role_specific`, were written by a language model" in card
