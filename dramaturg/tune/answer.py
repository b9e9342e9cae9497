"""What a model answers, tuned or not."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dramaturg.errors import InputError
from dramaturg.tune.base import find_base, load_base, make_ready, quiet
from dramaturg.tune.encode import Encoder, Message
from dramaturg.tune.tuned import ADAPTER, read_tuning

__all__ = ["answers"]

_HANZI = re.compile(r"[\u3400-\u9fff]")


def answers(folder: Path, talks: Sequence[Sequence[Message]], max_tokens: int) -> Iterator[str]:
    """The answer to each talk, in order, as it comes: the likeliest token at every place, `max_tokens` of the model's
    at most, the same on every run on one machine.

    `folder` is one that `dramaturg tune` has written, or a base as that takes it: a model's folder, a .gguf file, a
    repository of the Hub, a name. A talk is messages of `role` (system, user, assistant) and `content`, the last of
    them a user's. A tuned model is written to as it was tuned, another by its chat template.

    Raises InputError where the extra `train` is not installed, where there is no such model, or where the base is no
    longer the one that was tuned; HubError and DownloadError where it cannot be fetched.
    """
    make_ready()
    model, encoder = _opened(folder, talks)
    return (_answer(model, encoder, talk, max_tokens) for talk in talks)


def _opened(folder: Path, talks: Sequence[Sequence[Message]]) -> tuple[Any, Encoder]:
    tuning = read_tuning(folder)
    if tuning is None:
        model, tokenizer = load_base(find_base(str(folder)))
        is_chinese = any(_HANZI.search(message["content"]) for talk in talks for message in talk)
        return model.eval(), Encoder(tokenizer, "chat", "zh" if is_chinese else "en")
    known = tuning["base"]
    base = find_base(known["path"] if Path(known["path"]).exists() else known["given"])
    if base.sha256 != known["sha256"]:
        raise InputError(f"{folder}: {base.path} is no longer the model that was tuned: its files have changed")
    model, tokenizer = load_base(base)
    from peft import PeftModel

    try:
        with quiet():
            tuned = PeftModel.from_pretrained(model, str(folder / ADAPTER)).merge_and_unload()
    except Exception as error:  # whatever its readers stumble over
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"{folder}: its adapter cannot be loaded: {reason}") from None
    return tuned.eval(), Encoder(tokenizer, tuning["markup"], tuning["language"])


def _answer(model: Any, encoder: Encoder, talk: Sequence[Message], max_tokens: int) -> str:
    import torch

    asked = torch.tensor([encoder.prompt(talk)], device=model.device)
    with torch.inference_mode(), quiet():
        found = model.generate(
            input_ids=asked,
            attention_mask=torch.ones_like(asked),
            max_new_tokens=max_tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            eos_token_id=encoder.stops,
            pad_token_id=encoder.stops[0],
        )[0, asked.shape[1] :]
    return str(encoder.tokenizer.decode(found, skip_special_tokens=True)).strip()
