"""A character with a recording, built where nothing can hear: what was heard of it is kept."""

import importlib.util
from pathlib import Path

import pytest

from dramaturg.errors import SourceError
from dramaturg.workspace import read_json
from flows.pipeline import STAGES, is_current, run_stage
from flows.stage import open_build, read_manifest
from tests.flows.test_generation import rows


@pytest.fixture(autouse=True)
def _core(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the audio extra."""
    monkeypatch.setattr("extractors.audio.find_spec", lambda name: None if name == "torch" else importlib.util)


def test_rows_of_a_recording_name_their_second(built: Path) -> None:
    found = [row for row in rows(built, "alice", "chatharuhi") if row["spans"][0]["source"] == "play.mp3"]
    assert len(found) >= 8
    assert {span["at"][:3] for row in found for span in row["spans"]} == {"00:"}
    source = read_json(built / "processed" / "alice" / "manifest.json")["stages"]["extract"]["sources"][2]
    assert source["read_as"].startswith("a recording, heard by whisper tiny.en, 25 lines; voices: 6 labelled clips")


@pytest.mark.parametrize("name", ["speakers.csv", "play.srt", "play.speakers.csv"])
def test_labels_and_subtitles_that_come_or_change_make_it_read_again(built: Path, name: str) -> None:
    build = open_build(built, "alice", llm="off")
    assert is_current(build, STAGES[0])
    (build.workspace.raw / name).write_text(
        "1\n00:00:30,000 --> 00:00:32,000\nHello.\n" if name.endswith("srt") else "start,end,name\n1,3.4,Alice\n"
    )
    assert not is_current(build, STAGES[0])
    with pytest.raises(SourceError, match="run make audio"):
        run_stage(build, STAGES[0])
    assert "extract" not in read_manifest(build)["stages"]
