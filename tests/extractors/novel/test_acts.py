import pytest

from extractors.novel.acts import find_paragraphs
from extractors.reading import SourceText


def acts(text: str, **marked: object) -> list[tuple[int, str]]:
    return [
        (paragraph.act_id, text[paragraph.start : paragraph.end])
        for paragraph in find_paragraphs(SourceText(text, "utf-8", **marked))
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "第一回　风雪惊变",
        "第十二章",
        "第３节 归来",
        "第一百零八回: 聚义",
        "楔子",
        "尾声",
        "Chapter 1",
        "CHAPTER XII. The Return",
        "Chapter Twenty-One: A Visit",
        "Part Two",
        "Epilogue",
        "IV. The Moor",
        "第三章雨夜来客",
        "第廿三回 归来",
        "第五章、归来",
        "Volume the Second",
        "Letter 4",
        "Book the First: Recalled",
        "Act Two",
    ],
)
def test_a_heading_opens_an_act(heading: str) -> None:
    text = f"前言在此。\n\n{heading}\n\n正文。\n"
    assert acts(text) == [(0, "前言在此。"), (1, heading), (1, "正文。")]


@pytest.mark.parametrize(
    "line",
    [
        "第一回他来时，天还没亮。",
        "Chapter and verse were quoted at him.",
        "Part of it was true.",
        "Act now.",
        "Book closed.",
        "i. e. the door.",
        "J. Smith said he would come.",
        "I. He left.",
        "X. was late, and so was he,",
        "C. Wood came by.",
        "D. Wood",
        "X. said he would come",
    ],
)
def test_a_sentence_that_begins_like_a_heading_is_none(line: str) -> None:
    assert {act for act, _ in acts(f"前言。\n\n{line}\n\n正文。\n")} == {0}


WRAPPED = "It was late, and the\nlamps were out in all\nof the street.\n\n"


@pytest.mark.parametrize("heading", ["IV.", "IV. The Moor", "XI. THE MOOR.", "V. Is It He?"])
def test_where_lines_are_wrapped_a_number_that_stands_alone_is_a_heading(heading: str) -> None:
    assert {act for act, _ in acts(f"{WRAPPED}{heading}\n\n{WRAPPED}")} == {0, 1}


@pytest.mark.parametrize(
    "lines", ["nobody but you and\nI. We left", "I. Wood said that\nhe would", "they asked for Mr. B.\nX. Hale"]
)
def test_where_lines_are_wrapped_a_number_that_begins_or_ends_no_block_is_none(lines: str) -> None:
    assert acts(f"{WRAPPED}{lines}\n\n{WRAPPED}")[1] == (0, lines)


def test_headings_that_the_format_marks_are_the_only_ones() -> None:
    text = "Dawn\nChapter 1 of the report was lost.\n"
    assert [act for act, _ in acts("Preface.\n" + text, headings=((9, 13),))] == [0, 1, 1]


def test_a_heading_first_of_all_opens_act_0() -> None:
    assert acts("第一回\n正文。\n") == [(0, "第一回"), (0, "正文。")]


def test_a_paragraph_is_a_line_without_its_indent() -> None:
    assert acts("　　一句。\r\n　　二句。\r\n") == [(0, "一句。"), (0, "二句。")]


