"""Pages as sites of the usual kinds lay them out, around turns of speech that a test gives: a name and what is said.

Each layout gives a page; what is to be read from it is `Name: said`, a line a turn, and no line of `JUNK`.
"""

from collections.abc import Callable, Sequence
from html import escape

__all__ = ["JUNK", "LAYOUTS", "Turn"]

Turn = tuple[str, str]

JUNK = """
Home News Forum Login Edit View history Random page What links here
Related stories you may enjoy this weekend
The lighthouse that was sold twice Ten kettles and what they tell us about their owners
We use cookies to make this site better. Accept all Reject
Great chapter! I read it on the bus and missed my stop. Thank you for writing this, I could not stop laughing.
© The Harbour Archive. All rights reserved.
上一章 目录 下一章 加入书签 推荐本书 热门小说 山中茶客 雪夜来信 本站所有小说均为网友上传
Categories: Transcripts Season one
Written by the keeper of this page on a rainy Tuesday About the author: she keeps bees and seldom answers letters.
""".split("\n")

_SCRIPT = "<script>var a = '<p>no line</p>'; if (1 < 2) { document.write('Ann: never said'); }</script>"
_COOKIES = '<div id="cookie-consent" class="cookie-banner"><p>We use cookies to make this site better.</p></div>'


def _page(body: str, title: str = "Transcript", head: str = "") -> str:
    return (
        f"<!DOCTYPE html>\n<html><head><meta charset='utf-8'><title>{title}</title>{head}"
        f"<style>p {{ margin: 0 }}</style></head>\n<body>\n{body}\n</body></html>"
    )


def _said(turn: Turn) -> tuple[str, str]:
    return escape(turn[0]), escape(turn[1])


def wiki(turns: Sequence[Turn]) -> str:
    lines = "\n".join("<p><b>{}:</b> {}\n</p>".format(*_said(turn)) for turn in turns)
    return _page(
        f"""
<div id="mw-page-base" class="noprint"></div>
<div id="content" class="mw-body" role="main"><a id="top"></a>
<h1 id="firstHeading" class="firstHeading">The Harbour/Transcript</h1>
<div id="bodyContent"><div id="siteSub" class="noprint">From the Harbour wiki</div>
<div class="mw-jump-link"><a href="#mw-head">Jump to navigation</a></div>
<div id="mw-content-text"><div class="mw-parser-output">
<div id="toc" class="toc"><h2>Contents</h2><ul><li><a href="#a"><span>1</span> Act one</a></li></ul></div>
<h2><span class="mw-headline" id="a">Act one</span><span class="mw-editsection">[<a href="#">edit</a>]</span></h2>
{lines}
<table class="navbox"><tr><td>Episodes of season one</td><td>The Bell, The Rope and
<a href="#">others</a></td></tr></table>
</div></div>
<div id="catlinks" class="catlinks">Categories: <a href="#">Transcripts</a> | <a href="#">Season one</a></div>
</div></div>
<div id="mw-navigation"><h2>Navigation menu</h2><ul><li><a href="#">Random page</a></li>
<li><a href="#">What links here</a></li></ul></div>
<div id="footer" role="contentinfo"><p>© The Harbour Archive. All rights reserved.</p></div>{_SCRIPT}"""
    )


def definitions(turns: Sequence[Turn]) -> str:
    lines = "\n".join("<dt>{}</dt>\n<dd>{}</dd>".format(*_said(turn)) for turn in turns)
    return _page(f'<nav><a href="/">Home</a> <a href="/news">News</a></nav><main><dl>\n{lines}\n</dl></main>')


def blog(turns: Sequence[Turn]) -> str:
    lines = "\n".join("<p><strong>{}</strong>: {}</p>".format(*_said(turn)) for turn in turns)
    remark = "<li><p>Great chapter! I read it on the bus and missed my stop. Thank you for writing this.</p></li>"
    return _page(
        f"""{_COOKIES}
<header class="site-header"><a href="/">A blog of the sea</a><nav><ul><li><a href="/">Home</a></li></ul></nav></header>
<div class="wrap has-sidebar"><div id="primary"><article class="post tag-sea"><header><h1>The Harbour</h1>
<div class="entry-meta byline">Written by the keeper of this page on a rainy Tuesday</div></header>
<div class="entry-content">
{lines}
<div class="sharedaddy"><h3>Share this:</h3><ul><li><a href="#">Mail</a></li></ul></div>
</div></article>
<div id="comments" class="comments-area"><h2>Replies</h2><ol class="comment-list">{remark * 60}</ol>
<form><textarea>Say something</textarea></form></div></div>
<div id="secondary" class="widget-area sidebar"><h2>Related stories you may enjoy this weekend</h2>
<p>About the author: she keeps bees and seldom answers letters.</p></div></div>
<footer><p>© The Harbour Archive. All rights reserved.</p></footer>{_SCRIPT}"""
    )


