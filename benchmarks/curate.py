"""How long `dramaturg curate` takes over a large dataset made elsewhere, and whether it finds what is planted in it.

    python benchmarks/curate.py [--rows 100000]

The rows are ChatHaruhi's, half Chinese and half English, of drawn words; one in ten has one of ten defects. Seconds and
peak memory are those of the whole command, its processes with it. The status is 1 where a planted defect goes through.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from near_rows import planted

Row = dict[str, Any]


def _changed(**fields: str) -> Callable[[Row], Row]:
    return lambda row: row | fields


def _added(before: str = "", behind: str = "") -> Callable[[Row], Row]:
    return lambda row: row | {"agent_response": f"「{before}{row['agent_response'][1:-1]}{behind}」"}


_REPAIRED = "white space"
DEFECTS: dict[str, Callable[[Row], Row]] = {
    "agent_not_target": _changed(agent_role="Somebody"),
    "empty_role": _changed(user_role=""),
    "narrator_as_user": _changed(user_role="旁白"),
    "same_speaker_twice": lambda row: row | {"user_role": row["agent_role"]},
    "ai_disclosure": _added("As an AI language model, I have no feelings. "),
    "placeholder": _added(behind=" {{user}}"),
    "prompt tokens": _added(behind=" <|im_end|>"),
    "empty": _changed(agent_response="「……」"),
    "speaks_for_others": _added(behind="\n用户：那好。"),
    _REPAIRED: _added("  ", "  "),
}


def rows(count: int) -> tuple[list[Row], dict[int, str]]:
    """The rows, and by its number from 1 which of them has which defect."""
    texts, _ = planted(2 * count, 0)
    made: list[Row] = []
    planted_in: dict[int, str] = {}
    for number in range(count):
        is_chinese = number % 2 == 0
        question, answer = (
            texts[2 * (number // 2) + (not is_chinese)],
            texts[count + 2 * (number // 2) + (not is_chinese)],
        )
        stop = "。" if is_chinese else "."
        row = {
            "user_role": "柳娘" if is_chinese else "Moll",
            "user_question": f"「{question}？」",
            "agent_role": "顾十三" if is_chinese else "Ned",
            "agent_response": f"「我{answer}{stop}」" if is_chinese else f"「I {answer}{stop}」",
            "question_source": "synthesized",
            "more_dialogues": [],
            "agent_role_name_en": "gu" if is_chinese else "ned",
        }
        if number % 10 == 9:
            defect = list(DEFECTS)[number // 10 % len(DEFECTS)]
            row = DEFECTS[defect](row)
            planted_in[number + 1] = defect
        made.append(row)
    return made, planted_in


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=100_000)
    made, planted_in = rows(parser.parse_args().rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), encoding="utf-8")
        command = [sys.executable, "-c", "from flows.cli import main; main()", "curate", str(path)]
        started = time.perf_counter()
        subprocess.run(command, check=True, cwd=Path(__file__).parent.parent)
        seconds = time.perf_counter() - started
        dropped = [json.loads(line) for line in path.with_suffix(".clean.dropped.jsonl").open(encoding="utf-8")]
    gone = {each["row"] for each in dropped}
    through = sum(each not in gone for each, defect in planted_in.items() if defect != _REPAIRED)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\n{len(made):,} rows in {seconds:.1f} s on {os.cpu_count()} cores, at most {memory:,.0f} MB in one process")
    others = len(gone - planted_in.keys())
    print(f"{len(planted_in):,} planted, {through:,} gone through, {others:,} others dropped")
    raise SystemExit(1 if through else 0)


if __name__ == "__main__":
    main()
