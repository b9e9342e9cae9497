"""A voice as 256 numbers: the speaker encoder of Wan et al., *Generalized End-to-End Loss for Speaker Verification*
(ICASSP 2018), with the weights that resemblyzer trained and its package carries.

A clip is brought to a level, cut into windows of 1.6 seconds that overlap by half, and each window's mel spectrogram
(40 bands, 25 milliseconds every 10) goes through three LSTM layers; the clip's embedding is the mean of its windows'.
Two clips of one voice lie close: one minus the cosine of their embeddings is their distance.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.audio.media import RATE, Sound

__all__ = ["Embeddings", "embed"]

Embeddings = NDArray[np.float32]
"""A row of unit length for each clip."""

_SIZE = 256
_BANDS = 40
_FRAME = RATE * 25 // 1000
_HOP = RATE * 10 // 1000
_WINDOW = 160  # frames
_LEVEL = 10 ** (-30 / 20)  # root mean square, full scale being 1
_SILENT = 1e-5
_LEAST_COVERED = 0.75  # of a last window, where there are others


def embed(clips: Iterable[Sound], weights: Path) -> Embeddings:
    """The clips' embeddings, one row each, in order; a row of zeros for a clip in which nothing is heard."""
    import torch

    model = torch.nn.ModuleDict(
        {"lstm": torch.nn.LSTM(_BANDS, _SIZE, 3, batch_first=True), "linear": torch.nn.Linear(_SIZE, _SIZE)}
    )
    known = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
    model.load_state_dict({name: value for name, value in known.items() if not name.startswith("similarity")})
    bands = torch.from_numpy(_mel_bands())
    rows = []
    with torch.inference_mode():
        for clip in clips:
            level = float(np.sqrt(np.mean(np.square(clip, dtype=np.float64)))) if len(clip) else 0.0
            if level < _SILENT:
                rows.append(np.zeros(_SIZE, np.float32))
                continue
            windows = _windows(torch.from_numpy(clip * max(1.0, _LEVEL / level)), bands)
            _, (hidden, _) = model["lstm"](windows)
            each = torch.nn.functional.normalize(torch.relu(model["linear"](hidden[-1])), dim=1)
            rows.append(torch.nn.functional.normalize(each.mean(dim=0), dim=0).numpy())
    return np.stack(rows) if rows else np.zeros((0, _SIZE), np.float32)


def _windows(sound: Any, bands: Any) -> Any:
    """The mel spectrograms of a clip's windows: windows, frames, bands."""
    import torch

    least = _WINDOW * _HOP
    sound = torch.nn.functional.pad(sound, (0, max(0, least - len(sound))))
    spectrum = torch.stft(
        sound, _FRAME, _HOP, window=torch.hann_window(_FRAME), center=True, pad_mode="constant", return_complex=True
    )
    mel = (bands @ spectrum.abs().square()).T
    starts = list(range(0, len(mel) - _WINDOW + 1, _WINDOW // 2))
    rest = len(mel) - (starts[-1] + _WINDOW // 2)
    if rest >= _LEAST_COVERED * _WINDOW and starts[-1] + _WINDOW < len(mel):
        starts.append(len(mel) - _WINDOW)
    return torch.stack([mel[start : start + _WINDOW] for start in starts])


def _mel_bands() -> NDArray[np.float32]:
    """Triangles of equal area over the frequencies of a frame, evenly spaced on Slaney's mel scale (*Auditory Toolbox*,
    1998): linear up to 1,000 Hz, fifteen mels, then 27 mels to a factor of 6.4."""
    step = np.log(6.4) / 27

    def hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(step * (mel - 15)))

    highest = 15 + np.log(RATE / 2 / 1000) / step
    edges = hertz(np.linspace(0, highest, _BANDS + 2))
    frequencies = np.linspace(0, RATE / 2, _FRAME // 2 + 1)
    below, above = edges[:-2, None], edges[2:, None]
    middle = edges[1:-1, None]
    rising, falling = (frequencies - below) / (middle - below), (above - frequencies) / (above - middle)
    return (np.maximum(0, np.minimum(rising, falling)) * 2 / (above - below)).astype(np.float32)
