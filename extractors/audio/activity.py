"""Where in a recording somebody speaks: stretches of voice, packed into passages that a recogniser hears at once.

silero-vad gives each block its probability of voice. A stretch begins above 0.5 and ends where it has been below 0.35
for 0.3 seconds (its own two thresholds); it is widened by 0.1 seconds. Whisper looks at 30 seconds at once, so
stretches less than two seconds apart are put together as long as they fit into 28, and one that is longer is cut where
voice is least likely in its last eight seconds.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from extractors.audio.media import BLOCK, RATE, Sound

__all__ = ["Passage", "find_passages", "has_voice"]

_BEGINS = 0.5
_ENDS = 0.35
_PAUSE = round(0.3 * RATE / BLOCK)  # these in blocks
_MARGIN = round(0.1 * RATE / BLOCK)
_APART = round(2.0 * RATE / BLOCK)
_LONGEST = round(28.0 * RATE / BLOCK)
_LEAST_VOICE = round(0.2 * RATE / BLOCK)
_LOOKED_BACK = round(8.0 * RATE / BLOCK)

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """From `start` on, in milliseconds, `sound` with the silences in it; `voice` are the stretches in it in which
    somebody speaks, in milliseconds of the recording."""

    start: int
    sound: Sound
    voice: tuple[_Span, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.sound) * 1000 // RATE


def find_passages(blocks: Iterable[Sound]) -> Iterator[Passage]:
    """The passages of a recording, in order; what is between them is silence, music or noise."""
    held: deque[Sound] = deque()  # from block `first` on
    first = 0
    open_stretches: list[_Span] = []
    reader = _Stretches()

    def passage() -> Passage:
        start, end = open_stretches[0][0], open_stretches[-1][1]
        sound = np.concatenate([held[number - first] for number in range(start, min(end, first + len(held)))])
        voice = tuple((_milliseconds(one), _milliseconds(other)) for one, other in open_stretches)
        return Passage(_milliseconds(start), sound, voice)

    for number, (block, probability) in enumerate(_heard(blocks)):
        held.append(block)
        for stretch in reader.feed(number, probability):
            if open_stretches and stretch[1] - open_stretches[0][0] > _LONGEST:
                yield passage()
                open_stretches.clear()
            open_stretches.append(stretch)
        begun = reader.begun
        if open_stretches and (begun if begun is not None else number) - open_stretches[-1][1] > _APART:
            yield passage()
            open_stretches.clear()
        needed = open_stretches[0][0] if open_stretches else begun if begun is not None else number - _MARGIN
        while held and first < needed:
            held.popleft()
            first += 1
    for stretch in reader.finish():
        if open_stretches and stretch[1] - open_stretches[0][0] > _LONGEST:
            yield passage()
            open_stretches.clear()
        open_stretches.append(stretch)
    if open_stretches:
        yield passage()


def has_voice(sound: Sound) -> bool:
    """Whether somebody speaks in a clip for a fifth of a second and more."""
    blocks = np.pad(sound, (0, -len(sound) % BLOCK)).reshape(-1, BLOCK)
    return sum(probability >= _BEGINS for _, probability in _heard(blocks)) >= _LEAST_VOICE


def _heard(blocks: Iterable[Sound]) -> Iterator[tuple[Sound, float]]:
    """Each block with its probability of voice."""
    import torch

    model = _detector()
    model.reset_states()
    with torch.inference_mode():
        for block in blocks:
            yield block, float(model(torch.from_numpy(block), RATE))


@cache
def _detector() -> Any:
    """silero-vad, loaded once; it remembers what it heard until it is reset."""
    from silero_vad import load_silero_vad

    return load_silero_vad()


class _Stretches:
    """Probabilities in, stretches of blocks out. `begun` is where the one that is not ended yet begins."""

    def __init__(self) -> None:
        self.begun: int | None = None
        self._reached = 0  # where the stretch before ends
        self._last = 0  # the last block of voice
        self._recent: deque[float] = deque(maxlen=_LOOKED_BACK)

    def feed(self, number: int, probability: float) -> Iterator[_Span]:
        self._recent.append(probability)
        if self.begun is None:
            if probability >= _BEGINS:
                self.begun = max(self._reached, number - _MARGIN)
                self._last = number
            return
        if probability >= _ENDS:
            self._last = number
        if number - self._last >= _PAUSE:
            yield self._ended(self._last + 1 + _MARGIN)
        elif number + 1 - self.begun >= _LONGEST:
            back = len(self._recent) - 1 - int(np.argmin(self._recent))
            begins_again = number + 1 - back
            yield self._ended(begins_again)
            self.begun = begins_again

    def finish(self) -> Iterator[_Span]:
        if self.begun is not None:
            yield self._ended(self._last + 1 + _MARGIN)

    def _ended(self, end: int) -> _Span:
        assert self.begun is not None
        stretch = self.begun, end
        self.begun, self._reached = None, end
        return stretch


def _milliseconds(block: int) -> int:
    return block * BLOCK * 1000 // RATE
