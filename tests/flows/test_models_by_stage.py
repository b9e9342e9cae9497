"""Stages that ask models of their own: each asks its own, is redone alone, and is stopped by nobody else's endpoint."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dramaturg.errors import SettingsError
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import Build, open_build
from flows.summary import render_summary, what_is_unfinished
from tests.dramaturg.verify.test_dataset import verdict_on
from tests.endpoint import FakeEndpoint, serving
from tests.flows.test_generation import assert_adds_up, manifest, rows

Endpoints = tuple[FakeEndpoint, FakeEndpoint]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoints]:
    """One endpoint for all stages, another for one of them, each with a key and a model of its own."""
    monkeypatch.setenv("OTHER_KEY", "sk-secret-other")
    with ExitStack() as stack:
        one, other = (FakeEndpoint(key=f"sk-secret-{name}", model=f"model-{name}") for name in ("one", "other"))
        yield stack.enter_context(serving(one)), stack.enter_context(serving(other))


@pytest.fixture
def dead() -> FakeEndpoint:
    """An endpoint that is there no more."""
    with serving(FakeEndpoint()) as endpoint:
        pass
    return endpoint


def asking(data: Path, one: FakeEndpoint, stages: object, **more: object) -> Build:
    return open_build(
        data,
        "holmes",
        llm="auto",
        openai_base_url=one.url,
        openai_api_key=one.key,
        model=one.model,
        max_requests=40,
        stages=stages,
        **more,
    )


def at(endpoint: FakeEndpoint, **more: object) -> dict[str, object]:
    return {"base_url": endpoint.url, "model": endpoint.model, "key_env": "OTHER_KEY", **more}


def test_each_stage_asks_its_own_model_with_its_own_key(data: Path, served: Endpoints) -> None:
    one, other = served
    build = asking(data, one, {"synthesis": at(other)})
    run_all(build)
    assert what_is_unfinished(build) is None
    assert set(other.given) == {"synthesis", "followup"}
    assert set(one.given) == {
        *("profile_scenes", "profile", "questions", "context_instruct_script", "context_instruct_agnostic"),
        *("rolegpt", "scenarios"),
    }
    assert_adds_up(data, "holmes")
    assert {row["model"] for row in rows(data, "holmes", "chatharuhi")} == {None, other.model}
    assert {row["model"] for row in rows(data, "holmes", "role_specific")} == {one.model}
    assert verdict_on(data, "holmes").is_sound
    files = [path for path in (data / "processed").rglob("*") if path.is_file()]
    assert [path for path in files if b"sk-secret" in path.read_bytes()] == []


def test_another_model_in_one_stage_has_that_stage_done_again_and_no_other_asked(data: Path, served: Endpoints) -> None:
    one, other = served
    run_all(asking(data, one, {}))
    asked = len(one.bodies)
    build = asking(data, one, {"synthesis": at(other)})
    assert [stage.name for stage in active_stages(build.settings) if not is_current(build, stage)] == ["synthesis"]
    run_all(build)
    assert len(one.bodies) == asked
    assert set(other.given) == {"synthesis", "followup"}
    again = asking(data, one, {"synthesis": at(other, concurrency=1)})
    assert all(is_current(again, stage) for stage in active_stages(again.settings))


def test_a_stage_whose_endpoint_is_dead_stops_none_that_asks_another(
    data: Path, served: Endpoints, dead: FakeEndpoint
) -> None:
    one, _ = served
    build = asking(data, one, {"questions": at(dead)})
    run_all(build)
    questions, triplets = (manifest(data, "holmes")[name]["counts"] for name in ("questions", "context_instruct"))
    assert questions["answered"] == 0
    assert triplets["answered"] == triplets["asked"] > 5
    assert f"{dead.url} does not answer" in str(what_is_unfinished(build))


def test_without_the_profile_nothing_that_rests_on_it_is_asked_elsewhere(
    data: Path, served: Endpoints, dead: FakeEndpoint
) -> None:
    one, _ = served
    run_all(asking(data, one, {"profile": at(dead)}))
    assert set(one.given) == set()


def test_the_summary_names_each_model_and_adds_up_what_they_cost(data: Path, served: Endpoints) -> None:
    one, other = served
    build = asking(data, one, {"synthesis": at(other, price_in=10, price_out=100)}, price_in=1, price_out=2)
    run_all(build)
    summary = render_summary(build)
    assert (
        f"  asked      {one.model} at {one.url}: speakers, profile, questions, triplets, instructions, scenarios\n"
        in summary
    )
    assert f"             {other.model} at {other.url}: answers\n" in summary
    counts = {name: entry["counts"] for name, entry in manifest(data, "holmes").items()}
    dear = counts.pop("synthesis")
    cheap_in, cheap_out = (sum(each.get(way, 0) for each in counts.values()) for way in ("tokens_in", "tokens_out"))
    cheap, all_in_all = ((cheap_in + 2 * cheap_out + more) / 1_000_000
                         for more in (0, 10 * dear["tokens_in"] + 100 * dear["tokens_out"]))  # fmt: skip
    assert f"answered; cost {all_in_all:,.4f}\n" in summary
    unpriced = asking(data, one, {"synthesis": at(other)}, price_in=1, price_out=2)
    assert f"cost {cheap:,.4f}, without {other.model}: price_in and price_out in STAGES" in render_summary(unpriced)


def test_prices_that_cannot_be_read_are_told_before_anything_is_asked(data: Path, served: Endpoints) -> None:
    with pytest.raises(SettingsError, match=r"PRICES=.*nothing\.json: No such file"):
        asking(data, served[0], {}, prices=data / "nothing.json")


def test_a_stage_that_is_wrong_is_named_with_its_line(data: Path) -> None:
    path = data / "raw" / "holmes" / "character.yaml"
    text = path.read_text(encoding="utf-8") + "settings:\n  stages:\n    questions:\n      concurrency: none\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        open_build(data, "holmes")
    assert str(caught.value).startswith(
        f"{path}:{len(text.splitlines())}: settings: STAGES: questions: concurrency=none: "
    )
