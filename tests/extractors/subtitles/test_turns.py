"""Who begins to speak where, and what is no speech."""

from pathlib import Path

import pytest

from dramaturg.cast import CastMember
from dramaturg.script import NARRATOR
from extractors.subtitles import script_of
from tests.extractors.subtitles.rendering import ASS_HEAD, apart, event, kinds, labelled, read, said, srt, vtt


@pytest.mark.parametrize(
    ("cue", "turns"),
    [
        ("- Hi.\n- Hello.", ["Hi.", "Hello."]),
        ("-Hi. -Hello.", ["Hi.", "Hello."]),
        ("-Yes -No", ["Yes", "No"]),
        ("Where?\n- Here.", ["Where?", "Here."]),
        ("- I was there\nall night.\n- Why?", ["I was there all night.", "Why?"]),
        ("—Hi.\n—Hello.", ["Hi.", "Hello."]),
        ("- Hi.", ["Hi."]),
        (">> Hi. >> Hello.", ["Hi.", "Hello."]),
        (">>> Now the weather.", ["Now the weather."]),
        ("-Hi, Mary-Jane. It's 5-6 miles.", ["Hi, Mary-Jane. It's 5-6 miles."]),
        ("-5 degrees.", ["-5 degrees."]),
        ("—and then we left.", ["—and then we left."]),
        ("--and then we left.", ["--and then we left."]),
        ("I - I mean it.", ["I - I mean it."]),
        ("- I - I mean it.", ["I - I mean it."]),
    ],
)
def test_a_dash_begins_a_turn(tmp_path: Path, cue: str, turns: list[str]) -> None:
    assert said(read(tmp_path, srt(apart(cue)))) == turns


@pytest.mark.parametrize(
    ("cue", "turns"),
    [
        ("-你好 -再见", ["你好", "再见"]),
        ("-你好-再见", ["你好", "再见"]),
        ("- 你好\n- 再见", ["你好", "再见"]),
        ("－你好。－再见。", ["你好。", "再见。"]),
        ("——我不信", ["——我不信"]),
        ("你来了\n坐吧", ["你来了 坐吧"]),
    ],
)
def test_a_dash_begins_a_turn_in_chinese(tmp_path: Path, cue: str, turns: list[str]) -> None:
    assert said(read(tmp_path, srt(apart(cue)), "zh")) == turns


LABELLED = ["ANNE: It rained.", "LEE: So it did.", "ANNE: All day.", "LEE: And the night."]


def test_labels_that_come_back_name_who_speaks(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart(*LABELLED, "Who is that?", "A MAN: Nobody.")))
    assert labelled(text) == [
        ("ANNE", "It rained."),
        ("LEE", "So it did."),
        ("ANNE", "All day."),
        ("LEE", "And the night."),
        (None, "Who is that?"),
        ("A MAN", "Nobody."),
    ]


def test_a_colon_that_comes_once_is_no_label(tmp_path: Path) -> None:
    told = [
        "Remember: it is late.",
        "I say: never.",
        "It is 12:30.",
        "Two things: a lamp and a rope.",
        "Anne: who is she?",
    ]
    assert labelled(read(tmp_path, srt(apart(*told)))) == [(None, line) for line in told]


@pytest.mark.parametrize("form", ["{}: {}", "({}) {}", "[{}] {}", "{}:\n{}"])
def test_each_form_of_label_is_read(tmp_path: Path, form: str) -> None:
    lines = [("Anne", "It rained."), ("Mr. Lee", "So it did."), ("Anne", "All day."), ("Mr. Lee", "All night.")]
    assert labelled(read(tmp_path, srt(apart(*(form.format(*line) for line in lines))))) == lines


