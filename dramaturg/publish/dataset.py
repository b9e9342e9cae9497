"""A dataset's folder: a Parquet file a config and a card that tells `datasets` where they are."""

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.workspace import digest, write_atomic

__all__ = ["parquet_path", "row_id", "write_config"]

_ROW_GROUP = 10_000


def parquet_path(config: str, split: str = "train") -> Path:
    """Where a config's split lies in the dataset's folder."""
    return Path(config) / f"{split}.parquet"


def row_id(config: str, text_sha256: str, spans: Iterable[tuple[int, int]], item: int = 0) -> str:
    """A row's id: it stays while the source's text and the row's spans in it do."""
    return digest(config, text_sha256, [list(span) for span in spans], item)[:16]


def write_config(folder: Path, config: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write a config's train split, a row group at a time; returns the number of rows."""
    count = 0
    remaining = iter(rows)
    with write_atomic(folder / parquet_path(config)) as file, pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(remaining, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count
