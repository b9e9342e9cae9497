"""The dataset card: what the Hub and a reader need to know, counted from what was built."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from dramaturg import __version__
from dramaturg.character import Character
from dramaturg.curate.review import Review
from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.publish.columns import COLUMNS, ROWS
from dramaturg.publish.markdown import code, fenced, front_matter, in_a_line, plain, table
from dramaturg.publish.metadata import Part, metadata
from dramaturg.publish.pictures import Picture
from dramaturg.publish.reviewed import render_checked, render_review
from dramaturg.publish.statistics import Statistics
from dramaturg.publish.tables import LENGTHS, mean_words, table_1
from dramaturg.publish.withhold import COLUMN, RUN
from dramaturg.review.desk import Checked
from dramaturg.script import narrator_name
from dramaturg.text import TOKEN_COUNTER

__all__ = ["FOLDER", "Part", "Spent", "Writer", "render_card"]

FOLDER = "path/to/this/folder"
"""Where a dataset is loaded from that is nowhere but on somebody's disk."""

_SPEAKERS_SHOWN = 10
_SPLITS = (
    "No scene, and no two questions that are nearly the same (ROUGE-L 0.7) and long enough to tell something, stand on "
    "both sides, and no question or answer of a train row has 13 words in a row in common with a test row's, or is "
    "nearly the same. A row that was on one side once is never on the other."
)
_PAPERS = """@article{li2023chatharuhi,
  title = {ChatHaruhi: Reviving Anime Character in Reality via Large Language Model},
  author = {Li, Cheng and others},
  journal = {arXiv:2308.09597},
  year = {2023}
}
@article{wang2023rolellm,
  title = {RoleLLM: Benchmarking, Eliciting, and Enhancing Role-Playing Abilities of Large Language Models},
  author = {Wang, Zekun Moore and others},
  journal = {arXiv:2310.00746},
  year = {2023}
}"""


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that wrote `rows` of the dataset with one prompt; `is_small` where it only shows how it is done."""

    model: str
    prompt: str
    rows: int
    is_small: bool


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stage asked of a model: how many requests, and tokens asked and answered."""

    stage: str
    model: str | None
    requests: int
    tokens_in: int
    tokens_out: int


def render_card(
    character: Character,
    parts: Mapping[str, Mapping[str, Part]],
    funnel: Sequence[tuple[str, int]],
    sources: Sequence[Mapping[str, Any]],
    writers: Sequence[Writer] = (),
    review: Review | None = None,
    figures: Statistics | None = None,
    spent: Sequence[Spent] = (),
    price: str | None = None,
    pictures: Sequence[Picture] = (),
    place: str = FOLDER,
    withheld: Sequence[str] = (),
    checked: Checked | None = None,
) -> str:
    """README.md of a dataset: metadata as the Hub reads it, then counts, writers, columns, sources, licence.

    `parts` are by config and split, `funnel` pairs of what was counted and how many, `sources` the extract stage's
    records of what was read, `review` what a model says of the rows, `figures` RoleBench's, `price` what all that was
    `spent` comes to, in words. `place` is what `load_dataset` is to be given, `withheld` the sources whose words are
    not in the rows, `checked` what a person has looked at.
    """
    shown = [
        front_matter(metadata(character, parts, bool(writers))),
        f"# {plain(character.name)}: {plain(character.work)}\n",
        f"A role-playing dataset of {_both_names(character)}, made from a script of "
        f"*{plain(character.work)}* by Dramaturg {__version__}. {_origin(writers, parts)} Who speaks was found by "
        f"rules, and each line of `{scripts.SCRIPT}` says by which.\n",
        *_written_by(writers),
        *_cost(spent, price),
        "## Rows\n",
        table(
            ("config", "train", "test", "what a row is"),
            [
                (
                    f"`{config}`",
                    _rows_of(parts[config], "train"),
                    _rows_of(parts[config], "test"),
                    told.format(role=plain(character.name)),
                )
                for config, told in ROWS.items()
                if config in parts
            ],
        ),
        *([f"{_SPLITS}\n"] if any(_rows_of(own, "test") for own in parts.values()) else []),
        *_loading(parts, place),
        *_statistics(figures),
        *_shown(pictures),
        "## From source to rows\n",
        table(("what", "how many"), [(plain(what), number) for what, number in funnel]),
        f"Tokens are counted in {TOKEN_COUNTER}.\n",
        *(render_review(review, {writer.model for writer in writers}) if review is not None else ()),
        *(render_checked(checked) if checked is not None else ()),
        *_columns(character, parts),
        "A text shown from several passages is those passages in order, line breaks taken out"
        + (".\n" if character.language == "zh" else ", joined by spaces.\n"),
        *_withheld(withheld),
        "## Sources\n",
        table(
            ("source", "kind", "characters", "licence", "SHA-256 of its text"),
            [
                (
                    code(source["name"]),
                    plain(source["kind"]),
                    source["characters"],
                    plain(source["licence"]),
                    code(source["text_sha256"]),
                )
                for source in sources
            ],
        ),
        *_use(character, writers, checked),
        *_citation(character),
        f"## Licence\n\n{plain(character.licence)}\n",
    ]
    return "\n".join(shown)


