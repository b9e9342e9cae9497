"""What others open: `datasets.load_dataset` on the folder, offline, without code of ours."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dramaturg.workspace import read_json

CONFIGS = ("chatharuhi", "role_specific", "knowledge_boundary", "general", "scenes", "profiles", "script")
CHATHARUHI = [
    "user_role",
    "user_question",
    "agent_role",
    "agent_response",
    "question_source",
    "more_dialogues",
    "agent_role_name_en",
    "id",
    "spans",
    "response_source",
    "model",
    "licence",
    "context",
    "prompt",
    "request",
    "question_request",
    "more_requests",
    "quality",
    "edited",
]


@pytest.mark.parametrize("character_id", ["holmes", "weixiaobao"])
@pytest.mark.parametrize("config", CONFIGS)
def test_datasets_opens_every_config(generated: Path, tmp_path: Path, character_id: str, config: str) -> None:
    from datasets import load_dataset

    folder = generated / "processed" / character_id / "dataset"
    splits = load_dataset(str(folder), config, cache_dir=str(tmp_path / "cache"))
    assert list(splits) == ["train", "test"]
    rows, unseen = splits["train"], splits["test"]
    number = rows.num_rows + unseen.num_rows
    assert number == read_json(folder.with_name("manifest.json"))["stages"]["export"]["counts"][config] > 5
    assert 1 <= unseen.num_rows <= 0.2 * number
    assert unseen.features == rows.features
    if config == "chatharuhi":
        assert rows.column_names == CHATHARUHI
    if config in ("role_specific", "knowledge_boundary"):
        assert rows.column_names[:4] == ["role", "question", "generated", "type"]
    if config == "profiles":
        assert rows.column_names == ["act_id", "diag_id", "role", "content"]


def test_datasets_cache_confuses_no_two_characters_nor_old_rows_with_new(built: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    from flows.pipeline import run_all
    from flows.stage import open_build

    def first_answer(character_id: str) -> str:
        folder = built / "processed" / character_id / "dataset"
        row = load_dataset(str(folder), "chatharuhi", split="train", cache_dir=str(tmp_path / "cache"))[0]
        return str(row["agent_response"])

    old = first_answer("weixiaobao")
    assert first_answer("holmes") != old
    new = old.replace("灶王爷在上", "土地爷在上")  # as long
    novel = built / "raw" / "weixiaobao" / "novel.txt"
    novel.write_text(novel.read_text(encoding="utf-8").replace(old[1:-1], new[1:-1]), encoding="utf-8")
    run_all(open_build(built, "weixiaobao"))
    assert first_answer("weixiaobao") == new != old


def test_a_fresh_python_opens_the_default_config_without_a_name(built: Path, tmp_path: Path) -> None:
    folder = built / "processed" / "weixiaobao" / "dataset"
    code = (
        "import sys; from datasets import load_dataset;"
        "print(load_dataset(sys.argv[1], split='train', cache_dir=sys.argv[2])[0]['agent_role'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, folder, tmp_path / "cache"], check=True, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "韦小宝"


def test_the_card_says_what_the_hub_asks_for(generated: Path) -> None:
    card = (generated / "processed" / "weixiaobao" / "dataset" / "README.md").read_text(encoding="utf-8")
    metadata = yaml.safe_load(card.split("---\n")[1])
    assert metadata["language"] == ["zh"]
    assert metadata["license"] == "cc0-1.0"
    assert [config["config_name"] for config in metadata["configs"]] == list(CONFIGS)
    for config in metadata["configs"]:
        for file in config["data_files"]:
            assert (generated / "processed" / "weixiaobao" / "dataset" / file["path"]).is_file()


def test_the_card_names_every_column(generated: Path) -> None:
    import pyarrow.parquet as pq

    folder = generated / "processed" / "weixiaobao" / "dataset"
    card = (folder / "README.md").read_text(encoding="utf-8")
    for config in CONFIGS:
        section = card.split(f"## `{config}`")[1].split("\n## ")[0]
        named = {
            name for row in section.splitlines() if row.startswith("| `") for name in row.split("`")[1].split(", ")
        }
        assert named == set(pq.read_schema(folder / config / "train.parquet").names)


def test_a_dataset_without_a_model_has_no_config_for_it_and_says_so(built: Path) -> None:
    folder = built / "processed" / "weixiaobao" / "dataset"
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert not (folder / "role_specific").exists()
    assert "role_specific" not in card
    assert "No language model wrote any of it" in card
    assert "synthetic" not in yaml.safe_load(card.split("---\n")[1])["tags"]
