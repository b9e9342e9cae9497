"""RoleBench's benchmark over many roles: each built as it always is, then laid out together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from dramaturg.curate.splits import role_side
from dramaturg.errors import EmptyBuildError, InputError
from dramaturg.publish.benchmark import KINDS, BenchmarkRole, read_role, write_benchmark
from dramaturg.script import Utterance
from dramaturg.workspace import digest
from flows.built import built_profile
from flows.pipeline import run_all
from flows.stage import BENCHMARK, SCRIPT_FILE, Build, records

__all__ = ["Benchmark", "build_benchmark", "render_benchmark"]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Where it lies, its roles, the ids of those that are held out, and the rows of each file."""

    folder: Path
    roles: Sequence[BenchmarkRole]
    unseen: Sequence[str]
    written: dict[str, int]


def build_benchmark(builds: Sequence[Build], unseen: Sequence[str] | None = None) -> Benchmark:
    """Build each character, and of all the benchmark. Raises InputError where two roles of a language have one name, or
    one is held out that is none of them; EmptyBuildError where no model has written anything."""
    for build in builds:
        run_all(build)
    roles = [_role(build) for build in builds]
    _check_names(roles)
    held_out = _held_out(roles, builds[0].settings.test_share) if unseen is None else list(unseen)
    if unknown := set(held_out) - {role.character_id for role in roles}:
        raise InputError(f"{', '.join(sorted(unknown))}: held out, but not among the roles of the benchmark")
    if not any(rows for role in roles for kind in KINDS for rows in role.rows[kind].values()):
        raise EmptyBuildError("no model has written a row of any of these roles: there is nothing to make it of")
    folder = builds[0].workspace.data / "processed" / BENCHMARK
    return Benchmark(folder, roles, held_out, write_benchmark(folder, roles, held_out))


def _role(build: Build) -> BenchmarkRole:
    character = build.character
    return read_role(
        build.workspace.dataset,
        build.workspace.character_id,
        character.name,
        character.language,
        character.work,
        built_profile(build).description,
        records(build, SCRIPT_FILE, Utterance),
    )


def _held_out(roles: Sequence[BenchmarkRole], share: float) -> list[str]:
    """By hash about `share` of the roles of each language that has two at least: one, and never all."""
    held_out: list[str] = []
    for _, group in groupby(sorted(roles, key=lambda role: role.language), key=lambda role: role.language):
        own = [role.character_id for role in group]
        if len(own) > 1:
            found = [each for each in own if role_side(each, share) == "test"]
            held_out += found if 0 < len(found) < len(own) else [min(own, key=digest)]
    return held_out


def _check_names(roles: Sequence[BenchmarkRole]) -> None:
    named = Counter((role.language, role.name) for role in roles)
    for (_, name), count in named.items():
        if count > 1:
            ids = [role.character_id for role in roles if role.name == name]
            raise InputError(f"{' and '.join(ids)} are both called {name}: a role has one name in the benchmark")


def render_benchmark(benchmark: Benchmark) -> str:
    """Its roles and the rows of each file."""
    lines = [f"{role.character_id:<16}{role.language}  {role.name}" for role in benchmark.roles]
    lines += ["", *(f"{rows:>9,}  {path}" for path, rows in sorted(benchmark.written.items())), ""]
    told = ", ".join(benchmark.unseen) or "none: it takes two roles of a language at least"
    return "\n".join([*lines, f"held out where roles are generalized to: {told}", f"benchmark  {benchmark.folder}"])
