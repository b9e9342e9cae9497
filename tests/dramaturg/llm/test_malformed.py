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


# language, what the model wrote, whether it was cut off, the answers of the whole items, how many pieces are broken
NOT_SHORTENED = {
    "a key that is no field's, behind": (
        *("en", "[{'question': 'Who?', 'confidence': 'high', 'answer': 'He.', 'source': 'page 3'}]", False),
        *(["He."], 0),
    ),
    "letters as escapes": (
        *("zh", r"{'question': '\u7532？', 'confidence': '\u9ad8', 'answer': '\u4e59\ud83d\ude00\n。'}", False),
        *(["乙😀\n。"], 0),
    ),
    "a key that is no field's, before and between": (
        "en",
        "[{'id': 1, 'question': 'Who?', 'place': 'here', 'confidence': 'high', 'reason': 'r', 'answer': 'He.'},\n"
        " {'id': 2, 'question': 'Why?', 'confidence': 'low', 'reason': 'r', 'answer': 'So.'}]",
        False,
        ["He.", "So."],
        0,
    ),
    "a key that is no field's behind quotes in quotes": (
        *("en", '{"question": "Who?", "confidence": "high", "answer": "No "he".", "source": "page 3"}', False),
        *([], 1),
    ),
    "a label's word within an object's text": (
        *("en", "[{'question': 'Who?', 'confidence': 'high', 'answer': 'Two words, reason: none, I swear.'}]", False),
        *(["Two words, reason: none, I swear."], 0),
    ),
    "a brace behind a quote within an object's text": (
        *("en", "{'question': 'Who?', 'confidence': 'high', 'answer': 'He said 'go'} and went.'}", False),
        *([], 1),
    ),
    "quotes and a colon within an object's text": (
        *("en", '{"question": "Who?", "confidence": "high", "answer": "He said "go" : and went."}', False),
        *(['He said "go" : and went.'], 0),
    ),
    "cut behind an escaped quote and a brace": (
        *("en", '{"question": "Who?", "confidence": "high", "answer": "He \\"went\\" } and', True),
        *([], 1),
    ),
    "cut behind a bare quote and a brace": (
        *("en", '{"question": "Who?", "confidence": "high", "answer": "He "went" } and', True),
        *([], 1),
    ),
    "a row cut behind a blank": (
        *("en", "| Question | Completeness | Response |\n|--|--|--|\n| Who? | high | He ", True),
        *([], 1),
    ),
    "tags of others within a tag": (
        "en",
        "<question>Is <b>he</b>?</question><confidence>high</confidence><answer><laughs> He<br>is <i>he</i>.</answer>",
        False,
        ["<laughs> He<br>is <i>he</i>."],
        0,
    ),
    "a tag of another and the end within a tag": (
        *("en", "<question>Who?</question><confidence>high</confidence><answer>He <b>is", True),
        *([], 1),
    ),
    "a cell of three lines": (
        *("en", "| Question | Completeness | Response |\n|--|--|--|\n| Who? | high | One,\ntwo,\nthree. |", False),
        *(["One,\ntwo,\nthree."], 0),
    ),
    "a row that nothing ends above a line": (
        *("en", "| Question | Completeness | Response |\n|--|--|--|\n| Who? | high | He.\nThat is all.", False),
        *([], 1),
    ),
    "a table with a gap": (
        *("zh", "| 问题 | 完整性 | 回复 |\n|--|--|--|\n| 甲？ | 高 | 乙。 |\n\n| 丙？ | 低 | 丁。 |", False),
        *(["乙。", "丁。"], 0),
    ),
    "an object in a speech": (
        *("en", 'Question 1: What?\nCompleteness: high\nResponse: It is {"answer": "x"}, no more.', False),
        *(['It is {"answer": "x"}, no more.'], 0),
    ),
    "a tag in a speech": (
        *("en", "Question 1: What?\nCompleteness: high\nResponse: It is <question> or <answer>.", False),
        *(["It is <question> or <answer>."], 0),
    ),
    "a broken object behind a block": (
        *("zh", '问题：甲？\n完整性：高\n回复：乙。\n\n{"question": "丙？", "confidence": "高"}', False),
        *(["乙。"], 1),
    ),
    "a note below the last": (
        *("zh", "问题：甲？\n完整性：高\n回复：乙。\n\n注：以上均依据剧本。", False),
        *(["乙。"], 0),
    ),
}


@pytest.mark.parametrize(("language", "text", "is_cut", "answers", "broken"), NOT_SHORTENED.values(), ids=NOT_SHORTENED)
def test_no_answer_is_shortened_or_has_more_in_it_than_its_own(
    language: str, text: str, is_cut: bool, answers: list[str], broken: int
) -> None:
    parsed = read_items(text, FIELDS[language], is_cut)
    assert [item["answer"] for item in parsed.items] == answers
    assert len(parsed.broken) == broken


