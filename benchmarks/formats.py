"""How fast a dataset becomes talks and the forms of trainers, and in how much memory.

    .venv/bin/python benchmarks/formats.py 200000

Half of the rows are original exchanges, four to a scene, the other half role-specific. Two sizes are written, each in a
process of its own, the second with a tenth of the rows: memory is to be nearly the same.
"""

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SYSTEM = "You are Ned Tull, who rings the bell of a town that would rather sleep. " * 6


def spans(number: int) -> list[dict[str, Any]]:
    return [{"turn": turn, "source": "n.txt", "start": number * 100 + 50 * turn, "end": 0} for turn in (0, 1)]


def original(number: int) -> dict[str, Any]:
    return {
        "id": hashlib.sha256(str(number).encode()).hexdigest()[:16],
        "user_role": "Ann Pike",
        "user_question": f"「Where is bell number {number} of the tower, and who has the rope?」",
        "agent_role": "Ned Tull",
        "agent_response": f"「In the river, number {number}, where I put it, and there it stays.」",
        "response_source": "original",
        "more_dialogues": [],
        "spans": spans(number),
    }


def scene(number: int) -> dict[str, Any]:
    told = (span for exchange in range(4 * number, 4 * number + 4) for span in spans(exchange))
    turns = [{"kind": "speech", "content": "A line of forty characters, more or less.", **span} for span in told]
    return {"source": "n.txt", "scene_id": number, "turns": turns}


def specific(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:016x}",
        "question": f"What is the number {number} to you, and why do you keep it?",
        "generated": [f"It is my number {number}; it was my father's, and I keep it in the left boot."],
    }


def measure(rows: int, folder: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from dramaturg.publish import chatharuhi, rolebench, scenes
    from dramaturg.publish.dataset import write_config
    from dramaturg.publish.formats import FORMATS, Told, write_formats
    from dramaturg.publish.talks import Talk, read_talks
    from dramaturg.workspace import sha256_file

    dataset = folder / "dataset"
    write_config(dataset, chatharuhi.CONFIG, chatharuhi.SCHEMA, map(original, range(rows // 2)))
    write_config(dataset, scenes.CONFIG, scenes.SCHEMA, map(scene, range(rows // 8)))
    write_config(dataset, rolebench.CONFIG, rolebench.SCHEMA, map(specific, range(rows // 2)))

    def talks(split: str) -> Iterator[Talk]:
        return read_talks(dataset, split, SYSTEM)

    def write(names: Iterable[str], place: str) -> float:
        start = time.perf_counter()
        write_formats(folder / place, talks, ["train"], names, Told("ned", "en", True))
        return time.perf_counter() - start

    start = time.perf_counter()
    count = sum(1 for _ in talks("train"))
    read = time.perf_counter() - start
    one, every = write(["messages"], "one"), write(FORMATS, "every")
    again = write(FORMATS, "again")
    files = [path.relative_to(folder / "every") for path in (folder / "every").rglob("*.jsonl")]
    same = all(sha256_file(folder / "every" / path) == sha256_file(folder / "again" / path) for path in files)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{rows:>9,} rows, {count:>9,} talks: read {read:.1f} s, messages {one:.1f} s, all {len(FORMATS)} forms "
        f"{every:.1f} s, once more {again:.1f} s, {'the same' if same else 'OTHER'} bytes; {peak} MB at most"
    )


if __name__ == "__main__":
    if sys.argv[1] == "--within":
        measure(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        for size in (int(sys.argv[1]) // 10, int(sys.argv[1])):
            with tempfile.TemporaryDirectory() as made:
                subprocess.run([sys.executable, __file__, "--within", str(size), made], check=True)
