"""What there is in the datasets of one character or several, and its plots."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

from dramaturg.errors import InputError
from dramaturg.publish.dataset import parquet_path
from dramaturg.publish.metadata import Part
from dramaturg.publish.pictures import PLOTS, fingerprint, record
from dramaturg.publish.statistics import Statistics, questions, statistics
from dramaturg.publish.tables import LENGTHS, table_1
from dramaturg.publish.verbs import verb_nouns
from dramaturg.publish.voices import Voices
from flows.counted import funnel_of, role_dataset
from flows.pipeline import STAGES, active_stages, is_current, run_of, run_stage
from flows.stage import Build, as_last_built, read_manifest

__all__ = ["draw", "render_statistics", "statistics_of"]

_NEEDED = ("matplotlib", "pylopdf_fonts_zh_cn", "rjieba")
_SPEAKERS_SHOWN = 8


def statistics_of(builds: Sequence[Build]) -> Statistics:
    """Raises InputError where one of them is not built."""
    for build in builds:
        if "export" not in read_manifest(build)["stages"]:
            name = build.workspace.character_id
            raise InputError(f"{name} is not built yet, or not to its end: make build-dataset CHAR={name}")
    funnel = list(funnel_of(read_manifest(builds[0])["stages"])) if len(builds) == 1 else []
    return statistics([role_dataset(build) for build in builds], funnel)


def render_statistics(found: Statistics) -> str:
    """Table 1, who speaks, and the funnel."""
    lines = [f"{'  ' * depth + metric:<48}{value:>20}" for depth, metric, value in table_1(found)]
    lines += ["", LENGTHS]
    for character_id, voices in found.voices.items():
        if voices.lines:
            lines += ["", f"spoken lines of {character_id}, by speaker, with their mean confidence", *_speakers(voices)]
    if found.funnel:
        lines += ["", *(f"{number:>10,}  {what}" for what, number in found.funnel)]
    return "\n".join(lines)


def _speakers(voices: Voices) -> Iterator[str]:
    for each in voices.speakers[:_SPEAKERS_SHOWN]:
        name = "(unknown)" if each.name is None else " ".join(each.name.split())
        yield f"{each.lines:>10,}  {each.lines / voices.lines:>6.1%}  {each.confidence:.2f}  {name}"
    if len(voices.speakers) > _SPEAKERS_SHOWN:
        yield f"            and {len(voices.speakers) - _SPEAKERS_SHOWN:,} more"


def draw(build: Build) -> list[Path]:
    """Draw the plots of a character's dataset, and have its card show them; returns the plots' files.

    Raises InputError where the extra `plots` is not installed, or the dataset is not what a build would make now.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"to draw plots, more is needed than is installed ({missing[0]}): "
            "run .venv/bin/python -m pip install -e '.[plots]'"
        )
    from dramaturg.publish.plots import draw_plots

    build = as_last_built(build)
    name, dataset, character = build.workspace.character_id, build.workspace.dataset, build.character
    with run_of(build):
        if not all(is_current(build, stage) for stage in active_stages(build.settings)):
            raise InputError(f"{name} is not built yet, or has changed since: make build-dataset CHAR={name}")
        role = role_dataset(build)
        stages = read_manifest(build)["stages"]
        figures = statistics_of([build])
        drawn = draw_plots(dataset, figures, verb_nouns(questions(role), role.language), role.language)
        parts = _parts(build, stages["export"]["splits"], stages["export"]["files"])
        record(dataset, fingerprint(parts, figures.funnel, character.categories), drawn)
        run_stage(build, next(stage for stage in STAGES if stage.name == "export"), again=True)
    return [dataset / PLOTS / f"{each}.{kind}" for each in drawn for kind in ("png", "svg")]


def _parts(build: Build, splits: dict[str, dict[str, int]], files: dict[str, str]) -> dict[str, dict[str, Part]]:
    """The parts of the dataset, as the stage `export` counted them."""
    folder = build.workspace.dataset.relative_to(build.workspace.processed)
    return {
        config: {
            split: Part(rows, files.get(str(folder / parquet_path(config, split)), "")) for split, rows in own.items()
        }
        for config, own in splits.items()
    }
