"""What was measured in ChatHaruhi-54K and RoleBench, counted in built datasets: a table of theirs and ours.

    python benchmarks/defects.py data/processed/holmes data/processed/weixiaobao

Each folder is what a build leaves: dataset/ with its Parquet files, 02_script.jsonl, 01_text/. Nothing here is shared
with the rules that are to keep these defects out.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Row = dict[str, Any]

_AI = re.compile(r"语言模型|人工智能|AI ?助手|\bAI\b|language model|artificial intelligence|OpenAI", re.IGNORECASE)
_NARRATORS = {"narrator", "旁白", "叙述者", "scene", "场景", "system"}
_BLANKS = re.compile(r"^\s|\s$|[^\S\n]{2}|[\u00a0\u200b\ufeff]|[\u4e00-\u9fff] +[\u4e00-\u9fff]")
_QUOTE_MARKS = re.compile(r"[\s\u3000“”\"‘’'「」『』]+")
_WORDS = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
_ASKED = ("role_specific", "knowledge_boundary", "general")


class Built:
    """A dataset's rows by config and split, and the script that it is made from."""

    def __init__(self, folder: Path) -> None:
        self.configs: dict[str, dict[str, list[Row]]] = {
            config.name: {file.stem: pq.read_table(file).to_pylist() for file in sorted(config.glob("*.parquet"))}
            for config in sorted((folder / "dataset").iterdir())
            if config.is_dir()
        }
        self.script = [json.loads(line) for line in (folder / "02_script.jsonl").open(encoding="utf-8")]
        self.texts = {path.name[:-4]: path.read_text(encoding="utf-8") for path in (folder / "01_text").glob("*.txt")}

    def rows(self, *configs: str, split: str | None = None) -> Iterator[Row]:
        for config in configs:
            for name, rows in self.configs.get(config, {}).items():
                if split in (None, name):
                    yield from rows

    @property
    def stories(self) -> list[Row]:
        return [row for row in self.rows("chatharuhi") if row["question_source"] == "story"]

    def generated(self) -> Iterator[Row]:
        yield from self.rows(*_ASKED)
        yield from (row for row in self.rows("chatharuhi") if row["response_source"] == "generated")

    def written(self) -> Iterator[str]:
        """Every text that a model wrote."""
        for row in self.generated():
            yield row.get("question") or _bare(row["user_question"])
            yield from row.get("generated") or [_bare(row["agent_response"])]
            yield from (_bare(text.partition(":")[2]) for text in row.get("more_dialogues") or ())


def rewritten(built: Built) -> int:
    return sum(_in_source(row, built) != _squeezed(_bare(row["agent_response"])) for row in built.stories)


def _in_source(row: Row, built: Built) -> str:
    """The answer's passages as the canonical text has them."""
    spans = [span for span in row["spans"] if span["turn"] == 1]
    return _squeezed("".join(built.texts[span["source"]][span["start"] : span["end"]] for span in spans))


def other_agent(built: Built) -> int:
    agents = Counter(row["agent_role"] for row in built.rows("chatharuhi"))
    return agents.total() - max(agents.values(), default=0)


def empty_user(built: Built) -> int:
    return sum(not row["user_role"].strip() for row in built.rows("chatharuhi"))


def narrator_asks(built: Built) -> int:
    return sum(row["user_role"].strip().lower() in _NARRATORS for row in built.rows("chatharuhi"))


def speaks_twice(built: Built) -> int:
    return sum(any(one == other for one, other in pairwise(_speakers(row))) for row in built.rows("chatharuhi"))


def _speakers(row: Row) -> list[str]:
    return [row["user_role"], row["agent_role"], *(text.partition(":")[0] for text in row["more_dialogues"])]


def same_pair(built: Built) -> int:
    pairs = Counter((row["user_question"], row["agent_response"]) for row in built.rows("chatharuhi"))
    return pairs.total() - len(pairs)


