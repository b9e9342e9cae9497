"""What Prefect knows of runs: the states of flows and tasks, their messages, what its page shows. In Prefect's own
harness; by the clock and killed they are in test_operations.py."""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dramaturg.stages import ASKING
from dramaturg.workspace import read_json
from flows.pipeline import run_all, run_stage
from flows.stage import Build, Stage, open_build
from tests.endpoint import FakeEndpoint, serving
from tests.flows.test_pipeline import tree
from tests.hub import FakeHub

pytestmark = [
    pytest.mark.operations,
    pytest.mark.usefixtures("_harness"),
    pytest.mark.filterwarnings("default"),  # Prefect's own
]

STAGES = ("exchanges", "export", "extract", "scenes", "script", "splits")
ALICE = "alice"


@pytest.fixture(scope="module")
def _harness() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness():
        yield


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """A model that answers, asked little."""
    with serving(FakeEndpoint()) as endpoint:
        for name, value in {**endpoint.settings, "LLM": "auto", "MAX_REQUESTS": "24"}.items():
            monkeypatch.setenv(name, value)
        yield endpoint


@pytest.fixture
def shell() -> ModuleType:
    """The module of the flow."""
    from flows import build_dataset

    return build_dataset


def run(character: str, data: Path, **given: Any) -> Any:
    """The last state of a build's flow."""
    from flows.build_dataset import build_dataset

    return build_dataset(character, str(data), return_state=True, **given)


def tasks_of(state: Any) -> dict[str, Any]:
    """The last state of each task of a flow's run."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        runs = client.read_task_runs()
    return {
        run.name: run.state
        for run in sorted(runs, key=lambda run: run.name)
        if run.flow_run_id == state.state_details.flow_run_id
    }


def names_of(state: Any) -> dict[str, str]:
    return {name: each.name for name, each in tasks_of(state).items()}


def artifacts_of(state: Any) -> dict[str, Any]:
    """What a run left in Prefect's page, by its key."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    of = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[state.state_details.flow_run_id]))
    with get_client(sync_client=True) as client:
        return {each.key: each.data for each in client.read_artifacts(artifact_filter=of)}


def first_time(unfinished: str) -> Callable[..., dict[str, Any]]:
    """Stages as they are done, but that the first time the profile is left with questions that have no answer."""
    times: list[str] = []

    def done(build: Build, stage: Stage, fresh: bool = False) -> dict[str, Any]:
        entry = run_stage(build, stage, fresh)
        if stage.name == "profile" and not times:
            times.append(stage.name)
            return {**entry, "unfinished": unfinished}
        return entry

    return done


def test_a_stage_is_a_task_cached_until_its_files_are_touched(data: Path) -> None:
    assert names_of(run(ALICE, data)) == dict.fromkeys(STAGES, "Completed")
    assert names_of(run(ALICE, data)) == dict.fromkeys(STAGES, "Cached")
    (data / "processed" / ALICE / "04_exchanges.jsonl").unlink()
    assert names_of(run(ALICE, data)) == {**dict.fromkeys(STAGES, "Cached"), "exchanges": "Completed"}


def test_what_is_to_be_fresh_is_done_anew_and_comes_out_the_same(data: Path) -> None:
    run_all(open_build(data, ALICE))
    before = tree(data / "processed" / ALICE)
    state = run(ALICE, data, fresh=True)
    assert names_of(state) == dict.fromkeys(STAGES, "Completed")
    assert tree(data / "processed" / ALICE) == before


def test_the_page_shows_of_a_build_its_stages_its_funnel_and_rows_and_where_its_report_is(data: Path) -> None:
    found = artifacts_of(run(ALICE, data, report=True))
    report = data / "processed" / ALICE / "report.html"
    assert {key: data for key, data in found.items() if key not in ("alice-build", "alice-funnel")} == {
        f"alice-{stage}": 100.0 for stage in STAGES
    }
    assert [row["stage"] for row in json.loads(found["alice-funnel"])] == [
        *("extract", "script", "scenes", "exchanges", "splits", "export"),
    ]  # fmt: skip
    assert report.is_file()
    for told in (f"`{report}`", "nothing to pay", "| exchanges | done | 6 |", "**chatharuhi**, train", "Hatter: "):
        assert told in found["alice-build"]


