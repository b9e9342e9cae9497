"""The plots in a dataset's folder, whoever drew them: what they are called, what they show, of which rows they are.

They are drawn by `dramaturg.publish.plots`, which needs the extra `plots`; this module needs nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dramaturg.publish.metadata import Part
from dramaturg.workspace import digest, read_json, write_json

__all__ = ["PLOTS", "TITLES", "Picture", "fingerprint", "found_pictures", "has_pictures", "picture_files", "record"]

PLOTS = "plots"
"""The folder of the plots in the dataset's."""

TITLES: Mapping[str, str] = {
    "lengths": "How long instructions and responses are",
    "categories": "The role's categories",
    "questions": "What is asked for: the first verb of a question, and its object",
    "funnel": "From source to rows",
    "speakers": "Who speaks, and how sure that is",
    "story": "Spoken lines over the story's time",
    "talks": "Who talks to whom",
}
_RECORD = "made_from.json"


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot: its path in the dataset's folder, and what it shows."""

    path: str
    title: str


def fingerprint(
    parts: Mapping[str, Mapping[str, Part]], funnel: Sequence[tuple[str, int]], categories: Iterable[str]
) -> str:
    """Of all that is drawn: where it is another, plots are out of date."""
    hashes = {f"{config}/{split}": part.sha256 for config, own in parts.items() for split, part in own.items()}
    return digest(hashes, [list(step) for step in funnel], list(categories))


def record(folder: Path, made_from: str, names: Iterable[str]) -> None:
    """Write down of what the plots in the dataset's folder are."""
    write_json(folder / PLOTS / _RECORD, {"made_from": made_from, "plots": list(names)})


def has_pictures(folder: Path) -> bool:
    return (folder / PLOTS / _RECORD).is_file()


def found_pictures(folder: Path, made_from: str) -> list[Picture]:
    """The plots in the dataset's folder; none where they are of other rows than these, or one of them is not there."""
    if not has_pictures(folder):
        return []
    try:
        known = read_json(folder / PLOTS / _RECORD)
        names = known["plots"] if known["made_from"] == made_from else []
        pictures = [Picture(f"{PLOTS}/{name}.png", TITLES[name]) for name in TITLES if name in names]
    except (ValueError, KeyError, TypeError):
        return []
    return pictures if all(path.is_file() for path in picture_files(folder, pictures)) else []


def picture_files(folder: Path, pictures: Sequence[Picture]) -> list[Path]:
    """All files of the plots, the record of what they are of among them."""
    if not pictures:
        return []
    drawn = [(folder / each.path).with_suffix(suffix) for each in pictures for suffix in (".png", ".svg")]
    return [*drawn, folder / PLOTS / _RECORD]
