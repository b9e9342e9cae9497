import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.generate.statements import cited_sentences, take_citations
from dramaturg.text import words


@pytest.mark.parametrize(
    ("text", "plain", "numbers"),
    [
        ("[3] 你怕水。", "你怕水。", (3,)),
        ("你怕水[3]。", "你怕水。", (3,)),
        ("你怕水。【2】［5］", "你怕水。", (2, 5)),
        ("你怕水（片段3、4）。", "你怕水。", (3, 4)),
        ("You row [1, 3] and swim [2].", "You row and swim.", (1, 3, 2)),
        ("You row. [scene 12]", "You row.", (12,)),
        ("[[4]] You row (scenes 4).", "You row.", (4,)),
        ("You row.", "You row.", ()),
        ("You [sic] row in 1893.", "You [sic] row in 1893.", ()),
    ],
)
def test_citations_are_read_and_taken_off(text: str, plain: str, numbers: tuple[int, ...]) -> None:
    assert take_citations(text) == (plain, numbers)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("你摆渡。[1][2] 你怕水，[3]不去。你贪。", [("你摆渡。", (1, 2)), ("你怕水，不去。", (3,)), ("你贪。", ())]),
        ("[1] 你是摆渡的。[2] 你怕水。", [("你是摆渡的。", (1,)), ("你怕水。", (2,))]),
        ("1. 你贪财【4】\n- 你怕水（3）", [("你贪财", (4,)), ("你怕水", (3,))]),
        ("你常说“不怕！你吃。”[1] 她笑了。[2]", [("你常说“不怕！你吃。”", (1,)), ("她笑了。", (2,))]),
        ("你喊了声“救命！”就跑。[1]", [("你喊了声“救命！”就跑。", (1,))]),
        ("You live with Mr. J. Pike. [1] You row.", [("You live with Mr. J. Pike.", (1,)), ("You row.", ())]),
        ('You cry "Help! Fire!" and run [2]. Always.', [('You cry "Help! Fire!" and run.', (2,)), ("Always.", ())]),
        ("You wait... then you go. [5]", [("You wait... then you go.", (5,))]),
        ("", []),
        ("[7]", []),
    ],
)  # fmt: skip
def test_a_sentence_has_the_citations_behind_it_or_before_it(text: str, sentences: list[object]) -> None:
    assert cited_sentences(text) == sentences


@given(st.text("天地。！…[]1 2【】“”\"'.aB\n（3）-", max_size=60))
def test_no_word_is_lost_but_those_of_citations(text: str) -> None:
    found = cited_sentences(text)
    assert all(words(plain) for plain, _ in found)
    whole = "".join(each for line in text.splitlines() for each in take_citations(line)[0] if each in "天地aB")
    assert "".join(each for plain, _ in found for each in plain if each in "天地aB") == whole
