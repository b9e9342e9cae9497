"""What every stage that asks a language model has in common: the engine, how much to ask, the funnel, the price."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TypeVar

from dramaturg.generate.effort import FULL, LOCAL, SMALL, Effort, within, within_stage
from dramaturg.generate.rounds import Outcomes, Round, Rounds, ask_in_rounds
from dramaturg.llm import Answer, Batch, Engine, Failure, open_engine
from dramaturg.llm.embeddings import Embedder
from dramaturg.llm.prices import find_price
from dramaturg.llm.rehearsal import Planned, Rehearsal
from dramaturg.rejected import Malformed
from dramaturg.script import Utterance
from dramaturg.settings import Settings
from dramaturg.stages import ASKING
from flows.stage import SCRIPT_FILE, Build, read_manifest, records

__all__ = [
    "ASKING",
    "Tokens",
    "effort_of",
    "embedder_of",
    "engine_of",
    "estimate_header",
    "estimate_line",
    "funnel",
    "in_rounds",
    "price_of",
    "tokens_of",
]

_Result = TypeVar("_Result")

_CLAUSE = re.compile(r"(?<=[，。！？；：,.!?;:])\s*")
_GROUNDS = ("extract", "profile")
"""What all later questions rest on: without it they would be asked, and paid for, twice."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many were asked, `cached` of them remembered by the endpoint, and answered; in provider's batches or not."""

    asked: int
    answered: int
    cached: int = 0
    in_batch: bool = False


def effort_of(build: Build, stage: str) -> Effort:
    """How much a stage asks: as much as the model is good for, or the settings say."""
    settings = build.settings.for_stage(stage)
    most = settings.max_requests
    full = FULL if not settings.is_embedded else SMALL if most is None and settings.own_requests is None else LOCAL
    effort = within_stage(within(full, most), stage, settings.own_requests)
    return replace(
        effort,
        turns=settings.turns or effort.turns,
        items_a_segment=settings.questions_a_segment or effort.items_a_segment,
    )


@contextmanager
def engine_of(build: Build, stage: str) -> Iterator[Engine | Rehearsal]:
    """The stage's model, or only its stored answers where a stage before this one found that the same model cannot be
    asked, or has no answer that this one rests on; or its rehearsal."""
    settings = build.settings.for_stage(stage)
    if build.rehearsed is not None:
        with open_engine(settings, build.workspace.store, "rehearsed") as engine:
            rehearsal = Rehearsal(engine, _pieces(build))
            build.rehearsed[stage] = rehearsal.planned
            yield rehearsal
        return
    entries = read_manifest(build)["stages"]
    before = takewhile(lambda name: name != stage, ASKING)
    found = (name for name in before if "stopped" in entries.get(name, {}))
    stops = (name for name in found if name in _GROUNDS or build.settings.for_stage(name).asks == settings.asks)
    stopped = next((entries[name]["stopped"] for name in stops), None)
    with open_engine(settings, build.workspace.store, stopped, build.workspace.progress) as engine:
        yield engine


@contextmanager
def embedder_of(build: Build, stage: str) -> Iterator[Embedder | None]:
    """What makes vectors of texts for a stage; None where none are wanted, or it is only rehearsed."""
    settings = build.settings.for_stage(stage)
    if settings.embedding_model is None or build.rehearsed is not None:
        yield None
        return
    asked = settings.model_copy(update={"model": settings.embedding_model, "batch": False})
    with open_engine(asked, build.workspace.store, progress=build.workspace.progress) as engine:
        yield Embedder(engine)


def in_rounds(engine: Engine | Rehearsal, rounds: Rounds[_Result]) -> tuple[_Result, list[Batch]]:
    """Ask round after round; what was read in the end, and what came of each."""
    batches: list[Batch] = []

    def ask(asked: Round) -> Outcomes:
        batches.append(engine.ask(asked.requests, asked.title, asked.is_whole))
        return batches[-1].outcomes

    return ask_in_rounds(rounds, ask), batches


def _pieces(build: Build) -> list[str]:
    """The clauses of the script, as far as there is one."""
    if not (build.workspace.processed / SCRIPT_FILE).is_file():
        return ["… "]
    between = " " if build.character.language == "en" else ""
    lines = (line.content for line in records(build, SCRIPT_FILE, Utterance))
    return [piece + between for line in lines for piece in _CLAUSE.split(line) if piece]


