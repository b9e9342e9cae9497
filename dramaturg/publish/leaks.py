"""What must not leave the machine: keys, tokens, and where things lie on it; and a manifest without the latter."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.masking import SECRETS, SHORTEST

__all__ = ["leaks", "scrubbed"]

_LEAKS = {
    **SECRETS,
    # not an address's: https://example.org/home/x
    "a local path": r"(?<![\w/.:-])/(?:home|Users|root)/[^\s/\"]+"
    r"|\b[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/)[^\\/\s\"]+",
}
_PATTERNS = {what: re.compile(pattern, re.ASCII) for what, pattern in _LEAKS.items()}
_PATH = re.compile(r"(?<![\w:/.\\])(?:[A-Za-z]:[\\/]|/)(?:[^\s\"'\\/:]+[\\/])+", re.ASCII)
_BATCH = 10_000


def leaks(files: Mapping[str, Path], keys: Iterable[str], places: Iterable[Path]) -> Iterator[str]:
    """Each file's name and what in it must not go up, in a few words that do not show it: what looks like a secret or
    a local path, one of the `keys`, or a path below one of `places`."""
    own = {key for key in keys if len(key) >= SHORTEST}
    lying = {form for place in places for form in (str(place), place.as_posix(), str(place).replace("\\", "\\\\"))}
    for name, path in files.items():
        for where, text in _texts(path):
            told = [what for what, pattern in _PATTERNS.items() if pattern.search(text)]
            told += ["a key of the settings"] * any(key in text for key in own)
            told += ["a local path"] * any(place in text for place in lying)
            yield from (f"{name}{where}: {what}" for what in dict.fromkeys(told))


def scrubbed(value: Any) -> Any:
    """A manifest's value in which nothing says where files lie on this machine, but their names."""
    if isinstance(value, str):
        return _PATH.sub("", value)
    if isinstance(value, Mapping):
        return {scrubbed(name): scrubbed(each) for name, each in value.items()}
    return [scrubbed(each) for each in value] if isinstance(value, list) else value


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """All text in a file, by where in it: of Parquet, in each of its columns and what is noted of it."""
    if path.suffix != ".parquet":
        content = path.read_bytes()
        yield "", content.decode("latin-1") + "\n" + content.decode(errors="ignore")  # a picture has notes too
        return
    with pq.ParquetFile(path) as file:
        noted = (file.schema_arrow.metadata or {}) | (file.metadata.metadata or {})
        yield "", "\n".join(part.decode("latin-1") for pair in noted.items() for part in pair)
        for batch in file.iter_batches(batch_size=_BATCH):
            for column, array in zip(batch.schema.names, batch.columns, strict=True):
                for strings in _strings(array):
                    yield f", column {column}", "\n".join(strings.drop_null().to_pylist())


def _strings(array: Any) -> Iterator[Any]:
    """The arrays of strings in an array."""
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        yield array
    elif pa.types.is_list(array.type):
        yield from _strings(array.flatten())
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            yield from _strings(child)
