"""Broken files end in one line that says so, or in a script in which nothing that can be read is lost."""

import re
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dramaturg.errors import SourceError
from dramaturg.text import Language, words
from extractors.subtitles import read_subtitles, script_of
from tests.extractors.subtitles.rendering import ASS_HEAD, apart, at, event, read, said, srt, vtt

PLAIN = srt(apart("It rained.", "We went in.", "The door was shut."))
SAID = ["It rained.", "We went in.", "The door was shut."]
CHINESE = apart("我不去了", "你是一个人来的吗", "他在门外")

REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
    "binary": (bytes(range(256)) * 40, "x.srt"),
    "NULs": (PLAIN.encode().replace(b"rained", b"r\0ined"), "NUL"),
    "nothing but NULs": (b"\0" * 4096, "x.srt"),
    "a web page": (b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>", "web page"),
    "a web page that declares nothing": (b"<p>404 Not Found</p>", "holds no cue"),
    "prose": (b"It rained all day.\n" * 9, "holds no cue"),
    "only WebVTT's header": (b"WEBVTT\n\nNOTE nobody\n", "holds no cue"),
    "only SubStation Alpha's headers": (ASS_HEAD.encode(), "holds no cue"),
    "only times": (b"1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\n", "nothing is said"),
    "only signs": ((ASS_HEAD + event(0, 1000, "Harbour", style="Sign")).encode(), r"nothing is said.*\(sign 1\)"),
    "a zip": (b"PK\x03\x04" + bytes(300), "x.srt"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=list(REFUSED))
def test_what_holds_nothing_is_refused_in_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says) as refused:
        read(tmp_path, data, name="x.srt")
    assert "\n" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_file_that_is_not_there_or_a_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.srt", tmp_path):
        with pytest.raises(SourceError, match=re.escape(str(path))):
            read_subtitles(path, "en")


MENDED = {
    "no blank lines": PLAIN.replace("\n\n", "\n"),
    "no numbers": re.sub(r"^\d+\n", "", PLAIN, flags=re.MULTILINE),
    "a number missing": PLAIN.replace("2\n00:", "00:"),
    "every other line blank": PLAIN.replace("\n", "\n\n"),
    "CR alone": PLAIN.replace("\n", "\r"),
    "CRLF and LF": PLAIN.replace("\n", "\r\n", 4),
    "cues out of order": "\n\n".join(reversed(PLAIN.strip().split("\n\n"))),
    "full stops in times": PLAIN.replace(",000", ".000"),
    "spaces in times": PLAIN.replace(":00:", ": 00: "),
    "wide colons in times": PLAIN.replace("00:00:", "00：00："),
    "cut in a timing line": PLAIN + "4\n00:00:0",
    "cut before an arrow": PLAIN + "4\n00:00:09,000 --",
    "cut after a number": PLAIN + "4",
    "cut after an arrow": PLAIN + "4\n00:00:09,000 --> ",
    "nested tags": PLAIN.replace("It rained.", "<i><b><font color='red'>It <i>rained</i></font>.</b></i>"),
    "tags left open": PLAIN.replace("It", "<i>It").replace("We", "<font size=4>We"),
    "a brace left open": PLAIN.replace("It rained.", r"It rained.{\an8\pos(1,2)"),
    "braces in braces": PLAIN.replace("It rained.", r"{\i1{\b1}It rained."),
    "a wrong extension": vtt(apart(*SAID)),
    "another wrong extension": ASS_HEAD + "".join(event(start, end, text) for start, end, text in apart(*SAID)),
}


@pytest.mark.parametrize("file", MENDED.values(), ids=list(MENDED))
def test_what_is_broken_around_the_words_loses_none(tmp_path: Path, file: str) -> None:
    text = read(tmp_path, file, name="x.srt")
    assert said(text) == SAID
    assert [place.at for place in text.places] == [at(start, end) for start, end, _ in apart(*SAID)]


@pytest.mark.parametrize(
    "rest",
    [
        "4\n00:00:09,000 --> 00:00:10,000\nThey went",
        "4\n00:00:09,000 --> 00:00:10,0",
        "4\n00:00:09,000 --> ",
        "4\n00:00:0",
        "4",
    ],
)
def test_a_file_that_ends_within_a_cue_is_told_to(tmp_path: Path, rest: str) -> None:
    text = read(tmp_path, PLAIN + rest)
    assert text.may_be_cut
    assert said(text)[:3] == SAID


@pytest.mark.parametrize(
    "rest", ["", "4\n00:00:09,000 --> 00:00:10,000\n<i>They went.</i>", "4\n00:00:09,000 --> 00:00:10,000\n♪"]
)
def test_a_file_that_ends_with_one_is_not(tmp_path: Path, rest: str) -> None:
    assert not read(tmp_path, PLAIN + rest).may_be_cut


