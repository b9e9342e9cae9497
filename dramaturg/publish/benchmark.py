"""RoleBench's whole layout, over the datasets of many roles (arXiv 2310.00746).

    instructions-<lang>/general.jsonl, role-specific-<role>.jsonl, nums.jsonl    what is asked
    profiles-<lang>/desc.json, scripts.json, profiles-<lang>-<role>.jsonl        who the roles are, and their scripts
    rolebench-eng/instruction-generalization/{general,role_specific}/…           known roles, unseen questions
    rolebench-<lang>/role-generalization/{general,role_specific}/…               unseen roles
    rolebench-zh/{general,role_specific}/…                                       known roles, unseen questions

with train.jsonl and test.jsonl in each of the last three, and rolegpt_baseline.jsonl where the answers to general
instructions are several: the last of them, to be compared with a model's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg.publish import rolebench
from dramaturg.publish.dataset import SPLITS, read_rows
from dramaturg.publish.scripts import profile_rows
from dramaturg.script import Utterance
from dramaturg.text import Language, words
from dramaturg.workspace import write_json, write_jsonl

__all__ = ["KINDS", "BenchmarkRole", "Row", "read_role", "write_benchmark"]

KINDS = (rolebench.GENERAL, rolebench.CONFIG)

_FOLDERS = ("instructions", "profiles", "rolebench")
_LANGUAGES: Mapping[Language, str] = {"en": "eng", "zh": "zh"}
_COLUMNS = {
    rolebench.GENERAL: ("role", "question", "generated"),
    rolebench.CONFIG: ("role", "question", "generated", "type"),
}

Row = dict[str, Any]
_Write = Callable[..., None]


@dataclass(frozen=True, slots=True)
class BenchmarkRole:
    """A role of the benchmark. `rows` are those of its dataset, by kind and split; `script` is RoleBench's profile."""

    character_id: str
    name: str
    language: Language
    work: str
    description: str
    script: Sequence[Row]
    rows: Mapping[str, Mapping[str, Sequence[Row]]]


def read_role(
    folder: Path,
    character_id: str,
    name: str,
    language: Language,
    work: str,
    description: str,
    lines: Iterable[Utterance],
) -> BenchmarkRole:
    """A role out of the folder of its dataset, and of `lines`, its whole script in order: RoleBench's profiles know no
    splits, and the rows of a dataset's two do not say how their lines stand to each other."""
    rows = {kind: {split: list(read_rows(folder, kind, split)) for split in SPLITS} for kind in KINDS}
    script = list(profile_rows(lines, language))
    return BenchmarkRole(character_id, name, language, work, description, script, rows)


def write_benchmark(folder: Path, roles: Sequence[BenchmarkRole], unseen: Iterable[str]) -> dict[str, int]:
    """Write the layout, with the roles whose ids are `unseen` held out where roles are generalized to; returns the rows
    of each file by its path.

    The benchmark of unseen questions has each row on the side on which its role's dataset has it, but for train rows
    whose question is a test row's of another role: these are left out. That of unseen roles has all rows of a role on
    one side. What an earlier benchmark had of other roles is removed.
    """
    written: dict[str, int] = {}

    def write(rows: Iterable[Mapping[str, Any]], *path: str) -> None:
        if listed := list(rows):
            written["/".join(path)] = write_jsonl(folder.joinpath(*path), listed)

    held_out = set(unseen)
    kept: set[Path] = set()
    for language, code in _LANGUAGES.items():
        own = [role for role in roles if role.language == language]
        if not own:
            continue
        kept.update(_write_profiles(folder / f"profiles-{code}", code, own))
        _write_instructions(write, f"instructions-{code}", own)
        known = (f"rolebench-{code}", "instruction-generalization") if language == "en" else (f"rolebench-{code}",)
        for kind in KINDS:
            of_split = {split: [row for role in own for row in role.rows[kind][split]] for split in SPLITS}
            unseen_questions = {tuple(words(row["question"])) for row in of_split["test"]}
            of_split["train"] = [
                row for row in of_split["train"] if tuple(words(row["question"])) not in unseen_questions
            ]
            for split, rows in of_split.items():
                _write_rows(write, (*known, kind), split, kind, rows)
            if not {role.character_id for role in own} & held_out:
                continue
            for split in SPLITS:
                side = [role for role in own if (role.character_id in held_out) == (split == "test")]
                rows = [row for role in side for each in SPLITS for row in role.rows[kind][each]]
                _write_rows(write, (f"rolebench-{code}", "role-generalization", kind), split, kind, rows)
    _remove_others(folder, kept | {folder / path for path in written})
    return written


def _remove_others(folder: Path, kept: Set[Path]) -> None:
    """Of the layout's folders all files but these, and what is empty then."""
    for top in [each for name in _FOLDERS for each in folder.glob(f"{name}-*")]:
        for path in (*sorted(top.rglob("*"), reverse=True), top):  # what is in a folder before the folder
            if not path.is_dir():
                if path not in kept:
                    path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()


def _write_rows(write: _Write, path: tuple[str, ...], split: str, kind: str, rows: Iterable[Row]) -> None:
    """A split, and what RoleGPT answers to a test's general instructions beside the references."""
    told = [{name: row[name] for name in _COLUMNS[kind]} for row in rows]
    if kind == rolebench.GENERAL and split == "test":
        several = [row for row in told if len(row["generated"]) > 1]
        write([{**row, "generated": row["generated"][-1:]} for row in several], *path, "rolegpt_baseline.jsonl")
        told = [{**row, "generated": row["generated"][:-1] or row["generated"]} for row in told]
    write(told, *path, f"{split}.jsonl")


def _write_profiles(folder: Path, code: str, roles: Sequence[BenchmarkRole]) -> list[Path]:
    """Returns the files."""
    described, works = folder / "desc.json", folder / "scripts.json"
    write_json(described, {role.name: role.description for role in roles})
    write_json(works, list(dict.fromkeys(role.work for role in roles)))
    scripts = {folder / f"profiles-{code}-{_file_name(role)}.jsonl": role.script for role in roles}
    for path, script in scripts.items():
        write_jsonl(path, script)
    return [described, works, *scripts]


def _write_instructions(write: _Write, folder: str, roles: Sequence[BenchmarkRole]) -> None:
    general = {row["instruction_id"]: row for role in roles for row in _rows(role, rolebench.GENERAL)}
    columns = {"instruction_id": "instruction_id", "question": "instruction", "category": "category", "raw": "answer"}
    write(({ours: row[name] for name, ours in columns.items()} for row in general.values()), folder, "general.jsonl")
    counts = []
    for role in roles:
        own = list(_rows(role, rolebench.CONFIG))
        counts.append({"role": role.name, "instructions": len(own)})
        asked = ({"instruction": row["question"], "type": row["type"]} for row in own)
        write(asked, folder, f"role-specific-{_file_name(role)}.jsonl")
    write(counts, folder, "nums.jsonl")


def _rows(role: BenchmarkRole, kind: str) -> Iterator[Row]:
    return (row for split in SPLITS for row in role.rows[kind][split])


def _file_name(role: BenchmarkRole) -> str:
    """The role's name as a file's."""
    return role.name.replace("/", "_").strip(". ") or role.character_id
