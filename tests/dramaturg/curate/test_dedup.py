import random

import pytest
from rapidfuzz import process
from rapidfuzz.distance import Indel

from dramaturg.curate.dedup import NEAR, Deduplicator


def lcs(one: str, other: str) -> int:
    """The longest common subsequence of words, by the textbook."""
    a, b = one.split(), other.split()
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("why did you hide the bell in the river", "why did you hide the lamp in the river"),
        ("why did you hide the bell", "who taught you to row a boat at night"),
        ("a b c d e f g", "a b c d e x y"),  # 5 of 7: 0.714
        ("a b c d e f g h", "a b c d e x y z"),  # 5 of 8: 0.625
        ("a b c d e f g", "g f e d c b a"),
    ],
)
def test_near_is_rouge_l_of_seven_tenths(one: str, other: str) -> None:
    rouge_l = 2 * lcs(one, other) / (len(one.split()) + len(other.split()))
    seen = Deduplicator([one])
    assert (seen.add(other) == "near_duplicate") == (rouge_l >= NEAR)


def test_case_and_punctuation_make_no_difference() -> None:
    assert Deduplicator(["Who are you?"]).add("who are YOU") == "duplicate"
    assert Deduplicator(["你是谁？"]).add("“你是谁”") == "duplicate"


def test_chinese_is_compared_by_characters() -> None:
    seen = Deduplicator(["你昨天夜里为什么去了码头？"])
    assert seen.add("你昨天夜里为何去了码头？") == "near_duplicate"
    assert seen.add("你怕不怕灶王爷生气？") is None


def test_what_is_dropped_is_not_compared_with() -> None:
    seen = Deduplicator(["a b c d e f g h i j"])
    assert seen.add("a b c d e f g x y z") == "near_duplicate"
    assert seen.add("x y z k l m n g") is None


def test_only_the_very_same_answer_is_a_repeated_one() -> None:
    seen = Deduplicator()
    assert seen.repeated("I never saw the bell before today.") is None
    assert seen.repeated("I never saw the bell before now.") is None
    assert seen.repeated("I never saw the bell before today!") == "repeated_answer"


def test_thousands_of_texts_get_the_verdicts_of_all_pairs() -> None:
    draw = random.Random(2)
    vocabulary = [*"abcdefghijklmnopqrstuvwxyz", *"一二三四五六七八九十"]
    texts = [" ".join(draw.choices(vocabulary, k=draw.randint(1, 9))) for _ in range(2000)]
    kept: list[list[str]] = []
    verdicts: list[str | None] = []
    for text in texts:
        own = text.split()
        is_near = process.extractOne(own, kept, scorer=Indel.normalized_similarity, score_cutoff=NEAR) is not None
        verdicts.append("duplicate" if own in kept else "near_duplicate" if is_near else None)
        if verdicts[-1] is None:
            kept.append(own)
    seen = Deduplicator()
    assert [seen.add(text) for text in texts] == verdicts
    assert {"duplicate", "near_duplicate", None} <= set(verdicts)
