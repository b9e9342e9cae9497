"""`dramaturg tune`: a model tuned on a built dataset, and what it foretells better, or not, than before.

It is no stage: a dataset does not depend on it, and a build neither makes nor clears it. The folder says itself, in
tuning.json, of which dataset it was made.
"""

import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dramaturg import __version__
from dramaturg.errors import InputError
from dramaturg.publish.talks import Talk, system_prompt
from dramaturg.tune.base import find_base, load_base, make_ready
from dramaturg.tune.encode import Encoder, Sample
from dramaturg.tune.loss import Loss, answer_loss
from dramaturg.tune.recipe import RECIPES, Recipe, next_lines
from dramaturg.tune.train import Hyperparameters, Trained, longest_sample, train
from dramaturg.tune.tuned import begun, held, is_done, read_tuning, write_tuned
from dramaturg.workspace import digest
from flows.built import built_profile, check_current, dataset_digest
from flows.stage import TUNED, Build

__all__ = ["Asked", "render_tuned", "tune"]

_LIBRARIES = ("torch", "transformers", "trl", "peft")
_TITLES = {"next_line": "next lines of the work", "own": "rows of the recipe's own"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tuned, and how; `output` is the folder, where it is not data/processed/CHAR/tuned/RECIPE."""

    base: str
    recipe: str
    how: Hyperparameters
    output: Path | None = None
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class _Rows:
    """The talks of a recipe in train, and of test its own and the work's exchanges, by the names of `_TITLES`."""

    dataset: str
    train: Sequence[Talk]
    test: Mapping[str, Sequence[Talk]]


def tune(build: Build, asked: Asked, tell: Callable[[str], None]) -> Path:
    """Tune it; returns the folder. Where that has what is asked for already, nothing is done.

    Raises InputError where the extra `train` is not installed, the dataset is not built, stale or without a row for
    the recipe, or the base is none; BusyError while the dataset is built or the same is tuned.
    """
    if asked.recipe not in RECIPES:
        raise InputError(f"RECIPE={asked.recipe}: there is no such recipe; there are {', '.join(RECIPES)}")
    make_ready()
    recipe = RECIPES[asked.recipe]
    rows = _read(build, recipe)
    base = find_base(asked.base)
    folder = asked.output or build.workspace.processed / TUNED / recipe.name
    with held(folder):
        made_with = _made_with()
        key = digest(build.workspace.character_id, asked.recipe, [asdict(talk) for talk in rows.train], rows.dataset,
                     base.sha256, asdict(asked.how), made_with, __version__)  # fmt: skip
        if not asked.is_fresh and is_done(folder, key):
            tell("Nothing has changed since it was tuned; --fresh tunes it again.")
            return folder
        work = begun(folder, key, asked.is_fresh)
        tell(f"{base.path} is loaded")
        model, tokenizer = load_base(base)
        encoder = Encoder(tokenizer, recipe.markup, build.character.language)
        samples = _samples(encoder, rows.train)
        tests = {name: _samples(encoder, talks) for name, talks in rows.test.items()}
        tell(
            f"{len(rows.train):,} talks, {sum(len(each.tokens) for each in samples):,} tokens, "
            f"{sum(sum(each.learned) for each in samples):,} of them the role's answers"
        )
        trained = train(model, tokenizer, samples, asked.how, work, tell)
        told = {
            "key": key,
            "character": build.workspace.character_id,
            "recipe": recipe.name,
            "command": _command(build, asked),
            "base": {"given": base.given, "path": str(base.path), "sha256": base.sha256},
            "dataset": rows.dataset,
            "hyperparameters": asdict(asked.how),
            "made_with": {"dramaturg": __version__, **made_with},
            "markup": encoder.markup,
            "language": build.character.language,
            "licence": build.character.licence,
            "train": _told_of_training(trained, rows.train, samples),
            "test": {name: _compared(trained.model, own) for name, own in tests.items()},
        }
        title = f"{build.workspace.character_id}, recipe {recipe.name}, on {base.path.name}"
        write_tuned(folder, trained, told, title, _readme(told))
    return folder


def _read(build: Build, recipe: Recipe) -> _Rows:
    with build.workspace.locked():
        check_current(build)
        dataset, name = build.workspace.dataset, build.workspace.character_id
        system = system_prompt(build.character, built_profile(build))
        found = list(recipe.read(dataset, "train", system))
        if not found:
            raise InputError(
                f"{name} has no row for RECIPE={recipe.name}: it is made of {recipe.rows}; build the dataset with a "
                "language model, or take another recipe"
            )
        tests = {
            "next_line": list(next_lines(dataset, "test", system)),
            "own": list(recipe.read(dataset, "test", system)),
        }
        return _Rows(str(dataset_digest(build)), found, tests)


def _made_with() -> dict[str, Any]:
    """What decides, beside what is asked for, how sums are rounded."""
    import torch

    card = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        **{name: version(name) for name in _LIBRARIES},
        "device": card or "cpu",
        "threads": torch.get_num_threads(),
    }


