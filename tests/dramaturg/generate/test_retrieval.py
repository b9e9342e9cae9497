from dramaturg.generate.retrieval import SceneIndex, story
from tests.characters import scene

SCENES = [
    scene(0, ("顾十三", "铃丢在河里了。"), ("柳娘", "哪条河？")),
    scene(1, ("顾十三", "今天的面真咸。"), ("柳娘", "那就别吃。")),
    scene(2, ("顾十三", "我捞铃去，河水冷得很。"), ("柳娘", "带上酒。")),
    scene(3, ("顾十三", "驴又病了。"), ("柳娘", "找兽医。")),
]


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


def test_a_story_is_a_line_an_utterance() -> None:
    assert story(SCENES[0], "zh") == "顾十三:「铃丢在河里了。」\n柳娘:「哪条河？」"
