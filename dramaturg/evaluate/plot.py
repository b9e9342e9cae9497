"""The figures of an evaluation, drawn with their intervals. Needs the extra `plots`."""

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from dramaturg.evaluate.evaluation import Evaluation
from dramaturg.evaluate.intervals import Mean
from dramaturg.evaluate.scores import Score
from dramaturg.publish.plots import drawing, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_evaluation"]

_PANELS = (
    ("ROUGE-L", {"CUS": "CUS", "RAW": "RAW", "SPE": "SPE", "average": "avg."}),
    ("win rate", {"win_rate": "win rate"}),
    ("cosine", {"similarity": "own line", "chance": "by chance"}),
    ("share", {"refusal": "refusals", "ai_disclosure": "is a model", "meta_talk": "of the work"}),
)
_OF_ONE = frozenset({"win rate", "share"})
_COLOURS = ("#2a6f97", "#c8553d", "#e9a23b", "#6a994e", "#7b5ea7", "#a9b4bd", "#3d405b", "#b5838d")


def draw_evaluation(path: Path, found: Evaluation) -> None:
    """Draw each model over all questions into `path`.png and .svg, measures that there are and no others."""
    from matplotlib.figure import Figure

    scores = found.scores(found.questions)
    panels = [
        (title, shown) for title, columns in _PANELS if (shown := {k: v for k, v in columns.items() if _has(scores, k)})
    ]
    with drawing(path) as draw:
        rows = ceil(len(panels) / 2) or 1
        figure = Figure(figsize=(9.0, 3.2 * rows + 0.6 * ceil(len(scores) / 2)), layout="constrained")
        axes = list(figure.subplots(rows, 2, squeeze=False).flat)
        for axis, (title, columns) in zip(axes, panels, strict=False):
            _bars(axis, title, columns, scores)
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
        if panels:
            handles, labels = axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=2)
        draw(figure)


def _has(scores: Mapping[str, Score], name: str) -> bool:
    return any(isinstance(each.cells[name], Mean) for each in scores.values())


def _bars(axis: "Axes", title: str, columns: Mapping[str, str], scores: Mapping[str, Score]) -> None:
    names: Sequence[str] = list(columns)
    width = 0.8 / max(1, len(scores))
    for number, (model, each) in enumerate(scores.items()):
        cells = [(place, cell) for place, name in enumerate(names) if isinstance(cell := each.cells[name], Mean)]
        axis.bar(
            [place + (number - (len(scores) - 1) / 2) * width for place, _ in cells],
            [cell.value for _, cell in cells],
            width,
            yerr=[
                [0.0 if cell.low is None else max(0.0, cell.value - cell.low) for _, cell in cells],
                [0.0 if cell.high is None else max(0.0, cell.high - cell.value) for _, cell in cells],
            ],
            capsize=2,
            color=_COLOURS[number % len(_COLOURS)],
            label=short_name(model, 48),
        )
    axis.set_xticks(range(len(names)), list(columns.values()))
    axis.set_title(title)
    if title in _OF_ONE:
        axis.set_ylim(0, 1)
    else:
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
