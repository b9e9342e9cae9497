"""What runs by the clock: all characters, the benchmark over them, what is to be published. Prefect shells."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State

from dramaturg import ROOT
from dramaturg.errors import DramaturgError, InputError, line_of
from dramaturg.publish.hub import hub_token
from dramaturg.settings import setting_alone
from dramaturg.workspace import read_json, write_json
from flows.alone import Outcome
from flows.announced import Ending, announcing, changed_from
from flows.artifacts import put
from flows.benchmark import build_benchmark, render_benchmark
from flows.build_dataset import AGAIN_AFTER, build_dataset, checked, failed, never, run_facts, where_it_helps
from flows.built import dataset_digest
from flows.many import budget_of, build_many, characters_of
from flows.pipeline import spending
from flows.publish import Publishing
from flows.publish import publish as publish_dataset
from flows.stage import Build, open_build

__all__ = ["benchmark", "build_all", "publish"]

_DATA = str(ROOT / "data")
_PUBLISHED = ".published.json"
"""Beside a dataset, which bytes of it were published where last."""


@flow(name="build-all", flow_run_name="build-all")
def build_all(
    characters: list[str] | None = None,
    data: str = _DATA,
    settings: dict[str, Any] | None = None,
    fresh: bool = False,
    retries: int = 0,
    stage_hours: float | None = None,
    report: bool = False,
    publish: bool = False,
    jobs: int | None = None,
) -> Any:
    """Build the datasets of these characters, or of all under data/raw; one that fails stops no other. With `publish`
    each whose bytes are not those that were published last goes to the repository that PUBLISH_TO names. Of `jobs` more
    than one are built at a time, as by `make build-all`; what that leaves unfinished or failed is done again in a run
    of its own. The other parameters are those of build-dataset.
    """
    told: list[dict[str, str]] = []
    wrong: dict[str, list[str]] = {}
    try:
        given = checked(settings)
        chosen = characters or characters_of(Path(data))
        runs = _Builds(chosen, data, given, retries, stage_hours, jobs, fresh, report).run()
    except DramaturgError as error:
        return _refused(error)
    for name, state in runs:
        came_of_it = {"character": name, "build": "built" if state.is_completed() else state.message or "failed"}
        if not state.is_completed():
            wrong.setdefault(came_of_it["build"], []).append(name)
        elif publish:
            try:
                came_of_it["published"] = _publish_what_is_new(open_build(Path(data), name, **given), given, retries)
            except (DramaturgError, OSError) as error:
                came_of_it["published"] = line_of(error)
                wrong.setdefault(f"publishing: {line_of(error)}", []).append(name)
        told.append(came_of_it)
    log = get_run_logger()
    put(lambda: create_table_artifact(told, key="build-all", description="Each, and what came of it"), log.warning)
    if wrong:
        count = sum(map(len, wrong.values()))
        told_of = "; ".join(f"{', '.join(names)}: {why}" for why, names in wrong.items())
        return failed(DramaturgError(f"{count} of {len(chosen)} went wrong: {told_of}"))
    return chosen


def _refused(error: DramaturgError) -> "State[Any]":
    """That no character's build was begun, of which else nobody would be told."""
    with suppress(DramaturgError), announcing(Ending("build-all", "", facts=run_facts()), get_run_logger().warning):
        raise error
    return failed(error)


@flow(name="publish", flow_run_name="publish-{character_id}")
def publish(
    character_id: str,
    repo: str | None = None,
    tag: str | None = None,
    private: bool | None = None,
    withhold: bool | None = None,
    dry_run: bool = False,
    data: str = _DATA,
    retries: int = 0,
) -> Any:
    """Put a built dataset on the Hub, as `dramaturg publish` does. Without `repo`, `private` or `withhold` the settings
    PUBLISH_TO, PUBLISH_PRIVATE and PUBLISH_WITHHOLD say how. The token is the worker's: HF_TOKEN, or a login."""
    try:
        build = open_build(Path(data), character_id)
        where = repo or _repo_of(build)
        if where is None:
            raise InputError(f"{character_id}: where to? Give repo, or set PUBLISH_TO")
        _sent(build, {}, where, retries, tag=tag, private=private, withhold=withhold, dry_run=dry_run)
        return where
    except (DramaturgError, OSError) as error:
        return failed(error)


@flow(name="benchmark", flow_run_name="benchmark")
def benchmark(
    characters: list[str] | None = None,
    unseen: list[str] | None = None,
    data: str = _DATA,
    settings: dict[str, Any] | None = None,
    retries: int = 0,
    stage_hours: float | None = None,
    jobs: int | None = None,
) -> Any:
    """Build these characters, or all under data/raw, and of them RoleBench's benchmark, in data/processed/rolebench.
    The roles `unseen` are held out whole. Returns its folder. The other parameters are those of build-all."""
    try:
        with announcing(Ending("rolebench", "", facts=run_facts()), get_run_logger().warning) as ending:
            given = checked(settings)
            chosen = characters or characters_of(Path(data))
            ending.character = " ".join(chosen)
            for _, state in _Builds(chosen, data, given, retries, stage_hours, jobs).run():
                state.result()
            return _laid_out(chosen, unseen, data, given)
    except (DramaturgError, OSError) as error:
        return failed(error)


