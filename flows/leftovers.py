"""Prefect's own server outlives a flow that was killed: end those that nobody owns any more."""

import os
import signal
from pathlib import Path

__all__ = ["end_leftover_servers"]


def end_leftover_servers(home: str, processes: Path = Path("/proc")) -> int:
    """End the temporary servers of `home` whose flow is gone; returns how many. Does nothing without /proc.

    Such a server is a uvicorn that serves Prefect's app, was started with this PREFECT_HOME, and whose parent is
    this very process, about to end, or died, so that process 1 or another reaper that is no Python has it now.
    """
    ended = 0
    for folder in processes.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if b"prefect.server.api.server:create_app" not in command:
                continue
            environment = (folder / "environ").read_bytes().split(b"\0")
            is_ours = f"PREFECT_HOME={home}".encode() in environment and b"PREFECT__SERVER_EPHEMERAL=1" in environment
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            is_orphan = b"python" not in (processes / parent / "cmdline").read_bytes().split(b"\0")[0]
            if is_ours and (is_orphan or parent == str(os.getpid())):
                os.kill(int(folder.name), signal.SIGTERM)
                ended += 1
        except OSError:  # it ended by itself, or is not ours to look at
            continue
    return ended
