import pytest

from dramaturg.curate.grounding import shares_content
from dramaturg.text import Language


@pytest.mark.parametrize(
    ("language", "text", "passages", "shares"),
    [
        ("zh", "铃丢在河里了。", ["那只铜铃丢在哪条河里？"], True),
        ("zh", "是我做的。", ["是我说的，不是他说的。"], False),  # but function characters
        ("zh", "驴病了，请兽医去。", ["铃丢在河里了。"], False),
        ("zh", "铃。船。", ["铃船"], False),  # no run over a stop
        ("zh", "我在 London 住过。", ["他从London来。"], True),
        ("zh", "没有。", ["没有。"], False),
        ("en", "I sank the bell.", ["Who sank a bell?"], True),
        ("en", "It was not me, nor was it you.", ["It was you and not me, sir."], False),
        ("en", "The heron flew.", ["The bell rang.", "A heron!"], True),
        ("en", "That was my brother's.", ["I have a brother."], True),
        ("en", "I don't, and he can't, and they won't.", ["He won't, I don't, they can't."], False),
        ("en", "Rowing.", ["I row."], False),  # another form is another word
        ("en", "", ["The bell rang."], False),
        ("en", "The bell rang.", [], False),
    ],
)
def test_a_content_word_is_what_it_takes(language: Language, text: str, passages: list[str], shares: bool) -> None:
    assert shares_content(text, passages, language) == shares


@pytest.mark.parametrize(
    ("language", "text", "passages", "names"),
    [
        ("zh", "我顾十三怕谁？", ["顾十三，吃面！"], ["顾十三", "十三"]),
        ("zh", "十三不敢说。", ["十三，吃面！"], ["顾十三", "十三"]),
        ("en", "Ned Tull, at your service.", ["Is that you, Ned Tull? Ned!"], ["Ned Tull", "Ned"]),
    ],
)
def test_a_name_left_out_is_no_content(language: Language, text: str, passages: list[str], names: list[str]) -> None:
    assert shares_content(text, passages, language)
    assert not shares_content(text, passages, language, without=names)


def test_a_name_within_another_word_stays() -> None:
    assert shares_content("He was wedded.", ["She was wedded too."], "en", without=["Wed"])
