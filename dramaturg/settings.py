"""What a run may be told: command line over environment (and .env) over character.yaml over defaults."""

import json
import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dramaturg import ROOT
from dramaturg.errors import SettingsError
from dramaturg.masking import remember
from dramaturg.providers import EMBEDDED, PROVIDERS, ProviderName
from dramaturg.stages import Mode, StageSettings, checked_address, checked_names
from dramaturg.workspace import digest, sha256_file

__all__ = ["EMBEDDED", "OF_THIS_MACHINE", "Settings", "load_settings", "plain_address", "setting_alone"]

_SECRET = frozenset({"openai_api_key", "asr_api_key"})
OF_THIS_MACHINE = _SECRET | {"on_success", "on_failure"}
"""What the environment or .env alone may say: keys, and what is run when a run ends."""

_OPENAI = PROVIDERS["openai"]
_OPENAI_KEY = "OPENAI_API_KEY"
_SHOWN_OF_STAGES = frozenset(
    {"provider", "concurrency", "batch", "max_requests", "price_in", "price_out", "price_cached"}
)
_LEAST_YIELD = 0.1


class Settings(BaseSettings):
    """Each field is also an environment variable of its name in capitals."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    llm: Literal["off", "auto", "replay"] = "auto"
    """Whether a language model is asked: the endpoint that is set, or the embedded model; or none; or only the store
    of what was answered before."""
    provider: ProviderName | None = None
    """Who is asked: it says where the endpoint is, and which variable its key stands in."""
    openai_base_url: str | None = None
    """The endpoint's address, up to /v1; without it `provider`'s, or OpenAI's where `openai_api_key` and `model` are
    set."""
    openai_api_key: SecretStr | None = None
    """The endpoint's key; where there is a `provider`, what its own variable holds goes before at its own address."""
    model: str | None = None
    """The model's name as the endpoint has it. Without one the embedded model is asked."""
    weights: Path | None = None
    """A GGUF file for the embedded model."""
    stages: Annotated[dict[str, StageSettings], NoDecode] = Field(default_factory=dict)
    """What stands over these settings in single stages: another model, another endpoint. JSON in the environment."""
    max_requests: int | None = Field(default=None, ge=1)
    """The most requests in a build; without it, as many as there is to ask, of the embedded model 36."""
    max_cost: float | None = Field(default=None, gt=0)
    """The most that one run may spend, in the price's currency."""
    concurrency: int = Field(default=32, ge=1, le=1024)
    """How many requests are under way at once; the embedded model takes one at a time."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """What the endpoint takes in a minute, by the user's account there."""
    batch: bool = False
    """Whether requests go through the provider's Batch API, which takes hours and half the price."""
    ask_again: int = Field(default=2, ge=0, le=5)
    """How often a question is asked again whose answer cannot be read."""
    yield_floor: float | None = Field(default=None, ge=0, le=1)
    """The share of its items that a stage has to keep, else the build fails; see `least_yield`."""
    price_in: float | None = Field(default=None, ge=0)
    price_out: float | None = Field(default=None, ge=0)
    price_cached: float | None = Field(default=None, ge=0)
    """What a million tokens cost, asked, answered, and asked again while the endpoint remembers them, in any currency;
    without them what the table of prices says."""
    prices: Path | None = None
    """A JSON file that stands over the table of prices, in its form."""
    scene_tokens: int = Field(default=500, ge=50, le=100_000)
    """The most cl100k tokens in a scene; 500 is ChatHaruhi's limit of a story."""

    turns: int | None = Field(default=None, ge=1, le=20)
    """Of how many turns every fourth synthesized dialogue is."""
    questions_a_segment: int | None = Field(default=None, ge=1, le=20)
    """How many triplets are asked for about a segment of the script."""
    instructions: Path | None = None
    """General instructions for the role to answer, in place of the project's own."""
    responses: int = Field(default=1, ge=1, le=20)
    """How often each of them is answered; RoleLLM takes 6, five references and a baseline."""
    rolegpt: Mode = "few_shot_dialogue"
    """How the role is asked for them: after talks of the script, with these in the prompt, or without any."""
    embedding_model: str | None = None
    """The endpoint's model that makes vectors of texts, by which scenes are then found for what is said to the role;
    without one they are found by BM25."""
    up_to_act: str | None = Field(default=None, pattern=r"^(.+:)?\d+$")
    """The last act of the script, by `act_id`, that the role knows of; after its source and a colon where there are
    several."""
    judge: int = Field(default=0, ge=0)
    """How many of the kept rows a model judges, beside `max_requests`; 0 for none."""

    split: Literal["instruction", "chronological", "role", "none"] = "instruction"
    """What is held out as test rows: scenes and questions; the last acts; all of the role, if its hash has it so; or
    nothing."""
    test_share: float = Field(default=0.1, gt=0, lt=1)
    """How much of what hangs together is held out."""
    benchmarks: Annotated[tuple[Path, ...], NoDecode] = ()
    """Files, or folders of files, that no row may have anything in common with; `:` between them in the environment."""

    fetch_private: bool = False
    """Whether pages may be fetched from this machine and from private networks."""

    runner: Literal["local", "dask"] = "local"
    """Where heavy stages run: in processes of this machine, or on the Dask cluster at `address`."""
    address: str | None = None
    """A Dask scheduler's address, as in tcp://10.0.0.1:8786."""
    workers: int | None = Field(default=None, ge=1)
    """How many processes of this machine; without it as many as it has processors."""

    asr_model: str | None = None
    """What recognises speech: a model of Whisper's, a checkpoint's file, or the endpoint's model."""
    asr_base_url: str | None = None
    """An endpoint of OpenAI's audio.transcriptions, its address up to /v1; without one Whisper runs in this process."""
    asr_api_key: SecretStr | None = None
    asr_words: bool = True
    """Whether each word gets its time, so that what is heard is cut where a sentence, or a speaker, ends."""
    hanzi: Literal["simplified", "traditional", "as_heard"] = "simplified"
    """Which characters heard Chinese is written in."""

    wait: float = Field(default=300, ge=0, le=31_536_000)
    """How many seconds a run waits for another of the same character to end."""
    log: Literal["text", "json"] = "text"
    """In what form lines are told while a run works."""
    on_success: SecretStr | None = None
    on_failure: SecretStr | None = None
    """What is told of a run that ended: a command line, or an http(s) address. It may hold a password of another."""
    publish_to: str | None = None
    """The Hub's repository that the nightly run publishes a changed dataset to; `{char}` in it is the character."""
    publish_private: bool = True
    publish_withhold: bool = False
    """How: so that only its owner sees it, and with what may not be passed on withheld."""

    _key_name: str = PrivateAttr(default=_OPENAI_KEY)
    _own_requests: int | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _takes_the_providers_key(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A provider's own key goes to its own address, OPENAI_API_KEY to OPENAI_BASE_URL; each stands in where there
        is no other."""
        provider = PROVIDERS.get(str(given.get("provider")))
        own = _variable(provider.key_name) if provider and provider.key_name else None
        if own is None or (given.get("openai_base_url") and given.get("openai_api_key")):
            return given
        return {**given, "openai_api_key": own}

    @field_validator("llm", mode="before")
    @classmethod
    def _as_yaml_reads_off(cls, value: object) -> object:
        return "off" if value is False else value

    @field_validator("openai_base_url", "asr_base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return checked_address(value)

    @field_validator("stages", mode="before")
    @classmethod
    def _are_stages(cls, value: object) -> Mapping[str, Any]:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                example = json.dumps({"questions": {"model": PROVIDERS["deepseek"].example}})
                raise ValueError(f"not JSON: give what is asked by stage, as in STAGES='{example}'") from None
        return checked_names(value)

    @field_validator("benchmarks", mode="before")
    @classmethod
    def _are_paths(cls, value: object) -> object:
        return [path for path in value.split(os.pathsep) if path] if isinstance(value, str) else value

    @field_validator("benchmarks")
    @classmethod
    def _are_there(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in value:
            if not path.exists():
                raise ValueError(f"there is no {path}")
        return value

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Settings":
        if self.runner == "dask" and not self.address:
            raise ValueError("RUNNER=dask needs the scheduler's ADDRESS, as in ADDRESS=tcp://10.0.0.1:8786")
        own = PROVIDERS[self.provider].key_name if self.provider and self.provider != EMBEDDED else None
        if own is not None and self.openai_api_key is not None and self.openai_api_key == _variable(own):
            self._key_name = own
        if self.llm == "off":
            return self
        self._complain_of_endpoint()
        for name, stage in self.stages.items():
            self._complain_of_stage(name, stage)
        return self

    def _complain_of_endpoint(self) -> None:
        if self.provider == EMBEDDED:
            return
        if self.embedding_model is not None and self.is_embedded:
            raise ValueError("EMBEDDING_MODEL is set, but no endpoint that has it: give MODEL, and where it is asked")
        if self.provider is not None and self.model is None:
            raise ValueError(
                f"MODEL is not set: say which model PROVIDER={self.provider} is to be asked for, such as "
                f"MODEL={PROVIDERS[self.provider].example}"
            )
        if self.openai_base_url is not None and self.model is None:
            raise ValueError("MODEL is not set: say which model OPENAI_BASE_URL is to be asked for")
        if self.model is None or self.openai_base_url is not None or self.openai_api_key is not None:
            return
        if self.llm == "replay":  # the store wants no key
            return
        if self.provider is None:
            raise ValueError(
                "MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL nor PROVIDER: say where it is to be asked"
            )
        if name := PROVIDERS[self.provider].key_name:
            raise ValueError(f"PROVIDER={self.provider} needs a key: set {name}, in the environment or in .env")

    def _complain_of_stage(self, name: str, stage: StageSettings) -> None:
        asked = self.for_stage(name)
        provider = PROVIDERS.get(stage.provider or "")
        if stage.is_elsewhere and stage.provider != EMBEDDED and stage.model is None:
            whom, example = (stage.provider, provider.example) if provider else ("base_url", "…")
            raise ValueError(
                f"STAGES: {name}: model is missing: say which model {whom} is to be asked for, as in model: {example}"
            )
        if stage.model is not None and asked.provider == EMBEDDED:
            raise ValueError(f"STAGES: {name}: the embedded model has no model: name a provider, or a base_url")
        if self.llm == "replay" or asked.is_embedded or asked.openai_api_key is not None:
            return
        if stage.key_env is not None:
            raise ValueError(
                f"STAGES: {name}: key_env: {stage.key_env} is not set: put the key into it, in the environment or .env"
            )
        if provider is not None and provider.key_name is not None and stage.base_url is None:
            raise ValueError(
                f"STAGES: {name}: provider {stage.provider} needs a key: set {provider.key_name}, in the environment "
                "or in .env, or name the variable that holds it as key_env"
            )
        if not stage.is_elsewhere and self.is_embedded:
            raise ValueError(f"STAGES: {name}: nobody is named to be asked for {stage.model}: give a provider too")

    def for_stage(self, name: str) -> "Settings":
        """The settings as they are in one stage, those that `stages` says of it in their place.

        No key and no price goes along to another endpoint, no price to another model.
        """
        stage = self.stages.get(name)
        if stage is None:
            return self
        change: dict[str, Any] = {"stages": {}, "concurrency": stage.concurrency or self.concurrency}
        if stage.batch is not None:
            change["batch"] = stage.batch
        if stage.is_elsewhere:
            change |= {"provider": stage.provider, "openai_base_url": stage.base_url, "model": stage.model}
        elif stage.model is not None:
            change["model"] = stage.model
        is_another = stage.is_elsewhere or stage.model not in (None, self.model)
        for price in ("price_in", "price_out", "price_cached"):
            own = getattr(stage, price)
            if own is not None or is_another:
                change[price] = own
        asked = self.model_copy(update=change)
        key_name, key = self._key_of(stage, asked)
        asked = asked.model_copy(update={"openai_api_key": key})
        asked._key_name, asked._own_requests = key_name, stage.max_requests
        return asked

    def _key_of(self, stage: StageSettings, asked: "Settings") -> tuple[str, SecretStr | None]:
        """The name of the variable that a stage's key stands in, and the key."""
        if stage.key_env is not None:
            return stage.key_env, _variable(stage.key_env)
        if asked.base_url == self.base_url:
            return self._key_name, self.openai_api_key
        name = PROVIDERS[stage.provider].key_name if stage.provider in PROVIDERS else None
        is_anothers = self._key_name == _OPENAI_KEY and self.base_url != _OPENAI.base_url and not self.is_embedded
        if name is None or (name == _OPENAI_KEY and is_anothers):
            return name or _OPENAI_KEY, None
        return name, _variable(name)

    @property
    def key_name(self) -> str:
        """The environment variable that `openai_api_key` stands in, or is looked for."""
        return self._key_name

    @property
    def own_requests(self) -> int | None:
        """The most requests of the stage that these settings are of, where `stages` says it of this one."""
        return self._own_requests

    @property
    def least_yield(self) -> float:
        """The share of its items that a stage has to keep: what the embedded model writes may all be dropped."""
        if self.yield_floor is not None:
            return self.yield_floor
        return 0.0 if self.is_embedded else _LEAST_YIELD

    @property
    def is_embedded(self) -> bool:
        return self.model is None or self.provider == EMBEDDED

    @property
    def is_demonstration(self) -> bool:
        """Whether all that is asked is asked of the small model that comes with the program."""
        return all(each.is_embedded and each.weights is None for each in (self, *map(self.for_stage, self.stages)))

    @property
    def settles_speakers(self) -> str | None:
        """What is asked who speaks where the rules are not sure, in one word for a manifest: an endpoint's model, and
        the cap on requests. None where the rules' answers stand: no model, or the embedded one, is asked."""
        if self.llm == "off" or self.is_embedded:
            return None
        most = self.max_requests if self.own_requests is None else self.own_requests
        return self.asks if most is None else f"{self.asks} within {most}"

    @property
    def instructs(self) -> str | None:
        """Whose general instructions the role answers, in one word for a manifest; None for the project's own."""
        if self.instructions is None:
            return None
        files = sorted(path for path in (self.instructions, *self.instructions.rglob("*")) if path.is_file())
        return digest(str(self.instructions), *map(sha256_file, files))

    @property
    def benchmark_hashes(self) -> list[str]:
        """What `benchmarks` hold, for a manifest."""
        return list(map(sha256_file, self.benchmark_files))

    @property
    def benchmark_files(self) -> list[Path]:
        """The files of `benchmarks`, those that lie in its folders among them."""
        return [file for path in self.benchmarks for file in (path, *sorted(path.rglob("*"))) if file.is_file()]

    @property
    def hears(self) -> str:
        """How recordings are heard, in one word for a manifest."""
        by = plain_address(self.asr_base_url) or "whisper"
        return f"{by} {self.asr_model or 'default'} {self.asr_words} {self.hanzi}"

    @property
    def base_url(self) -> str:
        """Where requests go, unless the model is the embedded one."""
        return self.openai_base_url or PROVIDERS.get(self.provider or "openai", _OPENAI).base_url

    @property
    def endpoint(self) -> str:
        """What rows, manifests and the store call the endpoint: its address without credentials, or `embedded`."""
        if self.is_embedded:
            return EMBEDDED
        return plain_address(self.base_url)

    @property
    def asks(self) -> str:
        """Which model of which endpoint is asked, in one word for a manifest."""
        return f"{self.endpoint} {(self.weights or 'default') if self.is_embedded else self.model}"

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


def _variable(name: str) -> SecretStr | None:
    """What an environment variable holds, or .env does; None for nothing."""
    held = os.environ.get(name) or DotEnvSettingsSource(Settings).env_vars.get(name.lower())
    return SecretStr(held) if held else None


def setting_alone(name: str) -> str | None:
    """What the environment or .env says of one setting of text, whatever the others are; None for nothing."""
    held = _variable(name.upper())
    return None if held is None else held.get_secret_value()


def plain_address(address: str | None) -> str:
    """An address without credentials or a query; empty for none."""
    parts = urlsplit(address or "")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}" if address else ""


