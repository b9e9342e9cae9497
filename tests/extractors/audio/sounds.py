"""Recordings for tests: made of the sample play, of silence, or of noise, and written by ffmpeg."""

import subprocess
import wave
from pathlib import Path

import numpy as np

from dramaturg import ROOT
from extractors.audio.media import RATE, Sound

__all__ = ["PLAY", "SCRIPT", "SPEAKERS", "convert", "words_of", "write_wave"]

PLAY = ROOT / "data" / "raw" / "alice" / "play.mp3"
SPEAKERS = PLAY.with_name("speakers.csv")
SCRIPT = Path(__file__).with_name("play.csv")
"""What is said in the play, by whom, from and to which second."""


def write_wave(path: Path, sound: Sound) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32_767).astype("<i2").tobytes())
    return path


def convert(source: Path, target: Path, *options: str) -> Path:
    """A recording in another format, by its name."""
    import imageio_ffmpeg

    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-v", "error", "-y", "-i", source, *options, target], check=True)
    return target


def tone(seconds: float) -> Sound:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def words_of(text: str) -> list[str]:
    return "".join(each if each.isalnum() or each == "'" else " " for each in text.lower()).split()
