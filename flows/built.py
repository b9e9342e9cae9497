"""What a build has left, for what goes on from there."""

from collections.abc import Mapping

from dramaturg.errors import InputError
from dramaturg.generate.profile import Profile, given_profile
from dramaturg.publish.talks import CONFIGS
from dramaturg.verify import built_stages
from dramaturg.workspace import digest
from flows.pipeline import active_stages, is_current
from flows.stage import PROFILE_FILE, Build, read_manifest, records

__all__ = ["built_profile", "check_built", "check_current", "dataset_digest", "talks_of"]


def check_built(build: Build) -> None:
    """Raises InputError where the dataset is not built to its end."""
    if built_stages(build.workspace) is None:
        name = build.workspace.character_id
        raise InputError(f"{name} is not built yet, or not to its end: make build-dataset CHAR={name}")


def check_current(build: Build) -> None:
    """Raises InputError where the dataset is not built to its end, or of other sources and settings than there are."""
    check_built(build)
    if stale := [stage.name for stage in active_stages(build.settings) if not is_current(build, stage)]:
        name = build.workspace.character_id
        raise InputError(
            f"{name} is not as its sources and settings are now ({', '.join(stale)}): make build-dataset CHAR={name}"
        )


def built_profile(build: Build) -> Profile:
    """The profile that was built, or what character.yaml says."""
    if (build.workspace.processed / PROFILE_FILE).is_file():
        return next(records(build, PROFILE_FILE, Profile))
    return given_profile(build.character)


def dataset_digest(build: Build) -> str | None:
    """One hash of all bytes of the dataset, as it was built last; None where it is not built."""
    files = read_manifest(build)["stages"].get("export", {}).get("files")
    return None if files is None else digest(files)


def talks_of(splits: Mapping[str, Mapping[str, int]]) -> int:
    """How many rows of a dataset are to train and test on, of all splits."""
    return sum(sum(splits.get(config, {}).values()) for config in CONFIGS)
