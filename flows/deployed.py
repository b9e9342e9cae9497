"""What is registered with Prefect's server: the deployments of prefect.yaml, the pool that a worker takes runs from,
and what marks a run that died. A Prefect shell."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from prefect import serve as serve_deployments
from prefect.automations import Automation
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from dramaturg.errors import InputError

__all__ = ["deploy", "serve"]

_DIED = "dramaturg: a run that died"
_DEAD_AFTER = timedelta(seconds=100)
"""Of silence; a run that lives is heard every 30 seconds."""

_Tell = Callable[[str], None]


def deploy(file: Path, tell: _Tell) -> None:
    """Register the deployments of a prefect.yaml, their pools made where they are not. Raises InputError where the file
    is not one, or Prefect does not take it."""
    given = _read(file)
    for pool in {str(each["work_pool"]["name"]) for each in given}:
        _make_pool(pool)
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
    ran = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise InputError(f"{file}: Prefect does not take it: {_last_line(ran.stdout + ran.stderr)}")
    _watch_for_the_dead()
    for line in _told(given):
        tell(line)


def serve(file: Path, limit: int, tell: _Tell) -> None:
    """Register the deployments of a prefect.yaml and run what is due, in this process, until it is ended."""
    deployments = [_served(each) for each in _read(file)]
    _watch_for_the_dead()
    for line in _told(_read(file)):
        tell(line)
    # schedules stay: what was due while nothing ran is made up for
    serve_deployments(*deployments, limit=limit, print_starting_message=False, pause_on_shutdown=False)


def _served(given: dict[str, Any]) -> RunnerDeployment:
    flow: Flow[..., Any] = load_flow_from_entrypoint(given["entrypoint"])
    deployment: Any = flow.to_deployment(
        given["name"],
        schedules=[Schedule(**each) for each in given.get("schedules") or ()],
        parameters=given.get("parameters"),
        description=given.get("description"),
        tags=given.get("tags"),
        concurrency_limit=given.get("concurrency_limit"),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(deployment, RunnerDeployment)
    return deployment


def _read(file: Path) -> list[dict[str, Any]]:
    """The deployments that a file holds."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))["deployments"]
        return [
            {**each, "name": each["name"], "entrypoint": each["entrypoint"], "work_pool": each["work_pool"]}
            for each in found
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise InputError(f"{file}: no deployments in the form of Prefect's: {error}") from None


def _make_pool(name: str) -> None:
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(name)
        except ObjectNotFound:
            template = ProcessWorker.get_default_base_job_template()
            with suppress(ObjectAlreadyExists):
                client.create_work_pool(WorkPoolCreate(name=name, type=ProcessWorker.type, base_job_template=template))


def _watch_for_the_dead() -> None:
    """Have the server mark a run as crashed that has not been heard of: its process was killed, and perhaps nobody was
    there to see it."""
    ends = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled", "TimedOut")}
    wanted = Automation(
        name=_DIED,
        description="Marks a run as crashed whose process is gone",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *ends},
            match={"prefect.resource.id": "prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=_DEAD_AFTER,
        ),
        actions=[
            ChangeFlowRunState(
                name=None,
                state=StateType.CRASHED,
                message="its process was killed; the next run goes on from where it was",
                force=False,
            )
        ],
    )
    try:
        _known: Any = Automation.read(name=_DIED)
    except ValueError:
        _created: Any = wanted.create()  # no coroutine outside of one


def _told(given: list[dict[str, Any]]) -> Iterator[str]:
    for each in given:
        when = [
            f"{schedule['cron']} {schedule.get('timezone') or 'UTC'}"
            for schedule in each.get("schedules") or ()
            if "cron" in schedule and schedule.get("active", True)
        ]
        flow: Flow[..., Any] = load_flow_from_entrypoint(each["entrypoint"])
        name = f"{flow.name}/{each['name']}"
        yield f"{name:<24}{', '.join(when) or 'when it is asked for'}"


def _last_line(told: str) -> str:
    lines = [line.strip(" │╭╰─╮╯") for line in told.splitlines()]
    return next((line for line in reversed(lines) if line), "it does not say why")
