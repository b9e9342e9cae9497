from itertools import product

import numpy as np
import pytest

from extractors.novel.chain import Example, decide, fit_weights
from extractors.novel.features import OTHER, Choice, Features


def choice(names: str, same: list[str] | None = None, back: list[str] | None = None, **cued: str) -> Choice:
    features = [Features([cued[name]] if name in cued else []) for name in names]
    return Choice([*names, OTHER], [*features, Features([])], same or [], back or [])


CHOICES = [
    choice("ab", a="tag"),
    choice("abc", ["same"], b="tag", c="act"),
    choice("bc", ["same"], ["back"]),
    choice("ba", ["same"], ["back"], a="act"),
]
WEIGHTS = {"tag": 2.0, "act": 0.5, "same": -1.0, "back": 1.5}


def likelihoods(choices: list[Choice], weights: dict[str, float]) -> list[np.ndarray]:
    return [likely for _, likely in decide(choices, weights)]


def score(names: tuple[str, ...]) -> float:
    total = 0.0
    for number, (name, each) in enumerate(zip(names, CHOICES, strict=True)):
        total += sum(WEIGHTS[feature] for feature in each.features[each.candidates.index(name)].names())
        is_same = number > 0 and name == names[number - 1] != OTHER
        if is_same:
            total += sum(WEIGHTS[feature] for feature in each.same)
        elif number > 1 and name == names[number - 2] != OTHER:
            total += sum(WEIGHTS[feature] for feature in each.back)
    return total


def test_the_probabilities_are_those_of_all_sequences_counted_one_by_one() -> None:
    sequences = list(product(*(each.candidates for each in CHOICES)))
    likely = np.exp([score(names) for names in sequences])
    likely /= likely.sum()
    for number, (each, found) in enumerate(zip(CHOICES, likelihoods(CHOICES, WEIGHTS), strict=True)):
        counted = [
            sum(share for names, share in zip(sequences, likely, strict=True) if names[number] == name)
            for name in each.candidates
        ]
        assert found == pytest.approx(counted)


def test_a_feature_without_a_weight_counts_for_nothing() -> None:
    (likely,) = likelihoods([choice("ab", a="unheard of")], WEIGHTS)
    assert likely == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_fitted_weights_make_the_right_candidates_likely() -> None:
    turns = [choice("ab", ["same"], ["back"], a="tag")] + [choice("ab", ["same"], ["back"]) for _ in range(5)]
    example = Example(turns, [0, 1, 0, 1, 0, 1])
    weights = fit_weights([example], passes=60, penalty=0.001)
    assert [int(each.argmax()) for each in likelihoods(turns, weights)] == [0, 1, 0, 1, 0, 1]
    assert weights == fit_weights([example], passes=60, penalty=0.001)


def test_a_choice_whose_speaker_is_not_known_teaches_nothing() -> None:
    lone = Example([choice("ab", a="tag"), choice("ab", b="act")], [0, -1])
    assert fit_weights([lone], passes=20, penalty=0.0)["act"] == pytest.approx(0, abs=1e-6)


def test_a_long_text_is_decided_a_stretch_at_a_time_as_if_it_were_decided_whole() -> None:
    turns = [CHOICES[number % 7 % 4] for number in range(1300)]
    stretches = likelihoods(turns, WEIGHTS)
    assert len(stretches) == len(turns)
    middle = likelihoods(turns[400:600], WEIGHTS)  # holds the seam at 500
    for found, whole in zip(stretches[450:550], middle[50:150], strict=True):
        assert found == pytest.approx(whole)
