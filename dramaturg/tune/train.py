"""LoRA by TRL and PEFT: samples in, an adapter and its curve out. A run that was stopped goes on from its last
checkpoint, and ends as if it had not been."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg.errors import InputError
from dramaturg.tune.base import quiet
from dramaturg.tune.encode import Sample
from dramaturg.tune.loss import packs_stay_apart

__all__ = ["Hyperparameters", "Trained", "longest_sample", "train"]

_PACK = 1024  # tokens, where no talk is longer
_LONGEST = 4096
_WHOLE = "whole"
_KEPT = 2
_SAVED = 0.1  # of all steps: the most that a stop can cost


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """`rank` is LoRA's (arXiv 2106.09685), on every linear layer but the last, alpha twice that, no dropout. `lr` rises
    over the first twentieth of the steps and falls along a cosine. `max_steps` ends a run earlier."""

    epochs: float = 3.0
    rank: int = 16
    lr: float = 2e-4
    max_steps: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """The tuned `model`; a record of each of its `steps`; how many `packs` the samples were, of at most `length`
    tokens; how many samples were `too_long`; whether talks share a pack."""

    model: Any
    steps: Sequence[Mapping[str, Any]]
    packs: int
    length: int
    too_long: int
    is_packed: bool


def longest_sample(model: Any) -> int:
    """The most tokens of a sample that is tuned on."""
    return min(getattr(model.config, "max_position_embeddings", None) or _LONGEST, _LONGEST)


def train(
    model: Any,
    tokenizer: Any,
    samples: Sequence[Sample],
    how: Hyperparameters,
    work: Path,
    tell: Callable[[str], None],
) -> Trained:
    """Tune `model` on the learned tokens of the samples; checkpoints go into the folder `work`, and one that lies there
    is gone on from.

    Samples of several lengths share a sequence, first the longest, each where it fits best. Each then counts its places
    anew, from which transformers' attention knows that they are strangers; where a model's does not (this is tried
    before), every sample is a sequence of its own. Raises InputError where no sample is short enough.
    """
    import torch
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig
    from transformers import set_seed
    from trl import SFTConfig, SFTTrainer

    longest = longest_sample(model)
    fitting = [sample for sample in samples if len(sample.tokens) <= longest]
    if not fitting:
        raise InputError(f"no talk fits into the {longest:,} tokens of this model")
    length = max(min(_PACK, longest), *(len(sample.tokens) for sample in fitting))
    is_packed = len(fitting) > 1 and packs_stay_apart(model, fitting)
    has_card = torch.cuda.is_available()
    set_seed(how.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    disable_progress_bars()
    rows = [{"input_ids": each.tokens, "labels": _labels(each)} for each in fitting]
    config = SFTConfig(
        output_dir=str(work),
        num_train_epochs=how.epochs,
        max_steps=-1 if how.max_steps is None else how.max_steps,
        per_device_train_batch_size=1,
        learning_rate=how.lr,
        lr_scheduler_type="cosine",
        warmup_steps=0.05,
        packing=is_packed,
        packing_strategy="bfd",
        max_length=length,
        bf16=model.dtype == torch.bfloat16,
        use_cpu=not has_card,
        activation_checkpointing=has_card,
        seed=how.seed,
        data_seed=how.seed,
        logging_steps=1,
        save_steps=_SAVED,
        save_total_limit=_KEPT,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=has_card,
    )
    lora = LoraConfig(
        r=how.rank, lora_alpha=2 * how.rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with _hushed():
        trainer = SFTTrainer(
            model, config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, peft_config=lora
        )
        _listen(trainer, tell)
        checkpoint = _last_whole(work)
        if checkpoint is not None:
            tell(f"goes on from {checkpoint.name}")
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    steps = [entry for entry in trainer.state.log_history if "loss" in entry]
    return Trained(
        trainer.model.eval(), steps, len(trainer.train_dataset), length, len(samples) - len(fitting), is_packed
    )


def _labels(sample: Sample) -> list[int]:
    return [token if is_learned else -100 for token, is_learned in zip(sample.tokens, sample.learned, strict=True)]


def _listen(trainer: Any, tell: Callable[[str], None]) -> None:
    """Tell of the steps, and mark each checkpoint once it is whole: its files are not written beside and moved."""
    from transformers import PrinterCallback, TrainerCallback

    class Listener(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
            most, step = state.max_steps, state.global_step
            if logs and "loss" in logs and (step in (1, most) or step % max(1, most // 20) == 0):
                tell(f"step {step:,} of {most:,}  loss {float(logs['loss']):.3f}")

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            os.sync()
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _WHOLE).touch()

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Listener())


def _last_whole(work: Path) -> Path | None:
    """The last checkpoint that is whole; those that are not are taken away."""
    whole: list[Path] = []
    for folder in work.glob("checkpoint-*"):
        if (folder / _WHOLE).is_file():
            whole.append(folder)
        else:
            shutil.rmtree(folder)
    return max(whole, key=lambda folder: int(folder.name.partition("-")[2]), default=None)


@contextmanager
def _hushed() -> Iterator[None]:
    """Without what the libraries say of how they are used here: TRL warns of packing without flash attention, which
    `packs_stay_apart` has looked at."""
    loggers = [logging.getLogger(name) for name in ("trl", "accelerate", "peft", "transformers")]
    before = [each.level for each in loggers]
    with quiet():
        for each in loggers:
            each.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for each, level in zip(loggers, before, strict=True):
                each.setLevel(level)
