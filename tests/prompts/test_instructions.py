"""The general instructions: two hundred a language, of three categories, written for no character in particular."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from dramaturg import ROOT
from dramaturg.curate.dedup import Deduplicator
from dramaturg.curate.rules import is_in_language
from dramaturg.text import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
LEAST = {"open": 65, "commonsense": 60, "knowledge": 60}
LENGTH = {"en": (6, 60), "zh": (8, 90)}  # words, characters
SENTENCE_END = {"en": r"[.!?][\"')]*(?:\s|$)", "zh": r"[。！？]"}

both = pytest.mark.parametrize("language", LANGUAGES)


def lines(language: Language) -> list[str]:
    text = (ROOT / "prompts" / "instructions" / f"{language}.jsonl").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    return text.split("\n")[:-1]


def instructions(language: Language) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(language)]


def said(row: dict[str, Any]) -> list[str]:
    return [row["text"]] + ([] if row["raw"] is None else [row["raw"]])


@both
def test_there_are_two_hundred_numbered_in_order(language: Language) -> None:
    assert [row["id"] for row in instructions(language)] == [f"{language}-{number:03}" for number in range(1, 201)]


@both
def test_a_line_is_an_object_of_four_keys_in_one_order_and_has_no_stray_white_space(language: Language) -> None:
    for line in lines(language):
        row = json.loads(line)
        assert list(row) == ["id", "category", "text", "raw"]
        assert line == json.dumps(row, ensure_ascii=False)
        for text in said(row):
            assert text == " ".join(text.split())


@both
def test_every_category_has_its_share(language: Language) -> None:
    counts = Counter(row["category"] for row in instructions(language))
    assert counts.keys() == LEAST.keys()
    assert all(counts[category] >= least for category, least in LEAST.items())


@both
def test_any_fifty_in_a_row_are_of_all_categories(language: Language) -> None:
    categories = [row["category"] for row in instructions(language)]
    for start in range(151):
        assert min(Counter(categories[start : start + 50])[category] for category in LEAST) >= 12


@both
def test_what_has_a_right_answer_has_one_of_one_to_four_sentences(language: Language) -> None:
    for row in instructions(language):
        if row["category"] != "open":
            assert 1 <= len(re.findall(SENTENCE_END[language], row["raw"])) <= 4, row["id"]


@both
def test_some_open_ones_have_a_sample_answer(language: Language) -> None:
    assert sum(row["category"] == "open" and row["raw"] is not None for row in instructions(language)) >= 20


@both
def test_a_raw_answer_is_never_empty(language: Language) -> None:
    assert all(len(row["raw"]) > 10 for row in instructions(language) if row["raw"] is not None)


@both
def test_they_are_in_their_language(language: Language) -> None:
    assert [text for row in instructions(language) for text in said(row) if not is_in_language(text, language)] == []


def test_english_is_plain_ascii_and_chinese_has_none() -> None:
    assert all(text.isascii() for row in instructions("en") for text in said(row))
    assert not [text for row in instructions("zh") for text in said(row) if re.search(r"[\x00-\x7f]", text)]


@both
def test_no_markdown_no_slots(language: Language) -> None:
    for row in instructions(language):
        assert not any(re.search(r"[*_#`<>|\[\]{}\\]", text) for text in said(row))


@both
def test_quotes_are_closed(language: Language) -> None:
    for row in instructions(language):
        for text in said(row):
            assert text.count("“") == text.count("”")
            assert text.count('"') % 2 == 0


@both
def test_lengths_are_those_of_things_asked_aloud_and_differ(language: Language) -> None:
    shortest, longest = LENGTH[language]
    lengths = [len(row["text"].split()) if language == "en" else len(row["text"]) for row in instructions(language)]
    assert min(lengths) >= shortest
    assert max(lengths) <= longest
    assert len(set(lengths)) >= 25


@both
def test_none_is_another_ones_near_duplicate(language: Language) -> None:
    seen = Deduplicator()
    assert [row["id"] for row in instructions(language) if seen.add(row["text"]) is not None] == []


@both
def test_they_open_in_many_ways(language: Language) -> None:
    openings = Counter(
        " ".join(row["text"].split()[:2]) if language == "en" else row["text"][:2] for row in instructions(language)
    )
    assert openings.most_common(1)[0][1] <= 6
    assert len(openings) >= 140


def test_chinese_ones_seldom_say_you() -> None:
    assert sum("你" in row["text"] for row in instructions("zh")) <= 20
