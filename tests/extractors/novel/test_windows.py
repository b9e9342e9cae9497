"""The windows that a model is shown: every question once, within a budget, its context with it."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from extractors.novel.windows import Window, find_windows

_PARAGRAPHS = st.lists(
    st.tuples(st.integers(1, 900), st.booleans(), st.integers(0, 9).map(lambda drawn: drawn == 0)), max_size=80
)


@given(_PARAGRAPHS)
def test_each_asked_paragraph_is_a_question_of_one_window_within_its_act(
    paragraphs: list[tuple[int, bool, bool]],
) -> None:
    sizes = [size for size, _, _ in paragraphs]
    acts = list(accumulate(begins for _, _, begins in paragraphs))
    asked = [number for number, (_, is_asked, _) in enumerate(paragraphs) if is_asked]
    windows = find_windows(sizes, acts, asked)
    assert [number for window in windows for number in window.asked] == asked
    for window in windows:
        assert window.first <= window.asked[0] <= window.asked[-1] <= window.last
        assert acts[window.first] == acts[window.last]
        if len(window.asked) > 1:
            assert sum(sizes[window.first : window.last + 1]) <= 1500


def test_near_questions_share_a_window_and_far_ones_do_not() -> None:
    sizes, acts = [100] * 40, [0] * 40
    assert find_windows(sizes, acts, [5, 9, 30]) == [Window(2, 11, (5, 9)), Window(27, 32, (30,))]


def test_a_full_window_is_followed_by_one_that_begins_with_its_own_context() -> None:
    first, second, *_ = find_windows([100] * 40, [0] * 40, range(40))
    assert first == Window(0, 14, tuple(range(13)))
    assert second.first == 10
    assert second.asked[0] == 13


def test_a_window_does_not_reach_into_another_act() -> None:
    assert find_windows([10] * 6, [0, 0, 0, 1, 1, 1], [2, 3]) == [Window(0, 2, (2,)), Window(3, 5, (3,))]


def test_a_paragraph_longer_than_a_window_is_shown_whole() -> None:
    assert find_windows([9000, 9000], [0, 0], [1]) == [Window(1, 1, (1,))]
