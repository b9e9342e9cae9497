"""Builds that a cluster's workers start, each in a process of its own beside the worker.

A build ends with the task that it is: where that is called off, its client or its worker has ended. Where a worker
dies the scheduler gives the task to another, which goes on from what the build had finished.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue
from select import select
from time import monotonic
from typing import Any
from uuid import uuid4

from dramaturg import errors
from dramaturg.errors import RunnerError
from flows.agreed import agreed_of, passed_on
from flows.alone import Asked, Outcome
from flows.cluster import connected, why_lost
from flows.processes import end, outcome_of, start
from flows.stage import LOGS, Build, Report

__all__ = ["Cluster", "build_there", "seen_there", "stage_there"]

_LOOKS_EVERY = 0.3  # seconds


@contextmanager
def seen_there(data: Path) -> Iterator[Path]:
    """A file in the data folder, there for now, by which workers know whether theirs is the same."""
    sees = data.absolute() / "processed" / LOGS / f".{uuid4().hex}"
    sees.parent.mkdir(parents=True, exist_ok=True)
    sees.touch()
    try:
        yield sees
    finally:
        sees.unlink(missing_ok=True)


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


def stage_there(build: Build, stage: str) -> Report:
    """Do a stage that asks no model on the cluster that the settings name; the caller holds the lock. Keys are not
    wanted there. Raises what the stage raises, and RunnerError."""
    workspace, settings = build.workspace, build.settings
    if settings.llm == "auto" and (settings.model or settings.provider):
        build = replace(build, settings=settings.model_copy(update={"llm": "replay"}))
    given = {**passed_on(build.settings), "runner": "local", "workers": 1}
    data, name = workspace.data.absolute(), workspace.character_id
    output = data / "processed" / LOGS / f"{name}.log"
    with connected(str(settings.address)) as client, seen_there(data) as sees:
        place = Cluster(client)
        place.start(Asked(str(data), name, given, 1, str(output), agreed=agreed_of(build, sees), stage=stage))
        (outcome,) = place.ended()
    if outcome.report is None:
        raise getattr(errors, outcome.raised or "", RunnerError)(outcome.why)
    return Report(**{**outcome.report, "files": [workspace.processed / name for name in outcome.report["files"]]})


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
