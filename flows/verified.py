"""A build's dataset held against its sources, which are decoded afresh."""

from collections.abc import Mapping

from dramaturg.verify import Verdict, verify
from extractors import SourceText, read_source
from flows.built import check_built
from flows.stage import Build

__all__ = ["read_sources", "verdict_of"]


def read_sources(build: Build) -> dict[str, SourceText]:
    """The canonical text of each source, by its name."""
    language = build.character.language
    return {source.name: read_source(source, build.shelf, language) for source in build.character.sources}


def verdict_of(build: Build, read: Mapping[str, SourceText] | None = None) -> Verdict:
    """`read` are the sources, where they were read already. Raises InputError where there is no dataset yet."""
    check_built(build)
    read = read_sources(build) if read is None else read
    texts, places = {}, {}
    for source, each in read.items():
        texts[source], places[source] = each.text, each.places
    return verify(build.workspace, build.character, texts, places)
