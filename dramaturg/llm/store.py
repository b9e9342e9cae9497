"""All answers ever paid for: every raw response, by request, in one SQLite file that many runs may share."""

import asyncio
import fcntl
import os
import sqlite3
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dramaturg.llm.request import Request
from dramaturg.mounts import is_on_network

__all__ = ["BUSY_SECONDS", "RESPONSES", "Commits", "Response", "Store", "naming", "transaction"]

RESPONSES = """
CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, model TEXT NOT NULL, prompt TEXT NOT NULL,
    request TEXT NOT NULL, status INTEGER NOT NULL, response TEXT NOT NULL, stored_at TEXT NOT NULL
) WITHOUT ROWID
"""
BUSY_SECONDS = 60.0
"""How long one who writes waits for another."""
_GATHERED_FOR = 0.005  # seconds
_LOCK_SUFFIX = ".lock"
_KEY_DIGITS = 15  # of its 32: what fits into an offset of a file


@dataclass(frozen=True, slots=True)
class Response:
    """What came of a request. `status` is the HTTP status: 200, or that of a refusal for good."""

    key: str
    endpoint: str
    model: str
    request: Request
    status: int
    raw: str


class Store:
    """Raw responses by request key; they are on disk when `put` returns. `put` may be called from another thread.

    `claim` keeps two processes from asking the same: a claim ends with `release`, or with the process.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with ExitStack() as opened:
            self._claims = os.open(path.with_name(path.name + _LOCK_SUFFIX), os.O_RDWR | os.O_CREAT, 0o644)
            opened.callback(os.close, self._claims)
            fcntl.flock(self._claims, fcntl.LOCK_EX)  # to change a new file to WAL no one waits by himself
            with naming(self._path):
                self._reading = self._connect(opened)
                self._writing = self._connect(opened)
                self._writing.execute("PRAGMA synchronous=FULL")
                self._writing.execute(RESPONSES)
            fcntl.flock(self._claims, fcntl.LOCK_UN)
            self._opened = opened.pop_all()

    def get(self, key: str) -> tuple[int, str] | None:
        """The status and the raw response to a request; None where there is none yet."""
        with naming(self._path):
            row = self._reading.execute("SELECT status, response FROM responses WHERE key = ?", (key,)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def endpoints(self) -> list[tuple[str, str]]:
        """Whose answers there are, endpoint and model, that of the latest last."""
        with naming(self._path):
            rows = self._reading.execute(
                "SELECT endpoint, model FROM responses GROUP BY 1, 2 ORDER BY max(stored_at), 1, 2"
            ).fetchall()
        return [(str(endpoint), str(model)) for endpoint, model in rows]

    def put(self, responses: Iterable[Response]) -> None:
        """Keep responses, in one commit; the first to a request stays."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [
            (each.key, each.endpoint, each.model, asked.prompt, asked.as_json(), each.status, each.raw, now)
            for each in responses
            for asked in [each.request]
        ]
        with self.changing() as database:
            database.executemany("INSERT OR IGNORE INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The file, for what is one commit, or none where it raises. Raises OSError."""
        with naming(self._path), transaction(self._writing):
            yield self._writing

    def claim(self, key: str) -> bool:
        """Whether the request is now ours to ask: False where another run is at it."""
        return self._lock(key, fcntl.F_WRLCK)

    def release(self, key: str) -> None:
        """Let another run ask it."""
        self._lock(key, fcntl.F_UNLCK)

    def close(self) -> None:
        with naming(self._path):
            self._opened.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self, opened: ExitStack) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        opened.enter_context(closing(database))
        # WAL is for the processes of one machine: https://sqlite.org/wal.html
        database.execute(f"PRAGMA journal_mode={'DELETE' if is_on_network(self._path.parent) else 'WAL'}")
        return database

    def _lock(self, key: str, kind: int) -> bool:
        """A lock on one byte of the lock file, which stands for the key. It belongs to this store where the system has
        such locks (Linux), elsewhere to the process."""
        offset = int(key[:_KEY_DIGITS], 16)
        try:
            if sys.platform == "linux":
                wanted = struct.pack("hhqqi4x", kind, os.SEEK_SET, offset, 1, 0)
                fcntl.fcntl(self._claims, fcntl.F_OFD_SETLK, wanted)
            else:
                how = fcntl.LOCK_UN if kind == fcntl.F_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB
                fcntl.lockf(self._claims, how, 1, offset)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:  # a file system without locks: at worst both ask
            return True
        return True


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """SQLite's errors as an OSError that names the store's file."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(None, f"{error} (the store of answers)", str(path)) from error


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """One commit, or none."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # a full disk has rolled it back
            database.execute("ROLLBACK")
        raise


class Commits:
    """Responses written in groups by another thread, some thousandths of a second's each. A commit for each response
    would halve the rate at which an endpoint is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gathered: list[tuple[Response, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, response: Response) -> None:
        """Returns when the response is on disk. Raises OSError where it cannot be kept."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gathered.append((response, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._gathered:
            await asyncio.sleep(_GATHERED_FOR)
            group, self._gathered = self._gathered, []
            error: Exception | None = None
            try:
                await asyncio.to_thread(self._store.put, [response for response, _ in group])
            except Exception as broken:  # or whoever waits would wait for ever
                error = broken
            for _, done in group:
                if done.cancelled():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)
        self._writing = None
