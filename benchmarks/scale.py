"""What many novels cost: characters × jobs, and, with --megabytes, as much text as is wanted.

    python benchmarks/scale.py                              # 1, 2, 4 and 8 characters, by 1 and by 2 jobs
    python benchmarks/scale.py --megabytes 10 100 1000      # so much text, in novels of --size, by --jobs 2
    python benchmarks/scale.py --megabytes 1000 --folder F  # the same, goes on there if it was ended before

Each character's novel is its own (benchmarks/invented.py); no model is asked. What runs is one `dramaturg build-all`.
Processor seconds are those of all its processes, in the system too; they hardly hang on what else the machine does, as
seconds of the wall do, and what a megabyte costs, how far from linear that is, and what 100,000 novels would take is
reckoned from them. Memory is the most that all its processes held together (resident, read five times a second; pages
they share count in each), and what `build-all` held by itself (its own). Disk is what was written for each byte of the
novels.

A run with --folder leaves there what it makes. Where one was ended, the same command builds what is not built yet, and
the figures are of both together: but for what those builds had cost that were under way, which are done anew, and with
the second or two that `build-all` takes to begin once more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from invented import LANGUAGES, write_character

ROOT = Path(__file__).resolve().parent.parent
NOVELS = 100_000
MEASURED = "measured.json"
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY = 0.2  # seconds


@dataclass(slots=True)
class Cost:
    """Seconds of the wall and of processors, bytes of memory: of all processes together, and of the first alone."""

    wall: float = 0.0
    processor: float = 0.0
    most: int = 0
    own: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        wall, processor = self.wall + other.wall, self.processor + other.processor
        return Cost(wall, processor, max(self.most, other.most), max(self.own, other.own))


def make_characters(data: Path, count: int, size: int, language: str) -> int:
    """So many characters with a novel of at least `size` bytes each, but for those that are there; the bytes of all.
    Those that are built are set aside: even to see that nothing is to be done takes a process a second."""
    for place in ("raw", "built"):
        (data / place).mkdir(exist_ok=True)
    for manifest in data.glob("processed/*/manifest.json"):
        raw = data / "raw" / manifest.parent.name
        if raw.is_dir() and "export" in json.loads(manifest.read_bytes())["stages"]:
            raw.rename(data / "built" / raw.name)
    total = 0
    for number in range(count):
        name = f"c{number:05}"
        made = [data / place / name for place in ("raw", "built") if (data / place / name).is_dir()]
        if made:
            total += (made[0] / "novel.txt").stat().st_size
        else:
            total += write_character(data / "unfinished", language, number, size)
            (data / "unfinished").rename(data / "raw" / name)
    return total


def resident_in_all(root: int) -> int:
    """Bytes resident in a process and all that it started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            process, parent = int(stat.parent.name), int(fields_of(stat)[1])
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
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def fields_of(stat: Path) -> list[str]:
    """What /proc says of a process, from its state on (proc(5))."""
    return stat.read_text().rpartition(")")[2].split()


def processor_seconds(process: int) -> float:
    """Of a process and of all that it started and saw end."""
    return sum(map(int, fields_of(Path(f"/proc/{process}/stat"))[11:15])) / TICK


def build_all(data: Path, jobs: int, before: Cost) -> Cost:
    """What a `build-all` costs, after what it has cost `before`; kept in the folder while it runs. Raises SystemExit
    where it fails."""
    environment = {**os.environ, "LLM": "off"}
    command = [sys.executable, "-c", "from flows.cli import main; main()", "build-all", "--jobs", str(jobs)]
    began, cost = time.monotonic(), Cost()
    with subprocess.Popen(
        [*command, "--data", str(data)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        assert run.stderr is not None
        os.set_blocking(run.stderr.fileno(), False)
        told = b""
        while not os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):  # as long as it can be read of
            sampled = Cost(
                time.monotonic() - began, processor_seconds(run.pid), resident_in_all(run.pid), resident(run.pid)
            )
            cost = Cost(most=cost.most, own=cost.own) + sampled
            (data / MEASURED).write_text(json.dumps(asdict(before + cost)))
            told = (told + (run.stderr.read() or b""))[-10_000:]
            time.sleep(EVERY)
        cost.wall, cost.processor = time.monotonic() - began, processor_seconds(run.pid)
        told += run.stderr.read() or b""
    if run.returncode:
        sys.exit(told.decode(errors="replace"))
    (data / MEASURED).write_text(json.dumps(asdict(before + cost)))
    return before + cost


def measured(count: int, jobs: int, given: argparse.Namespace) -> tuple[int, Cost, float]:
    """Bytes of so many novels, what it costs to build them, bytes on disk for each of theirs."""
    if given.folder:
        data = given.folder / f"{given.language}-{count}x{given.size}-{jobs}"
        data.mkdir(parents=True, exist_ok=True)
    with nullcontext(data) if given.folder else tempfile.TemporaryDirectory() as folder:
        total = make_characters(Path(folder), count, given.size, given.language)
        known = Path(folder, MEASURED)
        before = Cost(**json.loads(known.read_text())) if known.is_file() else Cost()
        cost = build_all(Path(folder), jobs, before) if any(Path(folder, "raw").iterdir()) else before
        return total, cost, on_disk(Path(folder, "processed")) / total


def on_disk(folder: Path) -> int:
    """Bytes that a folder's files take up."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def by_characters(given: argparse.Namespace) -> None:
    print(f"{'characters':>10} {'jobs':>5} {'MB':>7} {'wall s':>9} {'processor s':>12} {'peak MB':>9} {'its own':>9}")
    for count in given.characters:
        for jobs in given.jobs:
            total, cost, _ = measured(count, jobs, given)
            print(
                f"{count:>10} {jobs:>5} {total / 1e6:>7.1f} {cost.wall:>9.1f} {cost.processor:>12.1f} "
                f"{cost.most / 1e6:>9.0f} {cost.own / 1e6:>9.0f}",
                flush=True,
            )


def by_size(given: argparse.Namespace) -> None:
    print(
        f"{'MB':>7} {'novels':>7} {'wall s':>9} {'processor s':>12} {'s a MB':>8} {'of linear':>10} {'peak MB':>9} "
        f"{'its own':>9} {'disk':>6}"
    )
    first = 0.0
    for megabytes in given.megabytes:
        count = max(1, round(megabytes * 1_000_000 / given.size))
        total, cost, disk = measured(count, max(given.jobs), given)
        each = cost.processor / (total / 1e6)
        first = first or each
        print(
            f"{total / 1e6:>7.1f} {count:>7} {cost.wall:>9.1f} {cost.processor:>12.1f} {each:>8.2f} "
            f"{each / first:>10.2f} {cost.most / 1e6:>9.0f} {cost.own / 1e6:>9.0f} {disk:>5.1f}x",
            flush=True,
        )
    hours = cost.processor / count * NOVELS / 3600
    what = f"{NOVELS:,} novels of {given.size / 1e6:g} MB"
    room = total / count * disk * NOVELS / 1e12
    print(f"{what} at the last cost: {hours:,.0f} hours of a processor, {room:,.1f} TB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--size", type=int, default=3_000_000, help="bytes of each character's novel")
    parser.add_argument("--language", choices=LANGUAGES, default="zh")
    parser.add_argument("--megabytes", type=int, nargs="+", metavar="MB")
    parser.add_argument("--folder", type=Path, help="where characters and datasets go, and stay; else none stay")
    given = parser.parse_args()
    if given.megabytes:
        by_size(given)
    else:
        by_characters(given)


if __name__ == "__main__":
    main()
