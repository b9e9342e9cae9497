"""Fits the weights by which Chinese names are told from other words, on folders of labelled novels.

    python -m extractors.novel.discovery.fit_names --output extractors/novel/weights/zh_names.json FOLDER...

A folder is as `extractors.novel.fit` takes it; its texts are read as one, and the names and aliases of its casts are
what is to be found. The rest are not names: a person whom no cast lists counts against the fit.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from dramaturg.workspace import write_atomic
from extractors.novel.acts import find_paragraphs
from extractors.novel.discovery.chinese import features_of, sightings
from extractors.novel.quotes import find_pieces
from extractors.reading import SourceText, read_text

__all__ = ["fit_names", "main"]

_STEPS = 4000
_RATE = 0.5
_PENALTY = 1e-3


def fit_names(examples: Sequence[tuple[Mapping[str, float], bool, float]]) -> dict[str, float]:
    """The weights of a logistic regression; an example is features, whether it is a name, and how much it counts."""
    features = sorted({name for each, _, _ in examples for name in each})
    values = np.array([[each.get(name, 0.0) for name in features] for each, _, _ in examples])
    right = np.array([is_name for _, is_name, _ in examples], dtype=float)
    counts = np.array([count for _, _, count in examples])
    weights = np.zeros(len(features))
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-values @ weights))
        weights -= _RATE * (values.T @ (counts * (likely - right)) / len(examples) + _PENALTY * weights)
    return dict(zip(features, map(float, weights), strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--output", type=Path, required=True, help="the weights to write")
    given = parser.parse_args(arguments)
    examples = [example for folder in given.folders for example in _read(folder)]
    fitted = {
        "fitted_on": sorted({folder.name for folder in given.folders}),
        "weights": {name: round(value, 3) for name, value in fit_names(examples).items()},
    }
    with write_atomic(given.output) as file:
        file.write((json.dumps(fitted, ensure_ascii=False, indent=1) + "\n").encode())


def _read(folder: Path) -> list[tuple[dict[str, float], bool, float]]:
    documents = sorted(folder.glob("*.chars.json"))
    text = "\n\n".join(read_text(path.with_name(path.name.replace(".chars.json", ".txt"))).text for path in documents)
    names = {
        name
        for path in documents
        for member in json.loads(path.read_text(encoding="utf-8"))
        for name in (member["name"], *member["aliases"])
    }
    source = SourceText(text, "utf-8")
    seen = sightings(text, find_pieces(text, find_paragraphs(source), "zh"))
    return [(features_of(each, seen), word in names, float(np.log1p(each.count))) for word, each in seen.items()]


if __name__ == "__main__":
    main()
