"""Who speaks, by voice: the nearest of the labelled clips; those near none are told apart, and called SPEAKER_1 and on.

A voice's distance to a person is the mean of its distances to that person's three nearest clips (k nearest neighbours,
as ChatHaruhi did it, but for each person, so that who has more labels is not nearer). Up to a distance `sure` it is the
nearest person; up to half as far again it may be (ChatHaruhi's two thresholds, 0.4 and 0.6, have that ratio); beyond,
it is nobody's known.

`sure` is calibrated on the labels: each clip in turn is taken out and given to the nearest person. Where that is right
for all, and each is nearer to its own person than any to another's, `sure` lies half-way between the two; else it is
the largest distance up to which all were right. A fixed one bounds it, which also stands where nobody has two clips:
0.25, measured on eight synthesised voices with this encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from extractors.audio.voices import Embeddings

__all__ = ["Gallery", "Verdict", "calibrate", "tell_apart"]

_NEAREST = 3
_SURE = 0.25
_LEAST_SURE = 1e-3
_APART = 0.3  # mean distance at which unknown voices are two people's
_MAYBE = 1.5
_TEMPERATURES = tuple(np.geomspace(0.01, 0.2, 20))
_USUAL_TEMPERATURE = 0.05
_FAR = 9.0  # what a clip without voice lies from all


class Verdict(NamedTuple):
    """Who it is, None where it is nobody known, and how likely that is right."""

    name: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Gallery:
    """Labelled clips, a row of `embeddings` for each of the `names`. Of `tried` clips that could be left out, `right`
    were given to their own person."""

    embeddings: Embeddings
    names: tuple[str, ...]
    sure: float
    temperature: float
    tried: int
    right: int

    @property
    def reliability(self) -> float:
        """How likely an answer is right that looks certain, by what leaving labels out told (Laplace's rule of
        succession: right plus one of tried plus two)."""
        return (self.right + 1) / (self.tried + 2)

    @property
    def description(self) -> str:
        """The labels, and what leaving each out told, in one line."""
        told = f"{len(self.names)} labelled clips of {len(set(self.names))} voices"
        checked = f", {self.right} of {self.tried} right when left out" if self.tried else ""
        return f"{told}{checked}; sure up to a distance of {self.sure:.2f}, perhaps up to {_MAYBE * self.sure:.2f}"

    def attribute(self, voices: Embeddings) -> list[Verdict]:
        """Who speaks in each clip."""
        people = sorted(set(self.names))
        verdicts = []
        for row in _distances(voices, self.embeddings):
            far = _to_people(row, self.names, people)
            best = int(np.argmin(far))
            if far[best] > _MAYBE * self.sure:
                verdicts.append(Verdict(None, 0.0))
                continue
            beyond = max(0.0, far[best] / self.sure - 1) / (_MAYBE - 1)
            share = float(_shares(far, self.temperature)[best])
            verdicts.append(Verdict(people[best], self.reliability * share * (1 - beyond / 2)))
        return verdicts


def calibrate(embeddings: Embeddings, names: Sequence[str]) -> Gallery:
    """The labelled clips with the distance and temperature that they tell themselves. Raises ValueError for none."""
    if not names:
        raise ValueError("no labelled clips")
    people = sorted(set(names))
    between = _distances(embeddings, embeddings)
    far, own = [], []
    for number, name in enumerate(names):
        others = [at for at in range(len(names)) if at != number]
        if name in [names[at] for at in others]:
            far.append(_to_people(between[number, others], [names[at] for at in others], people))
            own.append(people.index(name))
    if not own:
        return Gallery(embeddings, tuple(names), _SURE, _USUAL_TEMPERATURE, 0, 0)
    distances = np.array(far)
    best = distances.argmin(axis=1)
    is_right = best == own
    nearest = distances.min(axis=1)
    to_own = distances[np.arange(len(own)), own]
    to_others = np.where(np.arange(len(people)) == np.array(own)[:, None], _FAR, distances).min(axis=1)
    if is_right.all() and to_own.max() < to_others.min():
        sure = min((to_own.max() + to_others.min()) / 2, max(_SURE, to_own.max()))
    else:
        wrong = nearest[~is_right].min() if not is_right.all() else _FAR
        sure = max((each for each in nearest[is_right] if each < wrong), default=wrong / 2)
        sure = min(sure, _SURE)
    doubt = [
        -np.log([max(1e-9, _shares(row, each)[at]) for row, at in zip(distances, own, strict=True)]).mean()
        for each in _TEMPERATURES
    ]
    # six clips that are all right would have every answer certain
    temperature = max(float(_TEMPERATURES[int(np.argmin(doubt))]), _USUAL_TEMPERATURE if is_right.all() else 0)
    return Gallery(embeddings, tuple(names), max(float(sure), _LEAST_SURE), temperature, len(own), int(is_right.sum()))


def tell_apart(voices: Embeddings) -> list[int | None]:
    """The number of each clip's voice, counted from 1 in order of appearance; None for a clip without voice.

    Clips are put together from the bottom up, by mean distance (average linkage).
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    heard = [number for number, row in enumerate(voices) if row.any()]
    numbers: list[int | None] = [None] * len(voices)
    if len(heard) < 2:
        groups = [1] * len(heard)
    else:
        groups = list(fcluster(linkage(voices[heard], "average", metric="cosine"), _APART, criterion="distance"))
    order: dict[int, int] = {}
    for at, group in zip(heard, groups, strict=True):
        numbers[at] = order.setdefault(int(group), len(order) + 1)
    return numbers


def _distances(voices: Embeddings, others: Embeddings) -> Embeddings:
    """One minus the cosine, of each to each."""
    far = 1 - voices @ others.T
    far[~voices.any(axis=1)] = _FAR
    return far


def _to_people(row: Embeddings, names: Sequence[str], people: Sequence[str]) -> Embeddings:
    far = [np.sort(row[[at for at, name in enumerate(names) if name == each]])[:_NEAREST] for each in people]
    return np.array([each.mean() if len(each) else _FAR for each in far], np.float32)


def _shares(far: Embeddings, temperature: float) -> Embeddings:
    """How likely each person is, of those there are."""
    weights = np.exp(-(far - far.min()) / temperature)
    return np.asarray(weights / weights.sum(), np.float32)
