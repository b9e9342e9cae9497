"""Scenes as rows: a conversation of two or more in its lines, and beside them what a model wrote of it.

The lines are the source's own: speech, thought, action and narration in their order, as CoSER has them
(arXiv 2502.09082), each with its passage.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from dramaturg.character import Character
from dramaturg.generate.scenarios import Scenario, conversations, speakers
from dramaturg.publish.dataset import PASSAGE, passages, row_id
from dramaturg.scenes import Scene
from dramaturg.script import NARRATOR, Utterance, narrator_name
from dramaturg.text import Language, unwrap

__all__ = ["CONFIG", "SCHEMA", "rows"]

CONFIG = "scenes"

MOTIVE = pa.struct([("name", pa.string()), ("wants", pa.string())])
SCENARIO = pa.struct(
    [
        ("time", pa.string()),
        ("place", pa.string()),
        ("situation", pa.string()),
        ("motives", pa.list_(MOTIVE)),
    ]
)
TURN = pa.struct(
    [
        ("role", pa.string()),
        ("kind", pa.string()),
        ("content", pa.string()),
        ("source", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)
_FIELDS: list[tuple[str, pa.DataType]] = [
    ("id", pa.string()),
    ("role", pa.string()),
    ("agent_role_name_en", pa.string()),
    ("source", pa.string()),
    ("act_id", pa.int64()),
    ("scene_id", pa.int64()),
    ("continues", pa.bool_()),
    ("participants", pa.list_(pa.string())),
    ("scenario", SCENARIO),
    ("turns", pa.list_(TURN)),
    ("licence", pa.string()),
    ("context", pa.list_(PASSAGE)),
    ("model", pa.string()),
    ("prompt", pa.string()),
    ("request", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)


def rows(
    scenes: Iterable[Scene],
    scenarios: Iterable[Scenario],
    character: Character,
    character_id: str,
    text_sha256: Mapping[str, str],
    licences: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    """A row for each scene in which the role speaks with somebody; `text_sha256` and `licences` are by source.

    A turn is an utterance, its content on one line. Its id is that of its passages, whether or not there is a scenario.
    """
    written = {(each.source, each.scene_id): each for each in scenarios}
    for scene in conversations(scenes, character.name):
        scenario = written.get((scene.source, scene.scene_id))
        yield {
            "id": row_id(CONFIG, text_sha256[scene.source], [(line.start, line.end) for line in scene.utterances]),
            "role": character.name,
            "agent_role_name_en": character_id,
            "source": scene.source,
            "act_id": scene.act_id,
            "scene_id": scene.scene_id,
            "continues": scene.continues,
            "participants": speakers(scene),
            "scenario": _shown(scenario) if scenario else None,
            "turns": [_turn(line, character.language) for line in scene.utterances],
            "licence": licences[scene.source],
            "context": passages(scenario.context) if scenario else [],
            "model": scenario.model if scenario else None,
            "prompt": scenario.prompt if scenario else None,
            "request": scenario.request if scenario else None,
        }


def _shown(scenario: Scenario) -> dict[str, Any]:
    return {
        "time": scenario.time,
        "place": scenario.place,
        "situation": scenario.situation,
        "motives": [{"name": motive.name, "wants": motive.wants} for motive in scenario.motives],
    }


def _turn(line: Utterance, language: Language) -> dict[str, Any]:
    return {
        "role": narrator_name(language) if line.role == NARRATOR else line.role,
        "kind": line.kind,
        "content": unwrap(line.content, language),
        "source": line.source,
        "start": line.start,
        "end": line.end,
    }
