"""What `clean` takes away can be made again, to the byte and at no cost; all else stays."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from dramaturg.errors import BusyError
from flows.clean import Made, find_made, remove, render_made
from flows.pipeline import run_all
from flows.stage import open_build
from flows.stats import draw
from tests.endpoint import FakeEndpoint
from tests.flows.test_cli import dramaturg
from tests.flows.test_pipeline import tree


def clean(data: Path, *characters: str) -> Sequence[Made]:
    made = find_made(data, characters)
    for each in made:
        if each.kept is None:
            remove(each)
    return made


def kept(data: Path) -> dict[str, str]:
    """All but what builds make."""
    return {name: text for name, text in tree(data).items() if name.startswith("raw/") or name.endswith(".sqlite")}


def test_what_is_taken_away_is_built_again_to_the_byte_and_nobody_is_asked(
    generated: Path, endpoint: FakeEndpoint
) -> None:
    before, stays, asked = tree(generated / "processed" / "holmes"), kept(generated), len(endpoint.bodies)
    clean(generated)
    assert [path.name for path in (generated / "processed").iterdir()] == [".store"]
    assert kept(generated) == stays
    run_all(open_build(generated, "holmes"))
    assert tree(generated / "processed" / "holmes") == before
    assert len(endpoint.bodies) == asked


def test_only_those_that_are_named_are_cleaned(built: Path) -> None:
    clean(built, "alice", "holmes", "nobody")
    assert sorted(path.name for path in (built / "processed").iterdir()) == ["sunwukong", "weixiaobao"]


def test_the_command_tells_first_and_removes_where_it_is_told_to(built: Path) -> None:
    before = tree(built)
    told = dramaturg("clean", "--data", built)
    assert told.returncode == 0
    assert tree(built) == before
    assert [line.split()[0] for line in told.stdout.splitlines()[:4]] == ["alice", "holmes", "sunwukong", "weixiaobao"]
    assert told.stdout.endswith("--yes removes them\n")
    assert dramaturg("clean", "--data", built, "--yes").stdout.splitlines()[-1].startswith("Removed: ")
    assert list((built / "processed").iterdir()) == []


def test_what_is_made_of_a_dataset_goes_with_it(built: Path) -> None:
    folder = built / "processed" / "alice"
    for name in ("formats/messages/train.jsonl", "report.html", ".progress.json", "02_script.jsonl.partial"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    clean(built, "alice")
    assert not folder.exists()


def test_what_no_build_wrote_stays_and_is_told(built: Path) -> None:
    folder = built / "processed" / "alice"
    (folder / "notes.txt").write_text("mine")
    (folder / "tuned" / "a").mkdir(parents=True)
    made = clean(built, "alice")
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "tuned"]
    assert f"stays: {folder}/notes.txt, which no build wrote" in render_made(made)
    assert f"stays: {folder}/tuned, models that were tuned" in render_made(made)


@pytest.mark.parametrize("gone", ["character.yaml", "novel.epub"])
def test_what_could_not_be_built_again_stays(built: Path, gone: str) -> None:
    (built / "raw" / "holmes" / gone).unlink()
    before = tree(built)
    (made,) = clean(built, "holmes")
    assert made.kept == f"there is no {built}/raw/holmes/{gone} any more: it could not be built again"
    assert tree(built) == before


def test_what_was_built_from_answers_that_are_gone_stays(generated: Path) -> None:
    shutil.rmtree(generated / "processed" / ".store")
    (made,) = clean(generated, "holmes")
    assert "answers that it was built from are no longer in" in str(made.kept)
    assert (generated / "processed" / "holmes" / "manifest.json").is_file()


def test_a_build_that_is_under_way_is_not_cleaned(built: Path) -> None:
    with open_build(built, "alice").workspace.locked(), pytest.raises(BusyError):
        clean(built, "alice")
    assert (built / "processed" / "alice" / "manifest.json").is_file()


@pytest.mark.plots
def test_plots_are_part_of_what_is_made(built: Path) -> None:
    draw(open_build(built, "alice"))
    clean(built, "alice")
    assert not (built / "processed" / "alice").exists()
