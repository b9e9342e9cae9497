"""Count in built datasets what was measured in ChatHaruhi-54K and RoleBench, sharing no code with the rules that are to
keep it out: python benchmarks/defects.py data/processed/holmes data/processed/weixiaobao

Each folder is what a build leaves: dataset/ with its Parquet files, 01_script.jsonl, 01_text/.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

_AI = ("语言模型", "人工智能", "AI助手", "作为一个AI", "language model", "an AI", "artificial intelligence", "OpenAI")
_NARRATORS = {"narrator", "旁白", "叙述者", "scene", "场景"}
_BLANKS = re.compile(r"^\s|\s$|[^\S\n]{2}|\u00a0|\u200b|\ufeff|[\u4e00-\u9fff] +[\u4e00-\u9fff]")
_MOST_PAIRS = 3_000

Row = dict[str, Any]


def main(folders: Iterable[Path]) -> None:
    counted: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for folder in folders:
        _count(folder, counted, rows)
    print(f"rows: {', '.join(f'{config} {count:,}' for config, count in sorted(rows.items()))}\n")
    width = max(map(len, counted))
    for name, count in counted.items():
        print(f"{name:<{width}}  {count:>6,}")


def _count(folder: Path, counted: Counter[str], rows: Counter[str]) -> None:
    configs = {
        path.name: {split.stem: pq.read_table(split).to_pylist() for split in sorted(path.glob("*.parquet"))}
        for path in sorted((folder / "dataset").iterdir())
        if path.is_dir()
    }
    for config, splits in configs.items():
        rows[config] += sum(map(len, splits.values()))
    talks = [row for split in configs.get("chatharuhi", {}).values() for row in split]
    _count_talks(talks, folder, counted)
    pairs = {
        config: {split: [(row["question"], row["generated"], row) for row in found] for split, found in splits.items()}
        for config, splits in configs.items()
        if config in ("role_specific", "knowledge_boundary", "general")
    }
    answers = [text for splits in pairs.values() for found in splits.values() for _, texts, _ in found for text in texts]
    questions = [asked for splits in pairs.values() for found in splits.values() for asked, _, _ in found]
    said = [_bare(row["agent_response"]) for row in talks if row["response_source"] == "generated"]
    counted["answers that speak of an AI"] += sum(any(each in text for each in _AI) for text in [*answers, *said])
    counted["texts with stray white space"] += sum(
        _BLANKS.search(text) is not None
        for text in [*answers, *questions, *(_bare(row[name]) for row in talks for name in ("user_question", "agent_response"))]
    )
    counted["types that are no text"] += sum(
        not isinstance(row["type"], str) for found in pairs.get("role_specific", {}).values() for _, _, row in found
    )
    counted["triplets of low confidence in role_specific"] += sum(
        row["confidence"] != "high" for found in pairs.get("role_specific", {}).values() for _, _, row in found
    )
    for config, splits in pairs.items():
        test = {_plain(asked) for asked, _, _ in splits.get("test", ())}
        train = {_plain(asked) for asked, _, _ in splits.get("train", ())}
        counted["test questions that are in train too"] += len(test & train)
        if config != "general":  # where one instruction may be asked in several ways
            found = [asked for each in splits.values() for asked, _, _ in each]
            counted["near-duplicate questions within a config (ROUGE-L 0.7)"] += _near(found)
    counted["generated rows without model, prompt or request"] += sum(
        not (row["model"] and row["prompt"] and (row.get("request") or row.get("requests")))
        for row in [*(row for s in pairs.values() for f in s.values() for _, _, row in f),
                    *(row for row in talks if row["response_source"] == "generated")]
    )  # fmt: skip


def _count_talks(talks: list[Row], folder: Path, counted: Counter[str]) -> None:
    story = [row for row in talks if row["question_source"] == "story"]
    texts = _texts(folder)
    role = Counter(row["agent_role"] for row in story or talks).most_common(1)[0][0] if talks else ""
    counted["(story answers held against their source)"] += sum(row["spans"][0]["source"] in texts for row in story)
    counted["story answers that are not the source's own words"] += sum(
        _squeezed("".join(texts[span["source"]][span["start"] : span["end"]] for span in row["spans"] if span["turn"] == 1))
        != _squeezed(_bare(row["agent_response"]))
        for row in story
        if all(span["source"] in texts for span in row["spans"])
    )
    counted["rows without spans and without a model"] += sum(not row["spans"] and not row["model"] for row in talks)
    counted["agent_role is not the target"] += sum(row["agent_role"] != role for row in talks)
    counted["empty user_role"] += sum(not row["user_role"].strip() for row in talks)
    counted["narrator as the user"] += sum(row["user_role"].strip().lower() in _NARRATORS for row in talks)
    counted["two lines of one speaker in a row"] += sum(_speaks_twice(row) for row in talks)
    pairs = Counter((row["user_question"], row["agent_response"]) for row in talks)
    counted["duplicate question with answer"] += sum(count - 1 for count in pairs.values())
    counted["spoken lines left out within an exchange"] += _left_out(story, folder)


def _speaks_twice(row: Row) -> bool:
    who = [row["user_role"], row["agent_role"], *(text.partition(":")[0] for text in row["more_dialogues"])]
    return any(one == other for one, other in zip(who, who[1:], strict=False))


def _left_out(story: list[Row], folder: Path) -> int:
    """Lines of speech between an exchange's first and last that it does not have."""
    path = folder / "01_script.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
    spoken: dict[str, list[tuple[int, int]]] = {}
    for line in lines:
        if line["kind"] == "speech":
            spoken.setdefault(line["source"], []).append((line["start"], line["end"]))
    count = 0
    for row in story:
        own = {(span["source"], span["start"], span["end"]) for span in row["spans"]}
        source = row["spans"][0]["source"]
        first, last = min(start for _, start, _ in own), max(end for _, _, end in own)
        within = {(source, start, end) for start, end in spoken.get(source, ()) if first <= start and end <= last}
        count += len(within - own)
    return count


def _texts(folder: Path) -> dict[str, str]:
    found = folder / "01_text"
    texts = {path.name.removesuffix(".txt"): path.read_text(encoding="utf-8") for path in found.glob("*")}
    return texts | {f"{name}.txt": text for name, text in texts.items()} if found.is_dir() else {}


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("「") and text.endswith("」") else text


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u3000]+|[“”\"‘’「」『』]", "", text)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _near(texts: list[str]) -> int:
    """Pairs whose longest common subsequence is 0.7 of both, over words or Chinese characters."""
    cut = [re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text.lower()) for text in texts[:_MOST_PAIRS]]
    count = 0
    for number, one in enumerate(cut):
        for other in cut[:number]:
            short, long = sorted((len(one), len(other)))
            if one and other and 2 * short >= 0.7 * (short + long) and 2 * _lcs(one, other) >= 0.7 * (short + long):
                count += 1
    return count


def _lcs(one: list[str], other: list[str]) -> int:
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for place, each in enumerate(other):
            row.append(before[place] + 1 if word == each else max(before[place + 1], row[-1]))
        before = row
    return before[-1]


if __name__ == "__main__":
    main(map(Path, sys.argv[1:]))
