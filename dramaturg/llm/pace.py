"""How fast an endpoint is asked: how many requests are under way at once, how many begin in a second.

Nobody says how much an endpoint bears, so it is found out, as TCP finds it out of a network. Requests begin slowly and
twice as fast after each answer could have come (slow start), until `most` are under way. A refusal for going too fast
(429) is no proof that it was too fast: some endpoints refuse now and then by chance. Six of eight that began one after
the other are. Then nobody asks until the time that the refusal names, or, where it names none, for a time that doubles
with each such refusal; after that half as many at once as before (multiplicative decrease), one more for each round of
answers (additive increase), and no faster than the endpoint took them in the second before the refusal. From there the
rate grows while nothing is refused, and gives way while something is.

An endpoint that fails for other reasons is held in the same way once ten requests in a row have failed (a circuit
breaker), and then one request goes ahead (half open), whose answer lets the others follow. Requests and tokens a
minute, where the settings or the endpoint's headers name them, are kept by beginning none that would exceed them. One
task at a time may wait to `enter`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from random import uniform

__all__ = ["Pace", "Ticket"]

_DOUBLES_IN, _DOUBLES_AT_LATEST = 0.1, 0.5  # seconds: the time of a round trip, but within these
_FIRST_IN_THAT = 20  # requests in the time in which the slow start doubles
_FREE_RATE = 5000.0  # requests a second where it ends
_LEAST_ROOM = 1.0
_LOOKED_AT, _TOO_MANY = 8, 6  # requests that began one after the other, refusals among them
_SHARE_LOOKED_AT, _SHARE = 32, 4
_SECOND, _MINUTE = 1.0, 60.0
_SHARE_OF_RATE = 0.95
_SLOWER, _LITTLE_SLOWER, _LEAST_SHARE = 0.9, 0.98, 0.8
_QUIET, _FIRST_STEP, _LARGEST_STEP = 5.0, 0.01, 0.25  # seconds without a refusal, and what is then added
_SHORTEST_WAIT = 0.0005  # seconds
_LATE = 0.1  # seconds that a request may make up for
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 16.0
_FAILURES_IN_A_ROW = 10


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that was let in: its number, when it began, and its tokens."""

    number: int
    began: float
    tokens: int


