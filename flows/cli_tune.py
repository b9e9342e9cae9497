"""A model tuned on a dataset that is built."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli_given import Char, Data, open_built, tell

__all__ = ["tuning"]

tuning = typer.Typer(rich_markup_mode=None)


@tuning.command()
def tune(
    char: Char,
    base: Annotated[
        str, typer.Option(help="The model: a folder, a .gguf file, org/name on the Hub, or smollm2 (English, 0.1 GB).")
    ],
    recipe: Annotated[
        str,
        typer.Option(
            help="Of which rows: rocit (a model's answers), a (the work's exchanges), b (these, and synthesized ones) "
            "or c (the role's lines, each behind its scene)."
        ),
    ] = "a",
    epochs: Annotated[float, typer.Option(min=0.01, help="How often each row is seen.")] = 3.0,
    rank: Annotated[int, typer.Option(min=1, max=1024, help="LoRA's rank.")] = 16,
    lr: Annotated[float, typer.Option(min=1e-9, max=1.0, help="The highest learning rate.")] = 2e-4,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Stop after so many steps.  [default: never]")] = None,
    seed: Annotated[int, typer.Option(min=0, help="What chance goes by.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The folder to write.  [default: data/processed/CHAR/tuned/RECIPE]"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="From the beginning, though it is done or half done.")] = False,
    data: Data = None,
) -> None:
    """Tune a model to answer as the character, with LoRA, and compare its loss on held-out lines with what it was.

    Where it was stopped, the same command goes on from its last checkpoint.
    """
    from dramaturg.tune.train import Hyperparameters
    from flows.tune import Asked, render_tuned
    from flows.tune import tune as tune_model

    how = Hyperparameters(epochs, rank, lr, max_steps, seed)
    print(render_tuned(tune_model(open_built(char, data), Asked(base, recipe, how, output, fresh), tell)))
