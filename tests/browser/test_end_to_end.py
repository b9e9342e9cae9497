"""A dataset read and corrected by its real server: found, fixed, built again."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from flows.pipeline import run_all
from flows.report import write_report
from flows.stage import Build, open_build
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser


@pytest.fixture
def build(built: Path) -> Build:
    return open_build(built, "weixiaobao")


@pytest.fixture
def address(build: Build) -> Iterator[str]:
    dramaturg = Path(sys.executable).with_name("dramaturg")
    command = [dramaturg, "review", "weixiaobao", "--port", "0", "--data", build.workspace.data]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        yield server.stdout.readline().strip()
        server.terminate()


def speakers(build: Build, said: str) -> set[str]:
    """Who says this in the dataset."""
    tables = [pq.read_table(path) for path in (build.workspace.dataset / "script").glob("*.parquet")]
    return {row["role"] for table in tables for row in table.to_pylist() if row["content"] == said}


def test_a_row_is_found_by_what_is_said_in_it_beside_its_passage(open_address: Open, address: str) -> None:
    page = open_address(address + "#rows")
    page.keyboard.press("/")
    page.keyboard.type("你少拿灶王爷挡箭")
    expect(page.locator("#view-rows [role=option]")).to_have_count(2)  # the exchange, and its scene
    page.keyboard.press("Enter")
    expect(page.locator("#view-rows .verso mark").first).to_contain_text("你少拿灶王爷挡箭。")


def test_a_wrong_speaker_is_fixed_and_the_next_build_has_it(open_address: Open, address: str, build: Build) -> None:
    page = open_address(address + "#review")
    said = str(page.locator(".card blockquote").text_content())
    before = speakers(build, said)
    page.keyboard.press("/")
    page.keyboard.type("算命先生")
    page.keyboard.press("Enter")
    expect(page.locator(".card blockquote")).not_to_have_text(said)
    run_all(build)
    assert before != speakers(build, said) == {"算命先生"}
    report = open_address(write_report(build, None, 20_000).as_uri() + "#speakers")
    expect(report.locator("main")).to_contain_text("算命先生")


def test_a_row_that_is_rejected_is_no_row_of_the_next_build(open_address: Open, address: str, build: Build) -> None:
    page = open_address(address + "#rows")
    page.locator("#view-rows [role=option]").first.click()
    known = str(page.locator("#view-rows h2").first.text_content())
    page.get_by_role("button", name=re.compile("不采纳")).first.click()
    expect(page.locator("#view-rows [role=option]").first).to_contain_text(re.compile("不采纳"))
    run_all(build)
    ids = {
        row["id"]
        for path in (build.workspace.dataset / "chatharuhi").glob("*.parquet")
        for row in pq.read_table(path).to_pylist()
    }
    assert not any(each in known for each in ids)


def test_two_windows_see_what_the_other_says(open_address: Open, address: str) -> None:
    one, other = (open_address(address + "#review") for _ in range(2))
    said = str(one.locator(".card blockquote").text_content())
    one.keyboard.press("x")
    expect(one.locator(".card blockquote")).not_to_have_text(said)
    other.bring_to_front()
    other.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(other.locator(".progress")).to_contain_text("1")
