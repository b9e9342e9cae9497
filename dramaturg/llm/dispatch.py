"""Many requests to one endpoint at once: each asked until it has an answer, is refused for good, or is given up."""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from random import uniform
from typing import TYPE_CHECKING

from dramaturg.errors import EndpointError
from dramaturg.llm.endpoint import ANSWER_SECONDS, Endpoint, LimitedError, Limits, RefusedError, UnansweredError
from dramaturg.llm.pace import Pace, Ticket
from dramaturg.llm.progress import Progress
from dramaturg.llm.request import Request
from dramaturg.llm.store import Commits, Response, Store

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["Dispatch", "Job", "spent_up"]

_TRIES, _REFUSALS = 10, 30
_FIRST_DELAY = 0.5  # seconds before a request is tried again, twice as many each time, up to:
_LONGEST_DELAY, _LONGEST_WHILE_OTHERS_ARE_ANSWERED = 8.0, 1.0
_LATELY = 5.0
_AFTER_A_HOLD = 0.05
_PROBES = 5  # that fail one after the other, 1, 2, 4, 8 and 16 seconds apart
_PATIENCE = 300.0  # seconds without an answer, where the endpoint says that it is asked too fast
_CLAIMED_ELSEWHERE = 0.5
_WATCHED_EVERY = 0.25
_LATENCIES, _FEWEST_LATENCIES = 400, 20
_LEAST_TIMEOUT, _TIMES_USUAL = 2.0, 10.0
_CHARACTERS_A_TOKEN = 3


@dataclass(slots=True)
class Job:
    """A request to be asked, under its key in the store, for the question of the key `place`. `told` says why it has no
    answer yet."""

    request: Request
    key: str
    place: str
    told: str = "not asked"
    failures: int = 0
    refusals: int = 0
    timeouts: int = 0


@dataclass(slots=True, eq=False)
class _Attempt:
    """A job that is under way. `bound` is the most it may cost; `is_late` where it is ended for taking too long."""

    job: Job
    ticket: Ticket
    bound: float
    task: "asyncio.Task[None] | None" = None
    is_asking: bool = False
    is_late: bool = False

    def end(self) -> None:
        """Wait for its answer no longer. One that is there already is kept."""
        if self.task is not None and self.is_asking:
            self.is_late = True
            self.task.cancel()


