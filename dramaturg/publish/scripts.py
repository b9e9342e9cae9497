"""The script itself as rows: RoleBench's profile, and the same lines with their provenance."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from dramaturg.publish.dataset import row_id
from dramaturg.script import NARRATOR, Utterance, narrator_name
from dramaturg.text import Language, unwrap

__all__ = ["PROFILES", "PROFILES_SCHEMA", "SCRIPT", "SCRIPT_SCHEMA", "profile_rows", "script_rows"]

PROFILES = "profiles"
SCRIPT = "script"

_PROFILE_FIELDS: list[tuple[str, pa.DataType]] = [
    ("act_id", pa.int64()),
    ("diag_id", pa.int64()),
    ("role", pa.string()),
    ("content", pa.string()),
]
PROFILES_SCHEMA = pa.schema(_PROFILE_FIELDS)
SCRIPT_SCHEMA = pa.schema(
    [
        *_PROFILE_FIELDS,
        ("kind", pa.string()),
        ("source", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("speaker_confidence", pa.float64()),
        ("method", pa.string()),
        ("at", pa.string()),
        ("id", pa.string()),
        ("licence", pa.string()),
    ]
)


def profile_rows(utterances: Iterable[Utterance], language: Language) -> Iterator[dict[str, Any]]:
    """RoleBench's `act_id, diag_id, role, content` (arXiv 2310.00746), each content on one line."""
    for line in utterances:
        yield {
            "act_id": line.act_id,
            "diag_id": line.diag_id,
            "role": _exported(line.role, language),
            "content": unwrap(line.content, language),
        }


def script_rows(
    utterances: Iterable[Utterance],
    language: Language,
    text_sha256: Mapping[str, str],
    licences: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    """Every utterance as it stands in the source: `content` is the canonical text's `[start:end]`."""
    own = SCRIPT_SCHEMA.names[:-2]
    for line in utterances:
        yield {
            **{name: getattr(line, name) for name in own},
            "role": _exported(line.role, language),
            "id": row_id(SCRIPT, text_sha256[line.source], [(line.start, line.end)]),
            "licence": licences[line.source],
        }


def _exported(role: str | None, language: Language) -> str | None:
    return narrator_name(language) if role == NARRATOR else role
