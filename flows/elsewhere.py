"""Builds that a cluster's workers start, each in a process of its own beside the worker.

A build ends with the task that it is: where that is called off, its client or its worker has ended. Where a worker
dies the scheduler gives the task to another, which goes on from what the build had finished.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from select import select
from time import monotonic
from typing import Any
from uuid import uuid4

from dramaturg.errors import RunnerError
from flows.alone import Asked, Outcome
from flows.cluster import why_lost
from flows.processes import end, outcome_of, start

__all__ = ["Cluster", "build_there"]

_LOOKS_EVERY = 0.3  # seconds


class Cluster:
    """Where builds are done: on a cluster, whose client this is."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._under_way: dict[str, tuple[Asked, Any, float]] = {}
        self._ended: SimpleQueue[str] = SimpleQueue()

    def start(self, asked: Asked) -> None:
        line = json.dumps(asdict(asked))
        key = f"build-{asked.character}-{uuid4().hex}"
        future = self._client.submit(build_there, line, str(Path.cwd()), key=key, pure=False)
        self._under_way[asked.character] = asked, future, monotonic()
        future.add_done_callback(lambda _: self._ended.put(asked.character))

    def ended(self) -> list[Outcome]:
        """What came of the one that ends next."""
        name = self._ended.get()
        asked, future, began = self._under_way.pop(name)
        try:
            return [Outcome(**json.loads(future.result()))]
        except Exception as error:
            why = why_lost(error)
            return [Outcome(name, "failed", why, 0, asked.most_cost, monotonic() - began)]


def build_there(line: str, folder: str) -> str:
    """What comes of a build, on a worker: `Asked` in, `Outcome` out, each as JSON. Paths are as in `folder`."""
    is_called_off = _ends_with_task()
    where = Path(folder)
    running = start(Asked.from_json(json.loads(line)), where if where.is_dir() else None)
    try:
        while not select([running.told], [], [], _LOOKS_EVERY)[0]:
            if is_called_off():
                raise RunnerError("called off")
    except BaseException:
        end(running)
        raise
    return json.dumps(asdict(outcome_of(running)))


def _ends_with_task() -> Callable[[], bool]:
    """Says whether the task that this thread does is no longer wanted, or its worker about to end."""
    from distributed import get_worker

    worker: Any = get_worker()
    key = worker.get_current_task()

    def is_called_off() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled" or worker.status.name in ("closing", "closed", "failed")

    return is_called_off
