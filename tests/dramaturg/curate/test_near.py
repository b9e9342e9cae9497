import json
import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg import ROOT
from dramaturg.curate import near
from dramaturg.curate.near import NEAR, Match, NearIndex, Row, best_of, rank
from dramaturg.text import words

ENGLISH = "the bell river lamp boat night who hid told a of in captain Alder never".split()
CHINESE = "钟河灯船夜谁藏告诉了的在你我不为什么去码头"


def rouge_l(one: str, other: str) -> float:
    """By the textbook, over words, of which a Chinese character is one; two texts without words are the same."""
    a, b = words(one), words(other)
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for j, y in enumerate(b):
            before, row[j + 1] = row[j + 1], before + 1 if x == y else max(row[j + 1], row[j])
    return 2 * row[-1] / (len(a) + len(b)) if a or b else 1.0


def clusters(texts: Iterable[str], threshold: float = NEAR) -> list[int]:
    """For each text the number of the earliest kept one that it repeats; its own where it is kept."""
    matches = NearIndex(threshold).add_all(texts)
    return [number if match is None else match.number for number, match in enumerate(matches)]


def by_all_pairs(texts: Sequence[str]) -> list[int]:
    """For each text the number of the first kept one that is near, each compared with each."""
    kept: list[int] = []
    found = []
    for number, text in enumerate(texts):
        own = words(text)
        same = (other for other in kept if words(texts[other]) == own)
        alike = (other for other in kept if rouge_l(text, texts[other]) >= NEAR - 1e-9)
        first = next(same, next(alike, number))
        found.append(first)
        if first == number:
            kept.append(number)
    return found


