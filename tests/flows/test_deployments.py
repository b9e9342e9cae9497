"""prefect.yaml: what runs by the clock is what there is, with parameters that it takes."""

import inspect
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from dramaturg import ROOT
from dramaturg.errors import InputError
from dramaturg.settings import OF_THIS_MACHINE
from dramaturg.workspace import write_json
from flows.pipeline import STAGES
from flows.stage import open_build

pytestmark = pytest.mark.filterwarnings("default")  # Prefect's own

with (ROOT / "prefect.yaml").open(encoding="utf-8") as file:
    DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(file)["deployments"]


def flow_of(deployment: dict[str, Any]) -> Any:
    from prefect.flows import load_flow_from_entrypoint

    return load_flow_from_entrypoint(deployment["entrypoint"])


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: str(each["name"]))
def test_a_deployment_is_of_a_flow_that_takes_its_parameters(deployment: dict[str, Any]) -> None:
    assert set(deployment["parameters"]) <= set(inspect.signature(flow_of(deployment).fn).parameters)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: str(each["name"]))
def test_no_parameter_of_a_flow_is_a_key(deployment: dict[str, Any]) -> None:
    names = set(inspect.signature(flow_of(deployment).fn).parameters)
    assert not names & OF_THIS_MACHINE
    assert not [name for name in names if re.search("key|token|secret|password", name)]


def test_the_readme_tells_of_each_and_when() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w-]+/[\w-]+)` \| .* \| (.*) \|$", readme, re.MULTILINE))
    assert set(told) == {f"{flow_of(each).name}/{each['name']}" for each in DEPLOYMENTS}
    by_the_clock = {f"{flow_of(each).name}/{each['name']}" for each in DEPLOYMENTS if each.get("schedules")}
    assert {name for name, when in told.items() if "UTC" in when} == by_the_clock


def test_what_is_published_by_night_is_what_is_published_by_the_clock_alone() -> None:
    assert [each["name"] for each in DEPLOYMENTS if each["parameters"].get("publish")] == ["nightly"]


def test_a_file_that_is_none_is_the_users_mistake(tmp_path: Path) -> None:
    from flows.deployed import deploy

    (tmp_path / "prefect.yaml").write_text("deployments: [{name: one}]\n")
    with pytest.raises(InputError, match="no deployments in the form of Prefect's"):
        deploy(tmp_path / "prefect.yaml", print)


# --- the page -----------------------------------------------------------------------------------------------


def test_a_builds_page_has_its_funnel_its_cost_and_ten_rows(built: Path) -> None:
    from flows.artifacts import funnel_rows, overview, sample_rows

    build = open_build(built, "weixiaobao")
    page = overview(build, ["extract"])
    assert "\n- nothing to pay\n" in page
    assert "| extract | done | 0 |" in page
    assert "| exchanges | as it was | 84 |" in page
    assert page.count("\n**") == len(sample_rows(build)) == 10
    assert {tuple(row) for row in funnel_rows(build, [])} == {("stage", "in this run", "dropped", "counted")}


def test_what_was_asked_has_columns_where_something_was(generated: Path) -> None:
    from flows.artifacts import funnel_rows

    rows = {row["stage"]: row for row in funnel_rows(open_build(generated, "weixiaobao"), [])}
    assert rows["questions"]["asked"] == rows["questions"]["answered"] != ""
    assert "→" in rows["questions"]["tokens"]
    assert rows["questions"]["cost"] == "price unknown"
    assert rows["scenes"]["asked"] == ""


def test_fiction_is_shown_as_it_stands_whatever_it_looks_like(built: Path) -> None:
    from dataclasses import replace

    from flows.artifacts import overview

    build = open_build(built, "weixiaobao")
    hostile = build.character.model_copy(update={"name": "<img src=x onerror=alert(1)> *x* | [y](javascript:1)"})
    page = overview(replace(build, character=hostile), [])
    heading = page.splitlines()[0]
    assert heading == r"# \<img src=x onerror=alert(1)\> \*x\* \| \[y\](javascript:1)"


def test_a_stage_that_asks_shows_how_far_it_is(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import artifacts

    build = open_build(built, "weixiaobao")
    shown: list[float] = []
    monkeypatch.setattr(artifacts, "_EVERY", 0.01)
    monkeypatch.setattr(artifacts, "create_progress_artifact", lambda part, **_: shown.append(part) or "its id")
    monkeypatch.setattr(artifacts, "update_progress_artifact", lambda _id, part: shown.append(part))
    with artifacts.stage_shown(build, STAGES[5], print):
        for done in (3, 9, 12):
            told = {"pid": 1, "at": time.time(), "spent": {}, "done": done, "total": 12}
            write_json(build.workspace.progress, told)
            for _ in range(500):
                if shown[-1] >= min(99.0, 100 * done / 12):
                    break
                time.sleep(0.01)
    assert shown == [0.0, 25.0, 75.0, 99.0, 100.0]  # all is not done while it is being written


def test_a_page_that_cannot_be_written_to_is_told_of_once_and_nothing_fails(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import artifacts

    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    for name in ("create_markdown_artifact", "create_progress_artifact", "create_table_artifact"):
        monkeypatch.setattr(artifacts, name, away)
    monkeypatch.setattr(artifacts, "_away_until", [0.0])
    build = open_build(built, "weixiaobao")
    lines: list[str] = []
    with artifacts.stage_shown(build, STAGES[0], lines.append):
        pass
    artifacts.show_build(build, [], lines.append)
    assert lines == ["Prefect's page cannot be written to, the run goes on without it: ConnectionRefusedError"]
