"""What a person knows before, during and after a build that asks a model: its price, its limits, where it stands."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.errors import YieldError
from dramaturg.llm.carry import holdings, total
from dramaturg.workspace import store_path
from flows.estimate import estimate, render_estimate
from flows.pipeline import run_all
from flows.stage import Build, open_build, read_manifest
from flows.summary import render_status, render_summary, what_is_unfinished
from tests.batches import BatchEndpoint
from tests.endpoint import FakeEndpoint, serving
from tests.flows.test_pipeline import tree
from tests.processes import dramaturg

DRAMATURG = Path(sys.executable).with_name("dramaturg")
PRICED = {"price_in": 1_000.0, "price_out": 10_000.0}  # an answer of 100 and 10 tokens costs 0.2


def opened(data: Path, endpoint: FakeEndpoint, **fields: object) -> Build:
    settings = {"llm": "auto", "openai_base_url": endpoint.url, "model": endpoint.model, "max_requests": "40"}
    return open_build(data, "weixiaobao", **{**settings, **fields})


def estimated(build: Build) -> float:
    found = re.search(r"together .*?, about ([\d.,]+)", render_estimate(build, estimate(build)))
    assert found is not None
    return float(found[1].replace(",", ""))


def stored(data: Path) -> int:
    return total(holdings(store_path(data))).answers


# --- before -----------------------------------------------------------------------------------------------


def test_an_estimate_counts_what_a_build_then_asks_and_asks_nothing(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint, **PRICED)
        before = tree(data)
        found = estimate(build)
        assert endpoint.bodies == []
        assert {path: text for path, text in tree(data).items() if ".store" not in str(path)} == before
        told = render_estimate(build, found)
        run_all(build)
        asked = len(endpoint.bodies) - 1  # whether it takes a schema
        assert sum(len(found.open(name)) for name in found.planned) == asked == 40
        assert f"together {asked} requests" in told
        assert told.count("\n--- ") == 3
        assert "请写 10 句别人对“韦小宝”说的话" in told
        again = estimate(build)
        assert sum(len(again.open(name)) for name in again.planned) == 0
        assert sum(map(len, again.planned.values())) == asked
        assert len(endpoint.bodies) == asked + 1


def test_an_estimate_of_an_unknown_price_says_so_and_never_nothing(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint)
        assert "price unknown" in render_estimate(build, estimate(build))


def test_a_dry_run_is_an_estimate(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        ran = dramaturg("build", "weixiaobao", "--data", data, "--dry-run", LLM="auto", **endpoint.settings)
        assert ran.returncode == 0, ran.stderr
        assert "what a build would ask" in ran.stdout
        assert endpoint.bodies == []


# --- limits -----------------------------------------------------------------------------------------------


def test_a_run_stops_before_the_request_that_could_pass_its_cost_and_the_next_goes_on(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint, **PRICED, max_cost=15.0, concurrency=4)
        run_all(build)
        asked = len(endpoint.bodies)
        assert 1 < asked < 41
        stages = read_manifest(build)["stages"].values()
        assert {stage["counts"]["asked_again"] for stage in stages if "asked" in stage["counts"]} == {0}
        assert asked * 0.2 <= 15.0
        assert "MAX_COST=15" in (what_is_unfinished(build) or "")
        assert stored(data) == asked
        run_all(opened(data, endpoint, **PRICED))
        assert len(endpoint.bodies) == 41


def test_a_cost_without_a_price_is_one_line_before_anything_is_read(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint, pytest.raises(Exception, match=r"the price of .* is unknown"):
        opened(data, endpoint, max_cost=5.0)


def test_a_stage_that_keeps_next_to_nothing_ends_the_build_with_reasons_and_examples(data: Path) -> None:
    def mumble(said: str, _number: int) -> str:
        return "Hm." if '"question"' in said and '"answer"' not in said else said

    with serving(FakeEndpoint(spoil=mumble)) as endpoint:
        with pytest.raises(YieldError, match=r"questions: 0 of .* YIELD_FLOOR=0\.1(.|\n)*such as: Hm\."):
            run_all(opened(data, endpoint, ask_again=0, concurrency=1))
        asked = len(endpoint.bodies)
        with pytest.raises(YieldError):
            run_all(opened(data, endpoint, ask_again=0, concurrency=1))
        assert len(endpoint.bodies) == asked
        run_all(opened(data, endpoint, ask_again=0, concurrency=1, yield_floor=0.0))


# --- meanwhile --------------------------------------------------------------------------------------------


def test_status_tells_from_elsewhere_how_far_a_build_is(data: Path) -> None:
    with serving(FakeEndpoint(delay=0.1)) as endpoint:
        build = opened(data, endpoint, **PRICED, concurrency=2)
        run = threading.Thread(target=run_all, args=(build,))
        run.start()
        seen = set()
        while run.is_alive():
            seen.update(line for line in render_status(build).splitlines() if line.startswith("under way"))
            time.sleep(0.05)
        run.join()
        assert any(
            re.search(r"under way: answers, \d+ of \d+, .* requests/s, .* tokens/s, spent \d", line) for line in seen
        )
        assert "under way" not in render_status(build)


# --- in batches -------------------------------------------------------------------------------------------


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dramaturg.llm.batch._FIRST_PAUSE", 0.01)


@pytest.mark.usefixtures("_impatient")
def test_a_build_in_batches_is_the_same_for_half_the_price(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(data / "raw", elsewhere / "raw")
    with serving(BatchEndpoint()) as endpoint:
        at_once, build = opened(data, endpoint, **PRICED), opened(data, endpoint, **PRICED, batch=True)
        assert estimated(build) == pytest.approx(estimated(at_once) / 2, rel=1e-5)
        run_all(build)
        assert (len(endpoint.bodies), endpoint.items) == (1, 40)  # the one that all others wait for
        # speakers, profile twice, questions, five turns of talks, triplets twice, instructions, scenarios
        assert len(endpoint.batches) == 13
        assert "cost 4.0000" in render_summary(build)
        assert "cost 4.0000" in render_summary(at_once)
        run_all(opened(elsewhere, endpoint))
    dataset = Path("processed", "weixiaobao", "dataset")
    one, other = tree(elsewhere / dataset), tree(data / dataset)
    assert one.pop("README.md") != other.pop("README.md")  # it tells what was paid
    assert one == other


@pytest.mark.usefixtures("_impatient")
def test_a_stage_may_be_asked_at_once_while_the_others_are_in_batches(data: Path) -> None:
    with serving(BatchEndpoint()) as endpoint:
        run_all(opened(data, endpoint, batch=True, stages={"synthesis": {"batch": False}}))
        told = [body["messages"][0]["content"] for body in endpoint.bodies]
        at_once = [text for text in told if "请你扮演" in text or "写一段新的对话" in text]
        assert len(at_once) == len(endpoint.bodies) - 1 > 0
        assert len(endpoint.batches) == 8


def test_a_build_that_is_killed_while_it_waits_for_a_batch_is_gone_on_with(data: Path) -> None:
    with serving(BatchEndpoint(looks=1_000_000)) as endpoint:
        command = [DRAMATURG, "build", "weixiaobao", "--batch", "--data", data]
        environment = {**os.environ, **endpoint.settings, "LLM": "auto", "MAX_REQUESTS": "40", "STAGES": "{}"}
        run = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        until = time.monotonic() + 60
        while not any(call.startswith("GET /batches/") for call in endpoint.calls) and time.monotonic() < until:
            time.sleep(0.05)
        run.kill()
        run.communicate()
        assert len(endpoint.batches) == 1
        at_once = opened(data, endpoint)
        run_all(at_once)
        assert "which is under way: BATCH=true waits for it" in (what_is_unfinished(at_once) or "")
        endpoint.looks = 0
        run_all(opened(data, endpoint))
        assert what_is_unfinished(at_once) is None
        assert max(endpoint.most_often_asked.values()) == 1
        assert endpoint.items + len(endpoint.bodies) == 41


# --- afterwards -------------------------------------------------------------------------------------------


def test_a_replay_ends_in_the_same_bytes_with_nobody_to_ask(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint))
        built = tree(data / "processed" / "weixiaobao" / "dataset")
        build = opened(data, endpoint, llm="replay")
    shutil.rmtree(data / "processed" / "weixiaobao")
    run_all(build)
    assert tree(data / "processed" / "weixiaobao" / "dataset") == built
    assert what_is_unfinished(build) is None


def test_answers_that_travelled_make_the_same_dataset_with_no_setting_but_replay(data: Path, tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint))
        asked = {**endpoint.settings, "LLM": "auto", "MAX_REQUESTS": "40"}
    file, elsewhere = tmp_path / "weixiaobao.sqlite", tmp_path / "elsewhere"
    shutil.copytree(data / "raw", elsewhere / "raw")
    for arguments, environment in (
        (("store", "export", "weixiaobao", "-o", file, "--data", data), asked),
        (("store", "import", file, "--data", elsewhere), {}),
        (("build", "weixiaobao", "--llm", "replay", "--data", elsewhere), {}),
    ):
        ran = dramaturg(*arguments, **environment)
        assert ran.returncode == 0, ran.stderr
    dataset = Path("processed", "weixiaobao", "dataset")
    assert tree(elsewhere / dataset) == tree(data / dataset)


def test_a_replay_says_what_the_store_lacks(data: Path) -> None:
    build = open_build(data, "weixiaobao", llm="replay", openai_base_url="http://127.0.0.1:9/v1", model="m")
    run_all(build)
    assert "LLM=replay asks nobody" in (what_is_unfinished(build) or "")


@pytest.mark.parametrize("more", [{"max_requests": "60"}, {"yield_floor": 0.0}, {"concurrency": 2}, {"ask_again": 1}])
def test_what_was_answered_is_not_asked_again_after_a_change(data: Path, more: dict[str, object]) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint))
        run_all(opened(data, endpoint, **more))
        assert max(endpoint.most_often_asked.values()) == 1
        assert len(endpoint.bodies) == int(str(more.get("max_requests", 40))) + 1


def test_a_filter_that_drops_more_asks_nothing_twice(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dramaturg.curate import dedup

    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint))
        asked = len(endpoint.bodies)
        monkeypatch.setattr(dedup, "NEAR", 0.3)
        build = opened(data, endpoint)
        build.workspace.manifest.unlink()
        run_all(build)
        assert max(endpoint.most_often_asked.values()) == 1
        # for the questions that are dropped others, within MAX_REQUESTS, have their turn
        assert all("请你扮演" in body["messages"][0]["content"] for body in endpoint.bodies[asked:])


def test_another_model_is_asked_and_the_first_ones_answers_stay(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint))
        first = stored(data)
        endpoint.model = "another-model"
        run_all(opened(data, endpoint, model="another-model"))
        assert stored(data) == 2 * first
        endpoint.bodies.clear()
        run_all(opened(data, endpoint, model="well-answering-model"))
        assert endpoint.bodies == []


def test_a_price_that_is_known_is_told_with_what_was_paid(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint, **PRICED)
        run_all(build)
        assert "cost 8.0000" in render_summary(build)
