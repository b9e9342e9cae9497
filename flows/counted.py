"""What the manifest counts, told to whoever reads the dataset: the funnel, and what was asked of models."""

from collections.abc import Iterator
from typing import Any

from dramaturg.publish.card import Spent
from dramaturg.publish.statistics import RoleDataset
from flows.asking import Tokens, price_of, tokens_of
from flows.stage import Build

__all__ = ["funnel_of", "price_told", "role_dataset", "spent_of"]

_ASKED_FOR = {
    "extract": "who speaks",
    "profile": "the profile",
    "questions": "questions to the role",
    "synthesis": "talks about them",
    "context_instruct": "triplets",
    "rolegpt": "answers to general instructions",
    "scenarios": "scenarios",
    "judged": "verdicts on rows",
}
_ITEMS = tuple(name for name in _ASKED_FOR if name not in ("extract", "profile"))
_LOST = {
    "scenes": "pieces of the script",
    "exchanges": "lines",
    "questions": "questions",
    "context_instruct": "triplets",
    "scenarios": "scenarios and motives",
    "curated": "generated records",
    "judged": "verdicts",
    "splits": "rows",
}


def role_dataset(build: Build) -> RoleDataset:
    character, workspace = build.character, build.workspace
    return RoleDataset(
        workspace.dataset,
        workspace.character_id,
        character.name,
        character.language,
        character.work,
        character.script_category,
        character.categories,
    )


def funnel_of(stages: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """What was counted from the sources to the rows, by the manifest's entries."""
    script = stages["extract"]["counts"]
    yield "spoken lines in the sources", script["lines"]
    yield "speakers", stages["script"]["counts"]["speakers"]
    if "asked" in script:
        yield "quotes whose speaker the rules are not sure of", script["unsure"]
        yield f"of these, asked of {stages['extract'].get('model', 'a model that did not answer')}", script["quotes"]
        yield "of these, settled by its answers", script["settled"]
        yield "of these, given to another speaker than the rules'", script["changed"]
    yield "scenes", stages["scenes"]["counts"]["scenes"]
    yield "spoken lines in scenes", stages["scenes"]["counts"]["lines"]
    yield "spoken lines in exchanges", stages["exchanges"]["counts"]["lines"]
    for stage in _ITEMS:
        if counts := stages.get(stage, {}).get("counts"):
            what = _ASKED_FOR[stage]
            yield f"requests for {what}", counts["asked"]
            yield f"answered requests for {what}", counts["answered"]
            yield f"{what} read from the answers", counts["parsed"]
            yield f"pieces of answers for {what} that could not be read", counts["malformed"]
    for stage, what in _LOST.items():
        for reason, count in stages.get(stage, {}).get("dropped", {}).items():
            yield f"{what} dropped: {reason}", count


def spent_of(stages: dict[str, Any]) -> list[Spent]:
    """What each stage that asked a model asked of it."""
    return [
        Spent(
            what,
            entry.get("model"),
            entry["counts"]["asked"],
            sum(each.asked for each in tokens_of(entry["counts"])),
            sum(each.answered for each in tokens_of(entry["counts"])),
        )
        for name, what in _ASKED_FOR.items()
        if "asked" in (entry := stages.get(name, {"counts": {}}))["counts"]
    ]


def price_told(build: Build, stages: dict[str, Any]) -> str:
    """What all that comes to, at the prices that are known now."""
    spent: list[tuple[Any, Tokens]] = [
        (build.settings.for_stage(name), each)
        for name in _ASKED_FOR
        for each in tokens_of(stages.get(name, {}).get("counts", {}))
        if "asked" in stages.get(name, {}).get("counts", {})
    ]
    return price_of(spent).partition(":")[0] if spent else "nothing to pay"
