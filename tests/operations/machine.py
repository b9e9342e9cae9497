"""Prefect's server and worker as `make` starts them, on a home of their own, and what can be asked of them and done to
them. All that was started is ended by its id."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import uuid4

from dramaturg import ROOT

DRAMATURG = Path(sys.executable).with_name("dramaturg")
SECONDS = 180.0
FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

Run = dict[str, Any]


@dataclass
class Machine:
    """`environment` is what is added to that of all it starts."""

    home: Path
    environment: dict[str, str]
    port: int = 0
    server: "subprocess.Popen[bytes] | None" = None
    worker: "subprocess.Popen[bytes] | None" = None
    _logs: list[Path] = field(default_factory=list)

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_server(self) -> None:
        self.port = self.port or _free_port()
        self.server = self._start("server", "--port", str(self.port))
        wait_for(self._answers, "the server answers")

    def start_worker(self) -> None:
        self.worker = self._start("worker")

    def start_serving(self) -> "subprocess.Popen[bytes]":
        """All by one command, which is under way once it has told of its last deployment."""
        process = self._start("serve")
        wait_for(lambda: "publish/hub" in self._logs[-1].read_text(), "it serves")
        return process

    def deploy(self, *options: str) -> str:
        command = [DRAMATURG, "prefect", "deploy", *options]
        ran = subprocess.run(command, env=self._environment(), cwd=ROOT, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def run(self, deployment: str, **parameters: Any) -> str:
        """Ask for a run, as the page does; its id."""
        of = self.get(f"/deployments/name/{deployment}")["id"]
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "idempotency_key": uuid4().hex}
        found: str = self.post(f"/deployments/{of}/create_flow_run", body)["id"]
        return found

    def state(self, run: str) -> Run:
        found: Run = self.get(f"/flow_runs/{run}")["state"]
        return found

    def ended(self, run: str) -> Run:
        """The last state of a run, once it has one."""
        return wait_for(lambda: state if (state := self.state(run))["type"] in FINAL else None, f"run {run} ends")

    def process_of(self, run: str) -> int:
        """The process that executes a run."""
        own = f"PREFECT__FLOW_RUN_ID={run}".encode()
        found = [pid for pid, environment in self._processes() if own in environment]
        engines = [pid for pid in found if b"prefect.engine" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert engines, "no process runs it"
        return engines[-1]

    def get(self, path: str) -> Any:
        return self._ask(Request(f"{self.page}/api{path}"))

    def post(self, path: str, body: Any) -> Any:
        token = self.get("/csrf-token?client=tests")["token"]
        headers = {"Content-Type": "application/json", "Prefect-Csrf-Token": token, "Prefect-Csrf-Client": "tests"}
        return self._ask(Request(f"{self.page}/api{path}", json.dumps(body).encode(), headers))

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in self._logs)

    def end(self) -> None:
        """End all that was started on this home, and what that started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            until = time.monotonic() + 10
            for pid, _ in self._processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            while self._processes() and time.monotonic() < until:
                time.sleep(0.1)
        for process in (self.server, self.worker):
            if process is not None:
                process.wait(10)
        assert self._processes() == []

    def _processes(self) -> list[tuple[int, list[bytes]]]:
        """Those of this home, and their environments."""
        own = f"PREFECT_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                environment = (folder / "environ").read_bytes().split(b"\0")
                if own in environment and folder.name != str(os.getpid()):
                    found.append((int(folder.name), environment))
        return found

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        log = self.home / f"{arguments[0]}-{len(self._logs)}.log"
        self._logs.append(log)
        with log.open("wb") as file:
            return subprocess.Popen(
                [DRAMATURG, "prefect", *arguments],
                env=self._environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """Nothing of the developer's but where programs are."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
        own = {"HOME": str(self.home), "PREFECT_HOME": str(self.home), "NO_PROXY": "*", "HF_HUB_OFFLINE": "1"}
        return {**kept, **own, **self.environment}

    def _answers(self) -> bool:
        assert self.server is not None
        assert self.server.poll() is None, self.logs()
        try:
            return bool(self.get("/health"))
        except OSError:
            return False

    def _ask(self, request: Request) -> Any:
        for _ in range(20):
            with suppress(TimeoutError):
                try:
                    with urlopen(request, timeout=10) as answer:
                        return json.load(answer)
                except HTTPError as error:  # as Prefect's own client: its database is locked
                    if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                        raise
                except URLError as error:  # it starts again
                    if not isinstance(error.reason, ConnectionError | TimeoutError):
                        raise
            time.sleep(0.5)
        raise ConnectionError(request.full_url)


def wait_for(look: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """What `look` finds, once it finds something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} seconds: {what}")


@contextmanager
def running(home: Path, **environment: str) -> Iterator[Machine]:
    machine = Machine(home, environment)
    try:
        yield machine
    finally:
        machine.end()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
