import re
from pathlib import Path

import pytest

from dramaturg.errors import SettingsError
from dramaturg.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _as_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM")


def test_defaults() -> None:
    settings = load_settings({})
    assert (settings.llm, settings.scene_tokens, settings.is_embedded) == ("auto", 500, True)


def test_an_endpoint_is_called_by_its_address_without_credentials() -> None:
    settings = load_settings({}, openai_base_url="http://me:secret@127.0.0.1:8000/v1/?token=secret", model="m")
    assert settings.endpoint == "http://127.0.0.1:8000/v1"
    assert "secret" not in settings.asks


def test_a_key_is_shown_nowhere() -> None:
    settings = load_settings({}, openai_api_key="sk-secret", model="m")
    assert "sk-secret" not in repr(settings)
    assert "sk-secret" not in str(settings.model_dump())
    assert settings.base_url == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"openai_base_url": "http://127.0.0.1:1/v1"}, "MODEL is not set"),
        ({"model": "m"}, "neither OPENAI_API_KEY nor OPENAI_BASE_URL"),
        ({"openai_base_url": "localhost:8000", "model": "m"}, "OPENAI_BASE_URL=localhost:8000: give an address"),
        ({"max_requests": 0}, "MAX_REQUESTS=0: "),
        ({"price_in": "cheap"}, "PRICE_IN=cheap: "),
    ],
)
def test_a_model_that_cannot_be_asked_is_named(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(complaint)):
        load_settings({}, **given)
    if "MODEL" in complaint or "neither" in complaint:
        load_settings({}, llm="off", **given)  # nobody is asked


def test_a_key_does_not_belong_to_the_data() -> None:
    with pytest.raises(SettingsError, match="openai_api_key does not belong there"):
        load_settings({"openai_api_key": "sk-secret"})


def test_command_line_over_environment_over_env_file_over_character(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings({"scene_tokens": 100}).scene_tokens == 100
    (tmp_path / ".env").write_text("SCENE_TOKENS=200\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    assert load_settings({"scene_tokens": 100}).scene_tokens == 200
    monkeypatch.setenv("SCENE_TOKENS", "300")
    assert load_settings({"scene_tokens": 100}).scene_tokens == 300
    assert load_settings({"scene_tokens": 100}, scene_tokens=400).scene_tokens == 400


def test_an_empty_variable_as_make_exports_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM", "")
    assert load_settings({}).llm == "auto"


def test_yaml_reads_off_as_false_and_that_is_off() -> None:
    assert load_settings({"llm": False}).llm == "off"


@pytest.mark.parametrize(
    ("character", "environment", "complaint"),
    [({}, "yes", "LLM=yes: "), ({"llm": "on"}, "", "LLM=on: "), ({"lm": "off"}, "", "there is no setting lm")],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, character: dict[str, object], environment: str, complaint: str
) -> None:
    monkeypatch.setenv("LLM", environment)
    with pytest.raises(SettingsError) as caught:
        load_settings(character)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
