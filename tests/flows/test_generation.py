"""A build that asks a model: nothing lost between asked and kept, no answer paid for twice, no key left behind."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dramaturg import ROOT
from dramaturg.llm import pace
from dramaturg.workspace import read_json
from flows.asking import ASKING
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import open_build
from flows.summary import what_is_unfinished
from tests import processes
from tests.conftest import build_samples
from tests.dramaturg.verify.test_dataset import verdict_on
from tests.endpoint import FakeEndpoint, serving
from tests.flows.test_pipeline import tree
from tests.processes import start

DRAMATURG = Path(sys.executable).with_name("dramaturg")
SAMPLES = ("holmes", "weixiaobao")
FEW = {"MAX_REQUESTS": "40"}
LEAST = {"chatharuhi": 500, "role_specific": 150, "knowledge_boundary": 10, "general": 190, "scenes": 30}
"""The rows of a build that is not held to a number of requests."""
BUILD = """
import sys
from pathlib import Path
from flows.pipeline import run_all
from flows.stage import open_build
run_all(open_build(Path(sys.argv[1]), sys.argv[2]))
"""


def rows(data: Path, character_id: str, config: str) -> list[dict[str, Any]]:
    """The train rows, then the test rows."""
    folder = data / "processed" / character_id / "dataset" / config
    paths = [folder / f"{split}.parquet" for split in ("train", "test")]
    return [row for path in paths if path.exists() for row in pq.read_table(path).to_pylist()]


def manifest(data: Path, character_id: str) -> dict[str, Any]:
    stages: dict[str, Any] = read_json(data / "processed" / character_id / "manifest.json")["stages"]
    return stages


def lines(data: Path, character_id: str, name: str) -> list[Any]:
    path = data / "processed" / character_id / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def dramaturg(data: Path, *arguments: str, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return processes.dramaturg(*arguments, "--data", data, before=before, **{"LLM": "auto", **environment})


def assert_adds_up(data: Path, character_id: str) -> None:
    """Every count of the funnel against the one before it, and against the files."""
    stages = manifest(data, character_id)
    for name in ASKING:
        counts = stages[name]["counts"]
        if "asked" not in counts:  # the embedded model is not asked who speaks, and none judges unless it is told to
            assert name in ("extract", "judged")
            continue
        file = {"extract": "01_extracted", "judged": "12_judged"}.get(name, f"{4 + ASKING.index(name):02}_{name}")
        assert counts["asked"] == counts["answered"] + counts["failed"]
        assert counts["malformed"] == len(lines(data, character_id, f"{file}.malformed.jsonl"))
        assert counts["failed"] == len(lines(data, character_id, f"{file}.failed.jsonl"))
        kept = lines(data, character_id, f"{file}.jsonl")
        dropped = lines(data, character_id, f"{file}.rejected.jsonl")
        assert sum(stages[name]["dropped"].values()) == len(dropped)
        if name == "extract":
            assert counts["settled"] == sum(line["method"] == "llm" for line in kept)
            assert counts["parsed"] == counts["settled"] + len(dropped)
            assert counts["quotes"] == counts["parsed"] + counts["unread"] + counts["unanswered"]
        elif name != "profile":
            beside = counts.get("later_turns", 0) + counts.get("comparisons", 0)
            assert counts["parsed"] == len(kept) + beside + len(dropped)
    curated = stages["curated"]
    made = sum(
        stages[name]["counts"][kind]
        for name, kinds in {
            "synthesis": ("dialogues", "later_turns"),
            "context_instruct": ("script_based", "script_agnostic"),
            "rolegpt": ("general",),
        }.items()
        for kind in kinds
    )
    kept = sum(curated["counts"][kind] for kind in ("dialogues", "later_turns", "triplets", "boundary", "general"))
    assert curated["counts"]["parsed"] == made == kept + sum(curated["dropped"].values())
    splits = stages["splits"]["counts"]
    given = sum(curated["counts"][kind] for kind in ("dialogues", "triplets", "boundary", "general"))
    original = stages["exchanges"]["counts"]["exchanges"]
    dropped = stages["splits"]["dropped"].values()
    assert splits["rows"] == given + original + stages["export"]["counts"]["scenes"]  # of which none is dropped
    assert splits["rows"] == splits["train"] + splits["test"] + sum(dropped)
    assert len(rows(data, character_id, "chatharuhi")) == splits["exchanges"] + splits["dialogues"]
    assert len(rows(data, character_id, "role_specific")) == splits["triplets"]
    assert len(rows(data, character_id, "knowledge_boundary")) == splits["boundary"]


# --- an endpoint that answers well --------------------------------------------------------------------------


@pytest.mark.parametrize(("character_id", "takes_schema"), [("holmes", True), ("weixiaobao", False)])
def test_counts_add_up_and_every_expected_row_is_there_and_a_repeat_asks_nothing(
    data: Path, character_id: str, takes_schema: bool
) -> None:
    with serving(FakeEndpoint(takes_schema=takes_schema)) as endpoint:
        build = open_build(data, character_id, llm="auto", openai_base_url=endpoint.url, model=endpoint.model)
        run_all(build)
        assert_adds_up(data, character_id)
        given = endpoint.given
        synthesized = [row for row in rows(data, character_id, "chatharuhi") if row["response_source"] == "generated"]
        later = [text.partition(":")[2] for row in synthesized for text in row["more_dialogues"]]
        assert [*(row["agent_response"] for row in synthesized), *later[1::2]] == unordered(
            f"「{item['answer']}」" for item in given["synthesis"]
        )
        assert later[::2] == unordered(f"「{item['answer']}」" for item in given["followup"])
        several = sum(len(row["more_dialogues"]) == 4 for row in synthesized)
        assert (several, {len(row["more_dialogues"]) for row in synthesized}) == (len(synthesized) // 4, {0, 4})
        assert [answer for row in rows(data, character_id, "general") for answer in row["generated"]] == unordered(
            item["answer"] for item in given["rolegpt"]
        )
        assert [
            row["scenario"]["situation"] for row in rows(data, character_id, "scenes") if row["scenario"]
        ] == unordered(item["situation"] for item in given["scenarios"])
        assert [row["user_question"] for row in synthesized] == unordered(
            f"「{item['question']}」" for item in given["questions"]
        )
        made = {config: len(rows(data, character_id, config)) for config in LEAST}
        assert {config: made[config] for config, least in LEAST.items() if made[config] < least} == {}
        triplets = [*given["context_instruct_script"], *given["context_instruct_agnostic"]]
        assert [(row["question"], *row["generated"]) for row in rows(data, character_id, "role_specific")] == unordered(
            (item["question"], item["answer"]) for item in triplets if item["confidence"] in ("高", "high")
        )
        asked = len(endpoint.bodies)
        assert all(is_current(build, stage) for stage in active_stages(build.settings))
        shutil.rmtree(build.workspace.processed)  # all but the store of answers
        run_all(build)
        assert len(endpoint.bodies) == asked
        assert max(endpoint.most_often_asked.values()) == 1
    assert verdict_on(data, character_id).is_sound


class unordered:  # noqa: N801 - reads as a word
    """Equal to any list of the same things: an endpoint is asked many at a time."""

    def __init__(self, things: Any) -> None:
        self._things = sorted(things)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and sorted(other) == self._things

    def __repr__(self) -> str:
        return repr(self._things)


def test_generated_rows_say_what_wrote_them_and_from_what(generated: Path, endpoint: FakeEndpoint) -> None:
    for character_id in SAMPLES:
        for row in rows(generated, character_id, "chatharuhi"):
            is_generated = row["question_source"] == "synthesized"
            assert (row["response_source"] == "generated") == is_generated
            assert (row["model"] == endpoint.model) == is_generated
            assert (row["prompt"] == "synthesis@2") == is_generated
            assert bool(row["spans"]) != is_generated
        for row in rows(generated, character_id, "role_specific"):
            assert row["model"] == endpoint.model
            assert bool(row["context"]) == (row["type"] == "script_based")
    card = (generated / "processed" / "holmes" / "dataset" / "README.md").read_text(encoding="utf-8")
    assert endpoint.model in card
    assert "written by a language model" in card


def test_llm_off_leaves_only_the_original_rows_and_auto_has_the_others_back_for_nothing(
    generated: Path, built: Path, endpoint: FakeEndpoint
) -> None:
    asked = len(endpoint.bodies)
    with_rows = tree(generated / "processed" / "weixiaobao")
    run_all(open_build(generated, "weixiaobao", llm="off"))
    without, never_with = (
        {**tree(data / "processed" / "weixiaobao"), "manifest.json": manifest(data, "weixiaobao")}
        for data in (generated, built)
    )
    for told in (without, never_with):
        told["manifest.json"]["splits"].pop("sources")  # what a model asked is on its side for good
    assert without == never_with
    run_all(open_build(generated, "weixiaobao"))
    assert tree(generated / "processed" / "weixiaobao") == with_rows
    assert len(endpoint.bodies) == asked


def test_a_cap_on_requests_is_kept_and_each_kind_gets_its_part(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build_samples(data, llm="auto", openai_base_url=endpoint.url, model=endpoint.model, max_requests="40")
        for character_id in SAMPLES:
            asked = {name: manifest(data, character_id)[name]["counts"]["asked"] for name in ASKING if name != "judged"}
            assert 30 <= sum(asked.values()) <= 40
            assert min(asked.values()) >= 1
        built = len(list((data / "raw").iterdir()))
        assert len(endpoint.bodies) <= 40 * built + 1  # one asks whether it takes a schema


def test_what_is_malformed_is_counted_and_kept_to_look_at(data: Path) -> None:
    def spoil(said: str, number: int) -> str:
        return "I would rather not." if number > 1 and number % 3 == 0 else said

    with serving(FakeEndpoint(spoil=spoil)) as endpoint:
        settings = {"llm": "auto", "openai_base_url": endpoint.url, "model": endpoint.model, "max_requests": "40"}
        run_all(open_build(data, "holmes", concurrency=1, ask_again=0, **settings))
        assert_adds_up(data, "holmes")
        counts = manifest(data, "holmes")["context_instruct"]["counts"]
        assert counts["malformed"] >= 3
        assert any(
            line["text"] == "I would rather not."
            for line in lines(data, "holmes", "08_context_instruct.malformed.jsonl")
        )


def test_requests_refused_for_good_are_counted_and_not_asked_again(data: Path) -> None:
    def refuse(said: str, number: int) -> str | tuple[int, str]:
        told = json.dumps({"error": {"message": "an image is no text"}})
        return (400, told) if number > 2 and number % 4 == 0 else said

    with serving(FakeEndpoint(spoil=refuse)) as endpoint:
        environment = {**endpoint.settings, **FEW}
        ran = dramaturg(data, "build", "holmes", **environment)
        assert ran.returncode == 0, ran.stderr
        assert_adds_up(data, "holmes")
        assert sum(entry["counts"].get("failed", 0) for entry in manifest(data, "holmes").values()) >= 5
        asked = len(endpoint.bodies)
        assert dramaturg(data, "build", "holmes", **environment).stdout.startswith("Nothing has changed")
        assert len(endpoint.bodies) == asked


# --- death and other misfortune -----------------------------------------------------------------------------


@pytest.mark.parametrize("seen", [3, 20, 33])
def test_killed_in_mid_generation_it_ends_in_the_same_bytes_and_repeats_only_what_was_in_flight(
    data: Path, monkeypatch: pytest.MonkeyPatch, seen: int
) -> None:
    at_once = 4
    undisturbed = data.parent / "undisturbed"
    shutil.copytree(data, undisturbed)
    with serving(FakeEndpoint(delay=0.05)) as endpoint:
        for name, value in {**endpoint.settings, **FEW, "LLM": "auto", "CONCURRENCY": str(at_once)}.items():
            monkeypatch.setenv(name, value)
        process = start(BUILD, data, "weixiaobao")
        while len(endpoint.bodies) < seen:
            time.sleep(0.005)
            assert process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert start(BUILD, data, "weixiaobao").wait() == 0
        repeated = [count for count in endpoint.most_often_asked.values() if count > 1]
        assert len(repeated) <= at_once
        assert set(repeated) <= {2}
        run_all(open_build(undisturbed, "weixiaobao"))
        assert tree(data / "processed" / "weixiaobao") == tree(undisturbed / "processed" / "weixiaobao")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_mid_generation_it_ends_at_once_in_one_line(data: Path, number: signal.Signals) -> None:
    with serving(FakeEndpoint(delay=20)) as endpoint:
        process = subprocess.Popen(
            [DRAMATURG, "build", "holmes", "--data", data],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **endpoint.settings, "LLM": "auto"},
            cwd=ROOT,
        )
        while not (data / "processed" / ".store" / "requests.sqlite").exists():
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=5)
    assert (process.returncode, errors) == (128 + number, "error: stopped; the same command goes on from here\n")


def error_line(ran: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed build complains in."""
    assert ran.returncode == 1, ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in ran.stderr
    return line


