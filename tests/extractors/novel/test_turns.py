import pytest

from dramaturg.cast import CastMember
from extractors.novel.acts import find_paragraphs
from extractors.novel.mentions import Mentions
from extractors.novel.quotes import find_pieces
from extractors.novel.speakers import attribute
from extractors.novel.turns import Turn, find_turns
from extractors.reading import SourceText

CAST = (
    CastMember(name="Ann", gender="F"),
    CastMember(name="Ned", gender="M"),
    CastMember(name="Mrs. Pell", gender="F"),
)


def turns(text: str) -> list[list[str]]:
    """The quotes of each turn."""
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    found = find_turns(text, pieces, Mentions(text, pieces, CAST, "en"), "en")
    return [[text[pieces[number].start : pieces[number].end] for number in turn.quotes] for turn in found]


@pytest.mark.parametrize(
    "text",
    [
        "“Come in,” said Ann. “We are late,” said Ned.",
        "“Come in,” said Ann, and Ned added: “We are late,”",
        "“Come in,” said Ann, while Ned, who stood behind her, muttered, “We are late,”",
        "“Come in,” he whispered. “We are late,” she answered.",
        "Ann said, “Come in,” and Ned answered, “We are late,”",
        "Ann said: “Come in,” Ned said: “We are late,”",
    ],
)
def test_a_paragraph_whose_tags_name_two_speakers_is_two_turns(text: str) -> None:
    assert turns(text) == [["Come in,"], ["We are late,"]]


def test_a_quote_without_a_tag_goes_with_the_one_before_it() -> None:
    text = "“Come in,” said Ann. “Sit.” She pushed a chair to the fire, and Ned replied, “We are late.”"
    assert turns(text) == [["Come in,", "Sit."], ["We are late."]]


@pytest.mark.parametrize(
    "text",
    [
        "“Come in,” said Ann, “we are late.”",
        "“Come in,” said Ann. Then she added, “We are late.”",
        "“Come in,” said Ann to Ned, adding, “We are late.”",
        "“Come in,” said Ann, looking at Ned, and whispered, “We are late.”",
        "“Come in,” said Ann (and Ned thought she cried as she said it), “we are late.”",
        "“Come in,” said Ann. Ned said nothing. “We are late.”",
        "“Come in,” said Ann. “We are late.” Ned sighed.",
        "“Come in,” said Ann. Ned’s mother laughed. “We are late.”",
    ],
)
def test_a_paragraph_in_which_no_tag_names_another_is_one_turn(text: str) -> None:
    assert len(turns(text)) == 1


def test_the_two_speakers_of_a_paragraph_are_told_apart() -> None:
    text = "Ann had come to see Ned.\n\n“Come in,” said Ned, and Ann answered: “We are late.”"
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    found = attribute(text, pieces, CAST, "en")
    assert [each.role for each in found if each is not None] == ["Ned", "Ann"]


KIN = (CastMember(name="张三", gender="M"), CastMember(name="李四娘", aliases=("四娘",), gender="F"))


def chinese_turns(text: str) -> list[Turn]:
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "zh")
    return find_turns(text, pieces, Mentions(text, pieces, KIN, "zh"), "zh")


@pytest.mark.parametrize(
    ("text", "tagged", "described"),
    [
        ("张三的妻子道：“来。”", None, "张三的妻子"),
        ("他父亲叹道：“来。”", None, "他父亲"),
        ("张三大哥道：“来。”", "张三", None),
        ("他旁边的四娘说道：“来。”", "李四娘", None),
        ("没等张三开口，四娘道：“来。”", "李四娘", None),
        ("四娘看见张三，冷笑道：“来。”", "李四娘", None),
        ("“来。”张三没说话。", None, None),
    ],
)
def test_who_is_said_to_speak_in_chinese(text: str, tagged: str | None, described: str | None) -> None:
    (turn,) = chinese_turns(text)
    assert (turn.tagged, turn.described) == (tagged, described)


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("张三道：“一。”四娘道：“二。”", ["张三", "李四娘"]),
        ("张三道：“一。”门开了。四娘笑着说道：“二。”张三道：“三。”", ["张三", "李四娘", "张三"]),
        ("她道：“一。”张三道：“二。”", [None, "张三"]),
        ("“一。”四娘道。“二。”他道。", ["李四娘", None]),
        ("张三道：“一。”又道：“二。”", ["张三"]),
        ("“一。”张三道：“二。”", ["张三"]),
        ("“一。”张三道。“二。”四娘道。", ["张三", "李四娘"]),
    ],
)
def test_a_tag_with_a_colon_is_that_of_the_quote_behind_it_where_the_one_before_has_its_own(
    text: str, speakers: list[str]
) -> None:
    assert [turn.tagged for turn in chinese_turns(text)] == speakers


@pytest.mark.parametrize("text", ["“Come in,” Ned’s mother said.", "“Come in,” said Ned’s mother."])
def test_whose_kin_speaks_is_not_who_speaks(text: str) -> None:
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    (turn,) = find_turns(text, pieces, Mentions(text, pieces, CAST, "en"), "en")
    assert (turn.tagged, turn.described) == (None, "Ned’s mother")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ned locked the door.\n\n“Come in.”", False),
        ("Ned locked the door. Then Ann spoke.\n\n“Come in.”", True),
        ("She heard Ann’s voice.\n\n“Come in.”", True),
        ("Ann spoke. Ned locked the door.\n\n“Come in.”", False),
    ],
)
def test_a_sentence_before_a_turn_may_announce_it(text: str, expected: bool) -> None:
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    (turn,) = find_turns(text, pieces, Mentions(text, pieces, CAST, "en"), "en")
    assert turn.announced is expected


def test_narration_may_open_a_turn_and_end_it() -> None:
    opened, ended, neither = chinese_turns("张三坐下，“来。”\n\n“来。”张三坐下。\n\n“来。”")
    assert (opened.opens_told, opened.ends_told) == (True, False)
    assert (ended.opens_told, ended.ends_told) == (False, True)
    assert (neither.opens_told, neither.ends_told) == (False, False)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("He sat. “Sir, we are late.”", "M"),
        ("He sat. “We are late, ma’am.”", "F"),
        ("He sat. “The lady is late.”", None),
    ],
)
def test_a_quote_may_call_sir_or_madam_where_it_begins_or_ends(text: str, calls: str | None) -> None:
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    (turn,) = find_turns(text, pieces, Mentions(text, pieces, CAST, "en"), "en")
    assert turn.calls == calls


def test_a_chinese_quote_may_call_its_hearer_where_it_begins() -> None:
    (turn,) = chinese_turns("她坐下。“爸爸，来。”")
    assert turn.calls == "M"
