"""Subtitle files written by hand, and read."""

from collections.abc import Iterable
from pathlib import Path

from dramaturg.text import Language
from extractors.subtitles import SubtitleText, read_subtitles

Said = tuple[int, int, str]
"""Start and end in milliseconds, and the cue's text as the format writes it."""

ASS_HEAD = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def clock(milliseconds: int, mark: str = ".") -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{thousandths:03}"


def at(start: int, end: int) -> str:
    """A line's place."""
    return f"{clock(start)} --> {clock(end)}"


def srt(cues: Iterable[Said]) -> str:
    return "".join(
        f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n\n"
        for number, (start, end, text) in enumerate(cues, 1)
    )


def vtt(cues: Iterable[Said]) -> str:
    return "WEBVTT\n\n" + "".join(f"{at(start, end)}\n{text}\n\n" for start, end, text in cues)


def event(start: int, end: int, text: str, *, name: str = "", style: str = "Default", kind: str = "Dialogue") -> str:
    return f"{kind}: 0,{clock(start)[1:-1]},{clock(end)[1:-1]},{style},{name},0,0,0,,{text}\n"


def apart(*texts: str, every: int = 3_000) -> list[Said]:
    """Cues a second long, `every` so many milliseconds: too far apart to be joined."""
    return [(number * every, number * every + 1_000, text) for number, text in enumerate(texts)]


def read(folder: Path, file: str | bytes, language: Language = "en", name: str = "episode.srt") -> SubtitleText:
    path = folder / name
    path.write_bytes(file if isinstance(file, bytes) else file.encode())
    return read_subtitles(path, language)


def said(text: SubtitleText) -> list[str]:
    return [text.text[line.start : line.end] for line in text.lines]


def labelled(text: SubtitleText) -> list[tuple[str | None, str]]:
    return [(line.label, text.text[line.start : line.end]) for line in text.lines]


def kinds(text: SubtitleText) -> list[tuple[str, str]]:
    return [(line.kind, text.text[line.start : line.end]) for line in text.lines]
