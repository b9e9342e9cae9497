"""Fits the weights of the speakers' features on folders of labelled novels.

    python -m extractors.novel.fit --language en --output extractors/novel/weights/en.json FOLDER...
    python -m extractors.novel.fit --language zh --output extractors/novel/weights/zh.json FOLDER... --beside FOLDER...

A folder holds `<doc>.txt`, its cast `<doc>.chars.json` (as `dramaturg extract --cast` takes it; more fields, and 1 and
0 for M and F, do no harm) and its quotes `<doc>.gold.jsonl`: lines of `start`, `end`, `speaker`, `aliases` and, where
a quote is not to count, `ignore`. What is fitted on are the quotes that Dramaturg finds itself. `--beside` takes
folders of the other language, for one of which few novels are labelled: what holds in both is learnt from both.
"""

import argparse
import json
import re
import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dramaturg.cast import CastMember, Gender
from dramaturg.text import Language
from dramaturg.workspace import write_atomic
from extractors.novel.acts import find_paragraphs
from extractors.novel.chain import Example, decide, fit_weights
from extractors.novel.features import Choice, Features
from extractors.novel.quotes import find_pieces
from extractors.novel.speakers import read_choices
from extractors.reading import read_text

__all__ = ["Labelled", "cross_validate", "main", "read_labelled"]

_OVERLAP = 0.8  # the share of two spans that has to be common for a quote to be the labelled one
_GENDERS = {"1": "M", "0": "F", "M": "M", "F": "F"}
_SHORT_NAME = 7  # letters, at most, of a work's name that may lie in another's by chance
_PASSES = 20
_PENALTY = 0.001
_PENALTY_BESIDE = 0.003  # where one language has little of its own
_OWN_TIMES = 2  # how often a language's own novels count, where others stand beside them
_OWN, _OTHER = "own:", "other:"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A novel to fit on. `speakers` are, for each choice, the names of the right speaker of each of its quotes."""

    folder: str
    name: str
    example: Example
    speakers: Sequence[Sequence[frozenset[str]]]


def read_labelled(folder: Path, language: Language) -> list[Labelled]:
    """Every labelled novel of a folder, by name."""
    return [
        _read(folder, gold.name.removesuffix(".gold.jsonl"), language) for gold in sorted(folder.glob("*.gold.jsonl"))
    ]


def _read(folder: Path, name: str, language: Language) -> Labelled:
    source = read_text(folder / f"{name}.txt")
    pieces = find_pieces(source.text, find_paragraphs(source), language)
    turns, found = read_choices(source.text, pieces, _read_cast(folder / f"{name}.chars.json"), language)
    choices = list(found)
    lines = (folder / f"{name}.gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = sorted((json.loads(line) for line in lines if line.strip()), key=lambda quote: quote["start"])
    gold = [quote for quote in gold if not quote.get("ignore")]
    starts = [quote["start"] for quote in gold]
    speakers = []
    right = []
    for turn, choice in zip(turns, choices, strict=True):
        names = []
        for piece in (pieces[number] for number in turn.quotes):
            near = gold[max(0, bisect_left(starts, piece.start) - 2) : bisect_left(starts, piece.end)]
            names += [
                frozenset(map(_plain, (quote["speaker"], *quote["aliases"])))
                for quote in near
                if _overlap((piece.start, piece.end), (quote["start"], quote["end"])) >= _OVERLAP
            ]
        speakers.append(names)
        right.append(_right(choice.candidates, names))
    return Labelled(folder.name, name, Example(choices, right), speakers)


def _read_cast(path: Path) -> list[CastMember]:
    members: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [
        CastMember(
            name=member["name"],
            aliases=tuple(alias for alias in member["aliases"] if alias.strip()),
            gender=cast(Gender, _GENDERS.get(str(member.get("gender")), "U")),
        )
        for member in members
    ]


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, re.sub(r"^(?:the|an?)\s+", "", name.strip(), flags=re.IGNORECASE).casefold()))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    return (min(one[1], other[1]) - max(one[0], other[0])) / (max(one[1], other[1]) - min(one[0], other[0]))


def _right(candidates: Sequence[str], speakers: Sequence[frozenset[str]]) -> int:
    """The candidate who is right for most quotes; the last, which stands for anyone else, where none is."""
    if not speakers:
        return -1
    votes = [sum(_plain(name) in names for names in speakers) for name in candidates[:-1]]
    return votes.index(max(votes)) if any(votes) else len(candidates) - 1


def cross_validate(
    novels: Sequence[Labelled], beside: Sequence[Labelled], folds: int
) -> dict[tuple[str, str], tuple[int, int]]:
    """Right and all quotes of each novel, by folder and name, with weights fitted on the other folds' novels.

    A novel that lies in two folders, whole or in parts, is in one fold. `beside` are always fitted on.
    """
    found = {}
    number_of = {novel.name: zlib.crc32(_work(novel.name, novels).encode()) % folds for novel in novels}
    for number in range(folds):
        weights = _fit([novel for novel in novels if number_of[novel.name] != number], beside)
        for novel in novels:
            if number_of[novel.name] == number:
                found[novel.folder, novel.name] = _score(novel, weights)
    return found


def _fit(novels: Sequence[Labelled], beside: Sequence[Labelled]) -> dict[str, float]:
    """Weights for novels of one language; those beside them share each feature's weight up to a difference
    that is learnt for each language (Daumé 2007)."""
    own = [novel.example for novel in novels]
    if not beside:
        return fit_weights(own, passes=_PASSES, penalty=_PENALTY)
    examples = [_twofold(example, _OWN) for example in own] * _OWN_TIMES
    examples += [_twofold(novel.example, _OTHER) for novel in beside]
    weights = fit_weights(examples, passes=_PASSES, penalty=_PENALTY_BESIDE)
    shared = {name: value for name, value in weights.items() if not name.startswith((_OWN, _OTHER))}
    return {name: value + weights.get(_OWN + name, 0.0) for name, value in shared.items()}


def _twofold(example: Example, mark: str) -> Example:
    """Every feature once as it is and once as the language's own."""

    def both(names: Iterable[str]) -> list[str]:
        return [each for name in names for each in (name, mark + name)]

    choices = [
        Choice(
            choice.candidates,
            [Features(both(each.names())) for each in choice.features],
            both(choice.same),
            both(choice.back),
        )
        for choice in example.choices
    ]
    return Example(choices, example.right)


