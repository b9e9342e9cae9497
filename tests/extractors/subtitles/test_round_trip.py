"""Random dialogues, written in each format by hand, are read back as they were said."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.text import Language
from extractors.subtitles import read_subtitles, script_of
from tests.extractors.subtitles.rendering import ASS_HEAD, at, clock, event, srt, vtt

_WORDS = st.sampled_from("the a lamp river I they we went home 42 late o'clock & < don't café".split())
_ENGLISH = st.builds(
    lambda words, end: "So " + " ".join(words) + end,
    st.lists(_WORDS, min_size=1, max_size=9),
    st.sampled_from([".", "?", "!", ".”"]),
)
_CHINESE = st.text("一二三天地人我你的了 ，？", min_size=1, max_size=20).map(
    lambda text: f"我{' '.join(text.split())}了"
)
_NAMES = {"en": ("ANNE", "Mr. Lee", "O'HARA"), "zh": ("张三", "李四", "老王")}


@dataclass(frozen=True)
class Dialogue:
    """What was said: start, end, speaker, words."""

    language: Language
    lines: tuple[tuple[int, int, str, str], ...]


@st.composite
def dialogues(draw: st.DrawFn, language: Language, tick: int) -> Dialogue:
    """Dialogues of up to 30 lines, no two of one speaker together within a second, times in steps of `tick`."""
    lines = []
    now = 0
    for text in draw(st.lists(_ENGLISH if language == "en" else _CHINESE, min_size=1, max_size=30)):
        start = now + draw(st.integers(101, 1_500)) * 10 + draw(st.integers(0, 9)) // tick * tick
        now = start + draw(st.integers(1, 5_000 // tick)) * tick
        lines.append((start, now, draw(st.sampled_from(_NAMES[language])), text))
    return Dialogue(language, tuple(lines))


def check(dialogue: Dialogue, file: str, name: str, *, is_named: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(file, encoding="utf-8", newline="")
        read = read_subtitles(path, dialogue.language)
    script = script_of(name, read, dialogue.language)
    assert [(line.role, line.content) for line in script.utterances] == [
        (speaker if is_named else None, text) for _, _, speaker, text in dialogue.lines
    ]
    assert [place.at for place in read.places] == [at(start, end) for start, end, *_ in dialogue.lines]
    assert read.text == "".join(f"{text}\n" for *_, text in dialogue.lines)
    assert read.set_aside == {}


@pytest.mark.parametrize("language", ["en", "zh"])
@given(data=st.data())
def test_subrip(data: st.DataObject, language: Language) -> None:
    dialogue = data.draw(dialogues(language, 1))
    check(dialogue, srt((start, end, text) for start, end, _, text in dialogue.lines), "x.srt", is_named=False)


@pytest.mark.parametrize("language", ["en", "zh"])
@given(data=st.data())
def test_subrip_with_labels(data: st.DataObject, language: Language) -> None:
    dialogue = data.draw(dialogues(language, 1))
    colon = ": " if language == "en" else "："
    lines = dialogue.lines * 2  # each label comes back
    length = dialogue.lines[-1][1] + 2_000
    lines = tuple(
        (start + (number >= len(dialogue.lines)) * length, end + (number >= len(dialogue.lines)) * length, name, text)
        for number, (start, end, name, text) in enumerate(lines)
    )
    file = srt((start, end, f"{name}{colon}{text}") for start, end, name, text in lines)
    check(Dialogue(language, lines), file, "x.srt", is_named=True)


@pytest.mark.parametrize("language", ["en", "zh"])
@given(data=st.data(), newline=st.sampled_from(["\n", "\r\n", "\r"]))
def test_webvtt(data: st.DataObject, language: Language, newline: str) -> None:
    dialogue = data.draw(dialogues(language, 1))
    file = vtt(
        (start, end, f"<v {name}>{text.replace('&', '&amp;').replace('<', '&lt;')}</v>")
        for start, end, name, text in dialogue.lines
    )
    check(dialogue, file.replace("\n", newline), "x.vtt", is_named=True)


@pytest.mark.parametrize("language", ["en", "zh"])
@given(data=st.data())
def test_substation(data: st.DataObject, language: Language) -> None:
    dialogue = data.draw(dialogues(language, 10))
    file = ASS_HEAD + "".join(event(start, end, text, name=name) for start, end, name, text in dialogue.lines)
    check(dialogue, file, "x.ass", is_named=True)


def test_the_hand_that_writes_times_writes_them_right() -> None:
    assert (clock(0), clock(3_723_004, ","), clock(360_000_000)) == ("00:00:00.000", "01:02:03,004", "100:00:00.000")
