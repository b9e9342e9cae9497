"""An exported dataset held against its sources: which rows are held against what."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dramaturg.character import Character
from dramaturg.script import Place
from dramaturg.verify.edits import read_said
from dramaturg.verify.exchanges import exchange_faults
from dramaturg.verify.generated import (
    SpokenLines,
    dialogue_faults,
    general_faults,
    quality_faults,
    read_stored,
    scenario_faults,
    triplet_faults,
)
from dramaturg.verify.overlap import overlap_faults, phrase_faults
from dramaturg.verify.scenes import SceneOrder
from dramaturg.verify.script import LABELS, profile_faults, script_faults, untold
from dramaturg.verify.splits import SPLITS, Labelled, merged, split_faults
from dramaturg.verify.truth import Passage, Row, Truth, span_of
from dramaturg.workspace import Workspace, hash_if_there, is_intact, read_json, sha256_file

__all__ = ["Verdict", "built_stages", "verify"]

_COLUMNS = ("user_role", "user_question", "agent_role", "agent_response", "question_source", "more_dialogues",
            "agent_role_name_en")  # fmt: skip

_ALWAYS = ("script", "profiles", "chatharuhi")
_TRIPLETS = ("role_specific", "knowledge_boundary")
_OTHERS = ("general", "scenes")
_KEEP = ("instruction", "chronological")


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
        said = read_said(workspace.corrections)
        _verify_rows(verdict, rows, Truth(workspace, character, texts, places or {}, text_hashes, said))
        verdict.faults += _split_faults(workspace, stages["splits"], rows, character)
    return verdict


def _read_table(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:  # pq.read_table would import pandas
        return file.read()


def built_stages(workspace: Workspace) -> dict[str, Row] | None:
    """The manifest's entries of a build that came to its end; None where there is none."""
    try:
        stages: dict[str, Row] = read_json(workspace.manifest)["stages"]
        sources = [(each["name"], each["text_sha256"], each["files"].items()) for each in stages["extract"]["sources"]]
        files = [stage["files"].items() for stage in stages.values()]
        is_whole = bool(sources and files and stages["export"]["splits"] and stages["splits"]["made_from"]["settings"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return stages if is_whole else None


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
    workspace: Workspace, sources: Sequence[Row], texts: Mapping[str, str]
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


def _changed_counts(tables: Mapping[tuple[str, str], pa.Table], export: Row) -> Iterator[str]:
    for (name, split), table in tables.items():
        if table.num_rows != export["splits"][name][split]:
            yield f"{name}: {table.num_rows} {split} rows, the build wrote {export['splits'][name][split]}"
    for name, count in export["counts"].items():
        if sum(export["splits"].get(name, {}).values()) != count:
            yield f"{name}: its train and test rows are not {count}"


def _split_faults(
    workspace: Workspace, stage: Row, rows: Mapping[str, Sequence[Labelled]], character: Character
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
        yield from split_faults(rows, character.language, kept)
        if kept is not None:
            yield from _overlap_faults(workspace, stage, rows, character.name)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        yield "splits: a field that a row must have is missing or of another kind"


def _overlap_faults(
    workspace: Workspace, stage: Row, rows: Mapping[str, Sequence[Labelled]], role: str
) -> Iterator[str]:
    name = next((each for each in stage["files"] if each.endswith(".phrases.json")), None)
    if name is None:
        yield "splits: it is not told which phrases count as one word: build again"
        return
    phrases = read_json(workspace.processed / name)
    sheet = workspace.dataset / "profile.json"
    catchphrases = [each["text"] for each in read_json(sheet)["catchphrases"]] if sheet.is_file() else []
    yield from phrase_faults(phrases, catchphrases, (each.row for each in rows["script"]), role)
    yield from overlap_faults(rows, phrases)


def _verify_rows(verdict: Verdict, rows: Mapping[str, Sequence[Labelled]], truth: Truth) -> None:
    lines: dict[Passage, Row] = {}
    reached: dict[str, int] = {}
    script = [each.row for each in rows["script"]]
    labelled: dict[str, set[str]] = {}
    counted: Counter[str] = Counter()
    for row in script:
        if row["method"] in LABELS:
            labelled.setdefault(str(row["source"]), set()).add(str(row["role"]))
    for each in rows["script"]:
        row = each.row
        source = str(row["source"])
        faults = script_faults(row, truth, reached, labelled.get(source, set()))
        if row["diag_id"] != counted[source]:
            faults = chain(faults, [f"it is line {row['diag_id']} of {source}, not {counted[source]}"])
        counted[source] += 1
        verdict.add_row(each.name("script"), faults)
        lines[span_of(row)] = row
    verdict.faults += untold(truth, reached)
    verdict.faults += truth.said.name_faults({str(row["role"]) for row in script})
    of_split = {split: [each.row for each in rows["script"] if each.split == split] for split in SPLITS}
    for each in rows["profiles"]:
        own = of_split[each.split]
        line = own[each.number] if each.number < len(own) else None
        verdict.add_row(each.name("profiles"), profile_faults(each.row, line))
    if len(script) != len(rows["profiles"]):
        verdict.faults.append(f"profiles: {len(rows['profiles'])} rows for {len(script)} lines of the script")
    used: set[Passage] = set()
    generated = {name: rows[name] for name in (*_TRIPLETS, *_OTHERS) if name in rows}
    asked = chain(rows["chatharuhi"], *generated.values())
    stored = read_stored(truth.workspace.store, _requests(each.row for each in asked))
    spoken = SpokenLines((*span_of(row), row["content"]) for row in script if row["kind"] == "speech")
    for each in rows["chatharuhi"]:
        row = each.row
        if row["question_source"] == "synthesized":
            written, wrong = truth.said.restored(row)
            faults = chain(
                wrong,
                _role_faults(row, row["agent_role"], truth),
                dialogue_faults(written, stored, spoken),
                quality_faults(row, row["user_question"], row["agent_response"], stored),
            )
        else:
            faults = chain(exchange_faults(row, truth, lines, used))
        verdict.add_row(each.name("chatharuhi"), faults)
    order = SceneOrder(script, truth.at, "" if truth.character.language == "zh" else " ")
    names = {member.name: member.names for member in truth.character.full_cast}
    for name, own_rows in generated.items():
        for each in own_rows:
            row = each.row
            if name == "scenes":
                told = chain(order.faults(row), _scene_faults(row, truth), scenario_faults(row, stored, spoken, names))
            else:
                written, wrong = truth.said.restored(row)
                made = (
                    general_faults(written, stored, spoken)
                    if name == "general"
                    else triplet_faults(written, stored, spoken, lines, name)
                )
                told = chain(wrong, _role_faults(row, row["role"], truth), made)
                told = chain(told, quality_faults(row, row["question"], next(iter(row["generated"]), ""), stored))
            verdict.add_row(each.name(name), told)


def _requests(rows: Iterable[Row]) -> Iterator[str]:
    """The keys of all requests that generated rows name."""
    for row in rows:
        yield from (key for name in ("request", "question_request") if (key := row.get(name)))
        yield from row.get("more_requests") or ()
        yield from filter(None, row.get("requests") or ())
        yield from filter(None, [(row.get("quality") or {}).get("request")])


def _role_faults(row: Row, role: str, truth: Truth) -> Iterator[str]:
    """Where a generated row is another role's, or its licence not that of what it was made from."""
    if role != truth.character.name or row.get("agent_role_name_en", truth.workspace.character_id) != (
        truth.workspace.character_id
    ):
        yield f"{role!r} is not the dataset's role"
    sources = {passage["source"] for passage in row["context"]} or set(truth.texts)
    if row["licence"] != " AND ".join(sorted({truth.licence(source) or "" for source in sources})):
        yield "its licence is not that of its sources"


def _scene_faults(row: Row, truth: Truth) -> Iterator[str]:
    """Where a scene is another role's, or its id or licence not that of its passages."""
    if (row["role"], row["agent_role_name_en"]) != (truth.character.name, truth.workspace.character_id):
        yield f"{row['role']!r} is not the dataset's role"
    if row["id"] != truth.row_id("scenes", row["source"], [span_of(turn) for turn in row["turns"]]):
        yield "its id is not that of its passages"
    if row["licence"] != truth.licence(row["source"]):
        yield f"its licence is not that of {row['source']}"
