"""Nothing nearly the same is missed, and nothing else is found."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from dramaturg.curate.dedup import NEAR
from dramaturg.curate.similar import SimilarTexts, similar_pairs

TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=14), max_size=25)


def are_near(one: list[str], other: list[str]) -> bool:
    return bool(one and other) and Indel.normalized_similarity(one, other) >= NEAR


@given(TEXTS)
def test_pairs_are_those_of_comparing_all_with_all(texts: list[list[str]]) -> None:
    near = {(n, m) for m in range(len(texts)) for n in range(m) if are_near(texts[n], texts[m])}
    assert set(similar_pairs(texts)) == near


@given(TEXTS, st.lists(st.sampled_from("abcdefghxyz"), max_size=14))
def test_a_text_is_found_by_others_too(texts: list[list[str]], text: list[str]) -> None:
    assert SimilarTexts(texts).near(text) == [n for n, own in enumerate(texts) if are_near(own, text)]


def test_words_are_many() -> None:
    texts = [[f"w{number}", f"w{number + 1}", "same"] for number in range(70_000)]  # past the surrogates
    assert SimilarTexts(texts).near(["w60000", "w60001", "same"]) == [60_000]
