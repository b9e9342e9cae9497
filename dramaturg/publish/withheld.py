"""A dataset's folder without the words of some sources, and the very same folder with them again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg import __version__
from dramaturg.errors import DramaturgError, InputError
from dramaturg.publish import scripts
from dramaturg.publish.dataset import write_config
from dramaturg.publish.withhold import COLUMN, KNOWN, Withholding, restored_row, shown_of, spans_of, withheld_schema
from dramaturg.text import Language
from dramaturg.workspace import read_json, sha256_file, write_atomic, write_json

__all__ = ["RECORD", "SHEET", "Misfit", "Reattached", "misfits", "read_record", "reattach_folder", "withhold_folder"]

RECORD = "withheld.json"
"""What says, beside the rows, which sources were taken out of them and what the files were before."""
SHEET = "profile.json"

_CARD = "README.md"

_Row = dict[str, Any]
_Render = Callable[[Mapping[str, str], Sequence[str]], str]
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Misfit:
    """A source whose text is another than the one the rows were made of, and how many of its passages still fit."""

    source: str
    fitting: int
    passages: int


@dataclass(frozen=True, slots=True)
class Reattached:
    """The files that have their words again: `identical` to the byte, or `rewritten` with the same rows by another
    version of Parquet's writer; and those that somebody has `edited` since, and that stay so."""

    identical: list[str]
    rewritten: list[str]
    edited: list[str]


def withhold_folder(
    dataset: Path,
    out: Path,
    splits: Mapping[str, Iterable[str]],
    texts: Mapping[str, str],
    sources: Sequence[Mapping[str, Any]],
    language: Language,
    card: _Render,
) -> list[str]:
    """Write into `out` the configs of a dataset (`splits` of each), its sheet and its card, without the words of
    `texts`, canonical texts by source, and the record; returns what was written, by path. `sources` are what the
    record keeps of each of these. `card` is the dataset's, given the SHA-256 of each file by its path and the names of
    the sources that are withheld.

    Raises DramaturgError where a config is not known, or its rows not as their passages have them.
    """
    if unknown := sorted(set(splits) - KNOWN):
        raise DramaturgError(f"{', '.join(unknown)}: it is not known which of its columns hold a source's words")
    taken_out = Withholding(texts, language)
    files: dict[str, _Row] = {}
    for config, own in splits.items():
        for split in own:
            path = f"{config}/{split}.parquet"
            schema = _schema_of(dataset / path)
            lines = _rows(dataset / scripts.SCRIPT / f"{split}.parquet") if config == scripts.PROFILES else ()
            hashed = _Hashed(_rows(dataset / path))
            rows = taken_out.rows(config, hashed, lines)
            count = write_config(out, config, withheld_schema(schema), rows, split)
            files[path] = {"sha256": sha256_file(dataset / path), "rows": count, "rows_sha256": hashed.sha256}
    if (dataset / SHEET).is_file():
        write_json(out / SHEET, taken_out.sheet(read_json(dataset / SHEET)))
        files[SHEET] = {"sha256": sha256_file(dataset / SHEET)}
    for path, known in files.items():
        known["withheld_sha256"] = sha256_file(out / path)
    hashes = {path: known["withheld_sha256"] for path, known in files.items()}
    _write_text(out / _CARD, card(hashes, [source["name"] for source in sources]))
    whole = card({path: known["sha256"] for path, known in files.items()}, ())
    write_json(
        out / RECORD,
        {
            "withheld": 1,
            "dramaturg": __version__,
            "language": language,
            "sources": sources,
            "files": files,
            "card": {"withheld_sha256": sha256_file(out / _CARD), "text": whole},
        },
    )
    return [*files, _CARD, RECORD]


def read_record(folder: Path) -> _Row:
    """The record of a folder. Raises InputError where nothing is withheld in it."""
    try:
        found: _Row = read_json(folder / RECORD)
        is_one = (
            found["withheld"] == 1
            and isinstance(found["files"], dict)
            and bool(found["sources"])
            and isinstance(found["card"]["text"], str)
        )
    except FileNotFoundError:
        raise InputError(f"{folder}: nothing is withheld in it: there is no {RECORD}") from None
    except (ValueError, KeyError, TypeError):
        is_one = False
    if not is_one:
        raise InputError(f"{folder / RECORD}: not as dramaturg publish writes it: fetch the dataset again")
    return found


