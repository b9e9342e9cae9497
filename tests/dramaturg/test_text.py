import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.text import count_tokens, join_pieces, located_words, unwrap, words


def test_tokens_are_cl100ks() -> None:
    assert count_tokens("hello world") == 2  # OpenAI's published example: 15339, 1917
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("") == 0


def test_counting_needs_no_network_and_leaves_the_environment_alone() -> None:
    code = (
        "import os, socket; socket.socket = None\n"
        "from dramaturg.text import count_tokens\n"
        "assert count_tokens('台词') > 0 and 'TIKTOKEN_CACHE_DIR' not in os.environ"
    )
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


@given(st.lists(st.text("一二。，」* x1", min_size=1), min_size=1))
def test_the_tokens_of_lines_add_up(lines: list[str]) -> None:
    lines = [f"角色:「{line}」\n" for line in lines]
    assert count_tokens("".join(lines)) == sum(map(count_tokens, lines))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("一行\n　　又一行", "zh", "一行又一行"),
        ("one line\r\n  another", "en", "one line another"),
        ("one line  \n\n another", "en", "one line another"),
        ("two  spaces stay", "en", "two  spaces stay"),
    ],
)
def test_a_line_break_becomes_a_space_and_in_chinese_nothing(text: str, language: str, expected: str) -> None:
    assert unwrap(text, language) == expected


def test_pieces_are_joined_with_a_space_and_in_chinese_with_nothing() -> None:
    assert join_pieces(["你来，", "坐下。"], "zh") == "你来，坐下。"
    assert join_pieces(["Come in,", "and sit down."], "en") == "Come in, and sit down."


@given(st.text())
def test_words_are_where_they_are_said_to_be(text: str) -> None:
    located = located_words(text)
    assert [word for word, _, _ in located] == words(text)
    assert all(text[start:end].lower() == word for word, start, end in located)
