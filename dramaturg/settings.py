"""What a run may be told: command line over environment (and .env) over character.yaml over defaults."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dramaturg import ROOT
from dramaturg.errors import SettingsError

__all__ = ["EMBEDDED", "Settings", "load_settings", "plain_address"]

EMBEDDED = "embedded"
"""What stands for the endpoint where the model runs inside this process."""

_OPENAI = "https://api.openai.com/v1"
_SECRET = frozenset({"openai_api_key", "asr_api_key"})


class Settings(BaseSettings):
    """Each field is also an environment variable of its name in capitals."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    llm: Literal["off", "auto"] = "auto"
    """Whether a language model is asked: the endpoint that is set, or the embedded model; or none."""
    openai_base_url: str | None = None
    """The endpoint's address, up to /v1; OpenAI's own where only `openai_api_key` and `model` are set."""
    openai_api_key: SecretStr | None = None
    model: str | None = None
    """The model's name as the endpoint has it. Without one the embedded model is asked."""
    weights: Path | None = None
    """A GGUF file for the embedded model."""
    max_requests: int | None = Field(default=None, ge=1)
    """The most requests in a build; without it, as many as there is to ask, of the embedded model 36."""
    concurrency: int = Field(default=16, ge=1, le=1024)
    """How many requests are under way at once; the embedded model takes one at a time."""
    price_in: float | None = Field(default=None, ge=0)
    price_out: float | None = Field(default=None, ge=0)
    """What a million tokens cost, asked and answered, in any currency."""
    scene_tokens: int = Field(default=500, ge=50, le=100_000)
    """The most cl100k tokens in a scene; 500 is ChatHaruhi's limit of a story."""

    fetch_private: bool = False
    """Whether pages may be fetched from this machine and from private networks."""

    asr_model: str | None = None
    """What recognises speech: a model of Whisper's, a checkpoint's file, or the endpoint's model."""
    asr_base_url: str | None = None
    """An endpoint of OpenAI's audio.transcriptions, its address up to /v1; without one Whisper runs in this process."""
    asr_api_key: SecretStr | None = None
    asr_words: bool = True
    """Whether each word gets its time, so that what is heard is cut where a sentence, or a speaker, ends."""
    hanzi: Literal["simplified", "traditional", "as_heard"] = "simplified"
    """Which characters heard Chinese is written in."""

    @field_validator("llm", mode="before")
    @classmethod
    def _as_yaml_reads_off(cls, value: object) -> object:
        return "off" if value is False else value

    @field_validator("openai_base_url", "asr_base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an address such as http://localhost:8000/v1")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _names_a_model(self) -> "Settings":
        if self.llm == "off":
            return self
        if self.openai_base_url is not None and self.model is None:
            raise ValueError("MODEL is not set: say which model OPENAI_BASE_URL is to be asked for")
        if self.model is not None and self.openai_base_url is None and self.openai_api_key is None:
            raise ValueError(
                "MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL: say where it is to be asked"
            )
        return self

    @property
    def is_embedded(self) -> bool:
        return self.model is None

    @property
    def is_demonstration(self) -> bool:
        """Whether the model is the small one that comes with the program."""
        return self.model is None and self.weights is None

    @property
    def settles_speakers(self) -> str | None:
        """What is asked who speaks where the rules are not sure, in one word for a manifest: an endpoint's model, and
        the cap on requests. None where the rules' answers stand: no model, or the embedded one, is asked."""
        if self.llm == "off" or self.is_embedded:
            return None
        return self.asks if self.max_requests is None else f"{self.asks} within {self.max_requests}"

    @property
    def hears(self) -> str:
        """How recordings are heard, in one word for a manifest."""
        by = plain_address(self.asr_base_url) or "whisper"
        return f"{by} {self.asr_model or 'default'} {self.asr_words} {self.hanzi}"

    @property
    def base_url(self) -> str:
        """Where requests go, unless the model is the embedded one."""
        return self.openai_base_url or _OPENAI

    @property
    def endpoint(self) -> str:
        """What rows, manifests and the store call the endpoint: its address without credentials, or `embedded`."""
        if self.is_embedded:
            return EMBEDDED
        return plain_address(self.base_url)

    @property
    def asks(self) -> str:
        """Which model of which endpoint is asked, in one word for a manifest."""
        return f"{self.endpoint} {self.model or self.weights or 'default'}"

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


def plain_address(address: str | None) -> str:
    """An address without credentials or a query; empty for none."""
    parts = urlsplit(address or "")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}" if address else ""


def load_settings(
    character: Mapping[str, Any],
    where: Callable[[str], str] = lambda _: "character.yaml",
    **command_line: Any,
) -> Settings:
    """Settings for one character; `command_line` values of None were not given. `where` says of a setting of the
    character's where it stands.

    Raises SettingsError, naming the setting, where a value is not one it can have.
    """
    unknown = sorted(set(character) - set(Settings.model_fields))
    if unknown:
        meant = get_close_matches(unknown[0].lower(), Settings.model_fields, n=1)
        told = f"do you mean {meant[0]}?" if meant else f"there are {', '.join(Settings.model_fields)}"
        raise SettingsError(f"{where(unknown[0])}: settings: there is no setting {unknown[0]}; {told}")
    secret = sorted(set(character) & _SECRET)
    if secret:
        raise SettingsError(
            f"{where(secret[0])}: settings: {secret[0]} does not belong there: it would be kept with the data; "
            "put it into the environment or .env"
        )
    given = {name: value for name, value in command_line.items() if value is not None}

    said_above: set[str] = set()

    class _OfCharacter(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            above = super().settings_customise_sources(settings_cls, *args, **kwargs)
            said_above.update(name for source in above for name in source())
            return (*above, InitSettingsSource(settings_cls, dict(character)))

    try:
        return _OfCharacter(**given)
    except UnicodeDecodeError:
        raise SettingsError(f"{Settings.model_config['env_file']}: not in UTF-8: save it so") from None
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(message) from None
        name = str(first["loc"][0])
        shown = "…" if name in _SECRET else first["input"]
        place = f"{where(name)}: settings: " if name in character and name not in said_above else ""
        raise SettingsError(f"{place}{name.upper()}={shown}: {message}") from None
