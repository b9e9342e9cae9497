"""What was withheld comes back from the reader's own sources, to the byte, or not at all."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dramaturg.errors import InputError
from dramaturg.publish.withheld import RECORD
from dramaturg.workspace import sha256_file
from flows.pipeline import run_all
from flows.publish import Publishing, publish
from flows.reattach import reattach, render_reattached
from flows.stage import Build, open_build
from tests.hub import FakeHub

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def fetched(data: Path, hub: FakeHub, folder: Path, character: str) -> Build:
    """A character under a licence of its own, published without its words, and what a reader has of it then."""
    path = data / "raw" / character / "character.yaml"
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**fields, "licence": "all rights reserved"}, allow_unicode=True), encoding="utf-8")
    build = open_build(data, character)
    run_all(build)
    publish(build, Publishing("org/name", "2026-01-02", withhold=True), lambda _: None)
    for name, content in hub.dataset.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return build


def own_copies(build: Build) -> list[Path]:
    return [build.workspace.raw / source.name for source in build.character.sources]


def hashes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_file(path) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("character", ["holmes", "sunwukong", "weixiaobao", "alice"])
def test_the_files_are_those_that_were_made_to_the_byte(
    built: Path, hub: FakeHub, tmp_path: Path, character: str
) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, character)
    files = own_copies(build)
    if character == "alice":  # of a recording the canonical text is what its subtitles say
        files = sorted((build.workspace.processed / "01_text").iterdir())
    done = reattach(folder, files)
    assert done.rewritten == []
    made = hashes(build.workspace.dataset)
    now = hashes(folder)
    assert {name: now[name] for name in made if name != "README.md"} == {
        name: known for name, known in made.items() if name != "README.md"
    }
    card = (build.workspace.dataset / "README.md").read_text(encoding="utf-8")
    assert (folder / "README.md").read_text(encoding="utf-8") == card.replace("path/to/this/folder", "org/name")
    assert RECORD not in now


@pytest.mark.parametrize("character", ["holmes", "weixiaobao"])
def test_so_are_those_with_rows_that_a_model_wrote(
    generated: Path, hub: FakeHub, tmp_path: Path, character: str
) -> None:
    folder = tmp_path / "fetched"
    build = fetched(generated, hub, folder, character)
    withheld = pq.read_table(folder / "chatharuhi" / "train.parquet").to_pylist()
    assert all(row["agent_response"] for row in withheld if row["question_source"] == "synthesized")
    assert not any(row["agent_response"] for row in withheld if row["question_source"] == "story")
    done = reattach(folder, own_copies(build))
    assert set(done.identical) >= {"profile.json", "general/train.parquet", "scenes/test.parquet"}
    made, now = hashes(build.workspace.dataset), hashes(folder)
    assert all(now[name] == made[name] for name in made if name != "README.md")


def test_another_edition_is_told_by_name_with_how_much_of_it_fits_and_nothing_is_written(
    built: Path, hub: FakeHub, tmp_path: Path
) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "weixiaobao")
    mine = tmp_path / "novel.txt"
    text = own_copies(build)[0].read_text(encoding="utf-8")
    mine.write_text(text[: len(text) // 2] + "（另一版）" + text[len(text) // 2 :], encoding="utf-8")
    before = hashes(folder)
    with pytest.raises(
        InputError, match=r"^novel.txt is another text .*: [\d,]+ of [\d,]+ passages fit; nothing was written$"
    ) as told:
        reattach(folder, [mine])
    fitting, passages = (
        int(word.replace(",", "")) for word in str(told.value).split() if word.replace(",", "").isdigit()
    )
    assert 0.3 < fitting / passages < 0.7
    assert hashes(folder) == before


def test_a_copy_is_known_by_its_text_whatever_its_name(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "sunwukong")
    files = []
    for number, file in enumerate(own_copies(build)):
        files.append(tmp_path / f"{number}{file.suffix}")
        shutil.copy(file, files[-1])
    assert reattach(folder, files[::-1]).rewritten == []


def test_a_missing_source_is_named(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "sunwukong")
    with pytest.raises(InputError, match=r"^page\.html, crosstalk\.txt: give your copy of it too"):
        reattach(folder, [build.workspace.raw / "episode.ass"])


def test_a_file_that_is_no_source_is_named(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    fetched(built, hub, folder, "sunwukong")
    stranger = tmp_path / "stranger.txt"
    stranger.write_text("别的")
    with pytest.raises(InputError, match=r"stranger\.txt: none of the sources whose words are withheld: page\.html"):
        reattach(folder, [stranger])
    with pytest.raises(InputError, match="there is no file"):
        reattach(folder, [tmp_path / "nothing.txt"])


def test_where_nothing_is_withheld_it_is_said_so(built: Path) -> None:
    with pytest.raises(InputError, match="nothing is withheld in it"):
        reattach(built / "processed" / "holmes" / "dataset", [])


def test_a_stopped_one_goes_on(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "holmes")
    shutil.copy(build.workspace.dataset / "script" / "train.parquet", folder / "script" / "train.parquet")
    assert "script/train.parquet" in reattach(folder, own_copies(build)).identical


def test_a_file_that_somebody_changed_is_not_touched(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "holmes")
    path = folder / "script" / "train.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(InputError, match="not as it was published"):
        reattach(folder, own_copies(build))


def test_a_card_that_somebody_changed_stays_as_it_is_and_is_named(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "holmes")
    card = folder / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + "\nSomebody's own words.\n", encoding="utf-8")
    before = card.read_bytes()
    done = reattach(folder, own_copies(build))
    assert card.read_bytes() == before
    assert render_reattached(folder, done).splitlines()[-1].endswith("left as they are: README.md")


def test_another_version_of_the_writer_gives_the_same_rows_and_says_so(
    built: Path, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fetched"
    build = fetched(built, hub, folder, "holmes")

    def otherwise(folder: Path, config: str, schema: pa.Schema, rows: Any, split: str) -> int:
        table = pa.Table.from_pylist(list(rows), schema=schema)
        pq.write_table(table, folder / config / f"{split}.parquet", compression="gzip")
        return int(table.num_rows)

    monkeypatch.setattr("dramaturg.publish.withheld.write_config", otherwise)
    done = reattach(folder, own_copies(build))
    assert done.identical == []
    assert "script/train.parquet" in render_reattached(folder, done)
    made = pq.read_table(build.workspace.dataset / "script" / "train.parquet")
    assert pq.read_table(folder / "script" / "train.parquet").to_pylist() == made.to_pylist()


def test_datasets_opens_what_is_withheld(built: Path, hub: FakeHub, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    fetched(built, hub, folder, "holmes")
    code = (
        "import sys; from datasets import load_dataset\n"
        "for config in ('chatharuhi', 'scenes', 'profiles', 'script'):\n"
        "    rows = load_dataset(sys.argv[1], config, split='train')\n"
        "    assert all(row['withheld'] for row in rows), config\n"
    )
    subprocess.run([sys.executable, "-c", code, folder], check=True, cwd=tmp_path, capture_output=True)
