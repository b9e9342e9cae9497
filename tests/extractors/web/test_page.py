import time
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dramaturg.errors import SourceError
from extractors.reading import Place
from extractors.web import PageText, read_page, read_pages
from tests.extractors.web.layouts import JUNK, LAYOUTS, Turn

CHINESE = "<p>韦小宝：你在这里等我，不要走开。</p>\n<p>双儿：是，相公，我不走。</p>\n" * 5
_WORDS = st.text(st.sampled_from("abcdefg ABC 你我他说了人一不,.!?'\"“”，。！？…—&<>0123"), min_size=1, max_size=60)
_SAID = _WORDS.map(lambda said: " ".join(said.split())).filter(lambda said: any(map(str.isalnum, said)))
_NAMES = st.sampled_from(["Ann", "Old Bob", "韦小宝", "O'Hara & Sons", "Guard #2"])
TURNS = st.lists(st.tuples(_NAMES, _SAID), min_size=1, max_size=25).filter(
    lambda turns: sum(len(said) for _, said in turns) >= 25  # with less, a page shows more of its frame than of them
)


def read(page: str, **how: str) -> str:
    return read_page(page.encode(), "page", **how).text


def refusal(page: bytes | str, within: float = 5, **how: str) -> str:
    began = time.process_time()
    with pytest.raises(SourceError) as caught:
        read_page(page if isinstance(page, bytes) else page.encode(), "page", **how)
    assert time.process_time() - began < within
    said = str(caught.value)
    assert said.startswith("page: ")
    assert len(said.splitlines()) == 1
    return said


