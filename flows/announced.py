"""Who is told that a run has ended: ON_SUCCESS and ON_FAILURE, a command line or an address each."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pydantic import SecretStr

from dramaturg import __version__
from dramaturg.errors import line_of
from dramaturg.masking import masked, remember
from dramaturg.settings import Settings, setting_alone
from flows.built import dataset_digest, talks_of
from flows.counted import price_told
from flows.keys import held_keys, is_address, without_keys
from flows.stage import Build, read_manifest

__all__ = ["Ending", "announcing", "changed_from"]

_COMMAND_SECONDS = 300.0
_ADDRESS_SECONDS = 15.0
_LONGEST = 10_000
"""Characters of a variable; the kernel takes 131,072 bytes."""
_STDERR = 2
_GUARD = "DRAMATURG_OUTCOME"
"""In the environment of what is run, so that a run that it starts announces nothing in its turn."""

_under_way: ContextVar[tuple[str, str] | None] = ContextVar("under_way", default=None)
_as_they_were: ContextVar[Mapping[str, str | None]] = ContextVar("as_they_were", default=MappingProxyType({}))


@dataclass(slots=True)
class Ending:
    """What is to be told of a run once it ends: `what` it does, of which character or characters, and `facts`."""

    what: str
    character: str
    settings: Settings | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    _build: Build | None = None
    _before: str | None = None

    def builds(self, build: Build) -> None:
        """It is a build, that is about to begin: tell too what comes of it."""
        as_it_was = _as_they_were.get().get(build.workspace.character_id, dataset_digest(build))
        self._build, self._before, self.settings = build, as_it_was, build.settings

    def summary(self, error: Exception | None, seconds: float) -> dict[str, Any]:
        """All there is to tell, without a key in it."""
        return {
            "what": self.what,
            "character": self.character,
            "outcome": "success" if error is None else "failure",
            "error": None if error is None else masked(line_of(error)),
            "exit_code": 0 if error is None else getattr(error, "exit_code", 1),
            "seconds": round(seconds, 1),
            **self.facts,
            **({} if self._build is None else _facts_of(self._build, self._before)),
            "dramaturg": __version__,
        }


def _facts_of(build: Build, before: str | None) -> dict[str, Any]:
    stages = read_manifest(build)["stages"]
    facts = {
        "name": build.character.name,
        "work": build.character.work,
        "changed": dataset_digest(build) != before,
        "dataset": str(build.workspace.dataset),
    }
    if "export" not in stages:
        return facts
    rows = stages["export"]["splits"]
    return {**facts, "rows": talks_of(rows), "splits": rows,
            "cost": price_told(build, stages)}  # fmt: skip


@contextmanager
def changed_from(datasets: Mapping[str, str | None]) -> Iterator[None]:
    """Whether a dataset has changed is in here a change from these, their characters' `dataset_digest` of before, not
    from what there is when its build begins."""
    token = _as_they_were.set(datasets)
    try:
        yield
    finally:
        _as_they_were.reset(token)


@contextmanager
def announcing(ending: Ending, tell: Callable[[str], None] | None = None) -> Iterator[Ending]:
    """Announce how what is done in here ends. An announcement that fails is told of, and changes nothing else.

    Whatever is announced already, from further out, is not announced a second time.
    """
    this = (ending.what, ending.character)
    if _under_way.get() == this or _GUARD in os.environ:
        yield ending
        return
    before = _under_way.set(this)
    began = monotonic()
    try:
        yield ending
    except Exception as error:
        _announce("on_failure", ending, error, monotonic() - began, tell or _warn)
        raise
    else:
        _announce("on_success", ending, None, monotonic() - began, tell or _warn)
    finally:
        _under_way.reset(before)


def _warn(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr, flush=True)


def _announce(name: str, ending: Ending, error: Exception | None, seconds: float, tell: Callable[[str], None]) -> None:
    told_to = setting_alone(name)
    if told_to is None:
        return
    remember(*map(SecretStr, held_keys(ending.settings)))
    try:
        summary = ending.summary(error, seconds)
        wrong = _post(told_to, summary) if is_address(told_to) else _run(told_to, summary, ending.settings)
    except Exception as defect:  # what is built stays built, whatever is wrong with this
        wrong = line_of(defect)
    if wrong is not None:
        tell(f"{name.upper()}: {masked(wrong)}; what was done stays as it is")


def _run(command: str, summary: dict[str, Any], settings: Settings | None) -> str | None:
    """Run a command line by the shell, the summary on its stdin and in its environment; what went wrong. What it writes
    goes to stderr."""
    environment = without_keys(os.environ, settings) | {
        f"DRAMATURG_{key.upper()}": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in summary.items()
        if value is not None and not isinstance(value, dict)
    }
    environment = {name: value for name, value in environment.items() if len(value) <= _LONGEST}
    with subprocess.Popen(command, shell=True, env=environment, stdin=subprocess.PIPE, stdout=_STDERR,
                          start_new_session=True) as process:  # fmt: skip
        try:
            process.communicate(_encoded(summary), timeout=_COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return f"the command took longer than {_COMMAND_SECONDS:.0f} seconds, and was ended"
    return None if process.returncode == 0 else f"the command ended with {process.returncode}"


class _NoRedirect(HTTPRedirectHandler):
    """Elsewhere nobody is told."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _post(address: str, summary: dict[str, Any]) -> str | None:
    """Post the summary as JSON; what went wrong, without the address, which may hold a password."""
    request = Request(address, _encoded(summary), {"Content-Type": "application/json", "User-Agent": "dramaturg"})
    try:
        with build_opener(_NoRedirect).open(request, timeout=_ADDRESS_SECONDS):
            return None
    except HTTPError as error:
        return f"the address answers with {error.code}"
    except (URLError, OSError) as error:
        why = getattr(error, "reason", error)
        return f"the address cannot be reached: {getattr(why, 'strerror', None) or why}"


def _encoded(summary: dict[str, Any]) -> bytes:
    return json.dumps(summary, ensure_ascii=False).encode()
