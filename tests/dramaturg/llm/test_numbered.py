"""Answers by number are read however a model writes them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.llm.numbered import read_numbered

TWO = {3: "John Watson", 12: "Mrs O'Dowd"}


@pytest.mark.parametrize(
    "text",
    [
        '{"3": "John Watson", "12": "Mrs O\'Dowd"}',
        '```json\n{"3": "John Watson",\n "12": "Mrs O\'Dowd"}\n```',
        'Here you are: {"3": "John Watson", "12": "Mrs O\'Dowd",} I hope that helps.',
        '<think>{"3": "Mrs Vane"} or rather</think>{"3": "John Watson", "12": "Mrs O\'Dowd"}',
        '{"[[3]]": "John Watson", "[[12]]": "Mrs O\'Dowd"}',
        '{"answers": {"3": "John Watson", "12": "Mrs O\'Dowd"}}',
        '[{"3": "John Watson"}, {"12": "Mrs O\'Dowd"}]',
        '[{"number": 3, "speaker": "John Watson"}, {"number": 12, "speaker": "Mrs O\'Dowd"}]',
        '{"items": [{"quote": "3", "speaker": "John Watson"}, {"quote": "12", "speaker": "Mrs O\'Dowd"}]}',
        '{"3": {"reason": "she called him", "speaker": "John Watson"}, "12": ["Mrs O\'Dowd"]}',
        '[[3, "John Watson"], [12, "Mrs O\'Dowd"]]',
        "{3: “John Watson”， 12： “Mrs O'Dowd”}",
        '{"3": "John Watson" "12": "Mrs O\'Dowd"}',
        "{3: John Watson, 12: Mrs O'Dowd}",
        "3: John Watson\n12: Mrs O'Dowd",
        "[[3]] John Watson\n[[12]] Mrs O'Dowd",
        "- **3**: John Watson.\n- **12**: Mrs O'Dowd.",
        "3. John Watson\n12. Mrs O'Dowd",
        "Quote 3 → John Watson\nQuote 12 → Mrs O'Dowd",
    ],
)
def test_numbers_and_names_are_read_from(text: str) -> None:
    assert read_numbered(text) == TWO


@pytest.mark.parametrize(
    "text",
    [
        '{"3": "韦小宝", "12": "柳三娘"}',
        "{“3”：“韦小宝”，“12”：“柳三娘”}",
        "3：韦小宝\n12：柳三娘",
        "第3句：韦小宝\n第12句：柳三娘",
    ],
)
def test_chinese_answers_are_read_from(text: str) -> None:
    assert read_numbered(text) == {3: "韦小宝", 12: "柳三娘"}


@pytest.mark.parametrize("text", ["", "I would rather not.", "{}", "[[", "{" * 5000, "[Holmes]", "null"])
def test_what_answers_nothing_gives_nothing(text: str) -> None:
    assert read_numbered(text) == {}


def test_null_is_an_answer_and_the_last_of_two_counts() -> None:
    assert read_numbered('{"3": null}') == {3: ""}
    assert read_numbered('Perhaps {"3": "Holmes"}. No: {"3": "Watson"}') == {3: "Watson"}


@pytest.mark.parametrize(
    "text", ['{"3": "John Watson", "12": "Mrs', '{"3": "John Watson", "1', "3: John Watson\n12: Mrs"]
)
def test_an_answer_that_was_cut_off_gives_what_is_whole(text: str) -> None:
    assert read_numbered(text, is_cut=True) == {3: "John Watson"}


@given(
    st.dictionaries(st.integers(0, 99_999), st.text("abcdefgh韦小宝 ", min_size=1).filter(lambda each: each.strip()))
)
def test_whatever_is_written_as_json_is_read(said: dict[int, str]) -> None:
    text = json.dumps({str(number): name for number, name in said.items()})
    assert read_numbered(text) == {number: name.strip() for number, name in said.items()}


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    read_numbered(text)
