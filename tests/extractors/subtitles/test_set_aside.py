"""What is not in the text is counted by reason."""

from pathlib import Path

import pytest

from tests.extractors.subtitles.rendering import ASS_HEAD, apart, event, read, said, srt, vtt

SPOKEN = "".join(event(number * 4_000, number * 4_000 + 900, "It rained.") for number in range(4))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (event(500, 900, r"{\pos(10,20)}HARBOUR"), "sign"),
        (event(500, 900, r"{\move(1,2,3,4)}HARBOUR"), "sign"),
        (event(500, 900, r"{\an8}HARBOUR", style="Sign"), "sign"),
        (event(500, 900, "Harbour Days", style="Main-Title"), "sign"),
        (event(500, 900, "Down by the river", style="OP_en"), "sign"),
        (event(500, 900, "Down by the river", style="ED"), "sign"),
        (event(500, 900, "HARBOUR", name="Sign"), "sign"),
        (event(500, 900, r"{\k20}Down {\kf30}by {\ko10}the river"), "karaoke"),
        (event(500, 900, r"{\p1}m 0 0 l 10 10{\p0}"), "drawing"),
        (event(500, 900, "a note to myself", kind="Comment"), "comment"),
        (event(500, 900, r"{\fad(1,1)}\N \h"), "empty"),
        (event(0, 900, r"{\blur4}It rained."), "duplicate"),
        (event(500, 900, "Subtitles by Nobody"), "credit"),
        (event(500, 900, "www.example.com/subs"), "credit"),
        (event(500, 900, "无名字幕组 荣誉出品"), "credit"),
        (event(500, 900, "翻译：无名 校对：无姓"), "credit"),
    ],
)
def test_what_nobody_says_is_set_aside(tmp_path: Path, line: str, reason: str) -> None:
    text = read(tmp_path, ASS_HEAD + SPOKEN + line, name="x.ass")
    assert said(text) == ["It rained."] * 4
    assert text.set_aside == {reason: 1}


@pytest.mark.parametrize(
    "line",
    [
        event(500, 900, "Up here.", style="Red"),
        event(500, 900, r"{\an8}Up here."),
        event(500, 900, "Up here.", name="Ed"),
        event(500, 900, r"{\p1}m 0 0 l 9 9{\p0}Up here."),
        event(500, 900, r"{\pbo3\be1}Up here."),
        event(950, 1_000, "She subtitles by hand."),
        event(950, 1_000, "我在字幕组工作"),
        event(950, 1_000, "Look at www.example.com, it is there."),
        event(950, 1_000, "It rained."),
    ],
)
def test_what_is_said_stays(tmp_path: Path, line: str) -> None:
    text = read(tmp_path, ASS_HEAD + SPOKEN + line, name="x.ass")
    assert len(text.lines) == 5
    assert text.set_aside == {}


def test_a_place_is_no_sign_where_most_have_one(tmp_path: Path) -> None:
    file = srt(apart(r"{\pos(1,2)}It rained.", r"{\pos(3,4)}All day.", "And the night."))
    assert said(read(tmp_path, file)) == ["It rained.", "All day.", "And the night."]


def test_markup_is_not_in_the_text(tmp_path: Path) -> None:
    file = vtt(apart("<00:00:01.000><c.yellow>It</c> <b>rained</b>&nbsp;&amp; <ruby>I<rt>me</rt></ruby> &lt;3 it."))
    assert said(read(tmp_path, file)) == ["It rained & I <3 it."]
    event_ = event(0, 900, r"{\i1}It{\i0}\Nrained\hall\nday{an aside}.")
    assert said(read(tmp_path, ASS_HEAD + event_)) == ["It rained all day."]


def test_webvtts_notes_settings_and_identifiers_are_not_in_the_text(tmp_path: Path) -> None:
    file = (
        "WEBVTT - harbour\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:one\n\n"
        "NOTE\na note\nof two rows\n\nfirst one\n"
        "00:01.000 --> 00:02.000 align:start line:0%\nIt rained.\n\nNOTE another\n\n2\n"
        "00:04.000 --> 00:05.000\nAll day.\n\n00:07.000 --> 00:08.000\n42\n"
    )
    assert said(read(tmp_path, file)) == ["It rained.", "All day.", "42"]


def test_the_fields_of_events_are_read_in_the_order_that_the_file_gives(tmp_path: Path) -> None:
    file = "[Events]\nFormat: Start, End, Name, Text\nDialogue: 0:00:01.00,0:00:02.00,Anne,Yes, it rained.\n"
    text = read(tmp_path, file)
    assert (said(text), text.lines[0].label) == (["Yes, it rained."], "Anne")


def test_ssa_is_read(tmp_path: Path) -> None:
    file = "[Script Info]\nScriptType: v4.00\n[Events]\n"
    file += "Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,Anne,0000,0000,0000,!Effect,Yes, it rained.\n"
    text = read(tmp_path, file, name="x.ssa")
    assert (said(text), text.lines[0].label) == (["Yes, it rained."], "Anne")


# --- two languages ----------------------------------------------------------------------------------------------

BOTH = [("下雨了", "It rained."), ("是啊", "So it did."), ("下了一天", "All day.")]


@pytest.mark.parametrize("order", ["{0}\n{1}", "{1}\n{0}"])
def test_of_two_rows_the_wanted_languages_is_kept(tmp_path: Path, order: str) -> None:
    file = srt(apart(*(order.format(*each) for each in BOTH)))
    for language, at in (("zh", 0), ("en", 1)):
        text = read(tmp_path, file, language)  # type: ignore[arg-type]
        assert said(text) == [each[at] for each in BOTH]
        assert text.set_aside == {"row in another language": 3}


@pytest.mark.parametrize("styles", [("CN", "EN"), ("Default", "Default")])
def test_of_two_tracks_the_wanted_languages_is_kept(tmp_path: Path, styles: tuple[str, str]) -> None:
    file = ASS_HEAD + "".join(
        event(number * 3_000 + 40 * at, number * 3_000 + 1_000 + 20 * at, each[at], style=styles[at])
        for at in (0, 1)
        for number, each in enumerate(BOTH)
    )
    for language, at in (("zh", 0), ("en", 1)):
        text = read(tmp_path, file, language)  # type: ignore[arg-type]
        assert said(text) == [each[at] for each in BOTH]
        assert text.set_aside == {"cue in another language": 3}


def test_a_word_of_another_language_stays_and_so_does_a_file_of_it(tmp_path: Path) -> None:
    told = ["下雨了", "OK", "我爱NBA", "是啊 OK"]
    assert said(read(tmp_path, srt(apart(*told)), "zh")) == told
    assert said(read(tmp_path, srt(apart(*told)), "en")) == told
