"""Talks in the forms that trainers open: JSON lines by split, and what a trainer wants to be told of them.

    messages/       TRL and Transformers: `messages` of role and content
    llamafactory/   LLaMA-Factory: the two below, and its dataset_info.json
    axolotl/        Axolotl: `messages`, each with whether it is trained on, and its datasets.yaml
    sharegpt/       ShareGPT: `system`, and `conversations` of from and value
    alpaca/         Alpaca: `instruction`, `input`, `output`, `system`, and `history`, the turns before
    rocit/          RoleLLM's tuning (arXiv 2310.00746): `text` in its markup, English or Chinese

Each row has beside that `id`, `rows`, the ids of the dataset's rows that it shows, and `config`. Only Axolotl's form
says of a demonstration that it is not to be learned.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson
import yaml

from dramaturg.publish.talks import Talk
from dramaturg.text import Language
from dramaturg.workspace import write_atomic, write_json

__all__ = ["FORMATS", "Told", "apart", "rocit_text", "spoken", "write_formats"]

_Row = dict[str, Any]
_HEADINGS: Mapping[Language, tuple[str, str, str]] = {
    "en": ("### Instruction:", "### Input:", "### Response:"),
    "zh": ("### 指令：", "### 输入：", "### 回答："),
}
_ROCIT_MARKS = re.compile(r"###(?=\s*(?:Instruction|Input|Response|指令|输入|回答))|</s>", re.IGNORECASE)
_HEAD = 500
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


@dataclass(frozen=True, slots=True)
class Told:
    """What a form's own files are to say: what the dataset is called, and whether its talks have a system prompt."""

    name: str
    language: Language
    has_system: bool


def apart(marks: re.Pattern[str], text: str) -> str:
    """`text` with a word joiner (U+2060), which is not seen, within each of the marks: it is no mark any more."""
    return marks.sub(lambda found: f"{found[0][0]}\u2060{found[0][1:]}", text)


def write_formats(
    folder: Path, talks: Callable[[str], Iterable[Talk]], splits: Iterable[str], names: Iterable[str], told: Told
) -> dict[str, int]:
    """Write the talks of each split in the forms of `FORMATS` that are named, in one pass; returns the rows of each
    file by its path. A split without a talk has no file; one that was there before is taken away."""
    forms = [(name, FORMATS[name]) for name in names]
    written: dict[str, int] = {}
    filled: list[str] = []
    for split in splits:
        paths = {f"{name}/{part}{split}.jsonl": row for name, form in forms for part, row in form.parts.items()}
        count = _write(folder, paths, _in_order(talks, split), told.language)
        filled += [split] if count else []
        written.update(dict.fromkeys(paths, count) if count else {})
        for path in paths if not count else ():
            (folder / path).unlink(missing_ok=True)
    for name, form in forms:
        if form.tell is not None:
            form.tell(folder / name / form.beside, told, filled)
    return written


def _write(
    folder: Path, paths: Mapping[str, Callable[[Talk, Language], _Row]], talks: Iterable[Talk], language: Language
) -> int:
    remaining = iter(talks)
    first = list(islice(remaining, 1))
    if not first:
        return 0
    with ExitStack() as stack:
        files = [(stack.enter_context(write_atomic(folder / path)), row) for path, row in paths.items()]
        count = 0
        for talk in chain(first, remaining):
            kept = {"id": talk.id, "rows": talk.rows, "config": talk.config}
            for file, row in files:
                file.write(_json_line({**row(talk, language), **kept}))
            count += 1
    return count


def _in_order(talks: Callable[[str], Iterable[Talk]], split: str) -> Iterator[Talk]:
    """The talks as they come, but for one of several turns, which goes first where none is near: `datasets` takes a
    file's types from its first 10 MB, and cannot read a `history` later on where all of these were empty."""
    remaining = iter(talks(split))
    head = list(islice(remaining, _HEAD))
    found = None
    if not any(map(_has_history, head)):
        found = next(filter(_has_history, talks(split)), None)
    if found is None:
        return chain(head, remaining)
    return chain([found], (talk for talk in chain(head, remaining) if talk.id != found.id))


def _has_history(talk: Talk) -> bool:
    return len(talk.shown) > 1


def _json_line(row: _Row) -> bytes:
    """With what some readers take for the end of a line, such as U+2028, escaped."""
    line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    for character, escaped in _LINE_ENDS:
        line = line.replace(character, escaped)
    return line


def _messages(talk: Talk, _: Language) -> _Row:
    return {"messages": [{"role": role, "content": text} for role, text, _ in spoken(talk)]}


