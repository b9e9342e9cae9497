from dramaturg.generate.catchphrases import PhraseBook, repeated_phrases
from dramaturg.script import Span
from tests.characters import character, scene

ZH = [
    scene(0, ("柳娘", "你说呢？"), ("顾十三", "天塌不下来，你只管吃。")),
    scene(1, ("顾十三", "怕什么，天塌不\n下来！"), ("柳娘", "呸。")),
    scene(2, ("顾十三", "天塌不下来。")),
]


def test_a_catchphrase_is_what_the_role_itself_says() -> None:
    said = ["天塌不下来", "“天塌不下来！”", "你说呢", "我从没说过", "天塌不下来你只管吃你只管吃你只管吃你只管吃", "！"]
    kept, rejected = PhraseBook(character("zh"), ZH).look_up(said, "profile")
    assert [(phrase.text, phrase.lines) for phrase in kept] == [("天塌不下来", 3)]
    assert [(each.stage, each.reason, each.record) for each in rejected] == [
        ("profile", "not_in_script", "你说呢"),  # another's
        ("profile", "not_in_script", "我从没说过"),
        ("profile", "too_long", "天塌不下来你只管吃你只管吃你只管吃你只管吃"),
        ("profile", "not_in_script", "！"),
    ]


def test_its_places_are_where_it_stands_first_and_then() -> None:
    (phrase,), _ = PhraseBook(character("zh"), ZH).look_up(["天塌不下来"], "profile")
    own = ZH[1].utterances[0]
    assert phrase.places == (Span("novel.txt", 6, 11), Span("novel.txt", own.start + 4, own.start + 10))
    assert own.content[4:10] == "天塌不\n下来"


def test_case_apostrophes_and_a_line_break_do_not_hide_a_catchphrase() -> None:
    scenes = [scene(0, ("Ned Tull", "Mark my\nwords, it won’t rain."), ("Ned Tull", "Remark my words."))]
    kept, _ = PhraseBook(character("en"), scenes).look_up(["mark my words", "It won't rain"], "profile")
    assert [phrase.lines for phrase in kept] == [1, 1]


def test_what_the_role_repeats_is_not_whom_it_calls() -> None:
    scenes = [scene(0, ("顾十三", "天塌不下来，柳娘娘。")), scene(1, ("顾十三", "天塌不下来，柳娘娘！"))]
    assert PhraseBook(character("zh", cast=[{"name": "柳娘娘"}]), scenes).repeated() == ["天塌不下来"]


def test_a_run_within_a_longer_one_gives_way_to_it() -> None:
    phrases = repeated_phrases(["天塌不下来，怕什么", "天塌不下来，走", "塌不下来"], "zh")
    assert [(phrase.text, phrase.lines) for phrase in phrases] == [("塌不下来", 3), ("天塌不下来", 2)]
    assert repeated_phrases(["Mark my words, Ann.", "mark my words"], "en")[0].text == "mark my words"