def forum_table(turns: Sequence[Turn]) -> str:
    """A page laid out with tables, the transcript a table among them."""
    rows = "\n".join('<tr><td><a href="/who">{}</a></td><td>{}</td></tr>'.format(*_said(turn)) for turn in turns)
    return _page(
        f"""<table width="100%"><tr><td colspan="2"><a href="/">Forum</a> | <a href="/l">Login</a></td></tr>
<tr><td width="150"><p><a href="/1">News</a></p><p><a href="/2">Random page</a></p></td>
<td><h2>The Harbour, episode 3</h2>
<table border="1"><tr><th>Character</th><th>Line</th></tr>
{rows}
</table></td></tr></table>
<center><font size="1">© The Harbour Archive. All rights reserved.</font></center>"""
    )


def forum_posts(turns: Sequence[Turn]) -> str:
    """The turns in the posts of a thread, ten each."""
    posts = ""
    for start in range(0, len(turns), 10):
        lines = "<br>\n".join("{}: {}".format(*_said(turn)) for turn in turns[start : start + 10])
        posts += f"""<div class="post"><div class="post-body">{lines}</div></div>\n"""
    return _page(
        f"""<div id="header"><a href="/">Forum</a></div><div class="thread"><h1>The Harbour</h1>{posts}</div>
<div id="footer">© The Harbour Archive. All rights reserved.</div>"""
    )


def novel_site(turns: Sequence[Turn]) -> str:
    lines = "<br>\n<br>\n".join("&nbsp;&nbsp;&nbsp;&nbsp;{}: {}".format(*_said(turn)) for turn in turns)
    return _page(
        f"""<div id="wrapper"><div class="header"><div class="header_logo"><a href="/">书海</a></div></div>
<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/xuanhuan/">玄幻小说</a></li></ul></div>
<div class="content_read"><div class="box_con">
<div class="con_top"><a href="/">书海</a> &gt; <a href="/1/">海港</a></div>
<div class="bookname"><h1>第三章 钟声</h1><div class="bottem1"><a href="/2.html">上一章</a> &larr;
<a href="/1/">章节目录</a> &rarr; <a href="/4.html">下一章</a> <a href="#">加入书签</a></div></div>
<div id="content">{lines}</div>
<div class="bottem2"><a href="/2.html">上一章</a> &larr; <a href="/1/">目录</a> &rarr;
<a href="/4.html">下一章</a></div>
</div></div>
<div class="footer"><p>本站所有小说均为网友上传</p></div></div>{_SCRIPT}""",
        "第三章 钟声_书海",
    )


def all_breaks(turns: Sequence[Turn]) -> str:
    lines = "<br>\n".join("{}: {}".format(*_said(turn)) for turn in turns)
    ways = '<a href="2.html">Previous</a> | <a href="index.html">Index</a> | <a href="4.html">Next</a>'
    return f"<html><title>The Harbour</title><body bgcolor=white>{ways}<br>\n{lines}<br>\n{ways}</body></html>"


def plain(turns: Sequence[Turn]) -> str:
    lines = "\n".join("{}: {}".format(*_said(turn)) for turn in turns)
    return f"<html><body><pre>\n{lines}\n</pre></body></html>"


def nameless_divs(turns: Sequence[Turn]) -> str:
    """No class says what is what, as on a page that a program built."""
    lines = "\n".join(
        '<div class="x7"><span class="q">{}:</span> <span>{}</span></div>'.format(*_said(turn)) for turn in turns
    )
    return _page(
        f"""<div class="a1"><div class="b1"><a href="/">Home</a><a href="/n">News</a><a href="/f">Forum</a></div>
<div class="b2"><div class="c1">{lines}</div><div class="c2"><div class="d1"><a href="/1">The lighthouse that was sold
twice</a></div><div class="d2"><a href="/2">Ten kettles and what they tell us about their owners</a></div></div></div>
<div class="b3"><a href="/p">Privacy</a><a href="/t">Terms</a></div></div>{_SCRIPT}"""
    )


def scenes(turns: Sequence[Turn]) -> str:
    """A list item a turn, in sections of their own, of which the first is by far the longest."""
    cut = max(1, len(turns) * 4 // 5)
    sections = ""
    for part in (turns[:cut], turns[cut:]):
        items = "".join("<li><em>{}</em>: {}</li>".format(*_said(turn)) for turn in part)
        sections += f'<section class="scene"><h3>A scene</h3><ul>{items}</ul></section>\n'
    return _page(f"<main><h1>The Harbour</h1>{sections}</main><aside>{JUNK[2]}</aside>")


def saved(turns: Sequence[Turn]) -> str:
    """As a browser saves it: a comment before, all of its machinery within."""
    return (
        "<!-- saved from url=(0041)https://harbour.example/transcripts/3.html -->\n"
        + wiki(turns).replace("\n", "\r\n")
        + '<div id="extension-root" style="display: none !important"><p>An extension was here</p></div>'
    )


LAYOUTS: dict[str, Callable[[Sequence[Turn]], str]] = {
    each.__name__: each
    for each in (
        wiki, definitions, blog, forum_table, forum_posts, novel_site, all_breaks, plain, nameless_divs, scenes, saved,
    )
}  # fmt: skip
