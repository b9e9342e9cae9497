import pytest

from dramaturg.generate.profile import Profile, profile_request, read_profile, repeated_phrases
from dramaturg.llm.request import Answer
from dramaturg.text import count_tokens
from tests.characters import character, scene

ZH = [
    scene(0, ("柳娘", "你说呢？"), ("顾十三", "天塌不下来，你只管吃。")),
    scene(1, ("顾十三", "天塌不下来！"), ("柳娘", "呸。")),
]


def answer(text: str, is_cut: bool = False) -> Answer:
    return Answer("k", "m", "profile@1", text, is_cut, 10, 10)


def test_a_catchphrase_is_what_the_role_itself_says() -> None:
    text = "描述：你是个摆渡的。\n口头禅：天塌不下来；你说呢；我从没说过；天塌不下来你只管吃你只管吃你只管吃你只管吃"
    profile, rejected, malformed = read_profile(character("zh"), ZH, answer(text))
    assert profile.description == "你是个摆渡的。"
    assert [(phrase.text, phrase.lines) for phrase in profile.catchphrases] == [("天塌不下来", 2)]
    assert [(each.reason, each.record) for each in rejected] == [
        ("not_in_script", "你说呢"),  # another's
        ("not_in_script", "我从没说过"),
        ("too_long", "天塌不下来你只管吃你只管吃你只管吃你只管吃"),
    ]
    assert malformed == []
    assert (profile.model, profile.request) == ("m", "k")


def test_case_and_a_line_break_do_not_hide_a_catchphrase() -> None:
    scenes = [scene(0, ("Ned Tull", "Mark my\nwords, it will rain."))]
    said = '{"description": "You row.", "catchphrases": ["mark my words"]}'
    profile, _, _ = read_profile(character("en"), scenes, answer(said))
    assert [phrase.lines for phrase in profile.catchphrases] == [1]


@pytest.mark.parametrize("text", ["", "I cannot.", "描述：你是"])
def test_without_a_readable_answer_it_is_what_the_user_wrote(text: str) -> None:
    told = character("zh", short_description="渡口的少年")
    profile, _, malformed = read_profile(told, ZH, answer(text, is_cut=True))
    assert profile == Profile("渡口的少年")
    assert len(malformed) == 1
    assert read_profile(told, ZH, None) == (Profile("渡口的少年"), [], [])


def test_the_request_shows_scenes_from_all_of_the_work_within_the_budget() -> None:
    scenes = [
        scene(number, ("顾十三", f"第{number}回的话，说得不长也不短。"), ("柳娘", "嗯。")) for number in range(200)
    ]
    (_, user) = profile_request(character("zh"), scenes, 800, as_json=False).messages
    shown = [number for number in range(200) if f"第{number}回的话" in user["content"]]
    assert shown[0] < 20
    assert shown[-1] > 180
    assert 500 < count_tokens(user["content"]) < 1_000


def test_the_request_names_what_the_role_repeats_but_not_whom_it_calls() -> None:
    scenes = [scene(0, ("顾十三", "天塌不下来，柳娘。")), scene(1, ("顾十三", "天塌不下来，柳娘！"))]
    told = character("zh", cast=[{"name": "柳娘娘", "aliases": ["柳娘"]}])
    (_, user) = profile_request(told, scenes, 800, as_json=False).messages
    assert "他不止一次说过：天塌不下来\n" in user["content"]


def test_a_run_within_a_longer_one_gives_way_to_it() -> None:
    phrases = repeated_phrases(["天塌不下来，怕什么", "天塌不下来，走", "塌不下来"], "zh")
    assert [(phrase.text, phrase.lines) for phrase in phrases] == [("塌不下来", 3), ("天塌不下来", 2)]
    assert repeated_phrases(["Mark my words, Ann.", "mark my words"], "en")[0].text == "mark my words"