@pytest.mark.parametrize("form", ["{}：{}", "（{}）{}", "【{}】{}", "{}:{}"])
def test_each_form_of_label_is_read_in_chinese(tmp_path: Path, form: str) -> None:
    lines = [("张三", "下雨了"), ("李四", "是啊"), ("张三", "下了一天"), ("李四", "还有一夜")]
    assert labelled(read(tmp_path, srt(apart(*(form.format(*line) for line in lines))), "zh")) == lines


def test_a_label_alone_is_that_of_the_words_below_it(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart(*LABELLED, "ANNE:", "It is late.", "LEE:\n- Is it?", "Yes.")))
    assert labelled(text)[4:] == [("ANNE", "It is late."), ("LEE", "Is it?"), (None, "Yes.")]


def test_what_stands_in_brackets_alone_is_no_label(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart(*["[Groovy Tune]", "[Groovy Tune]\n- Who is it?"] * 4)))
    assert kinds(text)[:3] == [("narration", "Groovy Tune"), ("narration", "Groovy Tune"), ("speech", "Who is it?")]
    assert {line.label for line in text.lines} == {None}


def test_two_labels_in_a_cue_are_two_turns(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart("ANNE: Come\nin.\nLEE: Thanks.", "- LEE: Cold.\n- ANNE: Yes.")))
    assert labelled(text) == [("ANNE", "Come in."), ("LEE", "Thanks."), ("LEE", "Cold."), ("ANNE", "Yes.")]


def test_a_remark_after_a_label_is_what_the_speaker_does(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart(*LABELLED, "ANNE (laughing): Yes.", "LEE (V.O.): No.")))
    assert [(line.label, line.kind, words) for line, words in zip(text.lines, said(text), strict=True)][4:] == [
        ("ANNE", "action", "laughing"),
        ("ANNE", "speech", "Yes."),
        ("LEE", "speech", "No."),
    ]


@pytest.mark.parametrize(
    ("cue", "told"),
    [
        ("[door slams]", [("narration", "door slams")]),
        ("(laughs)", [("action", "laughs")]),
        ("(SIGHS) I know.", [("action", "SIGHS"), ("speech", "I know.")]),
        ("I know. [sobbing\nquietly]", [("speech", "I know."), ("action", "sobbing quietly")]),
        ("- [phone rings]\n- Hello?", [("narration", "phone rings"), ("speech", "Hello?")]),
        ("I (and only I) know.", [("speech", "I (and only I) know.")]),
        ("(I think) he left.", [("speech", "(I think) he left.")]),
        ("♪ Down by the river ♪", [("narration", "Down by the river")]),
        ("♪ Down by the river\nwe met ♪", [("narration", "Down by the river we met")]),
        ("Stop it.\n♪ Down by the river ♪", [("speech", "Stop it."), ("narration", "Down by the river")]),
        ("# Down by the river #", [("narration", "Down by the river")]),
        ("# Down by\nthe river #", [("narration", "Down by the river")]),
        ("the river ♪", [("narration", "the river")]),
        ("# 1 is the best.", [("speech", "# 1 is the best.")]),
        ("（笑声）", [("action", "笑声")]),
        ("（敲门声）谁啊", [("narration", "敲门声"), ("speech", "谁啊")]),
    ],
)
def test_sounds_and_songs_are_no_speech(tmp_path: Path, cue: str, told: list[tuple[str, str]]) -> None:
    assert kinds(read(tmp_path, srt(apart(cue)))) == told


def test_a_name_in_brackets_that_stands_before_a_colon_elsewhere_is_a_label(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart(*LABELLED, "[LEE] It is late.", "[THUNDER] What was that?", "[LEE]")))
    assert labelled(text)[4:] == [
        ("LEE", "It is late."),
        (None, "THUNDER"),
        (None, "What was that?"),
        (None, "LEE"),
    ]


def test_what_is_in_a_label_about_the_voice_is_not_read(tmp_path: Path) -> None:
    labels = ["LEE [OFFSCREEN]:", "LEE (OFF-SCREEN):", "LEE (off camera):", "LEE (VOICEOVER):", "LEE (O.S.):"]
    text = read(tmp_path, srt(apart(*LABELLED, *(f"{label} No." for label in labels))))
    assert labelled(text)[4:] == [("LEE", "No.")] * 5


