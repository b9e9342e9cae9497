"""What has to be the same where a build is asked for and where it is done: here two processes of this machine."""

from dataclasses import replace
from pathlib import Path
from select import select

import pytest

from flows.agreed import Agreed, agreed_of, passed_on
from flows.alone import Asked, Outcome
from flows.processes import outcome_of, start
from flows.stage import open_build
from tests.flows.test_cli import SPOKEN, ned


@pytest.fixture
def agreed(tmp_path: Path) -> Agreed:
    ned(tmp_path, good=SPOKEN)
    sees = tmp_path / "processed" / ".logs" / ".seen"
    sees.parent.mkdir(parents=True)
    sees.touch()
    return agreed_of(open_build(tmp_path, "ned", llm="off"), sees)


def built(data: Path, agreed: Agreed, **given: object) -> Outcome:
    output = data / "processed" / ".logs" / "ned.log"
    running = start(Asked(str(data), "ned", {"llm": "off", **given}, 1, str(output), agreed=agreed))
    select([running.told], [], [])
    return outcome_of(running)


def test_where_all_agrees_it_is_built(tmp_path: Path, agreed: Agreed) -> None:
    assert built(tmp_path, agreed).state == "built"


def test_another_dramaturg_builds_nothing(tmp_path: Path, agreed: Agreed) -> None:
    outcome = built(tmp_path, replace(agreed, code="another"))
    assert "has another Dramaturg than this command" in outcome.why
    assert not (tmp_path / "processed" / "ned").exists()


def test_another_data_folder_is_told(tmp_path: Path, agreed: Agreed) -> None:
    Path(agreed.sees).unlink()
    outcome = built(tmp_path, agreed)
    assert f"does not see the data folder that this command sees: {tmp_path} has to be the same one" in outcome.why
    assert not (tmp_path / "processed" / "ned").exists()


def test_other_settings_are_told_by_name(tmp_path: Path, agreed: Agreed) -> None:
    outcome = built(tmp_path, agreed, scene_tokens=300)
    assert "SCENE_TOKENS is 300 there and 500 here" in outcome.why


def test_how_fast_it_is_done_may_differ(tmp_path: Path, agreed: Agreed) -> None:
    assert built(tmp_path, agreed, workers=2, wait=3, concurrency=4).state == "built"


def test_no_key_and_no_password_is_passed_on(tmp_path: Path, agreed: Agreed) -> None:
    key, password = "the-key-of-this-machine", "http://me:a-password@127.0.0.1:9/v1"
    given = {"llm": "auto", "openai_api_key": key, "openai_base_url": password, "model": "m", "scene_tokens": 400}
    build = open_build(tmp_path, "ned", **given)
    told = passed_on(build.settings)
    agreed = agreed_of(build, Path(agreed.sees))
    assert (told["model"], told["scene_tokens"], agreed.keys) == ("m", 400, ["OPENAI_API_KEY"])
    assert key not in repr((told, agreed))
    assert "a-password" not in repr((told, agreed))


@pytest.mark.parametrize("address", ["http://[::1]:8000/v1", "https://LLM.example.org/v1/"])
def test_an_address_goes_along_as_it_is_written(address: str, tmp_path: Path, agreed: Agreed) -> None:  # noqa: ARG001
    build = open_build(tmp_path, "ned", llm="auto", openai_base_url=address, model="m")
    assert passed_on(build.settings)["openai_base_url"].rstrip("/") == address.rstrip("/")
