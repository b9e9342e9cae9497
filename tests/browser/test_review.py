"""Lines and rows corrected: what is sent, what comes back, and that nothing typed is lost."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Open
from tests.browser.pages import page_data
from tests.browser.review_server import FakeReview, serving_review

pytestmark = pytest.mark.browser


def line(review: FakeReview, number: int) -> str:
    lines = review.data["lines"]
    return f"line:lamp.txt:{lines['start'][number]}-{lines['end'][number]}"


def sent(page: Page, review: FakeReview, count: int = 1) -> list[dict[str, Any]]:
    """All corrections that came, once there are so many."""
    for _ in range(100):
        if len(review.sent) >= count:
            break
        page.wait_for_timeout(30)
    assert len(review.sent) == count
    return review.sent


def edit(page: Page, text: str, turn: int = 1) -> None:
    page.locator(f"#view-rows .turn[data-turn='{turn}'] .edit").click()
    page.locator("#view-rows textarea").fill(text)


def only(faults: Faults, *patterns: str) -> None:
    """These faults were brought about, and no others; the browser itself tells of each answer that is an error."""
    assert all(any(re.search(pattern, fault) for pattern in patterns) for fault in faults), faults
    faults.clear()


# --- lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("a", {"do": "accept"}),
        ("x", {"do": "reject"}),
        ("0", {"do": "speaker", "role": None}),
        ("2", {"do": "speaker", "role": "Ada"}),
        ("1", {"do": "accept"}),  # the number of who has it already
    ],
)
def test_a_key_says_who_says_a_line(open_review: Open, review: FakeReview, key: str, body: Mapping[str, Any]) -> None:
    page = open_review()
    expect(page.locator(".card .now")).to_have_text("Brook")
    page.keyboard.press(key)
    expect(page.locator(".card blockquote")).to_have_text("By you.")
    assert sent(page, review) == [{"target": line(review, 7), "seen": 0, "queued": True, "drawn": False, **body}]


def test_the_queue_is_gone_through_in_its_order_and_says_which_were_drawn(
    open_review: Open, review: FakeReview
) -> None:
    page = open_review()
    for _ in range(2):
        said = page.locator(".card blockquote").text_content()
        page.keyboard.press("x")
        expect(page.locator(".card blockquote")).not_to_have_text(str(said))
    assert [(each["target"], each["drawn"]) for each in sent(page, review, 2)] == [
        (line(review, 7), False),
        (line(review, 8), True),
    ]
    expect(page.locator(".progress")).to_contain_text("2 lines reviewed, 7 to go")


def test_a_line_is_shown_in_its_passage_with_who_speaks_around_it(open_review: Open) -> None:
    page = open_review()
    galley = page.locator(".passage .galley")
    expect(galley.locator("mark.line")).to_have_text("By whom?")
    expect(galley.locator("mark.line")).to_be_in_viewport()
    assert galley.locator(".other").all_text_contents()[-3:] == [
        "You put it out yourself,",
        "I was told to.",
        "By you.",
    ]
    assert galley.locator(".who").all_text_contents()[-4:] == ["Ada", "Brook", "Brook", "unknown"]


def test_a_person_whom_nobody_knew_is_typed(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    page.get_by_role("combobox", name="Another name").fill("Keeper of the 灯")
    page.keyboard.press("Enter")
    expect(page.locator(".card blockquote")).to_have_text("By you.")
    assert sent(page, review)[0]["role"] == "Keeper of the 灯"
    # and can be picked from now on
    page.get_by_role("combobox", name="Another name").fill("keeper")
    expect(page.locator(".choices li")).to_have_text(["Keeper of the 灯", "New: keeper"])


def test_enter_that_ends_what_an_input_method_composes_picks_nobody(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    field = page.get_by_role("combobox", name="Another name")
    field.fill("Ad")
    field.evaluate(
        "each => each.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    page.wait_for_timeout(100)
    assert review.sent == []


def test_a_line_without_a_speaker_cannot_be_confirmed(open_review: Open, review: FakeReview) -> None:
    page = open_review("#review")
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Right")).to_be_disabled()
    page.keyboard.press("a")
    expect(page.locator("[role=status]")).to_contain_text("pick one")
    assert review.sent == []


def test_undo_takes_the_last_one_back_and_shows_its_line_again(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    page.keyboard.press("2")
    expect(page.locator(".card blockquote")).to_have_text("By you.")
    page.keyboard.press("u")
    expect(page.locator(".card blockquote")).to_have_text("By whom?")
    expect(page.locator(".card .now")).to_have_text("Brook")
    assert sent(page, review, 2)[1] == {"target": line(review, 7), "do": "undo", "seen": 1}
    page.keyboard.press("a")
    # it is still the line that the queue gave
    assert sent(page, review, 3)[2]["queued"] is True


def test_a_row_leads_to_its_lines_and_there_a_wrong_speaker_is_put_right(open_review: Open, review: FakeReview) -> None:
    page = open_review("#rows")
    page.locator("#view-rows input[type=search]").fill("lanterns")
    page.locator("#view-rows [role=option]").click()
    page.locator("#view-rows .galley .who", has_text="Brook").click()
    expect(page.locator(".card blockquote")).to_have_text("This one does,")
    page.keyboard.press("2")
    # chosen by a person, and so nothing that an estimate could rest on
    assert sent(page, review) == [
        {"target": line(review, 4), "do": "speaker", "role": "Ada", "seen": 0, "queued": False, "drawn": False}
    ]
    expect(page.locator(".card .now")).to_have_text("Ada")
    page.go_back()
    expect(page.locator("#view-rows .galley .who")).to_have_text(["Ada", "Ada"])


def test_a_line_corrected_before_says_what_it_was(open_review: Open, review: FakeReview) -> None:
    review.write(line(review, 4), {"do": "speaker", "role": "Ada"})
    page = open_review(f"#review?line={line(review, 4)}")
    expect(page.locator(".says")).to_contain_text("Ada")
    expect(page.locator(".says")).to_contain_text("was Brook")
    page.keyboard.press("1")
    # back to Brook is a speaker that a person has said, not the extractor confirmed: it would be taken for Ada's
    assert sent(page, review)[0] | {"seen": 1} == {
        "target": line(review, 4), "do": "speaker", "role": "Brook", "seen": 1, "queued": False, "drawn": False,
    }  # fmt: skip


def test_after_the_last_line_it_says_that_all_are_reviewed(open_review: Open, review: FakeReview) -> None:
    for number in range(8):
        review.write(line(review, number), {"do": "accept"})
    page = open_review()
    expect(page.locator(".card blockquote")).to_have_text("By you.")
    page.keyboard.press("0")
    expect(page.get_by_text("Every line of the queue is reviewed.")).to_be_visible()


def test_the_estimate_is_told_once_there_is_one(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    expect(page.locator(".progress")).to_contain_text("After 50 this page estimates")
    review.state["accuracy"] = {
        "reviewed": 61,
        "drawn": 30,
        "estimate": 0.953,
        "low": 0.91,
        "high": 0.98,
        "after": 0.97,
    }
    page.keyboard.press("a")
    expect(page.locator(".progress")).to_contain_text("95.3% of all speakers are right, by estimate (91.0% to 98.0%")
    expect(page.locator(".progress")).to_contain_text(
        "From 30 lines drawn at random, of 61 reviewed. With your corrections: 97.0%."
    )


# --- rows and names ------------------------------------------------------------------------------------------------


def test_a_row_is_accepted_and_rejected(open_review: Open, review: FakeReview) -> None:
    page = open_review("#rows?id=bb01")
    page.keyboard.press("x")
    expect(page.locator("#view-rows .rowhead .verdict").first).to_have_text("rejected")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#view-rows .rowhead .marks .verdict")).to_have_text("accepted")
    assert sent(page, review, 2) == [
        {"target": "row:bb01", "do": "reject", "seen": 0}, {"target": "row:bb01", "do": "accept", "seen": 1},
    ]  # fmt: skip
    page.locator("select[name=verdict]").select_option(label="accepted (1)")
    assert page.locator("#view-rows [role=option]").count() == 1


def test_an_original_row_is_not_edited(open_review: Open) -> None:
    page = open_review("#rows?id=aa01")
    expect(page.locator("#view-rows .rowhead")).to_be_visible()
    assert page.locator("#view-rows .edit").count() == 0


def test_a_turn_is_edited(open_review: Open, review: FakeReview) -> None:
    page = open_review("#rows?id=bb01")
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("Rope 🪢.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#view-rows .turn.role .text").first).to_have_text("Rope 🪢.")
    assert sent(page, review) == [{"target": "row:bb01", "do": "edit", "turn": 1, "text": "Rope 🪢.", "seen": 0}]
    expect(page.locator("#view-rows .turn.role")).to_contain_text("Edited by a person.")
    page.locator("#view-rows .turn.role summary").click()
    expect(page.locator("#view-rows .turn.role details")).to_contain_text("one thing more")
    page.locator("#view-rows input[type=search]").fill("rope 🪢")
    assert page.locator("#view-rows [role=option]").count() == 1


def test_a_draft_stays_while_one_looks_at_other_rows(open_review: Open, review: FakeReview) -> None:
    page = open_review("#rows?id=bb01")
    edit(page, "Half a thou")
    page.locator("#view-rows [role=option]").first.click()
    page.locator("#view-rows [role=option]").nth(2).click()
    expect(page.locator("#view-rows textarea")).to_have_value("Half a thou")
    page.keyboard.press("Tab")
    page.locator("#view-rows textarea").press("Escape")
    expect(page.locator("#view-rows .turn.role")).to_contain_text("A draft is not saved.")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#view-rows textarea")).to_have_value("Half a thou")
    assert review.sent == []


def test_two_names_are_made_one_and_two_again(open_review: Open, review: FakeReview) -> None:
    page = open_review("#speakers")
    page.get_by_role("button", name="Ada is the same person as …").click()
    page.keyboard.type("bro")
    page.keyboard.press("Enter")
    expect(page.locator(".speakers tr.merged th")).to_contain_text("Ada = Brook")
    assert sent(page, review) == [{"target": "name:Ada", "do": "merge", "into": "Brook", "seen": 0}]
    page.locator("#head a[href='#rows']").click()
    page.locator("#view-rows [role=option]").first.click()
    expect(page.locator("#view-rows .turn .speaker").first).to_have_text("Brook")
    page.go_back()
    page.get_by_role("button", name="Undo: Ada is a person again").click()
    expect(page.locator(".speakers tr.merged")).to_have_count(0)
    assert sent(page, review, 2)[1] == {"target": "name:Ada", "do": "undo", "seen": 1}


def test_all_corrections_are_listed_and_each_can_be_taken_back(open_review: Open, review: FakeReview) -> None:
    review.write(line(review, 4), {"do": "speaker", "role": "Ada"})
    review.write("row:bb01", {"do": "reject"})
    review.state["gone"] = [{"target": "line:lamp.txt:1-3", "text": "It was here.", "why": "not in the source"}]
    page = open_review()
    page.get_by_text("2 corrections").click()
    listed = page.locator(".review details").first.locator("li")
    expect(listed).to_have_count(2)
    expect(listed.nth(1)).to_contain_text("This one does,said by Ada")
    listed.nth(1).get_by_role("button").click()
    expect(listed).to_have_count(1)
    assert sent(page, review) == [{"target": line(review, 4), "do": "undo", "seen": 1}]
    expect(page.locator(".gone")).to_contain_text("It was here.")


# --- two tabs, and a server that is not there ------------------------------------------------------------------------


def test_another_tabs_change_is_shown_what_was_typed_is_kept_and_a_person_decides(
    open_review: Open, review: FakeReview, faults: Faults
) -> None:
    page = open_review("#rows?id=bb01")
    edit(page, "Mine.")
    review.write("row:bb01", {"do": "edit", "turn": 1, "text": "Theirs."})
    page.get_by_role("button", name="Save").click()
    notice = page.locator("#notice")
    expect(notice).to_contain_text("Another tab has changed this.")
    expect(notice).to_contain_text("It is now: edited: Theirs.")
    expect(page.locator("#view-rows textarea")).to_have_value("Mine.")
    assert review.state["targets"]["row:bb01"]["edits"] == {"1": "Theirs."}
    notice.get_by_role("button", name="Save mine instead").click()
    expect(page.locator("#view-rows .turn.role .text").first).to_have_text("Mine.")
    assert [each["seen"] for each in sent(page, review, 2)] == [0, 1]
    expect(notice).to_be_hidden()
    only(faults, "409")


def test_what_another_tab_did_can_be_kept(open_review: Open, review: FakeReview, faults: Faults) -> None:
    page = open_review()
    review.write(line(review, 7), {"do": "speaker", "role": "Ada"})
    page.keyboard.press("x")
    expect(page.locator("#notice")).to_contain_text("It is now: said by Ada")
    expect(page.locator(".card .now")).to_have_text("Ada")
    page.get_by_role("button", name="Keep that").click()
    expect(page.locator("#notice")).to_be_hidden()
    assert review.state["targets"][line(review, 7)]["role"] == "Ada"
    only(faults, "409")


def test_an_edit_begun_before_another_tabs_is_no_surprise_to_it(
    open_review: Open, review: FakeReview, faults: Faults
) -> None:
    """The other tab's edit has come by itself, behind the field that is being typed into."""
    page = open_review("#rows?id=bb01")
    edit(page, "Mine.")
    review.write("row:bb01", {"do": "edit", "turn": 1, "text": "Theirs."})
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#view-rows [role=option]").nth(2)).to_contain_text("Theirs.")
    expect(page.locator("#view-rows textarea")).to_have_value("Mine.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notice")).to_contain_text("Theirs.")
    assert review.state["targets"]["row:bb01"]["edits"] == {"1": "Theirs."}
    only(faults, "409")


