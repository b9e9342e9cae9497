"""Recordings heard for real: Whisper's tiny.en and the voice encoder, as packages carry them, on the sample play."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from dramaturg.errors import SourceError
from dramaturg.models import cache_folder, fetch
from extractors.audio import Hearing, RecordingText, read_recording, recognise_speech
from extractors.audio.media import RATE
from extractors.audio.weights import VOICES, WHISPER_TINY
from tests.extractors.audio.sounds import PLAY, SCRIPT, SPEAKERS, convert, words_of, write_wave

pytestmark = [
    pytest.mark.audio,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # torch's, numba's
    pytest.mark.filterwarnings("ignore:Exception ignored in.*tiktoken"),  # Whisper leaves its vocabulary open
]

NAMES = ("Alice", "Guard")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache") / "dramaturg" / "models"
    folder.mkdir(parents=True)
    fetch(WHISPER_TINY, folder)
    fetch(VOICES, folder)
    return folder


@pytest.fixture(autouse=True)
def _cache(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(weights.parents[1]))


@pytest.fixture
def play(tmp_path: Path) -> Path:
    return Path(shutil.copy(PLAY, tmp_path / "play.mp3"))


@pytest.fixture(scope="session")
def _heard_once(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    play = Path(shutil.copy(PLAY, tmp_path_factory.mktemp("heard") / "play.mp3"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(weights.parents[1]))
        hear(play)
    return play.parent / "kept" / "play.mp3.asr.jsonl"


@pytest.fixture
def heard(play: Path, _heard_once: Path) -> Path:
    """The play where what is said in it was heard before, but nobody told who speaks."""
    play.with_name("kept").mkdir()
    shutil.copy(_heard_once, play.with_name("kept"))
    return play


def hear(recording: Path, labels: str | None = None, names: tuple[str, ...] = NAMES) -> tuple[RecordingText, list[str]]:
    """A recording as it is read, and what was told."""
    if labels is not None:
        recording.with_name("speakers.csv").write_text(f"start,end,name\n{labels}")
    told: list[str] = []
    model = str(cache_folder() / WHISPER_TINY.file)
    recognise_speech(recording, recording.parent / "kept", "en", names, Hearing(model), told.append)
    return read_recording(recording, recording.parent / "kept", "en"), told


def script() -> list[dict[str, str]]:
    with SCRIPT.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def who_speaks(start: float, end: float) -> str:
    """Who says most of what is said in the play from one second to another."""
    shares = dict.fromkeys(NAMES, 0.0)
    for row in script():
        shares[row["name"]] += max(0.0, min(end, float(row["end"])) - max(start, float(row["start"])))
    return max(shares, key=lambda name: shares[name])


def seconds(at: str) -> tuple[float, float]:
    """A place's times."""
    hours, minutes, rest = zip(*(each.split(":") for each in at.split(" --> ")), strict=True)
    start, end = (3600 * float(h) + 60 * float(m) + float(s) for h, m, s in zip(hours, minutes, rest, strict=True))
    return start, end


def rightly_named(read: RecordingText) -> float:
    """The share of lines by voice that are given to who speaks."""
    found = [
        line.label == who_speaks(*seconds(place.at))
        for line, place in zip(read.lines, read.places, strict=True)
        if line.method == "voice"
    ]
    assert len(found) >= 15
    return sum(found) / len(found)


def test_the_play_is_heard_and_its_voices_are_told_from_three_labels_each(play: Path) -> None:
    shutil.copy(SPEAKERS, play.with_name("speakers.csv"))
    read, told = hear(play)
    spoken = [word for row in script() for word in words_of(row["text"])]
    assert Levenshtein.distance(words_of(read.text), spoken) / len(spoken) <= 0.20
    assert rightly_named(read) >= 0.9
    assert told == []
    assert read.voices is not None
    assert "6 labelled clips of 2 voices, 6 of 6 right when left out" in read.voices


def test_voices_that_nobody_named_are_told_apart(heard: Path) -> None:
    read, _ = hear(heard)
    calls = {(who_speaks(*seconds(place.at)), line.label) for line, place in zip(read.lines, read.places, strict=True)}
    assert calls == {("Alice", "SPEAKER_1"), ("Guard", "SPEAKER_2")}
    assert {(line.method, line.confidence) for line in read.lines} == {("cluster", 0.0)}


def test_subtitles_that_a_person_corrected_take_recognitions_place_and_name_the_other_voices(heard: Path) -> None:
    hear(heard)
    kept = heard.parent / "kept" / "play.mp3.ass"
    corrected = kept.read_text(encoding="utf-8")
    for row, name in ((0, "Alice"), (1, "Guard"), (2, "Alice"), (3, "Guard")):
        line = [each for each in corrected.splitlines() if each.startswith("Dialogue")][row]
        fields = line.split(",", 9)
        fields[4] = name
        corrected = corrected.replace(line, ",".join(fields))
    corrected = corrected.replace("this drain?", "this train?")
    heard.with_suffix(".ass").write_text(corrected, encoding="utf-8")
    read, _ = hear(heard)
    assert read.heard_by is None
    assert read.text.startswith("Good evening, are you the guard of this train?")
    assert [(line.label, line.method) for line in read.lines[:4]] == [("Alice", "label"), ("Guard", "label")] * 2
    assert rightly_named(read) == 1.0


