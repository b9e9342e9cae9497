"""The dataset card: what the Hub and a reader need to know, counted from what was built."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from dramaturg import __version__
from dramaturg.character import Character
from dramaturg.curate.quality import Kind
from dramaturg.curate.review import Review, Tally
from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.publish.dataset import parquet_path
from dramaturg.script import narrator_name
from dramaturg.text import TOKEN_COUNTER

__all__ = ["Part", "Writer", "render_card"]

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

_WRITTEN = {
    "model": "the model that wrote it; null where none did",
    "prompt": "the prompt's id and version",
    "request": "the request, by its key in the store of answers",
}
_QUALITY = {
    "quality": "what a model says that judged it, null where none did: `answers`, `style` and `correct`, yes or no "
    "(`correct` also unknown), a `score` of 1 to 5 for its style, the `reason`, the `model`, and the `request`, by its "
    "key in the store of answers",
}
_KINDS: Mapping[Kind, str] = {
    "dialogue": chatharuhi.CONFIG,
    "triplet": rolebench.CONFIG,
    "boundary": rolebench.BOUNDARY,
    "general": rolebench.GENERAL,
}
_ROWS = {
    chatharuhi.CONFIG: "something said to {role}, and the answer",
    rolebench.CONFIG: "a question to {role} and a model's answer, in RoleBench's four columns",
    rolebench.BOUNDARY: "the same of a question that is not true to the work, and an answer that sets it right",
    rolebench.GENERAL: "a general instruction, and a model's answers to it as {role}, in RoleBench's three columns",
    scenes.CONFIG: "a scene in which {role} speaks with others: its lines, and time, place, situation and motives",
    scripts.PROFILES: "a line of the script, in RoleBench's four columns",
    scripts.SCRIPT: "the same line with its passage",
}
_TRIPLET = {
    "role": "the role",
    "question": "a question to it",
    "generated": "its answer, a list of one",
    "type": "`script_based`: made from passages; `script_agnostic`: from what the model knows",
    "id": "stays while what was asked stays",
    "licence": "the source's licence",
    **_WRITTEN,
    **_QUALITY,
}
_COLUMNS = {
    chatharuhi.CONFIG: {
        "user_role": "who speaks to the role",
        "user_question": "what is said to it, in 「」",
        "agent_role": "the role",
        "agent_response": "what it answers, in 「」",
        "question_source": "`story`: from the script; `synthesized`: a model's",
        "more_dialogues": "the turns after the answer, each `role:「text」`",
        "agent_role_name_en": "the role's folder name",
        "id": "stays while the source's text and the row's spans stay; of a generated row, while what was asked stays",
        "spans": "the passages that the row shows, none where a model wrote it: "
        "`turn` (0 the question, 1 the answer, 2 and on `more_dialogues`), `source`, "
        "`start`, `end` in characters of the source's canonical text, and `at`, the page or the time of a recording",
        "response_source": "`original`: the source's own words; `generated`: a model's",
        "licence": "the source's licence",
        "context": "the passages that the model was shown: `source`, `start`, `end`; none for `original`",
        "question_request": "the request that the question came from; null for `original`",
        **_WRITTEN,
        "more_requests": "the requests that the entries of `more_dialogues` came from, where a model wrote them",
        "quality": f"of the first answer, {_QUALITY['quality']}",
    },
    rolebench.CONFIG: {
        **_TRIPLET,
        "confidence, reason": "how sure the model is that the question is complete (script-based) or true to the work "
        "(script-agnostic), and why; only `high` is kept",
        "context": "the passages that the model was shown: `source`, `start`, `end`",
        "lines": "the lines that the model says its answer rests on, at least one of which has a word in common with "
        "it: `source`, `start`, `end`; none for `script_agnostic`",
    },
    rolebench.BOUNDARY: {
        **_TRIPLET,
        "type": "`script_agnostic`: from what the model knows",
        "confidence, reason": "`low`: what the question supposes is not true to the work, as the model says; and why",
        "context, lines": "none",
    },
    rolebench.GENERAL: {
        "role": "the role",
        "question": "the instruction, as it was given",
        "generated": "the answers that were kept, of several to the same question; where it was kept, the first is "
        "the model's surest (temperature 0)",
        "id": "stays while role, instruction, `mode`, `prompt` and `model` do",
        "instruction_id": "the instruction, in the datasets of all roles",
        "category": "`open`, `commonsense` or `knowledge`, or what the user's instructions call it",
        "raw": "the plain answer, in nobody's voice, that came with the instruction; null where none did",
        "context": "the lines of the script that the model was shown: `source`, `start`, `end`",
        "model": _WRITTEN["model"],
        "prompt": _WRITTEN["prompt"],
        "mode": "how lines of the script were shown: `few_shot_dialogue`, as turns of the chat; `few_shot_prompt`, in "
        "the prompt; `zero_shot_prompt`, not at all",
        "requests": "the request of each answer, in the same order, by its key in the store of answers",
        "licence": "the source's licence",
        "quality": f"of the first answer, {_QUALITY['quality']}",
    },
    scenes.CONFIG: {
        "id": "stays while the source's text and the scene's passages stay",
        "role": "the role",
        "agent_role_name_en": "the role's folder name",
        "source": "the source",
        "act_id": "as in `profiles`",
        "scene_id": "the scene, counted from 0 in each source; those without the role, or without others, are left out",
        "continues": "whether its length alone parts it from the scene before",
        "participants": "who speaks in it, in the order in which they first do",
        "scenario": "a model's, null where there is none: `time` and `place`, null where it cannot tell, `situation`, "
        "how things stand as the scene opens, `motives`, each the `name` of one who speaks and what that one `wants`",
        "turns": "its lines in order, the source's own: `role` (`{narrator}` for what is told, null where unknown), "
        "`kind` (speech, thought, action or narration), `content`, line breaks taken out, and the passage: `source`, "
        "`start`, `end`",
        "licence": "the source's licence",
        "context": "the passages that the model was shown: `source`, `start`, `end`; none without a scenario",
        **_WRITTEN,
    },
    scripts.PROFILES: {
        "act_id": "the act (a heading's reach), counted from 0 in each source",
        "diag_id": "the line, counted from 0 in each source",
        "role": "the speaker or thinker; `{narrator}` for everything else; null where unknown",
        "content": "the line, line breaks taken out",
    },
    scripts.SCRIPT: {
        "act_id, diag_id, role": "as in `profiles`",
        "content": "exactly the canonical text's characters from `start` to `end`",
        "kind": "speech, thought, action or narration",
        "source, start, end": "the passage",
        "at": "the page's address, or the time in the recording (from --> to), where the source has them",
        "speaker_confidence, method": "how sure the speaker is (0 to 1), and by which rule",
        "id": "stays while the source's text and the span stay",
        "licence": "the source's licence",
    },
}


_SPLITS = (
    "No scene, and no two questions that are nearly the same (ROUGE-L 0.7) and long enough to tell something, stand on "
    "both sides, and no question or answer of a train row has 13 words in a row in common with a test row's, or is "
    "nearly the same. A row that was on one side once is never on the other."
)


@dataclass(frozen=True, slots=True)
class Part:
    """How many rows a split of a config has, and the SHA-256 of its Parquet file; no file where there is no row."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that wrote `rows` of the dataset with one prompt; `is_small` where it only shows how it is done."""

    model: str
    prompt: str
    rows: int
    is_small: bool


