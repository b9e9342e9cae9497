"""Asks what nobody asked before: the store first, then the endpoint, so many at a time."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from tqdm import tqdm

from dramaturg.errors import EndpointError
from dramaturg.llm.embedded import serve
from dramaturg.llm.endpoint import Endpoint, RefusedError, UnansweredError
from dramaturg.llm.request import Answer, Failure, Request, read_answer
from dramaturg.llm.store import Store
from dramaturg.llm.weights import find_weights
from dramaturg.settings import EMBEDDED, Settings

__all__ = ["Batch", "Engine", "open_engine"]

_FAILURES_IN_A_ROW = 5
_SAMPLING = {"seed": 0, "repeat_penalty": 1.1}  # without the latter small models turn in circles

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


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of some requests, in their order.

    `unfinished` says why some of them are to be asked again; None where all are answered, or refused for good.
    `stopped` says why the endpoint can be asked no more.
    """

    outcomes: tuple[Answer | Failure, ...]
    unfinished: str | None = None
    stopped: str | None = None

    @property
    def answers(self) -> list[Answer]:
        return [each for each in self.outcomes if isinstance(each, Answer)]

    @property
    def failures(self) -> list[Failure]:
        return [each for each in self.outcomes if isinstance(each, Failure)]


@dataclass(slots=True)
class Engine:
    """One model at one endpoint, with the store before it. `connect` makes the endpoint when it is first needed."""

    store: Store
    label: str
    model: str
    connect: Callable[[], Endpoint]
    concurrency: int
    stopped: str | None = None
    _takes_schema: bool | None = None
    _endpoint: Endpoint | None = field(default=None, init=False)

    def takes_schema(self) -> bool:
        """Whether the endpoint answers in the JSON schema that a request gives. Asked once, like any question."""
        if self._takes_schema is None:
            batch = self.ask([_PROBE], "a first question")
            if batch.unfinished:  # asked now without knowing, all would be asked again in the other form
                self.stopped = self.stopped or batch.failures[0].reason
            self._takes_schema = any(_is_in_schema(answer.text) for answer in batch.answers)
        return self._takes_schema

    def is_answered(self, request: Request) -> bool:
        """Whether the store has the answer, so that asking is free."""
        return self.store.get(request.key(self.label, self.model)) is not None

    def ask(self, requests: Sequence[Request], title: str) -> Batch:
        """An answer or a failure for each request. What is in the store is not asked, what is asked is stored first.

        Once the endpoint is found dead, or refuses the key or the model, only the store answers.
        """
        keys = [request.key(self.label, self.model) for request in requests]
        done: dict[str, Answer | Failure] = {}
        fresh: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            stored = self.store.get(key)
            if stored is None:
                fresh.setdefault(key, request)
            else:
                done[key] = self._outcome(key, request.prompt, *stored)
        if fresh and self.stopped is None:
            already = len(keys) - len(fresh)
            with tqdm(total=len(keys), initial=already, desc=f"  {title}", leave=False, disable=None) as bar:
                done |= asyncio.run(self._ask_fresh(fresh, bar.update))
        for key, request in fresh.items():
            done.setdefault(key, Failure(key, request.prompt, self.stopped or "not asked"))
        outcomes = tuple(done[key] for key in keys)
        unanswered = [each for each in outcomes if isinstance(each, Failure) and not each.is_final]
        unfinished = f"{len(unanswered):,} of {len(keys):,} requests: {unanswered[0].reason}" if unanswered else None
        return Batch(outcomes, unfinished, self.stopped if unanswered else None)

    async def _ask_fresh(self, requests: dict[str, Request], tell: Callable[[], object]) -> dict[str, Answer | Failure]:
        """Several workers take from one list; they stop when nothing is answered any more."""
        outcomes: dict[str, Answer | Failure] = {}
        waiting = iter(requests.items())
        in_a_row = 0

        async def work() -> None:
            nonlocal in_a_row
            for key, request in waiting:
                if self.stopped is not None:
                    return
                try:
                    outcomes[key] = await self._ask_one(endpoint, client, key, request)
                    in_a_row = 0
                except UnansweredError as error:
                    outcomes[key] = Failure(key, request.prompt, str(error))
                    in_a_row += 1
                    if in_a_row >= _FAILURES_IN_A_ROW:
                        self.stopped = f"{error} ({in_a_row} times in a row)"
                except EndpointError as error:
                    self.stopped = str(error)
                tell()

        try:
            if self._endpoint is None:
                self._endpoint = self.connect()
            endpoint = self._endpoint
            async with endpoint.connect() as client:
                await endpoint.check(client)
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(self.concurrency, len(requests))):
                        group.create_task(work())
        except EndpointError as error:
            self.stopped = str(error)
        except BaseExceptionGroup as group:  # the store's OSError, such as a full disk
            raise group.exceptions[0] from None
        return outcomes

    async def _ask_one(self, endpoint: Endpoint, client: object, key: str, request: Request) -> Answer | Failure:
        try:
            status, raw = 200, await endpoint.complete(client, request)  # type: ignore[arg-type]
        except RefusedError as refused:
            status, raw = refused.status, refused.body
        outcome = self._outcome(key, request.prompt, status, raw)
        if status == 200 and isinstance(outcome, Failure):
            raise UnansweredError(f"{self.label}: what came is no chat completion")
        self.store.put(key, self.label, self.model, request, status, raw)
        return outcome

    def _outcome(self, key: str, prompt: str, status: int, raw: str) -> Answer | Failure:
        answer = read_answer(key, self.model, prompt, raw) if status == 200 else None
        return answer or Failure(key, prompt, f"refused ({status}): {' '.join(raw.split())[:160]}", is_final=True)


@contextmanager
def open_engine(settings: Settings, store: Path, stopped: str | None = None) -> Iterator[Engine]:
    """The model that the settings name, or the embedded one; nothing is started, or loaded, before it is asked.

    With `stopped`, the reason why asking is of no use, only the store answers.
    """
    with ExitStack() as stack:
        answers = stack.enter_context(Store(store))
        if settings.is_embedded:
            yield _embedded(settings, answers, stack, stopped)
        else:
            yield _configured(settings, answers, stopped)


def _configured(settings: Settings, store: Store, stopped: str | None) -> Engine:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    endpoint = Endpoint(settings.base_url, key or "none", str(settings.model), settings.endpoint)
    return Engine(store, endpoint.label, endpoint.model, lambda: endpoint, settings.concurrency, stopped)


def _embedded(settings: Settings, store: Store, stack: ExitStack, stopped: str | None) -> Engine:
    weights = Path()
    if stopped is None:
        try:
            weights = find_weights(settings.weights)
        except EndpointError as error:
            stopped = str(error)

    def start() -> Endpoint:
        address, key = stack.enter_context(serve(weights, os.cpu_count() or 1))
        return Endpoint(address, key, weights.stem, EMBEDDED, _SAMPLING)

    return Engine(store, EMBEDDED, weights.stem, start, 1, stopped, _takes_schema=True)


def _is_in_schema(text: str) -> bool:
    try:
        return orjson.loads(text) in ({"wet": "yes"}, {"wet": "no"})
    except ValueError:
        return False
