"""`dramaturg prefect …`: Prefect's server, what is deployed to it, and what runs it. No Prefect but in a command."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from flows.cli_given import tell

__all__ = ["prefect"]

prefect = typer.Typer(
    help="Runs by the clock, and the page that shows them.", no_args_is_help=True, rich_markup_mode=None
)

_Port = Annotated[int, typer.Option(min=1, max=65535, help="Where on this machine the server and its page are.")]
_Limit = Annotated[int, typer.Option(min=1, help="The most runs at once.")]
_File = Annotated[
    Path | None, typer.Option("--file", help="The deployments, in Prefect's form.  [default: prefect.yaml]")
]


@prefect.command()
def server(port: _Port = 4200) -> None:
    """Start Prefect's server with its page, for this machine alone. What it knows is in .prefect; Ctrl-C ends it."""
    from flows.prefect_server import server_command

    command, environment = server_command(port)
    tell(f"Prefect's page: http://127.0.0.1:{port}. Then, in other terminals: make deploy, and make worker.")
    os.execve(command[0], command, environment)


@prefect.command()
def deploy(file: _File = None) -> None:
    """Register the deployments of prefect.yaml with the server, and the pool that a worker takes their runs from."""
    from flows.prefect_server import DEPLOYMENTS, use_server

    use_server()
    from flows.deployed import deploy as register

    register(file or DEPLOYMENTS, tell)
    tell("registered; make worker runs them")


@prefect.command()
def worker(limit: _Limit = 2) -> None:
    """Run what is due, or asked for in the page, until Ctrl-C. Keys and tokens are those of its environment."""
    from dramaturg.settings import load_settings
    from flows.prefect_server import use_server, worker_command

    load_settings({})  # what is wrong is told now, and not at two in the night
    use_server()
    command = worker_command(limit)
    os.execve(command[0], command, dict(os.environ))


@prefect.command()
def serve(port: _Port = 4200, limit: _Limit = 2, file: _File = None) -> None:
    """All that by one command: the server where none runs, the deployments, and their runs. Ctrl-C ends it."""
    from dramaturg.settings import load_settings
    from flows.prefect_server import (
        DEPLOYMENTS,
        ending_with_this,
        find_server,
        server_command,
        use_server,
        wait_for_server,
    )

    load_settings({})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # so that what was started here is ended too
    with suppress(KeyboardInterrupt), ending_with_this() as started:
        if find_server() is None:
            command, environment = server_command(port)
            tell("Prefect's server starts …")
            started.append(
                subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
            )
            wait_for_server(started[0])
        page = use_server().removesuffix("/api")
        from flows.deployed import serve as run

        tell(f"Prefect's page: {page}")
        run(file or DEPLOYMENTS, limit, tell)
