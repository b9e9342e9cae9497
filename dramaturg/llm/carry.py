"""What a store holds; a part of it as a file to pass on, such a file taken in; what nobody needs taken out."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from dramaturg.errors import InputError
from dramaturg.llm.request import Request
from dramaturg.llm.store import BUSY_SECONDS, RESPONSES, Store, naming, transaction
from dramaturg.providers import PROVIDERS
from dramaturg.settings import EMBEDDED, plain_address
from dramaturg.stages import MODES, StageSettings, checked_address, checked_names
from dramaturg.workspace import write_atomic

__all__ = [
    "ABOUT",
    "OF_A_STAGE",
    "SIZES",
    "Exported",
    "Holding",
    "Imported",
    "export_answers",
    "holdings",
    "import_answers",
    "prune",
    "read_about",
    "total",
    "unused",
]

SIZES = (
    "max_requests", "scene_tokens", "ask_again", "turns", "questions_a_segment", "responses", "rolegpt", "up_to_act",
    "judge",
)  # fmt: skip
"""The settings that decide how much is asked, and of what."""

ABOUT = ("provider", "openai_base_url", "model", "embedding_model", "weights", "stages", *SIZES)
"""The settings that decide what is asked, which answers are passed on with. Each is as the environment has it, but for
`weights`: the embedded model's name, whose file others have elsewhere."""
OF_A_STAGE = frozenset({"provider", "base_url", "model", "max_requests"})
"""What of `stages` decides it."""

_COLUMNS = ("key", "endpoint", "model", "prompt", "request", "status", "response", "stored_at")
_NAMED = ", ".join(_COLUMNS)
_ABOUT_COLUMNS = ("character", "name", "value")
_ABOUT_TABLE = """
CREATE TABLE IF NOT EXISTS {}about (
    character TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (character, name)
) WITHOUT ROWID
"""
_NAMES = ("model", "embedding_model", "weights", "up_to_act")
_PROBE = "schema_probe@1"
_ROWS_A_COMMIT = 1000  # a build that runs waits no longer than for one
_LARGEST = 256 * 2**20  # bytes, of one value in a file that others made
_KEY = re.compile(r"[0-9a-f]{32}")
_CHARACTER = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+-]+")

_TOKENS = """sum(CASE WHEN status = 200 AND json_valid(response)
    THEN max(0, min(CAST(json_extract(response, '$.usage.{}') AS INTEGER), 1000000000)) END)"""
_HOLDINGS = f"""
SELECT endpoint, model, prompt, sum(status = 200), sum(status != 200),
    coalesce({_TOKENS.format("prompt_tokens")}, 0), coalesce({_TOKENS.format("completion_tokens")}, 0),
    sum(length(CAST(request AS BLOB)) + length(CAST(response AS BLOB))), min(stored_at), max(stored_at)
FROM responses WHERE {{}} GROUP BY endpoint, model, prompt ORDER BY endpoint, model, prompt
"""
_UNUSED = f"""key NOT IN (SELECT key FROM temp.used) AND stored_at <= ? AND NOT (
    prompt = '{_PROBE}' AND endpoint IN (SELECT endpoint FROM responses WHERE key IN (SELECT key FROM temp.used))
)"""


@dataclass(frozen=True, slots=True)
class Holding:
    """How much there is of one prompt, asked of one model: answers, refusals for good, the tokens that endpoints
    counted, the bytes of questions and answers, and when the first and the last was stored (ISO 8601)."""

    endpoint: str
    model: str
    prompt: str
    answers: int = 0
    refusals: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    size: int = 0
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """`rows` went into the file; `missing` of the requests have no answer in the store."""

    rows: int
    missing: int


@dataclass(frozen=True, slots=True)
class Imported:
    """Rows that were added, those that the store had, and those left out whose key is not that of their request."""

    added: int
    known: int
    misfits: int


def holdings(store: Path, keys: Iterable[str] | None = None) -> list[Holding]:
    """What a store holds, or holds of these keys. Nobody who writes to it waits."""
    if not store.is_file():
        return []
    with naming(store), _opened(store, "ro") as database:
        if keys is None:
            return [Holding(*row) for row in database.execute(_HOLDINGS.format("true"))]
        _note(database, keys)
        found = database.execute(_HOLDINGS.format("key IN (SELECT key FROM temp.used)"))
        return [Holding(*row) for row in found]


def total(parts: Iterable[Holding]) -> Holding:
    whole = Holding("", "", "")
    for part in parts:
        whole = replace(
            whole,
            answers=whole.answers + part.answers,
            refusals=whole.refusals + part.refusals,
            tokens_in=whole.tokens_in + part.tokens_in,
            tokens_out=whole.tokens_out + part.tokens_out,
            size=whole.size + part.size,
            first=min(whole.first or part.first, part.first),
            last=max(whole.last, part.last),
        )
    return whole


