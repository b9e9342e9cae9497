"""One character's build as a Prefect flow: a task a stage, cached by what it is made from. A Prefect shell."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, runtime, task
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.states import Failed
from prefect.tasks import Task
from tqdm import tqdm

from dramaturg import ROOT
from dramaturg.errors import DramaturgError, InputError, line_of
from dramaturg.masking import masked
from dramaturg.settings import OF_THIS_MACHINE
from dramaturg.workspace import digest
from flows.announced import Ending, announcing
from flows.artifacts import counted, show_build, stage_shown
from flows.passing import is_passing, why_again
from flows.pipeline import HOUR, STAGES, active_stages, is_current, made_from, run_of, run_stage, too_long
from flows.report import MOST_ROWS, write_report
from flows.stage import Build, Stage, open_build
from flows.summary import complain_if_unfinished, render_summary

__all__ = ["AGAIN_AFTER", "build_dataset", "checked", "failed", "never", "run_facts", "where_it_helps"]


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of Prefect's tells more than the state that a run failed in, which says what is wrong."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, DramaturgError | OSError)


for _name in ("prefect.flow_runs", "prefect.engine"):
    logging.getLogger(_name).addFilter(_is_news)

_STAGES = {stage.name: stage for stage in STAGES}
AGAIN_AFTER = [60.0, 300.0, 900.0]  # seconds


def _cache_key(_context: TaskRunContext, parameters: dict[str, Any]) -> str:
    build = open_build(Path(parameters["data"]), parameters["character_id"], **parameters["settings"])
    return digest(parameters["data"], parameters["character_id"], parameters["stage"],
                  made_from(build, _STAGES[parameters["stage"]]))  # fmt: skip


def where_it_helps(_task: "Task[..., Any]", _run: TaskRun, state: "State[Any]") -> bool:
    """Whether a task is to be tried again: not where a person has to set something right."""
    return is_passing(state.data)


@task(cache_key_fn=_cache_key, persist_result=True, retry_condition_fn=where_it_helps, retry_delay_seconds=AGAIN_AFTER)
def _stage(
    stage: str, character_id: str, data: str, settings: dict[str, Any], fresh: bool, retries: int
) -> dict[str, Any]:
    """One stage's entry in the manifest, the stage done if need be; what has no answer yet is asked for again."""
    build, which = open_build(Path(data), character_id, **settings), _STAGES[stage]
    with stage_shown(build, which, get_run_logger().warning):
        entry = run_stage(build, which, fresh)
    again = why_again(stage, entry)
    if again is not None and runtime.task_run.run_count <= retries:
        raise again
    return entry


@task(task_run_name="report")
def _report(character_id: str, data: str, settings: dict[str, Any]) -> str:
    """The page on the dataset, made anew; returns where."""
    return str(write_report(open_build(Path(data), character_id, **settings), None, MOST_ROWS))


@flow(name="build-dataset", flow_run_name="build-{character_id}")
def build_dataset(
    character_id: str,
    data: str = str(ROOT / "data"),
    settings: dict[str, Any] | None = None,
    fresh: bool = False,
    retries: int = 0,
    stage_hours: float | None = None,
    report: bool = False,
) -> Any:
    """Build a character's dataset; returns its folder. `settings` stand over environment and character.yaml.

    With `fresh` no stage is left as it is; what is paid stays paid. Where a model does not answer, it is asked again up
    to `retries` times, after 1, 5 and 15 minutes. A stage that takes longer than `stage_hours` ends the run, and the
    next one goes on. With `report` a page on the dataset is written beside it.
    """
    log = get_run_logger()
    try:
        with announcing(Ending("build", character_id, facts=run_facts()), log.warning) as ending:
            build = open_build(Path(data), character_id, **checked(settings))
            ending.builds(build)
            with run_of(build):
                made = [
                    stage.name
                    for stage in tqdm(active_stages(build.settings), desc=character_id, unit="stage", disable=None)
                    if _do(build, stage, settings or {}, fresh, retries, stage_hours)
                ]
            if report and (made or not (build.workspace.processed / "report.html").is_file()):
                _report(character_id, data, settings or {})
            log.info("%s\n%s", f"done: {', '.join(made) or 'nothing, as all was done'}", render_summary(build))
            show_build(build, made, log.warning)
            complain_if_unfinished(build)
            return str(build.workspace.dataset)
    except (DramaturgError, OSError) as error:
        return failed(error)


def _do(build: Build, stage: Stage, settings: dict[str, Any], fresh: bool, retries: int, hours: float | None) -> bool:
    """Have a stage done; returns whether it was not so already."""
    # a cached result does not know that its files were touched since
    is_done = not fresh and is_current(build, stage)
    doing = _stage.with_options(
        task_run_name=stage.name,
        refresh_cache=not is_done,
        # with none, Prefect's log has a traceback of what a person has to set right
        retries=max(1, retries),
        retry_condition_fn=where_it_helps if retries else never,
        timeout_seconds=None if hours is None else hours * HOUR,
    )
    try:
        entry = doing(stage.name, build.workspace.character_id, str(build.workspace.data), settings, fresh, retries)
    except TimeoutError:
        assert hours is not None
        raise too_long(stage, hours) from None
    get_run_logger().info(
        "%s: %s%s", stage.name, counted(entry["counts"]) or "nothing to do", "" if not is_done else ", as it was"
    )
    return not is_done


def never(_task: "Task[..., Any]", _run: TaskRun, _state: "State[Any]") -> bool:
    """That no task is tried again."""
    return False


def checked(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings given as a flow's parameter, which Prefect keeps in its database. Raises InputError for a key."""
    if kept := sorted(set(settings or {}) & OF_THIS_MACHINE):
        raise InputError(
            f"{', '.join(kept)}: no parameter of a flow, as Prefect's database keeps those: it belongs into the "
            "environment of the worker, or into .env. What was given is in that database now: a key is to be replaced"
        )
    return dict(settings or {})


def failed(error: Exception) -> "State[Any]":
    """A run's last state whose message is the one line that a person needs."""
    return Failed(message=masked(line_of(error)), data=error)


def run_facts() -> dict[str, str]:
    """Which run of Prefect's it is, for whoever is told how it ended."""
    return {
        "run": str(runtime.flow_run.name),
        "run_id": str(runtime.flow_run.id),
        "page": runtime.flow_run.ui_url or "",
    }
