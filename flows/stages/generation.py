"""From the script to generated records: the stages that ask a language model, and the one that sifts its answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dramaturg.curate.filter import curate
from dramaturg.exchanges import Exchange
from dramaturg.generate.context_instruct import (
    Triplet,
    plan_agnostic,
    plan_script_based,
    questions_by_rank,
    read_triplets,
)
from dramaturg.generate.profile import Outcomes, Profile, Round, ask_in_rounds, profile_rounds
from dramaturg.generate.questions import Question, question_requests, read_questions
from dramaturg.generate.synthesis import Dialogue, plan_dialogues, read_dialogues
from dramaturg.llm import Answer, Batch
from dramaturg.llm.parse import has_items, has_text
from dramaturg.rejected import Malformed, Rejected, by_reason
from dramaturg.scenes import Scene
from dramaturg.text import join_pieces
from flows.asking import effort_of, engine_of, funnel
from flows.stage import (
    CURATED_FILE,
    EXCHANGES_FILE,
    PROFILE_FILE,
    QUESTIONS_FILE,
    SCENES_FILE,
    SYNTHESIS_FILE,
    TRIPLETS_FILE,
    Build,
    Report,
    records,
    write_records,
    write_requests,
)
from flows.yields import check_yield
from prompts import load_prompt

__all__ = ["context_instruct", "curated", "profile", "questions", "synthesis"]


def profile(build: Build) -> Report:
    """Who the role is. Without an answer it is what character.yaml says, and nothing else is asked."""
    effort = effort_of(build, "profile")
    batches: list[Batch] = []
    with engine_of(build, "profile") as engine:

        def ask(each: Round) -> Outcomes | None:
            batches.append(engine.ask(each.requests, each.title, each.is_whole))
            return None if batches[-1].unfinished else batches[-1].outcomes

        rounds = profile_rounds(
            build.character, _scenes(build), effort.profile_tokens, effort.segments, engine.takes_json()
        )
        written = ask_in_rounds(rounds, ask)
    made = written.profile
    counts = {"parsed": int(made.model is not None), "catchphrases": len(made.catchphrases), **written.counts}
    report = _report(build, PROFILE_FILE, [made], batches, written.rejected, written.malformed, counts)
    if made.model is None:
        _check(build, "profile", report, 0, written.rejected, written.malformed)
    return replace(report, stopped=report.unfinished)


def questions(build: Build) -> Report:
    """What one might say to the role."""
    character, effort = build.character, effort_of(build, "questions")
    exchanges = list(records(build, EXCHANGES_FILE, Exchange))
    count = effort.questions_a_call
    with engine_of(build, "questions") as engine:
        requests = question_requests(
            character,
            _profile(build),
            exchanges,
            effort.question_calls,
            count,
            engine.takes_json(),
            effort.temperature,
        )
        batch = engine.ask(requests, "questions", _has_items(build, "questions"))
    known = (
        join_pieces((line.content for line in exchange.question.lines), character.language) for exchange in exchanges
    )
    kept, rejected, malformed = read_questions(character, batch.answers, count, known)
    counts = {"parsed": len(kept) + len(rejected), "questions": len(kept)}
    report = _report(build, QUESTIONS_FILE, kept, [batch], rejected, malformed, counts)
    return _check(build, "questions", report, len(kept), rejected, malformed)


def synthesis(build: Build) -> Report:
    """The role's answers to the questions."""
    character, effort = build.character, effort_of(build, "synthesis")
    asked = list(records(build, QUESTIONS_FILE, Question))[: effort.answers]
    planned = plan_dialogues(character, _profile(build), asked, _scenes(build), effort.story_tokens)
    with engine_of(build, "synthesis") as engine:
        batch = engine.ask([plan.request for plan in planned], "answers", has_text)
    dialogues = read_dialogues(character, planned, batch.outcomes)
    counts = {"parsed": len(dialogues), "dialogues": len(dialogues)}
    return _report(build, SYNTHESIS_FILE, dialogues, [batch], (), (), counts)


