"""ChatHaruhi's rows: one exchange each, texts in 「」, and beside them the spans, or what a model wrote them from.

Schema of ChatHaruhi-54K (arXiv 2308.09597): the first seven columns, in its order.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from dramaturg.character import Character
from dramaturg.curate.quality import Verdicts
from dramaturg.exchanges import Exchange, Turn
from dramaturg.generate.synthesis import Dialogue
from dramaturg.publish.dataset import (
    NOT_JUDGED,
    PASSAGE,
    QUALITY,
    context_licence,
    generated_id,
    passages,
    quality,
    row_id,
)
from dramaturg.script import told_line
from dramaturg.text import Language, join_pieces, unwrap

__all__ = ["CONFIG", "SCHEMA", "rows", "synthesized_rows", "unquoted"]

CONFIG = "chatharuhi"

SPAN = pa.struct(
    [
        ("turn", pa.int32()),
        ("source", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("at", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        ("user_role", pa.string()),
        ("user_question", pa.string()),
        ("agent_role", pa.string()),
        ("agent_response", pa.string()),
        ("question_source", pa.string()),
        ("more_dialogues", pa.list_(pa.string())),
        ("agent_role_name_en", pa.string()),
        ("id", pa.string()),
        ("spans", pa.list_(SPAN)),
        ("response_source", pa.string()),
        ("model", pa.string()),
        ("licence", pa.string()),
        ("context", pa.list_(PASSAGE)),
        ("prompt", pa.string()),
        ("request", pa.string()),
        ("question_request", pa.string()),
        ("more_requests", pa.list_(pa.string())),
        ("quality", QUALITY),
        ("edited", pa.list_(pa.int32())),
    ]
)


def rows(
    exchanges: Iterable[Exchange],
    character: Character,
    character_id: str,
    text_sha256: Mapping[str, str],
    licences: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    """A row for each exchange; `text_sha256` and `licences` are by source.

    In `spans`, `turn` 0 is the question, 1 the answer, 2 and on the entries of `more_dialogues`.
    """
    language = character.language
    for exchange in exchanges:
        spoken = [(number, line) for number, turn in enumerate(exchange.turns) for line in turn.lines]
        yield {
            "user_role": exchange.question.role,
            "user_question": f"「{_said(exchange.question, language)}」",
            "agent_role": exchange.answer.role,
            "agent_response": f"「{_said(exchange.answer, language)}」",
            "question_source": "story",
            "more_dialogues": [told_line(turn.role, _said(turn, language)) for turn in exchange.more],
            "agent_role_name_en": character_id,
            "id": row_id(CONFIG, text_sha256[exchange.source], [(line.start, line.end) for _, line in spoken]),
            "spans": [
                {"turn": number, **{name: getattr(line, name) for name in ("source", "start", "end", "at")}}
                for number, line in spoken
            ],
            "response_source": "original",
            "model": None,
            "licence": licences[exchange.source],
            "context": [],
            "prompt": None,
            "request": None,
            "question_request": None,
            "more_requests": [],
            "quality": None,
            "edited": [],
        }


def synthesized_rows(
    dialogues: Iterable[Dialogue],
    character: Character,
    character_id: str,
    licences: Mapping[str, str],
    verdicts: Verdicts = NOT_JUDGED,
) -> Iterator[dict[str, Any]]:
    """A row for each dialogue, all of it a model's. `context` is what it was shown for the first answer, `quality` what
    is said of that one; `more_requests` are what the entries of `more_dialogues` came from, one each."""
    language = character.language
    for dialogue in dialogues:
        yield {
            "user_role": dialogue.user,
            "user_question": f"「{unwrap(dialogue.question.text, language)}」",
            "agent_role": character.name,
            "agent_response": f"「{unwrap(dialogue.answer, language)}」",
            "question_source": "synthesized",
            "more_dialogues": [
                told_line(role, unwrap(text, language))
                for turn in dialogue.more
                for role, text in ((dialogue.user, turn.question), (character.name, turn.answer))
            ],
            "agent_role_name_en": character_id,
            "id": generated_id(CONFIG, dialogue.request, 0),
            "spans": [],
            "response_source": "generated",
            "model": dialogue.model,
            "licence": context_licence(dialogue.context, licences, character),
            "context": passages(dialogue.context),
            "prompt": dialogue.prompt,
            "request": dialogue.request,
            "question_request": dialogue.question.request,
            "more_requests": [key for turn in dialogue.more for key in (turn.question_request, turn.request)],
            "quality": quality(verdicts, "dialogue", dialogue.request),
            "edited": list(dialogue.edited),
        }


def _said(turn: Turn, language: Language) -> str:
    return join_pieces((line.content for line in turn.lines), language)


def unquoted(text: str) -> str:
    """A text of these rows without the 「」 around it."""
    return text.removeprefix("「").removesuffix("」")
