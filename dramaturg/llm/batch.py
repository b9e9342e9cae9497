"""Many requests through a provider's Batch API: a file up, hours of waiting, a file down, for half the price.

A batch is written down before it is made and until its answers are stored, so that a run which is killed at any moment
is gone on with by the next one, and nothing in a batch is asked twice.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from dramaturg.errors import EndpointError
from dramaturg.llm.batch_api import BatchApi, BatchError, Results
from dramaturg.llm.dispatch import Job, spent_up
from dramaturg.llm.endpoint import Endpoint, LimitedError, RefusedError, UnansweredError
from dramaturg.llm.ledger import Entry, Ledger
from dramaturg.llm.progress import Progress
from dramaturg.llm.request import BATCH, Answer, Failure, Request, read_reply
from dramaturg.llm.store import Response, Store
from dramaturg.workspace import digest

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

__all__ = ["BatchDispatch"]

_REQUESTS, _BYTES = 50_000, 100_000_000  # in a file; OpenAI takes 200 MB, others 100
_ROUNDS = 3
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 5.0, 60.0, 1.5  # seconds between two looks
_PATIENCE = 1800.0  # with a call that fails: a network's outage, in a night of waiting
_PATIENCE_WHILE_OTHERS_WAIT = 20.0
_TOLD_EVERY = 1.0
_CLAIMED_IN_ONE = 200
_UNKNOWN_FOR = timedelta(hours=48)  # no batch takes longer than a day
_UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_QUEUE_IS_FULL = "token_limit_exceeded"


@dataclass(slots=True)
class BatchDispatch:
    """One model at one endpoint, asked in batches; used as `Dispatch` is.

    `settle` is told each job's status and raw response, once that is kept, and whether it was paid for now; it gives
    the job that is to be asked in its stead, if any, which is in the next batch. `max_cost` is what the run may spend.
    """

    endpoint: Endpoint
    store: Store
    progress: Progress
    settle: Callable[[Job, int, str, bool], Job | None]
    max_cost: float | None = None
    stopped: str | None = field(default=None, init=False)
    """Why the endpoint can be asked no more."""
    _ledger: Ledger = field(init=False)
    _jobs: dict[str, Job] = field(default_factory=dict, init=False)  # neither answered nor given up, by key
    _claimed: set[str] = field(default_factory=set, init=False)
    _made: set[int] = field(default_factory=set, init=False)  # batches of this run
    _counts: dict[int, tuple[int, int]] = field(default_factory=dict, init=False)  # done, of how many
    _most: int = field(default=_REQUESTS, init=False)
    _is_full: bool = field(default=False, init=False)  # the provider's queue: a batch has to end first
    _is_spent: bool = field(default=False, init=False)  # what may be spent

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.store, self.endpoint.label, self.endpoint.model)

    async def run(self, client: "AsyncOpenAI", jobs: Iterable[Job]) -> None:
        """Make batches and wait for them until every job has its answer or is given up, or until `stopped` says why
        none is asked any more. What is in a batch that was made before is waited for.

        Raises the store's OSError, such as a full disk.
        """
        self._jobs = {job.key: job for job in jobs}
        async with self._asking():
            await self._run(BatchApi(client, self.endpoint, self.progress, _PATIENCE))
        held = self._ledger.open_keys()
        for key, job in self._jobs.items():
            job.told = _under_way(held[key]) if key in held else self.stopped or job.told
        self._release(self._claimed)

    async def collect(self, client: "AsyncOpenAI", jobs: Iterable[Job]) -> list[Job]:
        """What of the jobs may be asked one by one: first the results of finished batches are stored and settled; what
        is in one that is still under way is not asked, and told so. Asks the endpoint nothing where no batch is open.

        Raises the store's OSError.
        """
        self._jobs = {job.key: job for job in jobs}
        if not self._ledger.entries():
            return list(self._jobs.values())
        async with self._asking():
            await self._look(BatchApi(client, self.endpoint, self.progress, _PATIENCE_WHILE_OTHERS_WAIT))
        held = self._ledger.open_keys()
        for key in held.keys() & self._jobs.keys():
            self._give_up(self._jobs[key], _under_way(held[key]))
        self._release(self._claimed)
        for job in self._jobs.values():
            job.failures = 0  # of a batch, which is another way to ask
        return list(self._jobs.values())

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """Show all the while where things stand."""

        async def watch() -> None:
            while True:
                await asyncio.sleep(_TOLD_EVERY)
                self.progress.tell()

        watching = asyncio.create_task(watch())
        try:
            yield
        except BatchError as error:
            self.stopped = str(error)
        finally:
            watching.cancel()
            self.progress.note = ""

    async def _run(self, api: BatchApi) -> None:
        pause = _FIRST_PAUSE
        while self._jobs:
            has_changed = await self._look(api)
            if self.stopped is not None:
                return
            has_changed |= await self._submit(api)
            if not self._jobs:
                return
            if self._is_spent and not self._ledger.open_keys().keys() & self._jobs.keys():
                self.stopped = spent_up(self.max_cost)
                return
            pause = _FIRST_PAUSE if has_changed else min(_LONGEST_PAUSE, pause * _GROWTH)
            await asyncio.sleep(pause)

    # --- up

    async def _submit(self, api: BatchApi) -> bool:
        """Make batches of what is in none, as far as that can be afforded; whether anything has changed by it."""
        has_changed = False
        held = self._ledger.open_keys()
        ready = [job for key, job in self._jobs.items() if key not in held]
        ours = []
        for number, job in enumerate(ready, 1):
            if number % _CLAIMED_IN_ONE == 0:
                await asyncio.sleep(0)
            if not self._claim(job.key):  # another run is at it
                continue
            stored = self.store.get(job.key)
            if stored is None:
                ours.append(job)
            else:
                self._settled(job, *stored, is_new=False)
                has_changed = True
        if self._is_spent or self._is_full:
            return has_changed
        reserved = sum(self._bound(job.request) for key, job in self._jobs.items() if key in held)
        affordable = []
        for job in ours:
            reserved += self._bound(job.request)
            if self.max_cost is not None and (self.progress.spent.cost or 0.0) + reserved > self.max_cost:
                self._is_spent = True
                break
            affordable.append(job)
        for chunk, lines in self._files(api, affordable):
            has_changed |= await self._make(api, chunk, lines)
        return has_changed

    def _bound(self, request: Request) -> float:
        """The most that a request may cost."""
        return self.progress.most_of(request, self.endpoint.room, in_batch=True)

    def _files(self, api: BatchApi, jobs: list[Job]) -> Iterator[tuple[list[Job], bytes]]:
        chunk: list[Job] = []
        lines: list[bytes] = []
        size = 0
        for job in jobs:
            line = api.line(job.key, job.request)
            if chunk and (len(chunk) >= self._most or size + len(line) > _BYTES):
                yield chunk, b"".join(lines)
                chunk, lines, size = [], [], 0
            chunk.append(job)
            lines.append(line)
            size += len(line)
        if chunk:
            yield chunk, b"".join(lines)

    async def _make(self, api: BatchApi, jobs: list[Job], lines: bytes) -> bool:
        """A batch of the jobs; False where one of them has come into another run's batch in the meantime."""
        mark = digest(sorted(job.key for job in jobs))
        entry = self._ledger.intend(mark, {job.key: job.request for job in jobs})
        if entry is None:
            return False
        self.progress.note = f"batch: {len(jobs):,} requests on their way"
        try:
            id_ = await api.make(lines, mark, self._ledger.knows)
        except BatchError as error:
            if not error.is_outage:  # in which it may have been made
                self._ledger.close(entry)
            raise
        self._ledger.made(entry, id_)
        self._made.add(entry.number)
        return True

    # --- down

    async def _look(self, api: BatchApi) -> bool:
        """Store the results of the open batches that are done; whether there is any."""
        has_changed = False
        for entry in self._ledger.entries():
            if self.stopped is not None:
                break
            id_ = entry.id or await self._found(api, entry)
            if id_ is None:
                continue
            batch = await api.retrieve(id_)
            if batch is None:
                self._raise_if_not_forgotten(entry, id_)
            if batch is not None and batch.status in _UNDER_WAY:
                counts = batch.request_counts
                self._counts[entry.number] = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
                continue
            if batch is not None and batch.status == "failed":
                self._refused(entry, batch)
            else:
                await self._harvest(api, entry, batch)
                self._is_full = False
            self._ledger.close(entry)
            self._counts.pop(entry.number, None)
            has_changed = True
        done, total = (sum(each[place] for each in self._counts.values()) for place in (0, 1))
        self.progress.note = f"batch: {done:,} of {total:,} requests done" if self._counts else ""
        return has_changed

    async def _found(self, api: BatchApi, entry: Entry) -> str | None:
        """The id of a batch that has none in the ledger: found where it was made; where it was not, it is closed."""
        first = next(iter(self._ledger.requests(entry)), "0")
        is_ours = first in self._claimed
        if not self._claim(first):  # it is being made
            return None
        found = await api.find(entry.digest, self._ledger.knows)
        if found is None:
            self._ledger.close(entry)
        else:
            self._ledger.made(entry, found)
        if not is_ours:
            self._release({first})
        return found

    def _raise_if_not_forgotten(self, entry: Entry, id_: str) -> None:
        """A batch that the provider does not know may be known again, for so long as it could be under way."""
        forgotten = entry.made_at + _UNKNOWN_FOR
        if datetime.now(UTC) < forgotten:
            raise BatchError(
                f"{self.endpoint.label} does not know batch {id_}: it may have been made under another key; from "
                f"{forgotten:%Y-%m-%d %H:%M} UTC on, what is in it is asked anew"
            )

    def _refused(self, entry: Entry, batch: "Batch") -> None:
        """The provider does not take a batch's file. One of an earlier run is made again: things may have changed."""
        errors = (batch.errors.data if batch.errors else None) or []
        held = len(self._ledger.requests(entry))
        others = len(self._ledger.entries()) > 1
        if any(error.code == _QUEUE_IS_FULL for error in errors) and (held > 1 or others):
            self._is_full = others  # else it is too much by itself
            self._most = max(1, min(self._most, held) // 2)
            self.progress.errors["queue full"] += 1
        elif entry.number in self._made:
            told = self.endpoint.told(
                "; ".join(str(error.message or error.code) for error in errors[:3]) or "no reason"
            )
            line = next((f" (line {error.line})" for error in errors if error.line), "")
            self.stopped = f"{self.endpoint.label} does not take the batch {batch.id}: {told}{line}"

    async def _harvest(self, api: BatchApi, entry: Entry, batch: "Batch | None") -> None:
        """Store the results of a batch that has ended, and say of what has none that it failed."""
        requests = self._ledger.requests(entry)
        if batch is not None:
            for file in filter(None, (batch.output_file_id, batch.error_file_id)):
                await api.read(file, partial(self._keep, batch.id, requests))
        state = batch.status if batch is not None else "forgotten"
        for key in requests:
            self._failed(key, state, f"the batch is {state}, without an answer to this")

    async def _keep(self, id_: str, requests: dict[str, Request], results: Results) -> None:
        """Store results, and take what they answer out of `requests`."""
        kept: dict[str, tuple[Request, int, str]] = {}
        known: dict[str, tuple[int, str]] = {}
        for item in results:
            key = item.get("custom_id", "")
            request = requests.pop(key, None)
            if request is None:
                continue
            stored = self.store.get(key)  # by a run that was killed on the way, or another one
            if stored is not None:
                known[key] = stored
            elif (answered := self._read(id_, key, request, item)) is not None:
                kept[key] = (request, *answered)
        label, model = self.endpoint.label, self.endpoint.model
        responses = [Response(key, label, model, request, status, raw) for key, (request, status, raw) in kept.items()]
        await asyncio.to_thread(self.store.put, responses)
        for key, (request, status, raw) in kept.items():
            if key in self._jobs:
                self._settled(self._jobs[key], status, raw, is_new=True)
            elif (outcome := read_reply(request, key, model, raw)) is not None:  # another question's
                self.progress.add(outcome)
        for key, (status, raw) in known.items():
            if key in self._jobs:
                self._settled(self._jobs[key], status, raw, is_new=False)

    def _read(self, id_: str, key: str, request: Request, item: dict[str, Any]) -> tuple[int, str] | None:
        """The status and the raw response to keep; None where there is none, and the job was told so."""
        response, error = item.get("response") or {}, item.get("error") or {}
        status, body = response.get("status_code"), response.get("body")
        if status == 200 and isinstance(body, dict):
            body[BATCH] = id_
        raw = self.endpoint.scrubbed(body if isinstance(body, str) else orjson.dumps(body).decode())
        if status is None:
            self._failed(
                key, str(error.get("code")), self.endpoint.told(f"{error.get('code')}: {error.get('message')}")
            )
            return None
        if status == 200:
            outcome = read_reply(request, key, self.endpoint.model, raw)
            if outcome is None:
                self._failed(key, "unread", "what came is no chat completion")
                return None
            if outcome.tokens_out <= request.max_tokens and self._wants_room(key, outcome):
                return None
            return 200, raw
        refusal = self.endpoint.read_refusal(status, raw)
        job = self._jobs.get(key)
        is_last = job is not None and job.failures + 1 >= _ROUNDS
        if isinstance(refusal, RefusedError) or (refusal is None and is_last):
            return status, raw
        if isinstance(refusal, EndpointError):
            self.stopped = self.stopped or str(refusal)
        if isinstance(refusal, LimitedError | UnansweredError):
            self._failed(key, refusal.kind, str(refusal))
        else:
            self._failed(key, str(status), str(refusal or self.endpoint.told(raw)))
        return None

    def _wants_room(self, key: str, outcome: Answer | Failure) -> bool:
        job = self._jobs.get(key)
        if job is None or job.failures + 1 >= _ROUNDS or not self.endpoint.needs_room(outcome):
            return False
        self.progress.add(outcome)
        self._failed(key, "no room to think", "the model thought until its tokens were spent")
        return True

    # --- jobs

    def _settled(self, job: Job, status: int, raw: str, is_new: bool) -> None:
        del self._jobs[job.key]
        self._release({job.key})
        following = self.settle(job, status, raw, is_new)
        if following is not None:
            self._jobs[following.key] = following

    def _failed(self, key: str, kind: str, why: str) -> None:
        """No answer in this round."""
        job = self._jobs.get(key)
        if job is None:
            return
        job.failures += 1
        job.told = why
        self.progress.errors[kind] += 1
        if job.failures >= _ROUNDS:
            self._give_up(job, f"{why} (in {_ROUNDS} batches)")

    def _give_up(self, job: Job, why: str) -> None:
        job.told = why
        del self._jobs[job.key]
        self._release({job.key})
        self.progress.done()

    def _claim(self, key: str) -> bool:
        if key not in self._claimed and self.store.claim(key):
            self._claimed.add(key)
        return key in self._claimed

    def _release(self, keys: Iterable[str]) -> None:
        for key in self._claimed & set(keys):
            self._claimed.discard(key)
            self.store.release(key)


def _under_way(id_: str) -> str:
    which = f"batch {id_}, which is under way" if id_ else "a batch that is being made"
    return f"in {which}: BATCH=true waits for it"
