"""A dataset's folder: a Parquet file a config and a card that tells `datasets` where they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.character import Character
from dramaturg.curate.quality import Kind, Verdicts
from dramaturg.curate.splits import SIDES
from dramaturg.script import Span
from dramaturg.workspace import digest, write_atomic

__all__ = [
    "NOT_JUDGED",
    "PASSAGE",
    "QUALITY",
    "SPLITS",
    "context_licence",
    "generated_id",
    "parquet_path",
    "passages",
    "quality",
    "read_rows",
    "row_id",
    "write_config",
]

SPLITS: tuple[str, ...] = SIDES

PASSAGE = pa.struct([("source", pa.string()), ("start", pa.int64()), ("end", pa.int64())])
"""A passage that a model was shown."""

QUALITY = pa.struct(
    [
        *((name, pa.string()) for name in ("answers", "style", "correct")),
        ("score", pa.int32()),
        *((name, pa.string()) for name in ("reason", "model", "request")),
    ]
)
"""What a model says of a row."""

NOT_JUDGED: Verdicts = {}
"""Where no model says anything of any row."""

_ROW_GROUP = 10_000
_AT_ONCE = 200  # rows held as Python's objects: the more there are, the longer its collector of garbage takes
_BATCH = 2_000


def parquet_path(config: str, split: str = "train") -> Path:
    """Where a config's split lies in the dataset's folder."""
    return Path(config) / f"{split}.parquet"


def row_id(config: str, text_sha256: str, spans: Iterable[tuple[int, int]], item: int = 0) -> str:
    """A row's id: it stays while the source's text and the row's spans in it do."""
    return digest(config, text_sha256, [list(span) for span in spans], item)[:16]


def generated_id(config: str, request: str, item: int) -> str:
    """A generated row's id: it stays while what was asked for it does."""
    return digest(config, request, item)[:16]


def passages(context: Iterable[Span]) -> list[dict[str, Any]]:
    return [{"source": span.source, "start": span.start, "end": span.end} for span in context]


def quality(verdicts: Verdicts, kind: Kind, request: str, item: int = 0) -> dict[str, Any] | None:
    """What a model says of the row whose answer is that item of that request's; None where it was not judged."""
    judgement = verdicts.get((kind, request, item))
    return None if judgement is None else {name: getattr(judgement, name) for name in QUALITY.names}


def context_licence(context: Iterable[Span], licences: Mapping[str, str], character: Character) -> str:
    """The licence of the sources that a generated row was made from; of all of them where none was shown."""
    found = {licences[span.source] for span in context} or {*licences.values()} or {character.licence}
    return " AND ".join(sorted(found))


def write_config(
    folder: Path, config: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]], split: str = "train"
) -> int:
    """Write a config's split, a row group at a time; returns the number of rows.

    Without a row there is no file.
    """
    remaining = iter(rows)
    first = list(islice(remaining, 1))
    if not first:
        return 0
    count = 0
    remaining = chain(first, remaining)
    with write_atomic(folder / parquet_path(config, split)) as file, pq.ParquetWriter(file, schema) as writer:
        while group := list(_batches(islice(remaining, _ROW_GROUP), schema)):
            # in one piece, so that the file's bytes do not depend on the batches'
            writer.write_table(pa.Table.from_batches(group, schema).combine_chunks())
            count += sum(batch.num_rows for batch in group)
    return count


def _batches(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    kind, remaining = pa.struct(list(schema)), iter(rows)
    while held := list(islice(remaining, _AT_ONCE)):
        structs: Any = pa.array(held, kind)
        yield pa.RecordBatch.from_struct_array(structs)


def read_rows(
    folder: Path, config: str, split: str, columns: Sequence[str] | None = None, batch: int = _BATCH
) -> Iterator[dict[str, Any]]:
    """The rows of a config's split, all columns of them or these, so many at a time; none where there is no file."""
    path = folder / parquet_path(config, split)
    if path.is_file():
        with pq.ParquetFile(path) as file:
            for each in file.iter_batches(batch, columns=None if columns is None else list(columns)):
                yield from each.to_pylist()
