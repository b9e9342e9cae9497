from dataclasses import replace

import pytest

from dramaturg.script import Place, Script, Utterance, with_places

LINE = Utterance(0, 0, "甲", "来了", "speech", "novel.txt", 1, 3, 1.0, "tag")


def test_a_script_holds_what_its_text_says_at_each_span() -> None:
    assert Script("novel.txt", "zh", "“来了”", (LINE,)).utterances == (LINE,)


@pytest.mark.parametrize(
    "wrong", [replace(LINE, content="走了"), replace(LINE, start=0), replace(LINE, content="", end=1)]
)
def test_a_script_refuses_an_utterance_that_is_not_its_span(wrong: Utterance) -> None:
    with pytest.raises(ValueError, match="is not its span"):
        Script("novel.txt", "zh", "“来了”", (wrong,))


def test_a_script_refuses_utterances_that_overlap() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        Script("novel.txt", "zh", "“来了”", (LINE, LINE))


def test_an_utterance_is_at_the_place_that_it_begins_in() -> None:
    places = [Place(0, 2, "one"), Place(2, 4, "two"), Place(6, 9, "three")]
    lines = [replace(LINE, start=start, end=start + 2) for start in (0, 3, 4, 6, 9)]
    assert [line.at for line in with_places(lines, places)] == ["one", "two", None, "three", None]
    assert [line.at for line in with_places(lines, [])] == [None] * 5
