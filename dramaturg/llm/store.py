"""All answers ever paid for: every raw response, by request, in one SQLite file that many runs may share."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson

from dramaturg.llm.request import Request

__all__ = ["Store"]

_TABLE = """
CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, model TEXT NOT NULL, prompt TEXT NOT NULL,
    request TEXT NOT NULL, status INTEGER NOT NULL, response TEXT NOT NULL, stored_at TEXT NOT NULL
) WITHOUT ROWID
"""
_BUSY_SECONDS = 60.0


class Store:
    """Raw responses by request key. A response is on disk when `put` returns.

    `status` is the HTTP status: 200, or 400 and 422 for a request that this endpoint will never answer.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._told():
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute(_TABLE)

    def get(self, key: str) -> tuple[int, str] | None:
        """The status and the raw response to a request; None where there is none yet."""
        with self._told():
            row = self._database.execute("SELECT status, response FROM responses WHERE key = ?", (key,)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def put(self, key: str, endpoint: str, model: str, request: Request, status: int, response: str) -> None:
        asked = orjson.dumps(
            {
                "messages": request.messages,
                "temperature": request.temperature,
                "max_tokens": request.max_tokens,
                "schema": request.schema,
                "sample": request.sample,
            }
        ).decode()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._told():
            self._database.execute(
                "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (key, endpoint, model, request.prompt, asked, status, response, now),
            )

    def close(self) -> None:
        with self._told():
            self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(None, f"{error} (the store of answers)", str(self._path)) from error
