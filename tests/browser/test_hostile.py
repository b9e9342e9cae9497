"""Any text of a source, a model or a person is text."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Open
from tests.browser.pages import HOSTILE, hostile, page_data
from tests.browser.review_server import FakeReview

pytestmark = pytest.mark.browser

WORD = "window.ran=1</script>"  # of HOSTILE, as it has to be read


def walk(page: Page, views: tuple[str, ...]) -> None:
    """Open every view, and every row and lost record in it."""
    for view in views:
        page.locator(f"#head a[href='#{view}']").click()
        for option in page.locator(f"#view-{view} [role=option]").all():
            option.click()
            expect(page.locator(f"#view-{view} .open")).to_contain_text(WORD)
        expect(page.locator(f"#view-{view}")).to_contain_text(WORD)


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    # no element that the page did not make itself
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, b[onmouseover], [onerror], [onmouseover]").count() == 0


def test_markup_in_every_field_of_a_report_does_nothing(open_report: Open) -> None:
    data = page_data()
    data["lost"][0]["of"] = "x"
    page = open_report(hostile(data))
    walk(page, ("overview", "rows", "lost", "speakers"))
    assert_nothing_ran(page)
    assert page.title().startswith("Brook </script>")


def test_markup_in_every_field_of_a_review_does_nothing(review: FakeReview, open_address: Open, faults: Faults) -> None:
    data = hostile(page_data("review"))
    line = f"line:{data['sources'][1]['name']}:{data['lines']['start'][0]}-{data['lines']['end'][0]}"
    gone = {"target": HOSTILE, "text": HOSTILE, "why": HOSTILE}
    targets = {
        line: {"number": 1, "verdict": None, "role": HOSTILE, "edits": {}, "built": True},
        data["rows"][2]["target"]: {"number": 2, "verdict": None, "edits": {"1": HOSTILE}, "built": False},
        f"name:{data['names'][0]}": {"number": 3, "into": HOSTILE, "built": False},
        HOSTILE: {"number": 4, "verdict": "accept", "edits": {}, "built": False},
    }
    review.data, review.state = data, data["state"] | {"number": 4, "targets": targets, "gone": [gone]}
    page = open_address(review.url)
    page.locator(".review details summary").first.click()
    expect(page.locator(".review .corrections li")).to_have_count(5)
    walk(page, ("rows", "lost", "speakers", "review"))
    review.refusal = (400, {"error": HOSTILE})
    page.keyboard.press("x")
    expect(page.locator("#notice")).to_contain_text(WORD)
    assert_nothing_ran(page)
    assert faults.pop().startswith("error: Failed to load resource: the server responded with a status of 400")


def test_names_of_an_objects_own_things_are_names(open_report: Open) -> None:
    data = page_data()
    data["rows"][0] |= {"config": "__proto__", "id": "constructor", "turns": [["toString", "a"], ["__proto__", "b"]]}
    data["totals"]["configs"] = {"__proto__": 1, "constructor": 3}
    page = open_report(data)
    expect(page.locator(".overview")).to_contain_text("__proto__")
    page.get_by_role("link", name="Rows", exact=True).click()
    page.locator("#view-rows select[name=speaker]").select_option(label="__proto__ (1)")
    page.locator("#view-rows [role=option]").click()
    expect(page.locator("#view-rows .rowhead")).to_contain_text("constructor")


def test_what_is_not_seen_or_turns_the_direction_is_shown_by_its_number(open_report: Open) -> None:
    data = page_data()
    data["rows"][0]["turns"][0] = ["A\u202eda", "left\u202eright\u200b\x07\ufeff\U000e0041 end"]
    page = open_report(data, "#rows?id=aa01")
    turn = page.locator("#view-rows .turn").first
    assert turn.locator(".speaker .sign").all_text_contents() == ["202E"]
    assert turn.locator(".text .sign").all_text_contents() == ["202E", "200B", "0007", "FEFF", "E0041"]
    assert "\u202e" not in page.locator("body").inner_text()


def test_a_text_from_right_to_left_leaves_what_stands_around_it(open_report: Open) -> None:
    data = page_data()
    data["rows"][0]["turns"] = [["שלום", "مرحبا بالعالم (1)"], ["Brook", "said in English."]]
    page = open_report(data, "#rows?id=aa01")
    option = page.locator("#view-rows [role=option]").first
    name, said = option.locator("b").first.bounding_box(), option.locator(".line > bdi").first.bounding_box()
    assert name is not None
    assert said is not None
    assert name["x"] < said["x"]
    assert page.locator("#view-rows .turn .text").first.evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert page.locator("#view-rows .turn .text").last.evaluate("each => getComputedStyle(each).direction") == "ltr"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_word_without_an_end_widens_nothing(open_report: Open, width: int) -> None:
    data = page_data()
    long = "W" * 3000
    data["rows"][0] |= {"turns": [[long, long], ["Brook", long]], "facts": [[long, long]], "config": long}
    data["character"] |= {"name": long, "aliases": [long], "categories": [long], "description": long}
    data["totals"]["configs"][long] = 1
    data["speakers"][0]["name"] = data["names"][0] = data["sources"][1]["name"] = long
    data["funnel"][0]["title"] = data["funnel"][1]["dropped"][0][1] = data["lost"][0]["turns"][0][1] = long
    page = open_report(data, "#rows", width=width)
    for view in ("rows", "overview", "lost", "speakers"):
        page.locator(f"#head a[href='#{view}']").click()
        if view in ("rows", "lost"):
            page.locator(f"#view-{view} [role=option]").first.click()
        box = "document.documentElement.scrollWidth"
        assert page.evaluate(box) <= width
        assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
