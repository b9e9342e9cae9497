"""A built script and its rows as a reviewer has them on the desk, and what the review so far comes to."""

from dramaturg.review.desk import Checked, Desk
from dramaturg.scenes import Scene
from flows.stage import EXTRACTED_FILE, SCENES_FILE, Build, read_manifest, records
from flows.stages.script import scripts_of
from flows.stages.splits import rows_of

__all__ = ["checked_of", "desk_of"]


def desk_of(build: Build) -> Desk:
    """What can be corrected of a script and rows whose splits are made."""
    built_from = read_manifest(build)["stages"]["splits"]["made_from"].get("edits", "")
    scripts, rows = scripts_of(build, EXTRACTED_FILE), rows_of(build, records(build, SCENES_FILE, Scene))
    return Desk(build.workspace.corrections, scripts, rows, build.character.name, built_from)


def checked_of(build: Build) -> Checked | None:
    """What a person has looked at, None where that is nothing."""
    if not build.workspace.corrections.is_file():
        return None
    checked = desk_of(build).checked()
    return checked if checked.lines or checked.rows else None
