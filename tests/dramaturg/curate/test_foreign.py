"""Datasets made elsewhere are read as what is said in them, and written back as they came."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dramaturg.curate.foreign import ForeignRow, language_of, read_rows
from dramaturg.errors import InputError

CHATHARUHI = {
    "user_role": "柳娘",
    "user_question": "「钟呢？」",
    "agent_role": "顾十三",
    "agent_response": "「在河里。」",
    "question_source": "story",
    "more_dialogues": ["柳娘:「谁丢的？」", "顾十三:「我。」"],
    "agent_role_name_en": "gushisan",
}
ROLEBENCH = {"role": "Ned", "question": "Where is it?", "generated": ["In the river.", "Gone."], "type": "script_based"}
MESSAGES = {
    "character": "Ned",
    "messages": [
        {"role": "system", "content": "You are Ned."},
        {"role": "assistant", "content": "Evening."},
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": "In the river."},
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": "Me.", "weight": 1},
    ],
}


def rows_of(tmp_path: Path, *given: Any) -> list[Any]:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in given), encoding="utf-8")
    return list(read_rows(path))


def test_each_form_is_read_as_what_is_said_in_it(tmp_path: Path) -> None:
    chatharuhi, rolebench, messages = rows_of(tmp_path, CHATHARUHI, ROLEBENCH, MESSAGES)
    assert chatharuhi == ForeignRow(
        *(1, CHATHARUHI, "柳娘", "顾十三", "gushisan", "钟呢？", ("在河里。",)),
        more=(("柳娘", "谁丢的？"), ("顾十三", "我。")),
    )
    assert rolebench == ForeignRow(
        *(2, ROLEBENCH, "user", "Ned", None, "Where is it?", ("In the river.", "Gone.")), more=()
    )
    assert messages == ForeignRow(
        *(3, MESSAGES, "user", "Ned", None, "Where is it?", ("In the river.",)),
        more=(("user", "Who?"), ("Ned", "Me.")),
    )


@pytest.mark.parametrize("given", [CHATHARUHI, ROLEBENCH, MESSAGES])
def test_what_nobody_changed_is_written_as_it_came(tmp_path: Path, given: dict[str, Any]) -> None:
    (row,) = rows_of(tmp_path, given)
    assert row.written() == given


def test_a_type_that_is_a_list_is_written_as_a_text(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, {**ROLEBENCH, "type": ["script_based"]})
    assert row.written() == ROLEBENCH


@pytest.mark.parametrize(
    "given",
    [
        "no JSON",
        [1],
        {"text": "a"},
        {**CHATHARUHI, "agent_response": None},
        {**ROLEBENCH, "generated": []},
        {**ROLEBENCH, "generated": [3]},
        {"messages": []},
        {"messages": [{"role": "user", "content": "Hello?"}]},
        {"messages": [{"role": "assistant", "content": "Hello."}]},
        {"messages": "none"},
    ],
)
def test_what_is_no_row_comes_back_with_its_number(tmp_path: Path, given: Any) -> None:
    sound, other = rows_of(tmp_path, ROLEBENCH, given)
    assert isinstance(sound, ForeignRow)
    assert other == (2, given)


def test_parquet_and_a_list_of_json_are_read_too(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([CHATHARUHI]), tmp_path / "rows.parquet")
    (tmp_path / "rows.json").write_text(json.dumps([CHATHARUHI]), encoding="utf-8")
    for name in ("rows.parquet", "rows.json"):
        assert [row.question for row in read_rows(tmp_path / name) if isinstance(row, ForeignRow)] == ["钟呢？"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("rows.json", b"no"), ("rows.parquet", b"no"), ("none.jsonl", None)],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        list(read_rows(tmp_path / name))


def test_the_language_is_that_of_most_words() -> None:
    assert [language_of(text) for text in ("你好，Ned", "Hello, 你 Ned", "", "12")] == ["zh", "en", "en", "en"]
