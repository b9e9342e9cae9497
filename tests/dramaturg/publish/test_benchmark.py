"""RoleBench's layout over several roles: every row in its file, the columns the papers' own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from dramaturg.publish.benchmark import BenchmarkRole, write_benchmark
from dramaturg.text import Language

GENERAL = ("role", "question", "generated")
SPECIFIC = ("role", "question", "generated", "type")


def role(character_id: str, name: str, language: Language, answers: int = 1) -> BenchmarkRole:
    def general(number: int) -> dict[str, Any]:
        return {
            "role": name,
            "question": f"general {number}",
            "generated": [f"{name} {each}" for each in range(answers)],
            "instruction_id": f"i{number}",
            "category": "open",
            "raw": None,
            "mode": "few_shot_dialogue",
        }

    def specific(number: int) -> dict[str, Any]:
        return {
            "role": name,
            "question": f"{name} {number}",
            "generated": ["a"],
            "type": "script_based",
            "confidence": "high",
        }

    rows = {
        "general": {"train": [general(1), general(2)], "test": [general(3)]},
        "role_specific": {"train": [specific(1)], "test": [specific(2)]},
    }
    script = [{"act_id": 0, "diag_id": 0, "role": name, "content": "Well."}]
    return BenchmarkRole(character_id, name, language, f"The work of {name}", f"You are {name}.", script, rows)


ROLES = [role("ned", "Ned", "en", 6), role("moll", "Moll", "en", 6), role("gu", "顾十三", "zh")]


def lines(folder: Path, *path: str) -> list[Any]:
    text = folder.joinpath(*path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_known_roles_are_asked_what_none_of_them_was_asked_in_training(tmp_path: Path) -> None:
    write_benchmark(tmp_path, ROLES, ())
    for path in (("rolebench-eng", "instruction-generalization"), ("rolebench-zh",)):
        general = {split: lines(tmp_path, *path, "general", f"{split}.jsonl") for split in ("train", "test")}
        assert {row["question"] for row in general["train"]} == {"general 1", "general 2"}
        assert {row["question"] for row in general["test"]} == {"general 3"}
        assert all(tuple(row) == GENERAL for split in general.values() for row in split)
        specific = lines(tmp_path, *path, "role_specific", "test.jsonl")
        assert all(tuple(row) == SPECIFIC for row in specific)
    assert not (tmp_path / "rolebench-eng" / "role-generalization").exists()


def test_of_several_answers_to_a_test_instruction_the_last_is_the_baseline(tmp_path: Path) -> None:
    write_benchmark(tmp_path, ROLES, ())
    folder = tmp_path / "rolebench-eng" / "instruction-generalization" / "general"
    assert [len(row["generated"]) for row in lines(folder, "train.jsonl")] == [6, 6, 6, 6]
    assert next(row["generated"] for row in lines(folder, "test.jsonl")) == [f"Ned {each}" for each in range(5)]
    assert [row["generated"] for row in lines(folder, "rolegpt_baseline.jsonl")] == [["Ned 5"], ["Moll 5"]]
    assert not (tmp_path / "rolebench-zh" / "general" / "rolegpt_baseline.jsonl").exists()


def test_an_unseen_role_is_in_no_training_row(tmp_path: Path) -> None:
    written = write_benchmark(tmp_path, ROLES, ["moll"])
    for kind, rows in (("general", 3), ("role_specific", 2)):
        folder = tmp_path / "rolebench-eng" / "role-generalization" / kind
        assert [row["role"] for row in lines(folder, "train.jsonl")] == ["Ned"] * rows
        assert [row["role"] for row in lines(folder, "test.jsonl")] == ["Moll"] * rows
    assert not (tmp_path / "rolebench-zh" / "role-generalization").exists()
    assert written["rolebench-eng/role-generalization/general/test.jsonl"] == 3


def test_instructions_and_profiles_lie_beside(tmp_path: Path) -> None:
    write_benchmark(tmp_path, ROLES, ())
    assert [row["instruction"] for row in lines(tmp_path, "instructions-eng", "general.jsonl")] == [
        *("general 1", "general 2", "general 3")
    ]
    assert lines(tmp_path, "instructions-eng", "nums.jsonl") == [
        {"role": "Ned", "instructions": 2},
        {"role": "Moll", "instructions": 2},
    ]
    assert len(lines(tmp_path, "instructions-zh", "role-specific-顾十三.jsonl")) == 2
    assert json.loads((tmp_path / "profiles-eng" / "desc.json").read_text()) == {
        "Ned": "You are Ned.",
        "Moll": "You are Moll.",
    }
    assert json.loads((tmp_path / "profiles-zh" / "scripts.json").read_text()) == ["The work of 顾十三"]
    assert lines(tmp_path, "profiles-zh", "profiles-zh-顾十三.jsonl")[0]["content"] == "Well."


def test_a_question_that_is_tested_with_one_role_is_trained_with_none(tmp_path: Path) -> None:
    other = role("moll", "Moll", "en")
    train = [{**row, "question": "General 3!"} for row in other.rows["general"]["train"][:1]]
    leaking = replace(other, rows={**other.rows, "general": {"train": train, "test": []}})
    write_benchmark(tmp_path, [ROLES[0], leaking], ())
    rows = lines(tmp_path, "rolebench-eng", "instruction-generalization", "general", "train.jsonl")
    assert {row["role"] for row in rows} == {"Ned"}


def test_nothing_stays_of_a_benchmark_over_other_roles(tmp_path: Path) -> None:
    def files(folder: Path) -> dict[Path, bytes]:
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    write_benchmark(tmp_path / "again", ROLES, ["moll"])
    (tmp_path / "again" / "evaluation").mkdir()
    (tmp_path / "again" / "evaluation" / "table.md").write_text("of what was answered to it")
    write_benchmark(tmp_path / "again", ROLES[:1], ())
    write_benchmark(tmp_path / "new", ROLES[:1], ())
    found = files(tmp_path / "again")
    assert found.pop(Path("evaluation", "table.md"))
    assert found == files(tmp_path / "new")
    assert not (tmp_path / "again" / "rolebench-zh").exists()