def misfits(folder: Path, texts: Mapping[str, str]) -> list[Misfit]:
    """The withheld sources of which `texts` has another text than the one the rows were made of."""
    record = read_record(folder)
    language: Language = record["language"]
    other = {
        source["name"]
        for source in record["sources"]
        if sha256(texts[source["name"]].encode()).hexdigest() != source["text_sha256"]
    }
    fitting, passages = dict.fromkeys(other, 0), dict.fromkeys(other, 0)
    for path in record["files"] if other else ():
        for row in _withheld_rows(folder / path):
            for span, unwrapped, known in spans_of(row):
                if span[0] in other:
                    said = shown_of(texts, span, language if unwrapped else None)
                    passages[span[0]] += 1
                    fitting[span[0]] += sha256(said.encode()).hexdigest() == known
    return [Misfit(name, fitting[name], passages[name]) for name in sorted(other)]


def reattach_folder(folder: Path, texts: Mapping[str, str]) -> Reattached:
    """Put the words of `texts`, which are those that the rows were made of, back into a folder's files, each as a
    whole: a call that was stopped is made again. Raises InputError where a file is not as it was published."""
    record = read_record(folder)
    done = Reattached([], [], [])
    for path, known in record["files"].items():
        if not (folder / path).is_file():
            continue
        if sha256_file(folder / path) == known["withheld_sha256"]:
            _restore(folder, path, texts, record["language"])
        if sha256_file(folder / path) == known["sha256"]:
            done.identical.append(path)
        elif _is_restored(folder / path, known):
            done.rewritten.append(path)
        else:
            raise InputError(f"{folder / path}: not as it was published: fetch it again")
    if (folder / _CARD).is_file():
        _restore_card(folder / _CARD, record["card"], done)
    (folder / RECORD).unlink()
    return done


def _restore(folder: Path, path: str, texts: Mapping[str, str], language: Language) -> None:
    if path == SHEET:
        write_json(folder / path, restored_row(read_json(folder / path), texts, language))
        return
    config, split = Path(path).parts[-2:]
    schema = _schema_of(folder / path)
    own = schema.remove(schema.get_field_index(COLUMN))
    rows = (restored_row(row, texts, language) for row in _rows(folder / path))
    write_config(folder, config, own, rows, Path(split).stem)


def _restore_card(path: Path, known: Mapping[str, str], done: Reattached) -> None:
    if sha256_file(path) == known["withheld_sha256"]:
        _write_text(path, known["text"])
    elif path.read_bytes() != known["text"].encode():
        done.edited.append(path.name)


def _is_restored(path: Path, known: Mapping[str, Any]) -> bool:
    """Whether a Parquet file holds the rows that were withheld, whichever version wrote it."""
    if "rows_sha256" not in known:
        return False
    hashed = _Hashed(_rows(path))
    for _ in hashed:
        pass
    return bool(hashed.sha256 == known["rows_sha256"])


class _Hashed:
    """Rows, and once they have gone by, the SHA-256 of them all."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows, self._hash = rows, sha256()

    def __iter__(self) -> Iterator[_Row]:
        for row in self._rows:
            self._hash.update(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            yield row

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _schema_of(path: Path) -> pa.Schema:
    """A file's schema as it was before it was written: Parquet calls the items of lists otherwise than Arrow."""
    return pa.schema([(field.name, _type_of(field.type)) for field in pq.read_schema(path)])


def _type_of(kind: Any) -> Any:
    if pa.types.is_list(kind):
        return pa.list_(_type_of(kind.value_type))
    return pa.struct([(each.name, _type_of(each.type)) for each in kind]) if pa.types.is_struct(kind) else kind


def _rows(path: Path) -> Iterator[_Row]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH):
            yield from pa.Table.from_batches([batch]).to_pylist()


def _withheld_rows(path: Path) -> Iterator[_Row]:
    """The rows, or the sheet, of a file from which words are withheld."""
    if path.suffix == ".parquet" and path.is_file():
        yield from (row for row in _rows(path) if COLUMN in row)
    elif path.name == SHEET and path.is_file():
        yield from (sheet for sheet in [read_json(path)] if COLUMN in sheet)


def _write_text(path: Path, text: str) -> None:
    with write_atomic(path) as file:
        file.write(text.encode())