def left_out(built: Built) -> int:
    """Spoken lines between an exchange's first and last that it does not have."""
    count = 0
    for row in built.stories:
        own = {(span["source"], span["start"], span["end"]) for span in row["spans"]}
        first, last = min(start for _, start, _ in own), max(end for _, _, end in own)
        count += sum(
            (line["source"], line["start"], line["end"]) not in own
            for line in built.script
            if line["kind"] == "speech" and line["source"] == row["spans"][0]["source"]
            if first <= line["start"] and line["end"] <= last
        )
    return count


def untraced(built: Built) -> int:
    written = sum(not (row["model"] and row["prompt"] and _requests(row)) for row in built.generated())
    return written + sum(not row["spans"] for row in built.stories)


def _requests(row: Row) -> Any:
    return row.get("request") or row.get("requests")


def unsure(built: Built) -> int:
    return sum(row["confidence"] != "high" for row in built.rows("role_specific"))


def near_questions(built: Built) -> int:
    """Pairs of questions of a config whose longest common subsequence is 0.7 of both (ROUGE-L), over words."""
    count = 0
    for config in ("role_specific", "knowledge_boundary"):
        cut = [_WORDS.findall(row["question"].lower()) for row in built.rows(config)]
        count += sum(_rouge_l(one, other) >= 0.7 for place, one in enumerate(cut) for other in cut[:place])
    return count


def leaked(built: Built) -> int:
    """Test questions that are asked in training too."""
    return sum(
        len({_plain(row["question"]) for row in built.rows(config, split="test")}
            & {_plain(row["question"]) for row in built.rows(config, split="train")})
        for config in _ASKED
    )  # fmt: skip


def speaks_of_ai(built: Built) -> int:
    return sum(_AI.search(text) is not None for text in built.written())


def stray_blanks(built: Built) -> int:
    return sum(_BLANKS.search(text) is not None for text in built.written())


def odd_type(built: Built) -> int:
    return sum(not isinstance(row["type"], str) for row in built.rows("role_specific"))


WEAKNESSES: dict[str, tuple[str, Callable[[Built], int]]] = {
    "story answers that are not the original line": ("77.6 %", rewritten),
    "agent_role is not the target": ("1,133", other_agent),
    "empty user_role": ("1,219", empty_user),
    "narrator as the user": ("4,119", narrator_asks),
    "two lines of one speaker in a row": ("433", speaks_twice),
    "the same question with the same answer": ("367", same_pair),
    "lines left out within an exchange": ("dropped", left_out),
    "rows without passage, or model, prompt and request": ("all", untraced),
    "triplets of low confidence": ("no filter", unsure),
    "near-duplicate questions (ROUGE-L 0.7)": ("no step", near_questions),
    "test questions that are in train": ("all zh, 7 en", leaked),
    "texts that speak of an AI": ("0.6 % zh", speaks_of_ai),
    "texts with stray white space": ("4,750", stray_blanks),
    "types that are no text": ("some", odd_type),
}


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("「") and text.endswith("」") else text


def _squeezed(text: str) -> str:
    return _QUOTE_MARKS.sub("", text)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _rouge_l(one: list[str], other: list[str]) -> float:
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for place, each in enumerate(other):
            row.append(before[place] + 1 if word == each else max(before[place + 1], row[-1]))
        before = row
    return 2 * before[-1] / max(1, len(one) + len(other))


def main(folders: Iterable[Path]) -> None:
    built = [Built(folder) for folder in folders]
    names = sorted({config for each in built for config in each.configs})
    rows = {config: sum(1 for each in built for _ in each.rows(config)) for config in names}
    print(f"rows: {', '.join(f'{config} {count:,}' for config, count in rows.items())}\n")
    print(f"{'':<52}{'originals':>12}{'ours':>8}")
    for name, (theirs, count) in WEAKNESSES.items():
        print(f"{name:<52}{theirs:>12}{sum(map(count, built)):>8,}")


if __name__ == "__main__":
    main(map(Path, sys.argv[1:]))