def _work(name: str, novels: Sequence[Labelled]) -> str:
    """What a novel is called alike in every folder: the shortest of the names that lie in one another."""
    letters = {re.sub(r"[^a-z]", "", each.name.lower()) for each in novels}
    own = re.sub(r"[^a-z]", "", name.lower())
    return min((each for each in letters if len(each) > _SHORT_NAME and each in own), key=len, default=name)


def _score(novel: Labelled, weights: dict[str, float]) -> tuple[int, int]:
    right = total = 0
    for (names, likely), speakers in zip(decide(novel.example.choices, weights), novel.speakers, strict=True):
        best = _plain(names[int(likely[:-1].argmax())]) if len(names) > 1 else ""
        right += sum(best in each for each in speakers)
        total += len(speakers)
    return right, total


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--language", choices=["zh", "en"], required=True)
    parser.add_argument("--output", type=Path, help="the weights to write")
    parser.add_argument("--folds", type=int, help="print the accuracy on novels not fitted on, in so many folds")
    parser.add_argument("--beside", nargs="+", type=Path, default=[], metavar="FOLDER", help="of the other language")
    given = parser.parse_args()
    other: Language = "zh" if given.language == "en" else "en"
    novels = [novel for folder in given.folders for novel in read_labelled(folder, given.language)]
    beside = [novel for folder in given.beside for novel in read_labelled(folder, other)]
    if given.folds:
        _print_scores(cross_validate(novels, beside, given.folds))
    if given.output:
        fitted = {
            "fitted_on": sorted({novel.folder for novel in (*novels, *beside)}),
            "weights": {name: round(value, 4) for name, value in sorted(_fit(novels, beside).items())},
        }
        with write_atomic(given.output) as file:
            file.write((json.dumps(fitted, ensure_ascii=False, indent=1) + "\n").encode())


def _print_scores(scores: dict[tuple[str, str], tuple[int, int]]) -> None:
    by_folder = defaultdict(list)
    for (folder, name), (right, total) in sorted(scores.items()):
        if total:
            by_folder[folder].append((right, total))
            print(f"{folder}/{name}: {right / total:.3f} of {total}")
    for folder, each in by_folder.items():
        micro = sum(right for right, _ in each) / sum(total for _, total in each)
        macro = sum(right / total for right, total in each) / len(each)
        print(f"{folder}: {micro:.4f} of all quotes, {macro:.4f} in the mean of {len(each)} texts")


if __name__ == "__main__":
    main()