# --- lines -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=60)
@given(turns=TURNS)
def test_what_a_page_shows_is_read_line_by_line(layout: str, turns: list[Turn]) -> None:
    lines = read(LAYOUTS[layout](turns)).splitlines()
    wanted = [f"{name}: {said}" for name, said in turns]
    assert [line for line in lines if line in wanted] == wanted
    assert [line for line in lines if line not in wanted and line in JUNK] == []
    assert len(lines) <= len(wanted) + 3  # a title, and the headings of acts


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<p>a b</p><p>c</p>", ["a b", "c"]),
        ("a b<br>c<br/>\n  d", ["a b", "c", "d"]),
        ("<div>a b<div>c</div>d</div>", ["a b", "c", "d"]),
        ("<p>a\n   b&nbsp;\u3000c</p>", ["a b c"]),
        ("<p>a <i>b</i><b>c</b> d</p>", ["a bc d"]),
        ("<p>a b</p><hr><p>c</p>", ["a b", "* * *", "c"]),
        ("<b>Ann:</b> Come in.<br><strong>Bob</strong>: No.", ["Ann: Come in.", "Bob: No."]),
        ("a b</br>c<p>d</p>e</p>f<div>g</P>h</div>", ["a b", "c", "d", "e", "f", "g", "h"]),
        ("<ul><li>a b</li><li>c<ul><li>d</li></ul></li></ul>", ["a b", "c", "d"]),
        ("<blockquote>a b<p>c</p></blockquote>", ["a b", "c"]),
        ("<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字</p>", ["漢字"]),
        ("<p>a<!-- b -->c</p><p hidden>d</p><p style='display: none'>e</p>", ["ac"]),
        ("<p>&lt;p&gt; &amp;amp; &#x4f60; &eacute; &hellip;</p>", ["<p> &amp; 你 é …"]),
        ("<pre>\n  a  b\n\n\tc\n</pre><p>d e</p>", ["  a  b", "", "\tc", "d e"]),
        ("<pre><b>Ann:</b>  Come in.\r\n<b>Bob:</b>  No.</pre>", ["Ann:  Come in.", "Bob:  No."]),
        ('<div style="white-space: pre-wrap">a  b\nc</div>', ["a  b", "c"]),
    ],
)
def test_lines_are_those_that_a_reader_sees(body: str, lines: list[str]) -> None:
    assert read(f"<html><body>{body}</body></html>").split("\n")[:-1] == lines


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("<tr><td>Ann</td><td>Come in.</td></tr>", ["Ann: Come in."]),
        ("<tr><th>Ann</th><td>Come in.</td></tr>", ["Ann: Come in."]),
        ("<tr><td><b>Ann:</b></td><td>Come in.</td></tr><tr><td>韦小宝：<td>好。", ["Ann: Come in.", "韦小宝： 好。"]),
        ("<tr><td>00:01</td><td>Ann</td><td>Come in.</td></tr>", ["00:01 Ann: Come in."]),
        ("<tr><td>Ann</td><td>Come in.<br>Sit down.</td></tr>", ["Ann: Come in. Sit down."]),
        ("<tr><td>Ann</td><td><p>Come in.</p></td></tr>", ["Ann: Come in."]),
        ("<tr><td></td><td>(They leave.)</td></tr>", ["(They leave.)"]),
        ("<tr><td colspan=2>(They leave.)</td></tr>", ["(They leave.)"]),
        ("<thead><tr><th>Who</th><th>Line</th></tr></thead><tr><td>Ann</td><td>No.</td></tr>", ["Ann: No."]),
        ("<tr><th colspan=2>Act one</th></tr><tr><td>Ann</td><td>No.</td></tr>", ["Act one", "Ann: No."]),
        ("<tr><td>side</td><td>a<br>b<br>c<br>d</td></tr>", ["side", "a", "b", "c", "d"]),
        (
            "<tr><td>side</td><td>a<table><tr><td>Ann</td><td>No.</td></tr></table>b</td><td>c</td></tr>",
            ["side", "a", "Ann: No.", "b", "c"],
        ),
        ("<tr><td>" + "long " * 20 + "</td><td>Come in.</td></tr>", [" ".join(["long"] * 20), "Come in."]),
    ],
)
def test_a_row_is_a_name_and_a_line(rows: str, lines: list[str]) -> None:
    assert read(f"<table>{rows}</table>").splitlines() == lines


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        ("<dt>Ann</dt><dd>Come in.</dd>", ["Ann: Come in."]),
        ("<dt>Ann<dd>Come in.<dt>Bob<dd>No.", ["Ann: Come in.", "Bob: No."]),
        ("<div><dt>Ann:</dt><dd>Come in.</dd></div>", ["Ann: Come in."]),
        ("<dt>Ann</dt><dd>Come in.</dd><dd>Sit down.</dd>", ["Ann: Come in.", "Ann: Sit down."]),
        ("<dd>Ann: Come in.</dd><dd>Bob: No.</dd>", ["Ann: Come in.", "Bob: No."]),
        ("<dt>Ann</dt><dt>Bob</dt><dd>Good night.</dd>", ["Ann", "Bob: Good night."]),
        ("<dt>Ann</dt><dd>a<br>b<br>c<br>d</dd><dd>e</dd>", ["Ann", "a", "b", "c", "d", "Ann: e"]),
        ("<dt>Ann</dt>", ["Ann"]),
        ("<dd>a<dl><dd>b<dl><dt>Ann</dt><dd>No.</dd></dl></dd></dl>c</dd>", ["a", "b", "Ann: No.", "c"]),
    ],
)
def test_a_term_and_its_description_are_a_name_and_a_line(items: str, lines: list[str]) -> None:
    assert read(f"<dl>{items}</dl>").splitlines() == lines


def test_headings_are_told_wherever_they_stand() -> None:
    page = read_page(
        b"<table><tr><td><h2>Act one</h2><p>a</p></td><td>side</td></tr></table>"
        b"<h1>The <i>Bell</i><br>III</h1><h4>b</h4>",
        "page",
    )
    assert [page.text[start:end] for start, end in page.headings] == ["Act one", "The Bell", "III"]


# --- the main block ----------------------------------------------------------------------------------------


def test_a_selector_says_which_elements_are_the_text() -> None:
    page = "<p>a</p><div class='t'><nav>n</nav><p>b</p><div class='t'>c</div></div><p>d</p><div class='t'>e</div>"
    assert read(page, selector="div.t") == "b\nc\ne\n"
    assert "nothing on the page is 'div.u'" in refusal(page, selector="div.u")
    with pytest.raises(SourceError, match=r"'div\[' is not a CSS selector"):
        read(page, selector="div[")


