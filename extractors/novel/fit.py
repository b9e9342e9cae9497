"""Fits the weights of the speakers' features on folders of labelled novels.

    python -m extractors.novel.fit --language en --output extractors/novel/weights/en.json FOLDER...
    python -m extractors.novel.fit --language zh --output extractors/novel/weights/zh.json FOLDER... --beside FOLDER...

A folder holds `<doc>.txt`, its cast `<doc>.chars.json` (as `dramaturg extract --cast` takes it; more fields, and 1 and
0 for M and F, do no harm) and its quotes `<doc>.gold.jsonl`: lines of `start`, `end`, `speaker`, `aliases`, `ignore`
where a quote is not to count, and `type` where the accuracy is wanted by kind. What is fitted on are the quotes that
Dramaturg finds itself. `--beside` takes folders of the other language, for one of which few novels are labelled: what
holds in both is learnt from both.
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
from typing import Any, NamedTuple, cast

from dramaturg.cast import CastMember, Gender
from dramaturg.text import Language
from dramaturg.workspace import write_atomic
from extractors.novel.acts import find_paragraphs
from extractors.novel.chain import Example, decide, fit_weights
from extractors.novel.features import Choice, Features
from extractors.novel.quotes import find_pieces
from extractors.novel.speakers import read_choices
from extractors.reading import read_text

__all__ = ["Label", "Labelled", "Outcome", "cross_validate", "main", "read_labelled"]

_OVERLAP = 0.8  # the share of two spans that has to be common for a quote to be the labelled one
_GENDERS = {"1": "M", "0": "F", "M": "M", "F": "F"}
_SHORT_NAME = 7  # letters, at most, of a work's name that may lie in another's by chance
_PASSES = 20
_PENALTY = 0.001
_PENALTY_BESIDE = 0.003  # where one language has little of its own
_OWN_TIMES = 2  # how often a language's own novels count, where others stand beside them
_BINS = 10
_OWN, _OTHER = "own:", "other:"


class Label(NamedTuple):
    """The right speaker of a quote, by all names, and what kind of quote it is, where that is told."""

    names: frozenset[str]
    kind: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A novel to fit on. `labels` are, for each choice, those of its quotes."""

    folder: str
    name: str
    example: Example
    labels: Sequence[Sequence[Label]]


class Outcome(NamedTuple):
    """What came of a labelled quote: how likely its speaker was taken to be, and whether that is the right one."""

    kind: str
    confidence: float
    is_right: bool


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
    labels = []
    right = []
    for turn, choice in zip(turns, choices, strict=True):
        found_here = []
        for piece in (pieces[number] for number in turn.quotes):
            near = gold[max(0, bisect_left(starts, piece.start) - 2) : bisect_left(starts, piece.end)]
            found_here += [
                Label(frozenset(map(_plain, (quote["speaker"], *quote["aliases"]))), quote.get("type") or "")
                for quote in near
                if _overlap((piece.start, piece.end), (quote["start"], quote["end"])) >= _OVERLAP
            ]
        labels.append(found_here)
        right.append(_right(choice.candidates, found_here))
    return Labelled(folder.name, name, Example(choices, right), labels)


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


def _right(candidates: Sequence[str], labels: Sequence[Label]) -> int:
    """The candidate who is right for most quotes; the last, which stands for anyone else, where none is."""
    if not labels:
        return -1
    votes = [sum(_plain(name) in label.names for label in labels) for name in candidates[:-1]]
    return votes.index(max(votes)) if any(votes) else len(candidates) - 1


def cross_validate(
    novels: Sequence[Labelled], beside: Sequence[Labelled], folds: int
) -> dict[tuple[str, str], list[Outcome]]:
    """What comes of each novel's quotes, by folder and name, with weights fitted on the other folds' novels.

    A novel that lies in two folders, whole or in parts, is in one fold. `beside` are always fitted on.
    """
    found = {}
    number_of = {novel.name: zlib.crc32(_work(novel.name, novels).encode()) % folds for novel in novels}
    for number in range(folds):
        weights = _fit([novel for novel in novels if number_of[novel.name] != number], beside)
        for novel in novels:
            if number_of[novel.name] == number:
                found[novel.folder, novel.name] = _outcomes(novel, weights)
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


def _outcomes(novel: Labelled, weights: dict[str, float]) -> list[Outcome]:
    outcomes = []
    for (names, likely), labels in zip(decide(novel.example.choices, weights), novel.labels, strict=True):
        named = likely[:-1].tolist()
        confidence = max(named, default=0.0)
        best = _plain(names[named.index(confidence)]) if named else ""
        outcomes += [Outcome(label.kind, confidence, best in label.names) for label in labels]
    return outcomes


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


def _print_scores(found: dict[tuple[str, str], list[Outcome]]) -> None:
    by_folder = defaultdict(list)
    for (folder, name), outcomes in sorted(found.items()):
        if outcomes:
            by_folder[folder].append(outcomes)
            print(f"{folder}/{name}: {_accuracy(outcomes):.3f} of {len(outcomes)}")
    for folder, novels in by_folder.items():
        outcomes = [each for novel in novels for each in novel]
        macro = sum(map(_accuracy, novels)) / len(novels)
        print(f"{folder}: {_accuracy(outcomes):.4f} of all quotes, {macro:.4f} in the mean of {len(novels)} texts")
        for kind in sorted({each.kind for each in outcomes} - {""}):
            of_kind = [each for each in outcomes if each.kind == kind]
            print(f"{folder}, {kind}: {_accuracy(of_kind):.4f} of {len(of_kind)}")
        surer = sorted(outcomes, key=lambda each: -each.confidence)[: max(1, len(outcomes) // 2)]
        print(
            f"{folder}: {_accuracy(surer):.4f} of the surer half; confidences off by {_calibration_error(outcomes):.4f}"
        )


def _accuracy(outcomes: Sequence[Outcome]) -> float:
    return sum(each.is_right for each in outcomes) / len(outcomes)


def _calibration_error(outcomes: Sequence[Outcome]) -> float:
    """How far the mean confidence lies from the accuracy in ten bins of equal width, weighed by what is in them
    (Naeini, Cooper & Hauskrecht 2015)."""
    off: defaultdict[int, float] = defaultdict(float)
    for each in outcomes:
        off[min(_BINS - 1, int(each.confidence * _BINS))] += each.confidence - each.is_right
    return sum(map(abs, off.values())) / len(outcomes)


if __name__ == "__main__":
    main()
