"""The rules on 400 labelled rows, written for the project by somebody who had not seen the rules: 200 good, most of
which look bad, and 200 with one fault each, of twelve kinds."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dramaturg.curate.filter import example_texts
from dramaturg.curate.rules import Rules, tidied
from dramaturg.text import Language

LABELLED = Path(__file__).with_name("labelled")
LANGUAGES: tuple[Language, ...] = ("zh", "en")
ROWS = [
    (language, json.loads(line))
    for language in LANGUAGES
    for line in (LABELLED / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
]
KINDS = (
    *("incomplete", "ai_disclosure", "refusal", "meta_talk", "third_person", "wrong_language"),
    *("length", "prompt_echo", "repetition", "placeholder", "speaks_for_others", "white_space"),
)
SHOWN = {language: tuple(example_texts(language)) for language in LANGUAGES}


def is_caught(language: Language, row: dict[str, Any]) -> bool:
    question, answer = (tidied(row[name], language) for name in ("question", "answer"))
    rules = Rules(language, row["names"], others=row["others"], shown=SHOWN[language])
    return (question, answer) != (row["question"], row["answer"]) or rules.fault(question, answer) is not None


def test_there_are_two_hundred_good_ones_and_as_many_of_twelve_kinds() -> None:
    kinds = Counter(row["kind"] for _, row in ROWS)
    assert kinds.pop("good") == kinds.total() == 200
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 16


def test_hardly_a_good_row_is_taken_for_a_bad_one() -> None:
    taken = [row for language, row in ROWS if row["kind"] == "good" and is_caught(language, row)]
    caught = sum(row["kind"] != "good" and is_caught(language, row) for language, row in ROWS)
    assert caught / (caught + len(taken)) >= 0.95, taken


@pytest.mark.parametrize("kind", KINDS)
def test_hardly_a_bad_row_goes_through(kind: str) -> None:
    missed = [row for language, row in ROWS if row["kind"] == kind and not is_caught(language, row)]
    assert len(missed) <= 0.05 * sum(row["kind"] == kind for _, row in ROWS), missed
