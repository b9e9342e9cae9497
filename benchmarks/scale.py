"""What many novels cost: characters × jobs, and, with --megabytes, as much text as is wanted.

    python benchmarks/scale.py                              # 1, 2, 4 and 8 characters, by 1 and by 2 jobs
    python benchmarks/scale.py --megabytes 10 100 1000      # so much text, in novels of three megabytes

Each character has weixiaobao's cast and a Chinese novel of a million characters (novels.py), no two the same; no model
is asked. What runs is `dramaturg build-all` in a process of its own. Seconds are of the wall and, in all its
processes together, of the processor; memory is the most that these held at once (resident, read five times a second;
pages they share count in each). The second form says by the processor's seconds what a megabyte costs, how far from
linear that is, and what 100,000 such novels would take. `disk` is what sources and builds take of it at the end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from novels import NAMES, novel

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = "weixiaobao"
NOVELS = 100_000
CHARACTERS = 1_000_000  # in a novel


@dataclass(frozen=True, slots=True)
class Cost:
    """What a `build-all` took: bytes of sources, seconds of the wall and of the processor, bytes of memory, of disk."""

    read: int
    wall: float
    processor: float
    memory: int
    disk: int


def make_characters(data: Path, count: int, size: int) -> int:
    """So many characters with a novel of at least `size` characters each; returns the bytes of all."""
    sample = (ROOT / "data" / "raw" / SAMPLE / "character.yaml").read_text(encoding="utf-8")
    assert all(name in sample for name in NAMES)
    total = 0
    for number in range(count):
        folder = data / "raw" / f"c{number:05}"
        folder.mkdir(parents=True)
        (folder / "character.yaml").write_text(sample, encoding="utf-8")
        total += (folder / "novel.txt").write_bytes(novel(number, size).encode())
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


def build_all(data: Path, read: int, jobs: int) -> Cost:
    """Run it. Raises SystemExit where it fails."""
    environment = {**os.environ, "LLM": "off"}
    command = [sys.executable, "-c", "from flows.cli import main; main()", "build-all", "--jobs", str(jobs)]
    began, most = time.monotonic(), 0
    before = os.times()
    with subprocess.Popen(
        [*command, "--data", str(data)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        while run.poll() is None:
            most = max(most, memory(run.pid))
            time.sleep(0.2)
        if run.returncode:
            sys.exit((run.stderr.read() if run.stderr else b"").decode())
    wall, after = time.monotonic() - began, os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    disk = sum(path.stat().st_blocks * 512 for path in data.rglob("*") if path.is_file())
    return Cost(read, wall, processor, most, disk)


def measured(count: int, size: int, jobs: int, folder: Path | None) -> Cost:
    with tempfile.TemporaryDirectory(dir=folder) as data:
        return build_all(Path(data), make_characters(Path(data), count, size), jobs)


def by_characters(counts: list[int], jobs: list[int], size: int, folder: Path | None) -> None:
    print(f"{'characters':>10} {'jobs':>5} {'MB':>7} {'seconds':>9} {'processor':>10} {'peak MB':>9}")
    for count in counts:
        for job in jobs:
            cost = measured(count, size, job, folder)
            print(
                f"{count:>10} {job:>5} {cost.read / 1e6:>7.1f} {cost.wall:>9.1f} {cost.processor:>10.1f} "
                f"{cost.memory / 1e6:>9.0f}",
                flush=True,
            )


def by_size(megabytes: list[int], jobs: int, size: int, folder: Path | None) -> None:
    print(
        f"{'novels':>7} {'MB':>7} {'seconds':>9} {'processor':>10} {'s a MB':>8} {'of linear':>10} {'peak MB':>9} "
        f"{'disk MB':>9}"
    )
    first = 0.0
    for wanted in megabytes:
        count = max(1, round(wanted * 1e6 / (size * 2.82)))  # bytes of a character, of these novels
        cost = measured(count, size, jobs, folder)
        each = cost.processor / (cost.read / 1e6)
        first = first or each
        print(
            f"{count:>7} {cost.read / 1e6:>7.1f} {cost.wall:>9.1f} {cost.processor:>10.1f} {each:>8.2f} "
            f"{each / first:>10.2f} {cost.memory / 1e6:>9.0f} {cost.disk / 1e6:>9.0f}",
            flush=True,
        )
    hours = cost.processor / count * NOVELS / 3600
    print(f"{NOVELS:,} such novels, at the last cost: {hours:,.0f} hours of a processor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--size", type=int, default=CHARACTERS, help="characters of each novel")
    parser.add_argument("--megabytes", type=int, nargs="+")
    parser.add_argument("--folder", type=Path, help="where it is built, in a folder that goes; else a temporary one")
    given = parser.parse_args()
    if given.megabytes:
        by_size(given.megabytes, max(given.jobs), given.size, given.folder)
    else:
        by_characters(given.characters, given.jobs, given.size, given.folder)


if __name__ == "__main__":
    main()
