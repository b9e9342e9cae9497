"""Corrections: a file that only grows, of which the last word on something counts."""

from pathlib import Path

import pytest

from dramaturg.errors import InputError
from dramaturg.review.corrections import (
    Correction,
    LineAnchor,
    RowAnchor,
    append_correction,
    fold,
    read_corrections,
    standing,
)

LINE = LineAnchor("novel.txt", 10, 13, "好得很", "他说：“", "”")
ROW = RowAnchor("dialogue", "ab12", ("你是谁？", "我是我。"))
AT = "2026-11-30T21:00:00+00:00"


def said(path: Path, *corrections: Correction) -> Path:
    for each in corrections:
        append_correction(path, each)
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    corrections = [
        Correction(AT, "speaker", line=LINE, role="海老公", is_drawn=True),
        Correction(AT, "speaker", line=LINE, role=None),
        Correction(AT, "accept", line=LINE, role="海老公"),
        Correction(AT, "reject", row=ROW),
        Correction(AT, "edit", row=ROW, turn=1, text="我是“我”。\n\u2028第二行"),
        Correction(AT, "merge", name="小宝", into="韦小宝"),
        Correction(AT, "undo", name="小宝"),
    ]
    assert read_corrections(said(tmp_path / "edits" / "c.jsonl", *corrections)) == corrections


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert read_corrections(tmp_path / "c.jsonl") == []


def test_a_line_cut_off_while_it_was_written_does_not_count_and_is_overwritten(tmp_path: Path) -> None:
    path = said(tmp_path / "c.jsonl", Correction(AT, "reject", line=LINE))
    path.write_bytes(path.read_bytes() + b'{"at":"2026')
    assert len(read_corrections(path)) == 1
    said(path, Correction(AT, "accept", row=ROW))
    assert [each.do for each in read_corrections(path)] == ["reject", "accept"]


def test_a_last_line_without_an_end_stays(tmp_path: Path) -> None:
    path = said(tmp_path / "c.jsonl", Correction(AT, "reject", line=LINE))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    said(path, Correction(AT, "accept", row=ROW))
    assert [each.do for each in read_corrections(path)] == ["reject", "accept"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[]", "an object"),
        ("not json", "line 1"),
        ('{"at":"x","do":"shout","name":"a"}', "do"),
        ('{"at":"x","do":"merge","name":"a"}', "cannot be merged"),
        ('{"at":"x","do":"merge","name":"a","into":"旁白"}', "cannot be merged"),
        ('{"at":"x","do":"accept"}', "one of line, row and name"),
        ('{"at":"x","do":"edit","row":{"kind":"dialogue","key":"k","talk":["a","b"]},"turn":1,"text":" "}', "a text"),
        ('{"at":"x","do":"speaker","row":{"kind":"dialogue","key":"k","talk":["a","b"]}}', "cannot be said of this"),
        ('{"at":"x","do":"accept","name":"a","mood":"good"}', "mood"),
    ],
)
def test_a_line_that_is_none_is_told_with_its_number(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1") as error:
        read_corrections(path)
    assert told in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_the_last_word_counts() -> None:
    (each,) = fold(
        [Correction(AT, "speaker", line=LINE, role="甲"), Correction(AT, "speaker", line=LINE, role="乙")]
    ).values()
    assert (each.verdict, each.role, each.number) == ("accept", "乙", 2)


def test_edits_of_several_turns_stand_together_and_a_rejection_leaves_them() -> None:
    edits = [Correction(AT, "edit", row=ROW, turn=0, text="问"), Correction(AT, "edit", row=ROW, turn=1, text="答")]
    (each,) = fold(edits).values()
    assert (each.verdict, each.edits) == ("accept", {0: "问", 1: "答"})
    (each,) = fold([*edits, Correction(AT, "reject", row=ROW)]).values()
    assert (each.verdict, each.edits) == ("reject", {0: "问", 1: "答"})


def test_what_is_undone_no_longer_stands_but_is_known_to_have_been_said() -> None:
    found = fold([Correction(AT, "reject", line=LINE), Correction(AT, "undo", line=LINE)])
    assert list(standing(found, "line")) == []
    assert found[LINE.target].number == 2


def test_a_line_is_drawn_by_its_first_look_alone() -> None:
    """Who comes back to a line that chance drew does not take it out of the sample, nor puts one in."""
    drawn, found = (Correction(AT, "accept", line=LINE, role="甲", is_drawn=each) for each in (True, False))
    assert fold([drawn, found])[LINE.target].is_drawn
    assert not fold([found, drawn])[LINE.target].is_drawn
