"""Models put to the test of a dataset, or of a benchmark's: asked, ranked by a judge, measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from dramaturg.errors import EndpointError, InputError, UnfinishedError
from dramaturg.evaluate.encoder import LOCAL_ENCODER, encode_locally, has_local_encoder
from dramaturg.evaluate.evaluation import Evaluation, Judged
from dramaturg.evaluate.questions import Question, Role, read_questions
from dramaturg.evaluate.ranking import FEWEST, MOST, is_ranking, plan_rankings, read_rankings
from dramaturg.evaluate.scores import Key, Sheet, is_empty, marks_of
from dramaturg.evaluate.similarity import Encode, cosines, remembering, shuffled
from dramaturg.llm import Batch, open_engine
from dramaturg.llm.embeddings import Embedder
from dramaturg.llm.rehearsal import Planned, Rehearsal
from dramaturg.row_files import file_rows
from dramaturg.settings import Settings
from dramaturg.stages import EVALUATE
from dramaturg.text import count_tokens
from dramaturg.workspace import Workspace, digest
from flows.answering import Model, answers_of, models_of, rehearsed
from flows.built import built_profile, check_built
from flows.evaluated import estimate_lines, write_evaluation
from flows.stage import BENCHMARK, EVALUATION, Build, check_prices

__all__ = ["Asked", "Test", "evaluate_test", "test_of"]

_Near = dict[str, dict[Key, tuple[float, float]]]

_FEW_REQUESTS = 36
"""What the embedded model is asked at most where nobody says how much, as in a build."""


@dataclass(frozen=True, slots=True)
class Test:
    """What is evaluated: the roles, their questions, and the folder of results, in the workspace that is locked for
    the time. `settings` are those of the first role. `remarks` are what is to be said of the questions."""

    roles: Mapping[str, Role]
    questions: Sequence[Question]
    settings: Settings
    workspace: Workspace
    remarks: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return self.workspace.processed / EVALUATION


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom, and how much: the models as they are named, how many orders the judge is shown of the answers to each
    question (0: it is not asked), and the most questions; None for all."""

    models: Sequence[str]
    orders: int = 2
    questions: int | None = None


# --- the questions ----------------------------------------------------------------------------------------------


def test_of(builds: Sequence[Build], is_benchmark: bool) -> Test:
    """The test of a character's dataset, or of those of several as a benchmark. Raises InputError where one is not
    built, or there is no question at all."""
    for build in builds:
        check_built(build)
    first = builds[0]
    workspace = Workspace(first.workspace.data, BENCHMARK) if is_benchmark else first.workspace
    unseen = _unseen(workspace.processed) if is_benchmark else frozenset()
    roles: dict[str, Role] = {}
    questions: list[Question] = []
    for build in builds:
        role = Role(build.workspace.character_id, build.character, built_profile(build))
        is_held_out = role.name in unseen if is_benchmark else build.settings.split == "role"
        roles[role.character_id] = role
        questions += read_questions(build.workspace.dataset, role, is_held_out, is_benchmark)
    if not questions:
        names = ", ".join(roles)
        raise InputError(f"{names}: no test rows: SPLIT={first.settings.split}, or too little to hold anything out")
    remarks = () if unseen or not is_benchmark else ("no role is held out: nothing is said of unseen roles",)
    return Test(roles, questions, first.settings, workspace, remarks)


def _unseen(folder: Path) -> frozenset[str]:
    """The names of the roles that the benchmark holds out."""
    files = folder.glob("rolebench-*/role-generalization/*/test.jsonl")
    return frozenset(str(row.content["role"]) for path in files for row in file_rows(path))


def _sampled(questions: Sequence[Question], most: int | None) -> list[Question]:
    """At most so many: one of each role and kind in turn, by the hash of what each is known by; in their own order."""
    if most is None or most >= len(questions):
        return list(questions)
    groups: dict[tuple[str, str], list[Question]] = {}
    for question in sorted(questions, key=lambda each: digest(EVALUATE, *each.key)):
        groups.setdefault((question.character_id, question.kind), []).append(question)
    turns = (question for turn in zip_longest(*groups.values()) for question in turn if question is not None)
    chosen = {question.key for _, question in zip(range(most), turns, strict=False)}
    return [question for question in questions if question.key in chosen]


