import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import SourceError
from extractors.reading import read_text

NOVEL = "第一回\r\n\r\n　　“你來。”張三道。\r\n　　風停了，雨也住了，他們一同走了出去。\r\n" * 20


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("gb18030", "gb18030"),
        ("big5", "cp950"),
    ],
)
def test_a_texts_encoding_is_found_and_its_newlines_stay(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "novel.txt"
    path.write_bytes(NOVEL.encode(encoding))
    read = read_text(path)
    assert (read.text, read.encoding) == (NOVEL, found)


def test_an_english_text_with_a_few_curly_quotes_is_not_taken_for_chinese(tmp_path: Path) -> None:
    text = "“I don’t know,” he said, and shut the door behind him. It rained all the way home.\n" * 20
    path = tmp_path / "novel.txt"
    path.write_bytes(text.encode("cp1252"))
    assert read_text(path).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("　　“不去，明日再说。”王五问道。\n　　“不去？”\n　　“不去！”\n　　“……”\n" * 400, "gb18030"),
        ("　　「那裏？」他問。\n　　「這裏，恒記。」\n" * 400, "cp950"),
        ("“你来。”张三道。", "gb18030"),
        ("「你來。」張三道。", "cp950"),
    ],
    ids=["all talk", "characters beyond Big5", "a line of GBK", "a line of Big5"],
)
def test_chinese_is_known_by_its_commonest_characters(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "novel.txt"
    path.write_bytes(text.encode(encoding))
    read = read_text(path)
    assert (read.text, read.encoding) == (text, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp950", "utf-16"])
def test_a_text_is_read_over_what_is_broken_and_says_so(tmp_path: Path, encoding: str) -> None:
    text = NOVEL * 3 + "“走”"
    path = tmp_path / "novel.txt"
    path.write_bytes(text.encode(encoding)[:-1])
    read = read_text(path)
    assert (read.text, read.encoding) == (text[:-1] + "\ufffd", f"{encoding} (broken characters: 1)")


def test_a_byte_broken_in_english_does_not_make_it_windows_1252(tmp_path: Path) -> None:
    text = "“I don’t know,” he said. It rained all the way home.\n"
    path = tmp_path / "novel.txt"
    path.write_bytes(text.encode() * 40 + b"\xe9\n" + text.encode())
    assert read_text(path).text == text * 40 + "\ufffd\n" + text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["“Come in,” said Holmes.\n“I will,” said Watson.\n" * 20, NOVEL])
def test_utf_16_is_known_without_a_byte_order_mark(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "novel.txt"
    path.write_bytes(text.encode(encoding))
    assert read_text(path).text == text


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("novel.txt", b"", "empty"),
        ("novel.txt", b"\n \n", "empty"),
        ("novel.txt", b"\x7fELF\x02\x01\x01\0\0\0\0\xff\xfe\x80" * 40, "not a text"),
        ("novel.txt", b"words\0words", "NUL"),
        ("novel.txt", b"rains\0" + b"rain" * 20, "NUL"),
        ("novel.txt", "「来い。」と言った。".encode("shift_jis") * 40, "not a text"),
        ("novel.txt", "雨が降った。\n".encode()[::-1] * 40, "not a text"),
        ("novel.txt", b"%PDF-1.7\n", "PDF"),
        ("novel.epub", b"%PDF-1.7\n", "PDF"),
        ("novel.txt", rb"{\rtf1\ansi Rain.}", "Word"),
        ("novel.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word"),
        ("novel.html", b"<!DOCTYPE html><p>Rain.", "an HTML page: use kind: web"),
        ("novel.html", b"<p>Rain.", "an HTML page: use kind: web"),
        ("novel.txt", b"<html><p>Rain.", "an HTML page: use kind: web"),
        ("novel.txt", b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<html><p>Rain.", "an HTML page: use kind: web"),
        ("novel.txt", b"PK\x03\x04 and no archive", "not a readable EPUB"),
        ("novel.epub", b"plain text", "not a readable EPUB"),
    ],
)
def test_what_is_no_novel_is_one_clear_line(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_text(path)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "size"), [("novel.txt", 100_000_000), ("novel.epub", 400_000_000)])
def test_a_file_too_large_for_memory_is_one_clear_line(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(size)
    with pytest.raises(SourceError, match="cut it into its volumes"):
        read_text(path)


_ENCODED = st.builds(
    lambda text, encoding: text.encode(encoding, "ignore"),
    st.lists(st.sampled_from(["“来。”", "他說。", "Rain ", "\r\n", "é", "😀"]) | st.text(max_size=2), max_size=40).map(
        "".join
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030", "cp950", "cp1252"]),
)
_BYTES = st.builds(lambda before, junk, after: before + junk + after, _ENCODED, st.binary(max_size=8), _ENCODED)


@given(_BYTES)
def test_any_bytes_are_a_text_that_can_be_written_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(data)
    try:
        read = read_text(path).text
    except SourceError as error:
        read, *more = str(error).splitlines()
        assert not more
    assert read.encode().strip()


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_text(tmp_path / "missing.txt")


def epub(path: Path, *pages: str) -> Path:
    from ebooklib import epub as ebook

    book = ebook.EpubBook()
    book.set_identifier("test")
    book.set_title("Test")
    book.set_language("en")
    items = []
    for number, page in enumerate(pages):
        item = ebook.EpubHtml(title=f"Page {number}", file_name=f"page{number}.xhtml")
        item.content = f"<html><body>{page}</body></html>"
        book.add_item(item)
        items.append(item)
    book.toc = items
    book.spine = ["nav", *items]
    book.add_item(ebook.EpubNcx())
    book.add_item(ebook.EpubNav())
    ebook.write_epub(str(path), book)
    return path


def replace(path: Path, ending: str, content: bytes) -> None:
    """An archive's file whose name ends so, replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, before in members.items():
            archive.writestr(name, content if name.endswith(ending) else before)


def test_an_epub_is_its_spines_blocks_line_by_line_with_its_headings(tmp_path: Path) -> None:
    path = epub(
        tmp_path / "novel.epub",
        "<h2>One</h2><p>It  was\n <em>late</em>.</p><hr/><div>She<br/>left.</div>",
        "<h2>Two</h2><p>漢<ruby>字<rt>zi</rt></ruby>。</p><script>no()</script>tail",
    )
    read = read_text(path)
    assert read.text == "One\nIt was late.\n* * *\nShe left.\nTwo\n漢字。\ntail\n"
    assert [read.text[start:end] for start, end in read.headings or ()] == ["One", "Two"]


@pytest.mark.parametrize(
    "page",
    [
        ("<html><body>" + "<div>" * 300 + "天亮了。" + "</div>" * 300 + "</body></html>").encode(),
        '<?xml version="1.0" encoding="gb2312"?><html><body><p>天亮了。</p></body></html>'.encode("gb2312"),
        "<html><body><p>天亮了。</p></body></html>".encode("utf-16"),
    ],
    ids=["deep", "gb2312", "utf-16"],
)
def test_no_page_of_an_epub_is_lost(tmp_path: Path, page: bytes) -> None:
    path = epub(tmp_path / "novel.epub", "<p>a</p>", "<p>b</p>", "<p>c</p>")
    replace(path, "page1.xhtml", page)
    assert read_text(path).text == "a\n天亮了。\nc\n"


PAGE = "<html><head><title>一</title></head><body><p>天亮了。</p></body></html>"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (f'<?xml version="1.0" encoding="gb2312"?>{PAGE}'.encode(), "天亮了。"),
        (
            PAGE.replace("天亮了。", "朱镕囍堃").join(['<?xml version="1.0" encoding="gb2312"?>', ""]).encode("gbk"),
            "朱镕囍堃",
        ),
        (PAGE.replace("天亮了。", "encoding=big5，他说。").encode(), "encoding=big5，他说。"),
        (PAGE.replace("天亮了。", "Dawn. " * 40).encode("utf-16-le"), ("Dawn. " * 40).strip()),
        (b'<meta charset="iso-8859-1"><p>\x93Rain\x94</p>', "“Rain”"),
        ('<meta charset="big5"><p>這裏</p>'.encode("cp950"), "這裏"),
        ("<p>天亮了，他也走了。</p>".encode("gbk"), "天亮了，他也走了。"),
        (b'<meta charset="unicode_escape"><p>\\ud800 caf\xe9</p>', "\\ud800 café"),
        (b'<meta charset="undefined"><p>It rained in the caf\xe9</p>', "It rained in the café"),
    ],
    ids=[
        "UTF-8 that says gb2312",
        "GBK that says gb2312",
        "UTF-8 that tells of big5",
        "UTF-16 without a mark",
        "Windows-1252 that says iso-8859-1",
        "characters beyond Big5",
        "GBK that says nothing",
        "a codec that is no encoding",
        "a codec that always fails",
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_is_in(tmp_path: Path, page: bytes, text: str) -> None:
    path = epub(tmp_path / "novel.epub", "<p>a</p>", "<p>b</p>")
    replace(path, "page1.xhtml", page)
    assert read_text(path).text == f"a\n{text}\n"


def test_a_page_nested_deeper_than_it_can_be_read_is_not_lost_in_silence(tmp_path: Path) -> None:
    path = epub(tmp_path / "novel.epub", "<p>a</p>", "<p>b</p>")
    replace(path, "page1.xhtml", f"<html><body>{'<div>' * 3_000}Rain.{'</div>' * 3_000}</body></html>".encode())
    with pytest.raises(SourceError, match=r"novel\.epub: .*page1\.xhtml: .*nested too deep"):
        read_text(path)


@pytest.mark.parametrize(
    ("heading", "lines"),
    [
        ("<h2><span>One</span><div>The Moor</div></h2>", ["One", "The Moor"]),
        ("<h2>One<br/>The Moor</h2><div>a<br/>b<br/></div>", ["One", "The Moor"]),
        ("<h2>One <em>Moor</em></h2><h2> </h2>tail", ["One Moor"]),
    ],
)
def test_each_line_of_a_heading_is_one(tmp_path: Path, heading: str, lines: list[str]) -> None:
    read = read_text(epub(tmp_path / "novel.epub", f"{heading}<div>Rain.</div>"))
    assert [read.text[start:end] for start, end in read.headings or ()] == lines


@given(
    st.lists(
        st.sampled_from(["<h2>", "</h2>", "<p>", "<br/>", "<!--", "<![CDATA[", "&#0;", "<svg>", "Rain"])
        | st.text(max_size=3)
    )
)
def test_any_page_is_lines_some_of_them_headings(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    path = epub(tmp_path_factory.getbasetemp() / "any.epub", "<p>Begin.</p>", "<p>End.</p>")
    replace(path, "page0.xhtml", "".join(["<p>Begin.</p>", *parts]).encode("utf-8", "replace"))
    read = read_text(path)
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+", read.text)]
    assert read.text.startswith("Begin.")
    assert read.text.endswith("End.\n")
    assert all(read.text[start:end] == read.text[start:end].strip() for start, end in lines)
    assert set(read.headings or ()) <= set(lines)


def test_an_epub_without_text_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no text"):
        read_text(epub(tmp_path / "novel.epub", "<p> </p>"))


def test_an_archive_that_is_no_epub_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "novel.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(SourceError, match="not a readable EPUB"):
        read_text(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "novel.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.xhtml", b"\0" * 100_000_000)
    with pytest.raises(SourceError, match="unpacks to more than"):
        read_text(path)


def test_what_is_listed_again_and_again_is_not_unpacked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractors.reading._LARGEST_EPUB", 100_000)
    path = epub(tmp_path / "novel.epub", "<p>Rain.</p>" * 200)
    assert read_text(path).text.startswith("Rain.\n")
    with zipfile.ZipFile(path) as archive:
        listed = archive.read("EPUB/content.opf").decode()
    again = "".join(
        f'<item id="again{n}" href="page0.xhtml" media-type="application/xhtml+xml"/></manifest>' for n in range(60)
    ).replace("</manifest>", "")
    replace(path, "content.opf", listed.replace("</manifest>", f"{again}</manifest>").encode())
    with pytest.raises(SourceError, match="unpacks to more than"):
        read_text(path)


def test_a_page_that_the_spine_names_twice_is_read_once(tmp_path: Path) -> None:
    path = epub(tmp_path / "novel.epub", "<p>Rain.</p>")
    with zipfile.ZipFile(path) as archive:
        listed = archive.read("EPUB/content.opf").decode()
    named = '<itemref idref="chapter_0"/>'
    assert named in listed
    replace(path, "content.opf", listed.replace(named, named * 3).encode())
    assert read_text(path).text == "Rain.\n"


@pytest.mark.parametrize("contents", [b"", b"<html><body><p>No list.</p></body></html>"])
def test_a_book_is_read_without_its_table_of_contents(tmp_path: Path, contents: bytes) -> None:
    path = epub(tmp_path / "novel.epub", "<p>Rain.</p>")
    replace(path, "nav.xhtml", contents)
    assert read_text(path).text == "Rain.\n"


def test_of_ruby_only_the_text_is_read(tmp_path: Path) -> None:
    ruby = "<ruby>漢<rp>(</rp><rt>han</rt><rp>)</rp>字<rtc><rt>zi</rt> x</rtc></ruby>"
    assert read_text(epub(tmp_path / "novel.epub", f"<p>{ruby}。</p>")).text == "漢字。\n"


def test_notes_and_the_marks_that_refer_to_them_are_set_aside(tmp_path: Path) -> None:
    path = epub(
        tmp_path / "novel.epub",
        '<section epub:type="copyright-page"><p>All rights.</p></section><p>“Go<a epub:type="noteref">1</a> on.”</p>',
        '<p>Rain.</p><aside epub:type="footnote"><p>A note.</p></aside><p role="doc-endnote">Another.</p>',
    )
    assert read_text(path).text == "“Go on.”\nRain.\n"


def test_line_breaks_part_paragraphs_only_where_there_are_no_others(tmp_path: Path) -> None:
    path = epub(tmp_path / "novel.epub", "<p>“One<br/>two.”</p><p>Three.</p>", "<div>Four.<br/>Five.<br/>Six.</div>")
    assert read_text(path).text == "“One two.”\nThree.\nFour.\nFive.\nSix.\n"


def test_a_list_of_what_is_encrypted_takes_no_time_to_read(tmp_path: Path) -> None:
    path = epub(tmp_path / "novel.epub", "<p>Rain.</p>")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/encryption.xml", "<CipherReference " * 200_000)
    started = time.process_time()
    read_text(path)
    assert time.process_time() - started < 10  # an hour, when each looked for its end in all that follows


@pytest.mark.parametrize(("name", "is_locked"), [("EPUB/page0.xhtml", True), ("EPUB/font.otf", False)])
def test_an_epub_is_locked_where_more_than_its_fonts_is_encrypted(tmp_path: Path, name: str, is_locked: bool) -> None:
    path = epub(tmp_path / "novel.epub", "<p>Rain.</p>")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "META-INF/encryption.xml",
            f'<encryption><EncryptedData><CipherData><CipherReference URI="{name}"/></CipherData></EncryptedData>'
            "</encryption>",
        )
    if is_locked:
        with pytest.raises(SourceError, match="locked"):
            read_text(path)
    else:
        assert read_text(path).text == "Rain.\n"


def test_entities_are_not_expanded_without_end(tmp_path: Path) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    page = f'<?xml version="1.0"?><!DOCTYPE html [{entities}]><html><body><p>Rain &a9;</p></body></html>'
    path = epub(tmp_path / "novel.epub", "<p>a</p>", "<p>b</p>")
    replace(path, "page1.xhtml", page.encode())
    assert len(read_text(path).text) < 2_000
