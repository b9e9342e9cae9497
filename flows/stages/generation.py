"""From the script to generated records: the stages that ask a language model, and the one that sifts its answers, whose
rows a model may judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from dramaturg.curate.filter import Curated, curate, curate_general
from dramaturg.curate.quality import plan_comparisons, plan_judgements, read_comparisons, read_judgements
from dramaturg.errors import EndpointError, InputError
from dramaturg.exchanges import Exchange
from dramaturg.generate.context_instruct import (
    Triplet,
    plan_agnostic,
    plan_script_based,
    questions_by_rank,
    read_triplets,
)
from dramaturg.generate.instructions import load_instructions
from dramaturg.generate.profile import Profile, given_profile, profile_rounds
from dramaturg.generate.profile_edit import profile_edit
from dramaturg.generate.questions import Question, ask_questions
from dramaturg.generate.rolegpt import GeneralAnswer, plan_answers, read_answers
from dramaturg.generate.roleplay import RolePlay
from dramaturg.generate.scenarios import plan_scenarios, read_scenarios
from dramaturg.generate.synthesis import Dialogue, synthesize, turns_within
from dramaturg.llm import Answer, Batch
from dramaturg.llm.parse import has_items, has_text
from dramaturg.llm.request import SHOWN
from dramaturg.rejected import Malformed, Rejected, by_reason
from dramaturg.review.rows import correct_curated
from dramaturg.scenes import Scene, scenes_up_to
from dramaturg.text import in_one_line
from flows.asking import effort_of, embedder_of, engine_of, funnel, in_rounds
from flows.reviewed import counted, said_of_rows
from flows.stage import (
    COMPARISONS_FILE,
    CURATED_FILE,
    EXCHANGES_FILE,
    GENERAL_FILE,
    JUDGED_FILE,
    PROFILE_EDIT,
    PROFILE_FILE,
    QUESTIONS_FILE,
    SCENARIOS_FILE,
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

__all__ = ["context_instruct", "curated", "judged", "profile", "questions", "rolegpt", "scenarios", "synthesis"]


def profile(build: Build) -> Report:
    """Who the role is. Without an answer it is what character.yaml says, and nothing else is asked."""
    effort = effort_of(build, "profile")
    with engine_of(build, "profile") as engine:
        rounds = profile_rounds(
            build.character, _scenes(build), effort.profile_tokens, effort.profile_calls, engine.takes_json()
        )
        written, batches = in_rounds(engine, rounds)
    made = _corrected(build, written.profile)
    counts = {"parsed": int(made.model is not None), "catchphrases": len(made.catchphrases), **written.counts}
    report = _report(build, PROFILE_FILE, [made], batches, written.rejected, written.malformed, counts)
    if made.model is None and batches:
        _check(build, "profile", report, 0, written.rejected, written.malformed)
    return replace(report, stopped=report.unfinished)


def _corrected(build: Build, made: Profile) -> Profile:
    """The profile with what a person wrote in its stead. Raises InputError where that cannot be read."""
    path = build.edits / PROFILE_EDIT
    if not path.is_file():
        return made
    try:
        edited = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not YAML in UTF-8: {in_one_line(error, SHOWN)}") from None
    if not isinstance(edited, Mapping):
        raise InputError(f"{path}: give description, catchphrases or relations")
    try:
        return profile_edit(made, edited)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def questions(build: Build) -> Report:
    """What people of the work might say to the role."""
    effort, exchanges = effort_of(build, "questions"), _exchanges(build)
    with engine_of(build, "questions") as engine:
        rounds = ask_questions(
            build.character,
            _profile(build),
            exchanges,
            effort.question_calls,
            effort.questions_a_call,
            engine.takes_json(),
            effort.temperature,
        )
        (kept, rejected, malformed), batches = in_rounds(engine, rounds)
    counts = {"parsed": len(kept) + len(rejected), "questions": len(kept)}
    report = _report(build, QUESTIONS_FILE, kept, batches, rejected, malformed, counts)
    return _check(build, "questions", report, len(kept), rejected, malformed)


def synthesis(build: Build) -> Report:
    """The role's answers to the questions, and some talks that go on from there."""
    effort = effort_of(build, "synthesis")
    asked = list(records(build, QUESTIONS_FILE, Question))
    turns = turns_within(len(asked), effort.turns, effort.answers)
    dialogues: list[Dialogue] = []
    rejected: list[Rejected] = []
    batches: list[Batch] = []
    unfinished: str | None = None
    with engine_of(build, "synthesis") as engine, embedder_of(build, "synthesis") as embed:
        try:
            role = RolePlay(build.character, _profile(build), _scenes(build), effort.story_tokens, embed)
            (dialogues, rejected), batches = in_rounds(engine, synthesize(role, asked[: len(turns)], turns))
        except EndpointError as error:  # of what finds the scenes
            unfinished = str(error)
    counts = {
        "parsed": len(dialogues) + sum(len(each.more) for each in dialogues) + len(rejected),
        "dialogues": len(dialogues),
        "later_turns": sum(len(each.more) for each in dialogues),
    }
    vectors = embed.batches if embed is not None else []
    report = _report(build, SYNTHESIS_FILE, dialogues, batches, rejected, (), counts, vectors)
    return replace(report, unfinished=unfinished or report.unfinished)


