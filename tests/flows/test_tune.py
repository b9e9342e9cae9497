"""`dramaturg tune` before anything is tuned: what it refuses, each in one line. None of it needs the extra `train`."""

from pathlib import Path

import pytest

from dramaturg.errors import BusyError, InputError
from dramaturg.tune import base
from dramaturg.tune.train import Hyperparameters
from dramaturg.tune.tuned import held
from flows.stage import open_build
from flows.tune import Asked, tune
from tests.processes import dramaturg
from tests.publishing import CHARACTER


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all that is asked before torch is needed."""
    monkeypatch.setattr(base, "NEEDED", ())


def refusal(data: Path, recipe: str = "a", given: str = "nowhere/at/all") -> str:
    with pytest.raises(InputError) as raised:
        tune(open_build(data, CHARACTER), Asked(given, recipe, Hyperparameters()), lambda _: None)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.usefixtures("_installed")
def test_a_dataset_that_is_not_built_is_refused(data: Path) -> None:
    assert f"make build-dataset CHAR={CHARACTER}" in refusal(data)


@pytest.mark.usefixtures("_installed")
def test_a_dataset_that_its_sources_have_outrun_is_refused(built: Path) -> None:
    path = built / "raw" / CHARACTER / "character.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\npersonality_note: Sullen.\n", encoding="utf-8")
    assert "not as its sources and settings are now" in refusal(built)


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("recipe", ["rocit", "b"])
def test_a_recipe_of_which_the_dataset_has_no_row_is_refused(built: Path, recipe: str) -> None:
    assert refusal(built, recipe).startswith(f"{CHARACTER} has no row for RECIPE={recipe}: ")


@pytest.mark.usefixtures("_installed")
def test_a_base_that_is_none_is_refused_and_leaves_nothing(built: Path) -> None:
    assert refusal(built).startswith("BASE=nowhere/at/all: ")
    assert not (built / "processed" / CHARACTER / "tuned").exists()


def test_a_recipe_that_is_none_is_refused_on_the_command_line(built: Path) -> None:
    ran = dramaturg("tune", CHARACTER, "--base", "smollm2", "--recipe", "z", "--data", built)
    assert ran.returncode == 2
    assert ran.stderr == "error: RECIPE=z: there is no such recipe; there are rocit, a, b, c\n"


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(InputError, match="something else"), held(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_two_runs_do_not_tune_into_one_folder(tmp_path: Path) -> None:
    with held(tmp_path / "a"), pytest.raises(BusyError), held(tmp_path / "a"):
        pass