def assert_only_original_rows(data: Path) -> None:
    assert {row["response_source"] for row in rows(data, "holmes", "chatharuhi")} == {"original"}
    assert not rows(data, "holmes", "role_specific")
    assert verdict_on(data, "holmes").is_sound


def test_a_dead_endpoint_a_wrong_key_an_unknown_model_are_one_line_and_the_original_rows_are_built(data: Path) -> None:
    with serving(FakeEndpoint(key="sk-right")) as endpoint:
        url = endpoint.url
        ran = dramaturg(data, "build", "holmes", **{**endpoint.settings, "OPENAI_API_KEY": "sk-wrong"})
        assert f"{url} refuses the key (401): set OPENAI_API_KEY" in error_line(ran)
        assert_only_original_rows(data)
        ran = dramaturg(data, "build", "holmes", **{**endpoint.settings, "MODEL": "no-such-model"})
        assert f"{url} has no MODEL=no-such-model (404)" in error_line(ran)
        assert_only_original_rows(data)
        assert endpoint.bodies == []
    ran = dramaturg(data, "build", "holmes", OPENAI_BASE_URL=url, MODEL="m")
    assert f"{url} does not answer" in error_line(ran)
    assert_only_original_rows(data)
    with serving(FakeEndpoint()) as endpoint:  # and once there is one, what is missing is made
        ran = dramaturg(data, "build", "holmes", **endpoint.settings, **FEW)
        assert ran.returncode == 0, ran.stderr
    assert_adds_up(data, "holmes")
    assert rows(data, "holmes", "role_specific")


