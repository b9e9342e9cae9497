"""What tokens cost: known from a table, a user's file and settings over it, and never guessed."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from dramaturg.errors import SettingsError
from dramaturg.llm.prices import FREE, Price, find_price, read_prices
from dramaturg.providers import PROVIDERS
from dramaturg.settings import Settings, load_settings

DEEPSEEK = {"openai_base_url": "https://api.deepseek.com/v1", "model": "deepseek-flash"}
OWN = {"openai_base_url": "http://127.0.0.1:8000/v1", "model": "ours"}


@pytest.fixture(autouse=True)
def _as_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM")


def of(model: str, base_url: str = "https://api.openai.com/v1", **given: object) -> Price | None:
    return find_price(load_settings({}, model=model, openai_base_url=base_url, **given))


def written(path: Path, table: object) -> Path:
    path.write_text(json.dumps(table))
    return path


def test_cached_tokens_count_within_those_asked() -> None:
    price = Price(2.0, 0.5, 8.0, "USD")
    assert price.of(1_000_000, 0, 500_000) == pytest.approx(6.0)
    assert price.of(1_000_000, 400_000, 500_000) == pytest.approx(1.2 + 0.2 + 4.0)


def test_half_the_price_is_paid_in_a_batch() -> None:
    assert Price(2.0, 0.5, 8.0, "USD").of(1_000_000, 0, 1_000_000, in_batch=True) == pytest.approx(5.0)


def test_every_seller_says_in_what_since_when_and_from_where() -> None:
    for name, seller in read_prices(None).items():
        assert seller.hosts, name
        assert re.fullmatch("[A-Z]{3}", seller.currency), name
        assert date.fromisoformat(f"{seller.as_of}-01"[:10]) >= date(2026, 1, 1)
        assert seller.source.startswith("https://"), name
        assert seller.models, name


def test_no_model_of_the_table_is_free_or_dearer_where_it_is_cached() -> None:
    for seller in read_prices(None).values():
        for model, asked in seller.models.items():
            assert 0 < (asked.tokens_cached or asked.tokens_in) <= asked.tokens_in <= asked.tokens_out, model


def test_every_provider_that_wants_money_is_in_the_table_with_its_example() -> None:
    sellers = read_prices(None)
    for name, provider in PROVIDERS.items():
        if not provider.is_free:
            assert provider.example in sellers[name].models


def test_a_models_price_is_that_of_who_is_asked() -> None:
    at_home, abroad = (of("qwen-plus", f"https://{host}.aliyuncs.com/v1") for host in ("dashscope", "dashscope-intl"))
    assert at_home is not None
    assert abroad is not None
    assert (at_home.currency, abroad.currency) == ("CNY", "USD")
    assert of("qwen-plus", "https://api.deepseek.com/v1") is None


@pytest.mark.parametrize("date_of", ["2024-08-06", "latest", "20240806", "0806", "2512"])
def test_a_dated_name_costs_what_its_base_does(date_of: str) -> None:
    assert of("gpt-4o") is not None
    assert of(f"gpt-4o-{date_of}") == of("gpt-4o")


def test_the_longest_base_is_the_one_meant_and_a_dated_line_of_its_own_goes_before() -> None:
    assert of("gpt-4o-mini-2024-07-18") == of("gpt-4o-mini")
    assert of("gpt-4o-2024-05-13") != of("gpt-4o")


@pytest.mark.parametrize("model", ["gpt-4o-audio-preview", "gpt-4", "gpt-4oo", "gpt-4o-9999", "gpt-4o-x-latest", "m"])
def test_a_name_that_is_only_like_one_has_no_price(model: str) -> None:
    assert of(model) is None


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:8000/v1",
        "http://localhost:8000/v1",
        "http://192.168.1.5/v1",
        "http://[::1]/v1",
        "http://gpu/v1",
    ],
)
def test_at_an_address_of_ones_own_a_known_name_has_no_price(base_url: str) -> None:
    assert of("gpt-4o", base_url) is None
    assert of("gpt-4o", base_url, provider="openai") is None


def test_at_another_address_a_provider_that_is_named_has_its_prices() -> None:
    assert of("gpt-4o", "https://gateway.example.org/v1") is None
    assert of("gpt-4o", "https://gateway.example.org/v1", provider="openai") == of("gpt-4o")


@pytest.mark.parametrize("provider", ["vllm", "ollama"])
def test_a_provider_on_ones_own_machine_is_free_unless_a_price_is_set(provider: str) -> None:
    assert find_price(load_settings({}, provider=provider, model="m")) == FREE
    priced = find_price(load_settings({}, provider=provider, model="m", price_in=1, price_out=2))
    assert priced == Price(1, 1, 2, "")


def test_the_embedded_model_is_free() -> None:
    assert find_price(Settings()) == FREE
    assert find_price(load_settings({}, provider="embedded", price_in=1, price_out=2)) == FREE


def test_prices_that_are_set_stand_over_the_table_and_cached_ones_default_to_asked_ones() -> None:
    assert find_price(load_settings({}, **DEEPSEEK, price_in=3, price_out=4)) == Price(3, 3, 4, "")
    assert find_price(load_settings({}, **OWN, price_in=3, price_out=4, price_cached=1)) == Price(3, 1, 4, "")


def test_a_single_price_that_is_set_stands_over_its_own_part_of_a_known_one() -> None:
    listed = find_price(load_settings({}, **DEEPSEEK))
    assert listed is not None
    cached = find_price(load_settings({}, **DEEPSEEK, price_cached=0.1))
    assert cached == Price(listed.tokens_in, 0.1, listed.tokens_out, listed.currency)
    asked = find_price(load_settings({}, **DEEPSEEK, price_in=9))
    assert asked == Price(9, 9, listed.tokens_out, listed.currency)
    assert find_price(load_settings({}, **OWN, price_in=9)) is None


def test_a_users_table_stands_over_ours_line_by_line(tmp_path: Path) -> None:
    own = written(tmp_path / "prices.json", {"deepseek": {"models": {"deepseek-flash": {"in": 1, "out": 2}}}})
    assert find_price(load_settings({}, **DEEPSEEK, prices=own)) == Price(1, 1, 2, "USD")
    other = {**DEEPSEEK, "model": "deepseek-v4-pro"}
    assert find_price(load_settings({}, **other, prices=own)) == find_price(load_settings({}, **other))


def test_a_users_table_may_name_an_endpoint_of_their_own(tmp_path: Path) -> None:
    ours = {"hosts": ["127.0.0.1"], "currency": "EUR", "models": {"ours": {"in": 1, "cached": 0.5, "out": 2}}}
    own = written(tmp_path / "prices.json", {"us": ours})
    assert find_price(load_settings({}, **OWN, prices=own)) == Price(1, 0.5, 2, "EUR")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (None, "No such file"),
        ("no", "Input should be an object"),
        ({"deepseek": {"models": {"m": {"in": 1}}}}, "deepseek: models: m: out: Field required"),
        ({"deepseek": {"models": {"m": {"in": -1, "out": 1}}}}, "deepseek: models: m: in: Input should be greater"),
        ({"us": {"models": {"m": {"in": 1, "out": 1}}}}, "us: say of whose endpoint"),
    ],
)
def test_a_users_table_that_is_none_is_named_in_one_line(tmp_path: Path, table: object, complaint: str) -> None:
    path = tmp_path / "prices.json"
    if table is not None:
        written(path, table)
    with pytest.raises(SettingsError) as caught:
        find_price(load_settings({}, **DEEPSEEK, prices=path))
    assert str(caught.value).startswith(f"PRICES={path}: ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
