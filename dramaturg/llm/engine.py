"""Asks what nobody asked before: the store first, then the endpoint."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

import orjson

from dramaturg.errors import EndpointError
from dramaturg.llm.batch import BatchDispatch
from dramaturg.llm.dispatch import Dispatch, Job
from dramaturg.llm.embedded import serve
from dramaturg.llm.endpoint import Endpoint, refusal_fate
from dramaturg.llm.pace import Pace
from dramaturg.llm.prices import find_price
from dramaturg.llm.progress import Progress
from dramaturg.llm.request import JSON_OBJECT, SHOWN, Answer, Failure, Request, read_reply
from dramaturg.llm.store import Store
from dramaturg.llm.weights import find_weights
from dramaturg.settings import EMBEDDED, Settings
from dramaturg.text import in_one_line
from dramaturg.workspace import sha256_file

__all__ = ["Batch", "Engine", "Form", "endpoint_of", "open_engine"]

Form = Literal["schema", "object", "blocks"]
"""In what form an endpoint can be made to answer: by a JSON schema, in JSON, or only in what a prompt asks for."""

_SAMPLING = {"seed": 0, "repeat_penalty": 1.1}  # without the latter small models turn in circles
_MORE_ROOM = 2
_LABEL_DIGITS = 16
_REPLAY = "LLM=replay asks nobody, and the store has no answer"

_PROBE = Request(
    prompt="schema_probe@1",
    messages=({"role": "user", "content": 'Is water wet? Answer with a JSON object such as {"wet": "yes"}.'},),
    max_tokens=200,
    schema={
        "name": "schema_probe",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"wet": {"type": "string", "enum": ["yes", "no"]}},
            "required": ["wet"],
            "additionalProperties": False,
        },
    },
)

Outcome = Answer | Failure


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of some requests, in their order.

    `unfinished` says why some of them are to be asked again; None where all are answered, or refused for good.
    `stopped` says why the endpoint can be asked no more. `looked_at` is every outcome that was asked for, those among
    them that another request was asked in the stead of: cut off, or not of the form asked for.
    """

    outcomes: tuple[Outcome, ...]
    unfinished: str | None = None
    stopped: str | None = None
    looked_at: tuple[Outcome, ...] = ()

    @property
    def answers(self) -> list[Answer]:
        return [each for each in self.outcomes if isinstance(each, Answer)]

    @property
    def failures(self) -> list[Failure]:
        return [each for each in self.outcomes if isinstance(each, Failure)]


@dataclass(slots=True)
class _Question:
    """A request with what came of it: the outcomes so far, of it and of those asked in its stead, and the request
    that is to be asked next; None where it is done."""

    prompt: str
    next: Request | None
    outcomes: list[Outcome] = field(default_factory=list)
    has_more_room: bool = False