# --- the whole --------------------------------------------------------------------------------------------------


def evaluate_test(test: Test, asked: Asked, tell: Callable[[str], None], is_rehearsal: bool = False) -> Path | None:
    """Ask every model every question, and the judge; write the tables; returns their folder. What would be asked, and
    what it costs, is told first; nothing else is done where it `is_rehearsal`.

    Raises InputError where a model cannot be one, SettingsError where MAX_COST is set and a price unknown, BusyError
    beside a build of the same character, UnfinishedError, once the tables are written, where answers are missing that
    the same command would ask for again.
    """
    models = models_of(asked.models, test.settings)
    judge = test.settings.for_stage(EVALUATE)
    why_not = _why_no_judge(asked, test.settings, len(models))
    encoder = _encoder(test.settings)
    paid = [model.settings for model in models if model.settings is not None]
    check_prices(test.settings, [*paid, *([judge] if why_not is None else []), *([encoder] if encoder else [])])
    remarks = list(test.remarks)
    questions = _sampled(test.questions, _most(asked, paid, judge, why_not))
    if len(questions) < len(test.questions):
        remarks.append(f"{len(questions):,} of the test's {len(test.questions):,} questions were asked")
    with test.workspace.running(test.settings.wait):
        planned = _planned(test, models, questions, asked, judge if why_not is None else None, encoder)
        for line in estimate_lines(len(questions), planned):
            tell(line)
        if is_rehearsal:
            return None
        store, progress = test.workspace.store, test.workspace.progress
        sheets: list[Sheet] = []
        batches: list[Batch] = []
        for model in models:
            sheet, own = answers_of(model, test.roles, questions, store, progress)
            sheets.append(sheet)
            batches += own
        judged, own = _judge(test, questions, sheets, asked, judge, why_not)
        batches += own
        near, by, no_encoder, own = _nearness(test, questions, sheets, encoder)
        batches += own
        found = Evaluation(
            test.roles,
            questions,
            sheets,
            {sheet.model: marks_of(test.roles, questions, sheet, near[sheet.model]) for sheet in sheets},
            judged,
            by,
            no_encoder,
            tuple(remarks),
        )
        for line in write_evaluation(test.folder, found, batches):
            tell(line)
    if (unfinished := next((batch.unfinished for batch in batches if batch.unfinished), None)) is not None:
        raise UnfinishedError(f"{unfinished}; the tables are written without, and the same command asks again")
    return test.folder


def _why_no_judge(asked: Asked, settings: Settings, models: int) -> str | None:
    if not asked.orders:
        return "not asked for"
    if models < FEWEST:
        return "one model"
    if models > MOST:
        return f"more than {MOST} models"
    return "LLM=off" if settings.llm == "off" else None


def _encoder(settings: Settings) -> Settings | None:
    """The settings that vectors are asked by."""
    if settings.llm == "off" or settings.embedding_model is None or settings.is_embedded:
        return None
    return settings.model_copy(update={"model": settings.embedding_model, "batch": False})


