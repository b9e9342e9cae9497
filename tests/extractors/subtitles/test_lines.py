"""Cues joined into sentences, and acts at silences."""

from pathlib import Path

import pytest

from extractors.subtitles import SubtitleText
from tests.extractors.subtitles.rendering import ASS_HEAD, apart, at, event, labelled, read, said, srt


def close(folder: Path, *texts: str, language: str = "en") -> SubtitleText:
    return read(folder, srt(apart(*texts, every=1_200)), language)  # type: ignore[arg-type]


def test_a_sentence_goes_on_in_the_next_cue_and_its_time_with_it(tmp_path: Path) -> None:
    text = close(tmp_path, "When the rain", "had stopped,", "we went out.", "It was late.")
    assert said(text) == ["When the rain had stopped, we went out.", "It was late."]
    assert [place.at for place in text.places] == [at(0, 3_400), at(3_600, 4_600)]
    assert [text.text[place.start : place.end] for place in text.places] == said(text)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("I was", "late.", ["I was late."]),
        ("I saw Mr.", "Lee.", ["I saw Mr. Lee."]),
        ("I was...", "...late.", ["I was... late."]),
        ("I was--", "--late.", ["I was-- late."]),
        ("I was…", "late.", ["I was… late."]),
        ("I was...", "Who's there?", ["I was...", "Who's there?"]),
        ("I was.", "Late.", ["I was.", "Late."]),
        ("“I was.”", "Late.", ["“I was.”", "Late."]),
        ("I was", "- Late.", ["I was", "Late."]),
        ("I was", ">> Late.", ["I was", "Late."]),
        ("I was", "[thunder]", ["I was", "thunder"]),
        ("- Where?\n- In", "the house.", ["Where?", "In the house."]),
    ],
)
def test_when_a_cue_goes_on(tmp_path: Path, first: str, second: str, joined: list[str]) -> None:
    assert said(close(tmp_path, first, second)) == joined


def test_a_pause_ends_a_line(tmp_path: Path) -> None:
    assert said(read(tmp_path, srt(apart("I was", "late", every=2_001)))) == ["I was", "late"]
    assert said(read(tmp_path, srt(apart("I was", "late", every=2_000)))) == ["I was late"]


def test_another_label_ends_a_line_and_none_goes_on(tmp_path: Path) -> None:
    text = close(tmp_path, "ANNE: I was", "late", "LEE: You were", "LEE: late.", "ANNE: Yes.")
    assert labelled(text) == [("ANNE", "I was late"), ("LEE", "You were late."), ("ANNE", "Yes.")]


def test_a_chinese_cue_is_a_line_unless_the_same_speaker_is_named_again(tmp_path: Path) -> None:
    assert said(close(tmp_path, "我今天", "不去了", language="zh")) == ["我今天", "不去了"]
    file = ASS_HEAD + "".join(
        event(number * 1_200, number * 1_200 + 1_000, text, name=name)
        for number, (name, text) in enumerate(
            [("张三", "我今天"), ("张三", "不去了。"), ("张三", "你呢，"), ("张三", "走吗"), ("李四", "我不去")]
        )
    )
    assert labelled(read(tmp_path, file, "zh")) == [
        ("张三", "我今天 不去了。"),
        ("张三", "你呢，走吗"),
        ("李四", "我不去"),
    ]


def test_a_file_without_punctuation_is_not_one_line(tmp_path: Path) -> None:
    text = close(tmp_path, *["and then we went on and on"] * 200)
    assert max(map(len, said(text))) < 600
    assert text.text.split() == ["and", "then", "we", "went", "on", "and", "on"] * 200


def acts(text: SubtitleText) -> list[int]:
    return [line.act_id for line in text.lines]


def test_an_act_ends_at_eight_seconds_of_silence(tmp_path: Path) -> None:
    cues = [(0, 1_000, "One."), (8_999, 9_500, "Two."), (17_500, 18_000, "Three."), (18_100, 19_000, "Four.")]
    assert acts(read(tmp_path, srt(cues))) == [0, 0, 1, 1]


def test_where_silences_are_long_an_act_ends_at_one_that_is_longer(tmp_path: Path) -> None:
    gaps = [9_000, 10_000, 11_000, 9_500, 10_500, 60_000, 9_000, 11_000, 10_000]
    starts = [sum(gaps[:number]) + number * 1_000 for number in range(len(gaps) + 1)]
    text = read(tmp_path, srt((start, start + 1_000, "Here.") for start in starts))
    assert acts(text) == [0] * 6 + [1] * 4


def test_a_long_cue_is_no_silence(tmp_path: Path) -> None:
    assert acts(read(tmp_path, srt([(0, 30_000, "Long."), (1_000, 2_000, "One."), (31_000, 32_000, "Two.")]))) == [
        0,
        0,
        0,
    ]