def test_an_endpoint_that_dies_in_the_middle_is_one_line_and_the_next_build_goes_on(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(said: str, number: int) -> str | tuple[int, str]:
        return (503, "{}") if 10 < number < 1_000 else said

    with serving(FakeEndpoint(spoil=die)) as endpoint:
        environment = {**endpoint.settings, **FEW}
        monkeypatch.setattr(pace, "_FIRST_PAUSE", 0.01)
        for name, value in {**environment, "LLM": "auto"}.items():
            monkeypatch.setenv(name, value)
        build = open_build(data, "holmes")
        run_all(build)
        assert f"{endpoint.url}: 503" in (what_is_unfinished(build) or "")
        assert verdict_on(data, "holmes").is_sound
        endpoint.spoil = None
        endpoint.bodies.clear()
        assert dramaturg(data, "build", "holmes", **environment).returncode == 0
        assert_adds_up(data, "holmes")
        assert 25 <= len(endpoint.bodies) <= 31  # the ten that had an answer are not asked again


def test_a_full_disk_is_one_line(data: Path) -> None:
    """A limit on the size of files stands in for it: SQLite's write fails where the store would grow."""
    run_all(open_build(data, "holmes"))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))"
    with serving(FakeEndpoint()) as endpoint:
        ran = dramaturg(data, "build", "holmes", before=limit, **endpoint.settings)
    assert "requests.sqlite" in error_line(ran)


