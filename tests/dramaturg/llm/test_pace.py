"""How fast an endpoint is asked, in virtual time: against limiters, chance refusals and outages as they occur."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from dramaturg.llm.pace import Pace

Server = Callable[[float], str]
"""What a server does with a request at a time: "answers", "refuses" or "fails"."""

ROUND_TRIP = 0.002


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop whose clock leaps to whatever comes next."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector.select = self._leap  # type: ignore[attr-defined]

    def time(self) -> float:
        return self.now

    def _leap(self, seconds: float | None) -> list[Any]:
        assert seconds is not None, "nothing will ever happen"
        self.now += max(0.0, seconds)
        return []


def run(task: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        return runner.run(task)


@dataclass
class Asked:
    seconds: float
    refused: int
    failed: int
    most: int
    answered: int


async def ask(
    server: Server, count: int, most: int, latency: float, pause: float | None = None, **limits: float
) -> Asked:
    loop = asyncio.get_running_loop()
    pace = Pace(most, **limits)
    ready, later = deque(range(count)), list[tuple[float, int]]()
    asked = Asked(0.0, 0, 0, 0, 0)

    async def one(number: int, ticket: Any) -> None:
        await asyncio.sleep(ROUND_TRIP)
        did = server(loop.time())
        if did == "answers":
            await asyncio.sleep(latency)
            asked.answered += 1
            pace.answered()
        elif did == "refuses":
            asked.refused += 1
            was_too_fast = pace.refused(ticket, pause)
            later.append((loop.time() + (pause or (0.05 if was_too_fast else 0.5)), number))
        else:
            asked.failed += 1
            pace.failed(ticket)
            later.append((loop.time() + 0.5, number))
        pace.leave()

    tasks = set()
    while asked.answered < count and pace.probes_failed < 5:
        for due in [each for each in later if each[0] <= loop.time()]:
            later.remove(due)
            ready.append(due[1])
        if not ready:
            await asyncio.sleep(0.005)
            continue
        ticket = await pace.enter(100)
        asked.most = max(asked.most, pace.under_way)
        tasks.add(asyncio.create_task(one(ready.popleft(), ticket)))
    asked.seconds = loop.time()
    return asked


def window(rate: int) -> Server:
    taken = deque[float]()

    def server(now: float) -> str:
        while taken and taken[0] <= now - 1:
            taken.popleft()
        if len(taken) >= rate:
            return "refuses"
        taken.append(now)
        return "answers"

    return server


def bucket(rate: int) -> Server:
    left, at = float(rate), 0.0

    def server(now: float) -> str:
        nonlocal left, at
        left, at = min(rate, left + (now - at) * rate), now
        if left < 1:
            return "refuses"
        left -= 1
        return "answers"

    return server


def fixed_window(rate: int) -> Server:
    taken: dict[int, int] = {}

    def server(now: float) -> str:
        taken[int(now)] = taken.get(int(now), 0) + 1
        return "answers" if taken[int(now)] <= rate else "refuses"

    return server


@pytest.mark.parametrize("limiter", [window, bucket, fixed_window])
@pytest.mark.parametrize("pause", [None, 1.0])
@pytest.mark.parametrize("latency", [0.05, 0.2, 1.0])
def test_a_limit_of_20_a_second_is_found_and_kept(
    limiter: Callable[[int], Server], pause: float | None, latency: float
) -> None:
    asked = run(ask(limiter(20), 400, 64, latency, pause))
    assert asked.seconds < 24.5
    assert asked.refused < 20


def test_what_is_refused_now_and_then_slows_nothing() -> None:
    draw = random.Random(1)
    asked = run(ask(lambda _: "refuses" if draw.random() < 0.075 else "answers", 5_000, 64, 0.2))
    assert asked.seconds < 1.1 * 5_000 / 0.925 / 64 * 0.2 + 1


@pytest.mark.parametrize(("most", "latency"), [(64, 0.2), (256, 2.0), (1, 0.1)])
def test_an_endpoint_that_bears_all_is_asked_as_fast_as_may_be(most: int, latency: float) -> None:
    count = most * 20
    asked = run(ask(lambda _: "answers", count, most, latency))
    assert asked.most == most
    assert asked.seconds < 20 * (latency + ROUND_TRIP) + 0.6


def test_an_endpoint_that_bears_only_so_many_at_once_is_given_no_more() -> None:
    under_way = deque[float]()

    def server(now: float) -> str:
        while under_way and under_way[0] <= now:
            under_way.popleft()
        if len(under_way) >= 8:
            return "refuses"
        under_way.append(now + 1.0)
        return "answers"

    asked = run(ask(server, 200, 64, 1.0))
    assert asked.seconds < 1.25 * 200 / 8
    assert asked.refused < 40


def test_failures_now_and_then_do_not_break_the_circuit() -> None:
    draw = random.Random(1)
    asked = run(ask(lambda _: "fails" if draw.random() < 0.25 else "answers", 2_000, 64, 0.2))
    assert asked.seconds < 1.5 * 2_000 / 64 * 0.2 + 1


def test_a_dead_endpoint_is_probed_a_few_times_within_a_minute() -> None:
    asked = run(ask(lambda _: "fails", 1_000, 64, 0.2))
    assert asked.answered == 0
    assert asked.failed < 40
    assert 30 < asked.seconds < 50


def test_an_endpoint_that_was_away_for_a_while_goes_on_being_asked() -> None:
    asked = run(ask(lambda now: "fails" if 2 < now < 15 else "answers", 2_000, 64, 0.2))
    assert asked.answered == 2_000
    assert asked.failed < 90


def test_requests_and_tokens_a_minute_are_kept() -> None:
    begun: list[float] = []

    def server(now: float) -> str:
        begun.append(now)
        return "answers"

    run(ask(server, 90, 64, 0.1, requests_a_minute=30))
    assert all(later - earlier >= 59.9 for earlier, later in zip(begun, begun[30:], strict=False))
    begun.clear()
    asked = run(ask(server, 90, 64, 0.1, tokens_a_minute=4_500))  # of 100 tokens each
    assert all(later - earlier >= 59.9 for earlier, later in zip(begun, begun[45:], strict=False))
    assert asked.seconds < 61
