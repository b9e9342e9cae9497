"""What of the work is shown beside a row."""

from hypothesis import given
from hypothesis import strategies as st

from dramaturg.curate.cited import Work, fitting, half_of, text_of
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import count_tokens
from tests.characters import scene

ONE = scene(1, ("柳娘", "铃呢？"), ("顾十三", "河里。"), ("老何", "哪一段？"), ("顾十三", "渡口下头。"))
TWO = scene(2, ("柳娘", "捞上来。"), ("顾十三", "水太深。"))
OTHER = scene(1, ("柳娘", "另一本书。"), source="other.txt")
WORK = Work([ONE, TWO, OTHER])


def lines_of(*parts: Scene) -> list[str]:
    return [line.content for part in parts for line in part.utterances]


def test_around_lines_are_the_whole_scenes_that_hold_them_each_once() -> None:
    cited = [ONE.utterances[1].span, ONE.utterances[3].span, TWO.utterances[0].span]
    assert WORK.around(cited) == [ONE, TWO]
    assert WORK.around(cited[::-1]) == [TWO, ONE]
    assert WORK.around([Span("gone.txt", 0, 9), Span("novel.txt", 5, 9)]) == []


def test_within_a_passage_are_the_lines_that_stand_wholly_in_it() -> None:
    start, end = ONE.utterances[1].start, TWO.utterances[0].end
    parts = WORK.within([Span("novel.txt", start, end)])
    assert lines_of(*parts) == ["河里。", "哪一段？", "渡口下头。", "捞上来。"]
    assert [part.scene_id for part in parts] == [1, 2]
    assert lines_of(*WORK.within([Span("novel.txt", start + 1, end - 1)])) == ["哪一段？", "渡口下头。"]
    assert WORK.within([OTHER.span]) == [OTHER]


def test_an_empty_line_parts_scenes_and_no_lines_of_one() -> None:
    parts = WORK.within([ONE.utterances[0].span, ONE.utterances[3].span, TWO.utterances[0].span])
    assert text_of(parts, "zh") == "柳娘:「铃呢？」\n顾十三:「渡口下头。」\n\n柳娘:「捞上来。」"
    assert text_of([], "zh") == ""


def test_half_of_several_is_the_first_of_them_and_of_one_the_half_that_holds_the_lines() -> None:
    assert half_of([ONE, TWO, OTHER], []) == [ONE]
    assert lines_of(*half_of([ONE], [])) == ["铃呢？", "河里。"]
    last = [ONE.utterances[3].span]
    half = half_of([ONE], last)
    assert lines_of(*half) == ["哪一段？", "渡口下头。"]
    assert lines_of(*half_of(half, last)) == ["渡口下头。"]
    assert half_of(half_of(half, last), last) == []


@given(st.lists(st.lists(st.integers(1, 900), min_size=1, max_size=6), max_size=5), st.integers(0, 5))
def test_what_is_shown_fits_and_holds_a_cited_line_where_one_fits(sizes: list[list[int]], cited: int) -> None:
    parts = [scene(number, *(("顾十三", "渡" * size) for size in own)) for number, own in enumerate(sizes)]
    lines = [parts[0].utterances[cited % len(parts[0].utterances)]] if parts else []
    shown = fitting(parts, [line.span for line in lines], "zh", 1000)
    assert count_tokens(text_of(shown, "zh")) <= 1000
    if lines and count_tokens(lines[0].content) < 900:
        assert lines[0].content in lines_of(*shown)
