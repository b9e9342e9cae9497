from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Plus

from dramaturg.exchanges import find_exchanges
from dramaturg.generate.retrieval import PairIndex, SceneIndex, story
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import Language, words
from tests.characters import scene

SCENES = [
    scene(0, ("顾十三", "铃丢在河里了。"), ("柳娘", "哪条河？")),
    scene(1, ("顾十三", "今天的面真咸。"), ("柳娘", "那就别吃。")),
    scene(2, ("顾十三", "我捞铃去，河水冷得很。"), ("柳娘", "带上酒。")),
    scene(3, ("顾十三", "驴又病了。"), ("柳娘", "找兽医。")),
]
ASKED = [
    scene(0, ("柳娘", "铃呢？"), ("顾十三", "丢在"), ("顾十三", "河里了。")),
    scene(1, ("柳娘", "面咸么？"), ("顾十三", "咸得发苦。")),
    scene(2, ("柳娘", "你怕什么？"), ("顾十三", "怕那口铃半夜里响。")),
    scene(3, ("柳娘", "驴呢？"), ("顾十三", "病了。")),
    scene(4, ("柳娘", "驴呢？"), ("顾十三", "病了。")),
    scene(5, ("柳娘", "？"), ("顾十三", "……")),
]


def pairs(language: Language = "zh", scenes: list[Scene] = ASKED, role: str = "顾十三") -> PairIndex:
    exchanges, _ = find_exchanges(scenes, role)
    return PairIndex(exchanges, language)


def test_the_best_scenes_come_in_the_storys_order() -> None:
    found = SceneIndex(SCENES, "zh").best("你在河里捞铃冷不冷？", 1_000)
    assert [each.scene_id for each in found][:2] == [0, 2]
    assert 3 not in [each.scene_id for each in found]


def test_the_budget_ends_it_before_the_scene_that_does_not_fit() -> None:
    index = SceneIndex(SCENES, "zh")
    best = index.best("你在河里捞铃冷不冷？", 1_000)
    only = index.best("你在河里捞铃冷不冷？", max(each.tokens for each in best))
    assert len(only) == 1
    assert sum(each.tokens for each in index.best("河", 60)) <= 60
    assert index.best("河", 0) == []


def test_a_question_that_no_scene_touches_finds_none() -> None:
    assert SceneIndex(SCENES, "zh").best("What?", 1_000) == []
    assert SceneIndex([], "zh").best("铃", 1_000) == []


@given(
    said=st.lists(st.text("铃丢在河里面咸驴。 ab", min_size=1, max_size=20), max_size=12),
    query=st.text("铃丢在河里面咸驴冷。 ab", max_size=12),
    budget=st.integers(0, 400),
    language=st.sampled_from(["zh", "en"]),
)
def test_scenes_are_ranked_by_rank_bm25s_plus(said: list[str], query: str, budget: int, language: Language) -> None:
    def terms(text: str) -> list[str]:
        single = words(text)
        return single + [one + other for one, other in pairwise(single)] if language == "zh" else single

    scenes = [scene(number, ("顾十三", text)) for number, text in enumerate(said)]
    taken: list[int] = []
    if scenes:
        scores = BM25Plus([terms(story(each, language)) for each in scenes], delta=0).get_scores(terms(query))
        for number in np.argsort(-scores, kind="stable"):
            if scores[number] <= 0 or sum(scenes[each].tokens for each in [*taken, number]) > budget:
                break
            taken.append(number)
    found = SceneIndex(scenes, language).best(query, budget)
    assert [each.scene_id for each in found] == sorted(taken)


def test_a_story_is_a_line_an_utterance() -> None:
    assert story(SCENES[0], "zh") == "顾十三:「铃丢在河里了。」\n柳娘:「哪条河？」"


def test_pairs_are_found_by_what_was_said_and_by_what_was_answered() -> None:
    others = [
        scene(number, ("柳娘", "走么？"), ("顾十三", f"{name}日再走。")) for number, name in enumerate("今明后", 6)
    ]
    found = pairs(scenes=[*ASKED, *others]).best("铃", 2)
    assert [(pair.user, pair.question, pair.answer) for pair in found] == [
        ("柳娘", "铃呢？", "丢在河里了。"),
        ("柳娘", "你怕什么？", "怕那口铃半夜里响。"),
    ]
    assert found[0].context == tuple(
        Span(line.source, line.start, line.end) for line in ASKED[0].utterances
    )  # the lines that were shown, and no others


def test_a_pair_is_found_by_two_characters_together_before_either_alone() -> None:
    scenes = [
        scene(0, ("柳娘", "半天了？"), ("顾十三", "夜深。")),
        scene(1, ("柳娘", "几时来？"), ("顾十三", "半夜。")),
        scene(2, ("柳娘", "夜深了？"), ("顾十三", "半天。")),
        *(
            scene(number, ("柳娘", f"{name}呢？"), ("顾十三", f"{name}跑了。"))
            for number, name in enumerate("猫狗鸡鸭", 3)
        ),
    ]
    assert pairs(scenes=scenes).best("半夜", 1)[0].answer == "半夜。"


def test_a_pair_comes_once_and_none_without_words() -> None:
    every = pairs().best("驴", 10)
    assert len(every) == 4
    assert every[0].answer == "病了。"


@pytest.mark.parametrize("most", [0, 3])
def test_where_too_few_pairs_touch_a_query_others_come_after_them(most: int) -> None:
    assert len(pairs().best("What?", most)) == most
    assert pairs(scenes=[]).best("铃", most) == []