def test_a_page_that_calls_its_text_what_others_call_their_margin_is_read() -> None:
    assert read("<div class='sidebar'><p>Ann: Come in.</p></div>") == "Ann: Come in.\n"


def test_a_title_before_the_main_block_belongs_to_it() -> None:
    lines = "".join(f"<p>Ann: {number}, and so on.</p>" for number in range(9))
    page = f"<div class='nav'><h1>Site</h1></div><div><h1>The Bell</h1></div><div class='text'>{lines}</div>"
    read_so = read_page(page.encode(), "page")
    assert read_so.text.splitlines()[:2] == ["The Bell", "Ann: 0, and so on."]
    assert read_so.headings == ((0, 8),)


@pytest.mark.parametrize(
    "page",
    [
        "<div class='post hentry category-social-issues tag-comments has-sidebar'>{}</div>",
        "<div id='modal'><main>{}</main></div>",
        "<a name='top'><div>{}</div>",
        "<p><a href='/2'>Next</a>\n{}</p>",
        "<div><a name=1>{}</a> <a name=2></a></div>",
        "<form action='/'><input name=q>{}</form>",
    ],
)
def test_a_text_is_not_left_out_for_what_surrounds_it(page: str) -> None:
    page = "<p>Read on as you like, it is all here.</p>" + page.format("Ann: Come in.<br>Bob: No.<br>Ann: Why?<br>")
    assert read(page).splitlines()[-3:] == ["Ann: Come in.", "Bob: No.", "Ann: Why?"] or "Next Ann: Come in." in read(
        page
    )


TALK = "<p>Ann: Come in.</p><p>Bob: No.</p><p>Ann: It rains.</p>"


@pytest.mark.parametrize(
    "heading",
    [
        "<h3>3 Comments</h3>",
        "<h3>Comments (3)</h3>",
        "<h2>Leave a Reply</h2>",
        "<h4>1 Reply</h4>",
        "<h3>3 thoughts on “The lamp”</h3>",
        "<div><h3>12 comments:</h3></div>",
        "<h3>网友评论</h3>",
        "<h3>共3条评论</h3>",
        "<h3>评论（3）</h3>",
    ],
)
def test_what_stands_under_a_heading_of_comments_is_left_out(heading: str) -> None:
    page = f"<h1>The lamp</h1>{TALK}{heading}<div><p>gull: so good</p></div><p>salt: Bob is right</p>"
    assert read(page).splitlines() == ["The lamp", "Ann: Come in.", "Bob: No.", "Ann: It rains."]


@pytest.mark.parametrize(
    ("page", "last"),
    [
        (f"<h2>One</h2>{TALK}<h3>2 Comments</h3><p>gull: good</p><h2>Two</h2><p>Ann: So.</p>", "Ann: So."),
        (f"<h2>Comments</h2>{TALK}", "Ann: It rains."),
        (f"<h1>The lamp</h1><p>of May</p><h3>3 Comments</h3>{TALK}", "Ann: It rains."),
        (f"<h2>One</h2>{TALK}<h2>Comments on the weather</h2><p>Ann: Wet.</p>", "Ann: Wet."),
        (f"<h2>One</h2>{TALK}<p>3 comments</p><p>Ann: Wet.</p>", "Ann: Wet."),
    ],
)
def test_what_stands_under_another_is_not(page: str, last: str) -> None:
    assert read(page).splitlines()[-1] == last


@pytest.mark.parametrize(
    "link",
    [
        "<a href='?e'>[edit]</a>",
        "[<a href='?e'>edit</a>]",
        "<span>[<a href='?e'>edit source</a>]</span>",
        "<a href='?e'>[编辑]</a>",
    ],
)
def test_links_for_writers_are_left_out(link: str) -> None:
    assert read(f"<h2>The lamp {link}</h2>{TALK}<p>It rains. {link}</p>").splitlines() == [
        "The lamp",
        "Ann: Come in.",
        "Bob: No.",
        "Ann: It rains.",
        "It rains.",
    ]


