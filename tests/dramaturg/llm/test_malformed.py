"""Sixty malformed answers: every complete item is read, none is made up, and what cannot be read is counted."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.llm.parse import read_items
from prompts import load_prompt

CORPUS = Path(__file__).with_name("malformed")
FIELDS = {
    language: [field for field in load_prompt(language, "context_instruct_script").fields if field.name != "lines"]
    for language in ("zh", "en")
}
CASES = [
    pytest.param(language, case, id=f"{language}: {case['name']}")
    for language in FIELDS
    for case in yaml.safe_load((CORPUS / f"{language}.yaml").read_text(encoding="utf-8"))
]
WORDS = {"zh": st.text("铃河船钟水夜风", min_size=1, max_size=9), "en": st.text("abdefgh ", min_size=1, max_size=20)}
Told = tuple[str, str, str, str]


def test_there_are_thirty_of_each_language() -> None:
    assert [sum(language == case.values[0] for case in CASES) for language in FIELDS] == [30, 30]


@pytest.mark.parametrize(("language", "case"), CASES)
def test_every_complete_item_is_read_and_none_is_made_up(language: str, case: dict[str, Any]) -> None:
    parsed = read_items(case["answer"], FIELDS[language], case.get("is_cut", False))
    expected = case.get("items") or []
    read = [[item[name] for name in ("question", "confidence", "answer", "reason")] for item in parsed.items]
    assert [each[: len(told)] for each, told in zip(read, expected, strict=True)] == expected
    assert len(parsed.broken) == case.get("broken", 0)


def _blocks(items: list[Told], language: str) -> str:
    labels = ("问题", "完整性", "回复") if language == "zh" else ("Question", "Completeness", "Response")
    sure = {"zh": {"high": "高", "low": "低"}, "en": {"high": "high", "low": "low"}}[language]
    return "\n\n".join(
        f"{labels[0]} {number}: {question}\n{labels[1]}: {sure[confidence]} ({reason})\n{labels[2]}: {answer}"
        for number, (question, confidence, reason, answer) in enumerate(items, 1)
    )


def _json(items: list[Told], language: str) -> str:  # noqa: ARG001 - as the others
    names = ("question", "confidence", "reason", "answer")
    return json.dumps({"items": [dict(zip(names, item, strict=True)) for item in items]}, ensure_ascii=False)


def _table(items: list[Told], language: str) -> str:
    head = "| 问题 | 完整性 | 理由 | 回复 |" if language == "zh" else "| Question | Completeness | Reason | Response |"
    return "\n".join([head, "|---|---|---|---|", *(f"| {' | '.join(item)} |" for item in items)])


@pytest.mark.parametrize("write", [_blocks, _json, _table])
@pytest.mark.parametrize("language", ["zh", "en"])
@given(data=st.data())
def test_of_an_answer_that_is_cut_off_anywhere_the_items_before_are_read_as_they_stand(
    language: str, write: Any, data: st.DataObject
) -> None:
    text = WORDS[language].map(str.strip).filter(bool)
    told = st.tuples(text, st.sampled_from(["high", "low"]), text, text)
    items = data.draw(st.lists(told, min_size=1, max_size=4))
    whole = write(items, language)
    cut = data.draw(st.integers(0, len(whole)))
    parsed = read_items(whole[:cut], FIELDS[language], is_cut=True)
    read = [tuple(item[name] for name in ("question", "confidence", "reason", "answer")) for item in parsed.items]
    assert read == items[: len(read)]
    assert read_items(whole, FIELDS[language]).broken == ()
    assert len(read_items(whole, FIELDS[language]).items) == len(items)


@given(text=st.text(max_size=300), is_cut=st.booleans())
def test_whatever_comes_is_read_or_counted(text: str, is_cut: bool) -> None:
    parsed = read_items(text, FIELDS["en"], is_cut)
    assert parsed.items or parsed.broken


@pytest.mark.parametrize(
    "text",
    ["{" * 200_000, '{"question": ' * 15_000, "问题：" * 60_000, "| " * 100_000, "<question>" * 20_000, "**" * 100_000,
     '"answer": "' * 18_000, "<think>" * 30_000, "- " * 100_000, "问题1：a\n" * 25_000, "{'a': " * 30_000],
)  # fmt: skip
def test_a_long_answer_of_nonsense_comes_to_an_end(text: str) -> None:
    """Where a pattern looked back over and over, this would not."""
    parsed = read_items(text, FIELDS["zh"], is_cut=True)
    assert parsed.items or parsed.broken