@dataclass(slots=True)
class Engine:
    """One model at one endpoint, with the store before it. `connect` makes the endpoint when it is first needed.

    `again` is how often an answer that is not of the form asked for is asked for again; with 0, one that is cut off
    is not either. `requests_a_minute`, `tokens_a_minute` and `max_cost` are limits, None for none. `batch` is whether
    the provider's Batch API is used.
    """

    store: Store
    label: str
    model: str
    connect: Callable[[], Endpoint]
    concurrency: int
    again: int = 0
    requests_a_minute: int | None = None
    tokens_a_minute: int | None = None
    max_cost: float | None = None
    progress: Progress = field(default_factory=Progress)
    stopped: str | None = None
    batch: bool = False
    _form: Form | None = None
    _endpoint: Endpoint | None = field(default=None, init=False)

    def takes_json(self) -> bool:
        """Whether the endpoint can be made to answer in JSON. Asked once, like any question."""
        return self._form_of_answers() != "blocks"

    def assume_schema(self) -> None:
        """Take it that the endpoint answers by a schema, where the store does not know whether it does."""
        if self._form is None and not self.is_answered(_PROBE):
            self._form = "schema"

    def is_answered(self, request: Request) -> bool:
        """Whether the store has the answer, so that asking is free."""
        return self.store.get(self._as_asked(request).key(self.label, self.model)) is not None

    def ask(
        self, requests: Sequence[Request], title: str, is_whole: Callable[[Answer], bool] = lambda _: True
    ) -> Batch:
        """An answer or a failure for each request. What is in the store is not asked, what is asked is stored first.

        An answer that is cut off is asked for once more with twice the room; one that `is_whole` says is not of the
        form asked for, or an empty one, `again` times more as another sample. The best of these is the outcome. Once
        the endpoint is found dead, or refuses the key or the model, only the store answers. Raises OSError where an
        answer cannot be kept.
        """
        asked = [self._as_asked(request) for request in requests]
        keys = [request.key(self.label, self.model) for request in asked]
        questions = {
            key: _Question(request.prompt, request) for key, request in zip(keys, asked, strict=True)
        }  # equal requests are one
        for question in questions.values():
            self._answer_from_store(question, is_whole)
        fresh = {key: question for key, question in questions.items() if question.next is not None}
        told: dict[str, str] = {}
        if fresh and self.stopped is None:
            self.progress.begin(title, len(questions), len(questions) - len(fresh))
            try:
                told = asyncio.run(self._ask_fresh(fresh, is_whole))
            finally:
                self.progress.end()
        return self._batch(keys, questions, told, is_whole)

    def _answer_from_store(self, question: _Question, is_whole: Callable[[Answer], bool]) -> None:
        while question.next is not None:
            key = question.next.key(self.label, self.model)
            stored = self.store.get(key)
            if stored is None:
                return
            self._take(question, self._read(question.next, key, *stored), is_whole)

    async def _ask_fresh(self, questions: dict[str, _Question], is_whole: Callable[[Answer], bool]) -> dict[str, str]:
        """Ask for what the questions lack; returns why some have no answer all the same, by their keys."""
        jobs: list[Job] = []

        def job_of(place: str) -> Job | None:
            request = questions[place].next
            if request is None:
                self.progress.done()
                return None
            jobs.append(Job(request, request.key(self.label, self.model), place))
            return jobs[-1]

        def settle(job: Job, status: int, raw: str, is_new: bool) -> Job | None:
            outcome = self._read(job.request, job.key, status, raw)
            if is_new:
                self.progress.add(outcome)
            self._take(questions[job.place], outcome, is_whole)
            return job_of(job.place)

        first = [job for place in questions if (job := job_of(place)) is not None]
        try:
            if self._endpoint is None:
                self._endpoint = self.connect()
            endpoint = self._endpoint
            async with endpoint.connect() as client:
                round_trip = await endpoint.check(client)
                in_batches = BatchDispatch(endpoint, self.store, self.progress, settle, self.max_cost)
                dispatch: Dispatch | BatchDispatch = in_batches
                if not self.batch or any(job.request.prompt == _PROBE.prompt for job in first):  # all wait for that
                    first = await in_batches.collect(client, first)
                    pace = Pace(self.concurrency, self.requests_a_minute, self.tokens_a_minute, round_trip)
                    dispatch = Dispatch(endpoint, self.store, pace, self.progress, settle, self.max_cost)
                await dispatch.run(client, first)
            self.stopped = dispatch.stopped
        except EndpointError as error:
            self.stopped = str(error)
        return {job.place: job.told for job in jobs}

    def _take(self, question: _Question, outcome: Outcome, is_whole: Callable[[Answer], bool]) -> None:
        """An outcome of what was asked; and what is to be asked in its stead."""
        request = question.next
        assert request is not None
        question.outcomes.append(outcome)
        question.next = None
        if isinstance(outcome, Answer):
            if outcome.is_cut:
                if self.again and not question.has_more_room:
                    question.has_more_room = True
                    question.next = replace(request, max_tokens=_MORE_ROOM * request.max_tokens)
                return
            if is_whole(outcome):
                return
        elif outcome.fate == "too_long":
            shorter = None if request.shorter is None else request.shorter()
            question.next = None if shorter is None else self._as_asked(shorter)
            return
        elif outcome.fate != "empty":
            return
        if request.retry < self.again:
            question.next = replace(request, retry=request.retry + 1)

    def _batch(
        self,
        keys: Sequence[str],
        questions: dict[str, _Question],
        told: dict[str, str],
        is_whole: Callable[[Answer], bool],
    ) -> Batch:
        best: dict[str, Outcome] = {}
        for key, question in questions.items():
            answers = [each for each in question.outcomes if isinstance(each, Answer)]
            if len(answers) == 1:
                best[key] = answers[0]
            elif answers:  # of equals the last
                best[key] = max(reversed(answers), key=lambda each: (is_whole(each), not each.is_cut))
            elif question.outcomes and question.next is None:
                best[key] = question.outcomes[-1]
            else:
                best[key] = Failure(key, question.prompt, self.stopped or told.get(key, "not asked"))
        outcomes = tuple(best[key] for key in keys)
        pending = [key for key in keys if questions[key].next is not None]
        looked_at = tuple(outcome for question in questions.values() for outcome in question.outcomes)
        if not pending:
            return Batch(outcomes, looked_at=looked_at)
        why = self.stopped or told.get(pending[0], "not asked")
        unfinished = f"{len(pending):,} of {len(keys):,} requests: {why}"
        return Batch(outcomes, unfinished, self.stopped, looked_at)

    def _read(self, request: Request, key: str, status: int, raw: str) -> Outcome:
        outcome = read_reply(request, key, self.model, raw) if status == 200 else None
        if outcome is not None:
            return outcome
        told = f"refused ({status}): {in_one_line(raw, SHOWN)}"
        return Failure(key, request.prompt, told, refusal_fate(status, raw))

    def _form_of_answers(self) -> Form:
        if self._form is None:
            forms: dict[Form, Request] = {"schema": _PROBE, "object": replace(_PROBE, schema=JSON_OBJECT)}
            self._form = "blocks"
            for form, probe in forms.items():
                batch = self.ask([probe], "a first question")
                if batch.unfinished:  # asked now without knowing, all would be asked again in the other form
                    self.stopped = self.stopped or batch.failures[0].reason
                if any(_is_in_schema(answer.text) for answer in batch.answers):
                    self._form = form
                    break
        return self._form

    def _as_asked(self, request: Request) -> Request:
        """The request in the form in which the endpoint takes it."""
        if request.schema is None or request.prompt == _PROBE.prompt or self._form_of_answers() == "schema":
            return request
        return replace(request, schema=JSON_OBJECT)


