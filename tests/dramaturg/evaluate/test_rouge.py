"""ROUGE-L: figures reckoned by hand, and what `rouge-score` says of the same words (benchmarks/evaluate.py)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.evaluate.rouge import best_rouge_l, rouge_l, rouge_words


@pytest.mark.parametrize(
    ("answer", "reference", "score"),
    [
        ("the cat sat on the mat", "the cat sat on the mat", 1.0),
        ("police killed the gunman", "police kill the gunman", 2 * 3 / 8),  # Lin's own sentences (2004)
        ("the gunman kill police", "police kill the gunman", 2 * 2 / 8),
        ("don't go", "Don t GO!", 1.0),  # rouge-score's words: what an apostrophe parts are two
        ("我是韦小宝", "我叫韦小宝。", 2 * 4 / 10),
        ("小宝最爱看戏", "最爱看戏的是小宝", 2 * 4 / 14),
        ("你好 Watson", "Watson 你好", 2 * 2 / 6),
        ("一二三", "abc", 0.0),
    ],
)
def test_it_is_twice_the_common_subsequence_over_both_lengths(answer: str, reference: str, score: float) -> None:
    assert rouge_l(answer, reference) == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize(("answer", "reference"), [("", ""), ("…", "…"), ("", "the cat"), ("the cat", "——")])
def test_without_a_word_there_is_nothing_in_common(answer: str, reference: str) -> None:
    assert rouge_l(answer, reference) == 0.0


def test_the_best_of_several_references_counts() -> None:
    assert best_rouge_l("a b c d", ["x y", "a b x d", "a"]) == pytest.approx(6 / 8)


def lcs(one: list[str], other: list[str]) -> int:
    row = [0] * (len(other) + 1)
    for each in one:
        before = row[:]
        for place, its in enumerate(other, 1):
            row[place] = before[place - 1] + 1 if each == its else max(row[place - 1], before[place])
    return row[-1]


_TEXTS = st.text(alphabet="ab cD1'！。é韦小宝𠮷", max_size=24)


@given(_TEXTS, _TEXTS)
def test_it_is_what_the_definition_says(answer: str, reference: str) -> None:
    ours, theirs = rouge_words(answer), rouge_words(reference)
    common = lcs(ours, theirs)
    precision, recall = common / (len(ours) or 1), common / (len(theirs) or 1)
    f1 = 2 * precision * recall / (precision + recall) if common else 0.0
    assert rouge_l(answer, reference) == pytest.approx(f1, abs=1e-9)