def _samples(encoder: Encoder, talks: Iterable[Talk]) -> list[Sample]:
    return [sample for talk in talks for sample in encoder.encode(talk)]


def _told_of_training(trained: Trained, talks: Sequence[Talk], samples: Sequence[Sample]) -> dict[str, Any]:
    losses = [float(step["loss"]) for step in trained.steps]
    tenth = max(1, len(losses) // 10)
    return {
        "talks": len(talks),
        "samples": len(samples),
        "too_long": trained.too_long,
        "tokens": sum(len(each.tokens) for each in samples),
        "learned_tokens": sum(sum(each.learned) for each in samples),
        "packs": trained.packs,
        "pack_tokens": trained.length,
        "is_packed": trained.is_packed,
        "steps": len(losses),
        "loss_first_tenth": sum(losses[:tenth]) / tenth,
        "loss_last_tenth": sum(losses[-tenth:]) / tenth,
    }


def _compared(model: Any, samples: Sequence[Sample]) -> dict[str, Any]:
    """The loss of the model as it was and as it is, on the same samples, nats a token."""
    fitting = [sample for sample in samples if len(sample.tokens) <= longest_sample(model)]
    with model.disable_adapter():
        base = answer_loss(model, fitting)
    tuned = answer_loss(model, fitting)
    return {
        "samples": len(fitting),
        "too_long": len(samples) - len(fitting),
        "tokens": sum(tuned.tokens),
        "base": _mean(base),
        "tuned": _mean(tuned),
        "better": sum(after < before for before, after in zip(base.nats, tuned.nats, strict=True)),
    }


def _mean(loss: Loss) -> float | None:
    return loss.mean if loss.nats else None


def _command(build: Build, asked: Asked) -> str:
    """Every setting said, those that were not given too."""
    how, data = asked.how, build.workspace.data
    words = ["dramaturg", "tune", build.workspace.character_id, "--base", asked.base, "--recipe", asked.recipe]
    words += ["--epochs", f"{how.epochs:g}", "--rank", str(how.rank), "--lr", f"{how.lr:g}", "--seed", str(how.seed)]
    words += [] if how.max_steps is None else ["--max-steps", str(how.max_steps)]
    words += [] if asked.output is None else ["--output", os.fspath(asked.output)]
    return shlex.join([*words, "--data", os.fspath(data)])


def _readme(told: Mapping[str, Any]) -> str:
    """What is to be known of it where it is found alone."""
    return (
        f"A LoRA adapter that lets {told['base']['given']} (SHA-256 {told['base']['sha256'][:12]}…) answer as "
        f"{told['character']}: recipe {told['recipe']}, {told['train']['talks']:,} talks, licence of their texts: "
        f"{told['licence']}. `{told['command']}` made it, tuning.json says of what. PEFT opens adapter/.\n"
    )


def render_tuned(folder: Path) -> str:
    """The losses side by side."""
    told = read_tuning(folder) or {}
    trained = told["train"]
    lines = [
        f"  {trained['talks']:,} talks in {trained['packs']:,} sequences, {trained['steps']:,} steps"
        + (f"; {trained['too_long']:,} too long" if trained["too_long"] else ""),
        f"  training loss {trained['loss_first_tenth']:.3f} in the first tenth of the steps, "
        f"{trained['loss_last_tenth']:.3f} in the last",
        "",
        f"  {'held out, loss in nats a token':<32}{'answers':>8}{'tokens':>8}{'base':>8}{'tuned':>8}  better",
    ]
    for name, found in told["test"].items():
        values = "".join("       –" if found[each] is None else f"{found[each]:>8.3f}" for each in ("base", "tuned"))
        lines.append(
            f"    {_TITLES[name]:<30}{found['samples']:>8,}{found['tokens']:>8,}{values}  "
            f"{found['better']:,} of {found['samples']:,}"
        )
    return "\n".join([*lines, "", f"  tuned      {folder}", f"  by         {told['command']}"])
