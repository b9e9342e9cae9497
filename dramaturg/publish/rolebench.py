"""RoleBench's rows: role-specific, a question to the role, its answer, and what they rest on; in the same columns,
questions that are not true to the work, with the answer that sets them right; general, an instruction and its answers.

Schema of RoleBench's role_specific files (arXiv 2310.00746): the first four columns, in its order; of its general
files the first three.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from dramaturg.character import Character
from dramaturg.curate.quality import Kind, Verdicts
from dramaturg.generate.context_instruct import Triplet
from dramaturg.generate.rolegpt import GeneralAnswer
from dramaturg.publish.dataset import NOT_JUDGED, PASSAGE, QUALITY, context_licence, generated_id, passages, quality
from dramaturg.workspace import digest

__all__ = ["BOUNDARY", "CONFIG", "GENERAL", "GENERAL_SCHEMA", "SCHEMA", "general_rows", "rows"]

CONFIG = "role_specific"
BOUNDARY = "knowledge_boundary"
GENERAL = "general"

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
        ("quality", QUALITY),
        ("edited", pa.list_(pa.int32())),
    ]
)
GENERAL_SCHEMA = pa.schema(
    [
        ("role", pa.string()),
        ("question", pa.string()),
        ("generated", pa.list_(pa.string())),
        ("id", pa.string()),
        ("instruction_id", pa.string()),
        ("category", pa.string()),
        ("raw", pa.string()),
        ("context", pa.list_(PASSAGE)),
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("mode", pa.string()),
        ("requests", pa.list_(pa.string())),
        ("licence", pa.string()),
        ("quality", QUALITY),
        ("edited", pa.list_(pa.int32())),
    ]
)


def rows(
    triplets: Iterable[Triplet],
    character: Character,
    licences: Mapping[str, str],
    config: str = CONFIG,
    verdicts: Verdicts = NOT_JUDGED,
) -> Iterator[dict[str, Any]]:
    """A row of `config` for each triplet; `licences` are by source."""
    kind: Kind = "boundary" if config == BOUNDARY else "triplet"
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
            "quality": quality(verdicts, kind, triplet.request, triplet.item),
            "edited": list(triplet.edited),
        }


def general_rows(
    answers: Iterable[GeneralAnswer],
    character: Character,
    licences: Mapping[str, str],
    verdicts: Verdicts = NOT_JUDGED,
) -> Iterator[dict[str, Any]]:
    """A row for each instruction that one model was asked in one way, with its answers in their order, of which
    `quality` is the first one's; `licences` are by source."""
    found: dict[tuple[Any, ...], list[GeneralAnswer]] = {}
    for answer in answers:
        found.setdefault((answer.instruction, answer.mode, answer.prompt, answer.model), []).append(answer)
    for (instruction, mode, prompt, model), own in found.items():
        context = tuple(dict.fromkeys(span for answer in own for span in answer.context))
        yield {
            "role": character.name,
            "question": instruction.text,
            "generated": [answer.answer for answer in own],
            "id": digest(GENERAL, character.name, instruction.text, mode, prompt, model)[:16],
            "instruction_id": instruction.id,
            "category": instruction.category,
            "raw": instruction.raw,
            "context": passages(context),
            "model": model,
            "prompt": prompt,
            "mode": mode,
            "requests": [answer.request for answer in own],
            "licence": context_licence(context, licences, character),
            "quality": quality(verdicts, "general", own[0].request),
            "edited": [number for number, answer in enumerate(own, 1) if answer.edited],
        }
