"""Prefect's server, its clock and its worker, once for all tests of this folder: make test-operations."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dramaturg import ROOT
from tests.endpoint import FakeEndpoint, serving
from tests.operations.machine import Machine, running

if TYPE_CHECKING:
    from playwright.sync_api import Page

collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]

KEY = "sk-aKeyOfTheTestsThatOpensNothing"
TOKEN = "hf_" + "anotherOneThatOpensNothingAtAll000"


@pytest.fixture(scope="session")
def slow_endpoint() -> Iterator[FakeEndpoint]:
    """One that takes long enough for a run to be killed in the middle."""
    with serving(FakeEndpoint(delay=0.25, key=KEY)) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def clock_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is built every minute."""
    return copied(tmp_path_factory.mktemp("clock"), "weixiaobao")


@pytest.fixture(scope="session")
def machine(
    tmp_path_factory: pytest.TempPathFactory, slow_endpoint: FakeEndpoint, clock_data: Path
) -> Iterator[Machine]:
    """All deployments of prefect.yaml registered, one with a schedule of every minute, and a worker that has keys."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "home").mkdir()
    with (ROOT / "prefect.yaml").open(encoding="utf-8") as file:
        given = yaml.safe_load(file)
    one = next(each for each in given["deployments"] if each["name"] == "one")
    parameters = {"character_id": "weixiaobao", "data": str(clock_data), "settings": {"llm": "off"}}
    every_minute = {**one, "name": "clock", "parameters": parameters, "schedules": [{"cron": "* * * * *"}]}
    deployments = folder / "prefect.yaml"
    deployments.write_text(yaml.safe_dump({**given, "deployments": [*given["deployments"], every_minute]}))
    keys = {**slow_endpoint.settings, "LLM": "auto", "CONCURRENCY": "1", "HF_TOKEN": TOKEN}
    with running(folder / "home", **keys) as machine:
        machine.start_server()
        machine.deploy("--file", str(deployments))
        machine.start_worker()
        yield machine


@pytest.fixture
def page() -> Iterator["Page"]:
    """A window in Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1400, "height": 1000})
        window.set_default_timeout(30_000)
        yield window
        browser.close()


def copied(folder: Path, character: str) -> Path:
    """A data folder with one of the samples in it."""
    ignored = shutil.ignore_patterns("splits.json")
    shutil.copytree(ROOT / "data" / "raw" / character, folder / "data" / "raw" / character, ignore=ignored)
    return folder / "data"
