import gzip
import json
import os
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from dramaturg import __version__
from dramaturg.errors import SourceError
from extractors.web import Fetched, Follow, Limits, fetch_pages
from tests.extractors.web.server import Handler, Site, serving

QUICK = Limits(size=1_000_000, connect=1, read=0.5, total=1.5, tries=3, backoff=0.01, longest_wait=2)
PAGE = "<p>Ann: Come in.</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as site:
        yield site


def fetch(address: str, folder: Path, **how: Any) -> list[Fetched]:
    return fetch_pages(address, folder, **{"allow_private": True, "delay": 0, "limits": QUICK} | how)


def refusal(address: str, folder: Path, within: float = 5, **how: Any) -> str:
    """The one line with which an address is refused, in bounded time."""
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        fetch(address, folder, **how)
    assert time.monotonic() - began < within
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert len(said) < 400
    assert address.partition("//")[2].partition("/")[0].rpartition("@")[2] in said
    return said


# --- a page, and its being kept ----------------------------------------------------------------------------


def test_a_page_is_kept_with_where_it_is_from(site: Site, tmp_path: Path) -> None:
    site.routes["/ch/第一回.html"] = site.routes["/ch/%E7%AC%AC%E4%B8%80%E5%9B%9E.html"] = lambda to: to.give(
        PAGE, Content_Type="text/html; charset=GB2312", ETag='"1"', Last_Modified="Tue, 24 Nov 2026 01:00:00 GMT"
    )
    (page,) = fetch(f"{site.url}/ch/第一回.html#top", tmp_path)
    assert page.data == PAGE.encode()
    assert page.path.name.startswith("第一回-html-")
    told = json.loads(page.path.with_suffix(".json").read_text())
    assert told == {
        "address": f"{site.url}/ch/%E7%AC%AC%E4%B8%80%E5%9B%9E.html",
        "final_address": f"{site.url}/ch/%E7%AC%AC%E4%B8%80%E5%9B%9E.html",
        "fetched": page.fetched,
        "content_type": "text/html",
        "charset": "gb2312",
        "etag": '"1"',
        "last_modified": "Tue, 24 Nov 2026 01:00:00 GMT",
        "sha256": page.sha256,
    }
    assert abs(datetime.fromisoformat(page.fetched) - datetime.now(UTC)) < timedelta(minutes=1)
    assert len(list(tmp_path.iterdir())) == 2


