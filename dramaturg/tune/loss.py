"""How well a model foretells the role's answers: its loss, in nats a token, of each talk by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dramaturg.tune.encode import Sample

__all__ = ["Loss", "answer_loss", "packs_stay_apart"]

_TAIL = 64
_NEAR = 0.02  # bfloat16 rounds; a talk that is seen changes far more


@dataclass(frozen=True, slots=True)
class Loss:
    """`nats`: the sum over the learned tokens of each sample, in order; `tokens`: how many these are."""

    nats: tuple[float, ...]
    tokens: tuple[int, ...]

    @property
    def mean(self) -> float:
        """Over all tokens; not a number where there is none."""
        return sum(self.nats) / sum(self.tokens) if sum(self.tokens) else float("nan")


def answer_loss(model: Any, samples: Iterable[Sample]) -> Loss:
    """Cross entropy of the learned tokens, one sample at a time, without padding."""
    found = [_nats(model, sample) for sample in samples]
    return Loss(tuple(nats for nats, _ in found), tuple(tokens for _, tokens in found))


def _nats(model: Any, sample: Sample) -> tuple[float, int]:
    import torch

    with torch.inference_mode():
        tokens = torch.tensor([sample.tokens], device=model.device)
        # a token is foretold at the place before it; the first of all is not
        places = [place for place, is_learned in enumerate(sample.learned[1:]) if is_learned]
        kept = torch.tensor(places, device=model.device)
        logits = model(input_ids=tokens, use_cache=False, logits_to_keep=kept).logits[0].float()
        nats = torch.nn.functional.cross_entropy(logits, tokens[0, kept + 1], reduction="sum")
    return float(nats), len(places)


def packs_stay_apart(model: Any, samples: Sequence[Sample]) -> bool:
    """Whether a model sees nothing of one talk in another that is packed behind it, whose places are counted anew: two
    samples' last tokens, one behind the other, against the second's alone. Their first ones are mostly the same system
    prompt, and to see that twice changes nothing."""
    import torch

    first, second = (sample.tokens[-_TAIL:] for sample in samples[:2])
    own = list(range(len(second)))

    def logits(tokens: list[int], places: list[int]) -> Any:
        given, at = (torch.tensor([each], device=model.device) for each in (tokens, places))
        return model(input_ids=given, position_ids=at, use_cache=False).logits[0, -len(second) :].float()

    with torch.inference_mode():
        alone = logits(second, own)
        packed = logits(first + second, [*range(len(first)), *own])
    return bool((packed - alone).abs().max() < _NEAR * alone.abs().max())
