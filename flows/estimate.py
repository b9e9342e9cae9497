"""What a build would ask, stage by stage, and what that costs: the stages rehearsed, in a folder of their own."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from dramaturg.llm import Request
from dramaturg.llm.rehearsal import Planned
from dramaturg.settings import Settings
from dramaturg.workspace import Workspace, write_json
from flows.asking import ASKING, Tokens, estimate_header, estimate_line, price_of
from flows.pipeline import active_stages, run_stage
from flows.stage import Build, read_manifest

__all__ = ["Estimate", "estimate", "render_estimate"]

_SHOWN = ("questions", "synthesis", "context_instruct", "profile", "extract")
_PROMPTS = 3
_WIDTH = 18  # of a stage's name


@dataclass(frozen=True, slots=True)
class Estimate:
    """What each stage would ask, in order."""

    planned: dict[str, list[Planned]]

    def open(self, stage: str) -> list[Planned]:
        """What of it is not answered yet."""
        return [each for each in self.planned[stage] if not each.is_answered]


def estimate(build: Build) -> Estimate:
    """Rehearse a build: sources are read, fetched and heard as ever, no model is asked, and what was built stays."""
    planned: dict[str, list[Planned]] = {}
    with TemporaryDirectory() as folder:
        rehearsed = replace(build, workspace=_copied(build.workspace, Path(folder)), rehearsed=planned)
        manifest = read_manifest(rehearsed)
        kept = {name: entry for name, entry in manifest["stages"].items() if name not in ASKING}
        write_json(rehearsed.workspace.manifest, {**manifest, "stages": kept})
        for stage in active_stages(build.settings):
            run_stage(rehearsed, stage)
            if stage.name == ASKING[-1]:
                break
    return Estimate(planned)


def render_estimate(build: Build, found: Estimate) -> str:
    """A line a stage, the sum, and a few of the prompts that would be asked, in full."""
    lines = [
        f"{build.character.name} ({build.workspace.character_id}): what a build would ask, of what is not answered yet",
        "",
        estimate_header(_WIDTH),
    ]
    spent: list[tuple[Settings, Tokens]] = []
    most: list[tuple[Settings, Tokens]] = []
    for name, planned in found.planned.items():
        settings, still = build.settings.for_stage(name), found.open(name)
        line, tokens = estimate_line(name, _WIDTH, settings, planned)
        lines.append(line)
        spent.append((settings, tokens))
        most.append((settings, replace(tokens, answered=sum(each.request.max_tokens for each in still))))
    requests = sum(len(found.open(name)) for name in found.planned)
    lines += [
        "",
        f"  together {requests:,} requests, {price_of(spent, 'about')}; if every answer took all its room, "
        f"{price_of(most, 'about')}",
        "  Tokens as cl100k counts them, an answer at two fifths of its room. What is kept of one stage decides what",
        "  the next one asks: there may be fewer questions to answer. What cannot be read is asked for again.",
        *_prompts(found),
    ]
    return "\n".join(lines)


def _prompts(found: Estimate) -> Iterator[str]:
    shown = [(name, found.open(name)[0].request) for name in _SHOWN if name in found.planned and found.open(name)]
    if shown:
        yield ""
        yield "Prompts as they would be asked; where they show what is not written yet, lines of the script stand in:"
    for name, request in shown[:_PROMPTS]:
        yield ""
        told = f"{request.max_tokens:,} tokens of room, temperature {request.temperature:g}"
        yield f"--- {name}: {request.prompt}, {told}"
        yield from _messages(request)


def _messages(request: Request) -> Iterator[str]:
    for message in request.messages:
        yield f"[{message['role']}]"
        yield message["content"]


def _copied(workspace: Workspace, folder: Path) -> Workspace:
    """The workspace with a processed folder of its own, beside the same sources and the same store."""
    copy = Workspace(folder, workspace.character_id)
    (folder / "raw").symlink_to(workspace.data.resolve() / "raw")
    copy.processed.parent.mkdir()
    workspace.store.parent.mkdir(parents=True, exist_ok=True)
    copy.store.parent.symlink_to(workspace.store.parent.resolve())
    if workspace.processed.is_dir():
        shutil.copytree(workspace.processed, copy.processed, ignore=shutil.ignore_patterns("dataset"))
    return copy