def _most(asked: Asked, paid: Sequence[Settings], judge: Settings, why_not: str | None) -> int | None:
    """The most questions: what was said, or what MAX_REQUESTS leaves room for."""
    each = len(paid) + (asked.orders if why_not is None else 0)
    by = [*paid, *([judge] if why_not is None else [])]
    most = by[0].max_requests if by else None
    if most is None and asked.questions is None and any(settings.is_embedded for settings in by):
        most = _FEW_REQUESTS
    held = None if most is None or not each else max(1, most // each)
    return min((each for each in (held, asked.questions) if each is not None), default=None)


def _planned(
    test: Test,
    models: Sequence[Model],
    questions: Sequence[Question],
    asked: Asked,
    judge: Settings | None,
    encoder: Settings | None,
) -> list[tuple[str, Settings, list[Planned]]]:
    """What each would be asked. Vectors are not told of where there is no encoder."""
    store = test.workspace.store
    sheets: list[Sheet] = []
    planned: list[tuple[str, Settings, list[Planned]]] = []
    for model in models:
        sheet, own = rehearsed(model, test.roles, questions, store)
        sheets.append(sheet)
        if model.settings is not None:
            planned.append(("answers", model.settings, own))
    if judge is not None:
        with open_engine(judge, store, "rehearsed") as engine:
            rehearsal = Rehearsal(engine, ["well "])
            plans = plan_rankings(test.roles, questions, _said(sheets), asked.orders, rehearsal.takes_json())
            rehearsal.ask([plan.request for plan in plans[: judge.own_requests]], "rankings")
        planned.append(("rankings", judge, rehearsal.planned))
    if encoder is not None:
        with open_engine(encoder, store, "rehearsed") as engine:
            requests = [Embedder.request(text) for text in dict.fromkeys(_texts(questions, sheets))]
            told = [Planned(each, engine.is_answered(each), count_tokens(each.text), 0) for each in requests]
        planned.append(("vectors", encoder, told))
    return planned


# --- the judge, and vectors -------------------------------------------------------------------------------------


def _said(sheets: Sequence[Sheet]) -> dict[str, dict[Key, str]]:
    return {sheet.model: sheet.said for sheet in sheets}


def _judge(
    test: Test,
    questions: Sequence[Question],
    sheets: Sequence[Sheet],
    asked: Asked,
    judge: Settings,
    why_not: str | None,
) -> tuple[Judged, list[Batch]]:
    if why_not is not None:
        return Judged(why_not=why_not), []
    with open_engine(judge, test.workspace.store, progress=test.workspace.progress) as engine:
        plans = plan_rankings(test.roles, questions, _said(sheets), asked.orders, engine.takes_json())
        plans = plans[: judge.own_requests]
        languages = {role.character.language for role in test.roles.values()}
        are_whole = [is_ranking(language) for language in languages]
        batch = engine.ask(
            [plan.request for plan in plans], "rankings", lambda answer: any(each(answer) for each in are_whole)
        )
    rankings, malformed = read_rankings(test.roles, plans, batch.outcomes)
    failed = len(batch.failures)
    model = f"{engine.model} at {engine.label}"
    return Judged(model, None, asked.orders, len(plans), failed, len(malformed), rankings), [batch]


def _texts(questions: Sequence[Question], sheets: Sequence[Sheet]) -> Iterator[str]:
    """All that vectors are made of: the role's own lines, and what models put in their place."""
    for question in questions:
        if question.kind == "story":
            yield question.references[0]
            for sheet in sheets:
                if not is_empty(answer := sheet.answers.get(question.key, "")):
                    yield answer


def _nearness(
    test: Test, questions: Sequence[Question], sheets: Sequence[Sheet], encoder: Settings | None
) -> tuple[_Near, str | None, str | None, list[Batch]]:
    """By model and question the cosine with the role's line, and with another line of the same role; by whom, or why
    there is none; and what was asked for it. Without an endpoint's model, English is left to one on this machine."""
    if encoder is None:
        english = [name for name, role in test.roles.items() if role.character.language == "en"]
        if english and has_local_encoder():
            return _cosines(questions, sheets, english, remembering(encode_locally)), LOCAL_ENCODER, None, []
        return {sheet.model: {} for sheet in sheets}, None, "no encoder (EMBEDDING_MODEL is not set)", []
    with open_engine(encoder, test.workspace.store, progress=test.workspace.progress) as engine:
        embed = Embedder(engine)
        try:
            embed(list(_texts(questions, sheets)) or ["…"])  # all at once
            return _cosines(questions, sheets, list(test.roles), embed), engine.model, None, embed.batches
        except EndpointError as error:
            return {sheet.model: {} for sheet in sheets}, None, f"no vectors: {error}", embed.batches


def _cosines(questions: Sequence[Question], sheets: Sequence[Sheet], roles: Sequence[str], encode: Encode) -> _Near:
    found: _Near = {sheet.model: {} for sheet in sheets}
    for sheet in sheets:
        said = sheet.said
        for name in roles:
            own = [
                each for each in questions if each.kind == "story" and each.character_id == name and each.key in said
            ]
            answers, lines = [said[each.key] for each in own], [each.references[0] for each in own]
            near, far = cosines(encode, answers, lines), cosines(encode, answers, shuffled(lines))
            found[sheet.model] |= dict(zip((each.key for each in own), zip(near, far, strict=True), strict=True))
    return found
