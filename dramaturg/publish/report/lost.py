"""What stages dropped, as the page shows it: who says what in it, whatever kind of record it was."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["lost_item"]

_Turns = list[list[str | None]]


def lost_item(stage: str, dropped: Mapping[str, Any]) -> dict[str, Any]:
    """One line of a stage's `.rejected.jsonl`."""
    return {
        "stage": stage,
        "reason": dropped["reason"],
        "of": dropped.get("of"),
        "turns": _turns(dropped["record"]) or [[None, json.dumps(dropped["record"], ensure_ascii=False)]],
    }


def _turns(record: Any) -> _Turns:
    match record:
        case str():
            return [[None, record]]
        case {"row": row}:
            return _turns(row)
        case {"dialogue": _, "triplet": _, "boundary": _, "general": _}:
            return _turns(next(each for each in record.values() if each))
        case {"utterances": lines} | {"lines": [{"content": _}, *_] as lines}:
            return [turn for line in lines for turn in _turns(line)]
        case {"turns": turns}:
            return [turn for each in turns for turn in _turns(each)]
        case {"role": role, "content": str(content)}:
            return [[role, content]]
        case {"talk": talk}:
            return [[None, text] for text in talk]
        case {"question": {"text": question}, "answer": str(answer), "user": user}:
            return [[user, question], [None, answer]]
        case {"question": str(question), "answer": str(answer)}:
            return [[None, question], [None, answer]]
        case {"instruction": {"text": question}, "answer": str(answer)}:
            return [[None, question], [None, answer]]
        case {"asker": asker, "text": str(text)}:
            return [[asker, text]]
        case Mapping():
            return [[None, value] for name in _TEXTS if isinstance(value := record.get(name), str)]
        case Sequence():
            return [turn for each in record for turn in _turns(each)]
    return []


_TEXTS = ("situation", "asked", "text", "content", "question", "answer", "wants", "is", "statement", "of")
