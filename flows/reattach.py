"""The words that were withheld from a published dataset, put back from the reader's own sources."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from dramaturg.character import Source, SourceKind
from dramaturg.errors import InputError, SourceError
from dramaturg.publish.withheld import Reattached, misfits, read_record, reattach_folder
from dramaturg.text import Language
from extractors import Shelf, read_source

__all__ = ["reattach", "render_reattached"]


def reattach(folder: Path, files: Sequence[Path]) -> Reattached:
    """Put the words of `files` back into a dataset's folder.

    A file is the source whose canonical text it has; else the one whose name it bears, or the only one there is. Raises
    InputError, before anything is written, where it is none, one is missing, or another text than that of the rows.
    """
    record = read_record(folder)
    sources: dict[str, Mapping[str, Any]] = {each["name"]: each for each in record["sources"]}
    texts: dict[str, str] = {}
    for file in files:
        name, text = _recognised(file, sources, record["language"])
        texts[name] = text
    if missing := [name for name in sources if name not in texts]:
        raise InputError(f"{', '.join(missing)}: give your copy of it too, with --source")
    if told := [
        f"{each.source} is another text than the rows were made of: {each.fitting:,} of {each.passages:,} passages fit"
        for each in misfits(folder, texts)
    ]:
        raise InputError(f"{'; '.join(told)}; nothing was written")
    return reattach_folder(folder, texts)


def render_reattached(folder: Path, done: Reattached) -> str:
    """Which files are as they were made."""
    lines = [f"{folder}: {len(done.identical)} files are as they were made, to the byte"]
    if done.rewritten:
        lines.append(f"the same rows, written by another version of Parquet: {', '.join(done.rewritten)}")
    if done.edited:
        lines.append(f"changed since they were published, and left as they are: {', '.join(done.edited)}")
    return "\n".join(lines)


def _recognised(file: Path, sources: Mapping[str, Mapping[str, Any]], language: Language) -> tuple[str, str]:
    """The name of the source that a file is, and its text."""
    if not file.is_file():
        raise InputError(f"there is no file {file}")
    for source in sources.values():
        for text in _readings(file, source, language):
            if sha256(text.encode()).hexdigest() == source["text_sha256"]:
                return source["name"], text
    called = [source for name, source in sources.items() if PurePosixPath(name).name == file.name]
    named = next(iter(called or sources.values())) if len(called or sources) == 1 else {}
    for text in _readings(file, named, language) if named else ():
        return named["name"], text
    raise InputError(f"{file}: none of the sources whose words are withheld: {', '.join(sources)}")


def _readings(file: Path, source: Mapping[str, Any], language: Language) -> Iterator[str]:
    """What a file says, read as the source is: a recording by the subtitles that are kept of it; and as the canonical
    text itself, in UTF-8."""
    kind: SourceKind = "subtitles" if source["kind"] == "audio" else source["kind"]
    selector = source["selector"] if kind == "web" else None
    try:
        read = read_source(
            Source(path=file.name, kind=kind, selector=selector), Shelf(file.parent, file.parent), language
        )
        yield read.text
    except SourceError:
        pass
    try:
        yield file.read_bytes().decode()
    except UnicodeDecodeError:
        return