@dataclass(frozen=True, slots=True)
class _Builds:
    """Many characters' builds, by the parameters of build-all."""

    characters: Sequence[str]
    data: str
    given: dict[str, Any]
    retries: int
    stage_hours: float | None
    jobs: int | None
    fresh: bool = False
    report: bool = False

    def run(self) -> "Iterator[tuple[str, State[Any]]]":
        """Build them, as many at once as may be; then each in a run of Prefect's own, how that ended. What MAX_COST
        says is for all of them together."""
        if (self.jobs or 1) == 1 and setting_alone("runner") != "dask":
            return self._one_by_one({}, {})
        before: dict[str, str | None] = {}
        for name in self.characters:
            with suppress(DramaturgError, OSError):  # its run will say what is wrong
                before[name] = dataset_digest(open_build(Path(self.data), name, **self.given))
        made = _at_once(self.characters, self.data, self.given, self.jobs, self.fresh, self.stage_hours)
        return self._one_by_one(before, {each.character: each for each in made})

    def _one_by_one(
        self, before: dict[str, str | None], outcomes: dict[str, Outcome]
    ) -> "Iterator[tuple[str, State[Any]]]":
        budget = budget_of(Path(self.data), self.characters, self.given)
        for outcome in outcomes.values():
            budget.settle(0.0, outcome.cost)
        for name in self.characters:
            allotted = budget.allot()
            is_anew = name in outcomes and outcomes[name].state != "failed"
            with changed_from(before), spending() as spent:
                state: State[Any] = build_dataset(  # type: ignore[assignment]  # no flow of ours is asynchronous
                    name,
                    self.data,
                    self.given if allotted is None else {**self.given, "max_cost": allotted},
                    self.fresh and not is_anew,
                    self.retries,
                    self.stage_hours,
                    self.report,
                    return_state=True,
                )
            budget.settle(allotted, spent.cost)
            yield name, state


@task(task_run_name="at once", retries=1, retry_condition_fn=never)
def _at_once(
    characters: Sequence[str],
    data: str,
    settings: dict[str, Any],
    jobs: int | None,
    fresh: bool,
    stage_hours: float | None,
) -> list[Outcome]:
    """Build so many at a time, each in a process of its own, here or on the cluster."""
    return build_many(Path(data), characters, settings, jobs, fresh, stage_hours, get_run_logger().info)


@task(task_run_name="rolebench")
def _laid_out(characters: list[str], unseen: list[str] | None, data: str, settings: dict[str, Any]) -> str:
    made = build_benchmark([open_build(Path(data), name, **settings) for name in characters], unseen)
    told = render_benchmark(made)
    get_run_logger().info("%s", told)
    page = "\n".join(f"    {line}" for line in told.splitlines())
    about = "RoleBench's layout over these roles: the rows of each file"
    put(lambda: create_markdown_artifact(page, key="rolebench", description=about), get_run_logger().warning)
    return str(made.folder)


def _publish_what_is_new(build: Build, settings: dict[str, Any], retries: int) -> str:
    """Publish a dataset that is not on the Hub as it is here; what came of it, in a few words."""
    repo = _repo_of(build)
    if repo is None:
        return "nowhere: PUBLISH_TO is not set"
    record = build.workspace.processed / _PUBLISHED
    now = {"repo": repo, "dataset": dataset_digest(build)}
    if _read(record) == now:
        return f"{repo}: as it was"
    _sent(build, settings, repo, retries)
    write_json(record, now)
    return f"{repo}: published"


def _sent(build: Build, settings: dict[str, Any], repo: str, retries: int, **how: Any) -> None:
    """Have a dataset published, and tried again where that can help; raises what is wrong."""
    name = build.workspace.character_id
    facts = {**run_facts(), "repo": repo}
    with announcing(Ending("publish", name, build.settings, facts), get_run_logger().warning):
        if not how.get("dry_run") and hub_token() is None:
            raise InputError("no token of the Hub: set HF_TOKEN in the environment of the worker")
        sending = _send.with_options(task_run_name=f"publish-{name}", retries=retries)
        sending(name, str(build.workspace.data), settings, repo, how)


@task(retry_condition_fn=where_it_helps, retry_delay_seconds=AGAIN_AFTER)
def _send(character_id: str, data: str, settings: dict[str, Any], repo: str, how: dict[str, Any]) -> None:
    build = open_build(Path(data), character_id, **settings)
    private, withhold = how.get("private"), how.get("withhold")
    asked = Publishing(
        repo,
        datetime.now(UTC).date().isoformat(),
        tag=how.get("tag"),
        private=build.settings.publish_private if private is None else private,
        withhold=build.settings.publish_withhold if withhold is None else withhold,
        dry_run=how.get("dry_run", False),
    )
    publish_dataset(build, asked, get_run_logger().info)


def _repo_of(build: Build) -> str | None:
    set_to = build.settings.publish_to
    return None if set_to is None else set_to.replace("{char}", build.workspace.character_id)


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except (OSError, ValueError):
        return None