def test_the_key_is_nowhere_after_a_run_under_prefect(data: Path, tmp_path: Path) -> None:
    key = "sk-a-very-secret-key-0123456789"

    def tell_it(said: str, number: int) -> str | tuple[int, str]:
        if number % 5 == 4:
            return 400, json.dumps({"error": {"message": f"you said Bearer {key}"}})
        return said.replace("。", f"{key}。", 1) if number % 5 == 3 else said

    with serving(FakeEndpoint(key=key, spoil=tell_it)) as endpoint:
        environment = {**endpoint.settings, **FEW, "PREFECT_HOME": str(tmp_path / "prefect"), "NO_PROXY": "*"}
        ran = dramaturg(data, "build", "weixiaobao", "--prefect", **environment)
        assert ran.returncode == 0, ran.stderr
        assert len(endpoint.bodies) > 30
        failed = dramaturg(data, "build", "holmes", **{**environment, "OPENAI_API_KEY": key[:-1]})
        error_line(failed)
    told = [ran.stdout, ran.stderr, failed.stdout, failed.stderr]
    assert not any(key[:-1] in text for text in told)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    assert [path for path in files if key[:-1].encode() in path.read_bytes()] == []


def test_the_store_holds_every_raw_answer(generated: Path, endpoint: FakeEndpoint) -> None:
    with closing(sqlite3.connect(generated / "processed" / ".store" / "requests.sqlite")) as database:
        (count,) = database.execute("SELECT count(*) FROM responses WHERE status = 200").fetchone()
    assert count == len(endpoint.bodies)