@pytest.mark.parametrize("cue", ["♪～", "♪〜♪", "♪ ♪"])
def test_a_note_alone_is_nothing_told(tmp_path: Path, cue: str) -> None:
    text = read(tmp_path, srt(apart("It rained.", cue, f"All day.\n{cue}")))
    assert said(text) == ["It rained.", "All day."]
    assert text.set_aside == {"empty": 1}


def test_an_action_is_its_labels(tmp_path: Path) -> None:
    file = srt(apart(*LABELLED, "LEE: (sighs) No.", "[sighs]", "ANNE (laughing): Yes."))
    script = script_of("x.srt", read(tmp_path, file), "en", [CastMember(name="Anne Ray", aliases=("Anne",))])
    assert [(line.role, line.kind, line.content) for line in script.utterances[4:]] == [
        ("LEE", "action", "sighs"),
        ("LEE", "speech", "No."),
        (NARRATOR, "action", "sighs"),
        ("Anne Ray", "action", "laughing"),
        ("Anne Ray", "speech", "Yes."),
    ]
    assert {line.method for line in script.utterances if line.role != NARRATOR} == {"label"}


def test_sounds_that_come_back_are_no_labels(tmp_path: Path) -> None:
    text = read(tmp_path, srt(apart(*["(LAUGHS) No.", "[DOOR OPENS] Who's there?"] * 5)))
    assert {line.label for line in text.lines} == {None}
    assert kinds(text)[:4] == [
        ("action", "LAUGHS"),
        ("speech", "No."),
        ("narration", "DOOR OPENS"),
        ("speech", "Who's there?"),
    ]


def test_voices_name_who_speaks(tmp_path: Path) -> None:
    file = vtt(apart("<v Ann Lee>Where &amp; when?</v>\n<v.loud Bob>Here.", "<v Bob>Now.</v> Who?"))
    assert labelled(read(tmp_path, file)) == [
        ("Ann Lee", "Where & when?"),
        ("Bob", "Here."),
        ("Bob", "Now."),
        (None, "Who?"),
    ]


def test_an_actors_field_over_two_dashes_names_nobody_unless_it_names_two(tmp_path: Path) -> None:
    file = (
        ASS_HEAD
        + event(0, 900, r"- Hi.\N- Hello.", name="Anne")
        + event(5_000, 6_000, r"- Hi.\N- Hello.", name="Anne/Lee")
    )
    assert labelled(read(tmp_path, file)) == [(None, "Hi."), (None, "Hello."), ("Anne", "Hi."), ("Lee", "Hello.")]


def test_a_script_has_the_casts_names_for_labels(tmp_path: Path) -> None:
    cast = [CastMember(name="Anne Ray", aliases=("Anne",)), CastMember(name="Lee", aliases=("Mr Lee",))]
    file = srt(
        apart(
            "ANNE: Yes.", "MR. LEE: No.", "anne: Why?", "MR LEE: So.", "BOB: Hm.", "Who?", "NARRATOR: Night.", "[rain]"
        )
    )
    script = script_of("x.srt", read(tmp_path, file), "en", cast)
    assert [(line.role, line.kind, line.method, line.speaker_confidence) for line in script.utterances] == [
        ("Anne Ray", "speech", "label", 1.0),
        ("Lee", "speech", "label", 1.0),
        (None, "speech", "unknown", 0.0),
        ("Lee", "speech", "label", 1.0),
        ("BOB", "speech", "label", 1.0),
        (None, "speech", "unknown", 0.0),
        (NARRATOR, "narration", "narration", 1.0),
        (NARRATOR, "narration", "narration", 1.0),
    ]
    assert script.utterances[2].content == "anne: Why?"