def test_it_says_who_asks_and_sends_nothing_of_the_machines(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    site.routes["/a"] = lambda to: to.give("", 302, Location="/b", Set_Cookie="who=you")
    site.routes["/b"] = PAGE
    fetch(f"{site.url}/a", tmp_path)
    for asked in site.asked:
        assert asked.headers["user-agent"] == f"Dramaturg/{__version__}"
        assert "cookie" not in asked.headers


def test_a_kept_page_needs_no_network(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = PAGE
    first = fetch(f"{site.url}/a", tmp_path)
    asked = len(site.asked)
    assert fetch(f"{site.url}/a", tmp_path) == first
    assert len(site.asked) == asked


def test_a_page_is_asked_for_again_only_where_it_has_changed(site: Site, tmp_path: Path) -> None:
    now = {"tag": '"1"', "page": PAGE}

    def conditional(to: Handler) -> None:
        if to.asked.headers.get("if-none-match") == now["tag"]:
            to.start(304, ETag=now["tag"])
        else:
            to.give(now["page"], ETag=now["tag"])

    site.routes["/a"] = conditional
    first = fetch(f"{site.url}/a", tmp_path)
    assert fetch(f"{site.url}/a", tmp_path, refresh=True) == first
    now.update(tag='"2"', page="<p>Bob: No.</p>")
    (changed,) = fetch(f"{site.url}/a", tmp_path, refresh=True)
    assert changed.data == b"<p>Bob: No.</p>"
    assert site.paths == ["/a"] * 3
    assert fetch(f"{site.url}/a", tmp_path) == [changed]


def test_a_304_that_nobody_asked_for_is_no_page(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = lambda to: to.start(304)
    assert "304 Not Modified" in refusal(f"{site.url}/a", tmp_path)


def test_a_kept_page_that_was_changed_by_hand_is_not_passed_off_as_fetched(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = PAGE
    (page,) = fetch(f"{site.url}/a", tmp_path)
    page.path.write_text("<p>Ann: Another thing.</p>")
    with pytest.raises(SourceError, match=r"is not as it was fetched: delete a-\w+\.json"):
        fetch(f"{site.url}/a", tmp_path)
    page.path.with_suffix(".json").unlink()
    assert fetch(f"{site.url}/a", tmp_path)[0].data == PAGE.encode()


def test_a_folder_that_cannot_be_written_is_told(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = PAGE
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="file"):
        fetch(f"{site.url}/a", tmp_path / "file")


def test_no_half_page_is_left_where_one_breaks_off(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = truncated
    refusal(f"{site.url}/a", tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- robots.txt --------------------------------------------------------------------------------------------


def test_robots_txt_keeps_programs_away(site: Site, tmp_path: Path) -> None:
    site.routes |= {
        "/robots.txt": "User-agent: *\nDisallow: /*/private\nAllow: /\n",
        "/a/private": PAGE,
        "/a/open": PAGE,
    }
    assert "robots.txt asks programs to keep away" in refusal(f"{site.url}/a/private", tmp_path)
    fetch(f"{site.url}/a/open", tmp_path)
    assert site.paths == ["/a/open"]


def test_robots_txt_may_name_this_program(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/robots.txt": "User-agent: dramaturg\nDisallow: /\n\nUser-agent: *\nDisallow:\n", "/a": PAGE}
    assert "keep away" in refusal(f"{site.url}/a", tmp_path)


def test_without_robots_txt_all_may_come(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = PAGE
    assert len(fetch(f"{site.url}/a", tmp_path)) == 1
    assert site.asked[0].path == "/robots.txt"


def test_while_robots_txt_cannot_be_read_nothing_is_fetched(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/robots.txt": lambda to: to.give("", 500), "/a": PAGE}
    assert "answers 500 Internal Server Error, 3 times: try again later" in refusal(f"{site.url}/a", tmp_path)
    assert site.paths == []


def test_where_a_page_leads_on_to_is_asked_about_too(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/robots.txt": "User-agent: *\nDisallow: /b\n", "/b": PAGE}
    site.routes["/a"] = lambda to: to.give("", 301, Location="/b")
    assert "keep away" in refusal(f"{site.url}/a", tmp_path)
    assert site.paths == ["/a"]


def test_robots_txt_of_any_bytes_does_no_harm(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/robots.txt": os.urandom(900_000), "/a": PAGE}
    assert len(fetch(f"{site.url}/a", tmp_path)) == 1


@pytest.mark.parametrize(("robots", "delay"), [("", 0.15), ("User-agent: *\nCrawl-delay: 0.15\n", 0)])
def test_a_pause_lies_between_two_requests(site: Site, tmp_path: Path, robots: str, delay: float) -> None:
    site.routes |= {
        "/robots.txt": robots,
        "/1": '<a rel="next" href="/2">',
        "/2": '<a rel="next" href="/3">',
        "/3": PAGE,
    }
    began = time.monotonic()
    fetch(f"{site.url}/1", tmp_path, follow=Follow(next="[rel=next]"), delay=delay)
    assert time.monotonic() - began > 0.44


def test_a_longer_pause_than_can_be_waited_is_refused(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/robots.txt": "User-agent: *\nCrawl-delay: 3600\n", "/a": PAGE}
    assert "asks for 3,600 seconds between two pages" in refusal(f"{site.url}/a", tmp_path)


# --- what a server may do ----------------------------------------------------------------------------------


def truncated(to: Handler) -> None:
    to.start(Content_Length="1000", Content_Type="text/html")
    to.wfile.write(PAGE.encode())
    to.close_connection = True


def dripped(to: Handler) -> None:
    to.start(Content_Length="1000", Content_Type="text/html")
    for _ in range(1000):
        to.wfile.write(b"a")
        to.wfile.flush()
        time.sleep(0.1)


def dripped_headers(to: Handler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        to.wfile.write(f"X-{number}: a\r\n".encode())
        to.wfile.flush()
        time.sleep(0.1)


def silent(_: Handler) -> None:
    time.sleep(3)


def endless(to: Handler) -> None:
    to.start(Content_Type="text/html", Connection="close")
    while True:
        to.wfile.write(b"<p>Ann: And so on.</p>" * 1000)


def endless_headers(to: Handler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        to.wfile.write(b"X-Header: and so on\r\n" * 100)


def bomb(to: Handler) -> None:
    packer = zlib.compressobj(1, wbits=31)
    first, again = (packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    to.give(first + 199 * again, Content_Encoding="gzip")  # packed whole it would take longer than the reader waits


def bomb_of_bombs(to: Handler) -> None:
    to.give(gzip.compress(gzip.compress(bytes(20_000_000))), Content_Encoding="gzip, gzip")


def broken_gzip(to: Handler) -> None:
    packed = bytearray(gzip.compress(PAGE.encode() * 100))
    packed[20] ^= 255
    to.give(bytes(packed), Content_Encoding="gzip")


def half_gzip(to: Handler) -> None:
    to.give(gzip.compress(os.urandom(1000))[:-20], Content_Encoding="gzip")


def no_http(to: Handler) -> None:
    to.wfile.write(b"220 smtp.example ESMTP\r\n")
    to.close_connection = True


def hung_up(to: Handler) -> None:
    to.close_connection = True


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (truncated, "breaks off in the middle, 3 times"),
        (dripped, "not there after 1.5 seconds"),
        (dripped_headers, "not there after 1.5 seconds"),
        (silent, "nothing comes for too long, 3 times"),
        (endless, "is larger than 1,000,000 bytes"),
        (endless_headers, "3 times: try again later"),
        (bomb, "is larger than 1,000,000 bytes"),
        (bomb_of_bombs, "is packed as 'gzip, gzip', which was not asked for"),
        (broken_gzip, "is broken: it cannot be unpacked"),
        (half_gzip, "breaks off in the middle, 3 times"),
        (no_http, "3 times: try again later"),
        (hung_up, "breaks off in the middle, 3 times"),
        (lambda to: to.give("", 403), "refuses to give the page"),
        (lambda to: to.give("", 401), "asks for a login"),
        (lambda to: to.give("", 404), "there is no such page: look at the address"),
        (lambda to: to.give("", 418), "answers 418 I'm a teapot: no page"),
        (lambda to: to.give("", 999), "answers 999: no page"),
        (lambda to: to.start(204), "answers 204 No Content: no page"),
        (lambda to: to.give("", 302), "answers 302 Found: no page"),
        (lambda to: to.give("", 503), "answers 503 Service Unavailable, 3 times: try again later"),
        (lambda to: to.give("", 429, Retry_After="3600"), "asks to come back in 3,600 seconds"),
        (lambda to: to.give("%PDF", Content_Type="application/pdf"), "is application/pdf, not a page"),
        (lambda to: to.give("a", Content_Encoding="br"), "is packed as 'br', which was not asked for"),
    ],
)
def test_what_is_no_page_ends_in_one_line(site: Site, tmp_path: Path, route: Any, said: str) -> None:
    site.routes["/a"] = route
    assert said in refusal(f"{site.url}/a", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_page_may_have_twenty_million_bytes_and_not_one_more(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/a": bytes(20_000_000), "/b": bytes(20_000_001)}
    assert len(fetch(f"{site.url}/a", tmp_path, limits=Limits())[0].data) == 20_000_000
    assert "is larger than 20,000,000 bytes" in refusal(f"{site.url}/b", tmp_path, limits=Limits())


def test_a_packed_page_is_kept_unpacked(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = lambda to: to.give(gzip.compress(PAGE.encode()) + gzip.compress(b"!"), Content_Encoding="gzip")
    assert fetch(f"{site.url}/a", tmp_path)[0].data == PAGE.encode() + b"!"
    assert site.asked[-1].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("status", [429, 503, 500])
@pytest.mark.parametrize("says", ["seconds", "date", "nothing", "nonsense"])
def test_what_passes_is_waited_for(site: Site, tmp_path: Path, status: int, says: str) -> None:
    def busy_at_first(to: Handler) -> None:
        if to.asked.number > 1:
            to.give(PAGE)
            return
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1.9), usegmt=True)
        said = {"seconds": "1", "date": soon, "nothing": "", "nonsense": "soon"}[says]
        to.give("", status, **({"Retry_After": said} if said else {}))

    site.routes["/a"] = busy_at_first
    told: list[str] = []
    began = time.monotonic()
    (page,) = fetch(f"{site.url}/a", tmp_path, tell=told.append)
    assert page.data == PAGE.encode()
    if says == "seconds":
        assert time.monotonic() - began >= 1
    assert [f"answers {status}" in line for line in told] == [True]


def test_a_page_that_breaks_off_once_is_asked_for_again(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = lambda to: truncated(to) if to.asked.number == 1 else to.give(PAGE)
    assert fetch(f"{site.url}/a", tmp_path)[0].data == PAGE.encode()


def test_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    with serving(Site()) as site:
        gone = site.url
    assert "cannot be connected to" in refusal(f"{gone}/a", tmp_path)


# --- redirects ---------------------------------------------------------------------------------------------


def test_where_a_page_came_from_in_the_end_is_kept(site: Site, tmp_path: Path) -> None:
    for number in range(10):
        site.routes[f"/{number}"] = lambda to, number=number: to.give("", 302, Location=f"{number + 1}")
    site.routes["/10"] = PAGE
    (page,) = fetch(f"{site.url}/0", tmp_path)
    assert (page.address, page.final_address) == (f"{site.url}/0", f"{site.url}/10")


def test_a_page_may_lead_on_ten_times_and_not_more(site: Site, tmp_path: Path) -> None:
    for number in range(12):
        site.routes[f"/{number}"] = lambda to, number=number: to.give("", 302, Location=f"{number + 1}")
    assert "leads on more than 10 times" in refusal(f"{site.url}/0", tmp_path)
    assert len(site.paths) == 11


def test_a_page_that_leads_in_a_circle_ends(site: Site, tmp_path: Path) -> None:
    site.routes["/a"] = lambda to: to.give("", 302, Location="/b#x")
    site.routes["/b"] = lambda to: to.give("", 307, Location="/a")
    assert "leads in a circle" in refusal(f"{site.url}/a", tmp_path)
    assert site.paths == ["/a", "/b"]


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://example.com/a",
        "gopher://x",
        "javascript:alert(1)",
        "data:text/html,a",
        "http://a b/",
        "http://[",
    ],
)
def test_a_page_leads_on_to_pages_alone(site: Site, tmp_path: Path, target: str) -> None:
    site.routes["/a"] = lambda to: to.give("", 302, Location=target)
    assert "leads on to" in refusal(f"{site.url}/a", tmp_path)


# --- links that are followed -------------------------------------------------------------------------------


def test_a_list_of_chapters_gives_each_chapter_once_and_in_order(site: Site, tmp_path: Path) -> None:
    links = "".join(f'<li><a href="/c/{number}#top">{number}</a></li>' for number in range(30))
    others = '<li><a href="/list">All</a><a href="http://other.example/1">Ad</a><a href="mailto:x@y">M</a></li>'
    site.routes["/list"] = f'<ul class="list">{links}{links}{others}</ul><p><a href="/about">About</a></p>'
    for number in range(30):
        site.routes[f"/c/{number}"] = f'<p>Ann: {number}</p><a href="/list">back</a>'
    told: list[str] = []
    pages = fetch(f"{site.url}/list", tmp_path, follow=Follow(pages=".list a"), tell=told.append)
    assert [page.address for page in pages] == [f"{site.url}/c/{number}" for number in range(30)]
    assert site.paths == ["/list", *(f"/c/{number}" for number in range(30))]
    assert "30 of 30 pages" in told[-1]


def test_a_selector_may_mean_what_holds_the_links(site: Site, tmp_path: Path) -> None:
    site.routes |= {
        "/list": '<base href="/c/"><ul><li><a href="1">1</a><li><a href="2">2</a></ul>',
        "/c/1": PAGE,
        "/c/2": PAGE,
    }
    pages = fetch(f"{site.url}/list", tmp_path, follow=Follow(pages="ul"))
    assert [page.address for page in pages] == [f"{site.url}/c/1", f"{site.url}/c/2"]


def test_links_to_the_next_page_are_followed_until_they_lead_back(site: Site, tmp_path: Path) -> None:
    for number in range(5):
        site.routes[f"/{number}"] = f'<p>Ann: {number}</p><a class="next" href="{(number + 1) % 5}">Next</a>'
    pages = fetch(f"{site.url}/0", tmp_path, follow=Follow(next="a.next"))
    assert [page.address for page in pages] == [f"{site.url}/{number}" for number in range(5)]
    again = fetch(f"{site.url}/0", tmp_path, follow=Follow(next="a.next"))
    assert again == pages
    assert len(site.paths) == 5


def test_a_next_page_that_is_one_read_before_under_another_address_ends_the_chain(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/1": '<a class="next" href="/2">', "/3": '<a class="next" href="/4">'}
    site.routes["/2"] = lambda to: to.give("", 302, Location="/1")
    pages = fetch(f"{site.url}/1", tmp_path, follow=Follow(next="a.next"))
    assert len(pages) == 1


@pytest.mark.parametrize("href", ["#", "javascript:;", "", "http://other.example/2", "http://[", "/1#end"])
def test_a_last_page_may_have_a_link_that_leads_nowhere(site: Site, tmp_path: Path, href: str) -> None:
    site.routes["/1"] = f'<a class="next" href="{href}">下一章</a>'
    assert len(fetch(f"{site.url}/1", tmp_path, follow=Follow(next="a.next"))) == 1


@pytest.mark.parametrize("kind", ["next", "pages"])
def test_no_more_pages_are_taken_than_are_wanted_and_that_is_told(site: Site, tmp_path: Path, kind: str) -> None:
    for number in range(5):
        site.routes[f"/{number}"] = f'<a class="next" href="{number + 1}">'
    site.routes["/list"] = "".join(f'<a href="/{number}">x</a>' for number in range(5))
    told: list[str] = []
    follow = Follow(next="a.next", most=3) if kind == "next" else Follow(pages="a", most=3)
    start = "/0" if kind == "next" else "/list"
    assert len(fetch(f"{site.url}{start}", tmp_path, follow=follow, tell=told.append)) == 3
    assert any("the first 3 are taken" in line for line in told)


def test_a_list_without_links_is_told(site: Site, tmp_path: Path) -> None:
    site.routes["/list"] = PAGE
    said = refusal(f"{site.url}/list", tmp_path, follow=Follow(pages="ul.chapters a"))
    assert "'ul.chapters a' finds no link" in said


def test_pages_before_one_that_fails_are_kept(site: Site, tmp_path: Path) -> None:
    site.routes |= {"/1": '<a class="next" href="/2">', "/2": lambda to: to.give("", 404)}
    follow = Follow(next="a.next")
    assert "/2: there is no such page" in refusal(f"{site.url}/1", tmp_path, follow=follow)
    site.routes["/2"] = PAGE
    assert len(fetch(f"{site.url}/1", tmp_path, follow=follow)) == 2
    assert site.paths == ["/1", "/2", "/2"]


def test_a_followed_page_stays_on_its_host(site: Site, tmp_path: Path) -> None:
    site.routes["/1"] = '<a class="next" href="/2">'
    site.routes["/2"] = lambda to: to.give("", 302, Location=f"http://localhost:{site.port}/3")
    site.routes["/3"] = PAGE
    assert "leads to another host" in refusal(f"{site.url}/1", tmp_path, follow=Follow(next="a.next"))


@pytest.mark.parametrize(
    "given", [{}, {"next": "a", "pages": "a"}, {"next": "a["}, {"pages": "::x("}, {"next": "a", "most": 0}]
)
def test_what_cannot_be_followed_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SourceError) as caught:
        Follow(**given)
    assert len(str(caught.value).splitlines()) == 1
