"""What is asked: the rows of a dataset's test, and a line's scene before it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dramaturg.errors import InputError
from dramaturg.evaluate.answers import read_answers, requests_of
from dramaturg.evaluate.questions import Question, Role, read_questions
from dramaturg.generate.profile import given_profile
from tests.characters import character

NED = character("en")
ROLE = Role("ned", NED, given_profile(NED))
ROLES = {"ned": ROLE}
NAME = NED.name


def write(folder: Path, config: str, split: str, *rows: dict[str, Any]) -> None:
    path = folder / config / f"{split}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def turn(role: str, content: str, start: int, kind: str = "speech") -> dict[str, Any]:
    return {"role": role, "kind": kind, "content": content, "start": start, "end": start + 5}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    general = {"id": "g1", "question": "Sing.", "generated": ["La.", "Lo.", "Baseline."], "raw": "A song."}
    write(tmp_path, "general", "test", general, {**general, "id": "g2", "question": "Hum.", "raw": " "})
    write(tmp_path, "general", "train", {**general, "id": "g3", "question": "Train."})
    specific = {"id": "s1", "question": "Who?", "generated": ["I."], "type": "script_based"}
    write(tmp_path, "role_specific", "test", specific)
    write(tmp_path, "knowledge_boundary", "test", {"id": "b1", "question": "Your twin?", "generated": ["I have none."]})
    write(
        tmp_path,
        "scenes",
        "test",
        {
            "source": "novel.txt",
            "turns": [
                turn("narrator", "It rained.", 10, "narration"),
                turn(NAME, "Wet.", 20),
                turn("narrator", "said Ned.", 25, "narration"),
                turn(NAME, "Very.", 30),
                turn("Ann Pike", "So it is.", 40),
                turn(NAME, "Come in.", 50),
            ],
        },
    )
    line = {
        "id": "c1",
        "user_role": "Ann Pike",
        "user_question": "「So it is.」",
        "agent_response": "「Come in.」",
        "response_source": "original",
        "spans": [{"turn": 0, "source": "novel.txt", "start": 40}, {"turn": 1, "source": "novel.txt", "start": 50}],
    }
    write(tmp_path, "chatharuhi", "test", line, {**line, "id": "c2", "response_source": "generated", "spans": []})
    return tmp_path


def test_the_test_rows_of_each_kind_are_asked(dataset: Path) -> None:
    found = read_questions(dataset, ROLE)
    assert [(each.id, each.kind) for each in found] == [
        ("g1", "general"),
        ("g2", "general"),
        ("s1", "script_based"),
        ("b1", "knowledge_boundary"),
        ("c1", "story"),
    ]


def test_the_last_of_several_answers_is_the_baseline_and_no_reference(dataset: Path) -> None:
    first, second, *_ = read_questions(dataset, ROLE)
    assert first.references == ("La.", "Lo.")
    assert (first.raw, second.raw) == ("A song.", None)


def test_a_line_is_asked_for_by_its_scene_up_to_it(dataset: Path) -> None:
    asked = read_questions(dataset, ROLE)[-1]
    assert asked.turns == (
        {"role": "user", "content": "narrator:It rained."},
        {"role": "assistant", "content": "Wet. Very."},
        {"role": "user", "content": "Ann Pike:「So it is.」"},
    )
    assert asked.references == ("Come in.",)
    assert "Come in." not in str(asked.turns)


def test_an_unseen_role_of_a_benchmark_has_its_train_rows_asked_too(dataset: Path) -> None:
    found = {each.id: each.of for each in read_questions(dataset, ROLE, is_unseen=True, is_benchmark=True)}
    assert found["g1"] == ("instruction", "role")
    assert found["g3"] == ("role",)


def test_a_dataset_without_generated_rows_has_its_lines_alone(dataset: Path) -> None:
    for config in ("general", "role_specific", "knowledge_boundary"):
        (dataset / config / "test.parquet").unlink()
    assert [each.kind for each in read_questions(dataset, ROLE)] == ["story"]


def test_every_model_gets_the_roles_prompt_and_too_long_a_scene_is_left_out(dataset: Path) -> None:
    requests = requests_of(ROLES, read_questions(dataset, ROLE))
    assert {request.messages[0]["role"] for request in requests} == {"system"}
    assert all(NAME in request.messages[0]["content"] for request in requests)
    assert {request.temperature for request in requests} == {0.0}
    shorter = requests[-1].shorter
    assert shorter is not None
    short = shorter()
    assert short is not None
    assert [message["content"] for message in short.messages[1:]] == ["Ann Pike:「So it is.」"]


# --- answers in a file --------------------------------------------------------------------------------------


def given(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_answers_are_known_by_id_or_by_question(dataset: Path, tmp_path: Path) -> None:
    path = given(
        tmp_path,
        '{"id": "g1", "answer": "La la."}',
        '{"question": "Who? ", "response": "Ned."}',
        f'{{"role": "{NAME}", "question": "Hum.", "generated": ["Hm.", "Hmm."]}}',  # RoleBench's own rows
        '{"id": "c1", "answer": null}',
        '{"id": "g1", "answer": "Again."}',
        '{"id": "nobody", "answer": "?"}',
        '{"role": "Moll", "question": "Sing.", "answer": "Not hers."}',
    )
    found = read_answers(path, read_questions(dataset, ROLE), ROLES)
    assert {key[1]: answer for key, answer in found.found.items()} == {
        "g1": "La la.",
        "s1": "Ned.",
        "g2": "Hm.",
        "c1": "",
    }
    assert (found.unknown, found.again) == (2, 1)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "answers.jsonl:2"),
        ('["g1"]', "no row such as"),
        ('{"answer": "x"}', "no id and no question"),
        ('{"id": "g1", "text": "x"}', "no answer: there are id, text"),
        ('{"id": "g1", "answer": 3}', "answer is no text"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    asked = Question("g1", "ned", "general", "Sing.", ({"role": "user", "content": "Sing."},), (), None)
    with pytest.raises(InputError, match=complaint):
        read_answers(given(tmp_path, '{"id": "g1", "answer": "x"}', line), [asked], ROLES)
