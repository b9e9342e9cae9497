"""A character whose sources lie on the web, from the first build to one without the network."""

import shutil
from pathlib import Path

import pytest

from dramaturg.errors import SourceError
from dramaturg.workspace import read_json
from flows.pipeline import STAGES, is_current, run_all
from flows.stage import Build, open_build
from tests.extractors.web.server import Site, serving

PAGE = "<!DOCTYPE html><html><head><title>t</title></head><body><article>{}</article></body></html>"
TURNS = (("Ann", "Is the tide in?"), ("Ned", "Not before noon."), ("Ann", "Then we wait."), ("Ned", "We wait."))


def page(link: str = "") -> str:
    return PAGE.format("".join(f"<p><b>{name}:</b> {said}</p>" for name, said in TURNS) + link)


def character(data: Path, url: str) -> Build:
    folder = data / "raw" / "ned"
    folder.mkdir(parents=True)
    (folder / "character.yaml").write_text(
        "schema: 1\nname: Ned\nname_en: Ned\nwork: The tide\nlanguage: en\nscript_category: web\nlicence: CC0-1.0\n"
        f"sources:\n  - {{ url: '{url}', kind: web, next: a.next }}\n"
    )
    return open_build(data, "ned", llm="off", fetch_private=True)


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
    text = (build.workspace.processed / "01_script.jsonl").read_text(encoding="utf-8")
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
