import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import InputError
from dramaturg.generate.instructions import Instruction, load_instructions
from dramaturg.workspace import digest

ROWS: list[dict[str, Any]] = [
    {"id": "en-1", "category": "open", "text": "Write a toast for a wedding.", "raw": None},
    {
        "id": "en-2",
        "category": "knowledge",
        "text": "What is the boiling point of water?",
        "raw": "100 degrees Celsius.",
    },
]


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def one(tmp_path: Path, row: Any) -> Instruction:
    (instruction,) = load_instructions("en", written(tmp_path / "own.jsonl", row))
    return instruction


def test_a_file_of_the_projects_own_form_is_read(tmp_path: Path) -> None:
    rows = [
        {"id": "zh-001", "category": "open", "text": "写一段贺寿的话。", "raw": None},
        {"id": "zh-002", "category": "commonsense", "text": "下雨天出门要带什么？", "raw": "雨伞。"},
    ]
    assert load_instructions("zh", written(tmp_path / "zh.jsonl", *rows)) == [
        Instruction("zh-001", "写一段贺寿的话。", "open", None),
        Instruction("zh-002", "下雨天出门要带什么？", "commonsense", "雨伞。"),
    ]


@pytest.mark.parametrize(
    ("row", "text", "raw"),
    [
        ({"text": "Name a bird."}, "Name a bird.", None),
        ({"question": "Name a bird.", "answer": "A wren."}, "Name a bird.", "A wren."),
        (
            {"instruction": "Shorten this.", "input": "A long one.", "output": "One."},
            "Shorten this.\nA long one.",
            "One.",
        ),
        ({"instruction": "Name a bird.", "input": "", "output": ""}, "Name a bird.", None),
        ({"instruction": "Name a bird.", "text": "Instruction: Name a bird. Response: A wren."}, "Name a bird.", None),
    ],
)
def test_the_fields_may_be_called_as_others_call_them(
    tmp_path: Path, row: dict[str, str], text: str, raw: str | None
) -> None:
    assert one(tmp_path, row) == Instruction(digest(text)[:16], text, "open", raw)


def test_an_id_and_a_category_are_kept(tmp_path: Path) -> None:
    made = one(tmp_path, {"id": 7, "category": "brainstorming", "text": "Name a bird."})
    assert (made.id, made.category) == ("7", "brainstorming")


def test_an_instruction_that_comes_again_counts_once_and_the_first_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "own.jsonl", *ROWS, {"id": "x", "text": "Write  a toast\nfor a wedding. "})
    assert [each.id for each in load_instructions("en", path)] == ["en-1", "en-2"]


def _parquet(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    for number, row in enumerate(ROWS):
        pq.write_table(pa.Table.from_pylist([row]), folder / "data" / f"train-0000{number}-of-00002.parquet")
    return folder


def _saved(folder: Path) -> Path:
    from datasets import Dataset

    Dataset.from_list(ROWS).save_to_disk(str(folder))
    return folder


def _saved_splits(folder: Path) -> Path:
    from datasets import Dataset, DatasetDict

    splits = {"train": Dataset.from_list(ROWS[:1]), "test": Dataset.from_list(ROWS[1:])}
    DatasetDict(splits).save_to_disk(str(folder))
    return folder


@pytest.mark.parametrize("make", [_parquet, _saved, _saved_splits])
def test_a_dataset_of_others_is_read_where_it_lies(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    before = load_instructions("en", written(tmp_path / "own.jsonl", *ROWS))
    folder = make(tmp_path / "set")
    assert load_instructions("en", folder) == before


def test_a_parquet_file_is_read(tmp_path: Path) -> None:
    folder = _parquet(tmp_path / "set")
    (first, _) = sorted(folder.rglob("*.parquet"))
    assert [each.id for each in load_instructions("en", first)] == ["en-1"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"text": "Name a bird."}\n{"text": \n', "own.jsonl:2: not JSON"),
        (b"[]\n", "own.jsonl:1: give an object"),
        (b'{"said": "Name a bird."}\n', "own.jsonl:1: there is no text in it"),
        (b'{"text": " "}\n', "own.jsonl:1: there is no text in it"),
        (b'{"text": ["Name a bird."]}\n', "own.jsonl:1: text is no text"),
        (b'{"text": "Name a bird.", "answer": true}\n', "own.jsonl:1: answer is no text"),
        (b'{"text": "\\ud800"}\n', "own.jsonl:1: not JSON"),
        (b'{"text": "\xff"}\n', "own.jsonl:1: not in UTF-8"),
        (b"\n", "there is no instruction in it"),
        (b'{"id": 1, "text": "Name a bird."}\n\n{"id": "1", "text": "Name a fish."}\n', "own.jsonl:3: the id 1 is"),
        (
            '{"text": "说一种鸟。"}\n{"text": "说一种鱼。"}\n{"text": "A bird?"}\n'.encode(),
            "1 of 3 instructions are in",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        load_instructions("en", path)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def _empty(path: Path) -> None:
    path.mkdir()


def _broken_parquet(path: Path) -> None:
    path.mkdir()
    (path / "a.parquet").write_bytes(b"PAR1 and nothing else")


def _broken_save(path: Path) -> None:
    path.mkdir()
    (path / "state.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda _: None, "there is no"),
        (_empty, "there is no Parquet file"),
        (_broken_parquet, "a.parquet: not Parquet"),
        (_broken_save, "cannot be read"),
    ],
)
def test_a_folder_that_holds_nothing_to_read_is_told_in_one_line(
    tmp_path: Path, make: Callable[[Path], None], told: str
) -> None:
    make(tmp_path / "set")
    with pytest.raises(InputError) as raised:
        load_instructions("en", tmp_path / "set")
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@given(content=st.binary(max_size=60) | st.text('{}[]":,text \n1', max_size=60).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_told_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    try:
        load_instructions("en", path)
    except InputError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
