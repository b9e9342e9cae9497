"""What there is in the datasets of one character or several, and its plots."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dramaturg.errors import InputError
from dramaturg.publish.pictures import PLOTS, picture_files, record
from dramaturg.publish.statistics import Statistics, questions, statistics
from dramaturg.publish.tables import LENGTHS, table_1
from dramaturg.publish.verbs import FEWEST_TIMES, FEWEST_VERBS, common_verbs, verb_nouns
from dramaturg.publish.voices import Voices
from dramaturg.workspace import is_intact, sha256_file, write_atomic, write_json
from flows.card import Told, card_of, current_pictures, plots_made_from, written_parts
from flows.counted import funnel_of, role_dataset
from flows.pipeline import STAGES, made_from
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


def draw(build: Build, tell: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Draw the plots of a character's dataset, and have its card show them; returns the plots' files. What there is too
    little for is told.

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

    workspace = build.workspace
    with workspace.locked():
        manifest = read_manifest(build)
        export = manifest["stages"].get("export", {"files": {}})
        beside = workspace.dataset / PLOTS
        built = {
            name: known
            for name, known in export["files"].items()
            if not (workspace.processed / name).is_relative_to(beside)
        }
        is_same = bool(built) and export["made_from"]["character"] == made_from(build, STAGES[-1])["character"]
        if not is_same or not all(is_intact(workspace.processed / name, known) for name, known in built.items()):
            name = workspace.character_id
            raise InputError(f"{name} is not built yet, or has changed since: make build-dataset CHAR={name}")
        parts = written_parts(build, export)
        figures, role = statistics_of([build]), role_dataset(build)
        asked = verb_nouns(questions(role), role.language)
        drawn = draw_plots(workspace.dataset, figures, asked, role.language)
        if (common := len(common_verbs(asked))) < FEWEST_VERBS:
            tell(
                f"questions: not drawn: {common} verbs are those of {FEWEST_TIMES} questions or more (a verb and its "
                f"object were found in {asked.total():,}), and fewer than {FEWEST_VERBS} show nothing"
            )
        record(workspace.dataset, plots_made_from(build, parts), drawn)
        pictures = current_pictures(build, parts)
        files = picture_files(workspace.dataset, pictures)
        for stale in {*beside.iterdir()} - {*files}:
            stale.unlink()
        card = workspace.dataset / CARD_FILE
        with write_atomic(card) as file:
            file.write(card_of(build, Told.of(export))(parts=parts, pictures=pictures).encode())
        hashes = {str(path.relative_to(workspace.processed)): sha256_file(path) for path in (card, *files)}
        entry = {**export, "plots": "there", "files": {**built, **hashes}}
        write_json(workspace.manifest, {**manifest, "stages": {**manifest["stages"], "export": entry}})
    return [workspace.dataset / PLOTS / f"{name}.{kind}" for name in drawn for kind in ("png", "svg")]
