"""An exported dataset held against its sources, and generated rows against the answers they were taken from.

The caller decodes the sources afresh; from there on nothing here is shared with what made the rows: no
extractor, no scene, no row builder. So what it accepts, two programs agree on.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.character import Character
from dramaturg.script import Place
from dramaturg.verify_generated import (
    SpokenLines,
    dialogue_faults,
    general_faults,
    quality_faults,
    read_stored,
    scenario_faults,
    triplet_faults,
)
from dramaturg.verify_scenes import SceneOrder
from dramaturg.verify_splits import SPLITS, Labelled, merged, split_faults
from dramaturg.workspace import Workspace, digest, hash_if_there, is_intact, read_json, sha256_file

__all__ = ["Verdict", "built_stages", "verify"]

_NOBODY = frozenset({"", "narrator", "旁白"})
_COLUMNS = ("user_role", "user_question", "agent_role", "agent_response", "question_source", "more_dialogues",
            "agent_role_name_en")  # fmt: skip

_ALWAYS = ("script", "profiles", "chatharuhi")
_TRIPLETS = ("role_specific", "knowledge_boundary")
_OTHERS = ("general", "scenes")
_KEEP = ("instruction", "chronological")

_LONGEST_LABEL = 120  # characters
_MOST_IN_ENTRY = 12  # letters beside the name

_Row = dict[str, Any]
_Span = tuple[str, int, int]


@dataclass(slots=True)
class Verdict:
    """How many rows were checked, how many are wrong, and each fault in a line, the sources' first: the first `changed`
    of them say what changed in the sources since the build, whose rows cannot hold then."""

    checked: int = 0
    wrong: int = 0
    changed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults and self.checked > 0

    def add_row(self, name: str, faults: Iterator[str]) -> None:
        found: list[str] = []
        try:
            found += faults
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            found.append("a field that it must have is missing or of another kind")
        self.checked += 1
        self.wrong += bool(found)
        self.faults += [f"{name}: {fault}" for fault in found]


def verify(
    workspace: Workspace,
    character: Character,
    texts: Mapping[str, str],
    places: Mapping[str, Sequence[Place]] | None = None,
) -> Verdict:
    """Every row of the character's dataset against `texts`, the canonical text of each source by its name, and the
    `places` in those made of pages or cues."""
    verdict = Verdict()
    stages = built_stages(workspace)
    if stages is None:
        verdict.faults.append(f"there is no whole dataset in {workspace.dataset}: build it first")
        return verdict
    export, sources = stages["export"], stages["extract"]["sources"]
    files = {name: known for stage in stages.values() for name, known in stage["files"].items()}
    changed = dict(_changed_sources(workspace, sources, texts))
    verdict.faults += (f"{told}: build again" for told in changed.values())
    verdict.changed = len(changed)
    verdict.faults += _changed_files(workspace, files)
    try:
        tables = {
            (name, split): _read_table(workspace.dataset / name / f"{split}.parquet")
            for name in (*_ALWAYS, *_TRIPLETS, *_OTHERS)
            for split in SPLITS
            if export["splits"].get(name, {}).get(split)
        }
    except (OSError, pa.ArrowException) as error:
        verdict.faults.append(f"cannot be read: {error}")
        return verdict
    verdict.faults += _changed_counts(tables, export)
    text_hashes = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    # else every id of a changed source would be wrong, and hide which passages are
    text_hashes |= {source["name"]: source["text_sha256"] for source in sources if source["name"] in changed}
    order = [source["name"] for source in sources]
    rows = {name: merged(tables, name, order) for name in dict.fromkeys(name for name, _ in tables)}
    if missing := [name for name in _ALWAYS if name not in rows]:
        verdict.faults.append(f"there are no rows of {' and '.join(missing)}")
        return verdict
    named = tables.get(("chatharuhi", "train"), tables.get(("chatharuhi", "test")))
    if named is not None and tuple(named.column_names[: len(_COLUMNS)]) != _COLUMNS:
        verdict.faults.append("chatharuhi: the first seven columns are not ChatHaruhi's")
    else:
        _verify_rows(verdict, rows, _Truth(workspace, character, texts, places or {}, text_hashes))
        verdict.faults += _split_faults(workspace, stages["splits"], rows, character.language)
    return verdict


def _read_table(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:  # pq.read_table would import pandas
        return file.read()


def built_stages(workspace: Workspace) -> dict[str, _Row] | None:
    """The manifest's entries of a build that came to its end; None where there is none."""
    try:
        stages: dict[str, _Row] = read_json(workspace.manifest)["stages"]
        sources = [(each["name"], each["text_sha256"], each["files"].items()) for each in stages["extract"]["sources"]]
        files = [stage["files"].items() for stage in stages.values()]
        is_whole = bool(sources and files and stages["export"]["splits"] and stages["splits"]["made_from"]["settings"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return stages if is_whole else None


@dataclass(frozen=True, slots=True)
class _Truth:
    """What rows are held against."""

    workspace: Workspace
    character: Character
    texts: Mapping[str, str]
    places: Mapping[str, Sequence[Place]]
    text_hashes: Mapping[str, str]

    def at(self, span: _Span) -> str | None:
        source, start, end = span
        text = self.texts.get(source, "")
        return text[start:end] if 0 <= start < end <= len(text) else None

    def place(self, span: _Span) -> str | None:
        """The page or the time that a passage begins in."""
        source, start, _ = span
        places = self.places.get(source, ())
        number = bisect_right(places, start, key=lambda each: each.start) - 1
        return places[number].at if number >= 0 and start < places[number].end else None

    def licence(self, source: str) -> str | None:
        return next((s.licence or self.character.licence for s in self.character.sources if s.name == source), None)

    def row_id(self, config: str, source: str, spans: Sequence[_Span]) -> str:
        return digest(config, self.text_hashes.get(source, ""), [[s[1], s[2]] for s in spans], 0)[:16]


def _changed_files(workspace: Workspace, files: Mapping[str, str]) -> Iterator[str]:
    for name, known in files.items():
        path = workspace.processed / name
        if not path.is_file():
            yield f"{path} is missing"
        elif sha256_file(path) != known:
            yield f"{path} is not as the build wrote it"
    built = {workspace.processed / name for name in files}
    for path in sorted(workspace.dataset.rglob("*")):
        if path.is_file() and path not in built:
            yield f"{path} is not of this build: remove it"


def _changed_sources(
    workspace: Workspace, sources: Sequence[_Row], texts: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The names of the sources that are not those of the build, and why in a few words."""
    known_sources = {source["name"]: source for source in sources}
    for name in sorted({*known_sources, *texts}):
        if name not in known_sources:
            yield name, f"{name} came after the build"
        elif name not in texts:
            yield name, f"{name} is no longer a source"
        else:
            for file, known in known_sources[name]["files"].items():
                path = workspace.raw / file
                if not is_intact(path, known):
                    yield name, f"{path} has changed since the build"


def _changed_counts(tables: Mapping[tuple[str, str], pa.Table], export: _Row) -> Iterator[str]:
    for (name, split), table in tables.items():
        if table.num_rows != export["splits"][name][split]:
            yield f"{name}: {table.num_rows} {split} rows, the build wrote {export['splits'][name][split]}"
    for name, count in export["counts"].items():
        if sum(export["splits"].get(name, {}).values()) != count:
            yield f"{name}: its train and test rows are not {count}"


def _split_faults(
    workspace: Workspace, stage: _Row, rows: Mapping[str, Sequence[Labelled]], language: str
) -> Iterator[str]:
    """What is wrong with how the rows are split, and with what is kept of it."""
    mode = stage["made_from"]["settings"]["split"]
    kept = None
    if mode in _KEEP:
        known = {name: sha for source in stage.get("sources", ()) for name, sha in source["files"].items()}
        if known.get(workspace.splits.name) != hash_if_there(workspace.splits):
            yield f"{workspace.splits} has changed since the build: build again"
            return
        kept = read_json(workspace.splits)[mode]
    try:
        yield from split_faults(rows, language, kept)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        yield "splits: a field that a row must have is missing or of another kind"


def _verify_rows(verdict: Verdict, rows: Mapping[str, Sequence[Labelled]], truth: _Truth) -> None:
    lines: dict[_Span, _Row] = {}
    reached: dict[str, int] = {}
    script = [each.row for each in rows["script"]]
    labelled: dict[str, set[str]] = {}
    counted: Counter[str] = Counter()
    for row in script:
        if row["method"] == "label":
            labelled.setdefault(str(row["source"]), set()).add(str(row["role"]))
    for each in rows["script"]:
        row = each.row
        source = str(row["source"])
        faults = _script_faults(row, truth, reached, labelled.get(source, set()))
        if row["diag_id"] != counted[source]:
            faults = chain(faults, [f"it is line {row['diag_id']} of {source}, not {counted[source]}"])
        counted[source] += 1
        verdict.add_row(each.name("script"), faults)
        lines[_span(row)] = row
    verdict.faults += _untold(truth, reached)
    of_split = {split: [each.row for each in rows["script"] if each.split == split] for split in SPLITS}
    for each in rows["profiles"]:
        own = of_split[each.split]
        line = own[each.number] if each.number < len(own) else None
        verdict.add_row(each.name("profiles"), _profile_faults(each.row, line))
    if len(script) != len(rows["profiles"]):
        verdict.faults.append(f"profiles: {len(rows['profiles'])} rows for {len(script)} lines of the script")
    used: set[_Span] = set()
    generated = {name: rows[name] for name in (*_TRIPLETS, *_OTHERS) if name in rows}
    asked = chain(rows["chatharuhi"], *generated.values())
    stored = read_stored(truth.workspace.store, _requests(each.row for each in asked))
    spoken = SpokenLines((*_span(row), row["content"]) for row in script if row["kind"] == "speech")
    for each in rows["chatharuhi"]:
        row = each.row
        if row["question_source"] == "synthesized":
            faults = chain(
                _role_faults(row, row["agent_role"], truth),
                dialogue_faults(row, stored, spoken),
                quality_faults(row, row["user_question"], row["agent_response"], stored),
            )
        else:
            faults = chain(_exchange_faults(row, truth, lines, used))
        verdict.add_row(each.name("chatharuhi"), faults)
    order = SceneOrder(script, truth.at, "" if truth.character.language == "zh" else " ")
    names = {member.name: member.names for member in truth.character.full_cast}
    for name, own_rows in generated.items():
        for each in own_rows:
            row = each.row
            if name == "scenes":
                told = chain(order.faults(row), _scene_faults(row, truth), scenario_faults(row, stored, spoken, names))
            elif name == "general":
                told = chain(_role_faults(row, row["role"], truth), general_faults(row, stored, spoken))
            else:
                told = chain(_role_faults(row, row["role"], truth), triplet_faults(row, stored, spoken, lines, name))
            if name != "scenes":
                told = chain(told, quality_faults(row, row["question"], next(iter(row["generated"]), ""), stored))
            verdict.add_row(each.name(name), told)


def _requests(rows: Iterable[_Row]) -> Iterator[str]:
    """The keys of all requests that generated rows name."""
    for row in rows:
        yield from (key for name in ("request", "question_request") if (key := row.get(name)))
        yield from row.get("more_requests") or ()
        yield from filter(None, row.get("requests") or ())
        yield from filter(None, [(row.get("quality") or {}).get("request")])


def _role_faults(row: _Row, role: str, truth: _Truth) -> Iterator[str]:
    """Where a generated row is another role's, or its licence not that of what it was made from."""
    if role != truth.character.name or row.get("agent_role_name_en", truth.workspace.character_id) != (
        truth.workspace.character_id
    ):
        yield f"{role!r} is not the dataset's role"
    sources = {passage["source"] for passage in row["context"]} or set(truth.texts)
    if row["licence"] != " AND ".join(sorted({truth.licence(source) or "" for source in sources})):
        yield "its licence is not that of its sources"


def _scene_faults(row: _Row, truth: _Truth) -> Iterator[str]:
    """Where a scene is another role's, or its id or licence not that of its passages."""
    if (row["role"], row["agent_role_name_en"]) != (truth.character.name, truth.workspace.character_id):
        yield f"{row['role']!r} is not the dataset's role"
    if row["id"] != truth.row_id("scenes", row["source"], [_span(turn) for turn in row["turns"]]):
        yield "its id is not that of its passages"
    if row["licence"] != truth.licence(row["source"]):
        yield f"its licence is not that of {row['source']}"


def _span(row: _Row) -> _Span:
    return str(row["source"]), int(row["start"]), int(row["end"])


def _script_faults(row: _Row, truth: _Truth, reached: dict[str, int], roles: set[str]) -> Iterator[str]:
    span = _span(row)
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
    if row["kind"] != "action" and (row["kind"] == "narration") != (row["role"] in _NOBODY):
        yield f"{row['role']!r} cannot be the role of {row['kind']}"


def _is_markup(between: str, row: _Row, roles: set[str]) -> bool:
    """Whether there are no words in what stands before a row but those of a transcript: its speaker's label, and
    entries of a table that says which of the `roles` is called so."""
    lines = [line for line in between.splitlines() if any(map(str.isalnum, line))]
    others = lines[:-1] if row["method"] == "label" else lines
    return all(_is_entry(line, roles) for line in others) and all(len(line) <= _LONGEST_LABEL for line in lines)


def _is_entry(line: str, roles: set[str]) -> bool:
    """Whether a line holds one of the roles and hardly anything else: 甲：张三."""
    rest = line
    for role in roles:
        rest = rest.replace(role, "")
    return rest != line and sum(map(str.isalnum, rest)) <= _MOST_IN_ENTRY


def _untold(truth: _Truth, reached: Mapping[str, int]) -> Iterator[str]:
    for source, text in truth.texts.items():
        if any(map(str.isalnum, text[reached.get(source, 0) :])):
            yield f"{source} is in no row from {reached.get(source, 0)} on"


def _profile_faults(row: _Row, line: _Row | None) -> Iterator[str]:
    if line is None:
        yield "there is no such line in the script"
        return
    for name in ("act_id", "diag_id", "role"):
        if row[name] != line[name]:
            yield f"its {name} is not that of the script's line"
    if _squeezed(row["content"]) != _squeezed(line["content"]):
        yield "its content is not that of the script's line"


def _exchange_faults(row: _Row, truth: _Truth, lines: Mapping[_Span, _Row], used: set[_Span]) -> Iterator[str]:
    spans: list[_Span] = [_span(span) for span in row["spans"]]
    turns: list[list[_Span]] = [[] for _ in range(2 + len(row["more_dialogues"]))]
    for span, part in zip(spans, row["spans"], strict=True):
        if not 0 <= part["turn"] < len(turns):
            yield f"there is no turn {part['turn']}"
            return
        turns[part["turn"]].append(span)
        if part["at"] != truth.place(span):
            yield f"{span[0]}:{span[1]} is not at {part['at']}"
    if [span for turn in turns for span in turn] != sorted(spans) or not all(turns):
        yield "its passages are not in the source's order, or a turn has none"
        return
    source = spans[0][0]
    if any(span[0] != source for span in spans):
        yield "its passages lie in different sources"
    roles = []
    for turn in turns:
        spoken_by = {lines[span]["role"] for span in turn if span in lines and lines[span]["kind"] == "speech"}
        if len(spoken_by) != 1 or any(span not in lines for span in turn):
            yield f"{turn[0][1]}:{turn[-1][2]} is not one speaker's speech in the script"
            return
        roles.append(str(spoken_by.pop()))
    yield from _shown_faults(row, truth, turns, roles)
    yield from _field_faults(row, truth, roles)
    if row["id"] != truth.row_id("chatharuhi", source, spans):
        yield "its id is not that of its passages"
    if row["licence"] != truth.licence(source):
        yield f"its licence is not that of {source}"
    if used & set(spans) or len(set(spans)) < len(spans):
        yield "a line of it stands in another row too, or twice in this one"
    used |= set(spans)


def _shown_faults(row: _Row, truth: _Truth, turns: Sequence[Sequence[_Span]], roles: Sequence[str]) -> Iterator[str]:
    """Where the texts are not the sources' own, white space apart."""
    shown = [row["user_question"], row["agent_response"], *row["more_dialogues"]]
    for number, (text, turn, role) in enumerate(zip(shown, turns, roles, strict=True)):
        said = "".join(truth.at(span) or "" for span in turn)
        expected = f"「{said}」" if number < 2 else f"{role}:「{said}」"
        if _squeezed(text) != _squeezed(expected):
            yield f"{turn[0][0]} does not say {text!r} at {turn[0][1]}:{turn[-1][2]}"


def _field_faults(row: _Row, truth: _Truth, roles: Sequence[str]) -> Iterator[str]:
    expected: _Row = {
        "user_role": roles[0],
        "agent_role": roles[1],
        "question_source": "story",
        "agent_role_name_en": truth.workspace.character_id,
        "response_source": "original",
        "model": None,
        "context": [],
        "prompt": None,
        "request": None,
        "question_request": None,
        "more_requests": [],
        "quality": None,
    }
    for name, value in expected.items():
        if row[name] != value:
            yield f"{name} is {row[name]!r}, not {value!r}"
    if row["agent_role"] != truth.character.name:
        yield f"{row['agent_role']!r} is not the dataset's role"
    if set(roles) & _NOBODY:
        yield "the narrator, or nobody, speaks in it"
    if any(one == other for one, other in pairwise(roles)):
        yield "one speaker has two turns in a row"


def _squeezed(text: str) -> str:
    return "".join(text.split())