def test_a_link_to_edit_within_a_sentence_is_not() -> None:
    assert read(f"{TALK}<p>Ann: I will <a href='?e'>edit</a> it.</p>").splitlines()[-1] == "Ann: I will edit it."


def test_a_plain_text_keeps_its_lines() -> None:
    assert read("Ann:  Come in. <3\r\n\r\nBob: No & no.") == "Ann:  Come in. <3\n\nBob: No & no.\n"


@pytest.mark.parametrize("inner", ["{}", "<span><span>{}</span></span>", "<p>{}</p>"])
def test_a_long_speech_is_not_taken_for_all_of_the_page(inner: str) -> None:
    said = [("Ann", "Come in."), ("Bob", "No. " * 200 + "No."), ("Ann", "Why?")]
    page = "".join(f"<div class='{name}'>{inner.format(f'{name}: {line}')}</div>" for name, line in said)
    assert read(page).splitlines() == [f"{name}: {line}" for name, line in said]


def test_links_that_lead_on_are_left_out_and_links_in_a_line_are_not() -> None:
    page = (
        "<p><a href='1'>Previous</a> | <a href='/'>Index</a> | <a href='3'>Next</a></p>"
        "<p><a href='/ann'>Ann</a>: Come <a href='/home'>home</a>.</p><p><a href='/bob'>Bob</a></p>"
        "<a href='1'>上一章</a> ← <a href='/'>目录</a> → <a href='3'>下一章</a>"
    )
    assert read(page).splitlines()[:2] == ["Ann: Come home.", "Bob"]
    assert "章" not in read(page)


# --- bytes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("header", [None, "iso-8859-1", "gb2312", "big5", "utf-8", "windows-1252", "nonsense"])
@pytest.mark.parametrize(
    "meta", ["", "<meta charset=utf-8>", '<meta http-equiv=X content="text/html; charset=gb2312">']
)
def test_a_wrong_charset_garbles_nothing(encoding: str, header: str | None, meta: str) -> None:
    page = f"<html><head>{meta}<script>{'var a = 1;' * 2000}</script></head><body>{CHINESE}</body></html>"
    read_so = read_page(page.encode(encoding), "page", header)
    assert read_so.text.splitlines()[0] == "韦小宝：你在这里等我，不要走开。"
    assert read_so.encoding == encoding


@pytest.mark.parametrize("header", [None, "iso-8859-1", "gb2312", "big5"])
def test_a_page_in_big5_is_known(header: str | None) -> None:
    page = "<p>韋小寶：你在這裏等我，不要走開。</p>\n<p>雙兒：是，相公，我不走了。</p>\n" * 5
    assert read_page(page.replace("裏", "裡").encode("big5"), "page", header).text.startswith("韋小寶：你在這裡等我")


@pytest.mark.parametrize("header", [None, "iso-8859-1", "windows-1252", "utf-8"])
def test_an_english_page_in_windows_1252_is_known(header: str | None) -> None:
    page = "<p>Ann: I don’t know, Monsieur Lefèvre.</p>" * 5
    assert read_page(page.encode("cp1252"), "page", header).text.startswith("Ann: I don’t know, Monsieur Lefèvre.\n")


@pytest.mark.parametrize("stated", ["gb2312", "GBK", "x-gbk"])
def test_what_is_said_counts_where_the_bytes_do_not_tell(stated: str) -> None:
    assert read_page("<p>Ann: “Oui” — 鑫淼</p>".encode("gb18030"), "page", stated).text == "Ann: “Oui” — 鑫淼\n"
    page = f"<meta charset={stated}><p>Ann: “Oui” — 鑫淼</p>"
    assert read_page(page.encode("gb18030"), "page").text == "Ann: “Oui” — 鑫淼\n"


