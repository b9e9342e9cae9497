"""RoleBench's role-specific rows: a question to the role, its answer, and what the question was made from.

Schema of RoleBench's role_specific files (arXiv 2310.00746): the first four columns, in its order.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from dramaturg.character import Character
from dramaturg.generate.context_instruct import Triplet
from dramaturg.publish.dataset import PASSAGE, context_licence, generated_id, passages

__all__ = ["CONFIG", "SCHEMA", "rows"]

CONFIG = "role_specific"

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
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("request", pa.string()),
        ("licence", pa.string()),
    ]
)


def rows(triplets: Iterable[Triplet], character: Character, licences: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """A row for each triplet; `licences` are by source."""
    for triplet in triplets:
        yield {
            "role": character.name,
            "question": triplet.question,
            "generated": [triplet.answer],
            "type": triplet.type,
            "id": generated_id(CONFIG, triplet.request, triplet.item),
            "confidence": triplet.confidence,
            "reason": triplet.reason,
            "context": passages(triplet.context),
            "model": triplet.model,
            "prompt": triplet.prompt,
            "request": triplet.request,
            "licence": context_licence(triplet.context, licences, character),
        }