@dataclass(slots=True)
class Dispatch:
    """One model at one endpoint, asked at the pace that it bears.

    `settle` is told each job's status and raw response, once that is kept, and whether it was paid for now; it gives
    the job that is to be asked in its stead, if any. `max_cost` is what the run may spend.
    """

    endpoint: Endpoint
    store: Store
    pace: Pace
    progress: Progress
    settle: Callable[[Job, int, str, bool], Job | None]
    max_cost: float | None = None
    stopped: str | None = field(default=None, init=False)
    """Why the endpoint can be asked no more."""
    _ready: deque[Job] = field(default_factory=deque, init=False)
    _later: list[tuple[float, int, Job]] = field(default_factory=list, init=False)  # a heap by time
    _put_off: int = field(default=0, init=False)
    _attempts: set[_Attempt] = field(default_factory=set, init=False)
    _reserved: float = field(default=0.0, init=False)
    _perhaps_spent: float = field(default=0.0, init=False)  # on attempts that had no answer in time
    _latencies: deque[float] = field(default_factory=lambda: deque(maxlen=_LATENCIES), init=False)
    _answered_at: float = field(default=0.0, init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _broken: Exception | None = field(default=None, init=False)

    async def run(self, client: "AsyncOpenAI", jobs: Iterable[Job]) -> None:
        """Ask until every job has its answer or is given up, or until `stopped` says why none is asked any more.

        Raises the store's OSError, such as a full disk.
        """
        self._ready.extend(jobs)
        self._answered_at = _now()
        commits = Commits(self.store)
        watch = asyncio.create_task(self._watch())
        try:
            while (job := await self._next()) is not None:
                attempt = await self._admitted(job)
                if attempt is None:
                    break
                attempt.task = asyncio.create_task(self._try(client, commits, attempt))
            while self._attempts:
                await self._change()
        finally:
            watch.cancel()
            for attempt in self._attempts:
                if attempt.task is not None:
                    attempt.task.cancel()
        if self._broken is not None:
            raise self._broken

    @property
    def _goes_on(self) -> bool:
        return self.stopped is None and self._broken is None

    async def _next(self) -> Job | None:
        """The job to be asked next, claimed; None where there is none any more."""
        while self._goes_on:
            now = _now()
            while self._later and self._later[0][0] <= now:
                self._ready.appendleft(heapq.heappop(self._later)[2])
            if not self._ready:
                if not self._later and not self._attempts:
                    return None
                await self._change(self._later[0][0] - now if self._later else None)
                continue
            job = self._ready.popleft()
            if not self.store.claim(job.key):  # another run is at it
                self._ask_later(job, _CLAIMED_ELSEWHERE)
            elif (stored := self.store.get(job.key)) is None:
                return job
            else:
                self._settled(job, *stored, is_new=False)
        return None

    async def _admitted(self, job: Job) -> _Attempt | None:
        """The job once there is room and money for it; None where asking has come to its end."""
        text, most = job.request.text, job.request.max_tokens
        bound = self.progress.most_of(job.request, self.endpoint.room)
        while not self._can_afford(bound):
            if not self._attempts:
                self.stopped = self.stopped or spent_up(self.max_cost)
                break
            await self._change()
        if self._goes_on:
            ticket = await self.pace.enter(len(text) // _CHARACTERS_A_TOKEN + most)
            if self._goes_on:
                attempt = _Attempt(job, ticket, bound)
                self._attempts.add(attempt)
                self._reserved += bound
                return attempt
            self.pace.leave()
        self.store.release(job.key)
        return None

    def _can_afford(self, bound: float) -> bool:
        spent = (self.progress.spent.cost or 0.0) + self._perhaps_spent + self._reserved
        return self.max_cost is None or spent + bound <= self.max_cost

    async def _try(self, client: "AsyncOpenAI", commits: Commits, attempt: _Attempt) -> None:
        job = attempt.job
        try:
            if not self._goes_on:
                raise UnansweredError("stopped", self.stopped or str(self._broken))
            attempt.is_asking = True  # a task that is cancelled before it begins would run none of this
            try:
                reply = await self.endpoint.complete(client, job.request)
                status, raw = 200, reply.raw
                self._latencies.append(_now() - attempt.ticket.began)
                self._heed(reply.limits)
            except RefusedError as refused:
                status, raw = refused.status, refused.body
            except asyncio.CancelledError:
                if not attempt.is_late:
                    raise
                if self.stopped is not None:
                    raise UnansweredError("stopped", self.stopped) from None
                job.timeouts += 1
                self._perhaps_spent += attempt.bound
                raise UnansweredError("timeout", f"{self.endpoint.label} does not answer in time") from None
            finally:
                attempt.is_asking = False
            self.pace.answered()
            self._answered_at = _now()
            await commits.keep(Response(job.key, self.endpoint.label, self.endpoint.model, job.request, status, raw))
            self._settled(job, status, raw, is_new=True)
        except LimitedError as limited:
            self._limited(attempt, limited)
        except UnansweredError as unanswered:
            self._failed(attempt, unanswered)
        except EndpointError as error:
            self._stop(str(error))
            self._give_up(job, str(error))
        except Exception as error:  # a full disk, or a defect of ours: the run ends with it
            self._broken = error
            self.pace.close()
        finally:
            self._attempts.discard(attempt)
            self._reserved -= attempt.bound
            self.pace.leave()
            self._changed.set()

    def _settled(self, job: Job, status: int, raw: str, is_new: bool) -> None:
        self.store.release(job.key)
        following = self.settle(job, status, raw, is_new)
        if following is not None:
            self._ready.appendleft(following)

    def _limited(self, attempt: _Attempt, error: LimitedError) -> None:
        job = attempt.job
        job.refusals += 1
        self.progress.errors[error.kind] += 1
        was_too_fast = self.pace.refused(attempt.ticket, error.pause)
        if (error.pause or 0.0) > _PATIENCE:
            self._stop(f"{error}; it asks to be left alone for {error.pause:,.0f} seconds")
        elif self.pace.probes_failed >= _PROBES and _now() - self._answered_at > _PATIENCE:
            self._stop(f"{error} (for {_PATIENCE / 60:.0f} minutes)")
        if job.refusals >= _REFUSALS or not self._goes_on:
            self._give_up(job, str(error))
        elif error.pause is not None:
            self._ask_later(job, error.pause)
        else:
            self._ask_later(job, _AFTER_A_HOLD if was_too_fast else self._delay(job.refusals))

    def _failed(self, attempt: _Attempt, error: UnansweredError) -> None:
        job = attempt.job
        job.failures += 1
        self.progress.errors[error.kind] += 1
        self.pace.failed(attempt.ticket)
        if self.pace.probes_failed >= _PROBES:
            self._stop(f"{error} (as often as it was asked)")
        if job.failures >= _TRIES or not self._goes_on:
            self._give_up(job, str(error))
        else:
            self._ask_later(job, self._delay(job.failures))

    def _delay(self, times: int) -> float:
        """Seconds before a request is made again, for the so-manieth time: doubling, with jitter."""
        is_well = _now() - self._answered_at < _LATELY
        longest = _LONGEST_WHILE_OTHERS_ARE_ANSWERED if is_well else _LONGEST_DELAY
        return float(min(longest, _FIRST_DELAY * 2 ** (times - 1)) * uniform(0.75, 1.25))

    def _stop(self, why: str) -> None:
        """Ask nothing more, and wait no longer for what is under way."""
        self.stopped = self.stopped or why
        self.pace.close()
        for attempt in self._attempts:
            attempt.end()

    def _give_up(self, job: Job, why: str) -> None:
        job.told = why
        self.store.release(job.key)
        self.progress.done()

    def _ask_later(self, job: Job, delay: float) -> None:
        self._put_off += 1
        heapq.heappush(self._later, (_now() + delay, self._put_off, job))

    def _heed(self, limits: Limits) -> None:
        """Keep to what the endpoint says its limits are; those of the settings, where there are any, stay."""
        if self.pace.requests_a_minute is None:
            self.pace.requests_a_minute = limits.requests_a_minute
        if self.pace.tokens_a_minute is None:
            self.pace.tokens_a_minute = limits.tokens_a_minute
        if limits.pause is not None:
            self.pace.rest(min(limits.pause, _PATIENCE))

    async def _watch(self) -> None:
        """End attempts that take far longer than is usual here, so that they can be made again."""
        while True:
            await asyncio.sleep(_WATCHED_EVERY)
            self.progress.tell()
            usual = self._usual_timeout()
            now = _now()
            for attempt in self._attempts:
                longest = min(ANSWER_SECONDS, usual * 2**attempt.job.timeouts)
                if not attempt.is_late and now - attempt.ticket.began > longest:
                    attempt.end()

    def _usual_timeout(self) -> float:
        """Ten times what the slowest twentieth of the answers took, in seconds; while there are few, the longest."""
        if len(self._latencies) < _FEWEST_LATENCIES:
            return ANSWER_SECONDS
        slow = sorted(self._latencies)[int(len(self._latencies) * 0.95)]
        return max(_LEAST_TIMEOUT, _TIMES_USUAL * slow)

    async def _change(self, seconds: float | None = None) -> None:
        self._changed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)


def _now() -> float:
    return float(asyncio.get_running_loop().time())


def spent_up(max_cost: float | None) -> str:
    """Why nothing more is asked where a request could cost more than may be spent."""
    return f"MAX_COST={max_cost:g} is as good as spent: the next request could pass it"
