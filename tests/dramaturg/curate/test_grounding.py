import pytest

from dramaturg.curate.grounding import shares_content
from dramaturg.text import Language


@pytest.mark.parametrize(
    ("language", "text", "passage", "shares"),
    [
        ("en", "You feared the ferry.", "The ferry was late.", True),
        ("en", "You would have been with them there.", "There they were, and you with them.", False),
        ("en", "You row NED'S boat.", "Ned Tull:「Never.」", True),
        ("en", "You don’t know why.", "They don't know.", True),  # know
        ("en", "You don’t do it.", "They don't.", False),
        ("en", "You sing.", "Ned Tull:「Never.」", False),
        ("zh", "你怕水，从不下河。", "柳娘:「他怕水。」", True),
        ("zh", "你怕，水也怕。", "柳娘:「他怕水。」", False),  # no pair across a comma
        ("zh", "这是你的，那是他的。", "这是他的，那是你的。", False),
        ("zh", "你认得 Watson。", "Watson 来了。", True),
        ("zh", "", "柳娘:「他怕水。」", False),
    ],
)
def test_a_content_word_of_the_text_stands_in_a_passage(
    language: Language, text: str, passage: str, shares: bool
) -> None:
    assert shares_content(text, ["", passage], language) is shares
    assert not shares_content(text, [], language)
