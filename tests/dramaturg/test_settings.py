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


# --- who is asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "base_url", "key_name"),
    [
        ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
        ("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY"),
        ("vllm", "http://localhost:8000/v1", None),
        ("ollama", "http://localhost:11434/v1", None),
    ],
)
def test_a_provider_says_where_it_is_and_where_its_key_stands(
    monkeypatch: pytest.MonkeyPatch, provider: str, base_url: str, key_name: str | None
) -> None:
    if key_name is not None:
        monkeypatch.setenv(key_name, "sk-own")
    settings = load_settings({}, provider=provider, model="m")
    assert (settings.base_url, settings.endpoint) == (base_url, base_url)
    assert key_of(settings) == (None if key_name is None else "sk-own")
    assert settings.key_name == (key_name or "OPENAI_API_KEY")


def key_of(settings: Settings) -> str | None:
    return settings.openai_api_key.get_secret_value() if settings.openai_api_key else None


def test_an_address_goes_before_the_providers() -> None:
    settings = load_settings({}, provider="ollama", openai_base_url="http://gpu:11434/v1", model="m")
    assert settings.base_url == "http://gpu:11434/v1"


def test_a_key_goes_to_the_address_that_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    assert key_of(load_settings({}, provider="deepseek", model="m")) == "sk-openai"
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-deepseek")
    assert key_of(load_settings({}, provider="deepseek", model="m")) == "sk-deepseek"
    gateway = load_settings({}, provider="deepseek", openai_base_url="https://gateway.example/v1", model="m")
    assert (key_of(gateway), gateway.key_name) == ("sk-openai", "OPENAI_API_KEY")


def test_a_providers_key_may_stand_in_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PROVIDER=deepseek\nMODEL=m\nDEEPSEEK_API_KEY=sk-file\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    settings = load_settings({})
    assert (key_of(settings), settings.key_name) == ("sk-file", "DEEPSEEK_API_KEY")
    assert "sk-file" not in repr(settings)


@pytest.mark.parametrize("provider", ["openai", "deepseek", "dashscope", "vllm", "ollama"])
def test_a_provider_without_a_model_is_told_an_example(provider: str) -> None:
    with pytest.raises(SettingsError, match=rf"MODEL is not set: .*PROVIDER={provider} .* such as MODEL=\S+$"):
        load_settings({}, provider=provider)
    load_settings({}, provider=provider, llm="off")


def test_a_provider_that_wants_a_key_and_has_none_is_told_which_unless_only_the_store_is_asked() -> None:
    with pytest.raises(SettingsError, match="PROVIDER=dashscope needs a key: set DASHSCOPE_API_KEY"):
        load_settings({}, provider="dashscope", model="m")
    assert load_settings({}, provider="dashscope", model="m", llm="replay").asks.startswith("https://dashscope")
    load_settings({}, provider="dashscope", openai_base_url="http://127.0.0.1:1/v1", model="m")


def test_embedded_is_embedded_whatever_model_is_named() -> None:
    settings = load_settings({}, provider="embedded", model="m", openai_base_url="http://127.0.0.1:1/v1")
    assert (settings.is_embedded, settings.endpoint, settings.asks) == (True, "embedded", "embedded default")


def test_the_embedded_model_may_lose_all_and_another_must_not() -> None:
    there = {"openai_base_url": "http://127.0.0.1:1/v1", "model": "m"}
    assert (load_settings({}).least_yield, load_settings({}, **there).least_yield) == (0.0, 0.1)
    assert {load_settings({}, yield_floor=0.3, **asked).least_yield for asked in ({}, there)} == {0.3}


# --- by stage -----------------------------------------------------------------------------------------------

THERE = {"openai_base_url": "https://api.deepseek.com/v1", "openai_api_key": "sk-there", "model": "one"}


def staged(**stages: object) -> Settings:
    return load_settings({"stages": stages}, **THERE)


def test_a_stage_asks_what_it_is_told_and_the_others_what_all_are() -> None:
    settings = staged(questions={"model": "two", "concurrency": 3})
    assert settings.for_stage("synthesis") is settings
    questions = settings.for_stage("questions")
    assert questions.asks == "https://api.deepseek.com/v1 two"
    assert (key_of(questions), questions.concurrency, settings.concurrency) == ("sk-there", 3, 32)


def test_a_stage_may_ask_elsewhere_and_no_key_goes_along() -> None:
    for elsewhere in ({"provider": "ollama"}, {"base_url": "http://gpu:8000/v1"}):
        asked = staged(synthesis={**elsewhere, "model": "two"}).for_stage("synthesis")
        assert asked.asks == f"{elsewhere.get('base_url', 'http://localhost:11434/v1')} two"
        assert key_of(asked) is None


def test_a_stage_names_the_variable_of_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_OTHER_KEY", "sk-other")
    there = {"provider": "dashscope", "model": "two", "key_env": "MY_OTHER_KEY"}
    settings = staged(profile=there)
    asked = settings.for_stage("profile")
    assert (key_of(asked), asked.key_name) == ("sk-other", "MY_OTHER_KEY")
    assert "sk-other" not in repr(asked) + repr(settings) + str(settings.model_dump())


