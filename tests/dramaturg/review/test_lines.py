"""Corrections of lines find their place again, or say that it is gone; they are never put where they do not belong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import InputError
from dramaturg.review.corrections import Correction, Reviewed, fold, standing
from dramaturg.review.lines import METHOD, anchor_of, correct_lines, merged_names
from dramaturg.script import NARRATOR, Script, Utterance

AT = "2026-11-30T21:00:00+00:00"
TEXT = "柳三娘问：“谁动了我的糕？”\n韦小宝笑道：“不是我。”\n茅十八也道：“不是我。”\n“是。”\n“那就怪了。”\n"


def script(text: str = TEXT, roles: str = "柳三娘 韦小宝 茅十八 韦小宝 柳三娘", pattern: str = "“([^”]+)”") -> Script:
    spoken = re.finditer(pattern, text)
    lines = tuple(
        Utterance(0, number, role, found[1], "speech", "novel.txt", *found.span(1), 0.5, "said")
        for number, (found, role) in enumerate(zip(spoken, roles.split(), strict=False))
    )
    return Script("novel.txt", "zh", text, lines)


def reviewed(of: Script, *said: tuple[int, str, str | None]) -> list[Reviewed]:
    """What a person says of the lines of a script, by their places."""
    corrections = [
        Correction(AT, do, line=anchor_of(of.text, of.utterances[place]), role=role)  # type: ignore[arg-type]
        for place, do, role in said
    ]
    return list(standing(fold(corrections), "line"))


def itself(name: str) -> str:
    return name


def test_a_speaker_is_whom_a_person_says() -> None:
    found = correct_lines(script(), reviewed(script(), (1, "speaker", "海老公"), (2, "speaker", None)), itself)
    assert [line.role for line in found.utterances] == ["柳三娘", "海老公", None, "韦小宝", "柳三娘"]
    corrected = found.utterances[1]
    assert (corrected.method, corrected.speaker_confidence, corrected.content) == (METHOD, 1.0, "不是我。")
    assert found.utterances[0] == script().utterances[0]
    assert found.gone == ()


def test_what_is_no_speech_is_told() -> None:
    (line, *_) = correct_lines(script(), reviewed(script(), (0, "reject", None)), itself).utterances
    assert (line.kind, line.role, line.content) == ("narration", NARRATOR, "谁动了我的糕？")


def test_a_confirmed_speaker_stays_when_the_extractor_changes_its_mind() -> None:
    said = reviewed(script(), (1, "accept", "韦小宝"))
    other = script(roles="柳三娘 茅十八 茅十八 韦小宝 柳三娘")
    assert correct_lines(other, said, itself).utterances[1].role == "韦小宝"


def test_a_line_is_found_where_the_text_before_it_has_grown() -> None:
    said = reviewed(script(), (2, "speaker", "海老公"), (0, "speaker", "海老公"))
    found = correct_lines(script("新添的一章。“你好。”\n" + TEXT, "甲 乙 乙 乙 乙 乙"), said, itself)
    assert [line.role for line in found.utterances] == ["甲", "海老公", "乙", "海老公", "乙", "乙"]
    assert found.gone == ()


def test_two_lines_alike_are_told_apart_by_what_stands_beside_them() -> None:
    for place in (1, 2):
        found = correct_lines(script("序。\n" + TEXT), reviewed(script(), (place, "speaker", "海老公")), itself)
        assert [n for n, line in enumerate(found.utterances) if line.role == "海老公"] == [place]


def test_a_line_that_is_cut_otherwise_is_found_by_where_its_text_stands() -> None:
    said = reviewed(script(), (0, "speaker", "海老公"))
    found = correct_lines(script(pattern="“([^”]*)糕"), said, itself)
    assert (found.utterances[0].content, found.utterances[0].role) == ("谁动了我的", "海老公")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT.replace("谁动了我的糕？", "谁动了我的饼？"), "no longer there"),
        (TEXT.replace("“谁动了我的糕？”", "谁动了我的糕？"), "nobody speaks now"),
    ],
)
def test_a_line_whose_text_is_gone_is_told(text: str, why: str) -> None:
    found = correct_lines(script(text), reviewed(script(), (0, "speaker", "海老公")), itself)
    (gone,) = found.gone
    assert why in gone.why
    assert gone.text == "谁动了我的糕？"
    assert all(line.role != "海老公" for line in found.utterances)


def test_a_short_line_is_not_taken_for_another_one_somewhere_else() -> None:
    said = reviewed(script(), (3, "speaker", "海老公"))
    found = correct_lines(script("从前有个人。他说：“是。”他走了。", "甲"), said, itself)
    assert found.utterances[0].role == "甲"
    assert len(found.gone) == 1


def test_of_two_corrections_that_come_to_one_line_the_later_counts() -> None:
    old, new = script(), script("序。\n" + TEXT)
    corrections = [
        Correction(AT, "speaker", line=anchor_of(old.text, old.utterances[0]), role="甲"),
        Correction(AT, "speaker", line=anchor_of(new.text, new.utterances[0]), role="乙"),
    ]
    found = correct_lines(new, list(standing(fold(corrections), "line")), itself)
    assert found.utterances[0].role == "乙"


@given(st.text("甲乙丙。\n“”", max_size=60))
def test_nothing_is_put_on_a_line_that_says_something_else(before: str) -> None:
    """Whatever comes before, what was said of a line stands on one with its words, or is told as gone."""
    said = reviewed(script(), (0, "speaker", "海老公"), (3, "speaker", "海老公"))
    found = correct_lines(script(before + TEXT, "甲 " * 90), said, itself)
    now = [line.content for line in found.utterances if line.role == "海老公"]
    assert set(now) <= {"谁动了我的糕？", "是。"}
    assert len(now) + len(found.gone) == 2


def test_merged_names_are_one_and_may_be_merged_on() -> None:
    merges = fold(
        [Correction(AT, "merge", name="小宝", into="宝爷"), Correction(AT, "merge", name="宝爷", into="韦小宝")]
    )
    whose = merged_names(merges.values())
    assert [whose(name) for name in ("小宝", "宝爷", "韦小宝", "茅十八")] == ["韦小宝"] * 3 + ["茅十八"]
    found = correct_lines(script(roles="小宝 宝爷 茅十八"), [], whose)
    assert [line.role for line in found.utterances] == ["韦小宝", "韦小宝", "茅十八"]


def test_names_merged_in_a_circle_are_told() -> None:
    merges = fold([Correction(AT, "merge", name="甲", into="乙"), Correction(AT, "merge", name="乙", into="甲")])
    with pytest.raises(InputError, match="甲"):
        merged_names(merges.values())("甲")
