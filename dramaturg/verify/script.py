"""The script's rows held against the sources' texts: every letter of these is in one of them, in order."""

from collections.abc import Iterator, Mapping

from dramaturg.verify.truth import NOBODY, Row, Truth, span_of, squeezed

__all__ = ["LABELS", "profile_faults", "script_faults", "untold"]

_REVIEWED = "reviewed"
LABELS = ("label", _REVIEWED)
_LONGEST_LABEL = 120  # characters
_MOST_IN_ENTRY = 12  # letters beside the name


def script_faults(row: Row, truth: Truth, reached: dict[str, int], roles: set[str]) -> Iterator[str]:
    span = span_of(row)
    source, start, end = span
    if truth.at(span) != row["content"]:
        yield f"{source} does not say this at {start}:{end}"
    between = truth.texts.get(source, "")[reached.get(source, 0) : start]
    if start < reached.get(source, 0):
        yield f"begins at {start}, before the row above it ends"
    elif not _is_markup(between, row, roles):
        yield f"{source} {reached.get(source, 0)}:{start}, just before it, is in no row"
    reached[source] = max(end, reached.get(source, 0))
    if row["id"] != truth.row_id("script", source, [span]):
        yield "its id is not that of its passage"
    if row["licence"] != truth.licence(source):
        yield f"its licence is not that of {source}"
    if row["at"] != truth.place(span):
        yield f"{source}:{start} is not at {row['at']}"
    if row["kind"] != "action" and (row["kind"] == "narration") != (row["role"] in NOBODY):
        yield f"{row['role']!r} cannot be the role of {row['kind']}"
    if row["method"] == _REVIEWED:
        yield from truth.said.line_faults(row)


def _is_markup(between: str, row: Row, roles: set[str]) -> bool:
    """Whether there are no words in what stands before a row but those of a transcript: its speaker's label, and
    entries of a table that says which of the `roles` is called so."""
    lines = [line for line in between.splitlines() if any(map(str.isalnum, line))]
    others = lines[:-1] if row["method"] in LABELS else lines
    return all(_is_entry(line, roles) for line in others) and all(len(line) <= _LONGEST_LABEL for line in lines)


def _is_entry(line: str, roles: set[str]) -> bool:
    """Whether a line holds one of the roles and hardly anything else: 甲：张三."""
    rest = line
    for role in roles:
        rest = rest.replace(role, "")
    return rest != line and sum(map(str.isalnum, rest)) <= _MOST_IN_ENTRY


def untold(truth: Truth, reached: Mapping[str, int]) -> Iterator[str]:
    for source, text in truth.texts.items():
        if any(map(str.isalnum, text[reached.get(source, 0) :])):
            yield f"{source} is in no row from {reached.get(source, 0)} on"


def profile_faults(row: Row, line: Row | None) -> Iterator[str]:
    if line is None:
        yield "there is no such line in the script"
        return
    for name in ("act_id", "diag_id", "role"):
        if row[name] != line[name]:
            yield f"its {name} is not that of the script's line"
    if squeezed(row["content"]) != squeezed(line["content"]):
        yield "its content is not that of the script's line"