def context_instruct(build: Build) -> Report:
    """Triplets from the script, then from knowledge: the latter are shown what was asked before."""
    character, effort, made = build.character, effort_of(build, "context_instruct"), _profile(build)
    with engine_of(build, "context_instruct") as engine:
        as_json = engine.takes_json()
        planned = plan_script_based(
            character, made, _scenes(build), effort.segments, effort.items_a_segment, as_json, effort.temperature
        )
        is_whole = _has_items(build, "context_instruct_script")
        batches = [engine.ask([plan.request for plan in planned], "script-based", is_whole)]
        triplets, rejected, malformed = read_triplets(character, planned, batches[0].outcomes)
        if not batches[0].unfinished:  # else what was asked before is not known yet
            asked = questions_by_rank(planned, batches[0].outcomes, triplets)
            planned = plan_agnostic(
                character, made, asked, effort.agnostic_calls, effort.items_a_call, as_json, effort.temperature
            )
            is_whole = _has_items(build, "context_instruct_agnostic")
            batches.append(engine.ask([plan.request for plan in planned], "script-agnostic", is_whole))
            more = read_triplets(character, planned, batches[1].outcomes)
            triplets, rejected, malformed = triplets + more[0], rejected + more[1], malformed + more[2]
    counts = {
        "parsed": len(triplets) + len(rejected),
        "script_based": sum(triplet.type == "script_based" for triplet in triplets),
        "script_agnostic": sum(triplet.type == "script_agnostic" for triplet in triplets),
    }
    report = _report(build, TRIPLETS_FILE, triplets, batches, rejected, malformed, counts)
    return _check(build, "context_instruct", report, len(triplets), rejected, malformed)


def curated(build: Build) -> Report:
    """What the dataset keeps of all that."""
    dialogues = list(records(build, SYNTHESIS_FILE, Dialogue))
    triplets = list(records(build, TRIPLETS_FILE, Triplet))
    kept, rejected = curate(build.character, dialogues, triplets)
    counts = {
        "parsed": len(dialogues) + len(triplets),
        "dialogues": sum(each.dialogue is not None for each in kept),
        "triplets": sum(each.triplet is not None for each in kept),
    }
    report = Report(write_records(build, CURATED_FILE, kept, rejected=rejected), counts, by_reason(rejected))
    return _check(build, "curated", report, len(kept), rejected, ())


def _report(
    build: Build,
    name: str,
    kept: Sequence[Any],
    batches: Sequence[Batch],
    rejected: Sequence[Rejected],
    malformed: Sequence[Malformed],
    counts: dict[str, int],
) -> Report:
    """The stage's files and its part of the funnel: asked = answered + failed, parsed = kept + dropped."""
    failures = [failure for batch in batches for failure in batch.failures]
    files = write_records(build, name, kept, rejected=rejected, malformed=malformed, failed=failures)
    return Report(
        [*files, write_requests(build, name, batches)],
        {**funnel(batches, malformed), **counts},
        by_reason(rejected),
        model=next((answer.model for batch in batches for answer in batch.answers), None),
        unfinished=next((batch.unfinished for batch in batches if batch.unfinished), None),
        stopped=next((batch.stopped for batch in batches if batch.stopped), None),
    )


def _check(
    build: Build,
    stage: str,
    report: Report,
    kept: int,
    rejected: Sequence[Rejected],
    malformed: Sequence[Malformed],
) -> Report:
    """The report of a stage that keeps enough. Raises YieldError where, all being answered, it does not."""
    if report.unfinished is None:
        check_yield(build, stage, kept, rejected, malformed)
    return report


def _has_items(build: Build, prompt: str) -> Callable[[Answer], bool]:
    return has_items(load_prompt(build.character.language, prompt).fields)


def _scenes(build: Build) -> list[Scene]:
    return list(records(build, SCENES_FILE, Scene))


def _profile(build: Build) -> Profile:
    return next(records(build, PROFILE_FILE, Profile))
