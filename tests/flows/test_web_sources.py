"""A character whose sources lie on the web, from the first build to one without the network."""

import re
import shutil
from pathlib import Path

import pytest

from dramaturg.errors import SourceError
from dramaturg.workspace import read_json
from flows.pipeline import STAGES, active_stages, is_current, run_all
from flows.stage import Build, open_build
from flows.summary import render_summary
from tests.extractors.web.server import Site, serving
from tests.flows.test_cli import dramaturg

PAGE = "<!DOCTYPE html><html><head><title>t</title></head><body><article>{}</article></body></html>"
TURNS = (("Ann", "Is the tide in?"), ("Ned", "Not before noon."), ("Ann", "Then we wait."), ("Ned", "We wait."))


def page(link: str = "") -> str:
    return PAGE.format("".join(f"<p><b>{name}:</b> {said}</p>" for name, said in TURNS) + link)


def character(data: Path, url: str, link: str = "next: a.next") -> Build:
    folder = data / "raw" / "ned"
    folder.mkdir(parents=True)
    (folder / "character.yaml").write_text(
        "schema: 1\nname: Ned\nname_en: Ned\nwork: The tide\nlanguage: en\nscript_category: web\nlicence: CC0-1.0\n"
        f"sources:\n  - {{ url: '{url}', kind: web, {link} }}\n"
    )
    return open_build(data, "ned", llm="off", fetch_private=True)


def verified(data: Path) -> tuple[int, str]:
    """The exit code of `dramaturg verify`, to which no page may be given, and what it says."""
    ran = dramaturg("verify", "ned", "--data", data, FETCH_PRIVATE="true")
    return ran.returncode, ran.stdout + ran.stderr


def test_pages_are_fetched_once_and_every_row_names_its_own(tmp_path: Path) -> None:
    with serving(Site({"/1": page("<a class='next' href='/2'>on</a>"), "/2": page()})) as site:
        build = character(tmp_path, f"{site.url}/1")
        run_all(build)
        asked = site.paths
        run_all(build)
        assert site.paths == asked == ["/1", "/2"]
        first = site.url
    (source,) = read_json(build.workspace.manifest)["stages"]["extract"]["sources"]
    assert source["read_as"].startswith("a page, transcript")
    assert len(source["files"]) == 2
    assert is_current(build, STAGES[0])
    shutil.rmtree(build.workspace.processed)
    run_all(build)  # the site is gone
    text = (build.workspace.processed / "02_script.jsonl").read_text(encoding="utf-8")
    assert [f'"at":"{first}/{number}"' in text for number in (1, 2, 3)] == [True, True, False]


def test_a_kept_page_that_was_changed_is_not_taken_for_the_one_that_was_fetched(tmp_path: Path) -> None:
    with serving(Site({"/1": page()})) as site:
        build = character(tmp_path, f"{site.url}/1")
        run_all(build)
    (kept,) = (build.workspace.raw / "fetched").glob("*.html")
    kept.write_text(page().replace("noon", "night"))
    assert not is_current(build, STAGES[0])
    with pytest.raises(SourceError, match="is not as it was fetched") as caught:
        run_all(build)
    assert "\n" not in str(caught.value)


def test_pages_that_are_kept_do_not_ask_whether_they_may_be_fetched(tmp_path: Path) -> None:
    with serving(Site({"/1": page("<a class='next' href='/2'>on</a>"), "/2": page()})) as site:
        run_all(character(tmp_path, f"{site.url}/1"))
    today = open_build(tmp_path, "ned", llm="off")
    assert not today.settings.fetch_private
    assert all(is_current(today, stage) for stage in active_stages(today.settings))
    shutil.rmtree(today.workspace.processed)
    run_all(today)
    assert verified(tmp_path)[0] == 0


def test_verify_asks_for_no_page_whatever_is_missing(tmp_path: Path) -> None:
    with serving(Site({"/1": page("<a class='next' href='/2'>on</a>"), "/2": page()})) as site:
        build = character(tmp_path, f"{site.url}/1")
        assert verified(tmp_path) == (
            2,
            "error: ned is not built yet, or not to its end: make build-dataset CHAR=ned\n",
        )
        assert site.asked == []
        run_all(build)
        asked = len(site.asked)
        (second,) = (build.workspace.raw / "fetched").glob("2-*.html")
        second.unlink()
        code, said = verified(tmp_path)
        assert len(site.asked) == asked
    assert code == 2
    assert said.startswith(f"error: {site.url}/2: {second.name} in ")
    assert said.endswith("is missing: build again\n")
    assert said.count("\n") == 1


def test_a_selector_that_finds_no_link_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(Site({"/1": page("<a class='next' href='/2'>on</a>"), "/2": page()})) as site:
        run_all(character(tmp_path, f"{site.url}/1", "next: a.nxt"))
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith(f"{site.url}/1: 'a.nxt' finds no link to another page")


def test_the_last_page_of_a_chain_is_told_of_in_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(Site({"/1": page("<a class='next' href='/2'>on</a>"), "/2": page()})) as site:
        run_all(character(tmp_path, f"{site.url}/1"))
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


def test_chapters_that_a_selector_does_not_find_are_told(tmp_path: Path) -> None:
    with serving(Site({"/1": page("<a class='next' href='/2'>on</a>")})) as site:
        build = character(tmp_path, f"{site.url}/1", "pages: a.chapter")
        with pytest.raises(SourceError, match=r"/1: 'a\.chapter' finds no link"):
            run_all(build)


@pytest.mark.parametrize(
    ("link", "first", "told"),
    [
        ("next: a.next", page("<a class='next' href='/2'>on</a>"), ", 2 pages,"),
        ("next: a.nxt", page("<a class='next' href='/2'>on</a>"), ", 1 page,"),
        ("selector: article", page(), ", utf-8,"),
    ],
)
def test_the_summary_says_how_many_pages_were_read(tmp_path: Path, link: str, first: str, told: str) -> None:
    with serving(Site({"/1": first, "/2": page()})) as site:
        build = character(tmp_path, f"{site.url}/1", link)
        run_all(build)
    (line,) = [line for line in render_summary(build).splitlines() if line.startswith("  source ")]
    assert told in line
    assert bool(re.search(r"\d pages?,", line)) == ("next" in link)