CLOSING_WORDS = (
    *(
        "以上5个问题均有剧本依据，希望对你有帮助！",
        "如需更多问题，请告诉我。",
        "（注：回复都符合人物性格。）",
        "（完）",
    ),
    *("好的，以上就是全部问题。", "需要我继续生成吗？", "下面是我为“陆半篙”设计的问题：", "这些问题涵盖了他的经历。"),
    *("I hope these help!", "Let me know if you'd like more.", "**Note:** all are in character.", "[End of questions]"),
    *("These questions cover her craft.", "Here are five more questions:", "Would you like me to go on?"),
)
SPEECHES = (
    *(
        "如果你还有问题，去问他。",
        "请你告诉我，他在哪里。",
        "这些问题，我答不了。",
        "希望你明白。",
        "以上那条路走不得。",
    ),
    *("Now, the question is who rang.", "If you have questions, put them to the clerk.", "Here is my answer: no."),
    *("I hope you will not ask twice.", "Would you like some tea?", "The end of it was rain.", "注意，前面有狗。"),
)


@pytest.mark.parametrize("words", CLOSING_WORDS)
def test_what_a_model_says_of_its_work_is_no_part_of_an_answer(words: str) -> None:
    (item,) = read_items(f"问题1：甲？\n完整性：高\n回复：乙。\n\n丙。\n\n{words}", FIELDS["zh"]).items
    assert item["answer"] == "乙。\n\n丙。"


@pytest.mark.parametrize("words", SPEECHES)
def test_what_a_role_says_in_its_last_paragraph_is(words: str) -> None:
    (item,) = read_items(f"问题1：甲？\n完整性：高\n回复：乙。\n\n{words}", FIELDS["zh"]).items
    assert item["answer"] == f"乙。\n\n{words}"


@pytest.mark.parametrize(
    "said", ["高/低", "高或低", "高～中", "high-low", "中等，高", "不高", "高低", "0.9", "null", "无"]
)
def test_what_is_no_choice_is_none(said: str) -> None:
    assert read_items(f"问题：甲？\n完整性：{said}\n回复：乙。", FIELDS["zh"]).items == ()


def test_a_question_behind_an_answer_in_its_line_is_no_part_of_it() -> None:
    text = "问题：甲？完整性：高。回复：乙。问题：丙？完整性：低。回复：丁。"
    for cut in range(len("问题：甲？完整性：高。回复：乙。问题："), len(text) + 1):
        assert [item["answer"] for item in read_items(text[:cut], FIELDS["zh"], cut < len(text)).items][:1] in (
            ["乙。"],
            [],
        )


def test_half_a_letter_is_no_answer() -> None:
    """A surrogate alone could not be written down."""
    whole = r'{"question": "甲？", "confidence": "高", "answer": "\ud83d\ude00"}'
    half = r'{"question": "甲？", "confidence": "高", "answer": "\ud83d"}'
    assert [item["answer"] for item in read_items(whole, FIELDS["zh"]).items] == ["😀"]
    parsed = read_items(f'[{half}, {whole}, {half[:-1]}, "items": [{half}, {half}]}}]', FIELDS["zh"])
    assert len(parsed.items) == 1
    assert all(each.encode() for each in parsed.broken)


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


def _dicts(items: list[Told], language: str) -> str:  # noqa: ARG001 - as the others
    names = ("question", "confidence", "reason", "answer")
    return repr([{"id": place, **dict(zip(names, item, strict=True)), "page": "9"} for place, item in enumerate(items)])


def _full_width(items: list[Told], language: str) -> str:  # noqa: ARG001 - as the others
    names = ("问题", "完整性", "理由", "回复")
    told = ("，".join(f"“{name}”：“{value}”" for name, value in zip(names, item, strict=True)) for item in items)
    return f"［{'，'.join(f'｛{each}｝' for each in told)}］"


def _tags(items: list[Told], language: str) -> str:  # noqa: ARG001 - as the others
    names = ("question", "confidence", "reason", "answer")
    told = ("".join(f"<{name}>{value}</{name}>" for name, value in zip(names, item, strict=True)) for item in items)
    return "\n".join(f"<item>{each}</item>" for each in told)


def _table(items: list[Told], language: str) -> str:
    head = "| 问题 | 完整性 | 理由 | 回复 |" if language == "zh" else "| Question | Completeness | Reason | Response |"
    return "\n".join([head, "|---|---|---|---|", *(f"| {' | '.join(item)} |" for item in items)])


@pytest.mark.parametrize("write", [_blocks, _json, _dicts, _full_width, _tags, _table])
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
     '"answer": "' * 18_000, "<think>" * 30_000, "- " * 100_000, "问题1：a\n" * 25_000, "{'a': " * 30_000,
     '{"question": "' + "{a: " * 30_000, '{"question": "' + ", a: " * 30_000, "<question>" + "<b>" * 40_000,
     "<question>" + "<b></i>" * 20_000, "| 问题 | 完整性 | 回复 |\n" + "| a\n" * 30_000, "{'a': 'b', " * 15_000,
     '"}' * 60_000, '{"answer": "' + '"}' * 50_000, "| 问题 | 完整性 | 回复 |\n|" + "a\n" * 30_000],
)  # fmt: skip
def test_a_long_answer_of_nonsense_comes_to_an_end(text: str) -> None:
    """Where a pattern looked back over and over, this would not."""
    parsed = read_items(text, FIELDS["zh"], is_cut=True)
    assert parsed.items or parsed.broken
