"""Everything by keyboard, and told to who does not see it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.review_server import FakeReview

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.className || document.activeElement.tagName)"))


def tab_to(page: Page, what: str, most: int = 40) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(f"{what}:focus").count():
            return
    raise AssertionError(f"{what} cannot be reached")


def test_a_row_is_searched_opened_and_left_again_without_a_mouse(open_report: Open) -> None:
    page = open_report(where="#rows")
    page.keyboard.press("/")
    page.keyboard.type("lanterns")
    page.keyboard.press("Enter")
    expect(page.locator("#view-rows .rowhead")).to_contain_text("aa02")
    page.keyboard.press("Enter")
    assert focused(page) == "open"
    page.keyboard.press("Escape")
    assert focused(page) == "list"


def test_j_and_k_go_through_the_rows_wherever_the_focus_is(open_report: Open) -> None:
    page = open_report(where="#rows")
    for key, row in (("j", "aa01"), ("j", "aa02"), ("j", "bb01"), ("k", "aa02")):
        page.keyboard.press(key)
        expect(page.locator("#view-rows .rowhead")).to_contain_text(row)
    page.locator("#view-rows .open").focus()
    page.keyboard.press("j")
    expect(page.locator("#view-rows .rowhead")).to_contain_text("bb01")
    assert focused(page) == "open"


def test_the_list_is_gone_through_by_arrows_and_says_which_option_is_meant(open_report: Open) -> None:
    page = open_report(where="#rows")
    box = page.locator("#view-rows .list")
    box.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    named = box.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{named}")).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#{named}")).to_have_attribute("aria-posinset", "2")


def test_every_view_is_reached_by_tab_and_the_focus_is_seen(open_report: Open) -> None:
    page = open_report()
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    page.keyboard.press("Enter")
    assert focused(page) == "MAIN"
    page.evaluate("document.activeElement.blur()")
    for view in ("rows", "lost", "speakers", "overview"):
        tab_to(page, f"#head a[href='#{view}']")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        expect(page.locator(f"#view-{view}")).to_be_visible()
        page.evaluate("document.activeElement.blur()")


def test_help_tells_the_keys_and_turns_them_off(open_report: Open) -> None:
    page = open_report(where="#rows")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("next, previous")
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("j")
    assert page.locator("[role=option][aria-selected=true]").count() == 0
    page.reload()
    page.keyboard.press("j")
    assert page.locator("[role=option][aria-selected=true]").count() == 0


def test_what_is_typed_into_a_field_is_no_command(open_report: Open) -> None:
    page = open_report(where="#rows")
    page.locator("#view-rows input[type=search]").focus()
    page.keyboard.type("jk?/")
    expect(page.locator("#view-rows input[type=search]")).to_have_value("jk?/")
    assert page.get_by_role("dialog").count() == 0


def test_a_phone_opens_a_row_over_the_list_and_comes_back_to_it(open_report: Open) -> None:
    page = open_report(where="#rows", width=360, height=740)
    page.locator("#view-rows [role=option]").nth(1).click()
    expect(page.locator("#view-rows .list")).to_be_hidden()
    expect(page.locator("#view-rows .rowhead")).to_contain_text("aa02")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#view-rows .rowhead")).to_contain_text("bb01")
    page.get_by_role("button", name="Back to the list").click()
    expect(page.locator("#view-rows .list")).to_be_focused()
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("boathouse")


def test_a_review_goes_from_line_to_line_by_keys_alone(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    said = page.locator(".card blockquote")
    expect(said).to_have_text("By whom?")
    expect(page.locator(".card")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said).to_have_text("By you.")
    expect(page.locator(".card")).to_be_focused()
    page.keyboard.press("2")
    expect(said).to_have_text("I was told to.")
    page.keyboard.press("/")
    page.keyboard.type("Ad")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Only the 🐈 cat,")
    expect(page.locator(".card")).to_be_focused()
    page.keyboard.press("j")
    expect(said).to_have_text("This one does,")
    page.keyboard.press("k")
    expect(said).to_have_text("Only the 🐈 cat,")
    assert [(each["do"], each.get("role")) for each in review.sent] == [
        ("accept", None),
        ("speaker", "Ada"),
        ("speaker", "Ada"),
    ]


def test_what_was_saved_and_which_line_is_next_are_told(open_review: Open) -> None:
    page = open_review()
    told = page.locator("[role=status]")
    expect(told).to_contain_text("By whom?")
    page.keyboard.press("a")
    expect(told).to_contain_text("Saved")
    expect(told).to_contain_text("By you.")


def test_enter_on_a_button_presses_the_button(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    page.get_by_role("button", name="Not speech").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card blockquote")).to_have_text("By you.")
    assert [each["do"] for each in review.sent] == ["reject"]
