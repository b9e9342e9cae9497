"""What builds have left in data/processed that can be made again, and no more than that, taken away."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from dramaturg.errors import CharacterError
from dramaturg.llm.carry import holdings, total
from dramaturg.workspace import Workspace
from flows.pipeline import STAGES
from flows.stage import EVALUATION, REQUESTS, TUNED, manifest_of

__all__ = ["Made", "find_made", "remove", "render_made"]

_OURS = (
    "manifest.json",
    *(stage.owns for stage in STAGES),
    "formats",
    EVALUATION,
    "report.html",
    ".published.json",
    ".progress.json",
    "*.partial",
)
"""The manifest first: without it nothing that is left is taken for a stage's."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a character's builds have made: files and folders, their bytes. `strange` is what no build wrote, such as
    tuned models, and stays. `kept` says why all of it stays."""

    workspace: Workspace
    paths: Sequence[Path] = ()
    size: int = 0
    strange: Sequence[Path] = field(default=())
    kept: str | None = None


def find_made(data: Path, characters: Sequence[str] = ()) -> list[Made]:
    """What these characters' builds, or all there are, have made. Raises CharacterError for what can be no character's
    name."""
    return [_made(each) for each in ([Workspace(data, name) for name in characters] or _built(data))]


def remove(made: Made) -> None:
    """Take it away, each file or folder of it, and its own folder if that is then empty. Raises BusyError beside a run
    of the build."""
    folder = made.workspace.processed
    with made.workspace.locked():
        for path in made.paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()


def render_made(made: Sequence[Made]) -> str:
    """A line for each, how big it is, what stays and why."""
    width = max((len(each.workspace.character_id) for each in made), default=0)
    return "\n".join(line for each in made for line in _lines(each, width))


def _lines(made: Made, width: int) -> Iterator[str]:
    name, folder = f"{made.workspace.character_id:<{width}}", made.workspace.processed
    if made.kept is not None:
        yield f"{name}  stays: {made.kept}"
    elif not made.paths:
        yield f"{name}  nothing that a build made"
    else:
        yield f"{name}  {made.size / 1e6:,.1f} MB in {folder}"
    for path in made.strange:
        what = "models that were tuned" if path.name == TUNED else "which no build wrote"
        yield f"{'':<{width}}  stays: {path}, {what}"


def _built(data: Path) -> Iterator[Workspace]:
    folder = data / "processed"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            try:
                workspace = Workspace(data, path.name)
            except CharacterError:  # the answers, or what builds said
                continue
            if workspace.manifest.is_file() or (workspace.raw / "character.yaml").is_file():
                yield workspace


def _made(workspace: Workspace) -> Made:
    folder = workspace.processed
    if not folder.is_dir():
        return Made(workspace)
    ours = dict.fromkeys(path for pattern in _OURS for path in sorted(folder.glob(pattern)))
    strange = [path for path in sorted(folder.iterdir()) if path not in ours]
    size = sum(file.lstat().st_size for path in ours for file in (path, *path.rglob("*")) if not file.is_dir())
    return Made(workspace, list(ours), size, strange, _why_kept(workspace))


def _why_kept(workspace: Workspace) -> str | None:
    """Why what was made could not be made again."""
    raw, again = workspace.raw, "it could not be built again"
    if not (raw / "character.yaml").is_file():
        return f"there is no {raw / 'character.yaml'} any more: {again}"
    sources = manifest_of(workspace)["stages"].get("extract", {}).get("sources", ())
    for name in (name for source in sources for name, known in source["files"].items() if known):
        if not (raw / name).is_file():
            return f"there is no {raw / name} any more: {again}"
    lost = _answers_lost(workspace)
    return f"{lost:,} answers that it was built from are no longer in {workspace.store}: {again}" if lost else None


def _answers_lost(workspace: Workspace) -> int:
    """How many of the answers that the builds looked at are no longer in the store."""
    folder = workspace.processed
    used = {key for path in folder.glob(f"*{REQUESTS}") for key in path.read_text(encoding="utf-8").split()}
    unanswered = (line for path in folder.glob("*.failed.jsonl") for line in path.read_bytes().splitlines())
    used -= {str(orjson.loads(line)["key"]) for line in unanswered}
    there = total(holdings(workspace.store, used)) if used else None
    return 0 if there is None else len(used) - there.answers - there.refusals
