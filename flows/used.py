"""Which answers a build has used, by its own record, and by which settings; whether others may have them."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dramaturg.errors import CharacterError, InputError
from dramaturg.llm.carry import OF_A_STAGE, SIZES
from dramaturg.settings import plain_address
from dramaturg.stages import ASKING, StageSettings
from dramaturg.workspace import Workspace, is_intact
from flows.stage import BENCHMARK, EVALUATION, REQUESTS, Build, manifest_of, read_manifest

__all__ = ["all_keys", "complain_of_licences", "keys_of", "may_be_passed_on", "settings_of"]

_DECIDE = ("asks", "settles_speakers", "own_requests", "embedding_model", *SIZES)

# as a whole, once spaces, - and _ are one: "no MIT licence" is none
_VERSION = r"( (v ?)?\d\.\d)?( (international|unported|universal|deed|[a-z]{2}))?"
_REDISTRIBUTABLE = re.compile(
    rf"cc ?0{_VERSION}"
    rf"|cc by( nc)?( sa)?{_VERSION}"  # not ND: an answer may be an adaptation
    rf"|creative commons (zero|attribution)( non ?commercial)?( share ?alike)?{_VERSION}"
    r"|https?://creativecommons\.org/(publicdomain/(zero|mark)|licenses/by( nc)?( sa)?)/\d\.\d(/.*)?"
    rf"|(in )?(the )?public domain( mark{_VERSION})?|公有领域|公版|公有領域"
    r"|apache( licen[sc]e)?,?( version)? ?2(\.0)?"
    r"|mit( licen[sc]e)?|bsd( \d clause)?( licen[sc]e)?|isc|unlicense|0bsd|wtfpl|odc by( 1\.0)?|pddl( 1\.0)?"
)


def keys_of(workspace: Workspace) -> set[str]:
    """The keys of all requests whose answers a character's build looked at.

    Raises InputError where the build is not done, or keeps no record of them.
    """
    name, manifest = workspace.character_id, manifest_of(workspace)
    again = f"make build-dataset CHAR={name}"
    entries = manifest["stages"]
    if not workspace.manifest.is_file() or not entries:
        raise InputError(f"{name} is not built yet: {again}")
    if "export" not in entries or (manifest.get("llm") != "off" and not set(ASKING) <= set(entries)):
        raise InputError(f"{name} is not built to its end: {again}")
    keys: set[str] = set()
    for entry in entries.values():
        if "asked" in entry["counts"]:
            keys |= _recorded(workspace, entry, again)
    return keys


def _recorded(workspace: Workspace, entry: dict[str, Any], again: str) -> set[str]:
    told = f"it is not known which answers {workspace.character_id} was built from: build it again, at no cost: {again}"
    record = next((name for name in entry["files"] if name.endswith(REQUESTS)), None)
    if record is None or not is_intact(workspace.processed / record, entry["files"][record]):
        raise InputError(told)
    return set((workspace.processed / record).read_text().split())


@contextmanager
def all_keys(data: Path) -> Iterator[set[str]]:
    """Those of all characters that were built, and of evaluations; none is built, or evaluated, again before the block
    ends.

    Raises BusyError where one of them is being built, else as `keys_of`.
    """
    with ExitStack() as stack:
        workspaces = list(_processed(data))
        for workspace in workspaces:
            stack.enter_context(workspace.locked())
        built = (each for each in workspaces if each.character_id != BENCHMARK)
        yield {key for workspace in built for key in keys_of(workspace)} | {
            key for workspace in workspaces for key in _evaluated(workspace)
        }


def _evaluated(workspace: Workspace) -> Iterator[str]:
    """The keys of the answers that an evaluation looked at."""
    for path in (workspace.processed / EVALUATION).glob(f"*{REQUESTS}"):
        yield from path.read_text(encoding="utf-8").split()


def _processed(data: Path) -> Iterator[Workspace]:
    folder = data / "processed"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and any(path.iterdir()):  # else its first build has asked nothing
            try:
                yield Workspace(data, path.name)
            except CharacterError:  # no character's, such as the store's own
                continue


def settings_of(build: Build) -> dict[str, str]:
    """The settings that decide what a build asks, as `dramaturg.llm.carry.ABOUT` has them.

    Raises InputError where the build was made by others.
    """
    settings, stages = build.settings, read_manifest(build)["stages"]
    if not any("asked" in entry["counts"] for entry in stages.values()):
        raise InputError(f"{build.workspace.character_id} was built without a language model: there are no answers")
    for name, entry in stages.items():
        now = settings.for_stage(name)
        for setting, was in entry["made_from"]["settings"].items():
            if setting in _DECIDE and getattr(now, setting, was) != was:
                raise InputError(
                    f"{build.workspace.character_id} was built by other settings ({name}: {setting} was {was}, is now "
                    f"{getattr(now, setting)}): give those, or build it again by these"
                )
    given: dict[str, object] = {name: getattr(settings, name) for name in ("embedding_model", *SIZES)}
    if settings.is_embedded:
        given["provider"] = settings.endpoint
    else:
        given |= {"provider": settings.provider, "openai_base_url": settings.endpoint, "model": settings.model}
    embedded = (entry.get("model") for name, entry in stages.items() if settings.for_stage(name).is_embedded)
    given["weights"] = next((model for model in embedded if model), None)
    of_stages = {name: _of_stage(stage) for name, stage in sorted(settings.stages.items())}
    if any(of_stages.values()):
        told = {name: each for name, each in of_stages.items() if each}
        given["stages"] = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return {name: str(value) for name, value in given.items() if value is not None}


def _of_stage(stage: StageSettings) -> dict[str, Any]:
    told = {name: value for name in OF_A_STAGE if (value := getattr(stage, name)) is not None}
    return {**told, "base_url": plain_address(told["base_url"])} if "base_url" in told else told


def complain_of_licences(build: Build) -> None:
    """Raises InputError where a source's licence is not known as one by which others may have what it says: the
    questions quote it."""
    held = {
        source["name"]: source["licence"] for source in read_manifest(build)["stages"].get("extract", {})["sources"]
    } | {source.name: build.character.licence_of(source) for source in build.character.sources}
    kept = [f"{name} ({licence})" for name, licence in held.items() if not may_be_passed_on(licence)]
    if kept:
        raise InputError(
            f"the questions quote {', '.join(kept)}, and that licence is not known as one that lets you pass it on; "
            "where you may all the same: --also-not-redistributable"
        )


def may_be_passed_on(licence: str) -> bool:
    """Whether a licence is known as one by which others may have what stands under it, and change it."""
    return _REDISTRIBUTABLE.fullmatch(re.sub(r"[\s_-]+", " ", licence.casefold()).strip(" .")) is not None
