"""From the outside world's formats to a Script: one room per kind of source."""

from collections.abc import Iterable
from pathlib import Path

from dramaturg.cast import CastMember
from dramaturg.character import SourceKind
from dramaturg.script import Script
from dramaturg.text import Language
from extractors.novel import Novel, read_novel
from extractors.reading import SourceText, read_text

__all__ = ["SourceText", "draft", "extract", "read_source"]

_DRAFTS = {"novel": read_novel}
_READERS = {"novel": read_text}


def read_source(path: Path, kind: SourceKind) -> SourceText:
    """A source's canonical text. Raises SourceError where it cannot be read."""
    return _READERS[kind](path)


def extract(
    name: str,
    read: SourceText,
    kind: SourceKind,
    language: Language,
    cast: Iterable[CastMember] = (),
    *,
    discover: bool = True,
) -> Script:
    """The script of a source that was read, called `name` in every utterance.

    `cast` are the people known to speak; with `discover` the text may add others to them.
    """
    return draft(name, read, kind, language, cast, discover=discover).script


def draft(
    name: str,
    read: SourceText,
    kind: SourceKind,
    language: Language,
    cast: Iterable[CastMember] = (),
    *,
    discover: bool = True,
) -> Novel:
    """What `extract` makes the script of, with all whom the rules took for the speaker of each line: a model may be
    asked about those that are unsure (`extractors.novel.settle`)."""
    return _DRAFTS[kind](name, read, language, cast, discover=discover)
