"""The training curve: a table, and a picture of it."""

import csv
import io
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from dramaturg.workspace import write_atomic

__all__ = ["COLUMNS", "draw_curve", "write_curve"]

COLUMNS = ("step", "epoch", "loss", "learning_rate")
_SMOOTHED = 0.9
_GREY, _BLUE = "#a9b4bd", "#2a6f97"


def write_curve(path: Path, steps: Sequence[Mapping[str, Any]]) -> None:
    """A line of `COLUMNS` for each step."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([step[column] for column in COLUMNS] for step in steps)
    with write_atomic(path) as file:
        file.write(text.getvalue().encode())


def draw_curve(path: Path, steps: Sequence[Mapping[str, Any]], title: str) -> None:
    """The loss of each step, and how it runs, as an SVG of the same bytes on every run."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    losses = [float(step["loss"]) for step in steps]
    smooth: list[float] = []
    for loss in losses:
        smooth.append(loss if not smooth else _SMOOTHED * smooth[-1] + (1 - _SMOOTHED) * loss)
    with rc_context(rc={"svg.hashsalt": "dramaturg", "svg.fonttype": "path", "text.parse_math": False}):
        figure = Figure(figsize=(9.0, 4.5), layout="constrained")
        axis = figure.add_subplot()
        at = [int(step["step"]) for step in steps]
        axis.plot(at, losses, color=_GREY, label="loss of each step")
        axis.plot(at, smooth, color=_BLUE, label="running mean")
        axis.set(xlabel="step", ylabel="loss of the role's answers, nats a token", title=title)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False)
        image = BytesIO()
        figure.savefig(image, format="svg", metadata={"Date": None, "Creator": None})
    with write_atomic(path) as file:
        file.write(image.getvalue())