def _rows_of(own: Mapping[str, Part], split: str) -> int:
    return own[split].rows if split in own else 0


def _both_names(character: Character) -> str:
    name, name_en = plain(character.name), plain(character.name_en)
    return name if name == name_en else f"{name} ({name_en})"


def _origin(writers: Sequence[Writer], configs: Container[str]) -> str:
    if not writers:
        return "Every row is the source's own words and names its passages. No language model wrote any of it."
    generated = (rolebench.CONFIG, rolebench.BOUNDARY, rolebench.GENERAL)
    written = " and ".join(f"`{each}`" for each in generated if each in configs)
    played = (
        f" In `{scenes.CONFIG}` the turns are the source's own words and name their passages, and `scenario` is a "
        "model's."
    )
    return (
        f"In `{chatharuhi.CONFIG}`, rows of `response_source` `original` are the source's own words and name their "
        f"passages; all other rows there{written and f', and all of {written},'} were written by a language model."
        + (played if scenes.CONFIG in configs else "")
    )


def _written_by(writers: Sequence[Writer]) -> Iterator[str]:
    if not writers:
        return
    yield "## Written by\n"
    yield table(("model", "prompt", "rows"), [(code(each.model), code(each.prompt), each.rows) for each in writers])
    if any(each.is_small for each in writers):
        yield (
            "**Not for training.** The model that wrote these rows is a small one that runs inside the program. It "
            "shows how the dataset is made; what it writes is often wrong.\n"
        )


def _cost(spent: Sequence[Spent], price: str | None) -> Iterator[str]:
    if not spent:
        return
    yield "## Cost\n"
    yield table(
        ("asked for", "model", "requests", "tokens asked", "tokens answered"),
        [(plain(each.stage), code(each.model or ""), each.requests, each.tokens_in, each.tokens_out) for each in spent],
    )
    if price is not None:
        yield f"All that together: {plain(price)}. Answers that another dataset had paid for before count too.\n"


def _loading(parts: Mapping[str, Mapping[str, Part]], place: str) -> Iterator[str]:
    example = chatharuhi.CONFIG if chatharuhi.CONFIG in parts else next(iter(parts))
    split = next((split for split, part in parts[example].items() if part.rows), "train")
    yield "## How to load it\n"
    call = f'load_dataset("{place}", "{example}", split="{split}")'
    yield fenced(f"from datasets import load_dataset\n\nrows = {call}", "python")


