"""Transcripts as a whole: who speaks, what is told, and exact offsets on any text."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dramaturg import ROOT
from dramaturg.cast import CastMember
from dramaturg.errors import SourceError
from dramaturg.script import HEADING, NARRATOR, Script
from extractors.reading import SourceText, read_text
from extractors.transcript import Shape, read_transcript, recognise
from extractors.transcript.lines import find_lines
from extractors.transcript.roles import find_role_table
from extractors.transcript.shape import infer_shape


def script(text: str, *cast: CastMember) -> Script:
    return read_transcript("script.txt", SourceText(text, "utf-8"), "zh", cast)


def said(text: str, *cast: CastMember) -> list[tuple[str | None, str]]:
    return [(line.role, line.content) for line in script(text, *cast).utterances if line.is_speech]


def told(text: str) -> list[str]:
    return [line.content for line in script(text).utterances if line.kind == "narration"]


def shape(text: str) -> Shape:
    recognised = recognise(text)
    assert recognised is not None
    return recognised


TALK = "Ann: Where were you?\nBob: Out.\nAnn: Out where?\nBob: In the rain.\n"


# --- what is a label ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "He said: come",
        "Note: nobody came",
        "NOTE: nobody came",
        "12:30",
        "12:30 and all is well",
        "At 12:30 they left",
        "http://example.org/a",
        "https://example.org/a:b",
        "Time: night",
        "注意：无人",
        "他说：来",
        "And then she asked Bob: why?",
        "There are two rules: come, and stay",
    ],
)
def test_what_looks_like_a_label_and_is_none_is_told(line: str) -> None:
    assert told(TALK + line + "\n" + TALK) == [line]


def test_a_label_counts_that_recurs_or_is_in_the_cast() -> None:
    text = TALK + "It rains.\nThey wait.\nA dog comes.\nIt barks.\nCarl: Hello.\n"
    assert said(text)[4:] == []
    assert said(text, CastMember(name="Carl Dean", aliases=("Carl",)))[4:] == [("Carl Dean", "Hello.")]


def test_a_label_that_stands_once_counts_where_nearly_every_line_has_one() -> None:
    assert said(TALK + "Waiter: Tea?\n" + TALK)[4] == ("Waiter", "Tea?")


def test_where_labels_are_bold_others_are_none() -> None:
    text = "**Ann:** Hi\n**Bob:** Oh\nPlan: one\n**Ann:** So\n**Bob:** Yes\nPlan: two\n"
    assert told(text) == ["Plan: one", "Plan: two"]


def test_a_colon_in_a_speech_opens_no_other() -> None:
    assert said(TALK + "Ann: I told Bob: go.\n")[4:] == [("Ann", "I told Bob: go.")]


@pytest.mark.parametrize("label", ["Ann and Bob", "ALL", "Everybody", "Ann & Bob", "Ann, Bob"])
def test_several_speakers_are_a_role_as_it_is_written(label: str) -> None:
    assert said(f"{TALK}It rains.\nA dog.\n{label}: Yes!\n")[4:] == [(label, "Yes!")]


@pytest.mark.parametrize("label", ["众", "甲、乙", "甲和乙", "合"])
def test_several_speakers_in_chinese(label: str) -> None:
    assert said(f"甲：来。\n乙：去。\n甲：来。\n乙：去。\n{label}：走！\n")[4:] == [(label, "走！")]


@pytest.mark.parametrize("label", ["Narrator", "NARRATOR", "旁白"])
def test_the_narrators_lines_are_told(label: str) -> None:
    (line,) = script(f"{TALK}{label}: Night (and fog) falls.\n").utterances[4:]
    assert (line.role, line.kind, line.content, line.method) == (
        NARRATOR,
        "narration",
        "Night (and fog) falls.",
        "label",
    )


def test_a_label_is_sure() -> None:
    assert {(line.method, line.speaker_confidence) for line in script(TALK).utterances} == {("label", 1.0)}


# --- roles --------------------------------------------------------------------------------------------------

GELLER = CastMember(name="Ross Geller", aliases=("Ross", "Mr Geller"))


@pytest.mark.parametrize("label", ["ROSS", "Ross", "ross", "MR. GELLER", "Mr Geller", "Ross Geller", "ROSS (V.O.)"])
def test_a_members_label_becomes_the_members_name(label: str) -> None:
    assert said(f"{TALK}{label}: Hi.\n", GELLER)[4:] == [("Ross Geller", "Hi.")]


def test_an_alias_of_two_members_is_neither() -> None:
    twins = CastMember(name="Ann Lee", aliases=("Ann",)), CastMember(name="Ann Moor", aliases=("Ann",))
    assert {role for role, _ in said(TALK, *twins)} == {"Ann", "Bob"}


def test_one_person_in_capitals_and_not_is_one_role_not_in_capitals() -> None:
    assert {role for role, _ in said("ROSS: a\nROSS: b\nRoss: c\nMR. BELL: d\nMr Bell: e\n")} == {"Ross", "Mr Bell"}
    assert {role for role, _ in said("ROSS: a\nJOEY: b\nROSS: c\nJOEY: d\n")} == {"ROSS", "JOEY"}


CROSSTALK = "甲：今天来了。\n乙：是吗？\n甲：是啊！\n乙：好。\n甲：走。\n"


@pytest.mark.parametrize(
    "table",
    [
        "甲：张小三\n乙：李四\n\n",
        "甲：张小三\n乙：李四\n",
        "甲 张小三\n乙 李四\n",
        "甲　张小三　乙　李四\n",
        "甲：张小三饰\n乙：李四饰\n",
        "甲（张小三）\n乙（李四）\n",
        "（甲——张小三，乙——李四）\n",
        "甲：张小三 乙：李四\n",
        "说雨\n表演者\n甲：张小三\n乙：李四\n",
    ],
)
def test_a_role_table_names_the_first_and_the_second_speaker(table: str) -> None:
    assert [role for role, _ in said(table + CROSSTALK)] == ["张小三", "李四", "张小三", "李四", "张小三"]


@pytest.mark.parametrize("opening", ["甲：你好\n乙：你好\n", "甲：来了\n乙：走吧\n", "乙：张三\n"])
def test_a_short_greeting_is_no_role_table(opening: str) -> None:
    assert len(said(opening + CROSSTALK)) == opening.count("\n") + 5


def test_a_character_with_an_actor_stays_the_character() -> None:
    text = "店主：来。\n客人：好。\n店主：走。\n客人：去。\n"
    assert {role for role, _ in said("店主：张三饰\n客人：李四饰\n\n" + text)} == {"店主", "客人"}


@pytest.mark.parametrize("head", ["人物：", "人物表\n", "Characters", "DRAMATIS PERSONAE\n"])
def test_a_list_of_the_people_is_told(head: str) -> None:
    people = "Ann: a doctor, forty\nBob: her brother\n"
    assert told(f"{head}\n{people}\n{TALK}") == [head.strip(), "Ann: a doctor, forty", "Bob: her brother"]
    assert said(f"{head}\n{people}\n{TALK}") == said(TALK)


# --- speeches, directions, scenes -----------------------------------------------------------------------------


def test_a_direction_beside_a_name_is_the_speakers_action() -> None:
    lines = script(TALK + "Bob (sits): Well, no.\n").utterances[4:]
    assert [(line.kind, line.role, line.content) for line in lines] == [
        ("action", "Bob", "sits"),
        ("speech", "Bob", "Well, no."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "(sits) Well [coughs], no.",
        "（笑）来。",
        "(sits)",
        "*sighs*",
        "*sighs* No.",
        "下市(世)了",
        "(never closed",
        "closed) never",
    ],
)
def test_a_speech_is_one_row_as_it_is_written(line: str) -> None:
    assert said(f"{TALK}Bob: {line}\n")[4:] == [("Bob", line)]


@pytest.mark.parametrize("line", ["(they leave)", "（众人笑）", "[laughs]", "*sighs*", "【灯灭】", "(they\nleave)"])
def test_a_direction_on_its_own_line_is_told(line: str) -> None:
    assert told(TALK + line + "\n" + TALK) == [line.strip("()（）[]*【】")]


def test_quote_marks_are_left_out_where_most_speeches_have_them() -> None:
    assert said("甲：「来。」\n乙：「去。」\n甲：好。\n") == [("甲", "来。"), ("乙", "去。"), ("甲", "好。")]
    assert said("甲：来。\n乙：「去」？\n甲：“好。”\n")[2] == ("甲", "“好。”")


def test_a_quote_goes_on_until_it_is_closed() -> None:
    text = "甲：「来。\n\n走。」\n乙：「去。」\n甲：「好。\n他走了。\n乙：「嗯。」\n"
    assert said(text) == [("甲", "来。\n\n走。"), ("乙", "去。"), ("甲", "「好。"), ("乙", "嗯。")]
    assert told(text) == ["他走了。"]


@pytest.mark.parametrize(
    ("mark", "heading"),
    [
        ("[Scene: A kitchen.]", "Scene: A kitchen."),
        ("SCENE 2", "SCENE 2"),
        ("Scene II. A road.", "Scene II. A road."),
        ("ACT I", "ACT I"),
        ("第三场", "第三场"),
        ("第一幕：花园", "第一幕：花园"),
        ("【场景：花园】", "场景：花园"),
        ("INT. KITCHEN - DAY", "INT. KITCHEN - DAY"),
        ("INT./EXT. CAR", "INT./EXT. CAR"),
        ("# One", "One"),
        ("## Two", "Two"),
    ],
)
def test_a_scenes_heading_opens_an_act(mark: str, heading: str) -> None:
    lines = script(f"{TALK}\n{mark}\n\n{TALK}").utterances
    assert [line.content for line in lines if line.method == HEADING] == [heading]
    assert [line.act_id for line in lines] == [0] * 4 + [1] * 5


@pytest.mark.parametrize("row", ["***", "* * *", "---", "————", "=====", "~~~"])
def test_a_row_of_stars_opens_an_act_and_is_left_out(row: str) -> None:
    assert [line.act_id for line in script(f"{TALK}\n{row}\n\n{TALK}").utterances] == [0] * 4 + [1] * 4


def test_headings_that_stand_together_open_one_act() -> None:
    assert {line.act_id for line in script(f"ACT I\n\nSCENE 1\n\n{TALK}\n***\nSCENE 2\n{TALK}").utterances} == {0, 1}


# --- speeches of several lines --------------------------------------------------------------------------------


def test_indented_lines_go_on_a_speech_where_labels_are_not_indented() -> None:
    text = "Ann: It rained\n   all day.\nBob: No.\nThey wait.\nAnn: And on\n   it went.\n\n   And on.\nBob: Oh.\n"
    assert said(text) == [
        ("Ann", "It rained\n   all day."),
        ("Bob", "No."),
        ("Ann", "And on\n   it went."),
        ("Ann", "And on."),
        ("Bob", "Oh."),
    ]
    assert told(text) == ["They wait."]


WRAPPED = """Ann: It rained all day, and in the evening it went
on until the moon came out: it was late.