def test_a_run_that_is_killed_goes_on_where_it_was(play: Path, tmp_path: Path, weights: Path) -> None:
    shutil.copy(SPEAKERS, play.with_name("speakers.csv"))
    command = [Path(sys.executable).with_name("dramaturg"), "extract", play, "--language", "en", "--llm", "off"]
    environment = os.environ | {"ASR_MODEL": str(weights / WHISPER_TINY.file)}

    def arguments(name: str) -> list[str | Path]:
        return [*command, "--data", tmp_path / name, "-o", tmp_path / f"{name}.jsonl"]

    def log(name: str) -> Path:
        return tmp_path / name / "processed" / ".fetched" / "play.mp3.asr.jsonl"

    with subprocess.Popen(arguments("killed"), env=environment, stderr=subprocess.DEVNULL) as killed:
        while not (log("killed").is_file() and log("killed").read_bytes().count(b"\n") >= 2):
            time.sleep(0.02)
            assert killed.poll() is None, "it was done before it was killed"
        killed.send_signal(signal.SIGKILL)
    heard = log("killed").read_bytes()
    assert not (tmp_path / "killed.jsonl").exists()
    for name in ("killed", "undisturbed"):
        subprocess.run(arguments(name), env=environment, check=True, capture_output=True)
    assert log("killed").read_bytes().startswith(heard[: heard.rindex(b"\n") + 1])
    assert (tmp_path / "killed.jsonl").read_bytes() == (tmp_path / "undisturbed.jsonl").read_bytes()


def test_a_label_for_a_time_in_which_nobody_speaks_is_told_and_not_used(heard: Path) -> None:
    read, told = hear(heard, "1,3.4,Alice\n9,11.5,Alice\n4,8.3,Guard\n12.2,16.9,Guard\n46,50,Guard\n3000,3001,Alice\n")
    assert told == [
        "play.mp3: nobody speaks at 46.0 s, where a label says Guard: it is not used",
        "play.mp3: nobody speaks at 3000.0 s, where a label says Alice: it is not used",
    ]
    assert rightly_named(read) == 1.0


def test_labels_of_one_recording_name_the_voices_of_another(play: Path) -> None:
    second = convert(play, play.with_name("ep02.flac"), "-ss", "50", "-t", "40")
    rows = "".join(f"{line},play.mp3\n" for line in SPEAKERS.read_text().splitlines()[1:])
    second.with_name("speakers.csv").write_text(f"start,end,name,file\n{rows}")
    read, _ = hear(second)
    assert [line.label for line in read.lines] == ["Alice", "Guard"] * 4


@pytest.mark.parametrize("name", ["play.wav", "play.flac", "play.mkv", "play.mp4", "play.ogg"])
def test_what_ffmpeg_reads_is_heard(play: Path, name: str) -> None:
    short = convert(play, play.with_name(name), "-t", "12", "-vn")
    read, _ = hear(short, "1,3.4,Alice\n4,8.3,Guard\n")
    assert [line.label for line in read.lines] == ["Alice", "Guard", "Alice"]


def test_a_stereo_film_is_heard_by_its_first_track(play: Path) -> None:
    import imageio_ffmpeg

    film = play.with_name("film.mkv")
    picture = ["-f", "lavfi", "-i", "color=size=64x64:rate=5:duration=8"]
    sound = ["-t", "8", "-i", play, "-f", "lavfi", "-i", "sine=duration=8", "-map", "0", "-map", "1", "-map", "2"]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *sound, "-ac", "2", "-ar", "44100", film], check=True
    )
    read, _ = hear(film)
    assert "guard" in read.text.lower()


# --- what cannot be read -----------------------------------------------------------------------------------------


def refusal(recording: Path) -> str:
    with pytest.raises(SourceError) as caught:
        hear(recording)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nobody_speaks(tmp_path: Path) -> None:
    silence = write_wave(tmp_path / "silence.wav", np.zeros(120 * RATE, np.float32))
    assert "nobody is heard to speak" in refusal(silence)


def test_a_film_without_sound(tmp_path: Path) -> None:
    import imageio_ffmpeg

    film = tmp_path / "mute.mp4"
    picture = ["-f", "lavfi", "-i", "color=size=64x64:rate=5:duration=2"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, film], check=True)
    assert "there is no sound in it" in refusal(film)


@pytest.mark.parametrize(
    "data", [b"", b"It was a dark night.\n" * 100, b"PK\3\4" + bytes(9000), bytes(9000), b"#EXTM3U\n/etc/passwd\n"]
)
def test_what_is_no_recording(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ep01.mkv"
    path.write_bytes(data)
    assert "not a recording that ffmpeg can read" in refusal(path)


def test_of_a_damaged_file_what_comes_before_is_read(play: Path) -> None:
    whole = convert(play, play.with_name("whole.mkv"), "-c:a", "pcm_s16le")
    torn = play.with_name("torn.mkv")
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 4])
    read, _ = hear(torn)
    assert 4 <= len(read.lines) <= 8
    assert read.text.lower().startswith("good evening")


def test_what_is_no_checkpoint(play: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(b"PK\3\4 torn")
    with pytest.raises(SourceError, match="not a checkpoint of openai-whisper"):
        recognise_speech(play, tmp_path / "kept", "en", (), Hearing(str(path)), print)
    with pytest.raises(SourceError, match="neither a file nor a model of Whisper's"):
        recognise_speech(play, tmp_path / "kept", "en", (), Hearing("huge"), print)
