import os
import subprocess
import sys
import time
from pathlib import Path

from flows.leftovers import end_leftover_servers

SERVER = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "prefect.server.api.server:create_app"],
                       env={"PREFECT_HOME": sys.argv[1], "PREFECT__SERVER_EPHEMERAL": "1"},
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid, flush=True)
if sys.argv[2] == "stay":
    sys.stdin.read()
"""


def serve(home: Path, what: str) -> tuple[subprocess.Popen[str], int]:
    """A stand-in for Prefect's server, started by a parent that stays or goes; the parent, and the server's pid."""
    parent = subprocess.Popen(
        [sys.executable, "-c", SERVER, home, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    server = int(parent.stdout.readline())
    if what == "go":
        parent.communicate()
    return parent, server


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_server_whose_flow_is_gone_is_ended(tmp_path: Path) -> None:
    _, server = serve(tmp_path, "go")
    assert end_leftover_servers(str(tmp_path)) == 1
    for _ in range(50):
        if not is_alive(server):
            break
        time.sleep(0.1)
    assert not is_alive(server)


def test_a_server_of_a_flow_that_runs_or_of_another_home_is_left_alone(tmp_path: Path) -> None:
    parent, server = serve(tmp_path, "stay")
    other_parent, other = serve(tmp_path / "other", "go")
    assert end_leftover_servers(str(tmp_path)) == 0
    assert is_alive(server)
    assert is_alive(other)
    parent.communicate()
    os.kill(server, 9)
    os.kill(other, 9)
    other_parent.wait()


def test_where_there_is_no_proc_nothing_happens(tmp_path: Path) -> None:
    assert end_leftover_servers(str(tmp_path), tmp_path / "proc") == 0