def context_instruct(build: Build) -> Report:
    """Triplets from the script, then from knowledge: the latter are shown what was asked before.

    With the script goes what character.yaml says of the role: the made profile changes with every source that is
    added, and so would each question about a segment that did not."""
    character, effort, made = build.character, effort_of(build, "context_instruct"), _profile(build)
    with engine_of(build, "context_instruct") as engine:
        as_json = engine.takes_json()
        planned = plan_script_based(
            character,
            given_profile(character),
            _scenes(build),
            effort.segments,
            effort.items_a_segment,
            as_json,
            effort.temperature,
        )
        is_whole = _has_items(build, "context_instruct_script")
        batches = [engine.ask([plan.request for plan in planned], "script-based", is_whole)]
        triplets, rejected, malformed = read_triplets(character, planned, batches[0].outcomes)
        if not batches[0].unfinished:  # else what was asked before is not known yet
            asked = questions_by_rank(planned, batches[0].outcomes, triplets, rejected)
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


def rolegpt(build: Build) -> Report:
    """The role's answers to general instructions."""
    character, settings, effort = build.character, build.settings, effort_of(build, "rolegpt")
    instructions = load_instructions(character.language, settings.instructions)
    planned = plan_answers(
        character,
        _profile(build),
        _exchanges(build),
        instructions,
        settings.rolegpt,
        settings.responses,
        effort.instructions,
    )
    with engine_of(build, "rolegpt") as engine:
        batch = engine.ask([plan.request for plan in planned], "instructions", has_text)
    answers = read_answers(character, planned, batch.outcomes)
    counts = {"parsed": len(answers), "general": len(answers)}
    return _report(build, GENERAL_FILE, answers, [batch], (), (), counts)


def scenarios(build: Build) -> Report:
    """When and where scenes are played, what led to them, what each wants."""
    with engine_of(build, "scenarios") as engine:
        planned = plan_scenarios(
            build.character, _scenes(build), effort_of(build, "scenarios").scenarios, engine.takes_json()
        )
        batch = engine.ask([plan.request for plan in planned], "scenarios", _has_items(build, "scenarios"))
    kept, rejected, malformed = read_scenarios(build.character, planned, batch.outcomes)
    counts = {"parsed": len(kept) + len(rejected), "scenarios": len(kept)}
    report = _report(build, SCENARIOS_FILE, kept, [batch], rejected, malformed, counts)
    return _check(build, "scenarios", report, len(kept), rejected, malformed)


def curated(build: Build) -> Report:
    """What the dataset keeps of all that."""
    dialogues = list(records(build, SYNTHESIS_FILE, Dialogue))
    triplets = list(records(build, TRIPLETS_FILE, Triplet))
    general = list(records(build, GENERAL_FILE, GeneralAnswer))
    kept, rejected = curate(build.character, dialogues, triplets)
    more, others = curate_general(build.character, general)
    said = said_of_rows(build, ("dialogue", "triplet", "boundary", "general"))
    kept, refused, gone = correct_curated("curate", kept + more, said)
    rejected += [*others, *refused]
    counts = {
        "parsed": len(dialogues) + sum(len(each.more) for each in dialogues) + len(triplets) + len(general),
        "dialogues": sum(each.dialogue is not None for each in kept),
        "later_turns": sum(len(each.dialogue.more) for each in kept if each.dialogue),
        "triplets": sum(each.triplet is not None for each in kept),
        "boundary": sum(each.boundary is not None for each in kept),
        "general": sum(each.general is not None for each in kept),
        **counted(said, gone),
    }
    files = write_records(build, CURATED_FILE, kept, rejected=rejected, gone=gone)
    report = Report(files, counts, by_reason(rejected))
    return _check(build, "curated", report, len(kept), rejected, ())