def render_card(
    character: Character,
    parts: Mapping[str, Mapping[str, Part]],
    funnel: Sequence[tuple[str, int]],
    sources: Sequence[Mapping[str, Any]],
    writers: Sequence[Writer] = (),
    review: Review | None = None,
) -> str:
    """README.md of a dataset: metadata as the Hub reads it, then counts, writers, columns, sources, licence.

    `parts` are by config and split, `funnel` pairs of what was counted and how many, `sources` the extract stage's
    records of what was read, `review` what a model says of the rows.

    Each config's description names its hashes because `load_dataset` (5.0) knows a local folder only by its last
    name and this metadata, not by its files: without it, it would show another character's rows, or old ones,
    out of its cache.
    """
    metadata = {
        "pretty_name": f"{character.name} ({character.work})",
        "language": [character.language],
        **_licence(character.licence),
        "task_categories": ["text-generation"],
        "tags": [
            "role-playing",
            "dialogue",
            "dramaturg",
            *(["synthetic"] if writers else []),
            *character.categories,
        ],
        "size_categories": [_size(max(sum(part.rows for part in own.values()) for own in parts.values()))],
        "configs": [
            {
                "config_name": config,
                "description": "; ".join(
                    f"{part.rows} {split} rows, SHA-256 {part.sha256}" for split, part in own.items() if part.rows
                ),
                "data_files": [
                    {"split": split, "path": str(parquet_path(config, split))}
                    for split, part in own.items()
                    if part.rows
                ],
                **({"default": True} if config == chatharuhi.CONFIG else {}),
            }
            for config, own in parts.items()
        ],
    }
    narrator = narrator_name(character.language)
    shown = [
        f"---\n{yaml.safe_dump(metadata, allow_unicode=True, sort_keys=False)}---\n",
        f"# {character.name}: {character.work}\n",
        f"A role-playing dataset of {_both_names(character)}, made from a script of "
        f"*{character.work}* by Dramaturg {__version__}. {_origin(writers, parts)} Who speaks was found by rules, and "
        f"each line of `{scripts.SCRIPT}` says by which.\n",
        *_written_by(writers),
        "## Rows\n",
        _table(
            ("config", "train", "test", "what a row is"),
            [
                (
                    f"`{config}`",
                    _rows_of(parts[config], "train"),
                    _rows_of(parts[config], "test"),
                    told.format(role=character.name),
                )
                for config, told in _ROWS.items()
                if config in parts
            ],
        ),
        *([f"{_SPLITS}\n"] if any(_rows_of(own, "test") for own in parts.values()) else []),
        "```python\nfrom datasets import load_dataset\n\n"
        f'rows = load_dataset("path/to/this/folder", "{chatharuhi.CONFIG}", split="train")\n```\n',
        "## From source to rows\n",
        _table(("what", "how many"), funnel),
        f"Tokens are counted in {TOKEN_COUNTER}.\n",
        *_reviewed(review, writers),
        *(
            f"## `{config}`\n\n"
            + _table(
                ("column", "what it holds"),
                [
                    (f"`{name}`", text.format(narrator=narrator) if "{narrator}" in text else text)
                    for name, text in columns.items()
                ],
            )
            for config, columns in _COLUMNS.items()
            if config in parts
        ),
        "A text shown from several passages is those passages in order, line breaks taken out"
        + (".\n" if character.language == "zh" else ", joined by spaces.\n"),
        "## Sources\n",
        _table(
            ("source", "kind", "characters", "licence", "SHA-256 of its text"),
            [
                (
                    f"`{source['name']}`",
                    source["kind"],
                    source["characters"],
                    source["licence"],
                    f"`{source['text_sha256']}`",
                )
                for source in sources
            ],
        ),
        f"## Licence\n\n{character.licence}\n",
    ]
    return "\n".join(shown)