def export_answers(store: Path, path: Path, keys: Iterable[str], character: str, about: Mapping[str, str]) -> Exported:
    """Write a store of these answers alone, and of what was found out about the endpoints that gave them, with the
    settings that a character was built by. It is of one moment, whoever writes to the store meanwhile.

    Raises InputError where the store has none of them, or would be written over.
    """
    if path.resolve() == store.resolve():
        raise InputError(f"{path} is the store itself: give another file")
    if not store.is_file():
        raise InputError(f"there are no answers in {store}")
    with write_atomic(path) as file, naming(path), _opened(Path(file.name), "rw") as database:
        database.execute("PRAGMA journal_mode=OFF")  # what breaks off is removed
        database.execute("PRAGMA synchronous=OFF")
        database.execute(RESPONSES)
        database.execute(_ABOUT_TABLE.format(""))
        database.execute("ATTACH ? AS store", (_address(store, "ro"),))
        asked = _note(database, keys)
        database.execute("BEGIN")
        copied = f"INSERT OR IGNORE INTO main.responses SELECT {_NAMED} FROM store.responses WHERE "
        found = database.execute(f"{copied} key IN (SELECT key FROM temp.used) ORDER BY key").rowcount
        if not found:
            raise InputError(f"there is none of {character}'s answers in {store}")
        asks = "SELECT endpoint, model FROM main.responses"
        probes = database.execute(f"{copied} prompt = '{_PROBE}' AND (endpoint, model) IN ({asks})").rowcount
        told = [(character, name, value) for name, value in sorted(about.items())]
        database.executemany("INSERT INTO main.about VALUES (?, ?, ?)", told)
        database.execute("COMMIT")
    return Exported(found + probes, asked - found)


def import_answers(store: Path, path: Path) -> Imported:
    """Add what an exported file has and the store has not, and what the file says of characters' settings.

    Raises InputError where the file is not one that could be exported; the store is then as it was.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if path.resolve() == store.resolve():
        raise InputError(f"{path} is the store itself: there is nothing to add")
    with _foreign(path) as carried:
        fitting = misfits = 0
        for row in _rows(carried):  # all of it is to be right before any of it is taken
            fitting, misfits = (fitting + 1, misfits) if _fits(row) else (fitting, misfits + 1)
        about = _about_rows(carried)
        Store(store).close()  # makes it
        with naming(store), _opened(store, "rw") as database:
            database.execute("PRAGMA synchronous=FULL")
            before = database.total_changes
            rows = filter(_fits, _rows(carried))
            while group := list(islice(rows, _ROWS_A_COMMIT)):
                with transaction(database):
                    places = ", ".join("?" * len(_COLUMNS))
                    database.executemany(f"INSERT OR IGNORE INTO responses ({_NAMED}) VALUES ({places})", group)
            added = database.total_changes - before
            if about:
                with transaction(database):
                    database.execute(_ABOUT_TABLE.format(""))
                    told = sorted({character for character, _, _ in about})
                    database.executemany("DELETE FROM about WHERE character = ?", [(each,) for each in told])
                    database.executemany("INSERT INTO about VALUES (?, ?, ?)", about)
    return Imported(added, fitting - added, misfits)


def read_about(store: Path, character: str) -> dict[str, str]:
    """The settings, by name, that a character's imported answers were asked by; empty where none were imported."""
    if not store.is_file():
        return {}
    with naming(store), _opened(store, "ro") as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'about'").fetchone():
            return {}
        found = database.execute("SELECT name, value FROM about WHERE character = ? ORDER BY name", (character,))
        return {str(name): str(value) for name, value in found if name in ABOUT}


def unused(store: Path, keys: Iterable[str], until: datetime) -> list[Holding]:
    """What a store holds beside these keys, stored up to a moment. What was found out about an endpoint that gave any
    of their answers is needed with them."""
    if not store.is_file():
        return []
    with naming(store), _opened(store, "ro") as database:
        _note(database, keys)
        return [Holding(*row) for row in database.execute(_HOLDINGS.format(_UNUSED), (_stored(until),))]


def prune(store: Path, keys: Iterable[str], until: datetime) -> int:
    """Remove what is `unused`; returns how many rows that were."""
    if not store.is_file():
        return 0
    with naming(store), _opened(store, "rw") as database:
        _note(database, keys)
        with transaction(database):
            removed = database.execute(f"DELETE FROM responses WHERE {_UNUSED}", (_stored(until),)).rowcount
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed


