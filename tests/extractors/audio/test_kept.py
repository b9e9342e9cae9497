"""What is kept of a recording: read without what heard it, and asked for again where it was made of something else."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from dramaturg.cast import CastMember
from dramaturg.errors import SourceError
from extractors.audio import Hearing, read_recording, recognise_speech
from extractors.audio.kept import Hearings
from extractors.audio.recognition import Heard, Word
from extractors.subtitles import script_of
from tests.extractors.audio.sounds import PLAY

KEPT = PLAY.parent / "fetched"
NAMES = ("Alice", "Guard")


@pytest.fixture
def play(tmp_path: Path) -> Path:
    """The sample play with its labels and what was kept of it, in a folder of its own."""
    for name in ("play.mp3", "speakers.csv", "fetched/play.mp3.ass"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PLAY.parent / name, tmp_path / name)
    return tmp_path / "play.mp3"


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the audio extra."""
    monkeypatch.setattr("extractors.audio.find_spec", lambda name: None if name == "torch" else importlib.util)


def recognise(recording: Path, **how: str) -> list[str]:
    told: list[str] = []
    recognise_speech(recording, recording.parent / "fetched", "en", NAMES, Hearing(**how), told.append)  # type: ignore[arg-type]
    return told


def test_a_row_tells_its_second_its_speaker_and_how_sure_that_is() -> None:
    read = read_recording(PLAY, KEPT, "en")
    script = script_of("play.mp3", read, "en", [CastMember(name="Alice Bell", aliases=("Alice",))])
    by_label, by_voice = script.utterances[0], script.utterances[6]
    assert (by_label.role, by_label.method, by_label.speaker_confidence) == ("Alice Bell", "label", 1.0)
    assert (by_voice.content, by_voice.role, by_voice.method) == ("Where did you have it last?", "Alice Bell", "voice")
    assert 0.5 < by_voice.speaker_confidence < 1
    assert [place.at for place in read.places][:2] == [
        "00:00:00.990 --> 00:00:03.270",
        "00:00:04.250 --> 00:00:08.430",
    ]
    assert read.heard_by == "whisper tiny.en"


@pytest.mark.usefixtures("core")
def test_what_was_heard_is_read_where_nothing_hears(play: Path) -> None:
    assert recognise(play) == []


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("change", ["recording", "labels", "model", "kept"])
def test_what_was_made_of_something_else_is_heard_again(play: Path, change: str) -> None:
    how = {}
    if change == "recording":
        play.write_bytes(play.read_bytes() + b"\0")
    elif change == "labels":
        play.with_name("speakers.csv").write_text("start,end,name\n1,3.4,Alice\n")
    elif change == "model":
        how = {"model": "medium"}
    else:
        (play.parent / "fetched" / "play.mp3.ass").unlink()
    with pytest.raises(SourceError, match="run make audio"):
        recognise(play, **how)


@pytest.mark.usefixtures("core")
def test_a_persons_subtitles_that_name_everybody_need_no_voices(tmp_path: Path) -> None:
    recording = tmp_path / "ep01.mkv"
    recording.write_bytes(b"anything")
    (tmp_path / "ep01.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Is the tide in?\n\n00:03.000 --> 00:04.000\n<v Ned>No.\n"
    )
    recognise(recording)
    read = read_recording(recording, tmp_path / "fetched", "en")
    assert [(line.label, line.method, line.confidence) for line in read.lines] == [
        ("Ann", "label", 1.0),
        ("Ned", "label", 1.0),
    ]
    assert read.heard_by is None


def test_what_is_not_heard_yet_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not recognised yet"):
        read_recording(tmp_path / "ep01.mkv", tmp_path, "en")


def test_a_passage_is_known_by_recording_and_recogniser(tmp_path: Path) -> None:
    path, found = tmp_path / "kept" / "x.asr.jsonl", [Heard(0, 900, "Hi.", (Word(0, 900, " Hi."),), -0.2, 0.1, 0.9)]
    Hearings(path, "one", {"model": "a"}).keep(0, 1000, found)
    assert Hearings(path, "one", {"model": "a"}).of(0, 1000) == found
    assert Hearings(path, "one", {"model": "a"}).of(0, 2000) is None
    assert Hearings(path, "one", {"model": "b"}).of(0, 1000) is None
    assert Hearings(path, "other", {"model": "a"}).of(0, 1000) is None


def test_a_line_that_a_killed_run_left_half_written_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "x.asr.jsonl"
    log = Hearings(path, "one", {})
    log.keep(0, 1000, [Heard(0, 900, "One.")])
    log.keep(1000, 2000, [Heard(0, 900, "Two.")])
    path.write_bytes(path.read_bytes()[:-20])
    again = Hearings(path, "one", {})
    assert again.of(1000, 2000) is None
    again.keep(1000, 2000, [Heard(0, 900, "Two.")])
    whole = Hearings(path, "one", {})
    assert [whole.of(0, 1000), whole.of(1000, 2000)] == [[Heard(0, 900, "One.")], [Heard(0, 900, "Two.")]]
