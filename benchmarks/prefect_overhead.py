"""What Prefect adds to a build: `dramaturg build` against `dramaturg build --prefect`, which tells a running server.

    .venv/bin/python benchmarks/prefect_overhead.py [times]

Seconds of whole commands, the median of so many (5), in turn, of a sample without a model: built from nothing, and with
nothing to do. Fails where Prefect adds more than 5 s.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
DRAMATURG = Path(sys.executable).with_name("dramaturg")
CHARACTER = "weixiaobao"
MOST = 5.0
HOWS = {"plain": (), "prefect": ("--prefect",)}


def seconds(command: list[object], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(list(map(str, command)), env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measured(data: Path, environment: dict[str, str], times: int) -> dict[tuple[str, str], list[float]]:
    """Seconds by what is there before, and how it is built."""
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(times):
        for how, option in HOWS.items():
            shutil.rmtree(data / "processed", ignore_errors=True)
            (data / "raw" / CHARACTER / "splits.json").unlink(missing_ok=True)
            command = [DRAMATURG, "build", CHARACTER, "--llm", "off", "--data", data, *option]
            for before in ("nothing is built", "all is built"):
                found.setdefault((before, how), []).append(seconds(command, environment))
    return found


def main(times: int) -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        home, data = Path(folder) / "home", Path(folder) / "data"
        home.mkdir()
        shutil.copytree(ROOT / "data" / "raw" / CHARACTER, data / "raw" / CHARACTER)
        environment = {**os.environ, "PREFECT_HOME": str(home)}
        environment.pop("PREFECT_API_URL", None)
        server = subprocess.Popen(
            [DRAMATURG, "prefect", "server", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/api/health")
            subprocess.run([DRAMATURG, "build", CHARACTER, "--llm", "off", "--data", data, "--prefect"],
                           env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # fmt: skip  # the first
            found = measured(data, environment, times)
        finally:
            server.terminate()
            server.wait()
    worst = 0.0
    for before in ("nothing is built", "all is built"):
        plain, under = (median(found[before, how]) for how in HOWS)
        worst = max(worst, under - plain)
        print(f"{before:<18}{plain:6.1f} s plain, {under:6.1f} s under Prefect: {under - plain:+.1f} s")
    return int(worst > MOST)


def wait_for(address: str) -> None:
    for _ in range(600):
        try:
            with urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server does not start")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
