from dataclasses import asdict
from itertools import pairwise

import pytest

from dramaturg.generate.effort import FULL, LOCAL, SMALL, Effort, evenly, within, within_stage

REQUESTS = (
    "windows",
    "profile_calls",
    "question_calls",
    "answers",
    "segments",
    "agnostic_calls",
    "instructions",
    "scenarios",
)


def requests(effort: Effort) -> int:
    """With the one that sums the profile up."""
    held = [getattr(effort, name) for name in REQUESTS]
    assert None not in held
    return 1 + sum(held)


@pytest.mark.parametrize("effort", [FULL, LOCAL])
@pytest.mark.parametrize("most", [1, 2, 5, 10, 36, 100, 1_000])
def test_a_cap_is_used_up_and_never_passed(effort: Effort, most: int) -> None:
    capped = within(effort, most)
    assert requests(capped) <= most
    if 10 <= most <= 100:
        assert requests(capped) == most
        assert min(capped.question_calls, capped.agnostic_calls) >= 1


def test_without_a_cap_nothing_changes() -> None:
    assert within(FULL, None) == FULL


def test_no_more_is_asked_than_without_a_cap() -> None:
    assert within(FULL, 100_000).question_calls == FULL.question_calls
    assert within(FULL, 100_000).agnostic_calls == FULL.agnostic_calls


def test_the_small_effort_is_what_the_settings_say() -> None:
    assert requests(SMALL) == 36


@pytest.mark.parametrize("most", [None, 5, 1_000])
def test_the_embedded_model_is_never_asked_who_speaks(most: int | None) -> None:
    assert within(SMALL, most).windows == within(LOCAL, most).windows == 0


def test_an_endpoint_under_a_cap_is_asked_who_speaks_too() -> None:
    assert within(FULL, 40).windows == 4


def test_some_are_taken_evenly_and_more_are_the_same_and_others() -> None:
    assert evenly(range(16), 4) == [0, 4, 8, 12]
    assert evenly(range(10), 0) == []
    assert evenly(range(2), 5) == evenly(range(2), None) == [0, 1]
    for count in (1, 7, 100):
        chosen = [set(evenly(range(count), most)) for most in range(count + 1)]
        assert [len(each) for each in chosen] == list(range(count + 1))
        assert all(few < more for few, more in pairwise(chosen))


@pytest.mark.parametrize(
    ("stage", "sizes"),
    [
        ("extract", {"windows": 9}),
        ("profile", {"profile_calls": 8}),
        ("questions", {"question_calls": 9}),
        ("synthesis", {"answers": 9}),
        ("context_instruct", {"segments": 6, "agnostic_calls": 3}),
        ("rolegpt", {"instructions": 9}),
        ("scenarios", {"scenarios": 9}),
    ],
)
def test_a_stage_may_have_a_size_of_its_own_and_none(stage: str, sizes: dict[str, int]) -> None:
    sized = within_stage(FULL, stage, 9)
    assert {name: value for name, value in asdict(sized).items() if value != getattr(FULL, name)} == sizes
    switched_off = within_stage(FULL, stage, 0)
    assert all(getattr(switched_off, name) == 0 for name in sizes)
    assert within_stage(FULL, stage, None) == FULL