def _axolotl(talk: Talk, _: Language) -> _Row:
    said = spoken(talk)
    return {"messages": [{"role": role, "content": text, "training": learned} for role, text, learned in said]}


def spoken(talk: Talk) -> Iterator[tuple[str, str, bool]]:
    """The role of each message, its text, and whether it is to be learned."""
    if talk.system is not None:
        yield "system", talk.system, False
    for number, said in enumerate(talk.shown):
        yield "user", said.question, False
        yield "assistant", said.answer, number >= len(talk.demonstrations)


def _sharegpt(talk: Talk, _: Language) -> _Row:
    conversations = [
        {"from": who, "value": text}
        for said in talk.shown
        for who, text in (("human", said.question), ("gpt", said.answer))
    ]
    return {"conversations": conversations, **_system(talk)}


def _alpaca(talk: Talk, _: Language) -> _Row:
    *before, last = talk.shown
    history = [[said.question, said.answer] for said in before]
    return {"instruction": last.question, "input": "", "output": last.answer, **_system(talk), "history": history}


def _system(talk: Talk) -> _Row:
    return {} if talk.system is None else {"system": talk.system}


def rocit_text(messages: Iterable[tuple[str, str]], language: Language, end: str = "</s>", asks: bool = False) -> str:
    """Messages, each its role (system, user, assistant) and its text, in RoCIT's markup, `end` behind each; up to where
    an answer begins where it `asks` for one."""
    headings = dict(zip(("system", "user", "assistant"), _HEADINGS[language], strict=True))
    blocks = [f"{headings[role]}\n{apart(_ROCIT_MARKS, text)}{end}" for role, text in messages]
    return "\n\n".join(blocks + ([f"{headings['assistant']}\n"] if asks else []))


def _rocit(talk: Talk, language: Language) -> _Row:
    return {"text": rocit_text(((role, text) for role, text, _ in spoken(talk)), language)}


def _write_dataset_info(path: Path, told: Told, splits: Sequence[str]) -> None:
    """LLaMA-Factory's `dataset_info.json`: each file by the name that its `dataset:` is to say."""
    system = {"system": "system"} if told.has_system else {}
    sharegpt = {
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", **system},
        "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"},
    }
    columns = {"prompt": "instruction", "query": "input", "response": "output", **system, "history": "history"}
    alpaca = {"formatting": "alpaca", "columns": columns}
    write_json(
        path,
        {
            f"{told.name}_{form}_{split}": {"file_name": f"{form}_{split}.jsonl", **described}
            for form, described in (("sharegpt", sharegpt), ("alpaca", alpaca))
            for split in splits
        },
    )


def _write_yaml(path: Path, _: Told, splits: Sequence[str]) -> None:
    """What an Axolotl configuration is to say of the files."""

    def described(split: str) -> list[_Row]:
        return [
            {
                "path": f"{split}.jsonl",
                "ds_type": "json",
                **({"split": "train"} if split != "train" else {}),  # what Axolotl calls the whole of a file
                "type": "chat_template",
                "field_messages": "messages",
                "message_property_mappings": {"role": "role", "content": "content"},
                "message_field_training": "training",
                "roles_to_train": ["assistant"],
                "train_on_eos": "turn",
            }
        ]

    keys = {"train": "datasets", "test": "test_datasets"}
    listed = {keys[split]: described(split) for split in splits}
    text = "# For an Axolotl configuration. The paths are from this folder on.\n" + yaml.safe_dump(
        listed, sort_keys=False
    )
    with write_atomic(path) as file:
        file.write(text.encode())


@dataclass(frozen=True, slots=True)
class _Form:
    """What a row of each of its files is, by what comes before the split in the file's name; `beside` is the file, if
    any, that says what these are, and `tell` writes it, of the splits that have a talk."""

    parts: Mapping[str, Callable[[Talk, Language], _Row]]
    beside: str = ""
    tell: Callable[[Path, Told, Sequence[str]], None] | None = None


FORMATS: Mapping[str, _Form] = {
    "messages": _Form({"": _messages}),
    "llamafactory": _Form({"sharegpt_": _sharegpt, "alpaca_": _alpaca}, "dataset_info.json", _write_dataset_info),
    "axolotl": _Form({"": _axolotl}, "datasets.yaml", _write_yaml),
    "sharegpt": _Form({"": _sharegpt}),
    "alpaca": _Form({"": _alpaca}),
    "rocit": _Form({"": _rocit}),
}