@contextmanager
def open_engine(
    settings: Settings, store: Path, stopped: str | None = None, progress: Path | None = None
) -> Iterator[Engine]:
    """The model that the settings name, or the embedded one; nothing is started, or loaded, before it is asked.

    With `stopped`, the reason why asking is of no use, only the store answers. `progress` is the run's file.
    """
    if settings.llm == "replay":
        stopped = _REPLAY
    with ExitStack() as stack:
        answers = stack.enter_context(Store(store))
        tells = Progress(progress, find_price(settings))
        if settings.is_embedded:
            yield _embedded(settings, answers, tells, stack, stopped)
        else:
            yield _configured(settings, answers, tells, stopped)


def endpoint_of(settings: Settings) -> Endpoint:
    """The endpoint that the settings name, no embedded one."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return Endpoint(
        settings.base_url, key or "none", str(settings.model), settings.endpoint, key_name=settings.key_name
    )


def _configured(settings: Settings, store: Store, progress: Progress, stopped: str | None) -> Engine:
    endpoint = endpoint_of(settings)
    return Engine(
        store,
        endpoint.label,
        endpoint.model,
        lambda: endpoint,
        settings.concurrency,
        settings.ask_again,
        settings.requests_per_minute,
        settings.tokens_per_minute,
        settings.max_cost,
        progress,
        stopped,
        settings.batch,
    )


def _embedded(settings: Settings, store: Store, progress: Progress, stack: ExitStack, stopped: str | None) -> Engine:
    """The embedded model, under the label `embedded:` and the first digits of its weights' SHA-256; with no weights to
    be asked, under that of the answers in the store."""
    weights: Path | None = None
    if stopped is None:
        try:
            weights = find_weights(settings.weights)
        except EndpointError as error:
            stopped = str(error)
    if weights is None:
        known = [each for each in store.endpoints() if each[0].startswith(EMBEDDED)]
        label, model = known[-1] if known else (EMBEDDED, "")
    else:
        status = weights.stat()
        label, model = _label(weights, status.st_size, status.st_mtime_ns), weights.stem

    def start() -> Endpoint:
        assert weights is not None
        address, key = stack.enter_context(serve(weights, os.cpu_count() or 1))
        return Endpoint(address, key, model, label, _SAMPLING)

    return Engine(store, label, model, start, 1, progress=progress, stopped=stopped, _form="schema")


@cache
def _label(weights: Path, _size: int, _changed: int) -> str:
    return f"{EMBEDDED}:{sha256_file(weights)[:_LABEL_DIGITS]}"


def _is_in_schema(text: str) -> bool:
    try:
        return orjson.loads(text) in ({"wet": "yes"}, {"wet": "no"})
    except ValueError:
        return False
