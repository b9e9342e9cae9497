import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.generate.citations import cited_lines, numbered_story
from dramaturg.generate.retrieval import story
from dramaturg.scenes import find_scenes
from dramaturg.script import Script
from tests.characters import scene
from tests.strategies import scripts

SCENES = [
    scene(0, ("顾十三", "铃丢在河里了。"), ("柳娘", "哪条河？"), ("顾十三", "这条。")),
    scene(1, ("柳娘", "面咸么？"), ("顾十三", "咸。")),
]
LINES = [line for each in SCENES for line in each.utterances]


def test_lines_are_numbered_from_one_across_scenes() -> None:
    assert numbered_story(SCENES, "zh") == (
        "[1] 顾十三:「铃丢在河里了。」\n[2] 柳娘:「哪条河？」\n[3] 顾十三:「这条。」\n\n"
        "[4] 柳娘:「面咸么？」\n[5] 顾十三:「咸。」"
    )


@given(scripts())
def test_every_line_thought_and_piece_of_narration_has_a_number(script: Script) -> None:
    scenes, _ = find_scenes(script, 300)
    shown = [line for line in numbered_story(scenes, "zh").split("\n") if line]
    assert [line.split(" ")[0] for line in shown] == [f"[{number}]" for number in range(1, len(shown) + 1)]
    plain = [re.sub(r"^\[\d+\] ", "", line) for line in shown]
    assert plain == [line for each in scenes for line in story(each, "zh").split("\n")]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["3"], [3]),
        (["[3][5]"], [3, 5]),
        (["3、5"], [3, 5]),
        (["3，5。"], [3, 5]),
        (["3,5"], [3, 5]),
        (["[3], [5]"], [3, 5]),
        (["3-5"], [3, 4, 5]),
        (["[3]-[5]"], [3, 4, 5]),
        (["3–5"], [3, 4, 5]),
        (["3~5"], [3, 4, 5]),
        (["第3至5句"], [3, 4, 5]),
        (["第3句到第5句"], [3, 4, 5]),
        (["lines 3 to 5"], [3, 4, 5]),
        (["第3句"], [3]),
        (["第3句和第5句"], [3, 5]),
        (["剧本第3行"], [3]),
        (["line 3"], [3]),
        (["Line 3", "Line 5"], [3, 5]),
        (["lines 3 and 5"], [3, 5]),
        (["No. 3"], [3]),
        (["#3"], [3]),
        (["３"], [3]),
        (["【3】"], [3]),
        (["5", "3"], [5, 3]),
        (["3", "3", "3-4"], [3, 4]),
        (["[3] 顾十三:「这条，1881年的。」"], [3]),
        (["3: narrator: In 1881"], [3]),
        (["3（他说丢了2次）"], [3]),
        (["5-3"], [5, 3]),
        (["无"], []),
        ([""], []),
        ([], []),
        (["common knowledge"], []),
    ],
)
def test_a_citation_is_read_in_whatever_form(texts: list[str], numbers: list[int]) -> None:
    assert cited_lines(texts, LINES) == [LINES[number - 1] for number in numbers]


@pytest.mark.parametrize("text", ["6", "0", "3、9", "3-9", "第100句", "[3][99999999999999999999]", "1-999999"])
def test_a_number_that_no_line_has_voids_the_citation(text: str) -> None:
    assert cited_lines([text], LINES) is None


@given(st.lists(st.text()))
def test_nothing_that_a_model_writes_breaks_the_reading(texts: list[str]) -> None:
    found = cited_lines(texts, LINES)
    assert found is None or (len({line.start for line in found}) == len(found) and {*found} <= {*LINES})
