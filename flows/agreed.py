"""What has to be the same where something is asked for and where it is done: the code, the data folder, and all
settings that decide what comes of it. Keys stay where they are."""

from dataclasses import dataclass
from pathlib import Path
from platform import node
from typing import Any
from urllib.parse import urlsplit

from dramaturg.errors import RunnerError
from dramaturg.masking import masked
from dramaturg.settings import OF_THIS_MACHINE, Settings, plain_address
from dramaturg.stages import ASKING
from flows.code import code_hash
from flows.stage import Build

__all__ = ["Agreed", "agreed_of", "check_code", "check_data", "check_settings", "passed_on"]

_WHERE = frozenset({"runner", "address", "workers"})
_HOW_FAST = frozenset({"concurrency", "requests_per_minute", "tokens_per_minute", "max_cost", "wait", "log"})
_AFTERWARDS = frozenset({"publish_to", "publish_private", "publish_withhold"})
_ADDRESSES = ("openai_base_url", "asr_base_url")


@dataclass(frozen=True, slots=True)
class Agreed:
    """`code` is the hash of the Dramaturg, `sees` a file that only who shares the data folder sees, `settings` what
    was settled, by name, and `keys` are the names of the variables that hold one."""

    code: str
    sees: str
    settings: dict[str, Any]
    keys: list[str]


def agreed_of(build: Build, sees: Path) -> Agreed:
    return Agreed(code_hash(), str(sees), _deciding(build.settings), _keys(build.settings))


def passed_on(settings: Settings) -> dict[str, Any]:
    """The settings as another machine is to have them, in plain values: none of this machine alone, and no address that
    holds a password."""
    told = _plain(settings, OF_THIS_MACHINE | _WHERE)
    stages = {name: stage.model_dump(exclude_none=True) for name, stage in settings.stages.items()}
    told["stages"] = {name: stage for name, stage in stages.items() if _is_plain(stage.get("base_url"))}
    return {
        name: value
        for name, value in told.items()
        if value is not None and (name not in _ADDRESSES or _is_plain(value))
    }


def check_code(code: str) -> None:
    """Raises RunnerError where the Dramaturg here is another."""
    if code != code_hash():
        raise RunnerError(
            f"the worker on {node()} has another Dramaturg than this command: have the same in both, and start the "
            "workers again"
        )


def check_data(sees: str) -> None:
    """Raises RunnerError where the data folder here is another."""
    if not Path(sees).is_file():
        raise RunnerError(
            f"the worker on {node()} does not see the data folder that this command sees: {Path(sees).parents[2]} has "
            "to be the same one there"
        )


def check_settings(agreed: Agreed, settings: Settings) -> None:
    """Raises RunnerError where what is settled here is another, or a key is missing."""
    here = _deciding(settings)
    different = [
        f"{name.upper()} is {_shown(here.get(name))} there and {_shown(agreed.settings.get(name))} here"
        for name in sorted({*here, *agreed.settings})
        if here.get(name) != agreed.settings.get(name)
    ]
    different += [f"{name} is not set there" for name in sorted(set(agreed.keys) - set(_keys(settings)))]
    if different:
        raise RunnerError(
            f"the worker on {node()} has other settings than this command: {masked('; '.join(different))}: change its "
            "environment or .env"
        )


def _deciding(settings: Settings) -> dict[str, Any]:
    """What decides what is built, in plain values; files by what is in them."""
    told = _plain(settings, OF_THIS_MACHINE | _WHERE | _HOW_FAST | _AFTERWARDS | {"stages"})
    told |= {name: plain_address(getattr(settings, name)) or None for name in _ADDRESSES}
    told |= {"instructions": settings.instructs, "benchmarks": settings.benchmark_hashes}
    if settings.llm != "off":
        told |= {f"stages: {name}": _asks(settings.for_stage(name)) for name in ASKING if name in settings.stages}
    return told


def _asks(settings: Settings) -> str:
    most = "" if settings.own_requests is None else f" within {settings.own_requests}"
    return f"{settings.asks}{most}"


def _keys(settings: Settings) -> list[str]:
    """Nothing is asked without a model, and no key then is missed."""
    if settings.llm != "auto":
        return []
    asked = [settings, *(settings.for_stage(name) for name in ASKING)]
    own = {each.key_name for each in asked if each.openai_api_key is not None and not each.is_embedded}
    return sorted(own | ({"ASR_API_KEY"} if settings.asr_api_key is not None else set()))


def _plain(settings: Settings, without: frozenset[str]) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude=set(without))


def _is_plain(address: object) -> bool:
    """Whether there is nothing in an address that may be a password."""
    parts = urlsplit(str(address or ""))
    return not (parts.username or parts.password or parts.query or parts.fragment)


def _shown(value: object) -> str:
    if value is None or value == []:
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
