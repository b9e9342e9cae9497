"""Thirty answers as models do write them: every whole item is read, none is made up, what is broken is counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.llm.parse import read_items, read_text
from dramaturg.llm.parse.items import is_nothing
from prompts import load_prompt

FIELDS = {
    "zh": load_prompt("zh", "context_instruct_script").fields,
    "en": load_prompt("en", "context_instruct_agnostic").fields,
}

# language, what the model wrote, whether it ran out of tokens, the whole items in it, how many pieces are broken
MALFORMED = {
    # --- Chinese, labelled blocks
    "zh: half- and full-width colons mixed": (
        "zh",
        "问题1：你是谁？\n完整性:高（问得清楚）\n回复：小宝。\n\n问题2: 他呢？\n完整性：低(他是谁？)\n回复: 不知道。",
        False,
        [("你是谁？", "high", "小宝。"), ("他呢？", "low", "不知道。")],
        0,
    ),
    "zh: prose before and after": (
        "zh",
        "好的，以下是我设计的问题：\n\n问题1：你怕什么？\n完整性：高（清楚）\n回复：怕灶王爷。\n\n希望对你有帮助！",
        False,
        [("你怕什么？", "high", "怕灶王爷。")],
        0,
    ),
    "zh: markdown bold": (
        "zh",
        "**问题1：** 你怕什么？\n**完整性：** 高（清楚）\n**回复：** 怕灶王爷。\n\n---\n\n**问题2**：铃呢？\n"
        "**完整性**：低\n**回复**：丢了。",
        False,
        [("你怕什么？", "high", "怕灶王爷。"), ("铃呢？", "low", "丢了。")],
        0,
    ),
    "zh: in brackets": (
        "zh",
        "【问题1】：甲在哪里？\n【完整性】：高（清楚）\n【回复】：在河边。",
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh: all in one line": (
        "zh",
        "问题1：甲在哪里？完整性：高（清楚）。回复：在河边。问题2：乙呢？完整性：低（不清楚）。回复：我只有一个问题：饿。",
        False,
        [("甲在哪里？", "high", "在河边。"), ("乙呢？", "low", "我只有一个问题：饿。")],
        0,
    ),
    "zh: in a fence": (
        "zh",
        "```\n问题1：甲在哪里？\n完整性：高（清楚）\n回复：在河边。\n```",
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh: cut off in the last reply": (
        "zh",
        "问题1：甲在哪里？\n完整性：高（清楚）\n回复：在河边。\n\n问题2：乙呢？\n完整性：高（清楚）\n回复：他往",
        True,
        [("甲在哪里？", "high", "在河边。")],
        1,
    ),
    "zh: cut off before the reply": (
        "zh",
        "问题1：甲在哪里？\n完整性：高（清楚）\n回复：在河边。\n\n问题2：乙呢？\n完整",
        True,
        [("甲在哪里？", "high", "在河边。")],
        1,
    ),
    "zh: an item without confidence": (
        "zh",
        "问题1：甲在哪里？\n回复：在河边。\n\n问题2：乙呢？\n完整性：高\n回复：在家。",
        False,
        [("乙呢？", "high", "在家。")],
        1,
    ),
    "zh: a confidence that is neither": (
        "zh",
        "问题1：甲在哪里？\n完整性：中等（难说）\n回复：在河边。",
        False,
        [],
        1,
    ),
    "zh: the other prompt's label": (
        "zh",
        "问题1：甲在哪里？\n真实性：高（清楚）\n回答：在河边。",
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh: thought aloud first": (
        "zh",
        "<think>问题1：这不算\n完整性：高\n回复：不算</think>\n问题1：甲在哪里？\n完整性：高（清楚）\n回复：在河边。",
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh: a refusal": ("zh", "抱歉，我无法设计这样的问题。", False, [], 1),
    # --- Chinese, JSON
    "zh json: full-width quotes and colons": (
        "zh",
        "{“question”：“甲在哪里？”，“confidence”：“高”，“reason”：“清楚”，“answer”：“在河边。”}",
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh json: bare quotes in a text": (
        "zh",
        '{"items":[{"question":"他说"走"是何意？","confidence":"高","reason":"清楚","answer":"就是走。"}]}',
        False,
        [('他说"走"是何意？', "high", "就是走。")],
        0,
    ),
    "zh json: labels for names": (
        "zh",
        '[{"问题": "甲在哪里？", "完整性": "高", "回复": "在河边。"}]',
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh json: the reason behind the choice": (
        "zh",
        '{"items":[{"question":"甲在哪里？","confidence":"高（清楚）","answer":"在河边。"}]}',
        False,
        [("甲在哪里？", "high", "在河边。")],
        0,
    ),
    "zh json: truncated in the second": (
        "zh",
        '{"items":[{"question":"甲在哪里？","confidence":"高","reason":"清楚","answer":"在河边。"},'
        '{"question":"乙呢？","conf',
        True,
        [("甲在哪里？", "high", "在河边。")],
        1,
    ),
    # --- English, labelled blocks
    "en: small letters and no numbers": (
        "en",
        "question: Who rang?\nfactualness: high (it is in the story)\nresponse: The old man.",
        False,
        [("Who rang?", "high", "The old man.")],
        0,
    ),
    "en: a numbered list": (
        "en",
        "1. Question: Who rang?\n   Factualness: High - it is in the story\n   Response: The old man.\n"
        "2. Question: Why?\n   Factualness: Low - no bell\n   Response: He had no bell.",
        False,
        [("Who rang?", "high", "The old man."), ("Why?", "low", "He had no bell.")],
        0,
    ),
    "en: Q and A": (
        "en",
        "Q1: Who rang?\nConfidence: high\nA: The old man.",
        False,
        [("Who rang?", "high", "The old man.")],
        0,
    ),
    "en: headings": (
        "en",
        "### Question 1: Who rang?\n**Factualness:** high (yes)\n**Response:** The old man.\n\n### Question 2: Why?\n"
        "**Factualness:** low (no)\n**Response:** Because.",
        False,
        [("Who rang?", "high", "The old man."), ("Why?", "low", "Because.")],
        0,
    ),
    "en: a reply with colons and lines": (
        "en",
        "Question 1: Who rang?\nFactualness: high (yes)\nResponse: I said one thing:\nlisten.\nAnd he did.",
        False,
        [("Who rang?", "high", "I said one thing:\nlisten.\nAnd he did.")],
        0,
    ),
    "en: an empty reply": ("en", "Question 1: Who rang?\nFactualness: high (yes)\nResponse:", False, [], 1),
    "en: only questions": ("en", "Question 1: Who rang?\n\nQuestion 2: Why?", False, [], 2),
    # --- English, JSON
    "en json: fenced with prose": (
        "en",
        'Here:\n```json\n[{"question":"Who rang?","confidence":"high","reason":"r","answer":"He."}]\n```\nEnjoy!',
        False,
        [("Who rang?", "high", "He.")],
        0,
    ),
    "en json: single quotes and commas too many": (
        "en",
        "{'items': [{'question': 'Who rang?', 'confidence': 'high', 'reason': 'r', 'answer': 'He.',},]}",
        False,
        [("Who rang?", "high", "He.")],
        0,
    ),
    "en json: a line each": (
        "en",
        '{"question":"Who rang?","confidence":"high","reason":"r","answer":"He."}\n'
        '{"question":"Why?","confidence":"low","reason":"r","answer":"So."}',
        False,
        [("Who rang?", "high", "He."), ("Why?", "low", "So.")],
        0,
    ),
    "en json: a field missing in one": (
        "en",
        '{"items":[{"question":"Who rang?","confidence":"high","reason":"r"},'
        '{"question":"Why?","confidence":"low","reason":"r","answer":"So."}]}',
        False,
        [("Why?", "low", "So.")],
        1,
    ),
    "en json: a number for a text": (
        "en",
        '{"items":[{"question":12,"confidence":"high","reason":"r","answer":"He."}]}',
        False,
        [],
        1,
    ),
}


@pytest.mark.parametrize(("language", "text", "is_cut", "items", "broken"), MALFORMED.values(), ids=MALFORMED)
def test_whole_items_are_read_and_none_is_made_up(
    language: str, text: str, is_cut: bool, items: list[tuple[str, str, str]], broken: int
) -> None:
    parsed = read_items(text, FIELDS[language], is_cut)
    assert [(item["question"], item["confidence"], item["answer"]) for item in parsed.items] == items
    assert len(parsed.broken) == broken


def test_there_are_thirty_of_both_languages_and_forms() -> None:
    assert len(MALFORMED) == 30
    for kind in ("zh: ", "zh json: ", "en: ", "en json: "):
        assert sum(name.startswith(kind) for name in MALFORMED) >= 5


def test_the_reason_is_kept() -> None:
    (item,) = read_items("问题1：甲？\n完整性：高（说清了人物）\n回复：乙。", FIELDS["zh"]).items
    assert item["reason"] == "说清了人物"


def test_an_answer_with_nothing_in_it_is_counted() -> None:
    assert read_items("", FIELDS["zh"]).broken == ("",)
    assert read_items('{"items": []}', FIELDS["en"]).broken == ('{"items": []}',)


@pytest.mark.parametrize(
    ("language", "text", "phrases"),
    [
        ("zh", "描述：你是伙计。\n口头禅：灶王爷在上；右眼皮跳", ["灶王爷在上", "右眼皮跳"]),
        ("zh", "描述：你是伙计。\n\n口头禅：\n- 灶王爷在上\n- “哎哟”", ["灶王爷在上", "哎哟"]),
        ("zh", "描述：你是伙计。\n口头禅：无", []),
        ("en", '{"description": "You are.", "catchphrases": ["Well, well"]}', ["Well, well"]),
    ],
)
def test_a_list_is_read_in_any_form(language: str, text: str, phrases: list[str]) -> None:
    (item,) = read_items(text, load_prompt(language, "profile").fields).items
    assert item["catchphrases"] == phrases


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("问题1：甲？\n完整性：高（清楚）\n回复：乙。", []),
        ("问题1：甲？\n完整性：高（清楚）\n依据：\n回复：乙。", []),
        ("问题1：甲？\n完整性：高（清楚）\n依据：无\n回复：乙。", []),
        ("问题1：甲？\n完整性：高（清楚）\n依据：3、5\n回复：乙。", ["3", "5"]),
        ("问题1：甲？\n完整性：高（清楚）\n依据：[3][5]\n回复：乙。", ["[3][5]"]),
        ("问题1：甲？\n完整性：高（清楚）\n回复：乙。\n依据：3；5", ["3", "5"]),
        ("Question 1: 甲？\nconfidence: 高\nlines: 3, 5.\nanswer: 乙。", ["3", "5."]),
        ('{"question": "甲？", "confidence": "高", "answer": "乙。"}', []),
        ('{"question": "甲？", "confidence": "高", "lines": null, "answer": "乙。"}', []),
        ('{"question": "甲？", "confidence": "高", "lines": 3, "answer": "乙。"}', ["3"]),
        ('{"question": "甲？", "confidence": "高", "lines": [3, "5."], "answer": "乙。"}', ["3", "5."]),
        ('{"question": "甲？", "confidence": "高", "lines": ["3、5"], "answer": "乙。"}', ["3、5"]),
    ],
)
def test_a_list_may_be_missing_where_it_is_optional_and_numbers_in_it_stay(text: str, lines: list[str]) -> None:
    parsed = read_items(text, FIELDS["zh"])
    assert [(item["answer"], item["lines"]) for item in parsed.items] == [("乙。", lines)]
    assert parsed.broken == ()


@pytest.mark.parametrize("text", ["描述：你是伙计。", '{"description": "你是伙计。"}'])
def test_a_list_that_is_not_optional_may_not_be_missing(text: str) -> None:
    assert read_items(text, load_prompt("zh", "profile").fields).items == ()


def test_what_a_reasoning_model_thought_is_no_part_of_its_answer() -> None:
    assert read_text("<think>hm\n</think>\n好。") == "好。"
    assert read_text("hm</think> Yes.") == "Yes."
    assert read_text("<think>never ends") == ""


def test_braces_without_end_are_no_answer() -> None:
    for text in ('{"a":' * 20_000, "{" * 20_000):
        assert len(read_items(text, FIELDS["en"]).broken) == 1


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).filter(
    lambda text: not is_nothing(text)
)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["high", "low"]), TEXTS), min_size=1, max_size=5))
def test_sound_json_is_read_as_it_is(items: list[tuple[str, str, str]]) -> None:
    given_items = [
        {"question": question, "confidence": sure, "reason": "r", "answer": answer} for question, sure, answer in items
    ]
    parsed = read_items(json.dumps({"items": given_items}), FIELDS["en"])
    assert [(item["question"], item["confidence"], item["answer"]) for item in parsed.items] == [
        (question.strip(), sure, answer.strip()) for question, sure, answer in items
    ]
    assert parsed.broken == ()


@given(st.text(), st.booleans())
def test_nothing_that_a_model_writes_breaks_the_parser(text: str, is_cut: bool) -> None:
    for fields in FIELDS.values():
        parsed = read_items(text, fields, is_cut)
        assert parsed.items or parsed.broken