def load_settings(
    character: Mapping[str, Any],
    where: Callable[..., str] = lambda *_: "character.yaml",
    **command_line: Any,
) -> Settings:
    """Settings for one character; `command_line` values of None were not given. `where` says of a setting of the
    character's, or of a part of one, where it stands.

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
    foreign = sorted(set(character) & OF_THIS_MACHINE)
    if foreign:
        raise SettingsError(
            f"{where(foreign[0])}: settings: {foreign[0]} does not belong there: who gives you a character is to run "
            "nothing here; put it into the environment or .env"
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
        settings = _OfCharacter(**given)
        remember(*(each.openai_api_key for each in (settings, *map(settings.for_stage, settings.stages))))
        remember(settings.asr_api_key)
        return settings
    except UnicodeDecodeError:
        raise SettingsError(f"{Settings.model_config['env_file']}: not in UTF-8: save it so") from None
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(message) from None
        name, *within = (str(part) for part in first["loc"])
        is_shown = within[-1:] and within[-1] in _SHOWN_OF_STAGES if name == "stages" else name not in OF_THIS_MACHINE
        shown = f"={first['input']}" if is_shown else "" if name == "stages" else "=…"
        place = f"{where(name, *within)}: settings: " if name in character and name not in said_above else ""
        raise SettingsError(f"{place}{': '.join((name.upper(), *within))}{shown}: {message}") from None
