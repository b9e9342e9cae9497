"""Speakers settled outside of any build: what `dramaturg extract --llm auto` asks and tells."""

from collections.abc import Callable
from pathlib import Path

from dramaturg.llm import open_engine
from dramaturg.settings import Settings
from dramaturg.workspace import store_path
from extractors.novel import Novel
from extractors.novel.settle import evenly, plan_questions, settle
from flows.asking import funnel, price_of

__all__ = ["settle_speakers"]


def settle_speakers(
    novel: Novel, settings: Settings, data: Path, below: float, tell: Callable[[str], None]
) -> tuple[Novel, str | None]:
    """The novel with its unsure speakers settled as the settings say, and why some are not, else None.

    Answers lie in the store of the folder `data`, those of before with them. What is going to be asked, and what came
    of it, is told in lines. Without an endpoint nothing is asked: the embedded model knows less than the rules.
    """
    if settings.llm == "off":
        return novel, None
    planned = plan_questions(novel, below)
    unsure = sum(len(plan.pieces) for plan in planned)
    quotes = sum(speaker is not None for speaker in novel.speakers)
    doubt = f"  unsure     {unsure:,} of {quotes:,} quotes are less sure than {below:g}"
    if settings.is_embedded:
        tell(f"{doubt}; no endpoint is set (OPENAI_BASE_URL, MODEL), so the rules' answers stand")
        return novel, None
    tell(doubt)
    planned = evenly(planned, settings.max_requests)
    if not planned:
        return novel, None
    with open_engine(settings, store_path(data)) as engine:
        fresh = [plan for plan in planned if not engine.is_answered(plan.request)]
        tokens = sum(plan.tokens_in for plan in fresh), sum(plan.tokens_out for plan in fresh)
        tell(
            f"  estimate   {len(fresh):,} requests to {settings.model} at {settings.endpoint}, "
            f"{len(planned) - len(fresh):,} answered before; about {tokens[0]:,} tokens to ask, "
            f"{tokens[1]:,} to answer; {price_of(settings, *tokens, 'about')}"
        )
        batch = engine.ask([plan.request for plan in planned], "speakers")
    settled = settle(novel, planned, batch.outcomes)
    counts, lost = settled.counts, [each.reason for each in settled.rejected]
    requests = funnel([batch], settled.malformed)
    tell(
        f"  asked      {counts['quotes']:,} quotes in {requests['asked']:,} requests: "
        f"{requests['answered']:,} answered, {requests['failed']:,} not; "
        f"tokens {requests['tokens_in']:,} asked, {requests['tokens_out']:,} answered; "
        f"{price_of(settings, requests['tokens_in'], requests['tokens_out'])}"
    )
    tell(
        f"  settled    {counts['agreed']:,} as the rules had them, {counts['changed']:,} changed; as they were: "
        f"{lost.count('not_told'):,} that the model cannot tell, {lost.count('no_candidate'):,} named no candidate, "
        f"{counts['unread']:,} unread, {counts['unanswered']:,} unanswered"
    )
    if batch.unfinished is None:
        return settled.novel, None
    return settled.novel, batch.stopped or f"speakers: no answer to {batch.unfinished}"