def sentences(count: int, seed: int, least: int = 1, most: int = 14) -> list[str]:
    """Texts of the few words above, half of them changed a little from one before."""
    draw = random.Random(seed)
    made: list[str] = []
    for number in range(count):
        vocabulary, between = (ENGLISH, " ") if number % 2 else (list(CHINESE), "")
        if number > 20 and draw.random() < 0.5:
            text = words(made[2 * draw.randrange(number // 2) + number % 2])
            text[draw.randrange(len(text))] = draw.choice(vocabulary)
        else:
            text = draw.choices(vocabulary, k=draw.randint(least, most))
        made.append(between.join(text))
    return made


def rare_sentences(count: int, seed: int) -> list[str]:
    """As the above, of thousands of words, so that few are near."""
    draw = random.Random(seed)
    made: list[str] = []
    for number in range(count):
        vocabulary, between = ([f"w{each}" for each in range(3000)], " ") if number % 2 else (None, "")
        drawn = [int(3000 * draw.random() ** 3) for _ in range(draw.randint(3, 20))]
        made.append(between.join(vocabulary[each] if vocabulary else chr(0x4E00 + each) for each in drawn))
        if draw.random() < 0.2:
            text = words(made[2 * draw.randrange(number // 2) + number % 2]) if number > 20 else ["x"]
            text.insert(draw.randrange(len(text)), "w1" if vocabulary else "一")
            made[-1] = between.join(text)
    return made


# --- what is near --------------------------------------------------------------------------------------------

a_word = st.sampled_from([*ENGLISH[:7], *CHINESE[:7], "Bell", "，", "?"])
texts_of_few_words = st.lists(st.lists(a_word, max_size=10).map(" ".join), max_size=30)


@given(texts_of_few_words)
def test_what_goes_and_what_is_kept_for_it_is_as_by_all_pairs(texts: list[str]) -> None:
    assert clusters(texts) == by_all_pairs(texts)


@pytest.mark.parametrize("seed", range(3))
def test_short_texts_full_of_pairs_are_as_by_all_pairs(seed: int) -> None:
    texts = sentences(600, seed)
    assert clusters(texts) == by_all_pairs(texts)


@given(texts_of_few_words, st.sampled_from([0.68, 0.75, 0.8, 0.9, 1.0]))
def test_a_text_is_only_gone_where_it_is_like_the_one_that_is_kept(texts: list[str], threshold: float) -> None:
    found = clusters(texts, threshold)
    for number, kept in enumerate(found):
        assert found[kept] == kept
        assert kept == number or rouge_l(texts[number], texts[kept]) >= threshold - 1e-9


def test_a_chain_of_like_texts_is_not_one_cluster() -> None:
    texts = ["a b c d e f g h i j", "a b c d e f g x y z", "q r s d e f g x y z"]
    assert rouge_l(texts[1], texts[2]) >= NEAR
    assert clusters(texts) == [0, 0, 2]


def test_the_same_but_for_case_and_punctuation_is_a_duplicate_and_no_near_one() -> None:
    index = NearIndex()
    assert index.add("Who are you?") is None
    assert index.add("who are YOU") == Match(0, "duplicate")
    assert index.add("你是谁？") is None
    assert index.add("“你是谁”") == Match(2, "duplicate")


def test_texts_without_a_word_are_all_the_same_and_like_no_other() -> None:
    assert clusters(["", "……", "bell", "?!", "钟"]) == [0, 0, 2, 0, 4]


def test_one_word_is_like_no_other_word_nor_two() -> None:
    assert clusters(["bell", "lamp", "bell bell", "Bell", "the bell", "钟", "钟灯"]) == [0, 1, 2, 0, 4, 5, 6]


def test_two_languages_in_one_text_are_compared_word_by_word_and_character_by_character() -> None:
    assert clusters(
        ["请你告诉 Captain Rowe 灯在船上", "请告诉 captain Rowe 灯在船上", "Captain Rowe 在夜里不去码头"]
    ) == [0, 0, 2]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_long_text_with_every_fifth_word_changed_is_found_among_others(language: str) -> None:
    draw = random.Random(1)
    vocabulary = [chr(0x4E00 + each) if language == "zh" else f"w{each}" for each in range(3000)]
    between = "" if language == "zh" else " "
    plain = [[vocabulary[int(3000 * draw.random() ** 3)] for _ in range(draw.randint(60, 400))] for _ in range(300)]
    changed = [
        [draw.choice(vocabulary) if place % 5 == 0 else word for place, word in enumerate(text)] for text in plain
    ]
    texts = [between.join(text) for text in (*plain, *changed)]
    assert clusters(texts) == [*range(300), *range(300)]


def test_texts_may_have_more_different_words_than_there_are_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = sentences(400, 7)
    expected = clusters(texts)
    monkeypatch.setattr(near, "_CHARACTERS", 12)
    assert clusters(texts) == expected


def test_thousands_that_are_all_alike_are_one_cluster() -> None:
    texts = [f"who is the man called number{number}" for number in range(9000)]
    assert set(clusters([*rare_sentences(100, 1), *texts])[100:]) == {100}


def test_a_threshold_that_a_single_common_word_may_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="2/3"):
        NearIndex(2 / 3)


# --- order, portions, machines -------------------------------------------------------------------------------


def test_one_by_one_is_the_same_as_all_at_once() -> None:
    texts = rare_sentences(6000, 3)
    index = NearIndex()
    one_by_one = [index.add(text) for text in texts]
    assert one_by_one == list(NearIndex().add_all(texts))
    assert sum(match is not None for match in one_by_one) > 500


def test_portions_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = sentences(700, 4)
    expected = clusters(texts)
    monkeypatch.setattr(near, "_PORTION", 7)
    assert clusters(texts) == expected


def test_texts_may_come_one_by_one_and_many_at_once_in_turns() -> None:
    texts = sentences(900, 5)
    index = NearIndex()
    found = [*index.add_all(texts[:300]), *map(index.add, texts[300:600]), *index.add_all(texts[600:])]
    assert [number if match is None else match.number for number, match in enumerate(found)] == clusters(texts)


def test_any_hash_seed_gives_the_same() -> None:
    program = (
        "import json, sys; from tests.dramaturg.curate.test_near import clusters; print(clusters(json.load(sys.stdin)))"
    )
    texts = rare_sentences(3000, 6)
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(texts),
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1]
    assert json.loads(found[0]) == clusters(texts)


def test_memory_for_twenty_thousand_rows_is_small() -> None:
    texts = rare_sentences(20_000, 8)
    tracemalloc.start()
    clusters(texts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6


# --- the index -----------------------------------------------------------------------------------------------


def test_what_is_kept_by_will_is_kept_though_near_and_counts_for_what_comes() -> None:
    index = NearIndex()
    assert index.keep("a b c d e f g h i j") is None
    assert index.keep("a b c d e f g x y z") is None
    assert index.keep("A b c d e f g x y z!") == Match(1, "duplicate")
    assert index.add("q r s d e f g x y z") == Match(1, "near_duplicate")


def test_all_near_texts_are_listed_and_the_text_is_not_kept() -> None:
    index = NearIndex()
    for text in ("a b c d e f g h i j", "k l m", "a b c d e f g x y z"):
        index.keep(text)
    assert index.near("a b c d e f g h y z") == [0, 2]
    assert index.near("A b c d e f g h i j.") == [0, 2]
    assert index.add("a b c d e f g h y z") == Match(0, "near_duplicate")


@given(texts_of_few_words)
def test_the_pairs_listed_are_all_near_pairs(texts: list[str]) -> None:
    index = NearIndex()
    kept = [number for number, text in enumerate(texts) if index.keep(text) is None]
    for text in texts:
        assert index.near(text) == [each for each in kept if rouge_l(text, texts[each]) >= NEAR - 1e-9]


# --- which is kept -------------------------------------------------------------------------------------------

NEAR_TEXTS = {
    "first": "why did you hide the bell in the river",
    "second": "why did you hide the lamp in the river",
    "longer": "why then did you hide the lamp in the river",
}


def rows(**ranks: tuple[float, ...]) -> list[Row]:
    return [Row(key, NEAR_TEXTS[key], each) for key, each in ranks.items()]


def test_of_rows_without_rank_the_first_is_kept() -> None:
    found = best_of(rows(first=(), second=()))
    assert found == {"second": ("first", "near_duplicate")}


def test_the_sure_then_the_better_then_the_longer_is_kept() -> None:
    text = NEAR_TEXTS
    assert best_of(rows(first=rank(text["first"], "low", 5.0), second=rank(text["second"], "high", 1.0))) == {
        "first": ("second", "near_duplicate")
    }
    assert best_of(rows(first=rank(text["first"], quality=3.0), second=rank(text["second"], quality=4.0))) == {
        "first": ("second", "near_duplicate")
    }
    assert best_of(rows(longer=rank(text["longer"]), first=rank(text["first"], quality=1.0))) == {
        "longer": ("first", "near_duplicate")
    }
    assert best_of(rows(second=rank(text["second"]), longer=rank(text["longer"]))) == {
        "second": ("longer", "near_duplicate")
    }


def test_of_the_very_same_the_better_is_kept_too() -> None:
    assert best_of([Row("a", "Who are you?", (0,)), Row("b", "who are you", (1,)), Row("c", "何为钟", (0,))]) == {
        "a": ("b", "duplicate")
    }


@given(texts_of_few_words, st.randoms(use_true_random=False))
def test_every_row_that_goes_is_like_a_kept_row_of_no_lower_rank_and_no_two_kept_are_alike(
    texts: list[str], draw: random.Random
) -> None:
    all_rows = {str(number): Row(str(number), text, (draw.randrange(3),)) for number, text in enumerate(texts)}
    gone = best_of(all_rows.values())
    for key, (kept, reason) in gone.items():
        assert kept not in gone
        assert all_rows[kept].rank >= all_rows[key].rank
        assert rouge_l(all_rows[key].text, all_rows[kept].text) >= NEAR - 1e-9
        assert (reason == "duplicate") == (words(all_rows[key].text) == words(all_rows[kept].text))
    left = [row.text for key, row in all_rows.items() if key not in gone]
    assert clusters(left) == list(range(len(left)))