# --- pages that are none -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b"", "holds no text"),
        (b"   \n", "holds no text"),
        (b"<html><head><title>a</title></head></html>", "holds no text"),
        (b"<html><body></body></html>", "holds no text"),
        (b"<!-- only a remark -->", "holds no text"),
        (bytes(range(256)) * 100, "not a text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(5000), "not a"),
        (b"<div>" * 100_000 + b"a", "nested too deep"),
        (b"<b><i>" * 100_000 + b"a", "nested too deep"),
        (b"<table><tr><td>" * 100_000, "nested too deep"),
        (
            b"<a " + b" ".join(b"a%d=1" % number for number in range(1_000_000)) + b">b</a>",
            "more than 3,000 attributes",
        ),
        (b"<p>a</p>" * 2_500_001, "larger than 20,000,000 bytes"),
        (
            b"<body><div id=root>Loading...</div><noscript>Turn on JavaScript</noscript><script src=app.js></script>",
            "only a program (JavaScript)",
        ),
    ],
)
def test_what_holds_no_text_is_told_in_one_line(page: bytes, said: str) -> None:
    assert said in refusal(page)


def test_entities_are_not_unfolded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    assert "root:" not in read(f"{bomb}<p>Ann: &b; &f; and so on</p>")


@pytest.mark.parametrize(
    "page",
    [
        "<p>Ann: Come in.</p>\n" * 300_000,
        "<table>" + "<tr><td>Ann<td>Come in." * 60_000 + "</table>",
        "Ann: Come in.<br>" * 300_000,
        "<a href=x>上一章</a> | " * 150_000 + "<p>Ann: Come in.</p>",
        "<" * 5_000_000 + "<p>Ann: Come in.</p>",
        "<!--" * 1_000_000 + "--><p>Ann: Come in.</p>",
        "<p>Ann: Come in.</p>" + "&#x41;" * 1_000_000,
        "<div>" * 600 + "<p>Ann: Come in.</p>" * 200_000 + "</div>" * 600,
        "<table><tr><td>" * 500 + "<p>Ann: Come in.</p>" * 200_000,
        "<p>Ann: Come in.</p><p title='" + "a " * 5_000_000 + "'>b</p>",
        "<p>Ann: Come in. Sit down. What is it?</p><script>" + "if (a <b c d " * 500_000 + "</script>",
        "<pre>" + "Ann: Come in.\n" * 400_000 + "</pre>",
    ],
    ids=lambda page: page[:16],
)
def test_a_large_page_is_read_in_bounded_time(page: str) -> None:
    began = time.process_time()
    assert "Ann: Come in." in read(page)
    assert time.process_time() - began < 15


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        page = read_page(data, "page")
    except SourceError as error:
        said = str(error)
    else:
        said = page.name
        assert page.text.strip()
    assert len(said.splitlines()) == 1


_TAGS = "p div br b table tr td th dl dt dd ul li pre h1 span a nav main article hr form ruby rt".split()


@given(
    st.lists(st.one_of(st.sampled_from(_TAGS).flatmap(lambda tag: st.sampled_from([f"<{tag}>", f"</{tag}>"])), _SAID))
)
def test_any_tags_around_a_text_lose_no_character_that_is_shown(pieces: list[str]) -> None:
    page = "".join(piece if piece[:1] == "<" and piece[-1:] == ">" else escape(piece) for piece in pieces)
    try:
        read_so = read_page(f"<p>Ann: Come in.</p>{page}".encode(), "page")
    except SourceError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
        return
    for start, end in read_so.headings:
        assert "\n" not in read_so.text[start:end]
        assert read_so.text[end] == "\n"


# --- pages together ----------------------------------------------------------------------------------------


def test_pages_are_one_text_with_a_place_each() -> None:
    first = PageText("http://a/1", "One\nAnn: a\n", ((0, 3),), "utf-8")
    second = PageText("http://a/2", "Two\nBob: b\n", ((0, 3),), "gb18030")
    read_so = read_pages([first, second, PageText("http://a/3", "c\n", (), "utf-8")])
    assert read_so.text == "One\nAnn: a\nTwo\nBob: b\nc\n"
    assert read_so.encoding == "utf-8, gb18030"
    assert [read_so.text[start:end] for start, end in read_so.headings or ()] == ["One", "Two"]
    assert read_so.places == (Place(0, 11, "http://a/1"), Place(11, 22, "http://a/2"), Place(22, 24, "http://a/3"))


def test_no_pages_are_no_text() -> None:
    with pytest.raises(SourceError, match="no pages"):
        read_pages([])
