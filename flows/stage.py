"""What a stage is: the build it works in, the files it leaves under numbered names, the report it gives. No Prefect."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from tqdm import tqdm

from dramaturg import __version__
from dramaturg.character import Character, load_character, place_of
from dramaturg.errors import SettingsError
from dramaturg.llm import Batch
from dramaturg.llm.carry import read_about
from dramaturg.llm.prices import find_price, read_prices
from dramaturg.llm.rehearsal import Planned
from dramaturg.settings import Settings, load_settings
from dramaturg.stages import ASKING
from dramaturg.text import TOKEN_COUNTER
from dramaturg.workspace import Workspace, read_json, read_records, write_atomic, write_jsonl
from extractors import Shelf

__all__ = [
    "BENCHMARK",
    "CARD_FILE",
    "COMPARISONS_FILE",
    "CURATED_FILE",
    "EVALUATION",
    "EXCHANGES_FILE",
    "EXTRACTED_FILE",
    "GENERAL_FILE",
    "JUDGED_FILE",
    "LOGS",
    "PHRASES_FILE",
    "PROFILE_EDIT",
    "PROFILE_FILE",
    "QUESTIONS_FILE",
    "REQUESTS",
    "SCENARIOS_FILE",
    "SCENES_FILE",
    "SCRIPT_FILE",
    "SHEET_FILE",
    "SPLITS_FILE",
    "SYNTHESIS_FILE",
    "TEXT_FOLDER",
    "TRIPLETS_FILE",
    "TUNED",
    "Build",
    "Plots",
    "Report",
    "Stage",
    "as_last_built",
    "bar",
    "check_prices",
    "found_records",
    "manifest_of",
    "open_build",
    "read_manifest",
    "records",
    "write_records",
    "write_requests",
]

EXTRACTED_FILE = "01_extracted.jsonl"
SCRIPT_FILE = "02_script.jsonl"
TEXT_FOLDER = "01_text"
SCENES_FILE = "03_scenes.jsonl"
EXCHANGES_FILE = "04_exchanges.jsonl"
PROFILE_FILE = "05_profile.jsonl"
QUESTIONS_FILE = "06_questions.jsonl"
SYNTHESIS_FILE = "07_synthesis.jsonl"
TRIPLETS_FILE = "08_context_instruct.jsonl"
SHEET_FILE = "profile.json"
"""The character sheet, in the dataset's folder."""
PROFILE_EDIT = "profile.yaml"
GENERAL_FILE = "09_rolegpt.jsonl"
SCENARIOS_FILE = "10_scenarios.jsonl"
CURATED_FILE = "11_curated.jsonl"
JUDGED_FILE = "12_judged.jsonl"
COMPARISONS_FILE = "12_judged.comparisons.jsonl"
"""Neither is there where nothing was judged."""
BENCHMARK = "rolebench"
"""The folder, beside the characters', of the benchmark over many of them."""
EVALUATION = "evaluation"
"""The folder of what models answered to a dataset's test, or a benchmark's, and of the tables."""
TUNED = "tuned"
"""The folder of the models that were tuned on a dataset, by recipe."""
CARD_FILE = "README.md"
"""The dataset card, in the dataset's folder."""
SPLITS_FILE = "13_splits.jsonl"
PHRASES_FILE = "13_splits.phrases.json"
"""What counted as one word where train and test rows were held against each other."""
REQUESTS = ".requests"
"""What the file is called by, beside a stage's own, that names the requests whose answers the stage looked at."""

LOGS = ".logs"
"""The folder beside the characters' in which it stands what each build said."""

_FETCHED = "fetched"
Plots = Literal["there", "outdated"]
"""Whether there are plots in the dataset's folder, or there were, of other rows."""

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class Build:
    """One character's build: where it lies, what is asked of it, how."""

    workspace: Workspace
    character: Character
    settings: Settings
    rehearsed: "dict[str, list[Planned]] | None" = None
    """Where no model is to be asked: what each stage would ask, for it to be written into."""

    @property
    def shelf(self) -> Shelf:
        """Where its sources lie, and what was fetched of them or heard."""
        return Shelf(self.workspace.raw, self.workspace.raw / _FETCHED, self.settings.fetch_private)

    @property
    def edits(self) -> Path:
        """Where a person's corrections lie."""
        return self.workspace.edits


@dataclass(frozen=True, slots=True)
class Report:
    """What a stage did, as manifest.json keeps it. `dropped` counts by reason; `files` are what it wrote.

    `model` is the one that was asked. `unfinished` says why some questions have no answer yet: the next build does
    the stage again. `stopped` says why no model can be asked at all, so that the stages after it need not try.
    `splits` are the rows of each config by split, `plots` says whether there are any, or were of other rows, `card` is
    what the dataset card tells that can be told only when it is made.
    """

    files: Sequence[Path]
    counts: dict[str, int]
    dropped: dict[str, int] = field(default_factory=dict)
    sources: Sequence[dict[str, Any]] = ()
    model: str | None = None
    unfinished: str | None = None
    stopped: str | None = None
    splits: dict[str, dict[str, int]] | None = None
    plots: Plots | None = None
    card: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """`after` are the stages whose files it reads, `owns` the pattern of its own in the processed folder.

    `settings` are those it looks at, `edits` the file of the character's `edits/` in which a person may correct what it
    makes; `generates` where it has nothing to do without a language model, `is_heavy` where it takes the processor for
    long and asks nobody: of much input it is done on a cluster, if there is one.
    """

    name: str
    title: str
    run: Callable[[Build], Report]
    owns: str
    after: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    edits: str | None = None
    generates: bool = False
    is_heavy: bool = False