def _rows_of(own: Mapping[str, Part], split: str) -> int:
    return own[split].rows if split in own else 0


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
    yield _table(("model", "prompt", "rows"), [(f"`{each.model}`", f"`{each.prompt}`", each.rows) for each in writers])
    if any(each.is_small for each in writers):
        yield (
            "**Not for training.** The model that wrote these rows is a small one that runs inside the program. It "
            "shows how the dataset is made; what it writes is often wrong.\n"
        )


def _reviewed(review: Review | None, writers: Sequence[Writer]) -> Iterator[str]:
    """RoleLLM's review of quality (arXiv 2310.00746), by a model in place of people, and whether to believe it."""
    if review is None:
        return
    names = " and ".join(f"`{name}`" for name in review.models)
    yield "## Quality\n"
    yield (
        f"{names} judged some rows of each kind, drawn by hash: does the answer meet what was said, is its style the "
        "role's, does what it says agree with the lines it rests on (of those rows of which that could be told), and "
        "how good is its style, from 1 to 5. The shares are those of yes. No row was dropped for it."
    )
    if {writer.model for writer in writers} & set(review.models):
        yield "It wrote rows of this dataset itself, and a model is known to like its own."
    yield ""
    tallies = [(f"`{_KINDS[kind]}`", tally) for kind, tally in review.by_kind.items()]
    yield _table(
        ("config", "judged", "answers", "style", "correct", "could be told", "mean score of style"),
        [_tallied(name, tally) for name, tally in [*tallies, ("all judged", review.all)]],
    )
    yield "How far it can be believed; it was asked again at a temperature of 0.7:\n"
    yield _table(("what", "how often", "of"), list(_trusted(review)))


def _tallied(name: str, tally: Tally) -> tuple[object, ...]:
    shares = (_share(each) for each in (tally.answers, tally.style, tally.correct))
    return name, tally.rows, *shares, tally.decided, f"{tally.score:.2f}"


def _trusted(review: Review) -> Iterator[tuple[object, ...]]:
    trust = review.trust
    for name, told in (("answers", "`answers`"), ("style", "`style`"), ("correct", "`correct`"), ("score", "`score`")):
        if name in trust.agreement:
            yield f"says the same when asked again: {told}", _share(trust.agreement[name]), trust.again
    if trust.within_1 is not None:
        yield "says the same when asked again: `score`, or one beside it", _share(trust.within_1), trust.again
    if trust.off_topic:
        told = "sees that an answer, put in for a test, is to no such question"
        yield told, _share(trust.seen_through / trust.off_topic), trust.off_topic
    if trust.pairs:
        told = "prefers the same of two answers in whichever order they are shown"
        yield told, _share(trust.same_in_both_orders / trust.pairs), trust.pairs
    if trust.preferred:
        told = "prefers the one that it is shown first (50% where that makes no difference)"
        yield told, _share(trust.first_preferred / trust.preferred), trust.preferred


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _both_names(character: Character) -> str:
    is_one = character.name == character.name_en
    return character.name if is_one else f"{character.name} ({character.name_en})"


def _licence(licence: str) -> dict[str, str]:
    """The Hub's fields: an SPDX-like identifier in small letters, or `other` with the name."""
    plain = licence.strip().lower()
    if " " in plain:
        return {"license": "other", "license_name": licence}
    return {"license": plain}


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "n>1M")


def _table(head: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"

    return "\n".join([line(head), "|" + " --- |" * len(head), *map(line, body)]) + "\n"
