"""One source outside of any build: what `dramaturg extract` reads, and with `--llm auto` asks and tells."""

from collections.abc import Callable, Sequence
from pathlib import Path

from dramaturg.cast import CastMember
from dramaturg.character import Source, SourceKind
from dramaturg.generate.effort import evenly
from dramaturg.llm import open_engine
from dramaturg.script import Script
from dramaturg.settings import Settings
from dramaturg.text import Language
from dramaturg.workspace import store_path
from extractors import Hearing, Shelf, SourceText, draft, read_source, recognise_kind, source_files
from extractors.novel import Novel
from extractors.novel.settle import is_read, plan_questions, settle
from flows.asking import Tokens, funnel, price_of, tokens_of

__all__ = ["draft_alone", "settle_speakers"]

_KEPT = Path("processed", ".fetched")
"""Where, in the data folder, the pages and what was heard of recordings of no character are kept."""


def draft_alone(
    source: str,
    kind: SourceKind | None,
    language: Language,
    cast: Sequence[CastMember] | None,
    data: Path,
    settings: Settings,
    tell: Callable[[str], None],
) -> tuple[SourceText, Novel | Script, SourceKind]:
    """A file or an address as it was read, its draft, and its kind, which is recognised where it is None.

    Pages, and what is heard, are kept in the folder `data`. Without a `cast` the speakers are looked for. Raises
    SourceError where it cannot be read.
    """
    known = kind or recognise_kind(source)
    is_address = "://" in source
    path = Path(source)
    told = Source(url=source, kind="web") if is_address else Source(path=path.name, kind=known)
    shelf = Shelf(path.parent, data / _KEPT, settings.fetch_private)
    source_files(told, shelf, language, cast or (), Hearing.of(settings), tell)
    read = read_source(told, shelf, language)
    name = source if is_address else path.name
    return read, draft(name, read, known, language, cast or (), discover=cast is None), known


def settle_speakers(
    novel: Novel, settings: Settings, data: Path, below: float, tell: Callable[[str], None]
) -> tuple[Novel, str | None]:
    """The novel with its unsure speakers settled as the settings say, and why some are not, else None.

    Answers lie in the store of the folder `data`, those of before with them. What is going to be asked, and what came
    of it, is told in lines. Without an endpoint nothing is asked: the embedded model knows less than the rules.
    """
    settings = settings.for_stage("extract")
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
        asked, answered = sum(plan.request.tokens for plan in fresh), sum(plan.tokens_out for plan in fresh)
        tokens = Tokens(asked, answered, in_batch=settings.batch)
        tell(
            f"  estimate   {len(fresh):,} requests to {settings.model} at {settings.endpoint}, "
            f"{len(planned) - len(fresh):,} answered before; about {tokens.asked:,} tokens to ask, "
            f"{tokens.answered:,} to answer; {price_of([(settings, tokens)], 'about')}"
        )
        batch = engine.ask([plan.request for plan in planned], "speakers", is_read)
    settled = settle(novel, planned, batch.outcomes)
    counts, lost = settled.counts, [each.reason for each in settled.rejected]
    requests = funnel([batch], settled.malformed)
    tell(
        f"  asked      {counts['quotes']:,} quotes in {requests['asked']:,} requests: "
        f"{requests['answered']:,} answered, {requests['failed']:,} not; "
        f"tokens {requests['tokens_in']:,} asked, {requests['tokens_out']:,} answered; "
        f"{price_of([(settings, each) for each in tokens_of(requests)])}"
    )
    tell(
        f"  settled    {counts['agreed']:,} as the rules had them, {counts['changed']:,} changed; as they were: "
        f"{lost.count('not_told'):,} that the model cannot tell, {lost.count('no_candidate'):,} named no candidate, "
        f"{counts['unread']:,} unread, {counts['unanswered']:,} unanswered"
    )
    if batch.unfinished is None:
        return settled.novel, None
    return settled.novel, batch.stopped or f"speakers: no answer to {batch.unfinished}"
