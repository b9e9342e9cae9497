"""Near-duplicates found by several programs, each in a process of its own.

    python benchmarks/near_peers.py PEER TASK ROWS.json FOUND.json

benchmarks/near_duplicates.py runs it, `dramaturg` with its own python, the others with one that has them installed.
TASK is `kept`, for each row the number of the row kept for it, or `pairs`, all pairs of rows that are near.

rensa and datasketch hash shingles of characters, 2 in Chinese and 5 in English, 128 times. rensa's are looked up in 32
bands of 4, and what is found is then compared in full, as near-duplicates of this program are. The others are taken as
they come, with Jaccard of 0.54, which is what ROUGE-L of 0.7 comes to over words where none is moved. text-dedup's
words, which stand between spaces, are taken one by one.
"""

import json
import os
import pickle
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

__all__ = ["PEERS", "command", "python_of"]

_ROOT = Path(__file__).parent.parent
_CACHE = Path.home() / ".cache" / "dramaturg-benchmarks" / "near"
_PACKAGES = {
    "rensa": "rensa==0.5.0 rapidfuzz==3.14.6",
    "datasketch": "datasketch==2.0.0",
    "text-dedup": "text-dedup==0.4.0",
}
PEERS = tuple(_PACKAGES)
_NEAR, _BANDS, _ROWS, _SEED = 0.7, 32, 4, 1
_JACCARD = _NEAR / (2 - _NEAR)

Found = list[int] | list[tuple[int, int]]


def python_of(peer: str) -> Path:
    """The peer's python, in an environment that is made where there is none.

    Raises OSError with pip's last words where it cannot be installed.
    """
    made, packages = _CACHE / peer, _PACKAGES[peer]
    python, mark = made / "bin" / "python", made / "installed"
    if not mark.exists() or mark.read_text() != packages:
        print(f"  {packages} is installed into {made}, once …", file=sys.stderr)
        for step in (
            [sys.executable, "-m", "venv", "--clear", str(made)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages.split()],
        ):
            done = subprocess.run(step, capture_output=True, text=True)
            if done.returncode:
                said = (done.stderr or done.stdout).strip().splitlines() or [f"status {done.returncode}"]
                raise OSError(f"{packages} cannot be installed: {said[-1]}")
        mark.write_text(packages)
    return python


def command(python: Path | str, peer: str, task: str, rows: Path, found: Path) -> list[str]:
    return [str(python), __file__, peer, task, str(rows), str(found)]


# --- in the process ------------------------------------------------------------------------------------------


def _dramaturg(rows: list[str], task: str) -> Found:
    from dramaturg.curate.near import NearIndex

    if task == "kept":
        matches = NearIndex().add_all(rows)
        return [number if match is None else match.number for number, match in enumerate(matches)]
    index = NearIndex()
    of_kept: dict[int, list[int]] = {}  # the same text again is as near as the first
    for number, row in enumerate(rows):
        same = index.keep(row)
        of_kept.setdefault(number if same is None else same.number, []).append(number)
    return [
        (other, number)
        for number, row in enumerate(rows)
        for kept in index.near(row)
        for other in of_kept[kept]
        if other < number
    ]


def _rensa(rows: list[str], task: str) -> Found:
    from rapidfuzz.distance import Indel
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(_JACCARD, _BANDS * _ROWS, _BANDS)
    texts = [_words(row) for row in rows]
    found: list[tuple[int, int]] = []
    kept = list(range(len(rows)))
    for number, row in enumerate(rows):
        sketch = RMinHash(_BANDS * _ROWS, _SEED)
        sketch.update(_shingles(row))
        near = (
            other
            for other in sorted(set(index.query(sketch)))
            if Indel.normalized_similarity(texts[number], texts[other], score_cutoff=_NEAR) > 0
        )
        if task == "pairs":
            found += [(other, number) for other in near]
        else:
            kept[number] = next(near, number)
        if kept[number] == number:
            index.insert(number, sketch)
    return found if task == "pairs" else kept


def _datasketch(rows: list[str], task: str) -> Found:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=_JACCARD, num_perm=_BANDS * _ROWS)
    found: list[tuple[int, int]] = []
    kept = list(range(len(rows)))
    for number, row in enumerate(rows):
        sketch = MinHash(num_perm=_BANDS * _ROWS, seed=_SEED)
        sketch.update_batch([shingle.encode() for shingle in _shingles(row)])
        near = sorted(index.query(sketch))
        if task == "pairs":
            found += [(other, number) for other in near]
        elif near:
            kept[number] = near[0]
        if kept[number] == number:
            index.insert(number, sketch)
    return found if task == "pairs" else kept


def _text_dedup(rows: list[str], task: str) -> Found:
    if task == "pairs":
        raise NotImplementedError("it gives clusters, not pairs")
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "rows.jsonl"
        given.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
        options = {"path": "json", "data_files": given, "split": "train", "cache_dir": f"{folder}/cache"}
        options |= {"output": f"{folder}/out", "column": "text", "ngram": 1, "min_length": 1, "threshold": _JACCARD}
        subprocess.run(
            [sys.executable, "-m", "text_dedup.minhash", "--debug"]
            + [part for name, value in options.items() for part in (f"--{name}", str(value))],
            env=os.environ | {"HF_HOME": folder, "HF_HUB_OFFLINE": "1"},
            cwd=folder,
            check=True,
            capture_output=True,
        )
        with (Path(folder) / "out" / "uf.pkl").open("rb") as dumped:
            parents = pickle.load(dumped)
    parent = getattr(parents, "parent", parents)

    def root(number: int) -> int:
        while (above := parent.get(number, number)) != number:
            number = above
        return number

    kept: dict[int, int] = {}  # of each cluster the first; text-dedup itself keeps any
    return [kept.setdefault(root(number), number) for number in range(len(rows))]


def _words(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’][^\W_]+)?", text.lower())


def _shingles(text: str) -> list[str]:
    """Those of the text's own script, at least one."""
    words = _words(text)
    is_chinese = sum("\u3400" <= word <= "\u9fff" for word in words) * 2 > len(words)
    joined, size = ("".join(words), 2) if is_chinese else (" ".join(words), 5)
    return [joined[start : start + size] for start in range(max(1, len(joined) - size + 1))]


def _installed(peer: str) -> Iterator[str]:
    for package in {"dramaturg": ("numpy", "rapidfuzz"), "rensa": ("rensa", "rapidfuzz")}.get(peer, (peer,)):
        yield f"{package} {version(package)}"


_RUN: dict[str, Callable[[list[str], str], Found]] = {
    "dramaturg": _dramaturg,
    "rensa": _rensa,
    "datasketch": _datasketch,
    "text-dedup": _text_dedup,
}


def _peak() -> float:
    """In MB. Linux counts a process's parent into ru_maxrss, so there it is asked otherwise."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (kilobytes,) = re.findall(r"VmHWM:\s*(\d+)", status.read_text())
    return int(kilobytes) / 1024


def _main() -> None:
    peer, task, given, found = sys.argv[1:]
    sys.path.insert(0, str(_ROOT))
    rows = json.loads(Path(given).read_text())
    started, cpu = time.perf_counter(), sum(os.times()[:4])
    answer = _RUN[peer](rows, task)
    taken = {
        "seconds": time.perf_counter() - started,
        "cpu": sum(os.times()[:4]) - cpu,
        "peak": max(_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "versions": ", ".join(_installed(peer)),
    }
    Path(found).write_text(json.dumps(taken | {"found": answer}))


if __name__ == "__main__":
    _main()
