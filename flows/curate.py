"""`dramaturg curate`: a role-play dataset made elsewhere, its defects counted, and a clean copy beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dramaturg.curate.clean import Cleaned, Dropped, clean
from dramaturg.curate.foreign import read_rows
from dramaturg.errors import InputError
from dramaturg.row_files import file_rows
from dramaturg.workspace import write_jsonl
from flows.reasons import meaning

__all__ = ["Curated", "curate_file", "render_curated"]

_REPAIRS = {
    "white_space": "stray or missing white space",
    "list_type": "a type that is a list in some rows and a text in others",
}
_FORMS = "ChatHaruhi's (user_question, agent_response, …), RoleBench's (question, generated, …), or messages"


@dataclass(frozen=True, slots=True)
class Curated:
    """What was done to a file: `rows` is how many it has."""

    given: Path
    kept: Path
    dropped: Path
    rows: int
    cleaned: Cleaned


def curate_file(path: Path, output: Path | None = None) -> Curated:
    """Write a clean copy of a dataset's file, and beside it what went, each with its reason. Raises InputError where
    not one row of it is of a known form."""
    rows = list(read_rows(path))
    cleaned = clean(rows)
    unreadable = sum(each.reason == "unreadable" for each in cleaned.dropped)
    if unreadable == len(rows):
        next(file_rows(path), None)  # raises where the first line is not even JSON
        raise InputError(f"{path}: {'no row in it' if not rows else f'no row of a known form: {_FORMS}'}")
    kept = output or path.with_suffix(".clean.jsonl")
    dropped = kept.with_suffix(".dropped.jsonl")
    write_jsonl(kept, (row.written() for row in cleaned.kept))
    write_jsonl(dropped, cleaned.dropped)
    return Curated(path, kept, dropped, len(rows), cleaned)


def render_curated(curated: Curated) -> str:
    """What was found, reason by reason, and where what is kept lies."""
    cleaned = curated.cleaned
    lines = [
        f"{curated.given}: {curated.rows:,} rows, {len(cleaned.kept):,} kept",
        "",
        *_section("rows dropped", _of(cleaned, "row")),
        *_section("answers left out of a row that has others", _of(cleaned, "answer")),
        *_section("later turns cut off", _of(cleaned, "turn")),
    ]
    if cleaned.repaired:
        lines.append("  repaired")
        lines += [f"    {count:>9,} {name:<18} {_REPAIRS[name]}" for name, count in cleaned.repaired.most_common()]
        lines.append("")
    lines += [f"  clean      {curated.kept}", f"  dropped    {curated.dropped}, each with its reason"]
    return "\n".join(lines)


def _of(cleaned: Cleaned, part: str) -> Iterator[Dropped]:
    return (each for each in cleaned.dropped if each.part == part)


def _section(title: str, dropped: Iterable[Dropped]) -> Iterator[str]:
    counts = Counter(each.reason for each in dropped)
    if counts:
        yield f"  {title}"
        for reason, count in counts.most_common():
            yield f"    {count:>9,} {reason:<18} {meaning(reason, 'the role')}"
        yield ""
