"""How fast demonstrations are found: 1,500 instructions, each with the five best of 20,000 pairs, one process.

    python benchmarks/bm25.py

The pairs are made here, of words that are drawn as often as a language's are (Zipf's law), 8 to 60 to a pair. rank-bm25
itself finds those of 15 of the instructions in the same run, which its seconds for all are reckoned from. Seconds are
of processor time. The status is 1 where the five are not the same, or they take more than 2 seconds. Compare
figures of one run only.
"""

import random
import sys
import time
from collections.abc import Iterator
from itertools import accumulate, pairwise, product
from pathlib import Path

from rank_bm25 import BM25Okapi

ROOT = Path(__file__).parent.parent
PAIRS, QUERIES, SAMPLE, BEST = 20_000, 1_500, 15, 5
MOST_SECONDS = 2.0
VOCABULARY = {
    "en": ["".join(each) for each in product("bdfklmnprst", "aeiou", "bdgklmnprst", ["", "a", "en", "y"])],
    "zh": [chr(number) for number in range(0x4E00, 0x4E00 + 3_000)],
}


def main() -> None:
    sys.path.insert(0, str(ROOT))
    print(
        f"{'language':8} {'pairs':>7} {'index s':>7} {'queries':>7} {'seconds':>8} {'rank-bm25':>10} {'ratio':>6}  five"
    )
    is_met = [measure(language) for language in VOCABULARY]
    raise SystemExit(0 if all(is_met) else 1)


def measure(language: str) -> bool:
    """Prints one row; whether it is as it should be."""
    from dramaturg.exchanges import Exchange, Turn
    from dramaturg.generate.retrieval import PairIndex
    from dramaturg.script import Utterance

    def turn(role: str, content: str) -> Turn:
        return Turn(role, (Utterance(0, 0, role, content, "speech", "novel.txt", 0, len(content), 1.0, "tag"),))

    draw = random.Random(0)
    said = list(texts(language, 2 * PAIRS, draw))
    queries = list(texts(language, QUERIES, draw))
    exchanges = [
        Exchange("novel.txt", 0, number, turn("Asker", asked), turn("Role", answered), ())
        for number, (asked, answered) in enumerate(zip(said[::2], said[1::2], strict=True))
    ]
    started = time.process_time()
    index = PairIndex(exchanges, language)  # type: ignore[arg-type]
    made = time.process_time() - started
    started = time.process_time()
    found = [index.best(query, BEST) for query in queries]
    seconds = time.process_time() - started

    model = BM25Okapi([terms(one, language) + terms(other, language) for one, other in pairwise(said)][::2])
    started = time.process_time()
    theirs = [model.get_top_n(terms(query, language), range(PAIRS), BEST) for query in queries[:SAMPLE]]
    theirs_in = (time.process_time() - started) / SAMPLE * QUERIES
    is_same = [[said[2 * number] for number in best] for best in theirs] == [
        [pair.question for pair in best] for best in found[:SAMPLE]
    ]
    print(
        f"{language:8} {PAIRS:7,} {made:7.2f} {QUERIES:7,} {seconds:8.2f} {theirs_in:10.1f} {theirs_in / seconds:5.0f}x"
        f"  {'the same' if is_same else 'NOT THE SAME'}"
    )
    return is_same and seconds <= MOST_SECONDS


def texts(language: str, count: int, draw: random.Random) -> Iterator[str]:
    words = VOCABULARY[language]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    for _ in range(count):
        yield ("" if language == "zh" else " ").join(draw.choices(words, cum_weights=weights, k=draw.randint(4, 30)))


def terms(text: str, language: str) -> list[str]:
    """A text's terms, by a program of its own."""
    single = list(text) if language == "zh" else text.split()
    return single + [one + other for one, other in pairwise(single)] if language == "zh" else single


if __name__ == "__main__":
    main()