def funnel(batches: Sequence[Batch], malformed: Sequence[Malformed]) -> dict[str, int]:
    """Requests: asked = answered + failed. `malformed` counts the pieces of answers that could not be read."""
    answers = [answer for batch in batches for answer in batch.answers]
    failures = [failure for batch in batches for failure in batch.failures]
    paid = [each for batch in batches for each in batch.looked_at]
    in_batch = [each for each in paid if each.in_batch]
    return {
        "asked": len(answers) + len(failures),
        "answered": len(answers),
        "failed": len(failures),
        "malformed": len(malformed),
        "asked_again": sum(map(_asked_again, batches)),
        **_tokens(paid, "tokens"),
        **(_tokens(in_batch, "in_batch") if in_batch else {}),
    }


def _asked_again(batch: Batch) -> int:
    """How many requests beyond the first of each question; of a question that was not asked none was sent."""
    sent = {each.key for each in batch.looked_at}
    return len(batch.looked_at) - len(sent & {each.key for each in batch.outcomes})


def _tokens(outcomes: Sequence[Answer | Failure], name: str) -> dict[str, int]:
    return {
        f"{name}_in": sum(each.tokens_in for each in outcomes),
        f"{name}_cached": sum(each.tokens_cached for each in outcomes),
        f"{name}_out": sum(each.tokens_out for each in outcomes),
    }


def tokens_of(counts: Mapping[str, int]) -> list[Tokens]:
    """What a stage's funnel counts, what came in batches apart."""
    asked, cached, answered = (counts.get(f"tokens_{name}", 0) for name in ("in", "cached", "out"))
    apart = [counts.get(f"in_batch_{name}", 0) for name in ("in", "cached", "out")]
    alone = Tokens(asked - apart[0], answered - apart[2], cached - apart[1])
    return [alone, Tokens(apart[0], apart[2], apart[1], in_batch=True)] if any(apart) else [alone]


def price_of(spent: Sequence[tuple[Settings, Tokens]], word: str = "cost") -> str:
    """What so many tokens of the models of these settings cost together, after `word`; or why that is not known."""
    sums: dict[str, float] = {}
    unknown: dict[str, None] = {}
    for settings, tokens in [each for each in spent if each[1].asked or each[1].answered] or spent:
        price = find_price(settings)
        if price is None:
            unknown[str(settings.model)] = None
        elif not price.is_free:
            cost = price.of(tokens.asked, tokens.cached, tokens.answered, tokens.in_batch)
            sums[price.currency] = sums.get(price.currency, 0.0) + cost
    if unknown and not sums:
        return "price unknown: PRICE_IN and PRICE_OUT say what a million cost"
    told = f"{word} {' and '.join(f'{cost:,.4f} {currency}'.rstrip() for currency, cost in sums.items())}"
    if unknown:
        return f"{told}, without {' and '.join(unknown)}: price_in and price_out in STAGES say what a million cost"
    return told if sums else "nothing to pay"


def estimate_header(width: int) -> str:
    """What stands over the lines of an estimate, whose names have so much room."""
    return f"  {'':<{width}}{'requests':>9}{'answered':>10}{'tokens in':>12}{'tokens out':>12}  {'price':<20} model"


def estimate_line(name: str, width: int, settings: Settings, planned: Sequence[Planned]) -> tuple[str, Tokens]:
    """What would be asked of a model by these settings, in a line, and the tokens of it that are not answered yet."""
    still = [each for each in planned if not each.is_answered]
    tokens = Tokens(
        sum(each.tokens_in for each in still), sum(each.tokens_out for each in still), in_batch=settings.batch
    )
    model = "embedded" if settings.is_embedded else f"{settings.model} at {settings.endpoint}"
    price = price_of([(settings, tokens)], "about").partition(":")[0]
    line = (
        f"  {name:<{width}}{len(still):>9,}{len(planned) - len(still):>10,}{tokens.asked:>12,}{tokens.answered:>12,}"
        f"  {price:<20} {model}"
    )
    return line, tokens
