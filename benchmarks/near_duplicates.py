"""How many near-duplicates are found, how fast, and in how much memory, beside other programs.

    python benchmarks/near_duplicates.py [--without-peers]

Near is ROUGE-L (F1 over words, in Chinese characters) of 0.7 and more, reckoned here for all pairs, by rapidfuzz, of
words found by a rule of this program's own. Four tables: all pairs of 5,000 rows as in role-play data; 100,000 rows
of which 20,000 are made of others; 20,000 long rows, 4,000 of them made of others; 1,000,000 rows, 200,000 made of
others. Rows are half Chinese, half English, of 5 to 40 words, the long ones of 20 to 600. Each program runs in a
process of its own, the others in environments that are made once in ~/.cache. Seconds are of the search alone, from
strings to numbers; peak memory is that of the process, Python, libraries and rows with it, or of its largest child
where that is more. A row is falsely flagged where it is not near to the very row that is kept for it. The status is 1
where this program falls short of what the last lines name. Compare figures of one run only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from near_peers import PEERS, command, python_of
from near_rows import long, planted, talk
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

NEAR = 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--without-peers", action="store_true", help="this program alone")
    pythons = {"dramaturg": sys.executable} | ({} if parser.parse_args().without_peers else installed())
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the first run\n")
    alone = {"dramaturg": sys.executable}
    met = [*measure_pairs(pythons), *measure_kept(pythons, "rows", planted(100_000, 20_000), 8, 1024)]
    met += measure_kept(pythons, "long rows", long(20_000, 4_000), 30, 1024)
    met += measure_kept(alone, "rows", planted(1_000_000, 200_000), 180, 4096)
    print("\n".join(f"{'met  ' if is_met else 'MISSED'} {name}" for name, is_met in met))
    raise SystemExit(0 if all(is_met for _, is_met in met) else 1)


def installed() -> dict[str, str]:
    pythons = {}
    for peer in PEERS:
        try:
            pythons[peer] = str(python_of(peer))
        except OSError as error:
            print(f"{peer} is left out: {error}")
    return pythons


def measure_pairs(pythons: dict[str, str]) -> list[tuple[str, bool]]:
    rows = talk(5_000)
    likeness = ratios(rows, rows)
    near = {(one, other) for one, other in np.argwhere(likeness >= NEAR - 1e-9).tolist() if one < other}
    print(f"all pairs of {len(rows):,} rows: {len(near):,} are near")
    print(f"{'program':12} {'seconds':>8} {'pairs':>8} {'recall':>7} {'precision':>9} {'F1':>7}")
    ours = 0.0
    for name, python in pythons.items():
        if name == "text-dedup":  # which gives no pairs
            continue
        ran = run(python, name, "pairs", rows)
        if ran is None:
            continue
        found = {(one, other) for one, other in ran["found"]}
        right = len(found & near)
        f1 = 2 * right / (len(found) + len(near))
        ours = f1 if name == "dramaturg" else ours
        print(
            f"{name:12} {ran['seconds']:8.1f} {len(found):8,} {right / len(near):7.4f} "
            f"{right / max(1, len(found)):9.4f} {f1:7.4f}"
        )
    print()
    return [("F1 over pairs of 5,000 rows >= .97", ours >= 0.97)]


def measure_kept(
    pythons: dict[str, str], kind: str, given: tuple[list[str], list[int]], seconds: float, megabytes: float
) -> list[tuple[str, bool]]:
    rows, origins = given
    name_of_all = f"{len(rows):,} {kind}"
    print(f"{name_of_all}, {sum(origin >= 0 for origin in origins):,} of them planted")
    print(
        f"{'program':12} {'seconds':>8} {'cpu s':>7} {'ratio':>6} {'peak MB':>8} {'recall':>8} {'zh':>7} {'en':>7} "
        f"{'gone':>8} {'false':>7} {'originals gone':>14}  versions"
    )
    ours: dict[str, Any] = {}
    for name, python in pythons.items():
        ran = run(python, name, "kept", rows)
        if ran is None:
            continue
        kept = ran["found"]
        ran |= judged(rows, origins, kept)
        ours = ours or ran
        print(
            f"{name:12} {ran['seconds']:8.1f} {ran['cpu']:7.1f} {ran['seconds'] / ours['seconds']:5.1f}x "
            f"{ran['peak']:8,.0f} {ran['recall']:8.5f} {ran['zh']:7.4f} {ran['en']:7.4f} {ran['gone']:8,} "
            f"{ran['false']:7,} {ran['originals']:14,}  {ran['versions']}"
        )
    print()
    return [
        (f"{name_of_all}: recall >= .995", ours["recall"] >= 0.995),
        (f"{name_of_all}: none falsely flagged", ours["false"] == 0),
        (f"{name_of_all}: {seconds:.0f} seconds", ours["seconds"] <= seconds),
        (f"{name_of_all}: {megabytes:,.0f} MB", ours["peak"] <= megabytes),
    ]


def judged(rows: list[str], origins: list[int], kept: list[int]) -> dict[str, float]:
    """Of the planted rows, the shares that are gone. `originals` are rows gone that are made of none: those that are
    not falsely flagged are near to another by chance."""
    gone = [number for number, other in enumerate(kept) if other != number]
    near = of_pairs([rows[number] for number in gone], [rows[kept[number]] for number in gone]) >= NEAR - 1e-9
    is_gone = {
        language: [kept[number] != number for number, origin in enumerate(origins) if origin >= 0 and origin % 2 == odd]
        for odd, language in enumerate(("zh", "en"))
    }
    return {
        "gone": len(gone),
        "false": int((~near).sum()) if gone else 0,
        "originals": sum(origins[number] < 0 for number in gone),
        "recall": sum(map(sum, is_gone.values())) / sum(map(len, is_gone.values())),
        **{language: sum(each) / len(each) for language, each in is_gone.items()},
    }


def run(python: str, peer: str, task: str, rows: list[str]) -> dict[str, Any] | None:
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "rows.json", Path(folder) / "found.json"
        given.write_text(json.dumps(rows))
        done = subprocess.run(command(python, peer, task, given, found), capture_output=True, text=True)
        if done.returncode:
            print(f"{peer:12} died: {(done.stderr.strip().splitlines() or ['no word'])[-1][:90]}")
            return None
        ran: dict[str, Any] = json.loads(found.read_text())
        return ran


# --- ROUGE-L, by a program of its own ------------------------------------------------------------------------


def words(text: str) -> list[str]:
    """Letters and digits in a row, with an apostrophe between them; a Chinese character by itself."""
    found, last = [], ""
    for before, character, after in zip(" " + text[:-1], text.lower(), text[1:] + " ", strict=True):
        if "\u3400" <= character <= "\u9fff":
            found += [last, character]
            last = ""
        elif character.isalnum() or (character in "'’" and before.isalnum() and after.isalnum() and last):
            last += character
        else:
            found.append(last)
            last = ""
    return [word for word in [*found, last] if word]


def coded(texts: list[list[str]]) -> list[str]:
    numbers: dict[str, int] = {}
    return ["".join(chr(numbers.setdefault(word, len(numbers))) for word in text) for text in texts]


def ratios(ones: list[str], others: list[str]) -> Any:
    """ROUGE-L of each of the ones with each of the others."""
    texts = coded([words(text) for text in ones + others])
    ones, others = texts[: len(ones)], texts[len(ones) :]
    common = process.cdist(ones, others, scorer=LCSseq.similarity, dtype=np.int32, workers=-1)
    return 2 * common / np.maximum(1, np.add.outer([len(one) for one in ones], [len(other) for other in others]))


def of_pairs(ones: list[str], others: list[str]) -> Any:
    """ROUGE-L of each of the ones with the other in its place."""
    texts = coded([words(text) for text in ones + others])
    ones, others = texts[: len(ones)], texts[len(ones) :]
    common = process.cpdist(ones, others, scorer=LCSseq.similarity, dtype=np.int32, workers=-1)
    return 2 * common / np.array([len(one) + len(other) for one, other in zip(ones, others, strict=True)])


if __name__ == "__main__":
    main()
