"""What is generated, and how much: by stage, up to an act, by vectors, with a person's corrections, of more sources."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dramaturg.errors import InputError
from flows.pipeline import run_all
from flows.stage import Build, open_build, read_manifest
from flows.summary import render_summary, what_is_unfinished
from tests.dramaturg.verify.test_dataset import verdict_on
from tests.endpoint import MODEL, FakeEndpoint, serving
from tests.flows.test_generation import lines, rows

FEW = {
    "extract": {"max_requests": 7},
    "profile": {"max_requests": 3},
    "questions": {"max_requests": 1},
    "synthesis": {"max_requests": 6},
    "context_instruct": {"max_requests": 3},
    "rolegpt": {"max_requests": 2},
    "scenarios": {"max_requests": 2},
}


MORE = "第一章 河灯\n\n" + "\n\n".join(
    f"双儿问：“第{number}盏灯漂到哪里去了？”\n\n韦小宝道：“漂到第{number + 1}座桥下，叫水鬼捞去点烟了。”"
    for number in range(40)
)


def opened(data: Path, endpoint: FakeEndpoint, character_id: str = "weixiaobao", **fields: Any) -> Build:
    settings = {"llm": "auto", "openai_base_url": endpoint.url, "model": MODEL, "stages": FEW, **fields}
    return open_build(data, character_id, **settings)


def asked(build: Build) -> dict[str, int]:
    stages = read_manifest(build)["stages"]
    return {name: entry["counts"]["asked"] for name, entry in stages.items() if "asked" in entry["counts"]}


def test_each_stage_is_sized_alone_and_may_ask_nothing(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint)
        run_all(build)
        assert asked(build) == {"extract": 7, "profile": 3, "questions": 1, "synthesis": 6, "context_instruct": 3,
                                "rolegpt": 2, "scenarios": 2}  # fmt: skip
        none = {name: {"max_requests": 0} for name in FEW}
        build = opened(data, endpoint, stages=none)
        run_all(build)
        assert set(asked(build).values()) == {0}
        assert set(read_manifest(build)["stages"]["export"]["counts"]) == {"chatharuhi", "scenes", "profiles", "script"}
        assert verdict_on(data).is_sound


def test_the_role_knows_nothing_after_the_act_that_is_named(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint, up_to_act="2"))
    last = max(line["end"] for line in lines(data, "weixiaobao", "02_script.jsonl") if line["act_id"] == 2)
    shown = [passage for config in ("chatharuhi", "role_specific", "general", "scenes")
             for row in rows(data, "weixiaobao", config) for passage in row["context"]]  # fmt: skip
    assert shown
    assert max(passage["end"] for passage in shown) <= last
    assert any(row["act_id"] > 2 for row in rows(data, "weixiaobao", "scenes"))  # the original rows are all there


def test_vectors_find_the_scenes_where_a_model_for_them_is_named_and_are_told_apart(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint, embedding_model=MODEL, price_in=1.0, price_out=2.0)
        run_all(build)
        counts = read_manifest(build)["stages"]["synthesis"]["counts"]
        assert counts["vectors"] == len(endpoint.embedded) > 50
        assert f"vectors     {counts['vectors']} by {MODEL}, " in render_summary(build)
        shutil.rmtree(build.workspace.processed)
        run_all(build)
        assert len(endpoint.embedded) == counts["vectors"]
        assert verdict_on(data).is_sound


def test_without_the_vectors_no_dialogue_is_asked_for_and_the_next_build_goes_on(data: Path) -> None:
    with serving(FakeEndpoint(embeds=False)) as endpoint:
        build = opened(data, endpoint, embedding_model=MODEL)
        run_all(build)
        assert "404" in (what_is_unfinished(build) or "")
        assert "synthesis" not in endpoint.given
        endpoint.embeds = True
        run_all(build)
        assert what_is_unfinished(build) is None
        assert "synthesis" in endpoint.given


def test_what_a_person_writes_of_the_role_wins_in_all_that_rests_on_it(data: Path) -> None:
    edit = data / "raw" / "weixiaobao" / "edits" / "profile.yaml"
    edit.parent.mkdir()
    edit.write_text("description: 你是个说书的。\nrelations: [{ name: 双儿, is: 你的同伴 }]\n", encoding="utf-8")
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint)
        run_all(build)
        sheet = json.loads((build.workspace.dataset / "profile.json").read_text(encoding="utf-8"))
        assert (sheet["description"], sheet["edited"]) == ("你是个说书的。", ["description", "relations"])
        assert sheet["catchphrases"]
        told = [body["messages"][0]["content"] for body in endpoint.bodies]
        assert all("你是个说书的。\n" in text for text in told if "请你扮演" in text)
        edit.write_text("description: [1]\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"profile\.yaml: description: expected a text"):
            run_all(build)
        edit.write_text("description: {\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"profile\.yaml: not YAML in UTF-8"):
            run_all(build)


def test_another_source_costs_no_request_of_a_segment_that_stays_and_changes_no_id(data: Path) -> None:
    def ids() -> dict[str, set[str]]:
        return {
            "chatharuhi": {row["id"] for row in rows(data, "weixiaobao", "chatharuhi") if row["spans"]},
            "role_specific": {
                row["id"] for row in rows(data, "weixiaobao", "role_specific") if row["type"] == "script_based"
            },
            "scenes": {row["id"] for row in rows(data, "weixiaobao", "scenes")},
        }

    def of_segments(endpoint: FakeEndpoint) -> list[str]:
        return [json.dumps(body) for body in endpoint.bodies if "完整性" in body["messages"][0]["content"]]

    few = {**FEW, "context_instruct": {}}
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint, stages=few))
        before, first = ids(), of_segments(endpoint)
        folder = data / "raw" / "weixiaobao"
        (folder / "more.txt").write_text(MORE, encoding="utf-8")
        told = (folder / "character.yaml").read_text(encoding="utf-8")
        source = "  - { path: novel.txt, kind: novel }\n"
        assert source in told
        more = told.replace(source, source + "  - { path: more.txt, kind: novel }\n")
        (folder / "character.yaml").write_text(more, encoding="utf-8")
        run_all(opened(data, endpoint, stages=few))
        after, second = ids(), of_segments(endpoint)
    assert all(before[config] <= after[config] for config in before)
    assert len(first) > 10
    assert second[: len(first)] == first
    assert len(set(second)) == len(second)
