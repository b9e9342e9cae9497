"""Generated rows held against the answers they were taken from, as the store has them raw.

As in `dramaturg.verify`, nothing here is shared with what made the rows: neither parser nor row builder.
"""

import json
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg.workspace import digest

__all__ = [
    "SpokenLines",
    "Stored",
    "dialogue_faults",
    "general_faults",
    "quality_faults",
    "read_stored",
    "scenario_faults",
    "triplet_faults",
]

_MOST_ITEMS = 1_000
_MODES = ("few_shot_dialogue", "few_shot_prompt", "zero_shot_prompt")
_MOST_CITED = 8
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_VERDICTS = {  # among letters alone
    "yes": re.compile("是|对|符合|切题|属实|正确|yes|true|correct", re.IGNORECASE),
    "no": re.compile("否|不|no|false|incorrect", re.IGNORECASE),
    "unknown": re.compile(
        "无从判断|无法判断|不确定|不知道|未知|un(?:known|clear|certain)|(?:not|can).{1,5}", re.IGNORECASE
    ),
}
_UNKNOWN = re.compile("不详|未知|不明|unknown", re.IGNORECASE)
_Row = Mapping[str, Any]
_Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """A request and its answer: all letters of what was asked and of what was said, the latter as it stands and with
    JSON's escapes undone; the prompt's id, the model."""

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
                letters = f"{_letters(said)}\n{_letters(_unescaped(said))}"
                found[key] = Stored(_letters(asked), letters, prompt.split("@")[0], model)
    return found


def dialogue_faults(row: _Row, stored: Mapping[str, Stored], lines: SpokenLines) -> Iterator[str]:
    """What is wrong with a synthesized row of the chatharuhi config."""
    question, answer = row["user_question"], row["agent_response"]
    if not all(text.startswith("「") and text.endswith("」") for text in (question, answer)):
        yield "a text of it does not stand in 「」"
    if row["response_source"] != "generated" or row["spans"]:
        yield "it is synthesized, but has passages, or an original answer"
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
    yield from _later_faults(row, stored)


def _later_faults(row: _Row, stored: Mapping[str, Stored]) -> Iterator[str]:
    """What is wrong with the turns after the first answer: the asker's and the role's, in turn."""
    if len(row["more_dialogues"]) != len(row["more_requests"]) or len(row["more_requests"]) % 2:
        yield "its more_requests are not those of its more_dialogues"
        return
    before = row["agent_response"]
    for number, (told, key) in enumerate(zip(row["more_dialogues"], row["more_requests"], strict=True)):
        role, _, text = told.partition(":")
        if role != (row["agent_role"] if number % 2 else row["user_role"]):
            yield f"it is not {role}'s turn to say {text}"
        answered = stored.get(key)
        if answered is None or not _letters(text) or _letters(text) not in answered.said:
            yield f"no model said {text} in the answer to {key}"
        elif _letters(before) not in answered.asked:
            yield f"the model was not told {before} before it said {text}"
        before = text


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
    if not any(row["id"] == digest(config, row["request"], item)[:16] for item in range(_MOST_ITEMS)):
        yield "its id is not one of its request"
    yield from _citation_faults(row, script)
    yield from _origin_faults(row, stored.get(row["request"]), [row["question"], *row["generated"]], lines)


def general_faults(row: _Row, stored: Mapping[str, Stored], lines: SpokenLines) -> Iterator[str]:
    """What is wrong with a row of the general config."""
    requests, generated = row["requests"], row["generated"]
    if not generated or len(requests) != len(generated) or len(set(requests)) != len(requests):
        yield f"it has {len(generated)} answers to {len(set(requests))} requests"
    if row["mode"] not in _MODES or (row["mode"] == "zero_shot_prompt" and row["context"]):
        yield f"it is {row['mode']!r} with {len(row['context'])} passages"
    if not row["instruction_id"] or not row["category"]:
        yield "its instruction has no id or no category"
    parts = [row[name] for name in ("role", "question", "mode", "prompt", "model")]
    if row["id"] != digest("general", *parts)[:16]:
        yield "its id is not that of its question"
    asked = []
    for request, text in zip(requests, generated, strict=False):
        answered = stored.get(request)
        yield from _said_faults(row, request, answered, [text])
        if answered:
            asked.append(answered.asked)
            if _letters(row["question"]) not in answered.asked:
                yield f"the model was not asked this question by {request}"
    if asked:
        yield from _context_faults(row, asked, lines)