def test_overlapping_negative_and_backward_times_are_mended(tmp_path: Path) -> None:
    text = read(
        tmp_path,
        "-00:00:02,000 --> 00:00:01,000\nEarly.\n\n00:00:04,000 --> 00:00:03,000\nBackwards.\n\n"
        "00:00:02,000 --> 00:00:09,000\nLong.\n\n00:00:05,000 --> 00:00:05,000\nNo time.\n\n"
        "00:00:xx,000 --> nonsense\nNo clock.\n",
    )
    assert [(place.at, line) for place, line in zip(text.places, said(text), strict=True)] == [
        (at(0, 1_000), "Early."),
        (at(2_000, 9_000), "Long."),
        (at(4_000, 4_000), "Backwards."),
        (at(5_000, 5_000), "No time. 00:00:xx,000 --> nonsense No clock."),
    ]


def test_times_of_any_size_are_read(tmp_path: Path) -> None:
    text = read(tmp_path, "100:00:00,5 --> 123456789:00:00,000\nLate.\n\n00:99:99,1234 --> 01:00:00\nOdd.\n")
    assert [place.at for place in text.places] == [
        "01:40:39.123 --> 01:40:39.123",
        "100:00:00.500 --> 123456789:00:00.000",
    ]


def test_a_number_too_long_for_a_time_is_text(tmp_path: Path) -> None:
    file = "00:00:01,000 --> 00:00:02,000\nOne.\n\n" + "9" * 5_000 + ":00:03,000 --> 00:00:04,000\nTwo.\n"
    assert said(read(tmp_path, file))[0].endswith("Two.")


def test_an_event_without_readable_times_stands_after_the_one_before(tmp_path: Path) -> None:
    text = read(
        tmp_path,
        ASS_HEAD
        + event(1_000, 2_000, "One.")
        + "Dialogue: 0,0:00:bad,,Default,,0,0,0,,Two.\nDialogue: 0,100:00:00.00,100:00:01.00,Default,,0,0,0,,Three.\n"
        + "Dialogue: 0,0:0",
        name="x.ass",
    )
    assert said(text) == ["One.", "Two.", "Three."]
    assert [place.at for place in text.places][1:] == [at(2_000, 2_000), at(360_000_000, 360_001_000)]
    assert text.set_aside == {"row without a time": 1}


def test_a_broken_style_costs_nothing(tmp_path: Path) -> None:
    head = ASS_HEAD.replace("Style: Default,Arial,20", "Style: Default,Arial,huge,&Hred,,,,,\nStyle:")
    assert said(read(tmp_path, head + event(0, 1_000, "Here."), name="x.ass")) == ["Here."]


def test_what_stands_above_the_first_time_is_counted(tmp_path: Path) -> None:
    assert read(tmp_path, "the end of a cue\n\n" + PLAIN).set_aside == {"row without a time": 1}


def test_mixed_encodings_are_read_over_or_refused(tmp_path: Path) -> None:
    many = srt(apart(*SAID * 99, "It’s late.")).encode()
    last = "\n601\n00:59:00,000 --> 00:59:01,000\nIt’s over.\n".encode("cp1252")
    text = read(tmp_path, many + last)
    assert said(text)[-2:] == ["It’s late.", "It\ufffds over."]
    assert text.encoding == "utf-8 (broken characters: 1)"
    with pytest.raises(SourceError, match="not a text in"):
        read(tmp_path, srt(CHINESE * 9).encode() + srt(CHINESE * 9).encode("gb18030"), "zh")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
def test_chinese_is_decoded_however_much_of_the_file_is_ascii(tmp_path: Path, encoding: str, form: str) -> None:
    cues = apart("我不去了", "你是一個人來的嗎", "他在門外") * 10
    cues = [
        (start + 9_000 * (number // 3), end + 9_000 * (number // 3), text)
        for number, (start, end, text) in enumerate(cues)
    ]
    tags = r"{\fad(200,200)\blur3\bord2.5\c&HFFFFFF&\3c&H000000&}" * 4
    made = {
        "srt": srt(cues),
        "vtt": vtt(cues),
        "ass": ASS_HEAD + "".join(event(start, end, tags + text) for start, end, text in cues),
    }
    text = read(tmp_path, made[form].encode(encoding), "zh", f"x.{form}")
    assert said(text) == [words for *_, words in cues]


def test_western_letters_are_decoded(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart("A café — “déjà vu”.", "Señor, it’s late.")).encode("cp1252"))
    assert (said(text), text.encoding) == (["A café — “déjà vu”.", "Señor, it’s late."], "cp1252")


@given(
    data=st.data(),
    form=st.sampled_from(
        [PLAIN, vtt(apart("<v Ann>One.</v>", "- Two.")), ASS_HEAD + event(0, 9_000, r"{\pos(1,2)}A\NB")]
    ),
)
def test_mangled_bytes_are_refused_or_read(data: st.DataObject, form: str) -> None:
    mangled = bytearray(form.encode())
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(mangled) - 1))
        patch = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"-->", b"{", b"}", b"<v ", b"\n\n", b":", b",", b"\\p1", b"["])
        )
        mangled[place : place + data.draw(st.integers(0, 4))] = patch
        mangled = mangled or bytearray(b"0")
    only_refused(bytes(mangled))


