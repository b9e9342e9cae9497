"""What there is in the datasets of one character or several, and its plots."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dramaturg.errors import InputError
from dramaturg.publish.card import with_pictures
from dramaturg.publish.dataset import parquet_path
from dramaturg.publish.metadata import Part
from dramaturg.publish.pictures import PLOTS, fingerprint, found_pictures, picture_files, record
from dramaturg.publish.statistics import Statistics, questions, statistics
from dramaturg.publish.tables import LENGTHS, table_1
from dramaturg.publish.verbs import verb_nouns
from dramaturg.publish.voices import Voices
from dramaturg.workspace import is_intact, sha256_file, write_atomic, write_json
from flows.counted import funnel_of, role_dataset
from flows.stage import CARD_FILE, Build, read_manifest

__all__ = ["NEEDED", "draw", "render_statistics", "statistics_of"]

NEEDED = ("matplotlib", "pylopdf_fonts_zh_cn", "rjieba")
"""The modules that the extra `plots` installs."""
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

    The stage `export` is not run for it, which might be told other settings than the build was. Raises InputError where
    the extra `plots` is not installed, or the dataset is not as it was built.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"to draw plots, more is needed than is installed ({missing[0]}): "
            "run .venv/bin/python -m pip install -e '.[plots]'"
        )
    from dramaturg.publish.plots import draw_plots

    workspace, character = build.workspace, build.character
    with workspace.locked():
        manifest = read_manifest(build)
        export = manifest["stages"].get("export", {"files": {}})
        beside = workspace.dataset / PLOTS
        built = {
            name: known
            for name, known in export["files"].items()
            if not (workspace.processed / name).is_relative_to(beside)
        }
        if not built or not all(is_intact(workspace.processed / name, known) for name, known in built.items()):
            name = workspace.character_id
            raise InputError(f"{name} is not built yet, or has changed since: make build-dataset CHAR={name}")
        figures, role = statistics_of([build]), role_dataset(build)
        drawn = draw_plots(workspace.dataset, figures, verb_nouns(questions(role), role.language), role.language)
        made_from = fingerprint(_parts(build, export), figures.funnel, character.categories)
        record(workspace.dataset, made_from, drawn)
        pictures = found_pictures(workspace.dataset, made_from)
        files = picture_files(workspace.dataset, pictures)
        for stale in {*beside.iterdir()} - {*files}:
            stale.unlink()
        card = workspace.dataset / CARD_FILE
        text = with_pictures(card.read_text(encoding="utf-8"), pictures)
        with write_atomic(card) as file:
            file.write(text.encode())
        hashes = {str(path.relative_to(workspace.processed)): sha256_file(path) for path in (card, *files)}
        entry = {**export, "plots": "there", "files": {**built, **hashes}}
        write_json(workspace.manifest, {**manifest, "stages": {**manifest["stages"], "export": entry}})
    return [workspace.dataset / PLOTS / f"{name}.{kind}" for name in drawn for kind in ("png", "svg")]


def _parts(build: Build, export: dict[str, Any]) -> dict[str, dict[str, Part]]:
    """The parts of the dataset, as the stage `export` wrote them."""
    folder = build.workspace.dataset.relative_to(build.workspace.processed)

    def part(config: str, split: str, rows: int) -> Part:
        return Part(rows, export["files"].get(str(folder / parquet_path(config, split)), ""))

    return {
        config: {split: part(config, split, rows) for split, rows in own.items()}
        for config, own in export["splits"].items()
    }
