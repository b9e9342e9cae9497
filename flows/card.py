"""A build's dataset card, for whoever writes it: when its dataset is made, its plots are drawn, or both go up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from dramaturg.curate.quality import Comparison, Judgement
from dramaturg.curate.review import review
from dramaturg.publish.card import Part, Writer, render_card
from dramaturg.publish.dataset import parquet_path
from dramaturg.publish.pictures import Picture, fingerprint, found_pictures
from dramaturg.publish.statistics import statistics
from flows.counted import funnel_of, role_dataset, spent_of
from flows.desk import checked_of
from flows.stage import COMPARISONS_FILE, JUDGED_FILE, Build, found_records, read_manifest

__all__ = ["Told", "card_of", "current_pictures", "plots_made_from", "written_parts"]

_Parts = Mapping[str, Mapping[str, Part]]


@dataclass(frozen=True, slots=True)
class Told:
    """What the card tells that rests on the settings of the run that made the dataset, and is kept in the manifest:
    who wrote the rows, and what that came to."""

    writers: Sequence[Writer]
    price: str

    @classmethod
    def of(cls, export: Mapping[str, Any]) -> "Told":
        """As the manifest's entry has it."""
        return cls([Writer(**each) for each in export["card"]["writers"]], export["card"]["price"])

    def to_json(self) -> dict[str, Any]:
        return {"writers": [asdict(each) for each in self.writers], "price": self.price}


def card_of(build: Build, told: Told) -> Callable[..., str]:
    """`render_card` of a build whose rows are written, but for what differs from place to place: its `parts`, and as
    they are wanted `pictures`, `place` and `withheld`."""
    stages = read_manifest(build)["stages"]
    funnel = list(funnel_of(stages))
    judgements = list(found_records(build, JUDGED_FILE, Judgement))
    return partial(
        render_card,
        build.character,
        funnel=funnel,
        sources=stages["extract"]["sources"],
        writers=told.writers,
        review=review(judgements, found_records(build, COMPARISONS_FILE, Comparison)),
        checked=checked_of(build),
        figures=statistics([role_dataset(build)], funnel),
        spent=spent_of(stages),
        price=told.price,
    )


def written_parts(build: Build, export: Mapping[str, Any]) -> dict[str, dict[str, Part]]:
    """The parts of the dataset, as the manifest's entry has them."""
    folder = build.workspace.dataset.relative_to(build.workspace.processed)

    def part(config: str, split: str, rows: int) -> Part:
        return Part(rows, export["files"].get(str(folder / parquet_path(config, split)), ""))

    return {
        config: {split: part(config, split, rows) for split, rows in own.items()}
        for config, own in export["splits"].items()
    }


def plots_made_from(build: Build, parts: _Parts) -> str:
    """The fingerprint of what plots of the dataset would be drawn of."""
    funnel = list(funnel_of(read_manifest(build)["stages"]))
    return fingerprint(parts, funnel, build.character.categories)


def current_pictures(build: Build, parts: _Parts) -> list[Picture]:
    """The plots in the dataset's folder that are of these rows."""
    return found_pictures(build.workspace.dataset, plots_made_from(build, parts))