def open_build(data: Path, character_id: str, **command_line: Any) -> Build:
    """A character's build, its character.yaml and settings checked. Raises InputError where they are wrong.

    A replay that is not told whose answers goes by the settings that came with imported ones.
    """
    workspace = Workspace(data, character_id)
    character = load_character(workspace)

    def load(given: Mapping[str, Any]) -> Settings:
        return load_settings(given, lambda *name: place_of(workspace, "settings", *name), **command_line)

    settings = load(character.settings)
    if settings.llm == "replay" and settings.model is None and settings.provider is None:
        told = {name: value for name, value in read_about(workspace.store, character_id).items() if name != "weights"}
        settings = load({**told, **character.settings})
    read_prices(settings.prices)
    if settings.llm != "off":
        check_prices(settings, map(settings.for_stage, ASKING))
    return Build(workspace, character, settings)


def check_prices(settings: Settings, models: Iterable[Settings]) -> None:
    """Before anything is asked of the models of these settings, whether what is to be held to a cost has one."""
    if settings.max_cost is None:
        return
    currencies: set[str] = set()
    for asked in models:
        price = find_price(asked)
        if price is None:
            raise SettingsError(
                f"MAX_COST={settings.max_cost:g}: the price of {asked.model} is unknown: say it with PRICE_IN and "
                "PRICE_OUT"
            )
        if not price.is_free:
            currencies.add(price.currency)
    if len(currencies) > 1:
        raise SettingsError(
            f"MAX_COST={settings.max_cost:g}: the models are paid in {' and '.join(sorted(currencies))}, and no sum of "
            "these is known: leave it out"
        )


def read_manifest(build: Build) -> dict[str, Any]:
    """What manifest.json says; a new one where there is none yet, or one of another version.

    `llm` in it is the setting of the last build that did anything.
    """
    return manifest_of(build.workspace)


def manifest_of(workspace: Workspace) -> dict[str, Any]:
    """`read_manifest`, where there may be no character.yaml any more."""
    fresh = {
        "manifest": 1,
        "dramaturg": __version__,
        "character": workspace.character_id,
        "token_counter": TOKEN_COUNTER,
        "stages": {},
    }
    try:
        found = read_json(workspace.manifest)
    except (FileNotFoundError, ValueError):
        return fresh
    is_one = (
        isinstance(found, dict)
        and {**found, "stages": {}, "llm": None} == {**fresh, "llm": None}
        and isinstance(found["stages"], dict)
    )
    return found if is_one and all(map(_is_entry, found["stages"].values())) else fresh


def as_last_built(build: Build) -> Build:
    """The build with LLM as the last one had it, where neither the command line, the environment nor character.yaml
    says what it is."""
    last = read_manifest(build).get("llm")
    if "llm" in build.settings.model_fields_set or last not in ("off", "auto", "replay"):
        return build
    return replace(build, settings=build.settings.model_copy(update={"llm": last}))


def _is_entry(entry: object) -> bool:
    maps = ("made_from", "counts", "dropped", "files")
    return isinstance(entry, dict) and all(isinstance(entry.get(name), dict) for name in maps)


def records(build: Build, name: str, record: type[_Record]) -> Iterator[_Record]:
    """The records of a stage's file."""
    return read_records(build.workspace.processed / name, record)


def found_records(build: Build, name: str, record: type[_Record]) -> Iterator[_Record]:
    """The same, none where the stage left no such file."""
    return records(build, name, record) if (build.workspace.processed / name).is_file() else iter(())


def write_records(build: Build, name: str, kept: Iterable[Any], **others: Sequence[Any]) -> list[Path]:
    """A stage's file, and beside it `<name>.<what>.jsonl` for each of the `others` that has anything in it."""
    path = build.workspace.processed / name
    beside = {path.with_suffix(f".{what}.jsonl"): lost for what, lost in others.items() if lost}
    for each, content in {path: kept, **beside}.items():
        write_jsonl(each, content)
    return [path, *beside]


def write_requests(build: Build, name: str, batches: Iterable[Batch]) -> Path:
    """Beside a stage's file, the keys of all requests whose answers it looked at, one a line."""
    path = (build.workspace.processed / name).with_suffix(REQUESTS)
    keys = {outcome.key for batch in batches for outcome in (*batch.outcomes, *batch.looked_at)}
    with write_atomic(path) as file:
        file.writelines(f"{key}\n".encode() for key in sorted(keys))
    return path


def bar(items: Iterable[Any], title: str, total: int | None = None) -> Iterator[Any]:
    yield from tqdm(items, desc=f"  {title}", total=total, leave=False, disable=None)
