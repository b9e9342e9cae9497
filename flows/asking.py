"""What every stage that asks a language model has in common: the engine, how much to ask, the funnel, the price."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from dramaturg.generate.effort import FULL, LOCAL, SMALL, Effort, within
from dramaturg.llm import Batch, Engine, open_engine
from dramaturg.rejected import Malformed
from dramaturg.settings import Settings
from flows.stage import Build, read_manifest

__all__ = ["ASKING", "effort_of", "engine_of", "funnel", "price_of"]

ASKING = ("extract", "profile", "questions", "synthesis", "context_instruct")
"""The stages that ask, in their order; the first of them only where an endpoint is set."""

_A_MILLION = 1_000_000


def effort_of(settings: Settings) -> Effort:
    """How much is asked with these settings."""
    most = settings.max_requests
    if settings.is_embedded:
        return SMALL if most is None else within(LOCAL, most)
    return within(FULL, most)


@contextmanager
def engine_of(build: Build, stage: str) -> Iterator[Engine]:
    """The model, or only its stored answers where a stage before this one found that it cannot be asked."""
    entries = read_manifest(build)["stages"]
    before = takewhile(lambda name: name != stage, ASKING)
    stopped = next((entries[name]["stopped"] for name in before if "stopped" in entries.get(name, {})), None)
    with open_engine(build.settings, build.workspace.store, stopped) as engine:
        yield engine


def funnel(batches: Sequence[Batch], malformed: Sequence[Malformed]) -> dict[str, int]:
    """Requests: asked = answered + failed. `malformed` counts the pieces of answers that could not be read."""
    answers = [answer for batch in batches for answer in batch.answers]
    failures = [failure for batch in batches for failure in batch.failures]
    return {
        "asked": len(answers) + len(failures),
        "answered": len(answers),
        "failed": len(failures),
        "malformed": len(malformed),
        "tokens_in": sum(answer.tokens_in for answer in answers),
        "tokens_out": sum(answer.tokens_out for answer in answers),
    }


def price_of(settings: Settings, tokens_in: int, tokens_out: int, word: str = "cost") -> str:
    """What so many tokens cost, after `word`; or why that is not known."""
    if settings.is_embedded:
        return "nothing to pay"
    if settings.price_in is None or settings.price_out is None:
        return "price unknown: PRICE_IN and PRICE_OUT say what a million cost"
    return f"{word} {(tokens_in * settings.price_in + tokens_out * settings.price_out) / _A_MILLION:,.4f}"
