"""A Dask cluster on this machine, started as an operator starts one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dramaturg import ROOT

__all__ = ["ClusterHere", "clustered"]


@dataclass
class ClusterHere:
    """A scheduler's address, and the processes of its workers' nannies."""

    address: str
    nannies: "list[subprocess.Popen[str]]"

    @property
    def settings(self) -> dict[str, str]:
        return {"RUNNER": "dask", "ADDRESS": self.address}


@contextmanager
def clustered(folder: Path, *workers: dict[str, str]) -> Iterator[ClusterHere]:
    """A cluster with a worker of a thread for each of these environments."""
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "LLM": "off"}
    file = folder / "scheduler.json"
    scheduler = ["dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: object, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *map(str, arguments)]
        with (folder / f"{len(started)}.log").open("w") as told:
            started.append(
                subprocess.Popen(command, env={**known, **environment}, cwd=folder, text=True, stdout=told, stderr=told)
            )

    try:
        start(*scheduler, environment={})
        until = time.monotonic() + 60
        while (address := _address_in(file)) is None:
            assert time.monotonic() < until
            time.sleep(0.1)
        for each in workers:
            start("dask_worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", folder,
                  environment=each)  # fmt: skip
        yield ClusterHere(address, started[1:])
    finally:
        for each in reversed(started):
            each.terminate()
        for each in started:
            each.wait()


def _address_in(file: Path) -> str | None:
    """The scheduler's, once it has written all of its file."""
    try:
        return str(json.loads(file.read_text())["address"])
    except (FileNotFoundError, ValueError):
        return None
