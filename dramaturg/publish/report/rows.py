"""The dataset's rows as the page shows them: what is said in each, where it comes from, by which name a person
corrects it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from dramaturg.curate.rows import span_key
from dramaturg.generate.effort import spread
from dramaturg.publish import chatharuhi, rolebench, scenes
from dramaturg.publish.dataset import SPLITS, generated_id, read_rows
from dramaturg.review.corrections import row_target
from dramaturg.script import Span

__all__ = ["CONFIGS", "shown_rows"]

CONFIGS = (chatharuhi.CONFIG, rolebench.CONFIG, rolebench.BOUNDARY, rolebench.GENERAL, scenes.CONFIG)
"""Those whose rows are shown; the others are the script's lines."""

_MOST_ITEMS = 1000  # of one answer
_FACTS = ("type", "confidence", "reason", "category", "mode", "raw", "model", "prompt", "request", "licence")

_Row = dict[str, Any]


def shown_rows(folder: Path, counts: Mapping[str, Mapping[str, int]], most: int, sources: Sequence[str]) -> list[_Row]:
    """At most about `most` rows of the dataset's folder, in their order, as the page has them: of each config and split
    the same share, spread evenly from its beginning to its end. `counts` are the rows of each config by split; a source
    is told by its number among `sources`."""
    total = sum(own.get(split, 0) for config, own in counts.items() if config in CONFIGS for split in SPLITS)
    found: list[_Row] = []
    for config in CONFIGS:
        for split in SPLITS:
            count = counts.get(config, {}).get(split, 0)
            share = count if total <= most else -(-count * most // total)
            chosen = set(islice(spread(count), share))
            for number, row in enumerate(read_rows(folder, config, split)):
                if number in chosen:
                    found += _shown(config, split, row, {name: place for place, name in enumerate(sources)})
    return found


def _shown(config: str, split: str, row: _Row, sources: Mapping[str, int]) -> Iterator[_Row]:
    """A row as the page has it; one for each answer to a general instruction."""
    common = {
        "config": config,
        "split": split,
        "id": row["id"],
        "origin": "generated",
        "is_editable": True,
        "edited": list(row.get("edited") or ()),
        "spans": [],
        "context": _passages(row["context"], sources),
        "cited": _passages(row.get("lines") or (), sources),
        "facts": [[name, str(row[name])] for name in _FACTS if row.get(name) is not None],
        "quality": row.get("quality"),
    }
    if common["edited"]:
        common["origin"] = "edited"
    if config == scenes.CONFIG:
        yield {**common, **_scene(row, sources)}
    elif config == rolebench.GENERAL:
        for number, (request, answer) in enumerate(zip(row["requests"], row["generated"], strict=True), 1):
            is_edited = number in common["edited"]
            yield {
                **common,
                "target": row_target("general", request),
                "origin": "edited" if is_edited else "generated",
                "edited": [1] if is_edited else [],
                "turns": [[None, row["question"]], [row["role"], answer]],
                "facts": [*common["facts"], ["request", request], ["answer", f"{number} of {len(row['generated'])}"]],
            }
    elif config == chatharuhi.CONFIG:
        yield {**common, **_talk(row, sources)}
    else:
        kind = "boundary" if config == rolebench.BOUNDARY else "triplet"
        items = range(_MOST_ITEMS)
        item = next((n for n in items if generated_id(config, row["request"], n) == row["id"]), 0)
        yield {
            **common,
            "target": row_target(kind, f"{row['request']}/{item}"),  # type: ignore[arg-type]
            "turns": [[None, row["question"]], [row["role"], row["generated"][0]]],
        }


def _talk(row: _Row, sources: Mapping[str, int]) -> _Row:
    more = [told.partition(":") for told in row["more_dialogues"]]
    turns = [
        [row["user_role"], _unquoted(row["user_question"])],
        [row["agent_role"], _unquoted(row["agent_response"])],
        *([role, _unquoted(text)] for role, _, text in more),
    ]
    if row["response_source"] == "generated":
        return {"turns": turns, "target": row_target("dialogue", row["request"])}
    spans = row["spans"]
    whole = Span(spans[0]["source"], spans[0]["start"], spans[-1]["end"])
    places = list(dict.fromkeys(span["at"] for span in spans if span["at"]))
    return {
        "turns": turns,
        "origin": "original",
        "is_editable": False,
        "target": row_target("exchange", span_key(whole)),
        "spans": [[sources[each["source"]], each["start"], each["end"], each["turn"]] for each in spans],
        "facts": [["at", " ".join(places)], ["licence", row["licence"]]] if places else [["licence", row["licence"]]],
    }


def _scene(row: _Row, sources: Mapping[str, int]) -> _Row:
    turns = row["turns"]
    told = row["scenario"] or {}
    wants = [[f"{each['name']} wants", each["wants"]] for each in told.get("motives", ())]
    facts = [[name, told[name]] for name in ("time", "place", "situation") if told.get(name)]
    known = [[name, str(row[name])] for name in ("model", "prompt", "request", "licence") if row[name] is not None]
    return {
        "turns": [[each["role"], each["content"]] for each in turns],
        "origin": "original",
        "is_editable": False,
        "target": row_target("scene", span_key(Span(row["source"], turns[0]["start"], turns[-1]["end"]))),
        "spans": [
            [sources[each["source"]], each["start"], each["end"], number]
            for number, each in enumerate(turns)
            if each["kind"] == "speech"
        ],
        "context": [],
        "facts": [*facts, *wants, *known],
    }


def _passages(passages: Sequence[Mapping[str, Any]], sources: Mapping[str, int]) -> list[list[int]]:
    return [[sources[each["source"]], each["start"], each["end"]] for each in passages if each["source"] in sources]


def _unquoted(text: str) -> str:
    return text[1:-1] if text.startswith("「") and text.endswith("」") else text
