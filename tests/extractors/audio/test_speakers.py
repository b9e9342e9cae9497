"""Who speaks, by voices of our own making: points on a sphere, a person's lying close together."""

import numpy as np
import pytest

from extractors.audio.speakers import Gallery, calibrate, tell_apart
from extractors.audio.voices import Embeddings


def voices(person: int, count: int, spread: float = 0.02, seed: int = 0) -> Embeddings:
    """Clips of one person: all people are as far from each other as can be."""
    draw = np.random.default_rng([person, seed])
    rows = spread * draw.normal(size=(count, 256)) + np.eye(256)[person]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def gallery(*people: int, clips: int = 3, spread: float = 0.02) -> Gallery:
    rows = np.concatenate([voices(person, clips, spread) for person in people])
    return calibrate(rows, [name for person in people for name in [f"P{person}"] * clips])


def names(found: Gallery, rows: Embeddings) -> list[str | None]:
    return [verdict.name for verdict in found.attribute(rows)]


def test_a_voice_is_the_nearest_persons() -> None:
    assert names(gallery(1, 2), np.concatenate([voices(1, 2, seed=1), voices(2, 2, seed=1)])) == [
        "P1",
        "P1",
        "P2",
        "P2",
    ]


def test_a_voice_far_from_all_is_nobodys() -> None:
    assert names(gallery(1, 2), voices(3, 2)) == [None, None]


def test_a_clip_without_voice_is_nobodys() -> None:
    assert names(gallery(1, 2), np.zeros((1, 256), np.float32)) == [None]


def test_who_has_more_labels_is_not_nearer() -> None:
    rows = np.concatenate([voices(1, 30, 0.06), voices(2, 1, 0.06)])
    found = calibrate(rows, ["P1"] * 30 + ["P2"])
    assert names(found, voices(2, 5, 0.06, seed=1)) == ["P2"] * 5


def test_leaving_each_label_out_tells_how_sure_the_answers_are() -> None:
    found = gallery(1, 2)
    assert (found.tried, found.right) == (6, 6)
    assert "6 labelled clips of 2 voices, 6 of 6 right when left out" in found.description
    (verdict,) = found.attribute(voices(1, 1, seed=1))
    assert verdict.confidence == pytest.approx(7 / 8, abs=0.01)  # Laplace: six of six are no certainty


def test_labels_that_contradict_each_other_make_the_answers_unsure() -> None:
    rows = voices(1, 6)
    found = calibrate(rows, ["P1", "P2"] * 3)
    assert found.right < found.tried
    assert all(verdict.confidence < 0.6 for verdict in found.attribute(voices(1, 4, seed=1)))


def test_further_away_is_less_sure() -> None:
    found = gallery(1, 2)
    near, far = voices(1, 1, 0.02, seed=1), voices(1, 1, 0.045, seed=1)
    (sure,), (unsure,) = found.attribute(near), found.attribute(far)
    assert sure.name == unsure.name == "P1"
    assert unsure.confidence < sure.confidence


def test_one_label_a_voice_is_enough_and_less_sure() -> None:
    found = gallery(1, 2, clips=1)
    assert (found.tried, found.sure) == (0, 0.25)
    (verdict,) = found.attribute(voices(2, 1, seed=1))
    assert verdict.name == "P2"
    assert verdict.confidence <= 0.5


def test_without_labels_there_is_nothing_to_calibrate() -> None:
    with pytest.raises(ValueError, match="no labelled clips"):
        calibrate(np.zeros((0, 256), np.float32), [])


@pytest.mark.audio
def test_unknown_voices_are_told_apart_in_order_of_appearance() -> None:
    one, other = voices(5, 3), voices(4, 2)
    rows = np.concatenate([one[:1], other, one[1:], np.zeros((1, 256), np.float32)])
    assert tell_apart(rows) == [1, 2, 2, 1, 1, None]
    assert tell_apart(rows[:1]) == [1]
    assert tell_apart(rows[:0]) == []
