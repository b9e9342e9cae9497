"""Files of rows that others wrote: what stands where in them, and what is told of what cannot be read."""

import json
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import InputError
from dramaturg.row_files import FileRow, file_rows, rows_and_faults

ROWS = [{"text": "钟", "n": 1}, {"text": "bell", "n": None}]


def file_of(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        list(file_rows(path))
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


def test_json_lines_json_and_parquet_are_the_same_rows(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    file_of(tmp_path, "a.json", json.dumps(ROWS).encode())
    file_of(tmp_path, "a.jsonl", b"\n".join(map(orjson.dumps, ROWS)))
    places = {".parquet": ", row {}", ".json": ", item {}", ".jsonl": ":{}"}
    for suffix, place in places.items():
        assert list(file_rows(tmp_path / f"a{suffix}")) == [
            FileRow(place.format(number), number, row) for number, row in enumerate(ROWS, 1)
        ]


def test_lines_keep_their_numbers_where_some_are_empty(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"a": 1}\r\n\n \t\n[2]')
    assert [(row.number, row.content) for row in file_rows(path)] == [(1, {"a": 1}), (4, [2])]


def test_json_that_is_no_list_is_one_row(tmp_path: Path) -> None:
    assert [row.content for row in file_rows(file_of(tmp_path, "a.json", b'{"a": [1]}'))] == [{"a": [1]}]


def test_what_python_calls_no_number_is_none(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a.jsonl", b'{"a": NaN, "b": -Infinity}')
    assert [row.content for row in file_rows(path)] == [{"a": None, "b": None}]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a": \n', 'a.jsonl:2: not JSON: {"a":'),
        ("a.jsonl", b'{"a": "\\ud800"}\n', "a.jsonl:1: not JSON"),
        ("a.jsonl", b"[" * 100_000, "a.jsonl:1: not JSON"),
        ("a.jsonl", '{"a": "钟"}\n'.encode("gb18030"), "a.jsonl:1: not in UTF-8: save it so"),
        ("a.json", b"no", "a.json: not JSON: no"),
        ("a.json", b"\xff", "a.json: not in UTF-8"),
        ("a.parquet", b"PAR1 and nothing else", "a.parquet: not Parquet: "),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    assert f"{tmp_path}/{told}" in refusal(file_of(tmp_path, name, content))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.jsonl") == f"{tmp_path}/a.jsonl: there is no such file"
    (tmp_path / "b.json").mkdir()
    assert refusal(tmp_path / "b.json") == f"{tmp_path}/b.json: there is no such file"


def test_whoever_wants_faults_has_them_in_their_places_with_the_line(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a.jsonl", b'{"a": 1}\nno\n{"a": 2}\n')
    found: list[Any] = [(row.content, row.fault) for row in rows_and_faults(path)]
    assert found == [({"a": 1}, None), ("no", "not JSON: no"), ({"a": 2}, None)]


@given(content=st.binary(max_size=60) | st.text('{}[]":,a \n1', max_size=60).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_told(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for suffix in ("jsonl", "json", "parquet"):
        path = file_of(tmp_path_factory.getbasetemp(), f"any.{suffix}", content)
        try:
            orjson.dumps([row.content for row in file_rows(path)])
        except InputError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017
