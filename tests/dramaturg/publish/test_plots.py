"""Plots, with the extra `plots`: make test-plots. Warnings, of a glyph that no font has among them, are errors."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.errors import InputError
from dramaturg.publish.pictures import PLOTS, TITLES
from dramaturg.publish.statistics import Sample, Statistics, count_samples
from dramaturg.publish.verbs import verb_nouns
from dramaturg.publish.voices import count_voices
from dramaturg.text import Language
from tests.dramaturg.publish.test_card import NASTY
from tests.dramaturg.publish.test_statistics import line

pytestmark = pytest.mark.plots

NAMES: dict[Language, tuple[str, ...]] = {"zh": ("顾十三", "柳娘", "龘骉"), "en": ("Ned Tull", "Ann Pike", "Zoë")}


def figures(language: Language, *others: str) -> Statistics:
    names = (*NAMES[language], *others)
    lines = [line(number, name, act=number // 2) for number, name in enumerate((*names, *names, None))]
    samples = [Sample(names[0], language, kind, None, f"{name} 问?", [f"{name} 答 yes"])
               for name in names for kind in ("general", "role_specific")]  # fmt: skip
    return Statistics(
        {language: 1},
        {name: number + 1 for number, name in enumerate(names)},
        {"novel": 1},
        1,
        len(lines),
        count_samples(samples),
        {"ned": count_voices(names[0], lines, [lines])},
        (("spoken lines", 9), ("lines dropped: too_long", 2), (names[-1], 3)),
    )


MANY = Counter({(verb, "诗" if verb in "写说讲唱" else "joke"): 3
                for verb in ("写", "说", "讲", "唱", "tell", "write", "sing", "make")})  # fmt: skip
FEW = Counter({key: number for key, number in MANY.items() if key[0] != "make"} | {("make", "joke"): 2})


def draw(folder: Path, found: Statistics, asked: Counter[tuple[str, str]], language: Language = "zh") -> list[str]:
    from dramaturg.publish.plots import draw_plots

    return draw_plots(folder, found, asked, language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_plot_is_drawn_as_png_and_svg(tmp_path: Path, language: Language) -> None:
    drawn = draw(tmp_path, figures(language), MANY, language)
    assert drawn == list(TITLES)
    for name in drawn:
        assert (tmp_path / PLOTS / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        shown = (tmp_path / PLOTS / f"{name}.svg").read_text(encoding="utf-8")
        assert "<text" not in shown  # shapes of letters, which need no font where they are seen
        assert "<dc:date>" not in shown


def test_no_name_breaks_a_plot(tmp_path: Path) -> None:
    nasty = [*NASTY, "👩‍🚀", "\U00020bb7", "\ue000", "ab\u0301", "$x^$", "ا\u0644ف", "x" * 400]
    assert draw(tmp_path, figures("en", *nasty), Counter({(each, each): 3 for each in nasty})) == list(TITLES)


def test_of_verbs_that_are_few_or_there_by_chance_there_is_no_ring(tmp_path: Path) -> None:
    assert "questions" not in draw(tmp_path, figures("en"), FEW)
    assert "questions" in draw(tmp_path, figures("en"), MANY)


def test_no_letter_of_a_plot_is_small_where_the_card_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from dramaturg.publish import plots

    sizes: list[float] = []

    def note(_: Path, plot: Figure) -> None:
        texts = (each for each in plot.findobj(Text) if isinstance(each, Text) and each.get_text().strip())
        pixels = 800 / plot.get_figwidth()  # an inch, where a plot is 800 pixels wide
        sizes.extend(float(each.get_fontsize()) / 72 * pixels for each in texts)

    monkeypatch.setattr(plots, "_write", note)
    draw(tmp_path, figures("en"), MANY, "en")
    assert len(sizes) > 50
    assert min(sizes) > 13


def test_without_anything_to_draw_there_is_no_plot(tmp_path: Path) -> None:
    assert draw(tmp_path, Statistics({}, {}, {}, 0, 0, {}), Counter()) == []
    assert list(tmp_path.iterdir()) == []


def test_chinese_is_drawn_and_what_no_font_has_is_marked() -> None:
    from matplotlib.ft2font import FT2Font

    from dramaturg.publish import plots

    font = FT2Font(plots._chinese())
    shapes = set()
    for each in "韦小宝灶王爷顧開龘「」。，":
        assert font.get_char_index(ord(each)) != 0
        font.set_size(24, 100)
        font.set_text(each)
        font.draw_glyphs_to_bitmap()
        shapes.add(font.get_image().tobytes())
    assert len(shapes) == 13  # a font without them would draw one box for all
    assert plots._shown("顾\n\u202e十\ue000三") == "顾 十〓三"


def test_the_same_figures_are_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from tests.dramaturg.publish.test_plots import MANY, draw, figures;"
        "draw(Path(sys.argv[1]), figures('zh'), MANY)"
    )
    hashes = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code, folder], check=True, env=environment, cwd=ROOT)
        files = sorted((folder / PLOTS).iterdir())
        hashes.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 2 * len(TITLES)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("请解释一下茶馆的规矩。", None),
        ("你那天为什么偷了掌柜的银子？", ("偷", "银子")),
        ("写一首关于春天的诗。", ("写", "诗")),
        ("请介绍一下你的家乡", ("介绍", "家乡")),
        ("你是谁？", None),
    ],
)
def test_a_chinese_question_goes_by_parts_of_speech(question: str, found: tuple[str, str] | None) -> None:
    assert list(verb_nouns([question], "zh")) == ([] if found is None else [found])


def test_a_datasets_plots_are_in_its_card_and_all_else_stays_as_it_was(generated: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    from dramaturg.verify import verify
    from extractors import read_source
    from flows.pipeline import active_stages, is_current, run_all
    from flows.stage import open_build
    from flows.stats import draw as draw_dataset

    build = open_build(generated, "weixiaobao")
    folder = build.workspace.dataset
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
    bare = (folder / "README.md").read_text(encoding="utf-8")
    told: list[str] = []
    paths = draw_dataset(build, told.append)
    drawn_of = len(TITLES) - 1
    assert [line.partition(":")[0] for line in told] == ["questions"]  # of random words
    card = (folder / "README.md").read_bytes()
    drawn = {path: path.read_bytes() for path in paths}
    assert [path.suffix for path in paths] == [".png", ".svg"] * drawn_of
    assert card.decode().count("](plots/") == drawn_of
    assert "](plots/" not in bare
    assert all(is_current(build, stage) for stage in active_stages(build.settings))
    run_all(build)
    assert draw_dataset(build) == paths
    assert {path: path.read_bytes() for path in paths} == drawn
    (folder / "README.md").unlink()  # the stage export is done again
    run_all(build)
    assert (folder / "README.md").read_bytes() == card
    assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")} == before
    read = {each.name: read_source(each, build.shelf, "zh") for each in build.character.sources}
    texts = {name: each.text for name, each in read.items()}
    places = {name: each.places for name, each in read.items()}
    assert verify(build.workspace, build.character, texts, places).is_sound
    assert load_dataset(str(folder), "chatharuhi", cache_dir=str(tmp_path / "cache"))["train"].num_rows > 0


def test_of_a_character_that_has_changed_since_it_was_built_nothing_is_drawn(built: Path) -> None:
    from flows.stage import open_build
    from flows.stats import draw as draw_dataset

    told = built / "raw" / "holmes" / "character.yaml"
    told.write_text(told.read_text(encoding="utf-8").replace("dry, ", ""), "utf-8")
    with pytest.raises(InputError, match="has changed since: make build-dataset CHAR=holmes"):
        draw_dataset(open_build(built, "holmes"))
    assert not (built / "processed" / "holmes" / "dataset" / PLOTS).exists()