def test_what_other_tabs_do_shows_by_itself(open_review: Open, review: FakeReview) -> None:
    page = open_review()
    review.write(line(review, 7), {"do": "speaker", "role": "Ada"})
    expect(page.locator(".card .now")).to_have_text("Ada", timeout=9000)
    expect(page.locator(".progress")).to_contain_text("1 line reviewed")


def test_a_server_that_is_gone_is_told_and_what_was_typed_goes_out_when_it_is_back(
    open_address: Open, faults: Faults
) -> None:
    review = FakeReview(page_data("review"))
    with serving_review(review) as server:
        port = server.server_address[1]
        page = open_address(f"{review.url}#rows?id=bb01")
        edit(page, "Still here.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notice")).to_contain_text("The server does not answer.")
    expect(page.locator("#view-rows textarea")).to_have_value("Still here.")
    with serving_review(review, port):
        page.get_by_role("button", name="Send again").click()
        expect(page.locator("#view-rows .turn.role .text").first).to_have_text("Still here.")
        assert review.state["targets"]["row:bb01"]["edits"] == {"1": "Still here."}
        expect(page.locator("#notice")).to_be_hidden()
        page.close()
    only(faults, "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")


def test_nothing_else_is_sent_before_a_person_has_decided(
    open_review: Open, review: FakeReview, faults: Faults
) -> None:
    review.refusal = (400, {"error": "no such line"})
    page = open_review()
    page.keyboard.press("x")
    expect(page.locator("#notice")).to_contain_text("no such line")
    page.keyboard.press("a")
    expect(page.locator("[role=status]")).to_contain_text("First decide")
    assert len(review.sent) == 1
    page.get_by_role("button", name="Leave it").click()
    review.refusal = None
    page.keyboard.press("a")
    expect(page.locator(".card blockquote")).to_have_text("By you.")
    only(faults, "400")


