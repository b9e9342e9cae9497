"""How fast a dataset's rows go to Parquet beyond being read, in how much memory, and whether to the same bytes.

    .venv/bin/python benchmarks/parquet.py [ROWS]

200,000 rows by default, ChatHaruhi's with all of their columns, read from JSON lines: two original exchanges of four
turns, each with its spans, to one that a model wrote, with its passages and a judgement. The writer is the dataset's,
dramaturg.publish.dataset.write_config. Each run is a process of its own: a tenth of the rows, all of them, and all once
more with other hashes of strings.
"""

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parent.parent
WORDS = "bell rope river tower letter lamp boot winter garden horse sailor window ladder market silver candle".split()


def said(number: int, salt: str, words: int) -> str:
    drawn = hashlib.shake_256(f"{salt} {number}".encode()).digest(words)
    return " ".join(WORDS[each % len(WORDS)] for each in drawn).capitalize() + "."


def key(number: int, salt: str) -> str:
    return hashlib.sha256(f"{salt} {number}".encode()).hexdigest()


def row(number: int) -> dict[str, Any]:
    is_original = number % 3 < 2
    place = 100 * number
    span = {"source": "novel.txt", "at": None}
    judged = {"answers": "yes", "style": "yes", "correct": "unknown", "score": 4, "reason": said(number, "why", 12)}
    return {
        "user_role": "Ann Pike",
        "user_question": f"「{said(number, 'question', 14)}」",
        "agent_role": "Ned Tull",
        "agent_response": f"「{said(number, 'answer', 30)}」",
        "question_source": "story" if is_original else "synthesized",
        "more_dialogues": [f"Ann Pike:「{said(number, 'more', 10)}」", f"Ned Tull:「{said(number, 'last', 20)}」"],
        "agent_role_name_en": "ned",
        "id": key(number, "id")[:16],
        "spans": [
            {**span, "turn": turn, "start": place + 20 * turn, "end": place + 20 * turn + 18} for turn in range(4)
        ]
        if is_original
        else [],
        "response_source": "original" if is_original else "generated",
        "model": None if is_original else "a-model",
        "licence": "CC0-1.0",
        "context": []
        if is_original
        else [{"source": "novel.txt", "start": place + each, "end": place + each + 90} for each in (0, 100, 200)],
        "prompt": None if is_original else "synthesis@3",
        "request": None if is_original else key(number, "request"),
        "question_request": None if is_original else key(number // 9, "questions"),
        "more_requests": [] if is_original else [key(number, "more")],
        "quality": None if is_original else {**judged, "model": "a-judge", "request": key(number, "judge")},
    }


def read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)


def measure(path: Path, folder: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from dramaturg.publish.chatharuhi import CONFIG, SCHEMA
    from dramaturg.publish.dataset import parquet_path, write_config
    from dramaturg.workspace import sha256_file

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = now()
    count = sum(1 for _ in read(path))
    reading = now() - start
    start = now()
    assert write_config(folder, CONFIG, SCHEMA, read(path)) == count
    beyond = now() - start - reading
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = (folder / parquet_path(CONFIG)).stat().st_size
    print(
        f"{count:>9,} rows: read in {reading.real:.2f} s ({reading.imag:.2f} of the processor), written in "
        f"{beyond.real:.2f} s ({beyond.imag:.2f}) beyond that, {size:,} bytes; {peak // 1024} MB at most, of which "
        f"{before // 1024} before the first row\t{sha256_file(folder / parquet_path(CONFIG))}"
    )


def now() -> complex:
    """Seconds of the clock, and as the imaginary part those of the processor, which others' work does not lengthen."""
    return complex(time.perf_counter(), time.process_time())


def run(path: Path, folder: Path, seed: str) -> str:
    """What a run says, printed; returns the SHA-256 of what it wrote."""
    done = subprocess.run(
        [sys.executable, __file__, "--within", str(path), str(folder)],
        check=True, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip
    told, _, sha256 = done.stdout.strip().partition("\t")
    print(told, flush=True)
    return sha256


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        files = {size: Path(made) / f"{size}.jsonl" for size in (rows // 10, rows)}
        for size, path in files.items():
            with path.open("wb") as file:
                file.writelines(orjson.dumps(row(number), option=orjson.OPT_APPEND_NEWLINE) for number in range(size))
        run(files[rows // 10], Path(made) / "few", "1")
        first = run(files[rows], Path(made) / "one", "1")
        again = run(files[rows], Path(made) / "two", "2")
    print(f"{'the same' if first == again else 'OTHER'} bytes, {first}")
    if first != again:
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--within"]:
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 200_000)
