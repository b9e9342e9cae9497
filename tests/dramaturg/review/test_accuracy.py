"""What reviewed lines tell of all lines: right on average, and honest about how sure that is."""

import random

import pytest

from dramaturg.review.accuracy import LEAST_DRAWN, estimate_accuracy, in_order
from dramaturg.script import Utterance


def test_nothing_is_told_before_fifty_lines_or_without_a_sample() -> None:
    assert estimate_accuracy(1000, [True] * 25, [True] * 24) is None
    assert estimate_accuracy(1000, [True] * 200, [True] * (LEAST_DRAWN - 1)) is None
    assert estimate_accuracy(1000, [True] * 25, [True] * 25) is not None


def test_a_script_that_was_read_whole_is_known_exactly() -> None:
    found = estimate_accuracy(60, [False] * 6 + [True] * 24, [True] * 30)
    assert found is not None
    assert (found.estimate, found.low, found.high, found.after) == (0.9, 0.9, 0.9, 1.0)


def test_more_lines_than_there_are_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 of 1"):
        estimate_accuracy(1, [True], [True])


def test_wilsons_interval_for_a_large_script() -> None:
    """45 of 50: from .7864 to .9565 (Wilson's score interval, e.g. Brown, Cai, DasGupta 2001, without correction)."""
    found = estimate_accuracy(10**9, [], [True] * 45 + [False] * 5)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.7864, 0.9565), abs=5e-4)


def test_unsure_lines_that_were_wrong_are_not_taken_for_the_others() -> None:
    found = estimate_accuracy(1000, [False] * 30, [True] * 30)
    assert found is not None
    assert found.estimate == pytest.approx(0.97)
    assert found.after == pytest.approx(1.0)


def test_its_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    """Scripts of 1,000 lines whose doubtful lines are worse than the others, reviewed in the page's own order."""
    luck = random.Random(7)
    held = told = 0.0
    truths = 0.0
    for trial in range(400):
        lines = [
            (n, Utterance(0, n, "甲", "x", "speech", f"s{trial}", n, n + 1, luck.random(), "said")) for n in range(1000)
        ]
        is_right = [luck.random() < 0.75 + 0.25 * line.speaker_confidence for _, line in lines]
        known: list[bool] = []
        drawn: list[bool] = []
        for number, by_chance in in_order(lines)[:100]:
            (drawn if by_chance else known).append(is_right[number])
        found = estimate_accuracy(1000, known, drawn)
        assert found is not None
        truth = sum(is_right) / 1000
        held += found.low <= truth <= found.high
        told, truths = told + found.estimate, truths + truth
    assert 0.92 <= held / 400 <= 0.995
    assert told / 400 == pytest.approx(truths / 400, abs=0.01)


def test_lines_are_shown_least_certain_first_every_second_one_by_chance_each_once() -> None:
    lines = [(n, Utterance(0, n, "甲", "x", "speech", "s", n, n + 1, (n * 7 % 10) / 10, "said")) for n in range(10)]
    order = in_order(lines)
    assert sorted(number for number, _ in order) == list(range(10))
    assert [by_chance for _, by_chance in order[:6]] == [False, True] * 3
    unsure = [lines[number][1].speaker_confidence for number, by_chance in order if not by_chance]
    assert unsure == sorted(unsure)


def test_what_chance_draws_does_not_hang_on_what_was_reviewed() -> None:
    lines = [(n, Utterance(0, n, "甲", "x", "speech", "s", n, n + 1, 0.5, "said")) for n in range(40)]
    first = [number for number, by_chance in in_order(lines) if by_chance]
    left = [each for each in lines if each[0] != first[0]]
    assert first[1] in [number for number, by_chance in in_order(left)[:2] if by_chance]
