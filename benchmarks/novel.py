"""How fast novels are read, and in how much memory: the whole extraction, rules only, one process on one core.

    python benchmarks/novel.py                      the sample novels, repeated to 1.2 and to 10 million characters
    python benchmarks/novel.py --language zh FILE…  novels of your own, as they are

The texts of the first form are sample fiction over and over: what they show is how time and memory grow. Each text is
read by a fresh process, whose peak memory is that of Python and its libraries too. Compare figures of one run only.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAMPLES = {"zh": ROOT / "data/raw/weixiaobao/novel.txt", "en": ROOT / "data/raw/holmes/novel.epub"}
SIZES = (300_000, 1_200_000, 10_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("novels", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--language", choices=["zh", "en"])
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measure(given.novels[0], given.language)
        return
    print(
        f"{'novel':28} {'characters':>12} {'lines':>9} {'cast':>5} {'seconds':>9} {'characters/s':>13} {'peak MB':>8}"
    )
    if given.novels:
        for novel in given.novels:
            run(novel, given.language)
        return
    with tempfile.TemporaryDirectory() as folder:
        for language, sample in SAMPLES.items():
            for size in SIZES:
                run(repeated(sample, size, Path(folder) / f"{language}-{size}.txt"), language)


def repeated(sample: Path, size: int, path: Path) -> Path:
    """The sample's text over and over, in `size` characters."""
    sys.path.insert(0, str(ROOT))
    from extractors.reading import read_text

    text = read_text(sample).text + "\n\n"
    path.write_text((text * (size // len(text) + 1))[:size], encoding="utf-8")
    return path


def run(novel: Path, language: str) -> None:
    subprocess.run([sys.executable, __file__, "--one", "--language", language, str(novel)], check=True)


def measure(novel: Path, language: str) -> None:
    """Prints one row: the novel read and its script made, no cast given."""
    sys.path.insert(0, str(ROOT))
    from extractors.novel import extract_novel
    from extractors.reading import read_text

    started = time.process_time()
    read = read_text(novel)
    script = extract_novel(novel.name, read, language)  # type: ignore[arg-type]
    seconds = time.process_time() - started
    lines = [line for line in script.utterances if line.is_speech]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{novel.name[:28]:28} {len(read.text):12,} {len(lines):9,} {len({line.role for line in lines}):5} "
        f"{seconds:9.2f} {len(read.text) / seconds:13,.0f} {peak:8.0f}"
    )


if __name__ == "__main__":
    main()
