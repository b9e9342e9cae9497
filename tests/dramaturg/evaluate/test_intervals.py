"""Means with intervals, the same on every run."""

import random

import pytest

from dramaturg.evaluate.intervals import mean_of, mean_of_means, share_of


def test_nothing_has_no_mean() -> None:
    assert mean_of([]) is None
    assert share_of([]) is None
    assert mean_of_means([(None, None)]) is None


def test_one_question_has_no_interval() -> None:
    found = mean_of([0.25])
    assert found is not None
    assert (found.value, found.low, found.high, found.n) == (0.25, None, None, 1)


def test_the_same_values_give_the_same_interval() -> None:
    values = [0.1, 0.4, 0.2, 0.9]
    assert mean_of(values) == mean_of(values)


def test_it_holds_the_mean_in_nineteen_of_twenty_samples() -> None:
    draw = random.Random(1)
    hits = 0
    for _ in range(200):
        found = mean_of([draw.random() for _ in range(60)])
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.5 <= found.high
    assert 180 <= hits <= 199


def test_columns_count_alike_however_many_rows_have_a_value_in_them() -> None:
    found = mean_of_means([(1.0, None), (0.0, None), (None, 0.2), (None, None)])
    assert found is not None
    assert found.value == pytest.approx(0.35)
    assert found.n == 3  # the row that has none is no question of theirs


def test_a_column_of_one_question_leaves_no_interval() -> None:
    found = mean_of_means([(1.0, None), (0.0, None), (None, 0.2)])
    assert found is not None
    assert (found.low, found.high) == (None, None)


def test_a_column_without_any_value_leaves_no_mean() -> None:
    assert mean_of_means([(1.0, None), (0.0, None)]) is None


def test_that_none_of_a_few_is_so_does_not_say_that_none_ever_will_be() -> None:
    found = share_of([False] * 10)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.2775, abs=1e-4)  # Wilson's for 0 of 10
