"""Role-play datasets made elsewhere: ChatHaruhi's rows, RoleBench's, or chat messages, read as talks and written back.

A row keeps its columns; of what it holds only texts are repaired, later turns cut off and answers left out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dramaturg.row_files import rows_and_faults
from dramaturg.script import told_line
from dramaturg.text import Language

__all__ = ["ForeignRow", "language_of", "read_row", "read_rows"]

_QUOTED = re.compile(r"\s*「(.*)」\s*", re.DOTALL)
_LATER = re.compile(r"(?P<role>[^:：「]{1,40}?)\s*[:：]\s*「?(?P<text>.*?)」?\s*", re.DOTALL)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+")
_ROLE_COLUMNS = ("role_name", "character", "char", "agent_role", "bot", "assistant_name")


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """What is said in a row: a question, answers to it (several where the row has them side by side), and who says what
    after the first. `number` counts from 1, lines where a row is one; `target` is the role that the row says it is of,
    beside its `agent`.

    `given` is the row as it came. Texts stand as they came, without ChatHaruhi's 「」.
    """

    number: int
    given: Mapping[str, Any]
    user: str
    agent: str
    target: str | None
    question: str
    answers: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()

    @property
    def language(self) -> Language:
        return language_of(" ".join((self.question, *self.answers)))

    def written(self) -> dict[str, Any]:
        """The row in its own columns, with these texts."""
        return _WRITERS[_form_of(self.given)](self)


def language_of(text: str) -> Language:
    """Chinese where there are more Chinese characters than Latin words."""
    return "zh" if len(_HAN.findall(text)) > len(_LATIN.findall(text)) else "en"


def read_rows(path: Path) -> Iterator[ForeignRow | tuple[int, Any]]:
    """The rows of a .jsonl, .json or .parquet file in turn; the number and content of what is no such row.

    Raises InputError where the file cannot be read.
    """
    for row in rows_and_faults(path):
        yield read_row(row.number, row.content)


def read_row(number: int, given: Any) -> ForeignRow | tuple[int, Any]:
    """A row of one of the three forms; its number and content where it is none."""
    try:
        return _READERS[_form_of(given)](number, given)
    except (AttributeError, KeyError, TypeError, ValueError):
        return number, given


# --- the three forms ----------------------------------------------------------------------------------------


def _form_of(given: Mapping[str, Any]) -> str:
    """Which form a row is of; "" where it is none."""
    if {"user_question", "agent_response"} <= given.keys():
        return "chatharuhi"
    if {"question", "generated"} <= given.keys():
        return "rolebench"
    return "messages" if isinstance(given.get("messages"), list) else ""


def _chatharuhi(number: int, given: Mapping[str, Any]) -> ForeignRow:
    return ForeignRow(
        *(number, given, _text(given.get("user_role")), _text(given.get("agent_role"))),
        *(_text(given.get("agent_role_name_en")) or None, _unquoted(given["user_question"])),
        *((_unquoted(given["agent_response"]),), tuple(map(_later, given.get("more_dialogues") or ()))),
    )


def _to_chatharuhi(row: ForeignRow) -> dict[str, Any]:
    return {
        **row.given,
        "user_question": _like(row.given["user_question"], row.question),
        "agent_response": _like(row.given["agent_response"], row.answers[0]),
        **(
            {"more_dialogues": [told_line(role, text) for role, text in row.more]}
            if "more_dialogues" in row.given
            else {}
        ),
    }


def _rolebench(number: int, given: Mapping[str, Any]) -> ForeignRow:
    generated = given["generated"]
    answers = tuple(map(_checked, [generated] if isinstance(generated, str) else generated))
    if not answers:
        raise ValueError("no answer")
    return ForeignRow(number, given, "user", _text(given.get("role")), None, _checked(given["question"]), answers)


def _to_rolebench(row: ForeignRow) -> dict[str, Any]:
    kind = row.given.get("type")
    return {
        **row.given,
        "question": row.question,
        "generated": list(row.answers),
        **({"type": kind[0] if isinstance(kind, list) and kind else kind} if "type" in row.given else {}),
    }


def _messages(number: int, given: Mapping[str, Any]) -> ForeignRow:
    first = _first_asked(given["messages"])
    said = [(str(each["role"]), _checked(each["content"])) for each in given["messages"][first:]]
    if [role for role, _ in said[:2]] != ["user", "assistant"]:
        raise ValueError("nobody asks and is answered")
    agent = next((_text(given[name]) for name in _ROLE_COLUMNS if given.get(name)), "assistant")
    return ForeignRow(
        *(number, given, "user", agent, None, said[0][1], (said[1][1],)),
        tuple((agent if role == "assistant" else role, text) for role, text in said[2:]),
    )


def _to_messages(row: ForeignRow) -> dict[str, Any]:
    given = row.given["messages"]
    first = _first_asked(given)
    texts = (row.question, row.answers[0], *(text for _, text in row.more))
    said = [{**each, "content": text} for each, text in zip(given[first:], texts, strict=False)]
    return {**row.given, "messages": [*given[:first], *said]}


def _first_asked(messages: list[Any]) -> int:
    """Where the user first says something, behind the system's words and a greeting."""
    return [each["role"] for each in messages].index("user")


_READERS: Mapping[str, Callable[[int, Mapping[str, Any]], ForeignRow]] = {
    "chatharuhi": _chatharuhi,
    "rolebench": _rolebench,
    "messages": _messages,
}
_WRITERS: Mapping[str, Callable[[ForeignRow], dict[str, Any]]] = {
    "chatharuhi": _to_chatharuhi,
    "rolebench": _to_rolebench,
    "messages": _to_messages,
}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _checked(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _unquoted(value: Any) -> str:
    quoted = _QUOTED.fullmatch(_checked(value))
    return quoted[1] if quoted else value


def _like(given: str, text: str) -> str:
    return f"「{text}」" if _QUOTED.fullmatch(given) else text


def _later(entry: Any) -> tuple[str, str]:
    """Who says what, of role:「text」."""
    found = _LATER.fullmatch(_checked(entry))
    return (found["role"].strip(), found["text"]) if found else ("", entry)