def _rows(carried: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """The rows of a foreign file, each such that a store can hold it."""
    for row in carried.execute(f"SELECT {_NAMED} FROM responses"):
        key, *texts, status, response, stored_at = row
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise InputError(f"a key in it is not of 32 hex digits: {_printable(key)}")
        if type(status) is not int or not 100 <= status <= 599:
            raise InputError(f"the status of {key} is not an HTTP status: {_printable(status)}")
        if not all(isinstance(each, str) for each in (*texts, response, stored_at)) or not _TIME.fullmatch(stored_at):
            raise InputError(f"{key} is not a request with its answer and its time")
        yield row


def _fits(row: tuple[Any, ...]) -> bool:
    key, endpoint, model, _, request, *_ = row
    try:
        return bool(Request.from_json("", request).key(endpoint, model) == key)
    except ValueError:
        return False


def _about_rows(carried: sqlite3.Connection) -> list[tuple[str, str, str]]:
    if not carried.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone():
        return []
    rows = carried.execute("SELECT character, name, value FROM about").fetchall()
    for row in rows:
        if not all(isinstance(each, str) for each in row) or not _CHARACTER.fullmatch(row[0]) or not _decides(*row[1:]):
            raise InputError(f"its settings are none that decide what is asked: {_printable(row)}")
    if len({row[:2] for row in rows}) < len(rows):
        raise InputError("a setting stands in it twice")
    return rows


def _decides(name: str, value: str) -> bool:
    """Whether that is a setting that decides what is asked, with a value that it can have: no credentials, and no
    variable whose key would go where the file says."""
    try:
        if name == "rolegpt":
            return value in MODES
        if name in SIZES and name != "up_to_act":
            return value.isascii() and value.isdigit() and len(value) < 10
        if name == "openai_base_url":
            return plain_address(checked_address(value)) == value
        if name == "provider":
            return value in (*PROVIDERS, EMBEDDED)
        if name == "stages":
            stages = checked_names(orjson.loads(value))
            told = [StageSettings.model_validate(stage) for stage in stages.values()]
            return all(
                each.model_fields_set <= OF_A_STAGE and plain_address(each.base_url) == (each.base_url or "")
                for each in told
            )
        return name in _NAMES and value.isprintable() and 0 < len(value) < 1000
    except ValueError:
        return False


@contextmanager
def _foreign(path: Path) -> Iterator[sqlite3.Connection]:
    """A file that somebody else made. Whatever is wrong in it is an InputError."""
    try:
        with _opened(path, "ro&immutable=1" if _is_at_rest(path) else "ro") as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
            database.execute("PRAGMA trusted_schema=OFF")
            database.execute("PRAGMA cell_size_check=ON")
            _complain_of_tables(database)
            yield database
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise InputError(f"{path}: somebody is writing to it: try again") from None
        told = _printable(error)
        raise InputError(f"{path}: not a file of `dramaturg store export`, or not a whole one: {told}") from None
    except InputError as error:
        raise InputError(f"{path}: not a file of `dramaturg store export`: {error}") from None


def _is_at_rest(path: Path) -> bool:
    """Whether a database with a log (WAL, by bytes 18 and 19 of its header) has none beside it: nobody writes to it,
    and where nothing can be written it is read in no other way."""
    try:
        with path.open("rb") as file:
            has_log = file.read(20)[18:] == b"\2\2"
    except OSError:  # whoever opens it says why
        return False
    return has_log and not path.with_name(f"{path.name}-wal").exists()


def _complain_of_tables(database: sqlite3.Connection) -> None:
    """Raises InputError where a file has other than plain tables in it, or plain tables of other columns."""
    known = {"responses": _COLUMNS, "about": _ABOUT_COLUMNS}
    found = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    names = {name for kind, name, _ in found if kind == "table"}
    if "responses" not in names:
        raise InputError("there is no table of responses in it")
    for kind, name, made_by in found:
        is_primary_key = kind == "index" and made_by is None
        is_plain = kind == "table" and str(made_by).upper().startswith("CREATE TABLE")  # not VIRTUAL
        if not is_primary_key and not (is_plain and name in known):
            raise InputError(f"there is another {_printable(kind)} in it: {_printable(name)}")
    for name in names:  # hidden: that of a column that is computed is not 0
        columns = database.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (name,)).fetchall()
        if columns != [(each, 0) for each in known[name]]:
            raise InputError(f"its table {name} has other columns")


def _note(database: sqlite3.Connection, keys: Iterable[str]) -> int:
    """The keys as temp.used; returns how many they are."""
    database.execute("CREATE TEMP TABLE used (key TEXT PRIMARY KEY) WITHOUT ROWID")
    database.execute("BEGIN")
    database.executemany("INSERT OR IGNORE INTO temp.used VALUES (?)", ((key,) for key in keys))
    database.execute("COMMIT")
    return int(database.execute("SELECT count(*) FROM temp.used").fetchone()[0])


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _address(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    address = _address(path, mode)
    with closing(sqlite3.connect(address, timeout=BUSY_SECONDS, isolation_level=None, uri=True)) as database:
        yield database


def _printable(value: object) -> str:
    return "".join(each if each.isprintable() else "?" for each in str(value))[:80]
