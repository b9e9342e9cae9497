import json
import sys
from pathlib import Path

import pytest

from extractors.novel import fit

TEXT = "".join(f"“Line {number}a,” said Ann.\n\n“Line {number}b,” said Ben.\n\n" for number in range(12))


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("first", "second"):
        (folder / f"{name}.txt").write_text(TEXT, encoding="utf-8")
        cast = [{"name": "Ann", "aliases": [], "gender": 0}, {"name": "Ben", "aliases": ["Benjamin"], "gender": "M"}]
        (folder / f"{name}.chars.json").write_text(json.dumps(cast))
        quotes = [
            {"start": TEXT.index(f"Line {number}{which}"), "speaker": speaker, "aliases": []}
            for number in range(12)
            for which, speaker in (("a", "Ann"), ("b", "Ben"))
        ]
        for quote in quotes:
            quote["end"] = TEXT.index("”", quote["start"])
        quotes[3]["ignore"] = True
        (folder / f"{name}.gold.jsonl").write_text("".join(json.dumps(quote) + "\n" for quote in quotes))
    return folder


def test_it_reads_the_labels_of_the_quotes_it_finds(labelled: Path) -> None:
    first, second = fit.read_labelled(labelled, "en")
    assert (first.name, second.name) == ("first", "second")
    names = [
        each.candidates[right] if right >= 0 else None
        for each, right in zip(first.example.choices, first.example.right, strict=True)
    ]
    assert names[:5] == ["Ann", "Ben", "Ann", None, "Ann"]


def test_a_novel_of_two_folders_is_in_one_fold() -> None:
    novels = [
        fit.Labelled("a", name, fit.Example([], []), [])
        for name in ("PrideAndPrejudice", "Emma", "1342_pride_and_prejudice")
    ]
    assert fit._work("1342_pride_and_prejudice", novels) == fit._work("PrideAndPrejudice", novels)
    assert fit._work("Emma", novels) != fit._work("PrideAndPrejudice", novels)


def test_it_writes_weights_and_prints_the_accuracy_on_novels_not_fitted_on(
    labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "en.json"
    arguments = ["fit", str(labelled), "--language", "en", "--output", str(output), "--folds", "2"]
    monkeypatch.setattr(sys, "argv", arguments)
    fit.main()
    assert "set: 1.0000 of all quotes, 1.0000 in the mean of 2 texts" in capsys.readouterr().out
    written = json.loads(output.read_text())
    assert written["fitted_on"] == ["set"]
    assert written["weights"]["tag|tag|-"] > 0
