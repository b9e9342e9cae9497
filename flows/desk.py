"""A built script and its rows as a reviewer has them on the desk, and what the review so far comes to."""

from collections.abc import Iterator

from dramaturg.curate.filter import Curated
from dramaturg.curate.rows import Row, curated_row, exchange_row, scene_row
from dramaturg.exchanges import Exchange
from dramaturg.generate.scenarios import conversations
from dramaturg.review.desk import Checked, Desk
from dramaturg.scenes import Scene
from flows.stage import CURATED_FILE, EXCHANGES_FILE, EXTRACTED_FILE, SCENES_FILE, Build, read_manifest, records
from flows.stages.script import scripts_of

__all__ = ["checked_of", "desk_of"]


def desk_of(build: Build) -> Desk:
    """What can be corrected of a script and rows whose splits are made."""
    built_from = read_manifest(build)["stages"]["splits"]["made_from"].get("edits", "")
    scripts = scripts_of(build, EXTRACTED_FILE)
    return Desk(build.workspace.corrections, scripts, _rows(build), build.character.name, built_from)


def checked_of(build: Build) -> Checked | None:
    """What a person has looked at, None where that is nothing."""
    if not build.workspace.corrections.is_file():
        return None
    checked = desk_of(build).checked()
    return checked if checked.lines or checked.rows else None


def _rows(build: Build) -> Iterator[Row]:
    scenes = list(records(build, SCENES_FILE, Scene))
    yield from map(scene_row, conversations(scenes, build.character.name))
    yield from map(exchange_row, records(build, EXCHANGES_FILE, Exchange))
    if (build.workspace.processed / CURATED_FILE).is_file():
        yield from map(curated_row, records(build, CURATED_FILE, Curated))
