"""`dramaturg curate` and `dramaturg rolebench`, as a person runs them."""

import json
from pathlib import Path

import pytest

from dramaturg.errors import EmptyBuildError, InputError
from flows.benchmark import build_benchmark, render_benchmark
from flows.curate import curate_file, render_curated
from flows.stage import Build, open_build
from tests.flows.test_generation import lines, rows
from tests.processes import dramaturg

ROWS = [
    {"role": "Ned", "question": "Where is the bell?", "generated": ["In the river, where I put it."], "type": ["a"]},
    {"role": "Ned", "question": "Who rang it?", "generated": ["As an AI language model, I cannot know."], "type": "a"},
    {"role": "Ned", "question": "Where's the bell, Ned? ", "generated": ["In the river, where I put it!"], "type": "a"},
    {"text": "no row"},
]


def file_of(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_file_is_cleaned_and_every_row_of_it_is_in_one_of_two_files(tmp_path: Path) -> None:
    path = file_of(tmp_path, *ROWS)
    done = dramaturg("curate", path)
    assert (done.returncode, done.stderr) == (0, "")
    kept = [json.loads(line) for line in (tmp_path / "rows.clean.jsonl").read_text().splitlines()]
    dropped = [json.loads(line) for line in (tmp_path / "rows.clean.dropped.jsonl").read_text().splitlines()]
    assert [(each["row"], each["reason"]) for each in dropped] == [
        *((1, "near_duplicate"), (2, "ai_disclosure"), (4, "unreadable"))
    ]
    assert kept == [{**ROWS[2], "question": "Where's the bell, Ned?"}]
    assert "4 rows, 1 kept" in done.stdout


def test_every_reason_is_told_in_words(tmp_path: Path) -> None:
    told = render_curated(curate_file(file_of(tmp_path, *ROWS), tmp_path / "out.jsonl"))
    assert "the model speaks of itself" in told
    assert str(tmp_path / "out.dropped.jsonl") in told


def test_a_file_that_is_not_in_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json.dumps({**ROWS[0], "role": "顾十三"}, ensure_ascii=False).encode("gb18030"))
    with pytest.raises(InputError, match=r"rows\.jsonl:1: not in UTF-8"):
        curate_file(path)


def test_half_of_a_character_is_no_row_and_harms_no_other(tmp_path: Path) -> None:
    path = file_of(tmp_path, ROWS[0], {**ROWS[2], "role": "\ud800"})
    found = curate_file(path)
    assert len(found.cleaned.kept) == 1
    assert [(each["row"], each["reason"]) for each in map(json.loads, found.dropped.read_text().splitlines())] == [
        (2, "unreadable")
    ]


@pytest.mark.parametrize("rows", [(), ({"text": "no row"},)])
def test_a_file_without_a_row_of_a_known_form_is_one_line(tmp_path: Path, rows: tuple[object, ...]) -> None:
    with pytest.raises(InputError, match=r"rows\.jsonl: no row"):
        curate_file(file_of(tmp_path, *rows))


# --- the benchmark of many roles ----------------------------------------------------------------------------


def builds(data: Path, *ids: str) -> list[Build]:
    return [open_build(data, character_id) for character_id in ids]


def test_the_benchmark_has_every_generated_row_of_its_roles(generated: Path) -> None:
    benchmark = build_benchmark(builds(generated, "weixiaobao", "sunwukong", "holmes"))
    assert len(benchmark.unseen) == 1  # of the two Chinese ones
    for kind in ("general", "role_specific"):
        rows = sum(
            count
            for path, count in benchmark.written.items()
            if f"role-generalization/{kind}" in path and "baseline" not in path
        )
        own = [role for role in benchmark.roles if role.language == "zh"]
        assert rows == sum(len(found) for role in own for found in role.rows[kind].values())
    assert (benchmark.folder / "rolebench-eng" / "instruction-generalization" / "general" / "train.jsonl").is_file()
    assert "weixiaobao" in render_benchmark(benchmark)


def test_a_roles_profile_is_the_whole_script_in_its_order(generated: Path) -> None:
    benchmark = build_benchmark(builds(generated, "sunwukong", "holmes"))
    for role, language in zip(benchmark.roles, ("zh", "eng"), strict=True):
        profile = benchmark.folder / f"profiles-{language}" / f"profiles-{language}-{role.name}.jsonl"
        found = [json.loads(line) for line in profile.read_text(encoding="utf-8").splitlines()]
        script = lines(generated, role.character_id, "02_script.jsonl")
        assert rows(generated, role.character_id, "profiles")[-1] in found  # a test row
        assert [(row["act_id"], row["diag_id"]) for row in found] == [
            (line["act_id"], line["diag_id"]) for line in script
        ]


def test_a_role_that_is_held_out_is_one_of_them(generated: Path) -> None:
    with pytest.raises(InputError, match="nobody: held out"):
        build_benchmark(builds(generated, "weixiaobao"), ["nobody"])


def test_without_a_models_rows_there_is_no_benchmark(data: Path) -> None:
    with pytest.raises(EmptyBuildError, match="no model has written a row"):
        build_benchmark([open_build(data, "sunwukong", llm="off")])
