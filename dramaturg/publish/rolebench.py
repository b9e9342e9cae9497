"""RoleBench's role-specific rows: a question to the role, its answer, and what the question was made from; and apart
from them, in the same columns, questions that are not true to the work, with the answer that sets them right.

Schema of RoleBench's role_specific files (arXiv 2310.00746): the first four columns, in its order.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from dramaturg.character import Character
from dramaturg.generate.context_instruct import Triplet
from dramaturg.publish.dataset import PASSAGE, context_licence, generated_id, passages

__all__ = ["BOUNDARY", "CONFIG", "SCHEMA", "rows"]

CONFIG = "role_specific"
BOUNDARY = "knowledge_boundary"

SCHEMA = pa.schema(
    [
        ("role", pa.string()),
        ("question", pa.string()),
        ("generated", pa.list_(pa.string())),
        ("type", pa.string()),
        ("id", pa.string()),
        ("confidence", pa.string()),
        ("reason", pa.string()),
        ("context", pa.list_(PASSAGE)),
        ("lines", pa.list_(PASSAGE)),
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("request", pa.string()),
        ("licence", pa.string()),
    ]
)


def rows(
    triplets: Iterable[Triplet], character: Character, licences: Mapping[str, str], config: str = CONFIG
) -> Iterator[dict[str, Any]]:
    """A row of `config` for each triplet; `licences` are by source."""
    for triplet in triplets:
        yield {
            "role": character.name,
            "question": triplet.question,
            "generated": [triplet.answer],
            "type": triplet.type,
            "id": generated_id(config, triplet.request, triplet.item),
            "confidence": triplet.confidence,
            "reason": triplet.reason,
            "context": passages(triplet.context),
            "lines": passages(triplet.lines),
            "model": triplet.model,
            "prompt": triplet.prompt,
            "request": triplet.request,
            "licence": context_licence(triplet.context, licences, character),
        }
