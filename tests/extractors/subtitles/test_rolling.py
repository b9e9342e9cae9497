"""Captions that roll show each row more than once, and are read once."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.extractors.subtitles.rendering import Said, apart, read, said, srt, vtt

ROWS = ["the lamp went out on friday", "for eight minutes i counted", ">> why did it", ">> the oil was low"]


def rolling(rows: list[str], *, tags: bool = True, between: bool = True) -> list[Said]:
    """Cues as YouTube writes them: the row before, the new one with a time at each word, and a short cue between."""
    cues: list[Said] = []
    for number, row in enumerate(rows):
        start = 2_000 * number
        first, *words = row.replace(">", "&gt;").split()
        timed = first + "".join(f"<00:00:{start // 1000:02}.500><c> {word}</c>" for word in words)
        before = rows[number - 1].replace(">", "&gt;") if number else " "
        cues.append((start, start + 1_990, f"{before}\n{timed if tags else row.replace('>', '&gt;')}"))
        if between:
            cues.append((start + 1_990, start + 2_000, row.replace(">", "&gt;") + "\n "))
    return cues


def test_each_row_is_read_once_and_each_change_of_speaker(tmp_path: Path) -> None:
    text = read(tmp_path, vtt(rolling(ROWS)))
    assert said(text) == ["the lamp went out on friday for eight minutes i counted", "why did it", "the oil was low"]
    assert text.set_aside == {"row shown again": 7}


def test_so_it_is_where_the_captions_became_subrip(tmp_path: Path) -> None:
    text = read(tmp_path, srt(rolling(ROWS[:2] * 2, tags=False, between=False)))
    assert said(text) == [" ".join(ROWS[:2] * 2)]
    assert text.set_aside == {"row shown again": 3}


@given(st.lists(st.lists(st.sampled_from("no yes well i know a lamp".split()), min_size=1, max_size=4), min_size=4))
def test_rolled_rows_are_read_back(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = read(Path(folder), vtt(rolling([" ".join(row) for row in rows])))
    assert text.text.split() == [word for row in rows for word in row]
    assert set(text.set_aside) == {"row shown again"}


@pytest.mark.parametrize(
    "cues",
    [
        apart(*["No."] * 6, every=1_010),
        apart("No.", "No.\nYes.", "Yes.\nWell.", "So.", "It is.", "Is it?", "It is.", every=1_010),
        apart("No.", "No.\nYes.", "Yes.\nWell.", every=3_000),
    ],
)
def test_who_says_the_same_twice_is_heard_twice(tmp_path: Path, cues: list[Said]) -> None:
    text = read(tmp_path, srt(cues))
    assert re.findall(r"\w+", text.text) == re.findall(r"\w+", " ".join(words for *_, words in cues))
    assert text.set_aside == {}
