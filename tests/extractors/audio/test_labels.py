"""speakers.csv, as a person writes it."""

from pathlib import Path

import pytest

from dramaturg.errors import SourceError
from extractors.audio.labels import Label, read_labels


def labels(folder: Path, text: str, name: str = "speakers.csv") -> list[Label]:
    (folder / "ep01.mkv").touch()
    (folder / "ep02.mkv").touch()
    (folder / name).write_text(text, encoding="utf-8")
    return read_labels(folder / "ep01.mkv")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("12.5", "14", (12_500, 14_000)),
        ("0:01:20.3", "1:22", (80_300, 82_000)),
        ("1:00:00", "01:00:01,25", (3_600_000, 3_601_250)),
    ],
)
def test_times_are_seconds_or_hours_minutes_and_seconds(
    tmp_path: Path, start: str, end: str, expected: tuple[int, int]
) -> None:
    (label,) = labels(tmp_path, f'start,end,name\n"{start}","{end}",Ann\n')
    assert (label.start, label.end) == expected


def test_columns_may_stand_in_any_order_beside_others(tmp_path: Path) -> None:
    (label,) = labels(tmp_path, "Name, what ,END,Start\n 韦小宝 ,laughs,2,1\n\n")
    assert label == Label(tmp_path / "ep01.mkv", 1000, 2000, "韦小宝")


def test_a_column_names_another_recording_of_the_folder(tmp_path: Path) -> None:
    here, there = labels(tmp_path, "start,end,name,file\n1,2,Ann,\n1,2,Ann,ep02.mkv\n")
    assert (here.path.name, there.path.name) == ("ep01.mkv", "ep02.mkv")


def test_a_recordings_own_file_comes_first(tmp_path: Path) -> None:
    labels(tmp_path, "start,end,name\n1,2,Ann\n")
    (label,) = labels(tmp_path, "start,end,name\n1,2,Ned\n", "ep01.speakers.csv")
    assert label.name == "Ned"


def test_without_a_file_there_are_no_labels(tmp_path: Path) -> None:
    assert read_labels(tmp_path / "ep01.mkv") == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("1,2,Ann\n", ":1: expected the columns start,end,name"),
        ("start,end,name\nsoon,2,Ann\n", ":2: start and end are to be seconds"),
        ("start,end,name\n1,2,Ann\n3,2,Ann\n", ":3: start and end are to be seconds"),
        ("start,end,name\n1,2\n", ":2: give a name"),
        ('start,end,name\n1,2,"Ann, Ned"\n', ":2: give a name, without a comma"),
        ("start,end,name,file\n1,2,Ann,ep03.mkv\n", ":2: there is no file ep03.mkv beside it"),
        ("start,end,name,file\n1,2,Ann,../x.mkv\n", ":2: there is no file ../x.mkv beside it"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SourceError) as caught:
        labels(tmp_path, text)
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)
