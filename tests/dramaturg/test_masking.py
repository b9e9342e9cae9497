import pytest
from pydantic import SecretStr

from dramaturg.masking import masked, remember
from dramaturg.settings import load_settings


@pytest.mark.parametrize(
    "secret",
    [
        "hf_" + "aB3" * 12,
        "sk-proj-0123456789abcdefghij_-",
        "AKIA" + "A1" * 8,
        "ghp_" + "x9" * 18,
    ],
)
def test_what_looks_like_a_key_is_masked_wherever_it_stands(secret: str) -> None:
    assert masked(f"the key {secret}，refused") == "the key ***，refused"


def test_keys_of_the_environment_are_masked_by_the_names_of_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_OWN_API_KEY", "open sesame")
    monkeypatch.setenv("PREFECT_API_KEY", "short")
    assert masked("401: open sesame; a short line") == "401: ***; a short line"


def test_a_key_that_settings_read_is_masked_whatever_its_variable_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM", "auto")
    monkeypatch.setenv("OURS", "word-of-the-ours")
    stages = {"questions": {"base_url": "http://127.0.0.1:9/v1", "model": "m", "key_env": "OURS"}}
    load_settings({}, stages=stages)
    assert masked("key word-of-the-ours") == "key ***"


def test_the_longer_of_two_keys_is_masked_whole() -> None:
    remember(SecretStr("abcdefgh"), SecretStr("abcdefgh-and-more"))
    assert masked("abcdefgh-and-more, abcdefgh") == "***, ***"


def test_credentials_in_an_address_and_a_header_are_masked() -> None:
    assert masked("https://me:pass@host/v1: Authorization: Bearer eyJhbGciOi.x") == (
        "https://***@host/v1: Authorization: ***"
    )


def test_what_is_no_secret_stays() -> None:
    text = "weixiaobao  extract  0.1 s  445 lines; a@b.org, risk-averse, https://example.org/a@b 韦小宝：sk-1"
    assert masked(text) == text
