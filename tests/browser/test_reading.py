"""A dataset looked at, in a browser, from a file."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.pages import page_data

pytestmark = pytest.mark.browser

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'
_DOT = f"data:image/svg+xml;base64,{base64.b64encode(_SVG).decode()}"


def search(page: Page, query: str) -> None:
    page.locator("#view-rows input[type=search]").fill(query)


def marked(page: Page, kind: str) -> list[str]:
    return page.locator(f"#view-rows .galley .{kind}").all_text_contents()


def options(page: Page, view: str = "rows") -> int:
    return page.locator(f"#view-{view} [role=option]").count()


def test_it_opens_on_whose_dataset_it_is_with_its_sources_and_counts(open_report: Open) -> None:
    page = open_report()
    expect(page.locator("#head h1")).to_have_text("Brook")
    expect(page.locator("#head")).to_contain_text("4 rows")
    expect(page.locator(".overview")).to_be_visible()
    expect(page.locator(".overview")).to_contain_text("lamp.txt")
    expect(page.locator(".funnel")).to_contain_text("the model refuses")
    expect(page.locator(".overview")).to_contain_text("$0.41")


def test_a_row_is_found_by_search_and_its_passage_shows_with_its_characters_marked(open_report: Open) -> None:
    page = open_report(where="#rows")
    search(page, "cat tide")
    assert options(page) == 1
    page.locator("#view-rows [role=option]").click()
    expect(page.locator("#view-rows .turn.role")).to_contain_text("Only the 🐈 cat")
    # behind characters that JavaScript counts as two
    assert marked(page, "own") == ["Who is there?", "Only the 🐈 cat,", "and the ＴＩＤＥ."]
    expect(page.locator("#view-rows .galley mark").first).to_be_in_viewport()


def test_what_was_searched_is_marked_in_the_list_and_in_the_row(open_report: Open) -> None:
    page = open_report(where="#rows")
    search(page, "tide")
    expect(page.locator("#view-rows [role=option] .hit")).to_have_text("ＴＩＤＥ")
    page.locator("#view-rows [role=option]").click()
    expect(page.locator("#view-rows .turn .hit")).to_have_text("ＴＩＤＥ")


def test_words_are_found_anywhere_and_a_phrase_as_it_stands(open_report: Open) -> None:
    page = open_report(where="#rows")
    search(page, "lanterns CATS")
    assert options(page) == 1
    search(page, '"lanterns cats"')
    assert options(page) == 0
    expect(page.locator("#view-rows .shelf .nothing")).to_be_visible()
    page.locator("#view-rows .clear").click()
    assert options(page) == 4


def test_chinese_is_found_without_spaces_between_words(open_report: Open) -> None:
    page = open_report(page_data(language="zh"), "#rows")
    search(page, "家的猫")
    assert options(page) == 1
    page.locator("#view-rows [role=option]").click()
    assert marked(page, "own") == ["谁在那儿？", "只是𠮷家的猫，", "还有ＴＩＤＥ。"]


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("config", "role_specific (2)", 2),
        ("split", "test (1)", 1),
        ("origin", "generated (2)", 2),
        ("speaker", "Ada (3)", 3),
    ],
)
def test_filters_narrow_the_list_and_it_says_to_how_many(open_report: Open, name: str, value: str, left: int) -> None:
    page = open_report(where="#rows")
    page.locator(f"#view-rows select[name={name}]").select_option(label=value)
    assert options(page) == left
    expect(page.locator("#view-rows .count")).to_have_text(f"{left} of 4")
    expect(page.locator("[role=status]")).to_have_text(f"{left} of 4")


def test_what_a_model_was_shown_and_what_it_cited_are_marked_otherwise(open_report: Open) -> None:
    page = open_report(where="#rows?id=bb01")
    assert marked(page, "own") == []
    assert marked(page, "cited") == ["This one does,"]
    assert "Cats do not carry lanterns," in "".join(marked(page, "context"))
    expect(page.locator("#view-rows .made")).to_contain_text("questions@3")
    expect(page.locator("#view-rows .made")).to_contain_text("in his voice")
    assert page.locator("#view-rows .buttons.verdict").count() == 0  # a report corrects nothing


def test_more_of_a_passage_is_shown_at_a_click(open_report: Open) -> None:
    page = open_report(where="#rows?id=aa02")
    galley = page.locator("#view-rows .galley")
    before = galley.inner_text()
    page.get_by_role("button", name="More after").click()
    assert len(galley.inner_text()) > len(before) + 500
    assert marked(page, "own") == ["Cats do not carry lanterns,", "This one does,"]


def test_a_passage_that_the_page_does_not_have_is_said(open_report: Open) -> None:
    data = page_data()
    data["rows"][0]["spans"].append([0, 3, 9, 1])
    page = open_report(data, "#rows?id=aa01")
    expect(page.locator("#view-rows .verso")).to_contain_text("A passage of this is not in this page.")


def test_the_address_says_which_row_is_open_and_opens_it_again(open_report: Open) -> None:
    page = open_report(where="#rows")
    page.locator("#view-rows [role=option]").nth(1).click()
    assert page.url.endswith("#rows?id=aa02")
    page.reload()
    expect(page.locator("#view-rows .rowhead")).to_contain_text("aa02")


def test_the_funnel_leads_to_what_was_lost_there(open_report: Open) -> None:
    page = open_report()
    page.get_by_role("link", name="the model refuses").click()
    assert options(page, "lost") == 2
    page.locator("#view-lost input[type=search]").fill("lanterns")
    page.locator("#view-lost [role=option]").click()
    expect(page.locator("#view-lost .open")).to_contain_text("I cannot help with lanterns.")


def test_what_was_lost_is_shown_with_what_it_was_lost_for(open_report: Open) -> None:
    page = open_report(where="#lost?reason=near_duplicate")
    page.locator("#view-lost [role=option]").click()
    expect(page.locator("#view-lost .open")).to_contain_text("What do you keep in the boathouse?")


def test_speakers_are_sorted_as_one_likes(open_report: Open) -> None:
    page = open_report(where="#speakers")
    names = page.locator(".speakers tbody th")
    assert names.all_text_contents() == ["Brook", "Ada"]
    page.get_by_role("button", name="Name").click()
    assert names.all_text_contents() == ["Ada", "Brook"]
    expect(page.locator("th[aria-sort]")).to_have_text("Name")


def test_a_page_that_holds_a_part_of_the_rows_says_so(open_report: Open) -> None:
    data = page_data()
    data["totals"] |= {"rows": 100_000, "shown": 4}
    data["lost_total"] = 700
    page = open_report(data)
    expect(page.locator(".limit")).to_contain_text("4 of 100,000 rows are in this page.")
    page.get_by_role("link", name="Rows", exact=True).click()
    expect(page.locator("#view-rows .count")).to_have_text("4 of 100,000 rows are in this page.")
    page.get_by_role("link", name="Lost", exact=True).click()
    expect(page.locator("#view-lost .count")).to_have_text("3 of 700 dropped are in this page.")


def test_of_a_long_list_only_what_is_seen_is_there(open_report: Open) -> None:
    data = page_data()
    data["rows"] = [data["rows"][0] | {"id": f"{each:04}", "target": f"row:{each}"} for each in range(5000)]
    data["totals"] |= {"rows": 5000, "shown": 5000}
    page = open_report(data, "#rows")
    assert options(page) < 30
    page.locator("#view-rows .list").focus()
    page.keyboard.press("End")
    expect(page.locator("#view-rows .rowhead")).to_contain_text("4999")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_attribute("aria-posinset", "5000")
    expect(page.locator("[role=option][aria-selected=true]")).to_be_in_viewport()
    assert options(page) < 30


def test_a_dataset_without_anything_is_a_page_too(open_report: Open) -> None:
    data = page_data()
    data |= {
        "rows": [],
        "lost": [],
        "lost_total": 0,
        "funnel": [],
        "speakers": [],
        "names": [],
        "passages": [],
        "cost": [],
    }
    data["totals"] = {"rows": 0, "shown": 0, "configs": {}}
    data["lines"] = {key: [] for key in data["lines"]} | {"total": 0}
    page = open_report(data)
    for view in ("rows", "lost", "speakers"):
        page.locator(f"#head a[href='#{view}']").click()
        expect(page.locator(f"#view-{view}")).to_be_visible()


def test_plots_are_shown(open_report: Open) -> None:
    data = page_data()
    data["plots"] = [
        {
            "title": "A dot",
            "src": _DOT,
        }
    ]
    image = open_report(data).get_by_alt_text("A dot")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") == 4


def test_colours_follow_the_system_until_one_chooses_and_are_remembered(open_report: Open) -> None:
    page = open_report(scheme="dark")
    shade = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(shade)
    page.locator("#theme").select_option("light")
    assert page.evaluate(shade) != dark
    page.reload()
    assert page.evaluate(shade) != dark
    expect(page.locator("#theme")).to_have_value("light")


def test_the_address_holds_the_search_and_the_filters_too(open_report: Open) -> None:
    page = open_report(where="#rows?config=chatharuhi")
    search(page, "lanterns")
    page.reload()
    assert options(page) == 1
    page.locator("#view-rows .clear").click()
    assert options(page) == 4
    assert page.url.endswith("#rows")


def test_a_speaker_leads_to_the_rows_in_which_there_are_lines_of_theirs(open_report: Open) -> None:
    data = page_data()
    data["speakers"].append({"name": "Nobody here", "lines": 1, "unsure": 0, "confidence": 1.0})
    page = open_report(data, "#speakers")
    page.get_by_role("link", name="Ada").click()
    expect(page.locator("#view-rows .count")).to_have_text("3 of 4")
    page.go_back()
    page.get_by_role("link", name="Nobody here").click()
    expect(page.locator("#view-rows .count")).to_have_text("0 of 4")
    expect(page.locator("#view-rows select[name=speaker] option:checked")).to_have_text("Nobody here (0)")
