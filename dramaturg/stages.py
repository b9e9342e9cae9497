"""The stages that ask a language model, and what one of them may be told that the others are not."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dramaturg.providers import PROVIDERS, ProviderName

__all__ = ["ASKING", "EVALUATE", "MODES", "Mode", "StageSettings", "checked_address", "checked_names"]

ASKING = ("extract", "profile", "questions", "synthesis", "context_instruct", "rolegpt", "scenarios", "judged")
"""In their order; the first of them asks only where an endpoint is set, the last only where rows are to be judged."""

EVALUATE = "evaluate"
"""No stage of a build, but told whom to ask like one: the judge of an evaluation."""

Mode = Literal["few_shot_dialogue", "few_shot_prompt", "zero_shot_prompt"]
"""How RoleGPT asks the role (arXiv 2310.00746): after talks of the script, with these in the prompt, without any."""

MODES: tuple[str, ...] = get_args(Mode)

_EXAMPLE = f"{{ questions: {{ model: {PROVIDERS['deepseek'].example} }} }}"
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_SECRET = re.compile(r"key|secret|token$")


class StageSettings(BaseModel):
    """What stands over the settings in one stage. With `provider` or `base_url` it asks an endpoint of its own, of
    which it names the `model`; `key_env` is the name of the environment variable that holds the key. `max_requests` is
    for this stage alone: with 0 it asks nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: ProviderName | None = None
    base_url: str | None = None
    model: str | None = Field(default=None, min_length=1)
    key_env: str | None = None
    concurrency: int | None = Field(default=None, ge=1, le=1024)
    batch: bool | None = None
    max_requests: int | None = Field(default=None, ge=0)
    price_in: float | None = Field(default=None, ge=0)
    price_out: float | None = Field(default=None, ge=0)
    price_cached: float | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _is_known(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            raise ValueError(f"give what the stage asks, as in stages: {_EXAMPLE}")
        for name in sorted(str(name) for name in set(given) - set(cls.model_fields)):
            if _SECRET.search(name.lower()):
                raise ValueError(
                    f"{name} does not belong there: put the key into the environment or .env, and give the name of its "
                    "variable as key_env"
                )
            meant = get_close_matches(name.lower(), cls.model_fields, n=1)
            told = f"do you mean {meant[0]}?" if meant else f"there are {', '.join(cls.model_fields)}"
            raise ValueError(f"there is no {name}; {told}")
        return given

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return checked_address(value)

    @field_validator("key_env")
    @classmethod
    def _names_a_variable(cls, value: str | None) -> str | None:
        if value is not None and not _VARIABLE.fullmatch(value):
            raise ValueError(
                "give the name of the environment variable that holds the key, such as DEEPSEEK_API_KEY, not the key"
            )
        return value

    @property
    def is_elsewhere(self) -> bool:
        """Whether it names an endpoint of its own."""
        return self.provider is not None or self.base_url is not None


def checked_address(value: str | None) -> str | None:
    """An endpoint's address without a slash at its end. Raises ValueError where it is none."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is none
        is_one = False
    if not is_one:
        raise ValueError("give an address such as http://localhost:8000/v1")
    return value.rstrip("/")


def checked_names(stages: object) -> Mapping[str, Any]:
    """What is given by stage. Raises ValueError where that is no mapping, or one of a stage that asks nothing."""
    if not isinstance(stages, Mapping):
        raise ValueError(f"give what is asked by stage, as in stages: {_EXAMPLE}")
    known = (*ASKING, EVALUATE)
    for name in stages:
        if name not in known:
            meant = get_close_matches(str(name).lower(), known, n=1)
            told = f"do you mean {meant[0]}? " if meant else ""
            raise ValueError(f"there is no stage {name} that asks a model; {told}there are {', '.join(known)}")
    return stages
