"""A build on one screen: what came of the sources, what was dropped and why, where it lies, what to do next."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from dramaturg import ROOT
from dramaturg.errors import UnfinishedError
from dramaturg.llm.progress import read_progress
from dramaturg.publish import chatharuhi
from dramaturg.publish.pictures import PLOTS
from dramaturg.settings import Settings
from dramaturg.workspace import Workspace
from flows.asking import Tokens, price_of, tokens_of
from flows.pipeline import active_stages, in_words, is_current
from flows.reasons import meaning
from flows.stage import SCRIPT_FILE, Build, as_last_built, read_manifest

__all__ = ["UNITS", "complain_if_unfinished", "render_status", "render_summary", "what_is_unfinished"]

UNITS = {
    "extract": "quotes",
    "scenes": "pieces",
    "exchanges": "lines",
    "profile": "notes",
    "questions": "questions",
    "synthesis": "turns",
    "context_instruct": "triplets",
    "scenarios": "scenarios",
    "curated": "records",
    "judged": "verdicts",
    "splits": "rows",
}
_IN_A_WORD = {  # what each stage asks for, as a column has room for it; flows.counted says it in full
    "extract": "speakers",
    "profile": "profile",
    "questions": "questions",
    "synthesis": "answers",
    "context_instruct": "triplets",
    "rolegpt": "instructions",
    "scenarios": "scenarios",
    "judged": "verdicts",
}
_KEPT = {
    "extract": "settled",
    "profile": "parsed",
    "questions": "questions",
    "scenarios": "scenarios",
    "judged": "verdicts",
}
_KEPT_AT_LAST = {"synthesis": "dialogues", "context_instruct": "triplets", "rolegpt": "general"}


def render_summary(build: Build) -> str:
    """Raises KeyError where the build is not finished."""
    stages = read_manifest(build)["stages"]
    character, workspace = build.character, build.workspace
    extract, script, scenes, exchanges = (stages[name] for name in ("extract", "script", "scenes", "exchanges"))
    return "\n".join(
        [
            f"{character.name} ({workspace.character_id}), from {character.work}",
            "",
            *(line for source in extract["sources"] for line in _source_lines(source)),
            f"  script     {script['counts']['lines']:,} spoken lines by {script['counts']['speakers']:,} speakers, "
            f"{script['counts']['thoughts']:,} thoughts, {script['counts']['narration']:,} pieces of narration",
            *_corrections(stages),
            f"  scenes     {scenes['counts']['scenes']:,} with {scenes['counts']['lines']:,} spoken lines, "
            f"each within {build.settings.scene_tokens} tokens",
            f"  exchanges  {exchanges['counts']['exchanges']:,} that {character.name} answers, "
            f"holding {exchanges['counts']['lines']:,} spoken lines",
            *_asked(build.settings, stages),
            "",
            "  dropped",
            *_dropped(character.name, stages),
            "",
            "  rows",
            *_rows(stages),
            "",
            f"  dataset    {_shown(workspace.dataset)}",
            *_plots(build, stages),
            f"  script     {_shown(workspace.processed / SCRIPT_FILE)}",
            f"  dropped    {_shown(workspace.processed)}/*.rejected.jsonl, each with its reason",
            "",
            f"  next       {_verify(workspace)}    holds every row against its source",
            f'             load_dataset("{_shown(workspace.dataset)}", "{chatharuhi.CONFIG}")',
            *_notices(build.settings, stages),
        ]
    )


def _verify(workspace: Workspace) -> str:
    """The command that verifies a dataset; make knows of one data folder alone."""
    if workspace.data.absolute() == ROOT / "data":
        return f"make verify CHAR={workspace.character_id}"
    return f"dramaturg verify {workspace.character_id} --data {shlex.quote(str(workspace.data))}"


def render_status(build: Build) -> str:
    """Each stage, whether it is done, and what it counted; of a build that asked no model, that it did not."""
    build = as_last_built(build)
    manifest = read_manifest(build)
    entries = manifest["stages"]
    lines = []
    is_done = True
    for stage in active_stages(build.settings):
        entry = entries.get(stage.name)
        is_done = is_done and is_current(build, stage)
        state = "not yet" if entry is None else "done" if is_done else "to do again"
        counts = "" if entry is None else in_words(entry["counts"])
        lines.append(f"{stage.name:<17}{stage.title:<26}{state:<12} {counts}".rstrip())
    lines += _under_way(build)
    if manifest.get("llm") == "off":
        lines.append("built with LLM=off: a build without that asks a language model for the rest")
    return "\n".join(lines)


def _under_way(build: Build) -> Iterator[str]:
    told = read_progress(build.workspace.progress)
    if told is None:
        return
    left, speed = told["total"] - told["done"], told["requests_a_second"]
    spent = told["spent"]["cost"]
    yield ", ".join(
        [
            f"under way: {told['title']}, {told['done']:,} of {told['total']:,}",
            told.get("note") or f"{speed:,.1f} requests/s, {told['tokens_a_second']:,.0f} tokens/s",
            *([f"spent {spent:,.4f} {told['currency']}".rstrip()] if spent else []),
            *(f"{count:,} × {kind}" for kind, count in told["errors"].items()),
            *([f"about {left / speed:,.0f} s more"] if speed and left else []),
        ]
    )


def what_is_unfinished(build: Build) -> str | None:
    """Why some of what was to be asked of the model has no answer yet."""
    entries = read_manifest(build)["stages"].items()
    return next(
        (
            entry.get("stopped") or f"{name}: no answer to {entry['unfinished']}"
            for name, entry in entries
            if "unfinished" in entry
        ),
        None,
    )


def complain_if_unfinished(build: Build) -> str | None:
    """Raises UnfinishedError where questions have no answer yet; of a demonstration's it only returns a line that says
    so."""
    unfinished = what_is_unfinished(build)
    if unfinished is None:
        return None
    told = f"{unfinished}; all else is built, and the same command asks again"
    if not build.settings.is_demonstration:
        raise UnfinishedError(told)
    return f"Original rows only: {told}."


def _shown(path: Path) -> Path:
    """As short as it can be pasted from where the user stands."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _source_lines(source: dict[str, Any]) -> Iterator[str]:
    pages = f"{source['pages']:,} page{'s' * (source['pages'] != 1)}, " if "pages" in source else ""
    yield (
        f"  source     {source['name']}: {source['read_as']}, {pages}{source['encoding']}, "
        f"{source['characters']:,} characters, {source['licence']}"
    )
    if "silent" in source:
        yield from _wrapped(f"no line of speech: {source['silent']}")
    else:
        yield (
            f"             {source['lines']:,} spoken lines by {source['speakers']:,} speakers, "
            f"{source['unknown']:,} without a speaker"
        )


