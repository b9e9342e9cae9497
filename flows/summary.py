"""A build on one screen: what came of the sources, what was dropped and why, where it lies, what to do next."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dramaturg.publish import chatharuhi
from flows.pipeline import SCRIPT_FILE, STAGES, Build, is_current, read_manifest

__all__ = ["render_status", "render_summary"]

_REASONS = {
    "over_budget": "longer than a scene may be (SCENE_TOKENS)",
    "no_speech": "narration that leads to no spoken line",
    "unknown_speaker": "nobody knows who says it",
    "role_absent": "{role} answers nobody near it",
    "before_question": "said before the first question to {role}",
    "nobody_asked": "said by {role} with nobody's line before it",
    "turns_to_another": "said by {role} to another than who spoke before",
}


def render_summary(build: Build) -> str:
    """Raises KeyError where the build is not finished."""
    stages = read_manifest(build)["stages"]
    character, workspace = build.character, build.workspace
    extract, scenes, exchanges = (stages[name] for name in ("extract", "scenes", "exchanges"))
    return "\n".join(
        [
            f"{character.name} ({workspace.character_id}), from {character.work}",
            "",
            *(_source_line(source) for source in extract["sources"]),
            f"  script     {extract['counts']['lines']:,} spoken lines by {extract['counts']['speakers']:,} speakers, "
            f"{extract['counts']['thoughts']:,} thoughts, {extract['counts']['narration']:,} pieces of narration",
            f"  scenes     {scenes['counts']['scenes']:,} with {scenes['counts']['lines']:,} spoken lines, "
            f"each within {build.settings.scene_tokens} tokens",
            f"  exchanges  {exchanges['counts']['exchanges']:,} that {character.name} answers, "
            f"holding {exchanges['counts']['lines']:,} spoken lines",
            "",
            "  dropped",
            *_dropped(character.name, scenes["dropped"], "pieces"),
            *_dropped(character.name, exchanges["dropped"], "lines"),
            "",
            "  rows",
            *(f"    {config:<12}{count:>8,}" for config, count in stages["export"]["counts"].items()),
            "",
            f"  dataset    {_shown(workspace.dataset)}",
            f"  script     {_shown(workspace.processed / SCRIPT_FILE)}",
            f"  dropped    {_shown(workspace.processed)}/*.rejected.jsonl, each line with its reason",
            "",
            f"  next       make verify CHAR={workspace.character_id}    holds every row against its source",
            f'             load_dataset("{_shown(workspace.dataset)}", "{chatharuhi.CONFIG}")',
            *(
                ["", "LLM=auto does what LLM=off does: no stage asks a language model yet."]
                if build.settings.llm == "auto"
                else []
            ),
        ]
    )


def render_status(build: Build) -> str:
    """Each stage, whether it is done, and what it counted."""
    entries = read_manifest(build)["stages"]
    lines = []
    is_done = True
    for stage in STAGES:
        entry = entries.get(stage.name)
        is_done = is_done and is_current(build, stage)
        state = "not yet" if entry is None else "done" if is_done else "to do again"
        counts = "" if entry is None else _counted(entry["counts"].items())
        lines.append(f"{stage.name:<10} {stage.title:<22} {state:<12} {counts}".rstrip())
    return "\n".join(lines)


def _shown(path: Path) -> Path:
    """As short as it can be pasted from where the user stands."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _source_line(source: dict[str, Any]) -> str:
    return (
        f"  source     {source['path']}: {source['kind']}, {source['encoding']}, "
        f"{source['characters']:,} characters, {source['licence']}"
    )


def _dropped(role: str, reasons: dict[str, int], unit: str) -> Iterator[str]:
    for reason, count in reasons.items():
        yield f"    {count:>6,} {unit:<7} {reason:<16} {_REASONS[reason].format(role=role)}"


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts)