def test_the_key_of_one_endpoint_is_not_taken_for_openais(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = {"profile": {"provider": "openai", "model": "two"}}
    monkeypatch.setenv("OPENAI_API_KEY", "sk-there")
    with pytest.raises(SettingsError, match="provider openai needs a key"):
        load_settings({"stages": stages}, openai_base_url="https://api.deepseek.com/v1", model="one")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-deepseek")
    settings = load_settings({"stages": stages}, provider="deepseek", model="one")
    assert key_of(settings.for_stage("profile")) == "sk-there"


def test_prices_do_not_go_along_to_another_model() -> None:
    settings = load_settings({"stages": {"profile": {"model": "two", "price_out": 7}, "questions": {"concurrency": 1}}},
                             **THERE, price_in=1, price_out=2, price_cached=0.5)  # fmt: skip
    profile, questions = settings.for_stage("profile"), settings.for_stage("questions")
    assert (profile.price_in, profile.price_out, profile.price_cached) == (None, 7, None)
    assert (questions.price_in, questions.price_out, questions.price_cached) == (1, 2, 0.5)


def test_a_stage_may_be_embedded_where_the_others_are_not_and_the_other_way_round() -> None:
    assert staged(questions={"provider": "embedded"}).for_stage("questions").is_embedded
    settings = load_settings({"stages": {"questions": {"provider": "ollama", "model": "m"}}})
    assert settings.is_embedded
    assert not settings.for_stage("questions").is_embedded
    assert not settings.is_demonstration


def test_stages_come_from_the_environment_as_json_over_those_of_the_character(monkeypatch: pytest.MonkeyPatch) -> None:
    character = {"stages": {"profile": {"provider": "ollama", "model": "two"}}}
    assert set(load_settings(character).stages) == {"profile"}
    monkeypatch.setenv("STAGES", '{"questions": {"provider": "ollama", "model": "qwen3:8b"}}')
    settings = load_settings(character)
    assert set(settings.stages) == {"questions"}
    assert settings.for_stage("questions").model == "qwen3:8b"


@pytest.mark.parametrize(
    ("stages", "complaint"),
    [
        ("{", "STAGES: not JSON: "),
        ([], "STAGES: give what is asked by stage"),
        (
            {"answers": {}},
            "no stage answers that asks a model; there are extract, profile, questions, synthesis",
        ),
        ({"question": {}}, "do you mean questions?"),
        ({"questions": "two"}, "STAGES: questions: give what the stage asks"),
        ({"questions": {"modle": "two"}}, "STAGES: questions: there is no modle; do you mean model?"),
        ({"questions": {"concurrency": 0}}, "STAGES: questions: concurrency=0: "),
        ({"questions": {"base_url": "gpu:8000", "model": "two"}}, "STAGES: questions: base_url: give an address"),
        ({"questions": {"provider": "ollama"}}, "STAGES: questions: model is missing: say which model ollama"),
        (
            {"questions": {"provider": "dashscope", "model": "m"}},
            "provider dashscope needs a key: set DASHSCOPE_API_KEY",
        ),
        ({"questions": {"key_env": "NOT_SET"}}, "STAGES: questions: key_env: NOT_SET is not set"),
        ({"questions": {"provider": "embedded", "model": "m"}}, "STAGES: questions: the embedded model has no model"),
    ],
)
def test_a_stage_that_cannot_be_asked_is_named_in_one_line(stages: object, complaint: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(complaint)) as caught:
        load_settings({"stages": stages}, **THERE)
    assert "\n" not in str(caught.value)


def test_a_model_for_a_stage_needs_somebody_to_be_asked_for_it() -> None:
    with pytest.raises(SettingsError, match="STAGES: questions: nobody is named to be asked for two"):
        load_settings({"stages": {"questions": {"model": "two"}}})


@pytest.mark.parametrize("field", ["api_key", "openai_api_key", "key", "key_env", "token"])
def test_a_key_among_the_stages_is_refused_and_not_repeated(field: str) -> None:
    with pytest.raises(SettingsError, match="environment") as caught:
        load_settings({"stages": {"questions": {field: "sk-secret"}}}, **THERE)
    assert "sk-secret" not in str(caught.value)


def test_benchmarks_are_a_list_or_stand_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "a.jsonl", tmp_path / "folder" / "b.txt"
    other.parent.mkdir()
    for path in (one, other):
        path.write_text(path.name)
    monkeypatch.setenv("BENCHMARKS", f"{one}:{other.parent}")
    assert load_settings({}).benchmark_files == [one, other]
    monkeypatch.delenv("BENCHMARKS")
    listed = load_settings({"benchmarks": [str(one), str(other.parent)]})
    assert listed.benchmark_files == [one, other]
    assert len(set(listed.benchmark_hashes)) == 2


@pytest.mark.parametrize(
    "given", [{"test_share": 0}, {"test_share": 1}, {"split": "random"}, {"benchmarks": "nowhere"}]
)
def test_what_cannot_be_held_out_is_named(given: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=next(iter(given)).upper()):
        load_settings(given)
