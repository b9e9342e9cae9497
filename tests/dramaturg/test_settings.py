from pathlib import Path

import pytest

from dramaturg.errors import SettingsError
from dramaturg.settings import Settings, load_settings


def test_defaults() -> None:
    settings = load_settings({})
    assert (settings.llm, settings.scene_tokens) == ("auto", 500)


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
