"""The sound of a recording, by ffmpeg: one channel of 16,000 samples a second, in blocks, never all at once."""

import re
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from dramaturg.errors import SourceError

__all__ = ["BLOCK", "RATE", "Sound", "clips", "length_of", "read_blocks"]

RATE = 16_000
"""Samples a second."""

BLOCK = 512
"""Samples in a block: what silero-vad looks at at once, 32 milliseconds."""

Sound = NDArray[np.float32]
"""Samples between -1 and 1."""

_BLOCKS_AT_ONCE = 512
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d)\.(\d\d)")
_NO_SOUND = re.compile(r"matches no streams|does not contain any stream")
_WHERE = re.compile(r"^\[[^\]]*\]\s*")


def length_of(path: Path) -> float | None:
    """A recording's length in seconds, as its header has it; None where it has none."""
    told = subprocess.run(
        [*_ffmpeg("info"), *_input(path)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    ).stderr.decode(errors="replace")
    found = _DURATION.search(told)
    if found is None:
        return None
    hours, minutes, seconds, hundredths = map(int, found.groups())
    return (hours * 60 + minutes) * 60 + seconds + hundredths / 100


def read_blocks(path: Path, warnings: list[str] | None = None) -> Iterator[Sound]:
    """The sound of a recording's first audio track, in blocks of `BLOCK` samples, the last one filled up with silence.

    Raises SourceError where it has no sound, or nothing of it can be read. Where it is damaged further on, what comes
    before is given, and a line that says so is put into `warnings`.
    """
    command = [*_ffmpeg("error"), *_input(path), "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    count = 0
    with TemporaryFile() as complaints:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints) as ffmpeg:
            assert ffmpeg.stdout is not None
            try:
                while data := ffmpeg.stdout.read(2 * BLOCK * _BLOCKS_AT_ONCE):
                    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float32) / np.float32(
                        32_768
                    )
                    samples = np.pad(samples, (0, -len(samples) % BLOCK))
                    count += len(samples) // BLOCK
                    yield from samples.reshape(-1, BLOCK)
            finally:
                ffmpeg.kill()  # a reader that has enough; it has ended where all was read
        complaints.seek(0)
        told = complaints.read().decode(errors="replace")
    if ffmpeg.returncode > 0 or (ffmpeg.returncode == 0 and not count):
        if _NO_SOUND.search(told) or (not told.strip() and not count):
            raise SourceError(f"{path}: there is no sound in it")
        last = _last_line(told, path)
        if not count:
            raise SourceError(f"{path}: not a recording that ffmpeg can read ({last})")
        if warnings is not None:
            warnings.append(f"{path}: damaged after {count * BLOCK / RATE:.0f} seconds, and read up to there ({last})")


def clips(path: Path, spans: Sequence[tuple[int, int]]) -> Iterator[Sound]:
    """The sound of each span, from and to milliseconds, in order of their start; of what lies past the end, nothing."""
    waiting = deque((start * RATE // 1000, end * RATE // 1000) for start, end in spans)
    held: deque[Sound] = deque()
    first = 0  # the sample that the blocks held begin at
    for block in read_blocks(path):
        held.append(block)
        while waiting and waiting[0][1] <= first + BLOCK * len(held):
            yield _cut(held, first, *waiting.popleft())
        if not waiting:
            return
        while held and first + BLOCK <= waiting[0][0]:
            held.popleft()
            first += BLOCK
    for start, end in waiting:
        yield _cut(held, first, start, end)


def _cut(held: deque[Sound], first: int, start: int, end: int) -> Sound:
    sound = np.concatenate(held) if held else np.zeros(0, np.float32)
    return sound[max(0, start - first) : max(0, end - first)]


def _ffmpeg(tells: str) -> list[str]:
    """ffmpeg of the system, else the one that the extra brings. Playlists may name files of this machine: none but the
    recording itself is opened."""
    program = shutil.which("ffmpeg")
    if program is None:
        import imageio_ffmpeg

        program = imageio_ffmpeg.get_ffmpeg_exe()
    return [program, "-nostdin", "-hide_banner", "-v", tells, "-protocol_whitelist", "file,pipe"]


def _input(path: Path) -> list[str]:
    return ["-i", f"file:{path.resolve()}"]


def _last_line(told: str, path: Path) -> str:
    lines = [_WHERE.sub("", line) for line in told.replace(f"file:{path.resolve()}", path.name).splitlines()]
    return next((line.strip()[:160] for line in reversed(lines) if line.strip()), "ffmpeg says no more")