@dataclass(slots=True)
class Pace:
    """Room for requests, at most `most` at once. `requests_a_minute` and `tokens_a_minute` are the endpoint's limits,
    None where none are known; `round_trip` is in seconds. Made within a running event loop, whose clock it goes by."""

    most: int
    requests_a_minute: float | None = None
    tokens_a_minute: float | None = None
    round_trip: float = 0.0
    under_way: int = field(default=0, init=False)
    probes_failed: int = field(default=0, init=False)
    """How many probes in a row found the endpoint no better than before; 0 while it answers."""
    _clock: Callable[[], float] = field(default_factory=lambda: asyncio.get_running_loop().time, init=False)
    _room: float = field(init=False)
    _started: float | None = field(default=None, init=False)
    _rate: float | None = field(default=None, init=False)  # requests a second, once refusals told it
    _least_rate: float = field(default=0.0, init=False)
    _step: float = field(default=_FIRST_STEP, init=False)
    _stepped_at: float = field(default=0.0, init=False)
    _slowed_at: float = field(default=0.0, init=False)
    _next: float = field(default=0.0, init=False)  # when, by the rate, the next request may begin
    _number: int = field(default=0, init=False)
    _changed_at: int = field(default=0, init=False)  # the last request of those that were under way then
    _refused: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=256), init=False)  # number, when
    _failed: deque[int] = field(default_factory=lambda: deque(maxlen=256), init=False)  # the refused among them
    _begun: deque[Ticket] = field(default_factory=deque, init=False)  # in the last minute
    _tokens: int = field(default=0, init=False)
    _paused_to: float = field(default=0.0, init=False)
    _is_on_trial: bool = field(default=False, init=False)  # held, and no answer since
    _is_half_open: bool = field(default=False, init=False)  # for one request alone
    _is_closed: bool = field(default=False, init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self._room = float(self.most)

    async def enter(self, tokens: int) -> Ticket:
        """Wait until a request of so many tokens may begin. It ends with `leave`."""
        while (wait := self._wait(tokens)) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), max(wait, _SHORTEST_WAIT))
        now = self._clock()
        self._number += 1
        ticket = Ticket(self._number, now, tokens)
        self.under_way += 1
        self._begun.append(ticket)
        self._tokens += tokens
        if (rate := self._rate_now(now)) is not None:
            self._next = max(self._next, now - _LATE) + 1 / rate
        return ticket

    def leave(self) -> None:
        """A request has ended."""
        self.under_way -= 1
        self._changed.set()

    def answered(self) -> None:
        """The endpoint has answered a request: it may bear more."""
        now = self._clock()
        self._is_on_trial = self._is_half_open = False
        self.probes_failed = 0
        self._room = min(self.most, self._room + 1 / self._room)
        if self._rate is not None and now - self._stepped_at > _QUIET:
            self._rate *= 1 + self._step
            self._step = min(_LARGEST_STEP, 2 * self._step)
            self._stepped_at = now
        self._changed.set()

    def refused(self, ticket: Ticket, pause: float | None) -> bool:
        """The endpoint refused a request for going too fast; `pause` is what it said, in seconds. Returns whether that
        was too fast, and not by chance."""
        now = self._clock()
        self._refused.append((ticket.number, now))
        self._failed.append(ticket.number)
        self._step, self._stepped_at = _FIRST_STEP, now
        if ticket.number <= self._changed_at:
            if self._rate is not None and self._is_on_trial:  # one of those that were counted as taken
                self._rate = max(1.0, self._rate - _SHARE_OF_RATE / _SECOND)
            return True
        if self._is_on_trial or _of_last(_LOOKED_AT, ticket, self._refused_numbers) >= _TOO_MANY:
            known = max(1.0, self._taken(now) / _SECOND * _SHARE_OF_RATE)
            self._rate = known if self._rate is None else min(self._rate * _SLOWER, known)
            self._least_rate = self._rate * _LEAST_SHARE
            self._room = max(_LEAST_ROOM, self._room / 2)
            self._hold(pause)
            return True
        if self._rate is not None and now - self._slowed_at > _SECOND:
            self._slowed_at = now
            if _of_last(_SHARE_LOOKED_AT, ticket, self._refused_numbers) > _SHARE:
                self._rate *= _SLOWER
            else:
                self._rate = max(self._least_rate, self._rate * _LITTLE_SLOWER)
        return False

    def failed(self, ticket: Ticket) -> None:
        """A request got no answer, for another reason than going too fast."""
        self._failed.append(ticket.number)
        if ticket.number > self._changed_at and (
            self._is_on_trial or _of_last(_FAILURES_IN_A_ROW, ticket, self._failed) == _FAILURES_IN_A_ROW
        ):
            self._hold(None)
            self._is_half_open = True

    def rest(self, seconds: float) -> None:
        """Let nobody in for so long: the endpoint says that nothing is left of a limit."""
        self._paused_to = max(self._paused_to, self._clock() + seconds)

    def close(self) -> None:
        """Let whoever waits in at once: nothing is asked any more."""
        self._is_closed = True
        self._changed.set()

    def _hold(self, pause: float | None) -> None:
        """Nobody asks for so many seconds, or for twice as long as the time before."""
        if pause is None:
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self.probes_failed) * uniform(1.0, 1.25)
        if self._is_on_trial:
            self.probes_failed += 1
        self.rest(pause)
        self._is_on_trial = True
        self._changed_at = self._number

    def _rate_now(self, now: float) -> float | None:
        """Requests a second that may begin now; None for as many as there is room for."""
        if self._rate is not None:
            return self._rate
        if self._started is None:
            self._started = now
        doubles_in = min(_DOUBLES_AT_LATEST, max(_DOUBLES_IN, self.round_trip))
        rate = _FIRST_IN_THAT / doubles_in * 2 ** min(16.0, (now - self._started) / doubles_in)
        return rate if rate < _FREE_RATE else None

    @property
    def _refused_numbers(self) -> Iterable[int]:
        return (number for number, _ in self._refused)

    def _taken(self, now: float) -> int:
        """How many requests of the last second were not refused: answers come late, refusals at once."""
        since = now - _SECOND
        begun = sum(1 for _ in takewhile(lambda each: each.began > since, reversed(self._begun)))
        return begun - sum(1 for _ in takewhile(lambda each: each[1] > since, reversed(self._refused)))

    def _wait(self, tokens: int) -> float:
        """For how many seconds to wait, or until a request ends; 0 where another may begin."""
        now = self._clock()
        if self._is_closed:
            return 0.0
        if now < self._paused_to:
            return self._paused_to - now
        if self.under_way >= (1 if self._is_half_open else int(self._room)):
            return _MINUTE
        if self._rate_now(now) is not None and now < self._next:
            return self._next - now
        while self._begun and self._begun[0].began + _MINUTE <= now:
            self._tokens -= self._begun.popleft().tokens
        is_full = self.requests_a_minute is not None and len(self._begun) >= self.requests_a_minute
        is_spent = self.tokens_a_minute is not None and self._tokens + tokens > self.tokens_a_minute
        if self._begun and (is_full or is_spent):
            return self._begun[0].began + _MINUTE - now
        return 0.0


def _of_last(count: int, ticket: Ticket, numbers: Iterable[int]) -> int:
    """How many of these are among the `count` that began last, up to this one. What ends at once, as refusals do, is
    so held against what began with it, and has not ended yet."""
    return sum(ticket.number - count < number <= ticket.number for number in numbers)
