"""What an evaluation tells before it asks, and what it leaves behind."""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dramaturg.evaluate.evaluation import Evaluation
from dramaturg.evaluate.table import render_tables
from dramaturg.llm import Batch
from dramaturg.llm.rehearsal import Planned
from dramaturg.settings import Settings
from dramaturg.workspace import write_atomic, write_json, write_jsonl
from flows.asking import Tokens, estimate_header, estimate_line, price_of
from flows.stage import EVALUATION, REQUESTS

__all__ = ["KEYS_FILE", "estimate_lines", "write_evaluation"]

KEYS_FILE = f"{EVALUATION}{REQUESTS}"
"""The keys of all answers that an evaluation looked at, beside its tables: they are not to be pruned."""

_WIDTH = 10  # of what is asked for
_NEEDED = ("matplotlib", "pylopdf_fonts_zh_cn")


def estimate_lines(questions: int, planned: Sequence[tuple[str, Settings, Sequence[Planned]]]) -> Iterator[str]:
    """A line for each of those that are asked, of what is not answered yet, and the sum."""
    yield f"{questions:,} questions; what is not answered yet:"
    yield estimate_header(_WIDTH)
    spent: list[tuple[Settings, Tokens]] = []
    for what, settings, own in planned:
        line, tokens = estimate_line(what, _WIDTH, settings, own)
        spent.append((settings, tokens))
        yield line
    requests = sum(not each.is_answered for _, _, own in planned for each in own)
    yield f"  together {requests:,} requests, {price_of(spent, 'about') if spent else 'nothing to pay'}"


def write_evaluation(folder: Path, found: Evaluation, batches: Sequence[Batch]) -> Iterator[str]:
    """The tables, as Markdown and JSON and drawn; every answer; every ranking with its reasons. Tells where they are,
    and what is not there."""
    tables = render_tables(found)
    write_json(folder / "evaluation.json", found.to_json())
    write_jsonl(folder / "answers.jsonl", _answers(found))
    write_jsonl(folder / "rankings.jsonl", found.judged.rankings)
    with write_atomic(folder / KEYS_FILE) as file:
        keys = {each.key for batch in batches for each in (*batch.outcomes, *batch.looked_at)}
        file.writelines(f"{key}\n".encode() for key in sorted(keys))
    with write_atomic(folder / "evaluation.md") as file:
        file.write(tables.encode())
    yield ""
    yield tables
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        for kind in ("png", "svg"):
            (folder / f"evaluation.{kind}").unlink(missing_ok=True)
        yield f"no plot: {missing[0]} is not installed: .venv/bin/python -m pip install -e '.[plots]'"
    else:
        from dramaturg.evaluate.plot import draw_evaluation

        draw_evaluation(folder / "evaluation", found)
    yield f"evaluation  {folder}"


def _answers(found: Evaluation) -> Iterator[Mapping[str, Any]]:
    """A row for each question: what was said, what each model answers and its ROUGE-L, and what it is held against."""
    for question in found.questions:
        marks = {sheet.model: found.marks[sheet.model].get(question.key) for sheet in found.sheets}
        yield {
            "id": question.id,
            "role": question.character_id,
            "kind": question.kind,
            "question": question.question,
            "references": question.references,
            "raw": question.raw,
            "answers": {sheet.model: sheet.answers.get(question.key) for sheet in found.sheets},
            "rouge_l": {model: mark and mark.first for model, mark in marks.items()},
            "faults": {model: sorted(mark.faults) for model, mark in marks.items() if mark and mark.faults},
        }
