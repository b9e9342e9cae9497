"""Where heavy work is done: in this process, in processes of this machine, or on a Dask cluster. The results are the
same, in the order of the items.

A cluster's workers see the data folder under the same path, and have the same Dramaturg installed.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, Protocol, TypeVar

from dramaturg.errors import DramaturgError, RunnerError
from dramaturg.settings import Settings
from flows.agreed import check_code
from flows.cluster import connected, why_lost
from flows.code import code_hash

__all__ = ["Runner", "runner_of"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_TRIES = 3  # of an item whose worker has died


class Runner(Protocol):
    """What does something with each of several items."""

    def map(self, function: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
        """The results in the order of the items. Function, items and results go from process to process; an error of
        one ends all."""
        ...


@contextmanager
def runner_of(settings: Settings, weight: int) -> Iterator[Runner]:
    """What the settings name: a Dask cluster; else processes of this machine, or, where all that is to be done has
    less than so much `weight` (bytes to read) that their start would take longer, this process alone.

    Raises RunnerError where there is no cluster at the address.
    """
    if settings.runner == "dask":
        with connected(str(settings.address)) as client:
            yield _Dask(client)
        return
    workers = settings.workers or len(os.sched_getaffinity(0))
    if workers == 1 or weight < _WORTH_A_PROCESS:
        yield _Here()
        return
    # spawned, so that no thread or lock of this process is half there in them
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_end_with_parent)
    try:
        yield pool
    except BrokenProcessPool:
        raise RunnerError("a process that read a source was ended, perhaps for want of memory: try WORKERS=1") from None
    finally:
        pool.shutdown(cancel_futures=True)


_WORTH_A_PROCESS = 2_000_000
"""Bytes of text that take as long to read as two processes to start: some three seconds."""


class _Here:
    """This process."""

    def map(self, function: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
        return map(function, items)


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has, however it ended."""
    parent = parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: (wait([sentinel]), os._exit(1)), daemon=True).start()


class _Dask:
    """A cluster, whose client this is."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, function: Callable[[_Item], _Result], items: Sequence[_Item]) -> Iterator[_Result]:
        futures = self._client.map(partial(_do_there, code_hash(), function), items, pure=False, retries=_TRIES)
        try:
            for future in futures:
                yield _result_of(future)
                future.release()
        finally:
            self._client.cancel(futures)


def _do_there(code: str, function: Callable[[_Item], _Result], item: _Item) -> _Result:
    check_code(code)
    return function(item)


def _result_of(future: Any) -> Any:
    try:
        return future.result()
    except DramaturgError:
        raise
    except Exception as error:
        raise RunnerError(f"on the cluster: {why_lost(error)}") from error