def scenario_faults(
    row: _Row, stored: Mapping[str, Stored], lines: SpokenLines, names: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """What is wrong with a model's part of a row of the scenes config; `names` are all names of a person by the first.

    That its lines are the script's own is another's to say.
    """
    told, turns = row["scenario"], row["turns"]
    if told is None:
        if row["context"] or any(row[name] is not None for name in ("model", "prompt", "request")):
            yield "it has no scenario, but a model, a prompt, a request or passages shown"
        return
    wanted = {motive["name"]: motive["wants"] for motive in told["motives"]}
    if len(wanted) < len(told["motives"]) or row["role"] not in wanted or not wanted.keys() <= set(row["participants"]):
        yield "its motives are not those of people who speak in it, one each, the role's among them"
    shown = [(passage["source"], passage["start"], passage["end"]) for passage in row["context"]]
    if any(source != row["source"] or end > turns[-1]["end"] for source, _, end in shown) or not any(
        start >= turns[0]["start"] for _, start, _ in shown
    ):
        yield "the model was not shown this scene, or more than what comes before it"
    answered = stored.get(row["request"])
    known = [text for text in (told["time"], told["place"]) if text is not None]
    yield from _origin_faults(row, answered, [*known, told["situation"], *wanted.values()], lines)
    if answered is None:
        return
    said = answered.said.lower()
    if 2 - len(known) > len(_UNKNOWN.findall(said.partition("\n")[0])):  # as it stands
        yield "its time or place is not unknown to the model"
    for name, wants in wanted.items():
        called = (name, *names.get(name, ()))
        if not any(_letters(each + wants).lower() in said for each in called):
            yield f"the model did not say that {name} wants {wants!r}"


def quality_faults(row: _Row, question: str, answer: str, stored: Mapping[str, Stored]) -> Iterator[str]:
    """What is wrong with what a model says of a row's question and answer."""
    told = row["quality"]
    if told is None:
        return
    answered = stored.get(told["request"])
    verdicts = [told["answers"], told["style"], told["correct"]]
    if not set(verdicts[:2]) <= {"yes", "no"} or verdicts[2] not in _VERDICTS or told["score"] not in range(1, 6):
        yield f"its quality is none: {', '.join(map(str, verdicts))}, {told['score']}"
    elif answered is None:
        yield f"the answer to the request {told['request']} of its quality is not in the store"
    else:
        if (told["model"], "judge") != (answered.model, answered.prompt):
            yield f"the model or prompt of its quality is not that of the request: {answered.model}, {answered.prompt}"
        if any(not _letters(text) or _letters(text) not in answered.asked for text in (question, answer)):
            yield "the judge was not shown this question and answer"
        said = answered.said
        if _letters(told["reason"]) not in said or str(told["score"]) not in said:
            yield "the judge did not say this reason or score"
        if not all(_VERDICTS[each].search(said) for each in verdicts):
            yield f"the judge did not say {', '.join(verdicts)}"


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
    yield from _said_faults(row, row["request"], stored, texts)
    if stored:
        yield from _context_faults(row, [stored.asked], lines)


def _said_faults(row: _Row, request: str, stored: Stored | None, texts: Iterable[str]) -> Iterator[str]:
    """Where texts are not what the row's model said, being asked with its prompt."""
    if stored is None:
        yield f"the answer to its request {request} is not in the store"
        return
    for text in texts:
        if not _letters(text) or _letters(text) not in stored.said:
            yield f"the model did not say {text!r}"
    if (row["model"], row["prompt"].split("@")[0]) != (stored.model, stored.prompt):
        yield f"its model or prompt is not that of its request: {stored.model}, {stored.prompt}"


def _context_faults(row: _Row, asked: Collection[str], lines: SpokenLines) -> Iterator[str]:
    """Where a passage of the row has no line in it, or was shown in nothing that was asked."""
    for passage in row["context"]:
        source, start, end = passage["source"], passage["start"], passage["end"]
        within = lines.within(source, start, end)
        if not within:
            yield f"{source} {start}:{end} holds no line of the script"
        elif not any(all(line in each for line in within) for each in asked):
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
