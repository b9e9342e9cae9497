"""Small datasets as a page is given them, and hostile and large ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["HOSTILE", "hostile", "page_data"]

Data = dict[str, Any]

_TEXTS = {
    "en": (
        "🐉🐉 A Lamp on the Quay 🐉🐉\n\n"
        "The lamp had been out since ten 🌫️. “Who is there?” asked Ada. Nobody moved.\n"
        "“Only the 🐈 cat,” said Brook, “and the ＴＩＤＥ.”\n\n"
        "“Cats do not carry lanterns,” said Ada.\n"
        "“This one does,” Brook answered.\n\n"
        + "The water went on talking to itself under the boards.\n" * 40
        + "“You put it out yourself,” said Ada at last.\n“I was told to.”\n“By whom?”\n“By you.”\n"
    ),
    "zh": (
        "🐉🐉《码头的灯》🐉🐉\n\n"
        "　　灯从十点起就灭了🌫️。“谁在那儿？”阿达问道。没有人动。\n"
        "　　“只是𠮷家的猫，”布鲁克道，“还有ＴＩＤＥ。”\n\n"
        "　　“猫可不提灯笼。”阿达说。\n"
        "　　“这只提。”布鲁克答道。\n\n"
        + "　　水在木板底下自言自语。\n" * 40
        + "　　“是你自己吹灭的。”阿达终于说。\n　　“有人叫我吹的。”\n　　“谁？”\n　　“你。”\n"
    ),
}
_SAID = {
    "en": (
        ("Ada", "Who is there?", 0.98), ("Brook", "Only the 🐈 cat,", 0.95), ("Brook", "and the ＴＩＤＥ.", 0.91),
        ("Ada", "Cats do not carry lanterns,", 0.97), ("Brook", "This one does,", 0.6),
        ("Ada", "You put it out yourself,", 0.96), ("Brook", "I was told to.", 0.4), ("Brook", "By whom?", 0.2),
        (None, "By you.", 0.3),
    ),
    "zh": (
        ("阿达", "谁在那儿？", 0.98), ("布鲁克", "只是𠮷家的猫，", 0.95), ("布鲁克", "还有ＴＩＤＥ。", 0.91),
        ("阿达", "猫可不提灯笼。", 0.97), ("布鲁克", "这只提。", 0.6), ("阿达", "是你自己吹灭的。", 0.96),
        ("布鲁克", "有人叫我吹的。", 0.4), ("布鲁克", "谁？", 0.2), (None, "你。", 0.3),
    ),
}  # fmt: skip
_ASKED = {"en": "What do you keep in the boathouse?", "zh": "你在船屋里藏了什么？"}
_ANSWERED = {"en": "Rope, mostly, and one thing more.", "zh": "多半是绳子，还有一样。"}
QUEUE = ((7, 0), (8, 1), (6, 0), (1, 1), (4, 0), (0, 1), (2, 0), (3, 1), (5, 0))
"""Lines by number in the order of review, and whether each was drawn at random."""


def page_data(mode: str = "report", language: str = "en") -> Data:
    """A dataset of a few rows: two original exchanges, and two generated ones that a person may edit."""
    text, said = _TEXTS[language], _SAID[language]
    starts: list[int] = []
    for _, content, _ in said:
        starts.append(text.index(content, starts[-1] + 1 if starts else 0))
    ends = [start + len(content) for start, (_, content, _) in zip(starts, said, strict=True)]
    names = ["Brook", "Ada"] if language == "en" else ["布鲁克", "阿达"]
    role, other = names
    roles = [-1 if name is None else names.index(name) for name, _, _ in said]

    def span(line: int, *turn: int) -> list[int]:
        return [1, starts[line], ends[line], *turn]

    def row(name: str, config: str, turns: Sequence[Sequence[str | None]], **changes: Any) -> Data:
        return {
            "target": f"row:{name}",
            "config": config,
            "split": "train",
            "id": name,
            "origin": "original",
            "is_editable": False,
            "turns": [list(turn) for turn in turns],
            "edited": [],
            "spans": [],
            "context": [],
            "cited": [],
            "facts": [],
            "quality": None,
            **changes,
        }

    def texts(*lines: int) -> str:
        return " ".join(said[line][1] for line in lines)

    generated = {
        "origin": "generated",
        "is_editable": True,
        "context": [[1, starts[3] - 5, ends[4] + 5]],
        "cited": [span(4)],
        "facts": [["model", "m-1"], ["prompt", "questions@3"]],
        "quality": {"score": 4, "reason": "in his voice", "style": True},
    }
    rows = [
        row(
            "aa01",
            "chatharuhi",
            [[other, texts(0)], [role, texts(1, 2)]],
            spans=[span(0, 0), span(1, 1), span(2, 1)],
            facts=[["licence", "CC0-1.0"]],
        ),
        row("aa02", "chatharuhi", [[other, texts(3)], [role, texts(4)]], spans=[span(3, 0), span(4, 1)], split="test"),
        row("bb01", "role_specific", [[None, _ASKED[language]], [role, _ANSWERED[language]]], **generated),
        row("bb02", "role_specific", [[other, "?!"], [role, "…"]], origin="generated", is_editable=True),
    ]
    confidence = [sure for _, _, sure in said]

    def speaker(number: int) -> Data:
        own = [sure for sure, who in zip(confidence, roles, strict=True) if who == number]
        return {
            "name": names[number],
            "lines": len(own),
            "unsure": sum(sure < 0.9 for sure in own),
            "confidence": sum(own) / len(own),
        }

    def source(name: str, characters: int, lines: int, speakers: int, unknown: int) -> Data:
        counts = {"characters": characters, "lines": lines, "speakers": speakers, "unknown": unknown}
        return {"name": name, "read_as": "novel", "licence": "CC0-1.0", **counts}

    def lost(reason: str, turns: Sequence[Sequence[str | None]], of: str | None = None) -> Data:
        return {"stage": "curated", "reason": reason, "turns": [list(turn) for turn in turns], "of": of}

    return {
        "version": 1,
        "mode": mode,
        "language": language,
        "character": {
            "id": "brook",
            "name": role,
            "aliases": ["B."],
            "categories": ["dry"],
            "description": _ANSWERED[language],
        },
        "made": [["Dramaturg", "0.1"]],
        "sources": [
            source("other.txt", 10, 0, 0, 0),
            source("lamp.txt", len(text), len(said), 2, 1),
        ],
        "funnel": [
            {"stage": "extract", "title": "source → lines", "counts": [["spoken lines", len(said)]], "dropped": []},
            {
                "stage": "curated",
                "title": "generated → kept",
                "counts": [["kept", 2]],
                "dropped": [["refusal", "the model refuses", 2], ["near_duplicate", "asks nearly the same", 1]],
            },
        ],
        "cost": [["answers by m-1", "1,204", "$0.41"]],
        "speakers": [speaker(0), speaker(1)],
        "plots": [],
        "names": names,
        "passages": [[1, 0, text]],
        "lines": {
            "total": len(said),
            "source": [1] * len(said),
            "start": starts,
            "end": ends,
            "act": [1] * len(said),
            "role": roles,
            "was": list(roles),
            "confidence": confidence,
            "method": [0] * len(said),
            "methods": ["conversation"],
            "queue": [list(each) for each in QUEUE],
        },
        "rows": rows,
        "totals": {"rows": len(rows), "shown": len(rows), "configs": dict(Counter(each["config"] for each in rows))},
        "lost": [
            lost("refusal", [[None, "Tell me."], [role, "I cannot help with lanterns."]]),
            lost("refusal", [[None, "And now?"], [role, "No."]]),
            lost("near_duplicate", [[None, "What is in the boathouse?"]], of=_ASKED["en"]),
        ],
        "lost_total": 3,
        "state": {"number": 0, "targets": {}, "gone": [], "reviewed": 0, "accuracy": None},
    }


HOSTILE = (
    "</script><script>window.ran=1</script><img src=x onerror=window.ran=1>\"' onmouseover='window.ran=1' "
    "<!--<script>{{data}}]]>&lt;b&gt;\u202e\u2066\u200b\ufeff\x00\x07\u2028\u2029`${window.ran=1}` "
    "javascript:window.ran=1"
)


def hostile(data: Mapping[str, Any]) -> Data:
    """The same data with every text in them hostile, but for what the page takes as a word of its own."""
    kept = {"mode", "language", "version", "src"}

    def spoil(value: Any, place: str) -> Any:
        if isinstance(value, str):
            return value if place in kept else f"{value} {HOSTILE}"
        if isinstance(value, Mapping):
            # also the names of fields, where these are names of something
            is_named = place in ("configs", "targets", "quality")
            return {f"{key} {HOSTILE}" if is_named else key: spoil(each, key) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [spoil(each, place) for each in value]
        return value

    spoilt: Data = spoil(data, "")
    return spoilt