def test_files_joined_into_one_leave_their_byte_order_marks_outside_the_lines() -> None:
    assert acts("第一章\n\n雨。\n\ufeff第二章\n\n\ufeff“来。”\n") == [
        (0, "第一章"),
        (0, "雨。"),
        (1, "第二章"),
        (1, "“来。”"),
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\r\r\n"])
def test_hard_wrapped_lines_are_joined_whatever_ends_them(newline: str) -> None:
    text = ("Chapter 1\n\n" + WRAPPED * 2).replace("\n", newline)
    paragraph = WRAPPED.strip().replace("\n", newline)
    assert [line for _, line in acts(text)] == ["Chapter 1", paragraph, paragraph]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = "It was late, and the\nlamps were out in all\nof the street.\n\nNobody came, though he\nhad said he would.\n"
    assert [line for _, line in acts(text)] == [
        "It was late, and the\nlamps were out in all\nof the street.",
        "Nobody came, though he\nhad said he would.",
    ]


def test_rows_of_stars_and_blank_lines_are_no_paragraphs() -> None:
    assert [line for _, line in acts("一。\n\n* * *\n\n＊＊＊\n\n二。\n")] == ["一。", "二。"]


def test_a_part_and_its_first_chapter_are_one_act() -> None:
    assert acts("Part One\n\nChapter 1\n\nRain.\n\nChapter 2\n\nSun.\n") == [
        (0, "Part One"),
        (0, "Chapter 1"),
        (0, "Rain."),
        (1, "Chapter 2"),
        (1, "Sun."),
    ]


def test_what_gutenberg_puts_around_a_book_is_not_of_the_book() -> None:
    text = (
        "The licence.\n\n*** START OF THE PROJECT GUTENBERG EBOOK RAIN ***\n\nRain.\n\n"
        "*** END OF THE PROJECT GUTENBERG EBOOK RAIN ***\n\nMore licence.\n"
    )
    assert acts(text) == [(0, "Rain.")]


def test_the_lines_of_a_format_that_marks_its_paragraphs_are_never_joined() -> None:
    text = "the rain it rains\non every roof\nand none knows why\n"
    assert [line for _, line in acts(text, headings=())] == text.splitlines()
    assert [line for _, line in acts(text)] == [text.strip()]


def test_of_books_after_books_each_is_read_and_nothing_between_them() -> None:
    def book(title: str) -> str:
        mark = f"OF THE PROJECT GUTENBERG EBOOK {title} ***"
        return f"Licence.\n\n*** START {mark}\n\nChapter 1\n\n{title}.\n\n*** END {mark}\n\nMore licence.\n\n"

    assert acts(book("RAIN") + book("SUN")) == [(0, "Chapter 1"), (0, "RAIN."), (1, "Chapter 1"), (1, "SUN.")]


@pytest.mark.parametrize("end", ["End of the Project Gutenberg EBook of Rain", "End of Project Gutenberg's Rain"])
def test_the_line_that_says_a_book_is_over_is_not_of_the_book(end: str) -> None:
    text = f"Rain.\n\n{end}, by Nobody\n\n*** END OF THIS PROJECT GUTENBERG EBOOK RAIN ***\n\nLicence.\n"
    assert acts(text) == [(0, "Rain.")]


def test_a_book_that_does_not_say_where_it_ends_is_kept() -> None:
    start = "*** START OF THIS PROJECT GUTENBERG EBOOK ***\n\n"
    assert [line for _, line in acts(f"{start}Rain.\n\n{start}Sun.\n")] == ["Rain.", "Sun."]


def test_hard_wrapped_chinese_is_read_on_to_the_next_indent() -> None:
    text = (
        "　　雨下了整整一夜，周铁山坐在灯下\n，把那封信又看了一遍，然后慢慢折\n好。\n　　“你还不睡？”\n"
        "　　“就睡，就睡，只是这信里有一句\n话，我总想不明白。”\n"
    )
    assert [paragraph for _, paragraph in acts(text)] == [
        "雨下了整整一夜，周铁山坐在灯下\n，把那封信又看了一遍，然后慢慢折\n好。",
        "“你还不睡？”",
        "“就睡，就睡，只是这信里有一句\n话，我总想不明白。”",
    ]


def test_a_text_that_has_lost_its_paragraphs_is_cut_between_speeches() -> None:
    text = "“你来了？”张三道。“来了。”" * 400
    assert {paragraph for _, paragraph in acts(text)} == {"“你来了？”张三道。", "“来了。”"}


def test_it_is_not_cut_at_a_quote_inside_a_quote() -> None:
    text = "“他问我。『谁？』我说是你。”张三道。" * 400
    assert {paragraph for _, paragraph in acts(text)} == {"“他问我。『谁？』我说是你。”张三道。"}


def test_it_is_cut_at_the_marks_that_most_quotes_have() -> None:
    text = "『雨』写得好。" + "“你来了？”张三道。“来了。”" * 400
    assert [paragraph for _, paragraph in acts(text)][:3] == ["『雨』写得好。", "“你来了？”张三道。", "“来了。”"]
