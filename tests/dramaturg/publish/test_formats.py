"""Each trainer's form has the talks whole, whatever is in them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dramaturg.generate.roleplay import Said
from dramaturg.publish.formats import FORMATS, Told, write_formats
from dramaturg.publish.talks import Talk
from dramaturg.text import Language
from tests.talks import HOSTILE

SYSTEM = "You are Ned."
TALK = Talk(
    *("id", ("id", "other"), "chatharuhi", "train", SYSTEM),
    (Said("Ann:「Shown?」", "Shown."),),
    (Said("Ann:「Hot?」", "Hot."), Said("Bo:「Cold?」", "Cold.")),
)
BARE = Talk("id", ("id",), "general", "train", None, (), (Said("Tea?", "Tea."),))
KEPT = {"id": "id", "rows": ["id", "other"], "config": "chatharuhi"}


def written(folder: Path, talks: Iterable[Talk], language: Language = "en", *names: str) -> dict[str, int]:
    listed = list(talks)
    told = Told("ned", language, any(talk.system is not None for talk in listed))

    def of_split(split: str) -> Iterator[Talk]:
        return (talk for talk in listed if talk.split == split)

    return write_formats(folder, of_split, ("train", "test"), names or tuple(FORMATS), told)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def row(folder: Path, path: str, talk: Talk, language: Language = "en") -> dict[str, Any]:
    written(folder, [talk], language)
    (found,) = lines(folder / path)
    return found


def test_messages_are_of_role_and_content(tmp_path: Path) -> None:
    assert row(tmp_path, "messages/train.jsonl", TALK) == {
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": "Ann:「Shown?」"},
            {"role": "assistant", "content": "Shown."},
            {"role": "user", "content": "Ann:「Hot?」"},
            {"role": "assistant", "content": "Hot."},
            {"role": "user", "content": "Bo:「Cold?」"},
            {"role": "assistant", "content": "Cold."},
        ],
        **KEPT,
    }


def test_axolotl_is_told_what_is_to_be_learned(tmp_path: Path) -> None:
    messages = row(tmp_path, "axolotl/train.jsonl", TALK)["messages"]
    assert [message["content"] for message in messages if message["training"]] == ["Hot.", "Cold."]
    (listed,) = yaml.safe_load((tmp_path / "axolotl/datasets.yaml").read_text())["datasets"]
    assert (tmp_path / "axolotl" / listed["path"]).is_file()
    assert listed["message_field_training"] == "training"


def test_sharegpt_is_of_human_and_gpt(tmp_path: Path) -> None:
    found = row(tmp_path, "sharegpt/train.jsonl", TALK)
    assert found["system"] == SYSTEM
    assert [turn["from"] for turn in found["conversations"]] == ["human", "gpt"] * 3
    assert found["conversations"][-1] == {"from": "gpt", "value": "Cold."}


def test_alpaca_has_the_turns_before_as_its_history(tmp_path: Path) -> None:
    assert row(tmp_path, "alpaca/train.jsonl", TALK) == {
        "instruction": "Bo:「Cold?」",
        "input": "",
        "output": "Cold.",
        "system": SYSTEM,
        "history": [["Ann:「Shown?」", "Shown."], ["Ann:「Hot?」", "Hot."]],
        **KEPT,
    }


def test_rocit_is_its_markup_in_english_or_chinese(tmp_path: Path) -> None:
    text = row(tmp_path, "rocit/train.jsonl", BARE)["text"]
    assert text == "### Input:\nTea?</s>\n\n### Response:\nTea.</s>"
    text = row(tmp_path, "rocit/train.jsonl", TALK, "zh")["text"]
    assert text.startswith(f"### 指令：\n{SYSTEM}</s>\n\n### 输入：\nAnn:「Shown?」</s>\n\n### 回答：\nShown.</s>\n\n")


@pytest.mark.parametrize("talk", [TALK, BARE])
def test_llamafactory_is_told_which_columns_there_are(tmp_path: Path, talk: Talk) -> None:
    written(tmp_path, [talk])
    listed = json.loads((tmp_path / "llamafactory/dataset_info.json").read_text())
    assert listed.keys() == {"ned_sharegpt_train", "ned_alpaca_train"}
    for each in listed.values():
        (found,) = lines(tmp_path / "llamafactory" / each["file_name"])
        assert set(each["columns"].values()) | {"id", "rows", "config"} == found.keys()
    tags = listed["ned_sharegpt_train"]["tags"]
    assert (tags["role_tag"], tags["content_tag"], tags["user_tag"], tags["assistant_tag"]) == (
        *("from", "value", "human", "gpt"),
    )


def test_without_a_system_prompt_no_form_has_one(tmp_path: Path) -> None:
    written(tmp_path, [BARE])
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert "system" not in path.read_text()


def test_a_split_without_a_talk_has_no_file_and_keeps_no_old_one(tmp_path: Path) -> None:
    test = Talk("t", ("t",), "general", "test", None, (), BARE.turns)
    assert written(tmp_path, [BARE, test], "en", "alpaca") == {"alpaca/train.jsonl": 1, "alpaca/test.jsonl": 1}
    assert written(tmp_path, [BARE], "en", "alpaca") == {"alpaca/train.jsonl": 1}
    assert [path.name for path in (tmp_path / "alpaca").iterdir()] == ["train.jsonl"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_breaks_a_file(tmp_path: Path, language: Language) -> None:
    turns = tuple(Said(f"a {text} b", f"c {text} d") for text in HOSTILE)
    talks = [Talk(str(n), (str(n),), "general", "train", HOSTILE[n], (), turns[n:]) for n in range(len(turns))]
    written(tmp_path, talks, language)
    for number, talk in enumerate(talks):
        spoken = [text for said in talk.turns for text in (said.question, said.answer)]
        of = {name: lines(tmp_path / name / "train.jsonl")[number] for name in ("messages", "axolotl", "sharegpt")}
        for name in ("messages", "axolotl"):
            assert [message["content"] for message in of[name]["messages"]] == [HOSTILE[number], *spoken]
        assert [turn["value"] for turn in of["sharegpt"]["conversations"]] == spoken
        alpaca = lines(tmp_path / "alpaca/train.jsonl")[number]
        assert [
            *(text for pair in alpaca["history"] for text in pair),
            alpaca["instruction"],
            alpaca["output"],
        ] == spoken
        text = lines(tmp_path / "rocit/train.jsonl")[number]["text"]
        assert text.count("</s>") == 1 + len(spoken)
        assert text.count("### Response:") + text.count("### 回答：") == len(talk.turns)
        assert text.replace("\u2060", "").count("x" * 10_000) >= 2


def test_where_no_history_is_near_one_goes_first_so_that_readers_know_its_type(tmp_path: Path) -> None:
    single = [Talk(str(n), (str(n),), "general", "train", None, (), BARE.turns) for n in range(600)]
    written(tmp_path, [*single, TALK], "en", "alpaca")
    found = lines(tmp_path / "alpaca/train.jsonl")
    assert [row["id"] for row in found] == ["id", *map(str, range(600))]
    assert found[0]["history"]


def test_the_same_talks_are_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        written(tmp_path / folder, [TALK, BARE])
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) == 9
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