def _statistics(figures: Statistics | None) -> Iterator[str]:
    if figures is None:
        return
    yield "## Statistics\n"
    yield "In the shape of RoleBench's Table 1 (arXiv 2310.00746):\n"
    yield table(
        ("metric", "value"), [("– " * depth + plain(metric), value) for depth, metric, value in table_1(figures)]
    )
    yield f"{LENGTHS}\n"
    yield table(
        ("config", "instruction, mean", "median", "95%", "response, mean", "median", "95%"),
        [
            (
                f"`{kind}`",
                *(
                    cell
                    for lengths in (own.instruction_words, own.response_words)
                    for cell in (mean_words(lengths), lengths.quantile(0.5) or 0, lengths.quantile(0.95) or 0)
                ),
            )
            for kind in figures.samples
            if (own := figures.of(kind))
        ],
    )
    for voices in figures.voices.values():
        if voices.lines:
            yield "Who speaks in the script, and how sure that is:\n"
            yield table(
                ("speaker", "spoken lines", "share", "mean confidence"),
                [
                    (
                        plain(each.name) if each.name is not None else "*unknown*",
                        each.lines,
                        f"{each.lines / voices.lines:.1%}",
                        f"{each.confidence:.2f}",
                    )
                    for each in voices.speakers[:_SPEAKERS_SHOWN]
                ],
            )


def _shown(pictures: Sequence[Picture]) -> Iterator[str]:
    if pictures:
        yield "## Plots\n"
    for each in pictures:
        yield f"![{plain(each.title)}]({each.path})\n"


def _columns(character: Character, parts: Container[str]) -> Iterator[str]:
    narrator = narrator_name(character.language)
    for config, columns in COLUMNS.items():
        if config in parts:
            told = {
                name: text.format(narrator=narrator) if "{narrator}" in text else text for name, text in columns.items()
            }
            yield f"## `{config}`\n"
            yield table(("column", "what it holds"), [(f"`{name}`", text) for name, text in told.items()])


def _withheld(sources: Sequence[str]) -> Iterator[str]:
    if not sources:
        return
    yield "## Withheld\n"
    yield (
        f"The words of {' and '.join(map(code, sources))} are not in here: their licence is not known to let others "
        f"have them. Where a row would show them, and where a model's text has {RUN} words (in Chinese, characters) in "
        f"a row in common with them, there is null, and the column `{COLUMN}` says what stood there: `place`, the "
        "column; and in order the `pieces`, each a `text` that is nobody's, or a passage: `source`, `start`, `end` in "
        "characters of the source's canonical text, and the `sha256` of its words (of short ones that can be guessed). "
        "Who has the same source puts them back, and has the files as they were made:\n"
    )
    given = " ".join(f"--source {quote(Path(in_a_line(source)).name)}" for source in sources)
    yield fenced(f"dramaturg reattach {FOLDER} {given}", "sh")


def _use(character: Character, writers: Sequence[Writer], checked: Checked | None) -> Iterator[str]:
    yield "## Intended use and limits\n"
    yield (
        f"For teaching a language model to speak as {plain(character.name)} does in the work, for retrieval of what is "
        "said there, and for measuring either on the test split.\n"
    )
    limits = [
        "Speakers were found by rules, which err: `speaker_confidence` says how sure they are.",
        "What characters of fiction say is neither true nor advice, and nobody's opinion outside of it.",
        "Where one of its passages leaves out what came before, an answer may make no sense without it.",
    ]
    if writers:
        read = "but for the rows told of above read by no person" if checked and checked.rows else "read by no person"
        limits.append(
            f"What a model wrote may contradict the work. It was sifted by rules, and {read}; `model`, `prompt` and "
            "`request` say which rows these are."
        )
    yield "\n".join(f"- {limit}" for limit in limits) + "\n"


def _citation(character: Character) -> Iterator[str]:
    def tex(text: str) -> str:
        return "".join(each for each in in_a_line(text) if each not in "{}\\%$#&~^`")

    key = "".join(each for each in character.name_en.lower() if each.isascii() and each.isalnum()) or "dataset"
    yield "## How to cite it\n"
    yield "Cite the work that it was made from, and, for the formats, the two papers:\n"
    yield fenced(
        f"@misc{{{key},\n  title = {{{tex(character.name)}, a role-playing dataset from {tex(character.work)}}},\n"
        f"  howpublished = {{Made with Dramaturg {__version__}}}\n}}\n{_PAPERS}",
        "bibtex",
    )