Bob: No.

They wait for the bus, which does not come before the
evening.

Ann: Then we walked down the hill to the bridge and over
it to the house.

Bob: Oh.
"""


def test_wrapped_lines_go_on_what_they_stand_in() -> None:
    assert [content.split()[-1] for _, content in said(WRAPPED)] == ["late.", "No.", "house.", "Oh."]
    assert told(WRAPPED) == ["They wait for the bus, which does not come before the\nevening."]
    assert shape(WRAPPED).continuation == "wrapped"


def test_lines_between_speeches_are_told_where_speeches_have_one_line() -> None:
    text = "Ann: Come in.\nShe opens the door.\nBob: Thanks.\nHe comes in.\nAnn: Sit down.\nBob: Here?\n"
    assert told(text) == ["She opens the door.", "He comes in."]


def test_a_time_is_left_out_where_the_document_has_them() -> None:
    text = "[00:01] Ann: Hi.\n[00:02] Bob: Oh.\n00:03\n[00:04] a bell rings\n[00:05] Ann: So.\n[00:06] Bob: Yes.\n"
    assert told(text) == ["a bell rings"]


# --- what shape it is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (TALK + "[Scene: A road.]\n" + TALK, "names before a colon, scenes in [brackets]"),
        ("**Ann:** Hi\n**Bob:** Oh\n**Ann:** So\n# End\n**Bob:** Yes", "names in bold before a colon, scenes after #"),
        ("- A: Hi\n- B: Oh\n- A: So\n", "names before a colon, in a list"),
        ("[0:12] A: Hi\n[0:13] B: Oh\n[0:14] A: So\n", "names before a colon, with times"),
        ("甲：「来」\n乙：「去」\n", "names before a colon, speeches in quotation marks"),
        ("ANN. Hi.\n\nBOB. Oh.\n\nANN. So.\n\nBOB. Yes.\n", "names before a full stop"),
        ("ANN\nHi.\n\nBOB\nOh.\n\nANN\nSo.\n", "names on a line of their own above the speech"),
        (WRAPPED, "names before a colon, speeches wrapped over lines"),
    ],
)
def test_a_shape_is_described_in_a_line(text: str, description: str) -> None:
    assert shape(text).description == description


@pytest.mark.parametrize("name", ["weixiaobao/novel.txt", "holmes/novel.epub"])
def test_a_novel_is_no_transcript(name: str) -> None:
    assert recognise(read_text(ROOT / "data" / "raw" / Path(name)).text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It rained. He said: come.\n",
        "少安说：“来。”\n少平说：“去。”\n少安说：“好。”\n少平说：“走。”\n",
        "Flour: 200 g\nSugar: 100 g\nEggs: two\n",
        "12:30 tea\n12:45 cake\n13:00 tea\n",
        "Yes.\nNo.\nYes.\nNo.\n",
    ],
)
def test_prose_is_no_transcript(text: str) -> None:
    assert recognise(text) is None
    with pytest.raises(SourceError, match=r"^script\.txt: not a transcript: [^\n]*$"):
        script(text)


# --- any text -------------------------------------------------------------------------------------------------

_BITS = st.sampled_from(
    [*"()（）[]【】*_:：.，「」“”\"'#-\t　\ufeff\u2028 ", "\n", "\n", "\r\n", "\r", "\n\n", "\n    ", "\n\n          "]
)
_PHRASES = st.sampled_from(
    [
        *(
            "Ann: ",
            "Bob: ",
            "甲：",
            "乙：",
            "ANN",
            "BOB",
            "ANN. ",
            "BOB. ",
            "\nANN\n",
            "\n\nBOB\n",
            "**Ann:** ",
            "- Bob: ",
        ),
        *(
            "[00:12] ",
            "00:12 ",
            "(laughing)",
            "[they\nleave]",
            "*sighs*",
            " (V.O.)",
            " (CONT'D)",
            "Narrator: ",
            "ALL: ",
        ),
        *("\n[Scene: a road]\n", "\nINT. ROAD - DAY\n", "\nACT I\n", "\n第一幕\n", "\n# One\n", "\n***\n", "\n---\n"),
        *(
            "甲：张三\n",
            "甲 张三\n乙 李四\n",
            "（甲——张三，乙——李四）\n",
            "甲：张三饰",
            "CUT TO:",
            "I came",
            "he said",
            "来了",
        ),
    ]
)
_SPEECHES = st.sampled_from(["\nAnn: ", "\nBob: ", "\n甲：", "\nANN\n", "\n\nANN\n", "\n\nBOB. ", "\n[00:12] Ann: "])
MANGLED = st.one_of(
    st.lists(_BITS | _PHRASES | st.text(max_size=3), max_size=60).map("".join),
    st.lists(st.tuples(_SPEECHES, st.lists(_BITS | _PHRASES, max_size=4).map("".join)).map("".join)).map("".join),
)


def label_stretches(text: str) -> list[tuple[int, int]]:
    """Where the labels, the times and the role table of a transcript stand."""
    lines = find_lines(text)
    inferred = infer_shape(text, lines, lambda _: False)
    assert inferred is not None
    shape, labels = inferred
    _, table = find_role_table(text, lines, labels, ())
    stretches = [(label.start, label.body) for label in labels if label is not None]
    stretches += [(lines[number].start, lines[number].end) for number in table]
    if shape.is_timed:
        stretches += [found.span() for found in re.finditer(r"\d{1,2}[:：]\d\d([:：]\d\d)?", text)]
    return stretches


@settings(max_examples=1500, deadline=None)
@given(MANGLED)
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        read = script(text)  # a Script checks its spans and their order
    except SourceError:
        return
    covered = bytearray(len(text))
    for start, end in [*((line.start, line.end) for line in read.utterances), *label_stretches(text)]:
        covered[start:end] = bytes([1]) * (end - start)
    lost = [mark for mark, is_covered in zip(text, covered, strict=True) if mark.isalnum() and not is_covered]
    assert lost == []
    assert [line.diag_id for line in read.utterances] == list(range(len(read.utterances)))
    assert all(line.content.strip() for line in read.utterances)


@settings(max_examples=200, deadline=None)
@given(MANGLED)
def test_a_text_is_read_the_same_with_any_line_ends(text: str) -> None:
    plain = re.sub(r"\r\n?", "\n", text)
    try:
        expected = [(line.role, line.kind, line.content) for line in script(plain).utterances]
    except SourceError:
        assert recognise(plain.replace("\n", "\r\n")) is None
        return
    for end in ("\r\n", "\r"):
        lines = script(plain.replace("\n", end)).utterances
        assert [(line.role, line.kind, line.content.replace(end, "\n")) for line in lines] == expected


_HOSTILE = [
    *("(", "[", ")", "(a", "（）", "*", "_", "-", "#", ":", "：", "A.", "A: ", "a ", "A ", "A, ", "甲：", "「", '"'),
    *(" ", "\t", "　", "00:12 ", "[00:12] ", "**", "* ", "- ", "第一", "INT. ", "scene ", "and ", "、", "MR. "),
    *("A&", "(V.O.) ", "(a) ", "12:", "[(", "])", "A's "),
]


@pytest.mark.parametrize("bit", _HOSTILE)
def test_a_hostile_line_takes_no_longer_than_any(bit: str) -> None:
    line = (bit * 200_000)[:200_000]
    text = "\n".join(
        [TALK, line, f"Ann: {line}", f"{line}: a", f"Ann ({line}): a", f"**{line}", f"[00:12] {line}", TALK]
    )
    began = time.process_time()
    recognise(line)
    script(text)
    assert time.process_time() - began < 3