def test_a_failed_run_says_in_its_message_which_file_is_wrong_and_is_not_tried_again(data: Path) -> None:
    source = data / "raw" / ALICE / "page.html"
    source.write_bytes(b"")
    state = run(ALICE, data, retries=3)
    assert state.is_failed()
    assert state.message == f"{source}: the page holds no text"
    (task,) = tasks_of(state).values()
    assert str(source) in task.message


def test_a_key_that_is_given_as_a_parameter_is_refused_and_not_repeated(data: Path) -> None:
    state = run(ALICE, data, settings={"openai_api_key": "sk-aKeyOfTheTests", "on_success": "true"})
    assert state.message.startswith("on_success, openai_api_key: no parameter of a flow")
    assert "sk-" not in state.message


def test_what_has_no_answer_is_asked_for_again(
    data: Path, endpoint: FakeEndpoint, shell: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    del endpoint  # set
    monkeypatch.setattr(shell._stage, "retry_delay_seconds", [0.1])
    monkeypatch.setattr(shell, "run_stage", first_time("2 of 4 requests: http://there: 503: overloaded"))
    state = run(ALICE, data, retries=2)
    assert state.is_completed()
    assert names_of(state)["profile"] == "Completed"
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        runs = [run for run in client.read_task_runs() if run.flow_run_id == state.state_details.flow_run_id]
    assert {run.name for run in runs if run.run_count > 1} == {"profile"}


def test_what_a_person_has_to_set_right_is_built_as_far_as_it_goes_and_the_run_says_what_is_missing(
    data: Path, endpoint: FakeEndpoint
) -> None:
    endpoint.reply = lambda *_: (401, "{}")  # type: ignore[method-assign]
    state = run(ALICE, data, retries=3)
    assert state.is_failed()
    assert "refuses the key (401)" in state.message
    assert "all else is built" in state.message
    assert set(names_of(state)) >= {"export", *set(ASKING) - {"judged"}}


def test_a_stage_that_takes_too_long_ends_the_run_and_lets_the_next_one_in(
    data: Path, shell: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(build: Build, stage: Stage, fresh: bool = False) -> dict[str, Any]:
        if stage.name == "scenes":
            time.sleep(60)
        return run_stage(build, stage, fresh)

    with monkeypatch.context() as patched:
        patched.setattr(shell, "run_stage", hangs)
        state = run(ALICE, data, stage_hours=1 / 3600)
    assert state.is_failed()
    assert state.message.startswith("scenes: not done in 0.000277778 hours")
    assert run(ALICE, data).is_completed()


def test_a_run_announces_once_how_it_ended_and_where_it_is_shown(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ON_SUCCESS", f"cat >> {tmp_path}/told")
    state = run(ALICE, data)
    told = read_json(tmp_path / "told")
    assert (told["what"], told["changed"]) == ("build", True)
    assert told["run_id"] == str(state.state_details.flow_run_id)


# --- all characters -----------------------------------------------------------------------------------------


def night(data: Path, **given: Any) -> Any:
    """The last state of the nightly run, of two characters."""
    from flows.scheduled import build_all

    return build_all([ALICE, "sunwukong"], str(data), return_state=True, publish=True, **given)


def table_of(state: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(artifacts_of(state)["build-all"])
    return found


def test_one_that_fails_stops_no_other_and_is_named(data: Path) -> None:
    source = data / "raw" / ALICE / "page.html"
    source.write_bytes(b"")
    state = night(data)
    assert state.is_failed()
    assert state.message == f"1 of 2 went wrong: alice: {source}: the page holds no text"
    assert [row["build"] for row in table_of(state)] == [f"{source}: the page holds no text", "built"]


@pytest.mark.parametrize("fresh", [False, True])
def test_several_are_built_at_once_and_each_run_tells_what_came_of_its_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: bool
) -> None:
    assert night(data).is_completed()
    before = {name: tree(data / "processed" / name) for name in (ALICE, "sunwukong")}
    shutil.copytree(data / "processed", held := tmp_path / "held", copy_function=os.link)
    if not fresh:
        shutil.rmtree(data / "processed" / ALICE)
        (data / "raw" / "sunwukong" / "crosstalk.txt").write_bytes(b"")
    monkeypatch.setenv("ON_SUCCESS", f"cat >> {tmp_path}/told")

    state = night(data, jobs=2, fresh=fresh)
    assert "at once" in tasks_of(state)
    for name in (ALICE, "sunwukong") if fresh else (ALICE,):
        assert tree(data / "processed" / name) == before[name]
    built = data / "processed" / ALICE
    assert [path for path in before[ALICE] if (built / path).samefile(held / ALICE / path)] == []
    told = [json.loads(each) for each in (tmp_path / "told").read_text().replace("}{", "}\n{").splitlines()]
    if fresh:
        assert state.is_completed(), state.message
        assert [(each["character"], each["changed"]) for each in told] == [(ALICE, False), ("sunwukong", False)]
    else:
        assert state.message.startswith("1 of 2 went wrong: sunwukong: ")
        assert state.message.endswith("crosstalk.txt: the file is empty")
        assert [(each["character"], each["changed"]) for each in told] == [(ALICE, True)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_may_be_spent_is_for_all_together(
    data: Path, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    dear = {"PRICE_IN": "1000", "PRICE_OUT": "1000", "MAX_COST": "6", "MAX_REQUESTS": "200"}
    for name, value in dear.items():
        monkeypatch.setenv(name, value)
    state = night(data, jobs=jobs)
    assert state.is_failed()
    first, second = (float(each) for each in re.findall("MAX_COST=([0-9.]+) is as good as spent", state.message))
    assert first <= 3 < second <= 6  # what the first has not spent goes to the second
    assert 1 < len(endpoint.bodies) * 0.11 <= 6


@pytest.mark.parametrize("what", ["build-all", "rolebench"])
def test_where_nothing_can_be_begun_somebody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    from flows.scheduled import benchmark, build_all

    monkeypatch.setenv("ON_FAILURE", f"cat >> {tmp_path}/told")
    monkeypatch.setenv("ON_SUCCESS", f"touch {tmp_path}/wrong")
    flow: Any = {"build-all": build_all, "rolebench": benchmark}[what]
    state = flow(data=str(tmp_path / "nowhere"), return_state=True)
    told = read_json(tmp_path / "told")
    assert (told["what"], told["error"]) == (what, state.message)
    assert "there is no character in" in state.message
    assert not (tmp_path / "wrong").exists()


def test_what_is_new_is_published_where_publish_to_says_and_what_is_not_asks_the_hub_nothing(
    data: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_TO", "me/of-{char}")
    assert night(data).is_completed()
    assert {repo for _, repo in hub.repos} == {"me/of-alice", "me/of-sunwukong"}
    assert all(repo.private for repo in hub.repos.values())

    hub.seen.clear()
    state = night(data)
    assert hub.seen == []
    assert [row["published"] for row in table_of(state)] == ["me/of-alice: as it was", "me/of-sunwukong: as it was"]

    state = night(data, settings={"scene_tokens": 300})
    assert state.is_completed(), state.message
    assert [len(repo.commits) for repo in hub.repos.values()] == [3, 3]  # the first is the repository's own


def test_what_could_not_be_published_is_said_and_tried_by_the_next_run(
    data: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH_TO", "me/of-{char}")
    with monkeypatch.context() as without:
        without.delenv("HF_TOKEN")
        state = night(data)
    assert state.is_failed()
    assert "alice, sunwukong: publishing: no token of the Hub: set HF_TOKEN" in state.message
    assert hub.repos == {}
    assert night(data).is_completed()
    assert len(hub.repos) == 2


def test_without_a_repository_nothing_is_published(data: Path, hub: FakeHub) -> None:
    state = night(data)
    assert [row["published"] for row in table_of(state)] == ["nowhere: PUBLISH_TO is not set"] * 2
    assert hub.seen == []


def test_a_dataset_is_published_when_it_is_asked_for(data: Path, hub: FakeHub) -> None:
    from flows.scheduled import publish

    run_all(open_build(data, ALICE))
    state = publish(ALICE, "me/alice", tag="v1", private=False, data=str(data), return_state=True)
    assert state.is_completed(), state.message
    assert set(hub.dataset.tags) == {"v1"}
    assert publish(ALICE, data=str(data), return_state=True).message == "alice: where to? Give repo, or set PUBLISH_TO"


def test_the_benchmark_is_laid_out_over_the_characters(data: Path, endpoint: FakeEndpoint) -> None:
    from flows.scheduled import benchmark

    del endpoint  # set
    state = benchmark([ALICE, "holmes"], data=str(data), return_state=True)
    assert state.is_completed(), state.message
    assert (data / "processed" / "rolebench").is_dir()