def _wrapped(told: str) -> list[str]:
    return wrap(told, width=112, initial_indent=" " * 13, subsequent_indent=" " * 13)


def _asked(settings: Settings, stages: dict[str, Any]) -> Iterator[str]:
    """The funnel of what was asked of the model: requests, their answers, what was read in them, what is kept."""
    asked = {name: stages[name] for name in _IN_A_WORD if "asked" in stages.get(name, {}).get("counts", {})}
    if not asked:
        return
    yield ""
    yield from _models(settings, asked)
    yield f"    {'':<12}{'asked':>8}{'answered':>10}{'unread':>8}{'parsed':>8}{'kept':>8}"
    for name, entry in asked.items():
        counts = entry["counts"]
        kept = counts[_KEPT[name]] if name in _KEPT else stages["splits"]["counts"][_KEPT_AT_LAST[name]]
        yield (
            f"    {_IN_A_WORD[name]:<12}{counts['asked']:>8,}{counts['answered']:>10,}{counts['malformed']:>8,}"
            f"{counts['parsed']:>8,}{kept:>8,}"
        )
    spent = [(settings.for_stage(name), each) for name, entry in asked.items() for each in tokens_of(entry["counts"])]
    tokens_in, tokens_out = (sum(way) for way in zip(*((each.asked, each.answered) for _, each in spent), strict=True))
    yield f"    tokens      {tokens_in:,} asked, {tokens_out:,} answered; {price_of(spent)}"
    yield from _vectors(settings, asked)