def judged(build: Build) -> Report:
    """What a model says of some of the kept rows; where none are to be judged it is not asked, and nothing written."""
    character, settings = build.character, build.settings.for_stage("judged")
    if not settings.judge:
        return Report([], {})
    profile, kept, most = given_profile(character), _to_judge(build, settings.judge), settings.own_requests
    with engine_of(build, "judged") as engine:
        as_json = engine.takes_json()
        planned = plan_judgements(character, profile, kept, _scenes(build), settings.judge, as_json)[:most]
        pairs = plan_comparisons(character, profile, kept, settings.judge, as_json)
        pairs = pairs[: None if most is None else most - len(planned)]
        batches = [
            engine.ask([plan.request for plan in planned], "judgements", _has_items(build, "judge")),
            engine.ask([pair.request for pair in pairs], "comparisons", _has_items(build, "compare")),
        ]
    judgements, rejected, malformed = read_judgements(character, planned, batches[0].outcomes)
    comparisons, others, unread = read_comparisons(character, pairs, batches[1].outcomes)
    rejected, malformed = rejected + others, malformed + unread
    verdicts = len(judgements) + len(comparisons)
    counts = {
        "parsed": verdicts + len(rejected),
        "verdicts": verdicts,
        "rows": sum(each.trial == "row" for each in judgements),
        "comparisons": len(comparisons),
    }
    report = _report(build, JUDGED_FILE, judgements, batches, rejected, malformed, counts)
    if comparisons:
        report = replace(report, files=[*report.files, *write_records(build, COMPARISONS_FILE, comparisons)])
    return _check(build, "judged", report, verdicts, rejected, malformed)


def _to_judge(build: Build, count: int) -> list[Curated]:
    """What was kept. Where the build is only rehearsed, and what it would keep is not known yet, all that it would
    make, so that as many are judged as would be."""
    kept = list(records(build, CURATED_FILE, Curated))
    planned = [each for stage in (build.rehearsed or {}).values() for each in stage]
    if len(kept) >= count or all(each.is_answered for each in planned):
        return kept
    return [
        *(Curated(dialogue=each) for each in records(build, SYNTHESIS_FILE, Dialogue)),
        *(Curated(triplet=each) for each in records(build, TRIPLETS_FILE, Triplet)),
        *(Curated(general=each) for each in records(build, GENERAL_FILE, GeneralAnswer)),
    ]


def _report(
    build: Build,
    name: str,
    kept: Sequence[Any],
    batches: Sequence[Batch],
    rejected: Sequence[Rejected],
    malformed: Sequence[Malformed],
    counts: dict[str, int],
    vectors: Sequence[Batch] = (),
) -> Report:
    """The stage's files and its part of the funnel: asked = answered + failed, parsed = kept + dropped. `vectors` are
    what was asked beside that, to find scenes."""
    if vectors:
        counts |= {
            "vectors": sum(len(batch.answers) for batch in vectors),
            "vector_tokens": sum(answer.tokens_in for batch in vectors for answer in batch.answers),
        }
    failures = [failure for batch in batches for failure in batch.failures]
    files = write_records(build, name, kept, rejected=rejected, malformed=malformed, failed=failures)
    return Report(
        [*files, write_requests(build, name, [*batches, *vectors])],
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
    """Those that the role knows of."""
    return scenes_up_to(records(build, SCENES_FILE, Scene), build.settings.up_to_act)


def _exchanges(build: Build) -> list[Exchange]:
    """Those in the scenes that the role knows of."""
    exchanges = list(records(build, EXCHANGES_FILE, Exchange))
    if build.settings.up_to_act is None:
        return exchanges
    known = {(scene.source, scene.scene_id) for scene in _scenes(build)}
    return [each for each in exchanges if (each.source, each.scene_id) in known]


def _profile(build: Build) -> Profile:
    return next(records(build, PROFILE_FILE, Profile))
