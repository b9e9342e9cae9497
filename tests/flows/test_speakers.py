"""Speakers an endpoint settles, by `dramaturg extract` and in a build: counted, free the second time, no line lost."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dramaturg import ROOT
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import open_build
from flows.summary import render_summary
from tests.dramaturg.verify.test_dataset import verdict_on
from tests.endpoint import FakeEndpoint, serving
from tests.extractors.novel.test_settle import Oracle, gold
from tests.flows.test_generation import assert_adds_up, lines, manifest
from tests.flows.test_pipeline import tree
from tests.processes import dramaturg


@pytest.fixture
def cast(tmp_path: Path) -> Path:
    """The people of the English sample, as a cast.json."""
    character = open_build(ROOT / "data", "holmes").character
    path = tmp_path / "cast.json"
    members = [{"name": m.name, "aliases": list(m.aliases), "gender": m.gender} for m in character.full_cast]
    path.write_text(json.dumps(members), encoding="utf-8")
    return path


def extract(cast: Path, *more: str, **environment: str) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
    """What the command told, and the script it wrote, of the English sample."""
    output = cast.with_name("script.jsonl")
    output.unlink(missing_ok=True)
    novel = ROOT / "data" / "raw" / "holmes" / "novel.epub"
    ran = dramaturg(
        "extract", novel, "--kind", "novel", "--language", "en", "--cast", cast, "-o", output, "--data", cast.parent,
        *more, **{"LLM": "auto", **environment},
    )  # fmt: skip
    return ran, [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def test_extract_asks_the_endpoint_tells_what_it_costs_before_and_is_free_again(cast: Path) -> None:
    _, by_rules = extract(cast, "--llm", "off")
    prices = {"PRICE_IN": "1", "PRICE_OUT": "2"}
    with serving(FakeEndpoint(speakers=Oracle("holmes"))) as endpoint:
        ran, settled = extract(cast, **endpoint.settings, **prices)
        assert ran.returncode == 0, ran.stderr
        told = ran.stdout.splitlines()
        assert [line.split()[0] for line in told[:4]] == ["unsure", "estimate", "asked", "settled"]
        assert " 0 answered before; " in told[1]
        asked = len(endpoint.bodies)
        assert f"in {asked} requests: {asked} answered, 0 not; tokens {100 * asked:,} asked" in told[2]
        assert f"cost {(100 * asked + 2 * 10 * asked) / 1_000_000:,.4f}" in told[2]
        again, same = extract(cast, **endpoint.settings, **prices)
        assert (
            f"  estimate   0 requests to {endpoint.model} at {endpoint.url}, {asked} answered before; " in again.stdout
        )
        assert len(endpoint.bodies) == asked
        assert same == settled
    labels = gold("holmes")
    changed = [line for line in settled if line["method"] == "llm"]
    assert sum(line["role"] == labels.get(line["start"]) for line in changed) / len(changed) >= 0.98
    assert [line for line in settled if line["method"] != "llm" and line not in by_rules] == []
    assert [line["content"] for line in settled] == [line["content"] for line in by_rules]


def test_extract_without_an_endpoint_keeps_the_rules_and_says_so_in_a_line(cast: Path) -> None:
    _, by_rules = extract(cast, "--llm", "off")
    ran, script = extract(cast)
    assert ran.returncode == 0, ran.stderr
    told, _ = ran.stdout.splitlines()
    assert told.endswith("no endpoint is set (OPENAI_BASE_URL, MODEL), so the rules' answers stand")
    assert script == by_rules
    assert not list(cast.parent.glob("processed/**/*"))


def test_extract_from_a_dead_endpoint_writes_the_rules_script_and_fails_in_a_line(cast: Path) -> None:
    _, by_rules = extract(cast, "--llm", "off")
    ran, script = extract(cast, OPENAI_BASE_URL="http://127.0.0.1:9/v1", MODEL="m")
    assert ran.returncode == 1
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert "127.0.0.1:9/v1 does not answer" in line
    assert "the same command asks again" in line
    assert script == by_rules


def test_extract_asks_no_more_than_it_is_told(cast: Path) -> None:
    with serving(FakeEndpoint(speakers=Oracle("holmes"))) as endpoint:
        extract(cast, "--ask-below", "0", **endpoint.settings)
        assert endpoint.bodies == []
        extract(cast, **endpoint.settings, MAX_REQUESTS="3")
        assert len(endpoint.bodies) == 3


# --- a build ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("character_id", ["holmes", "weixiaobao"])
def test_a_build_settles_speakers_counts_them_and_verifies(data: Path, character_id: str) -> None:
    with serving(FakeEndpoint(speakers=Oracle(character_id))) as endpoint:
        build = open_build(data, character_id, llm="auto", openai_base_url=endpoint.url, model=endpoint.model)
        run_all(build)
        assert all(is_current(build, stage) for stage in active_stages(build.settings))
    assert_adds_up(data, character_id)
    counts = manifest(data, character_id)["extract"]["counts"]
    assert counts["quotes"] == counts["unsure"]
    assert counts["settled"] >= 0.97 * counts["quotes"]  # the rest is what nobody says
    labels = gold(character_id)
    settled = [line for line in lines(data, character_id, "02_script.jsonl") if line["method"] == "llm"]
    assert sum(line["role"] == labels.get(line["start"]) for line in settled) / len(settled) >= 0.98
    (told,) = [line for line in render_summary(build).splitlines() if line.startswith("    speakers ")]
    assert told.split()[1:] == [f"{counts[name]:,}" for name in ("asked", "answered", "malformed", "parsed", "settled")]
    card = (data / "processed" / character_id / "dataset" / "README.md").read_text(encoding="utf-8")
    assert f"asked of {endpoint.model}" in card
    assert verdict_on(data, character_id).is_sound


def test_a_build_without_an_answer_keeps_the_rules_script_asks_nothing_else_and_goes_on_later(
    data: Path, built: Path
) -> None:
    with serving(FakeEndpoint(spoil=lambda *_: (401, "{}"))) as endpoint:
        build = open_build(
            data,
            "holmes",
            llm="auto",
            openai_base_url=endpoint.url,
            model=endpoint.model,
            concurrency=1,
            max_requests=40,
        )
        run_all(build)
        assert lines(data, "holmes", "02_script.jsonl") == lines(built, "holmes", "02_script.jsonl")
        assert not any(message["content"].startswith("You write") for body in endpoint.bodies
                       for message in body["messages"])  # fmt: skip
        endpoint.spoil = None
        run_all(build)
        assert_adds_up(data, "holmes")
        assert manifest(data, "holmes")["extract"]["counts"]["failed"] == 0


def test_a_build_that_asks_no_endpoint_has_the_rules_script_and_says_nothing_of_speakers(
    built: Path, data: Path
) -> None:
    run_all(open_build(data, "weixiaobao", llm="off", openai_base_url="http://127.0.0.1:9/v1", model="m"))
    assert tree(data / "processed" / "weixiaobao") == tree(built / "processed" / "weixiaobao")
    assert "unsure" not in manifest(data, "weixiaobao")["extract"]["counts"]