def _vectors(settings: Settings, asked: dict[str, Any]) -> Iterator[str]:
    """What was asked beside that, to find scenes."""
    counts = asked.get("synthesis", {}).get("counts", {})
    if "vectors" in counts:
        asks = settings.for_stage("synthesis")
        asks = asks.model_copy(update={"model": asks.embedding_model})
        price = price_of([(asks, Tokens(counts["vector_tokens"], 0))])
        yield f"    vectors     {counts['vectors']:,} by {asks.model}, {counts['vector_tokens']:,} tokens; {price}"


def _models(settings: Settings, asked: dict[str, Any]) -> Iterator[str]:
    """Which model was asked where; of several, for what each."""
    whom: dict[str, list[str]] = {}
    for name, entry in asked.items():
        if "model" in entry:
            whom.setdefault(f"{entry['model']} at {settings.for_stage(name).endpoint}", []).append(_IN_A_WORD[name])
    if len(whom) < 2:
        yield f"  asked      {next(iter(whom), 'no model')}"
        return
    for number, (model, units) in enumerate(whom.items()):
        yield f"  {'' if number else 'asked':<9}  {model}: {', '.join(units)}"


def _dropped(role: str, stages: dict[str, Any]) -> Iterator[str]:
    for name, unit in UNITS.items():
        for reason, count in stages.get(name, {}).get("dropped", {}).items():
            yield f"    {count:>6,} {unit:<9} {reason:<18} {meaning(reason, role)}"


def _corrections(stages: dict[str, Any]) -> Iterator[str]:
    """What a person said of the script and the rows, as far as it still has its place."""
    counts = [stages.get(name, {}).get("counts", {}) for name in ("script", "curated", "splits")]
    said, gone = (sum(each.get(name, 0) for each in counts) for name in ("corrections", "corrections_gone"))
    if said:
        lost = f"; {gone:,} no longer have their place: see *.gone.jsonl" if gone else ""
        yield f"  reviewed   {said:,} corrections of lines and rows{lost}"


def _rows(stages: dict[str, Any]) -> Iterator[str]:
    for config, counts in stages["export"]["splits"].items():
        total = sum(counts.values())
        generated = stages["splits"]["counts"]["dialogues"] if config == chatharuhi.CONFIG else 0
        told = f"; {total - generated:,} original, {generated:,} synthesized" if generated else ""
        yield f"    {config:<13}{total:>8,}  {counts['train']:,} train, {counts['test']:,} test{told}"


def _plots(build: Build, stages: dict[str, Any]) -> Iterator[str]:
    match stages["export"].get("plots"):
        case "there":
            yield f"  plots      {_shown(build.workspace.dataset / PLOTS)}"
        case "outdated":
            again = f"dramaturg plots {build.workspace.character_id}"
            yield f"  plots      were of other rows, and are taken away: {again} draws them anew"


def _notices(settings: Settings, stages: dict[str, Any]) -> Iterator[str]:
    if settings.llm == "off" or not settings.is_demonstration:
        return
    if "stopped" not in stages["profile"]:
        yield ""
        yield f"{stages['profile'].get('model')} is a small model that runs inside this program. It shows what the"
        yield "pipeline does; what it writes is not good enough to train on. For rows that are, name a model:"
        yield "OPENAI_BASE_URL, OPENAI_API_KEY and MODEL, in the environment or in .env. LLM=off asks none."
    if settings.openai_api_key is not None and settings.provider is None:
        yield "OPENAI_API_KEY is set, but MODEL is not: so the endpoint was not asked."
