"""A Dask cluster as its client sees it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dramaturg.errors import RunnerError
from dramaturg.logs import log
from dramaturg.masking import masked

__all__ = ["connected", "threads_of", "why_lost"]

_WAIT = "10s"  # for a scheduler's answer


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler there. Raises RunnerError where there is none."""
    try:
        import distributed
    except ImportError:
        raise RunnerError(
            "RUNNER=dask needs the extra `cluster`: .venv/bin/pip install -c constraints.txt -e '.[cluster]'"
        ) from None
    connect: Callable[..., Any] = distributed.Client  # untyped where it is installed
    try:
        # results, which may be long, not by way of the scheduler
        client = connect(address, timeout=_WAIT, set_as_default=False, direct_to_workers=True)
    except (OSError, ValueError, TimeoutError) as error:
        raise RunnerError(f"ADDRESS={address}: no Dask scheduler answers there: {error}") from None
    with client:
        if not threads_of(client):
            log(f"ADDRESS={address}: no worker is there yet: waiting for one", "warning")
        yield client


def threads_of(client: Any) -> int:
    """How much a cluster does at a time."""
    return sum(client.nthreads().values())


def why_lost(error: BaseException) -> str:
    """Why something that a worker was to do was not done, in a line."""
    kind = type(error).__name__
    if kind == "KilledWorker":
        return "each worker that began it has died, perhaps for want of memory: see the workers' logs"
    if kind in ("CancelledError", "FutureCancelledError"):
        return "the cluster's scheduler has ended, or the task was called off there; the same command goes on"
    if "deserializ" in str(error) or isinstance(error, ImportError | AttributeError):
        return "the cluster's scheduler or its worker has another Dramaturg than this command, or none"
    return masked(f"{kind}: {' '.join(str(error).split())}")
