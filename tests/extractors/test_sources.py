"""Sources of every kind, from what character.yaml says to a script."""

import zipfile
from pathlib import Path

import pytest

from dramaturg.character import Source, SourceKind
from dramaturg.errors import SourceError
from dramaturg.script import Script
from extractors import Shelf, as_script, describe, draft, read_source, recognise_kind, source_files
from extractors.novel import Novel
from tests.extractors.web.server import Site, serving

ASS = (
    "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ann,0,0,0,,Good morning.\n"
    "Dialogue: 0,0:00:03.00,0:00:04.00,Default,Ned,0,0,0,,Is it?\n"
)
SRT = "1\n00:00:01,000 --> 00:00:02,500\nANN: Good morning.\n\n2\n00:00:03,000 --> 00:00:04,000\nNED: Is it?\n\n"
TRANSCRIPT = "Ann: Good morning.\nNed: Is it?\nAnn: The bell says so.\nNed: The bell is slow.\n"
PROSE = "“Good morning,” said Ann.\n\n“Is it?” said Ned, who had not slept, and he put down the lamp.\n"
PAGE = (
    "<!DOCTYPE html><html><head><title>t</title></head><body><nav><a href='/'>Home</a></nav>"
    "<article>{}</article></body></html>"
)
LINES = "".join(f"<p><b>{line.replace(': ', ':</b> ')}</p>" for line in TRANSCRIPT.splitlines())


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", PROSE, "novel"),
        ("a.txt", TRANSCRIPT, "transcript"),
        ("a.txt", "Ann 21:03\nGood morning.\n\nNed 21:04\nIs it?\n\nAnn 21:05\nYes.\n\nNed 21:06\nNo.\n", "transcript"),
        (
            "a.txt",
            "[21:03] <ann> good morning\n[21:04] <ned> is it\n[21:05] <ann> yes\n[21:06] <ned> no\n",
            "transcript",
        ),
        ("a.ass", ASS, "subtitles"),
        ("a.txt", ASS, "subtitles"),
        ("a.txt", SRT, "subtitles"),
        ("a.vtt", "WEBVTT\n", "subtitles"),
        ("a.html", PAGE, "web"),
        ("a.txt", "\ufeff" + PAGE, "web"),
    ],
)
def test_a_files_kind_is_recognised(tmp_path: Path, name: str, content: str, kind: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert recognise_kind(str(tmp_path / name)) == kind


def test_an_address_is_of_the_web() -> None:
    assert recognise_kind("https://example.org/novel.txt") == "web"


def said(drafted: Novel | Script) -> list[tuple[str | None, str]]:
    return [(line.role, line.content) for line in as_script(drafted).utterances if line.is_speech]


@pytest.mark.parametrize(
    ("name", "content", "kind", "told"),
    [
        ("a.txt", TRANSCRIPT, "transcript", "transcript: names before a colon"),
        ("a.html", PAGE.format(LINES), "web", "a page, transcript: names before a colon"),
        ("a.ass", ASS, "subtitles", "subtitles, 2 lines"),
        ("a.srt", SRT, "subtitles", "subtitles, 2 lines"),
        ("a.txt", PROSE, "novel", "novel"),
    ],
)
def test_every_kind_becomes_the_same_script(tmp_path: Path, name: str, content: str, kind: str, told: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    source = Source.model_validate({"path": name, "kind": kind})
    read = read_source(source, Shelf(tmp_path, tmp_path), "en")
    found = said(draft(name, read, source.kind, "en"))
    assert [(role and role.capitalize(), content.rstrip(".,")) for role, content in found[:2]] == [
        ("Ann", "Good morning"),
        ("Ned", "Is it?"),
    ]
    assert describe(read, source.kind).startswith(told)


def test_a_page_of_prose_is_read_as_a_novel(tmp_path: Path) -> None:
    prose = "".join(f"<p>{line}</p>" for line in PROSE.splitlines() if line)
    (tmp_path / "a.html").write_text(PAGE.format(prose), encoding="utf-8")
    source = Source(path="a.html", kind="web")
    read = read_source(source, Shelf(tmp_path, tmp_path), "en")
    assert isinstance(draft("a.html", read, "web", "en"), Novel)
    assert describe(read, "web") == "a page, prose"


def test_subtitles_that_break_off_are_said_to(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(SRT + "3\n00:00:05,000 --> 00:00:06,000\nANN: The", encoding="utf-8")
    read = read_source(Source(path="a.srt", kind="subtitles"), Shelf(tmp_path, tmp_path), "en")
    assert describe(read, "subtitles") == "subtitles, 3 lines; its last cue breaks off: the file may be cut"


def test_subtitles_know_their_time(tmp_path: Path) -> None:
    (tmp_path / "a.ass").write_text(ASS, encoding="utf-8")
    source = Source(path="a.ass", kind="subtitles")
    script = as_script(draft("a.ass", read_source(source, Shelf(tmp_path, tmp_path), "en"), "subtitles", "en"))
    assert [line.at for line in script.utterances] == [
        "00:00:01.000 --> 00:00:02.500",
        "00:00:03.000 --> 00:00:04.000",
    ]


def test_lines_of_fetched_pages_know_their_page_and_are_read_again_without_the_network(tmp_path: Path) -> None:
    with serving(Site()) as site:
        site.routes["/1"] = PAGE.format(LINES + "<a class='next' href='/2'>next</a>")
        site.routes["/2"] = PAGE.format("<p><b>Ann:</b> It is noon.</p><p><b>Ned:</b> So it is.</p>")
        source = Source(url=f"{site.url}/1", kind="web", next="a.next")
        shelf = Shelf(tmp_path, tmp_path / "fetched", allow_private=True)
        files = source_files(source, shelf, "en")
        read = read_source(source, shelf, "en")
        first, second = f"{site.url}/1", f"{site.url}/2"
    assert [file.is_relative_to(tmp_path / "fetched") for file in files] == [True, True]
    script = as_script(draft(source.name, read, "web", "en"))
    assert {line.at for line in script.utterances} == {first, second}
    assert script.utterances[-1].at == second
    assert read_source(source, shelf, "en") == read  # the site is gone


@pytest.mark.parametrize(
    ("inside", "called"),
    [
        ("word/document.xml", "a Word file"),
        ("xl/workbook.xml", "an Excel file"),
        ("content.xml", "an OpenDocument file"),
    ],
)
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.docx", "novel"),
        ("a.txt", "novel"),
        ("a.txt", "transcript"),
        ("a.epub", "novel"),
        ("a.srt", "subtitles"),
        ("a.html", "web"),
    ],
)
def test_an_office_programs_file_is_called_so_whatever_its_name_is(
    tmp_path: Path, name: str, kind: SourceKind, inside: str, called: str
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(inside, "<document/>")
    with pytest.raises(SourceError, match=f"{called}, which is not read: save it as text") as caught:
        read_source(Source(path=name, kind=kind), Shelf(tmp_path, tmp_path), "en")
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)
