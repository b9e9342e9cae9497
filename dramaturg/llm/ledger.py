"""The batches that a provider works at for us, and what is in them, beside the answers in the store's file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dramaturg.llm.request import Request
from dramaturg.llm.store import Store

__all__ = ["Entry", "Ledger"]

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, endpoint TEXT NOT NULL, model TEXT NOT NULL, digest TEXT NOT NULL,
    made_at TEXT NOT NULL, closed_at TEXT
)
""",
    """
CREATE TABLE IF NOT EXISTS batch_keys (
    batch INTEGER NOT NULL, key TEXT NOT NULL, prompt TEXT NOT NULL, request TEXT NOT NULL, PRIMARY KEY (batch, key)
) WITHOUT ROWID
""",
)
_HELD = """
SELECT key FROM batch_keys JOIN batches ON batch = number WHERE endpoint = ? AND model = ? AND closed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An open batch. `id` is the provider's; None while it is being made, or if it was when its run was killed."""

    number: int
    id: str | None
    digest: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """The batches of one model at one endpoint. A batch is open from before it is made until its results are stored.

    Every method raises OSError where the file cannot be read or written.
    """

    store: Store
    endpoint: str
    model: str

    def __post_init__(self) -> None:
        with self.store.changing() as database:
            for table in _TABLES:
                database.execute(table)

    def entries(self) -> list[Entry]:
        """The open ones, the oldest first."""
        with self.store.changing() as database:
            rows = database.execute(
                "SELECT number, id, digest, made_at FROM batches "
                "WHERE endpoint = ? AND model = ? AND closed_at IS NULL ORDER BY number",
                (self.endpoint, self.model),
            ).fetchall()
        return [Entry(number, id_, digest, datetime.fromisoformat(made_at)) for number, id_, digest, made_at in rows]

    def open_keys(self) -> dict[str, str]:
        """The keys of all requests in open batches, and which one each is in: its id, or nothing where it has none."""
        with self.store.changing() as database:
            return dict(
                database.execute(
                    "SELECT key, ifnull(id, '') FROM batch_keys JOIN batches ON batch = number "
                    "WHERE endpoint = ? AND model = ? AND closed_at IS NULL",
                    (self.endpoint, self.model),
                ).fetchall()
            )

    def requests(self, entry: Entry) -> dict[str, Request]:
        """What is in an open batch, by key."""
        with self.store.changing() as database:
            rows = database.execute(
                "SELECT key, prompt, request FROM batch_keys WHERE batch = ?", (entry.number,)
            ).fetchall()
        return {key: Request.from_json(prompt, asked) for key, prompt, asked in rows}

    def intend(self, digest: str, requests: Mapping[str, Request]) -> Entry | None:
        """A batch with these requests is about to be made; None where one of them is in an open batch."""
        now = datetime.now(UTC)
        with self.store.changing() as database:
            held = {key for (key,) in database.execute(_HELD, (self.endpoint, self.model))}
            if held & requests.keys():
                return None
            number = database.execute(
                "INSERT INTO batches (endpoint, model, digest, made_at) VALUES (?, ?, ?, ?)",
                (self.endpoint, self.model, digest, now.isoformat(timespec="seconds")),
            ).lastrowid
            assert number is not None
            database.executemany(
                "INSERT INTO batch_keys VALUES (?, ?, ?, ?)",
                ((number, key, request.prompt, request.as_json()) for key, request in requests.items()),
            )
        return Entry(number, None, digest, now)

    def made(self, entry: Entry, id_: str) -> None:
        """The batch exists."""
        with self.store.changing() as database:
            database.execute("UPDATE batches SET id = ? WHERE number = ?", (id_, entry.number))

    def close(self, entry: Entry) -> None:
        """The batch's results are stored, or there will be none."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.store.changing() as database:
            database.execute("UPDATE batches SET closed_at = ? WHERE number = ?", (now, entry.number))
            database.execute("DELETE FROM batch_keys WHERE batch = ?", (entry.number,))

    def knows(self, id_: str) -> bool:
        """Whether a batch is or was ours, here."""
        with self.store.changing() as database:
            return database.execute("SELECT 1 FROM batches WHERE id = ?", (id_,)).fetchone() is not None
