"""What screenplays have of their own: names above, voices that nobody is seen with, headings of scenes."""

import pytest

from dramaturg.script import HEADING
from extractors.reading import SourceText
from extractors.transcript import read_transcript

Row = tuple[str, str | None, str]


def rows(text: str) -> list[Row]:
    """Kind, role and content of all that is read."""
    script = read_transcript("script.txt", SourceText(text, "utf-8"), "zh")
    return [(line.kind, line.role, line.content) for line in script.utterances]


PLAY = "MARA\nYou're late.\n\nPOLE\nThe ferry was late.\n\n"


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_who_only_does_something_may_go_on_to_speak(between: str) -> None:
    text = f"{PLAY}MARA\n(nods)\n\nMARA\nIt's your ferry.\n\nPOLE\nI know.\n".replace("\n\n", "\0")
    text = text.replace("\n", between).replace("\0", "\n\n")
    assert rows(text)[2:] == [
        ("action", "MARA", "nods"),
        ("speech", "MARA", "It's your ferry."),
        ("speech", "POLE", "I know."),
    ]


def test_a_name_below_a_direction_may_be_what_is_said() -> None:
    assert rows(f"{PLAY}MARA\n(softly)\nPOLE\n\nPOLE\nYes?\n")[2:] == [
        ("action", "MARA", "softly"),
        ("speech", "MARA", "POLE"),
        ("speech", "POLE", "Yes?"),
    ]


# --- voices ---------------------------------------------------------------------------------------------------

TALK = "玛拉：你来晚了。\n老陈：船晚了。\n"


@pytest.mark.parametrize(
    "label",
    [
        "玛拉OS",
        "玛拉 OS",
        "玛拉（OS）",
        "玛拉（内心独白）",
        "玛拉（心声）",
        "玛拉内心OS",
        "玛拉独白",
        "玛拉VO",
        "玛拉（V.O.）",
        "玛拉（旁白）",
    ],
)
def test_what_somebody_thinks_in_chinese_is_a_thought(label: str) -> None:
    assert rows(f"{TALK}{label}：我本可以走的。\n")[2:] == [("thought", "玛拉", "我本可以走的。")]


@pytest.mark.parametrize("label", ["玛拉（画外音）", "玛拉画外音"])
def test_a_voice_from_elsewhere_is_speech_in_chinese(label: str) -> None:
    assert rows(f"{TALK}{label}：有人吗？\n")[2:] == [("speech", "玛拉", "有人吗？")]


@pytest.mark.parametrize(("label", "kind"), [("MARA (V.O.)", "thought"), ("MARA V.O.", "thought")])
def test_a_voice_over_whose_speaker_is_there_too_is_a_thought(label: str, kind: str) -> None:
    assert rows(f"{PLAY}{label}\nI could have told him.\n")[2:] == [(kind, "MARA", "I could have told him.")]


@pytest.mark.parametrize("label", ["MARA (O.S.)", "MARA O.S.", "MARA (O.C.)", "MARA (CONT'D)"])
def test_who_is_off_screen_speaks(label: str) -> None:
    assert rows(f"{PLAY}{label}\nI heard that.\n")[2:] == [("speech", "MARA", "I heard that.")]


def test_a_voice_over_of_somebody_who_is_not_there_is_speech() -> None:
    text = f"{PLAY}HALE (V.O.)\nHello? I am calling about the lamp.\n\nHALE (V.O.)\nHello?\n"
    assert [kind for kind, role, _ in rows(text) if role == "HALE"] == ["speech", "speech"]
    in_another_scene = f"{text}\nINT. KITCHEN - DAY\n\nHALE\nNobody there.\n"
    assert [kind for kind, role, _ in rows(in_another_scene) if role == "HALE"] == ["speech", "speech", "speech"]


def test_several_speakers_with_a_stroke_are_a_role_as_it_is_written() -> None:
    assert rows(f"{TALK}{TALK}玛拉/老陈：干杯！\n")[4:] == [("speech", "玛拉/老陈", "干杯！")]


# --- scenes and what is shown -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        "1. 灯室 夜 内",
        "1、灯室 夜 内",
        "12 灯室外 日 外",
        "3-2 灯室 夜/内",
        "1-1 内景 灯室 夜",
        "内景·灯室·夜",
        "外景 码头 日",
        "内景，灯室——夜",
        "场1：灯室",
        "场1",
        "场景1",
        "场景 3：码头",
        "场次2",
    ],
)
def test_a_chinese_scenes_heading_opens_an_act(heading: str) -> None:
    script = read_transcript("x", SourceText(f"{TALK}\n{heading}\n\n{TALK}", "utf-8"), "zh")
    assert [line.content for line in script.utterances if line.method == HEADING] == [heading]
    assert [line.act_id for line in script.utterances] == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "line",
    [
        "1. 灯室很冷。",
        "2. 三个鸡蛋",
        "内外都是雨",
        "内景不多。",
        "场上无人",
        "他在夜里到了外",
        "12 月 3 日",
    ],
)
def test_what_is_no_heading_is_told(line: str) -> None:
    assert rows(f"{TALK}{line}\n{TALK}")[2] == ("narration", "narrator", line)


def test_the_mark_of_what_is_shown_is_left_out() -> None:
    assert rows(f"{TALK}△ 玛拉坐下。\n{TALK}")[2] == ("narration", "narrator", "玛拉坐下。")


# --- speeches that are broken ----------------------------------------------------------------------------------

LINES = "MARA: You are late.\nPOLE: The ferry was{}\nMARA: It is your ferry.\nPOLE: I know.\n"


def test_a_line_that_begins_small_goes_on_a_speech_that_does_not_end() -> None:
    assert rows(LINES.format("\nlate again,\nmadam."))[1] == ("speech", "POLE", "The ferry was\nlate again,\nmadam.")


@pytest.mark.parametrize("rest", [" late.\nhe sits down.", "\nHe sits down.", "\n\nlate again."])
def test_others_are_told(rest: str) -> None:
    assert rows(LINES.format(rest))[2] == ("narration", "narrator", rest.rpartition("\n")[2])


def test_where_speeches_end_without_a_mark_a_small_letter_says_nothing() -> None:
    assert rows("ann: hi\nbob: oh\nbob has left\nann: so\nbob: yes\n")[2] == ("narration", "narrator", "bob has left")
