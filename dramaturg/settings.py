"""What a run may be told: command line over environment (and .env) over character.yaml over defaults."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dramaturg import ROOT
from dramaturg.errors import SettingsError

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """Each field is also an environment variable of its name in capitals."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    llm: Literal["off", "auto"] = "auto"
    """Whether a language model is asked. No stage asks one yet: `auto` does what `off` does."""
    scene_tokens: int = Field(default=500, ge=50, le=100_000)
    """The most cl100k tokens in a scene; 500 is ChatHaruhi's limit of a story."""

    @field_validator("llm", mode="before")
    @classmethod
    def _as_yaml_reads_off(cls, value: object) -> object:
        return "off" if value is False else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings


def load_settings(character: Mapping[str, Any], **command_line: Any) -> Settings:
    """Settings for one character; `command_line` values of None were not given.

    Raises SettingsError, naming the setting, where a value is not one it can have.
    """
    unknown = sorted(set(character) - set(Settings.model_fields))
    if unknown:
        raise SettingsError(
            f"character.yaml: settings: there is no setting {unknown[0]}; there are {', '.join(Settings.model_fields)}"
        )
    given = {name: value for name, value in command_line.items() if value is not None}

    class _OfCharacter(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            above = super().settings_customise_sources(settings_cls, *args, **kwargs)
            return (*above, InitSettingsSource(settings_cls, dict(character)))

    try:
        return _OfCharacter(**given)
    except UnicodeDecodeError:
        raise SettingsError(f"{Settings.model_config['env_file']}: not in UTF-8: save it so") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise SettingsError(f"{name.upper()}={first['input']}: {first['msg']}") from None