def test_a_page_with_an_old_token_is_told_so(review: FakeReview, open_address: Open, faults: Faults) -> None:
    page = open_address(re.sub("token=.*", "token=old", review.url))
    page.keyboard.press("a")
    expect(page.locator("#notice")).to_contain_text("not the token of this review")
    assert review.sent == []
    only(faults, "403")


def test_a_line_that_a_person_has_called_no_speech_says_so(open_review: Open, review: FakeReview) -> None:
    review.data["lines"]["role"][7] = -2
    review.write(line(review, 7), {"do": "reject"})
    review.state["targets"][line(review, 7)]["built"] = True
    page = open_review(f"#review?line={line(review, 7)}")
    expect(page.locator(".says .now")).to_have_text("not speech")
    expect(page.locator(".says")).to_contain_text("(in the last build) · was Brook")


def test_a_correction_of_an_earlier_build_that_is_taken_back_shows_who_was_found(
    open_review: Open, review: FakeReview
) -> None:
    review.data["lines"]["role"][7] = 1
    review.write(line(review, 7), {"do": "speaker", "role": "Ada"})
    review.state["targets"][line(review, 7)]["built"] = True
    page = open_review(f"#review?line={line(review, 7)}")
    expect(page.locator(".says .now")).to_have_text("Ada")
    page.get_by_text("1 correction", exact=True).click()
    page.locator(".corrections").get_by_role("button").click()
    expect(page.locator(".says .now")).to_have_text("Brook")
