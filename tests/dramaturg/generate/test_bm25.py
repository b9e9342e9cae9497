"""Held against rank-bm25 itself."""

from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi, BM25Plus

from dramaturg.generate.bm25 import BM25Index

Kind = Literal["okapi", "plus"]

TERMS = st.sampled_from([*"abcdefgh", "铃", "铃丢", "丢"])
DOCUMENTS = st.lists(st.lists(TERMS, max_size=12), max_size=40)
QUERIES = st.lists(TERMS | st.just("of no document"), max_size=8)


def theirs(documents: list[list[str]], kind: Kind) -> Any:
    return BM25Okapi(documents) if kind == "okapi" else BM25Plus(documents, delta=0)


@pytest.mark.parametrize("kind", ["okapi", "plus"])
@given(documents=DOCUMENTS, query=QUERIES)
def test_the_scores_are_rank_bm25s_to_the_last_bit(kind: Kind, documents: list[list[str]], query: list[str]) -> None:
    scores = BM25Index(documents, kind).scores(query)
    if any(documents):
        assert scores.tolist() == theirs(documents, kind).get_scores(query).tolist()
    else:  # which rank-bm25 does not take
        assert scores.tolist() == [0.0] * len(documents)


@pytest.mark.parametrize("kind", ["okapi", "plus"])
@given(documents=DOCUMENTS, query=QUERIES, most=st.integers(0, 50))
def test_the_best_are_rank_bm25s_and_of_equals_the_later_is_first(
    kind: Kind, documents: list[list[str]], query: list[str], most: int
) -> None:
    index = BM25Index(documents, kind)
    best, scores = index.best(query, most), index.scores(query)
    assert best == np.argsort(scores, kind="stable")[::-1][:most].tolist()
    if any(documents):
        model = theirs(documents, kind)
        top = model.get_top_n(query, range(len(documents)), most)
        assert [scores[number] for number in best] == [scores[number] for number in top]
        ranked = sorted(scores, reverse=True)
        if all(one > other for one, other in pairwise(ranked[: most + 1])):  # else it is the machine's affair
            assert best == top


def test_a_word_that_is_asked_for_twice_counts_twice() -> None:
    index = BM25Index([["a", "b"], ["b", "c"], ["c", "d"], ["e"]], "okapi")
    once, twice = index.scores(["a"]), index.scores(["a", "a"])
    assert twice[0] == 2 * once[0] > 0
