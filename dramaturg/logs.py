"""What a run tells while it works: a line each on stderr, as text or as JSON, no key in any.

The command line says by `configure` how lines are written. Where it does not, as under a worker of Prefect's, they are
the logger's `dramaturg`, for whoever listens.
"""

import json
import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

from dramaturg.masking import masked

__all__ = ["Form", "configure", "log", "rendered"]

Form = Literal["text", "json"]

_Level = Literal["info", "warning", "error"]

_LOGGER = logging.getLogger("dramaturg")
_LOGGER.setLevel(logging.INFO)
_COLUMNS = re.compile(" {2,}")
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log(message: str, level: _Level = "info", **fields: Any) -> None:
    """Tell a line. `fields` are what a program that reads JSON wants to know of it, and stand in no text."""
    _LOGGER.log(_LEVELS[level], masked(message), extra={"fields": _masked(fields)})


def configure(form: Form) -> None:
    """Write lines to stderr from now on, in this form and by nobody else."""
    _LOGGER.handlers = [_Lines(form)]
    _LOGGER.propagate = False


def rendered(message: str, level: str = "info", fields: dict[str, Any] | None = None) -> str:
    """A line as it is written: in a signal's handler nothing may be logged, which another thread may be at."""
    lines = next((each for each in _LOGGER.handlers if isinstance(each, _Lines)), None)
    if lines is None or lines.form == "text":
        return message if level == "info" else f"{level}: {message}"
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    told = {"time": at, "level": level, "message": _COLUMNS.sub(" ", message.strip(" ")), **(fields or {})}
    return json.dumps(told, ensure_ascii=False, default=str)


class _Lines(logging.Handler):
    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form

    def emit(self, record: logging.LogRecord) -> None:
        line = rendered(record.getMessage(), record.levelname.lower(), getattr(record, "fields", {}))
        bars = sys.modules.get("tqdm")
        if sys.stderr is None:
            return
        with suppress(OSError):  # a full disk, or nobody who reads: no work rests on it
            if bars is None:
                print(line, file=sys.stderr, flush=True)  # noqa: T201 - where bars are, tqdm writes above them
            else:
                bars.tqdm.write(line, file=sys.stderr)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list | tuple) else value
