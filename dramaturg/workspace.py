"""Where things lie on disk, and how they get there whole: paths, atomic writes, the manifest, the lock."""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import orjson
from pydantic import TypeAdapter

from dramaturg.errors import BusyError, CharacterError
from dramaturg.logs import log

__all__ = [
    "CORRECTIONS",
    "Workspace",
    "digest",
    "hash_if_there",
    "is_intact",
    "read_json",
    "read_records",
    "sha256_file",
    "store_path",
    "write_atomic",
    "write_json",
    "write_jsonl",
]

CORRECTIONS = "corrections.jsonl"
"""The file of `dramaturg.review.corrections`."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PARTIAL = ".partial"
_LOOKS_EVERY = 0.2  # seconds

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One character's folders under a data folder: `raw/<id>` is the user's, `processed/<id>` ours."""

    data: Path
    character_id: str

    def __post_init__(self) -> None:
        """Raises CharacterError where the id cannot be a folder's name."""
        if not _ID.fullmatch(self.character_id):
            raise CharacterError(
                f"{self.character_id!r} cannot be a character's name: it is a folder's name under "
                f"{self.data / 'raw'}, of the letters a-z, digits, - and _"
            )

    @property
    def raw(self) -> Path:
        return self.data / "raw" / self.character_id

    @property
    def processed(self) -> Path:
        return self.data / "processed" / self.character_id

    @property
    def dataset(self) -> Path:
        return self.processed / "dataset"

    @property
    def manifest(self) -> Path:
        return self.processed / "manifest.json"

    @property
    def splits(self) -> Path:
        """On which side, train or test, whatever was ever built stands. It lies with the sources, where nothing is
        cleared away: what was a test row must not come back as a train row."""
        return self.raw / "splits.json"

    @property
    def edits(self) -> Path:
        """Where a person's corrections lie."""
        return self.raw / "edits"

    @property
    def corrections(self) -> Path:
        """What a person said of lines, rows and names."""
        return self.edits / CORRECTIONS

    @property
    def store(self) -> Path:
        """All answers of language models, for every character."""
        return store_path(self.data)

    @property
    def progress(self) -> Path:
        """What the run that is under way has asked so far."""
        return self.processed / ".progress.json"

    @contextmanager
    def locked(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the processed folder for one run, and sweep away what a killed run left half-written.

        The lock ends with the process, however it ends. Where another run holds it, that one's end is waited for, so
        many seconds, and BusyError raised after them.
        """
        handle = self._lock(wait)
        try:
            for partial in self.processed.rglob(f"*{_PARTIAL}"):
                partial.unlink()
            yield
        finally:
            os.close(handle)

    @contextmanager
    def running(self, wait: float) -> Iterator[None]:
        """Hold the folder for a run that spends from nothing on. What one that broke off had spent stays to be read."""
        with self.locked(wait):
            self.progress.unlink(missing_ok=True)
            yield
            self.progress.unlink(missing_ok=True)

    def _lock(self, wait: float) -> int:
        """The handle that holds the lock."""
        until: float | None = None
        while True:
            self.processed.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.processed, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_held = os.path.samestat(os.fstat(handle), self.processed.stat())
            except BlockingIOError:
                os.close(handle)
                until = self._until(wait, until)
                continue
            except FileNotFoundError:
                is_held = False
            if is_held:
                return handle
            os.close(handle)  # of a folder that was cleaned away: the next run would hold another

    def _until(self, wait: float, until: float | None) -> float:
        """When waiting for another run ends, which is told when it begins; a little later."""
        busy = f"another run is building {self.character_id}"
        now = time.monotonic()
        if not wait:
            raise BusyError(f"{busy}: wait for it to end")
        if until is None:
            log(f"{busy}: waiting for it to end, {wait:g} seconds at most", character=self.character_id, event="wait")
            until = now + wait
        if now >= until:
            raise BusyError(
                f"{busy}, and has not ended within {wait:g} seconds: see dramaturg status {self.character_id}, or "
                "wait longer, as with WAIT=3600"
            )
        time.sleep(min(_LOOKS_EVERY, until - now))
        return until


def store_path(data: Path) -> Path:
    """Where a data folder keeps all answers of language models."""
    return data / "processed" / ".store" / "requests.sqlite"


@contextmanager
def write_atomic(path: Path) -> Iterator[BinaryIO]:
    """A binary file that stands at `path` only once it is whole and on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + _PARTIAL)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # a full disk says not where
            error.filename = str(path)
        raise


def write_json(path: Path, value: Any) -> None:
    with write_atomic(path) as file:
        file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def read_json(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def write_jsonl(path: Path, records: Iterable[Any]) -> int:
    """One JSON line a record (dataclasses or plain values); returns how many."""
    count = 0
    with write_atomic(path) as file:
        for record in records:
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def read_records(path: Path, record: type[_Record]) -> Iterator[_Record]:
    """The records of a file that `write_jsonl` wrote, each checked against its type."""
    adapter = TypeAdapter(record)
    with path.open("rb") as file:
        for line in file:
            yield adapter.validate_json(line)


def hash_if_there(path: Path) -> str:
    """A file's SHA-256; empty where there is no file, which may come to be there."""
    return sha256_file(path) if path.is_file() else ""


def is_intact(path: Path, known: str) -> bool:
    """Whether a file is what `hash_if_there` found."""
    return hash_if_there(path) == known


def sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(*parts: Any) -> str:
    """The SHA-256 of plain values, the same on every machine."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
