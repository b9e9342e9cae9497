"""What many novels cost: characters × jobs, and, with --megabytes, as much text as is wanted.

    python benchmarks/scale.py                              # 1, 2, 4 and 8 characters, by 1 and by 2 jobs
    python benchmarks/scale.py --megabytes 10 100 1000      # so much text, in novels of a megabyte, by --jobs 2

Each character is weixiaobao, its novel as often as the size wants it, under chapter headings of their own; no
model is asked. What runs is `dramaturg build-all` in a process of its own. Seconds are of the wall, memory is the most
that all its processes held together (resident, read five times a second; pages they share count in each). The second
form says what a megabyte costs, how far from linear that is, and what 100,000 novels of a megabyte would take.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = "weixiaobao"
NOVELS = 100_000


def make_characters(data: Path, count: int, size: int) -> int:
    """So many characters with a novel of at least `size` bytes each; returns the bytes of all."""
    total = 0
    for number in range(count):
        sample = ROOT / "data" / "raw" / SAMPLE
        folder = data / "raw" / f"c{number:05}"
        folder.mkdir(parents=True)
        shutil.copy(sample / "character.yaml", folder)
        text = (sample / "novel.txt").read_text(encoding="utf-8")
        copies = -(-size // len(text.encode()))
        written = "\n".join(re.sub("第", f"第{number}·{copy}·", text, count=1) for copy in range(copies))
        total += (folder / "novel.txt").write_bytes(written.encode())
    return total


def memory(root: int) -> int:
    """Bytes resident in a process and all that it started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            process, parent = int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(process)
    return sum(map(resident, below(root, parents)))


def below(process: int, parents: dict[int, list[int]]) -> Iterator[int]:
    yield process
    for child in parents.get(process, []):
        yield from below(child, parents)


def resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def build_all(data: Path, jobs: int) -> tuple[float, int]:
    """Seconds and bytes of a `build-all`. Raises SystemExit where it fails."""
    environment = {**os.environ, "LLM": "off"}
    command = [sys.executable, "-c", "from flows.cli import main; main()", "build-all", "--jobs", str(jobs)]
    began, most = time.monotonic(), 0
    with subprocess.Popen(
        [*command, "--data", str(data)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        while run.poll() is None:
            most = max(most, memory(run.pid))
            time.sleep(0.2)
        if run.returncode:
            sys.exit((run.stderr.read() if run.stderr else b"").decode())
    return time.monotonic() - began, most


def measured(count: int, size: int, jobs: int) -> tuple[int, float, int]:
    with tempfile.TemporaryDirectory() as folder:
        total = make_characters(Path(folder), count, size)
        return total, *build_all(Path(folder), jobs)


def by_characters(counts: list[int], jobs: list[int], size: int) -> None:
    print(f"{'characters':>10} {'jobs':>5} {'MB':>7} {'seconds':>9} {'peak MB':>9}")
    for count in counts:
        for job in jobs:
            total, seconds, most = measured(count, size, job)
            print(f"{count:>10} {job:>5} {total / 1e6:>7.1f} {seconds:>9.1f} {most / 1e6:>9.0f}", flush=True)


def by_size(megabytes: list[int], jobs: int) -> None:
    print(f"{'MB':>7} {'seconds':>9} {'s a MB':>8} {'of linear':>10} {'peak MB':>9}")
    first = 0.0
    for size in megabytes:
        total, seconds, most = measured(size, 1_000_000, jobs)
        cost = seconds / (total / 1e6)
        first = first or cost
        print(f"{total / 1e6:>7.1f} {seconds:>9.1f} {cost:>8.2f} {cost / first:>10.2f} {most / 1e6:>9.0f}", flush=True)
    print(f"{NOVELS:,} novels of a megabyte, at the last cost: {cost * NOVELS * jobs / 3600:,.0f} hours of a processor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--size", type=int, default=1_000_000, help="bytes of each character's novel")
    parser.add_argument("--megabytes", type=int, nargs="+")
    given = parser.parse_args()
    if given.megabytes:
        by_size(given.megabytes, max(given.jobs))
    else:
        by_characters(given.characters, given.jobs, given.size)


if __name__ == "__main__":
    main()
