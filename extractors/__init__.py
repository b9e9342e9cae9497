"""From the outside world's formats to a Script: one room per kind of source."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dramaturg.cast import CastMember
from dramaturg.character import Source, SourceKind
from dramaturg.script import Script, with_places
from dramaturg.text import Language
from extractors.audio import Hearing, RecordingText, read_recording, recognise_speech, recording_files
from extractors.kinds import recognise_kind
from extractors.novel import Novel, read_novel
from extractors.reading import SourceText, read_text
from extractors.silence import why_silent
from extractors.subtitles import SubtitleText, read_subtitles, script_of
from extractors.transcript import read_transcript, recognise

if TYPE_CHECKING:
    from extractors.web import Fetched

__all__ = [
    "Hearing",
    "Shelf",
    "SourceText",
    "as_script",
    "describe",
    "draft",
    "read_source",
    "recognise_kind",
    "source_files",
    "why_silent",
]

_Tell = Callable[[str], None]


def _say_nothing(_: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where sources lie: files below `folder`; and below `kept` what was fetched of the web, or heard of recordings,
    once and for all. Addresses in private networks are refused unless `allow_private`."""

    folder: Path
    kept: Path
    allow_private: bool = False


def source_files(
    source: Source,
    shelf: Shelf,
    language: Language,
    cast: Iterable[CastMember] = (),
    hearing: Hearing = Hearing(),  # noqa: B008 - frozen
    tell: _Tell = _say_nothing,
) -> list[Path]:
    """The files that a source is read from, there or not: its own; those of pages, which are fetched where they are not
    kept yet; those of a recording, which is recognised where it is not, the `cast` telling how names are spelled.

    `tell` is told, in lines, how that goes. Raises SourceError where a page or a recording cannot be had, and what
    `extractors.audio.recognise_speech` raises.
    """
    if source.url is not None:
        return [each.path for each in _fetched(source, source.url, shelf, tell=tell)]
    path = shelf.folder / (source.path or "")
    if source.kind == "audio":
        recognise_speech(path, shelf.kept, language, [member.name for member in cast], hearing, tell)
        return recording_files(path, shelf.kept)
    return [path]


def read_source(source: Source, shelf: Shelf, language: Language) -> SourceText:
    """A source's canonical text, of the files that `source_files` names: none is fetched here. Raises SourceError where
    it cannot be read."""
    if source.url is not None:
        from extractors.web import read_page, read_pages

        kept = _fetched(source, source.url, shelf, offline=True)
        return read_pages(read_page(each.data, each.address, each.charset, selector=source.selector) for each in kept)
    path = shelf.folder / (source.path or "")
    if source.kind == "audio":
        return read_recording(path, shelf.kept, language)
    if source.kind == "subtitles":
        return read_subtitles(path, language)
    if source.kind == "web":
        from extractors.web import read_page_file, read_pages

        page = read_pages([read_page_file(path, selector=source.selector)])
        return replace(page, places=())  # a file has no address
    return read_text(path)


def draft(
    name: str,
    read: SourceText,
    kind: SourceKind,
    language: Language,
    cast: Iterable[CastMember] = (),
    *,
    discover: bool = True,
) -> Novel | Script:
    """The script of a source that was read, called `name` in every utterance; of prose, what its script is made of:
    a model may be asked about the speakers that are unsure (`extractors.novel.settle`).

    `cast` are the people known to speak; with `discover` prose may add others to them. A page is read as a transcript
    where it is one, else as prose. Raises SourceError where a transcript is in no shape that is known.
    """
    if isinstance(read, SubtitleText):
        return _placed(script_of(name, read, language, cast), read)
    if kind == "transcript" or (kind == "web" and recognise(read.text) is not None):
        return _placed(read_transcript(name, read, language, cast), read)
    return read_novel(name, read, language, cast, discover=discover)


def as_script(drafted: Novel | Script) -> Script:
    """The script of a draft."""
    return drafted if isinstance(drafted, Script) else drafted.script


def describe(read: SourceText, kind: SourceKind) -> str:
    """What a source was read as, in a few words, with what was set aside of it."""
    if isinstance(read, SubtitleText):
        aside = ", ".join(f"{count:,} {reason}" for reason, count in read.set_aside.items())
        told = "subtitles"
        if isinstance(read, RecordingText):
            told = f"a recording, heard by {read.heard_by}" if read.heard_by else "a recording, subtitles beside it"
        cut = "; its last cue breaks off: the file may be cut" if read.may_be_cut else ""
        voices = f"; voices: {read.voices}" if isinstance(read, RecordingText) and read.voices else ""
        return f"{told}, {len(read.lines):,} lines" + (f"; set aside: {aside}" if aside else "") + cut + voices
    shape = recognise(read.text) if kind in ("transcript", "web") else None
    if shape is not None:
        return f"{'a page, ' if kind == 'web' else ''}transcript: {shape.description}"
    return "a page, prose" if kind == "web" else kind


def _placed(script: Script, read: SourceText) -> Script:
    return replace(script, utterances=tuple(with_places(script.utterances, read.places)))


def _fetched(source: Source, url: str, shelf: Shelf, **how: Any) -> "list[Fetched]":
    from extractors.web import Follow, fetch_pages  # with httpx it is a tenth of the start of a build that needs none

    follow = Follow(source.next, source.pages) if source.next or source.pages else None
    return fetch_pages(url, shelf.kept, follow=follow, allow_private=shelf.allow_private, **how)
