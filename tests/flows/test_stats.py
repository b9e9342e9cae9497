"""`dramaturg stats`, and what becomes of plots when a dataset is built again. Neither needs the extra `plots`."""

import importlib.util
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dramaturg.errors import InputError
from dramaturg.publish.pictures import PLOTS, TITLES, picture_files, record
from dramaturg.publish.pictures import Picture as Drawn
from flows.card import plots_made_from, written_parts
from flows.pipeline import run_all
from flows.stage import Build, open_build, read_manifest
from flows.stats import render_statistics, statistics_of
from flows.summary import render_summary
from tests.processes import dramaturg


def pretend_plots(build: Build, *names: str) -> list[Path]:
    """Plots of the dataset as it is now, for all that anybody can tell who does not look at them."""
    files = picture_files(build.workspace.dataset, [Drawn(f"{PLOTS}/{name}.png", TITLES[name]) for name in names])
    files[-1].parent.mkdir()
    for path in files:
        path.write_bytes(b"drawn")
    parts = written_parts(build, read_manifest(build)["stages"]["export"])
    record(build.workspace.dataset, plots_made_from(build, parts), names)
    (build.workspace.dataset / "README.md").unlink()  # so that the stage is done again
    return files


def test_stats_tells_the_figures_of_a_dataset_on_a_screen_and_as_json(generated: Path) -> None:
    ran = dramaturg("stats", "weixiaobao", "--data", generated)
    assert ran.returncode == 0, ran.stderr
    assert "average response length (Chinese characters)" in ran.stdout
    told = json.loads(dramaturg("stats", "weixiaobao", "--json", "--data", generated).stdout)
    folder = generated / "processed" / "weixiaobao" / "dataset"
    for config, by_language in told["samples"].items():
        rows = sum(pq.read_metadata(path).num_rows for path in (folder / config).glob("*.parquet"))
        assert by_language["zh"]["count"]["samples"] == rows
    assert {"general", "role_specific", "knowledge_boundary", "chatharuhi"} == set(told["samples"])
    assert told["rounds"] == sum(each["lines"] for each in told["voices"]["weixiaobao"]["speakers"])
    assert told["funnel"][0] == ["spoken lines in the sources", told["rounds"]]


def test_several_datasets_are_counted_as_one(built: Path) -> None:
    found = statistics_of([open_build(built, name) for name in ("weixiaobao", "holmes")])
    assert found.roles == {"en": 1, "zh": 1}
    assert found.funnel == ()
    assert "English words" in render_statistics(found)


def test_a_character_that_is_not_built_has_no_figures(data: Path) -> None:
    with pytest.raises(InputError, match="make build-dataset CHAR=holmes"):
        statistics_of([open_build(data, "holmes")])


def test_the_card_has_the_figures_and_what_was_asked(generated: Path) -> None:
    card = (generated / "processed" / "holmes" / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "| average instruction length (English words) |" in card
    assert "| Sherlock Holmes |" in card
    assert "| answers to general instructions | `" in card
    assert "## Plots" not in card


def test_the_card_counts_no_rows_of_an_earlier_build(generated: Path) -> None:
    run_all(open_build(generated, "holmes", llm="off"))
    card = (generated / "processed" / "holmes" / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "| – dialogue |" in card
    assert "general-purpose" not in card
    assert "## Cost" not in card


def test_plots_of_the_same_rows_stay_and_are_shown(built: Path) -> None:
    build = open_build(built, "holmes")
    files = pretend_plots(build, "lengths", "talks")
    run_all(build)
    card = (build.workspace.dataset / "README.md").read_text(encoding="utf-8")
    assert card.count("](plots/") == 2
    assert all(path.is_file() for path in files)
    assert f"  plots      {build.workspace.dataset / PLOTS}" in render_summary(build)


def test_plots_of_other_rows_go_and_the_summary_says_so(built: Path) -> None:
    build = open_build(built, "weixiaobao")
    pretend_plots(build, "lengths")
    novel = built / "raw" / "weixiaobao" / "novel.txt"
    novel.write_text(novel.read_text(encoding="utf-8").replace("灶王爷在上", "土地爷在上"), encoding="utf-8")
    run_all(build)
    assert not (build.workspace.dataset / PLOTS).exists()
    assert "](plots/" not in (build.workspace.dataset / "README.md").read_text(encoding="utf-8")
    assert "dramaturg plots weixiaobao" in render_summary(build)


def test_a_plot_that_is_not_there_is_not_shown(built: Path) -> None:
    build = open_build(built, "holmes")
    files = pretend_plots(build, "lengths", "talks")
    files[0].unlink()
    run_all(build)
    assert not (build.workspace.dataset / PLOTS).exists()
    assert "](plots/" not in (build.workspace.dataset / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is not None, reason="the extra is installed")
def test_without_the_extra_one_line_says_how_to_get_it(built: Path) -> None:
    ran = dramaturg("plots", "holmes", "--data", built)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "pip install -e '.[plots]'" in ran.stderr
