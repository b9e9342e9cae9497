"""What a source without speech is said to be."""

from pathlib import Path

import pytest

from dramaturg.character import Source, SourceKind
from dramaturg.text import Language
from extractors import Shelf, as_script, draft, read_source, why_silent

CHAT = "Mara — Yesterday at 21:03\nare you asleep\nPole — Yesterday at 21:04\nno\nMara — Yesterday at 21:05\ngood\n"
SILENT = "The lamp stood on the table, and nobody came to light it.\n\nRain fell.\n"


def why(folder: Path, text: str, kind: SourceKind = "novel", language: Language = "en") -> str:
    path = folder / f"a.{'html' if kind == 'web' else 'txt'}"
    path.write_text(text, encoding="utf-8")
    source = Source(path=path.name, kind=kind)
    read = read_source(source, Shelf(folder, folder), language)
    assert not any(line.is_speech for line in as_script(draft("a", read, kind, language)).utterances)
    told = why_silent(read, kind, language)
    assert "\n" not in told
    return told


@pytest.mark.parametrize("text", [CHAT, SILENT])
@pytest.mark.parametrize("kind", ["novel", "web"])
def test_prose_without_quotation_marks_is_told_so_and_what_a_transcript_looks_like(
    tmp_path: Path, text: str, kind: SourceKind
) -> None:
    told = why(tmp_path, text, kind)
    assert told.startswith("no quotation marks were found")
    assert "kind: transcript" in told
    assert "before a colon (Ann: Come in.)" in told
    assert "language" not in told


def test_quotation_marks_around_no_speech_are_counted(tmp_path: Path) -> None:
    told = why(tmp_path, "He read “The Lamp” twice, and fell asleep over it in the hall.\n\nRain fell.\n")
    assert told.startswith("too few quotation marks were found (1)")


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("灯在桌上，没有人来点它。\n\n下雨了。\n", "en", "in Chinese characters, and read as en: give the language zh"),
        (SILENT, "zh", "without Chinese characters, and read as zh: give the language en"),
    ],
)
def test_the_language_is_spoken_of_where_the_text_is_in_the_other(
    tmp_path: Path, text: str, language: Language, told: str
) -> None:
    assert told in why(tmp_path, text, language=language)


def test_a_text_of_both_scripts_is_not_said_to_be_in_the_other_language(tmp_path: Path) -> None:
    assert "give the language" not in why(
        tmp_path, "灯 lamp 灯 table 桌 rain 雨 灯在桌上 nobody 没有人\n", language="en"
    )


def test_a_transcript_of_a_narrator_alone_is_told_so(tmp_path: Path) -> None:
    told = why(tmp_path, "Narrator: It rained.\nNarrator: It rained on.\nNarrator: The lamp went out.\n", "transcript")
    assert "nobody but a narrator" in told
