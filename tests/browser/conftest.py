"""Debian's Chromium, driven by Playwright, in pages that must stay without a fault: make test-browser."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dramaturg.publish.report import render_page
from tests.browser.pages import page_data
from tests.browser.review_server import FakeReview, serving_review

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]

Open = Callable[..., "Page"]


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Faults(list[str]):
    """What a page must not do; a test that brings a fault about takes it away."""


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def open_address(chromium: "Browser", faults: Faults) -> Iterator[Open]:
    """Opens an address in a window of its own. The test fails where the page says anything on its console, runs into an
    error, or asks for anything but itself and its own server."""
    with ExitStack() as stack:

        def open_(
            address: str, *, width: int = 1280, height: int = 800, scheme: str = "light", **options: Any
        ) -> "Page":
            context = chromium.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, **options
            )  # fmt: skip
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(8000)
            page.on(
                "console",
                lambda message: faults.append(f"{message.type}: {message.text} {message.location.get('url', '')}"),
            )
            page.on("pageerror", lambda error: faults.append(f"error: {error}"))
            page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
            own = address.split("?")[0].split("#")[0]
            page.on("request", lambda request: request.url.startswith(own) or faults.append(f"asked for {request.url}"))
            page.goto(address)
            return page

        yield open_
    assert faults == []


@pytest.fixture
def open_report(open_address: Open, tmp_path: Path) -> Open:
    """Opens a page as a file: data, where to in it, and how the window is."""

    def open_(data: Mapping[str, Any] | None = None, where: str = "", **window: Any) -> "Page":
        report = tmp_path / "report.html"
        report.write_bytes(render_page(page_data() if data is None else data))
        return open_address(report.as_uri() + where, **window)

    return open_


@pytest.fixture
def review() -> Iterator[FakeReview]:
    review = FakeReview(page_data("review"))
    with serving_review(review):
        yield review


@pytest.fixture
def open_review(review: FakeReview, open_address: Open) -> Open:
    """Opens the page of `review`, as its server serves it until the window is closed."""

    def open_(where: str = "", **window: Any) -> "Page":
        return open_address(review.url + where, **window)

    return open_
