"""What models answer: the request that a question becomes, and answers that somebody gives in a file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dramaturg.errors import InputError
from dramaturg.evaluate.questions import Question, Role
from dramaturg.llm.request import Request
from dramaturg.publish.talks import system_prompt
from dramaturg.row_files import file_rows
from prompts import Message, load_prompt

__all__ = ["MOST_TOKENS", "GivenAnswers", "read_answers", "requests_of"]

MOST_TOKENS = 300
"""The room of an answer, that of the dataset's dialogues."""

_ANSWERS = ("answer", "response", "output", "generated")


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """The answers of a file to questions, by their keys. `unknown` are rows that are to none of them, `again` those to
    a question that has an answer already, which stays."""

    found: Mapping[tuple[str, str], str]
    unknown: int = 0
    again: int = 0


def requests_of(roles: Mapping[str, Role], questions: Iterable[Question]) -> list[Request]:
    """A request for an answer to each question, under the prompt of its role with which the dataset's rows are written
    for trainers, at temperature 0; where that is too long for a model, with only what is said last."""
    systems: dict[str, Message] = {
        name: {"role": "system", "content": system_prompt(role.character, role.profile)} for name, role in roles.items()
    }
    names = {role.character.language: load_prompt(role.character.language, "persona").name for role in roles.values()}

    def request(question: Question) -> Request:
        role = roles[question.character_id]
        prompt = names[role.character.language]
        turns = tuple(dict(turn) for turn in question.turns)
        whole = Request(prompt, (systems[role.character_id], *turns), MOST_TOKENS)
        if len(turns) == 1:
            return whole
        short = Request(prompt, (systems[role.character_id], turns[-1]), MOST_TOKENS)
        return Request(prompt, whole.messages, MOST_TOKENS, shorter=lambda: short)

    return [request(question) for question in questions]


def read_answers(path: Path, questions: Sequence[Question], roles: Mapping[str, Role]) -> GivenAnswers:
    """The answers of a file of JSON lines, JSON or Parquet. A row has the `id` of a question's row, or its `question`,
    with a `role` (its name, or its folder's) where several are asked the same; and its `answer`, which may be called
    `response`, `output` or `generated`, the last of which may be a list, whose first counts.

    Raises InputError, which says where and what, where a row cannot be read as one.
    """
    by_id: dict[str, list[Question]] = {}
    by_text: dict[str, list[Question]] = {}
    for question in questions:
        by_id.setdefault(question.id, []).append(question)
        by_text.setdefault(question.question.strip(), []).append(question)
    found: dict[tuple[str, str], str] = {}
    lost: Counter[str] = Counter()
    for row in file_rows(path):
        told = row.content
        if not isinstance(told, dict):
            raise InputError(f'{path}{row.place}: no row such as {{"id": "…", "answer": "…"}}')
        if not {"id", "question"} & told.keys():
            raise InputError(f"{path}{row.place}: no id and no question: nobody knows what it answers")
        asked = by_id.get(str(told["id"]), []) if "id" in told else by_text.get(str(told["question"]).strip(), [])
        if (named := told.get("role")) is not None:
            asked = [each for each in asked if named in (each.character_id, roles[each.character_id].name)]
        answer = _answer(told, f"{path}{row.place}")
        fresh = [question for question in asked if question.key not in found]
        lost["unknown"] += not asked
        lost["again"] += bool(asked) and not fresh
        found |= {question.key: answer for question in fresh}
    return GivenAnswers(found, lost["unknown"], lost["again"])


def _answer(told: Mapping[str, object], place: str) -> str:
    name = next((each for each in _ANSWERS if each in told), None)
    if name is None:
        raise InputError(f"{place}: no answer: there are {', '.join(map(str, told))}")
    answer = told[name]
    if isinstance(answer, list):
        answer = answer[0] if answer else ""
    if answer is None:
        return ""
    if not isinstance(answer, str):
        raise InputError(f"{place}: {name} is no text")
    return answer
