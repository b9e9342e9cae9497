"""How long 100,000 rows take to be split into train and test, and those of train to be held against those of test.

    python benchmarks/splits.py [--rows 100000]

The rows are a model's questions and answers, half Chinese and half English, of drawn words; one in ten asks what
another asks, a little changed. To be split, all of them come at once; to be held against each other, the changed ones
are the test rows. Seconds are of processor time. The status is 1 where a row is lost, a question and its like stand on
two sides, the test side is off its share by a hundredth, or a train row that a test row was made of is not found.
"""

import argparse
import sys
import time
from pathlib import Path

from near_rows import planted

ROOT = Path(__file__).parent.parent
SHARE = 0.1
LANGUAGES = ("zh", "en")  # of the rows by turns


def main() -> None:
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    texts, origins = planted(count, count // 10)
    is_met = [measure_split(texts, origins), measure_contaminated(texts, origins)]
    raise SystemExit(0 if all(is_met) else 1)


def measure_split(texts: list[str], origins: list[int]) -> bool:
    """Prints one row; whether it is as it should be."""
    from dramaturg.curate.rows import Row
    from dramaturg.curate.splits import Sides, split

    rows = [Row("general", str(number), (), (text, "Yes.")) for number, text in enumerate(texts)]
    began = time.process_time()
    made = split({}, [], rows, "en", Sides(), SHARE)
    seconds = time.process_time() - began
    sides = {each.key: each.side for each in made.placed}
    apart = sum(sides[str(number)] != sides[str(origin)] for number, origin in enumerate(origins) if origin >= 0)
    held = sum(side == "test" for side in sides.values()) / len(texts)
    print(f"split: {len(texts):,} rows in {seconds:.1f} s, {held:.1%} held out, {apart:,} apart from their like")
    return len(sides) == len(texts) and not made.rejected and not apart and abs(held - SHARE) < 0.01


def measure_contaminated(texts: list[str], origins: list[int]) -> bool:
    """Prints one row; whether it is as it should be."""
    from dramaturg.curate.decontaminate import contaminated, phrase_reader
    from dramaturg.curate.rows import LEAST_WORDS, Row
    from dramaturg.text import count_words

    found: set[int] = set()
    wanted: set[int] = set()
    seconds = 0.0
    for place, language in enumerate(LANGUAGES):
        test, train = [], []
        for number, origin in enumerate(origins):
            if (number if origin < 0 else origin) % len(LANGUAGES) != place:
                continue
            row = Row("general", str(number), (), (texts[number], f"Yes {number}."))
            (train if origin < 0 else test).append(row)
            if origin >= 0 and min(map(count_words, (texts[number], texts[origin]))) >= LEAST_WORDS[language]:
                wanted.add(origin)
        began = time.process_time()
        found |= {int(row.key) for row, _ in contaminated(test, train, language, phrase_reader(()))}
        seconds += time.process_time() - began
    print(
        f"held against each other: {len(texts):,} rows in {seconds:.1f} s, {len(wanted):,} to be found, "
        f"{len(wanted - found):,} of them not, {len(found - wanted):,} others"
    )
    return not wanted - found


if __name__ == "__main__":
    main()
