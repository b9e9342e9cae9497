"""The keys that this process holds, so that they can be kept out of what leaves it."""

import os
from collections.abc import Mapping

from dramaturg.masking import SHORTEST
from dramaturg.providers import PROVIDERS
from dramaturg.settings import OF_THIS_MACHINE, Settings, setting_alone

__all__ = ["held_keys", "is_address", "without_keys"]

_KEYS = ("openai_api_key", "asr_api_key")
_TOLD_TO = ("on_success", "on_failure")
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING",
           "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_DATABASE_PASSWORD")  # fmt: skip


def held_keys(settings: Settings | None = None) -> set[str]:
    """The keys that settings hold, their stages' too, those that the variables of providers and of the Hub do, and the
    addresses that runs are announced to, as whoever knows one may write there."""
    all_settings = [] if settings is None else [settings, *map(settings.for_stage, settings.stages)]
    held = [getattr(each, name) for each in all_settings for name in _KEYS]
    keys = {each.get_secret_value() for each in held if each is not None}
    keys |= {setting_alone(name) or "" for name in _KEYS}
    keys |= {os.environ.get(name, "") for name in (*_TOKENS, *_provider_names())}
    keys |= {told_to for name in _TOLD_TO if is_address(told_to := setting_alone(name) or "")}
    return {key for key in keys if len(key) >= SHORTEST}


def without_keys(environment: Mapping[str, str], settings: Settings | None = None) -> dict[str, str]:
    """An environment without the variables that hold a key."""
    held = held_keys(settings)
    names = {*_TOKENS, *_provider_names(), *(name.upper() for name in OF_THIS_MACHINE)}
    return {
        name: value
        for name, value in environment.items()
        if name not in names and not any(key in value for key in held)
    }


def is_address(told_to: str) -> bool:
    return told_to.lower().startswith(("http://", "https://"))


def _provider_names() -> set[str]:
    return {each.key_name for each in PROVIDERS.values() if each.key_name}
