"""One character's build as a Prefect flow: a task a stage, cached by what it is made from."""

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.context import TaskRunContext
from tqdm import tqdm

from dramaturg import ROOT
from dramaturg.workspace import digest
from flows.pipeline import STAGES, active_stages, is_current, made_from, run_of, run_stage
from flows.stage import open_build

__all__ = ["build_dataset"]

_STAGES = {stage.name: stage for stage in STAGES}


def _cache_key(_context: TaskRunContext, parameters: dict[str, Any]) -> str:
    build = open_build(Path(parameters["data"]), parameters["character_id"], **parameters["settings"])
    return digest(parameters["data"], parameters["character_id"], parameters["stage"],
                  made_from(build, _STAGES[parameters["stage"]]))  # fmt: skip


@task(cache_key_fn=_cache_key, persist_result=True)
def _stage(stage: str, character_id: str, data: str, settings: dict[str, Any]) -> dict[str, Any]:
    """One stage's entry in the manifest, the stage done if need be."""
    return run_stage(open_build(Path(data), character_id, **settings), _STAGES[stage])


@flow(name="build-dataset", flow_run_name="build-{character_id}")
def build_dataset(character_id: str, data: str = str(ROOT / "data"), settings: dict[str, Any] | None = None) -> str:
    """Build a character's dataset; returns its folder. `settings` stand over environment and character.yaml."""
    build = open_build(Path(data), character_id, **(settings or {}))
    with run_of(build):
        for stage in tqdm(active_stages(build.settings), desc=character_id, unit="stage", disable=None):
            # a cached result does not know that its files were touched since
            done = is_current(build, stage)
            _stage.with_options(task_run_name=stage.name, refresh_cache=not done)(
                stage.name, character_id, data, settings or {}
            )
    return str(build.workspace.dataset)
