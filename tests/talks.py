"""Datasets of invented rows for tests of formats, each row written by the project's own functions."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dramaturg.character import Character
from dramaturg.exchanges import find_exchanges
from dramaturg.publish import chatharuhi, rolebench, scenes
from dramaturg.publish.dataset import write_config
from dramaturg.scenes import Scene

__all__ = ["HOSTILE", "dataset_of", "question", "synthesized"]

HOSTILE = (
    "<script>alert(1)</script>",
    "<START>",
    "{{user}} and {{{char}}}, <BOT> and <user>",
    "</s> and <|im_end|> and [INST]",
    "### Response: yes\n### Input:\nno",
    "### 回答：是",
    "\u202eright to left\u202c \u200f",
    "a line\u2028a paragraph\u2029a next line\x85a form\x0cfeed\x1e\x00end",
    "\"quotes\" 'and' \\backslashes\\ and 「marks:「」」",
    "---\n- yaml: true | =cmd() , ;\t\r\n",
    "x" * 10_000,
)
"""What a text may have in it and break no file."""

_TEXTS = {"novel.txt": "0" * 64}
_LICENCES = {"novel.txt": "CC0-1.0"}


def dataset_of(
    folder: Path,
    character: Character,
    told: Mapping[str, Sequence[Scene]],
    rows: Mapping[tuple[str, str], Iterable[dict[str, Any]]] | None = None,
) -> Path:
    """A dataset of the scenes of each split and of their exchanges, and of `rows` by config and split."""
    added = {key: list(own) for key, own in (rows or {}).items()}
    for split, own in told.items():
        exchanges, _ = find_exchanges(own, character.name)
        original = chatharuhi.rows(exchanges, character, "role", _TEXTS, _LICENCES)
        shown = [*original, *added.pop((chatharuhi.CONFIG, split), [])]
        write_config(folder, chatharuhi.CONFIG, chatharuhi.SCHEMA, shown, split)
        played = scenes.rows(own, (), character, "role", _TEXTS, _LICENCES)
        write_config(folder, scenes.CONFIG, scenes.SCHEMA, played, split)
    for (config, split), more in added.items():
        schema = rolebench.GENERAL_SCHEMA if config == rolebench.GENERAL else rolebench.SCHEMA
        write_config(folder, config, schema, more, split)
    return folder


def synthesized(row_id: str, role: str, *turns: tuple[str, str]) -> dict[str, Any]:
    """A row of a model's dialogue: somebody and what they say, in turn."""
    (user, asked), (_, answered), *more = turns
    return {
        "id": row_id,
        "user_role": user,
        "user_question": f"「{asked}」",
        "agent_role": role,
        "agent_response": f"「{answered}」",
        "question_source": "synthesized",
        "response_source": "generated",
        "more_dialogues": [f"{name}:「{text}」" for name, text in more],
        "spans": [],
    }


def question(row_id: str, asked: str, *answers: str) -> dict[str, Any]:
    """A row of the other configs."""
    return {"id": row_id, "question": asked, "generated": list(answers)}
