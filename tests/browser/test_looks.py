"""Languages, colours, widths, and what axe has to say."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Open
from tests.browser.pages import page_data
from tests.browser.review_server import FakeReview

pytestmark = pytest.mark.browser

VIEWS = ("overview", "rows", "lost", "speakers")


def show(page: Page, view: str) -> None:
    page.locator(f"#head a[href='#{view}']").click()
    expect(page.locator(f"#view-{view}")).to_be_visible()
    if view in ("rows", "lost"):
        page.locator(f"#view-{view} [role=option]").nth(2).click()
        expect(page.locator(f"#view-{view} .open")).to_be_visible()


def assert_accessible(page: Page) -> None:
    page.wait_for_timeout(200)  # a colour that changes is none yet
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_a_report(open_report: Open, scheme: str, width: int) -> None:
    page = open_report(scheme=scheme, width=width)
    for view in VIEWS:
        show(page, view)
        assert_accessible(page)
    page.locator("#help").click()
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_a_review(
    open_review: Open, review: FakeReview, faults: Faults, scheme: str, width: int
) -> None:
    review.state["gone"] = [{"target": "line:lamp.txt:1-3", "text": "It was here.", "why": "not in the source"}]
    review.state["accuracy"] = {
        "reviewed": 61,
        "drawn": 30,
        "estimate": 0.953,
        "low": 0.91,
        "high": 0.98,
        "after": 0.97,
    }
    page = open_review(scheme=scheme, width=width)
    assert_accessible(page)
    page.keyboard.press("2")
    expect(page.locator(".card .now")).to_have_text("unknown")
    page.locator(".review summary").first.click()
    page.get_by_role("combobox", name="Another name").fill("a")
    assert_accessible(page)
    show(page, "rows")
    page.locator("#view-rows .edit").first.click()
    assert_accessible(page)
    page.locator("#view-rows textarea").fill("Another.")
    page.locator("#view-rows textarea").press("Escape")
    assert_accessible(page)
    show(page, "speakers")
    page.locator(".merge").first.click()
    assert_accessible(page)
    review.refusal = (400, {"error": "no"})
    show(page, "review")
    page.keyboard.press("x")
    expect(page.locator("#notice")).to_be_visible()
    assert_accessible(page)
    faults.clear()  # the refusal


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_width_scrolls_sideways(open_report: Open, language: str, width: int) -> None:
    page = open_report(page_data(language=language), width=width, height=640)
    for view in VIEWS:
        show(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
        for part in page.locator(f"#view-{view} :is(button, select, input):visible").all():
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_a_review_fits_its_width(open_review: Open, width: int) -> None:
    page = open_review(width=width, height=740)
    for view in ("review", *VIEWS):
        show(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_a_window_as_low_as_a_magnified_one_can_be_used(open_report: Open) -> None:
    page = open_report(where="#rows", width=320, height=256)
    page.locator("#view-rows [role=option]").first.click()
    page.locator("#view-rows .turn").last.scroll_into_view_if_needed()
    expect(page.locator("#view-rows .turn").last).to_be_in_viewport()


@pytest.mark.parametrize(
    ("language", "code", "tabs", "count"),
    [
        ("en", "en", ["Overview", "Rows", "Lost", "Speakers", "Review"], "1,234 rows"),
        ("zh", "zh-Hans", ["概览", "样本", "剔除", "说话人", "校对"], "1,234 条样本"),
    ],
)
def test_the_page_speaks_the_datasets_language(
    review: FakeReview, open_address: Open, language: str, code: str, tabs: list[str], count: str
) -> None:
    review.data = page_data("review", language)
    review.data["totals"]["rows"] = 1234
    page = open_address(review.url)
    expect(page.locator("html")).to_have_attribute("lang", code)
    assert page.locator("#head nav a").all_text_contents() == tabs
    expect(page.locator("#head .summary")).to_contain_text(count)
    if language == "zh":
        for view in ("review", *VIEWS):
            page.locator(f"#head a[href='#{view}']").click()
            # what Latin is left is the data's
            words = page.locator("main").inner_text()
            assert not re.search(r"\b(?:search|filters|previous|next|undo|passage|speaker)\b", words, re.IGNORECASE), (
                words
            )


def test_nothing_moves_where_a_person_wants_it_still(open_report: Open) -> None:
    page = open_report(where="#rows", reduced_motion="reduce")
    duration = page.locator("#view-rows [role=option]").first.evaluate(
        "each => getComputedStyle(each).transitionDuration"
    )
    assert duration == "0s"
