"""What a run has asked so far, and what that came to: a line while it runs, and a file for another terminal."""

import os
from collections import Counter, deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, time
from typing import Any

from tqdm import tqdm

from dramaturg.llm.prices import Price
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.logs import log
from dramaturg.workspace import read_json, write_json

__all__ = ["Progress", "Spent", "cost_so_far", "read_progress"]

_RATE_OVER = 10.0  # seconds
_WRITTEN_EVERY = 1.0
_TOLD_EVERY = 60.0  # where there is no terminal
_ALIVE_FOR = 15.0


@dataclass(slots=True)
class Spent:
    """What the requests of a run came to. `cost` is in the price's currency; None where no price is known."""

    requests: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: float | None = None


@dataclass(slots=True)
class Progress:
    """One run's, over all its stages: those of one process that share the file `path`."""

    path: Path | None = None
    price: Price | None = None
    spent: Spent = field(default_factory=Spent, init=False)
    errors: Counter[str] = field(default_factory=Counter, init=False)
    note: str = field(default="", init=False)
    """What else is to be told, such as how far a batch is."""
    _title: str = field(default="", init=False)
    _done: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)
    _ended: deque[tuple[float, int]] = field(default_factory=deque, init=False)  # when, tokens
    _bar: "tqdm[Any] | None" = field(default=None, init=False)
    _written_at: float = field(default=0.0, init=False)
    _told_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        before = _read(self.path)
        if before is not None and before["pid"] == os.getpid():
            self.spent = Spent(**before["spent"])
        if self.price is not None and self.spent.cost is None:
            self.spent.cost = 0.0

    def begin(self, title: str, total: int, already: int) -> None:
        """So many requests are to be answered, of which so many are."""
        self._title, self._total, self._done = title, total, already
        self.errors.clear()
        self._ended.clear()
        self._told_at = monotonic()
        self._bar = tqdm(total=total, initial=already, desc=f"  {title}", leave=False, disable=None)
        self._write()

    def end(self) -> None:
        """All that can be answered now is."""
        if self._bar is not None:
            self._bar.close()
        self._write()

    def add(self, outcome: Answer | Failure) -> None:
        """The endpoint answered a request, or refused it for good."""
        spent = self.spent
        spent.requests += 1
        spent.tokens_in += outcome.tokens_in
        spent.tokens_cached += outcome.tokens_cached
        spent.tokens_out += outcome.tokens_out
        if spent.cost is not None:
            spent.cost += self.cost_of(outcome.tokens_in, outcome.tokens_out, outcome.tokens_cached, outcome.in_batch)
        self._ended.append((monotonic(), outcome.tokens_in + outcome.tokens_out))

    def cost_of(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0, in_batch: bool = False) -> float:
        """What so many tokens cost here; 0 where no price is known."""
        return 0.0 if self.price is None else self.price.of(tokens_in, tokens_cached, tokens_out, in_batch)

    def most_of(self, request: Request, room: int, in_batch: bool = False) -> float:
        """The most that a request may cost, which gets `room` for tokens beside its own."""
        return self.cost_of(len(request.text.encode()), request.max_tokens + room, in_batch=in_batch)

    def done(self) -> None:
        """One more of the requests has its outcome."""
        self._done += 1
        if self._bar is not None:
            self._bar.update()

    def tell(self) -> None:
        """Show where things stand, if it is time to."""
        if self._bar is not None and not self._bar.disable:
            self._bar.set_postfix_str(self._telling(), refresh=False)
        now = monotonic()
        if now - self._written_at >= _WRITTEN_EVERY:
            self._write()
        if now - self._told_at >= _TOLD_EVERY and (self._bar is None or self._bar.disable):
            self._told_at = now
            log(f"  {self._title}: {self._done:,} of {self._total:,}; {self._telling()}", event="asking")

    def _telling(self) -> str:
        requests, tokens = self._rates()
        told = [self.note] if self.note else [f"{requests:,.1f} requests/s", f"{tokens:,.0f} tokens/s"]
        if self.price is not None and not self.price.is_free:
            told.append(f"spent {self.spent.cost or 0:,.4f} {self.price.currency}")
        told += [f"{count:,} × {kind}" for kind, count in self.errors.most_common(3)]
        return ", ".join(told)

    def _rates(self) -> tuple[float, float]:
        """Requests and tokens a second, over the last ten."""
        now = monotonic()
        while self._ended and self._ended[0][0] < now - _RATE_OVER:
            self._ended.popleft()
        if not self._ended:
            return 0.0, 0.0
        over = max(1.0, now - self._ended[0][0])
        return len(self._ended) / over, sum(tokens for _, tokens in self._ended) / over

    def _write(self) -> None:
        self._written_at = monotonic()
        if self.path is None:
            return
        requests, tokens = self._rates()
        told = {
            "pid": os.getpid(),
            "at": time(),
            "title": self._title,
            "done": self._done,
            "total": self._total,
            "note": self.note,
            "requests_a_second": round(requests, 2),
            "tokens_a_second": round(tokens, 1),
            "spent": asdict(self.spent),
            "currency": None if self.price is None else self.price.currency,
            "errors": dict(self.errors),
        }
        with suppress(OSError):  # nothing rests on it
            write_json(self.path, told)


def read_progress(path: Path) -> dict[str, Any] | None:
    """What the run that writes this file has done so far; None where none is under way."""
    found = _read(path)
    return None if found is None or time() - found["at"] > _ALIVE_FOR else found


def cost_so_far(path: Path) -> float:
    """What the run of this very process has cost by now; 0 where no price is known."""
    found = _read(path)
    return 0.0 if found is None or found["pid"] != os.getpid() else found["spent"]["cost"] or 0.0


def _read(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        found = read_json(path)
        return found if isinstance(found, dict) and {"pid", "at", "spent"} <= found.keys() else None
    except (OSError, ValueError):
        return None
