"""Generated rows held against the answers they were taken from, as the store has them raw.

As in `dramaturg.verify`, nothing here is shared with what made the rows: neither parser nor row builder.
"""

import json
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg.workspace import digest

__all__ = ["SpokenLines", "Stored", "dialogue_faults", "read_stored", "triplet_faults"]

_MOST_ITEMS = 1_000
_MOST_CITED = 8
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_Row = Mapping[str, Any]
_Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """A request and its answer: all letters of what was asked and of what was said, the prompt's id, the model."""

    asked: str
    said: str
    prompt: str
    model: str


class SpokenLines:
    """The letters of the script's spoken lines, by where they stand. `lines` are in each source's order."""

    def __init__(self, lines: Iterable[tuple[str, int, int, str]]) -> None:
        self._starts: dict[str, list[int]] = {}
        self._lines: dict[str, list[tuple[int, str]]] = {}
        for source, start, end, content in lines:
            self._starts.setdefault(source, []).append(start)
            self._lines.setdefault(source, []).append((end, _letters(content)))

    def within(self, source: str, start: int, end: int) -> list[str]:
        starts = self._starts.get(source, [])
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        return [letters for stop, letters in self._lines.get(source, [])[first:last] if stop <= end]


def read_stored(store: Path, keys: Iterable[str]) -> dict[str, Stored]:
    """What the store has under `keys`; a key that it does not have, or whose answer is none, is left out."""
    found: dict[str, Stored] = {}
    if not store.is_file():
        return found
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as database:
        for key in sorted(set(keys)):
            row = database.execute("SELECT request, response, prompt, model FROM responses WHERE key = ?", (key,))
            for request, response, prompt, model in row:
                try:
                    said = json.loads(response)["choices"][0]["message"]["content"] or ""
                    asked = " ".join(message["content"] for message in json.loads(request)["messages"])
                except (ValueError, KeyError, IndexError, TypeError):
                    continue
                found[key] = Stored(_letters(asked), _letters(_unescaped(said)), prompt.split("@")[0], model)
    return found


def dialogue_faults(row: _Row, stored: Mapping[str, Stored], lines: SpokenLines) -> Iterator[str]:
    """What is wrong with a synthesized row of the chatharuhi config."""
    question, answer = row["user_question"], row["agent_response"]
    if not all(text.startswith("「") and text.endswith("」") for text in (question, answer)):
        yield "a text of it does not stand in 「」"
    if row["response_source"] != "generated" or row["spans"] or row["more_dialogues"]:
        yield "it is synthesized, but has passages, more turns, or an original answer"
    if not row["user_role"] or row["user_role"] == row["agent_role"]:
        yield f"{row['user_role']!r} cannot ask"
    if row["id"] != digest("chatharuhi", row["request"], 0)[:16]:
        yield "its id is not that of its request"
    answered, asked = stored.get(row["request"]), stored.get(row["question_request"])
    yield from _origin_faults(row, answered, [answer], lines)
    if answered and _letters(question) not in answered.asked:
        yield "the model was not asked this question"
    if asked is None or _letters(question) not in asked.said:
        yield "no model wrote its question in the answer to question_request"


def triplet_faults(
    row: _Row,
    stored: Mapping[str, Stored],
    lines: SpokenLines,
    script: Mapping[_Span, _Row],
    config: str = "role_specific",
) -> Iterator[str]:
    """What is wrong with a row of the role_specific config, or of knowledge_boundary. `script` are its lines of any
    kind, by where they stand."""
    is_boundary = config == "knowledge_boundary"
    is_of_script = row["type"] == "script_based"
    if row["type"] not in ("script_based", "script_agnostic") or bool(row["context"]) != is_of_script:
        yield f"it is {row['type']!r} with {len(row['context'])} passages"
    if is_boundary and is_of_script:
        yield f"it is {row['type']!r}, which sets no question right"
    if row["confidence"] != ("low" if is_boundary else "high"):
        yield f"its confidence is {row['confidence']!r}"
    if row["id"] not in {digest(config, row["request"], item)[:16] for item in range(_MOST_ITEMS)}:
        yield "its id is not one of its request"
    yield from _citation_faults(row, script)
    yield from _origin_faults(row, stored.get(row["request"]), [row["question"], *row["generated"]], lines)


def _citation_faults(row: _Row, script: Mapping[_Span, _Row]) -> Iterator[str]:
    """Where it cites what is no line of the script within the row's context, in the source's order."""
    cited = [(line["source"], line["start"], line["end"]) for line in row["lines"]]
    if bool(cited) != (row["type"] == "script_based") or len(cited) > _MOST_CITED:
        yield f"it is {row['type']!r} and cites {len(cited)} lines"
    if cited != sorted(set(cited)):
        yield "the lines that it cites are not in the source's order, or one is cited twice"
    for source, start, end in cited:
        if (source, start, end) not in script:
            yield f"{source} {start}:{end}, which it cites, is no line of the script"
        if not any(
            each["source"] == source and each["start"] <= start and end <= each["end"] for each in row["context"]
        ):
            yield f"{source} {start}:{end}, which it cites, is not within its context"


def _origin_faults(row: _Row, stored: Stored | None, texts: Iterable[str], lines: SpokenLines) -> Iterator[str]:
    """Where the row's texts are not what the model said, or the model was not shown the row's context."""
    if stored is None:
        yield f"the answer to its request {row['request']} is not in the store"
        return
    for text in texts:
        if not _letters(text) or _letters(text) not in stored.said:
            yield f"the model did not say {text!r}"
    if (row["model"], row["prompt"].split("@")[0]) != (stored.model, stored.prompt):
        yield f"its model or prompt is not that of its request: {stored.model}, {stored.prompt}"
    for passage in row["context"]:
        source, start, end = passage["source"], passage["start"], passage["end"]
        within = lines.within(source, start, end)
        if not within:
            yield f"{source} {start}:{end} holds no line of the script"
        elif not all(line in stored.asked for line in within):
            yield f"the model was not shown {source} {start}:{end}"


def _unescaped(text: str) -> str:
    """JSON's escapes undone, in JSON or in what was meant to be."""
    return _ESCAPE.sub(
        lambda found: chr(int(found[1][1:], 16)) if found[1][0] == "u" and len(found[1]) == 5 else
        {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]),
        text,
    )  # fmt: skip


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
