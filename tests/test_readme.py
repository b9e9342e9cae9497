"""What the README says is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from pydantic import SecretStr

from dramaturg import ROOT
from dramaturg.character import load_character
from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile
from dramaturg.generate.profile_edit import profile_edit
from dramaturg.llm.prices import Price, find_price, read_prices
from dramaturg.llm.weights import FROM_REGISTRY
from dramaturg.providers import PROVIDERS
from dramaturg.settings import Settings, load_settings
from dramaturg.workspace import Workspace
from flows.reasons import REASONS
from flows.stage import open_build
from flows.summary import UNITS, render_summary
from tests.endpoint import FakeEndpoint
from tests.extractors.novel.test_novel import accuracy_on_sample
from tests.extractors.novel.test_settle import accuracy, gold, sample, unsure
from tests.test_house import make

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


COMMANDS = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]


def test_every_make_command_is_a_target() -> None:
    listed = {line.split()[0] for line in make("help").stdout.splitlines()}
    used = {word for line in COMMANDS for word in re.findall(r"\bmake ([a-z][a-z-]*)", line)}
    assert {"build-dataset", "verify", "test"} <= used <= listed


def test_every_dramaturg_command_and_option_is_understood() -> None:
    commands = [line.split("dramaturg ")[1].split() for line in COMMANDS if "dramaturg " in line]
    used = {command for command, *_ in commands}
    assert used == {
        *(
            "build",
            "cast",
            "chat",
            "curate",
            "estimate",
            "evaluate",
            "extract",
            "formats",
            "plots",
            "publish",
            "reattach",
            "stats",
        ),
        *("build-all", "status", "store", "verify"),
    }
    for command, *words in commands:
        dramaturg = Path(sys.executable).with_name("dramaturg")
        commanded = [command, words[0]] if command == "store" else [command]
        told = subprocess.run([dramaturg, *commanded, "--help"], capture_output=True, text=True, check=True).stdout
        for option in (word for word in words if word.startswith("-")):
            assert re.search(rf"(?<![\w-]){option}\b", told), f"{command} has no {option}"


def test_its_character_is_one(tmp_path: Path) -> None:
    (character,) = blocks("yaml")
    folder = tmp_path / "raw" / "mycharacter"
    folder.mkdir(parents=True)
    (folder / "character.yaml").write_text(character, encoding="utf-8")
    (folder / "novel.epub").touch()
    assert load_character(Workspace(tmp_path, "mycharacter")).settings == {"scene_tokens": 500}


def test_its_examples_of_models_by_stage_and_of_prices_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM", "auto")
    monkeypatch.setenv("MY_DEEPSEEK_KEY", "sk-mine")
    _, by_stage = blocks("yml")
    given = yaml.safe_load(by_stage)["settings"]
    (tmp_path / "prices.json").write_text(*blocks("json5"))
    settings = load_settings(given, prices=tmp_path / "prices.json", provider="deepseek", model="deepseek-flash",
                             openai_api_key="sk-other")  # fmt: skip
    assert settings.for_stage("questions").openai_api_key == SecretStr("sk-mine")
    assert settings.for_stage("synthesis").asks == "http://localhost:11434/v1 qwen3:8b"
    assert find_price(settings) == Price(0.15, 0.003, 0.6, "USD")
    assert "ours" in read_prices(settings.prices)


def test_its_example_of_a_persons_profile_is_one() -> None:
    edited, _ = blocks("yml")
    made = profile_edit(Profile("", (Catchphrase("灶王爷在上", 9),)), yaml.safe_load(edited))
    assert made.edited == ("description", "catchphrases", "relations")
    assert made.catchphrases == (Catchphrase("灶王爷在上", 9),)


def test_it_tells_every_provider_and_every_setting() -> None:
    for name, provider in PROVIDERS.items():
        key = f"`{provider.key_name}`" if provider.key_name else "none"
        assert f"| `{name}` | {provider.base_url} | {key} |" in README
    told = {name for line in README.splitlines() if line.startswith("| `") for name in re.findall("`([A-Z_]+)`", line)}
    assert {name.upper() for name in Settings.model_fields} <= told


def test_its_row_is_a_row_of_the_sample(built: Path) -> None:
    shown = json.loads(*blocks("json"))
    table = pq.read_table(built / "processed" / "weixiaobao" / "dataset" / "chatharuhi" / "train.parquet")
    assert shown in table.to_pylist()


def shape(line: str) -> str:
    """A line of the screen without its numbers."""
    return " ".join(re.sub(r"\d[\d,]*", "0", line).split())


def test_its_screen_is_one_that_a_build_ends_on(
    generated: Path, built: Path, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the script gives is the same whichever model is asked; what a model gives has the same form."""
    (shown,) = ([line.rstrip() for line in block.splitlines()] for block in blocks("text"))
    monkeypatch.chdir(built.parent)
    for line in _as_by_make(render_summary(open_build(built, "weixiaobao", llm="off")), built):
        if "chatharuhi  " not in line:
            assert line in shown
    for name in endpoint.settings:
        monkeypatch.delenv(name)
    monkeypatch.chdir(generated.parent)
    summary = render_summary(open_build(generated, "weixiaobao"))
    summary = summary.replace(endpoint.model, FROM_REGISTRY.file.removesuffix(".gguf"))
    known = {shape(line) for line in _as_by_make(summary, generated)}
    reasons = {
        shape(f"0 {unit} {reason} {told.format(role='韦小宝')}")
        for unit in UNITS.values()
        for reason, (told, _) in REASONS.items()
    }
    assert [line for line in shown if shape(line) not in known | reasons] == []


def _as_by_make(summary: str, data: Path) -> list[str]:
    """The lines of a screen as they are where make builds, into data/."""
    summary = summary.replace(f"dramaturg verify weixiaobao --data {data}", "make verify CHAR=weixiaobao")
    return summary.replace(f"{data.name}/processed", "data/processed").splitlines()


@pytest.mark.parametrize("character_id", ["weixiaobao", "holmes"])
def test_its_accuracy_is_the_measured_one(character_id: str) -> None:
    quotes, speakers = accuracy_on_sample(character_id)
    assert f"| {character_id} | {quotes:.1%} | {speakers:.1%} |" in README


@pytest.mark.parametrize("character_id", ["weixiaobao", "holmes"])
def test_what_it_says_a_model_is_asked_is_what_a_model_would_be_asked(character_id: str) -> None:
    novel = sample(character_id)
    asked, quotes = unsure(novel), sum(speaker is not None for speaker in novel.speakers)
    text = " ".join(README.split())
    assert f"{len(asked)} of {quotes} in {character_id}" in text
    assert f"{accuracy(novel, gold(character_id), asked):.1%}" in text