@given(st.binary(max_size=400))
@example(b"WEBVTT\n\n00:00.000 --> 00:01.000\n&#xD800;&#13;&#0;")
@example(b"Dialogue: 0,0:00:00.00,0:00:01.00,a,b,c,d,e,f,g")
@example("00:00:00,000 --> 00:00:01,000\n\u2028\x1c<v \u2029>x".encode())
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    only_refused(data)
    only_refused(b"1\n00:00:01,000 --> 00:00:02,000\n" + data)


@given(
    st.text(st.sampled_from("-–—> :：()（）[]{}<>/\\Nhpk♪#.…!?abAB张三说 \n0123v&;"), max_size=200),
    st.sampled_from(["en", "zh"]),
)
def test_any_text_in_cues_is_read(text: str, language: str) -> None:
    for file in (
        srt(apart(text, "I am.", text)),
        vtt(apart(text, "I am.")),
        ASS_HEAD + event(0, 900, text) + event(950, 999, "I am."),
    ):
        only_refused(file.encode(), language)


@given(
    st.lists(
        st.text(st.sampled_from("--–—> ::：()（）[]♪#.…!?abAB张三说 \n\n0123v"), max_size=25), min_size=1, max_size=6
    ),
    st.sampled_from(["en", "zh"]),
    st.integers(1_000, 3_000),
)
def test_no_word_is_lost_but_those_that_are_counted(texts: list[str], language: Language, every: int) -> None:
    assume("-->" not in "".join(texts))
    cues = apart(*texts, every=every)
    for file in (
        srt(cues),
        vtt(cues),
        ASS_HEAD + "".join(event(*cue[:2], cue[2].replace("\n", r"\N")) for cue in cues),
    ):
        with tempfile.TemporaryDirectory() as folder:
            try:
                text = read(Path(folder), file, language)
            except SourceError:
                continue
        if set(text.set_aside) <= {"empty"}:
            labels = {word for line in text.lines for word in words(line.label or "")}
            lost = Counter(word for each in texts for word in words(each)) - Counter(words(text.text))
            assert set(lost) <= labels


def only_refused(data: bytes, language: str = "en") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.srt"
        refused = ""
        path.write_bytes(data)
        try:
            text = read_subtitles(path, language)  # type: ignore[arg-type]
        except SourceError as error:
            refused = str(error)
    if refused:
        assert "\n" not in refused
        return
    script = script_of("x.srt", text, language)  # type: ignore[arg-type]
    assert "\n".join(line.content for line in script.utterances) + "\n" == text.text
    assert len(text.places) == len(text.lines)
    assert all(line.content.strip() == line.content for line in script.utterances)


@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
def test_the_time_grows_as_the_file_does(tmp_path: Path, form: str) -> None:
    seconds = []
    for count in (4_000, 40_000):
        cues = [(each * 2_000, each * 2_000 + 1_500, f"And then line {each} is said") for each in range(count)]
        made = (
            {"srt": srt, "vtt": vtt}[form](cues) if form != "ass" else ASS_HEAD + "".join(event(*cue) for cue in cues)
        )
        started = time.process_time()
        text = read(tmp_path, made, name=f"x.{form}")
        script_of("x", text, "en")
        seconds.append(time.process_time() - started)
        assert text.text.count("said") == count
    assert seconds[1] < 25 * seconds[0]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        r"{\k1}a",
        "<",
        "<v ",
        "- ",
        "(",
        "[a] ",
        "A: ",
        "♪",
        ">> ",
        "&",
        "a ",
        ". -",
        "\n",
        "...",
        "--",
        "-->",
        "< ",
        "<i ",
        "#a",
        "<br ",
        "[a]",
        ": ",
    ],
)
def test_no_cue_takes_longer_than_its_length(tmp_path: Path, text: str) -> None:
    for file in (
        srt(apart(text * 30_000 + "word")),
        ASS_HEAD + event(0, 9_000, text.replace("\n", r"\N") * 30_000 + "word"),
    ):
        started = time.process_time()
        with suppress(SourceError):
            read(tmp_path, file)
        assert time.process_time() - started < 5
