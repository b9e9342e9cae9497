"""What a million tokens cost: the facts of a day in prices.json, a user's own file over them, settings over both.

A price is what somebody asks for a model, not a model's own: it is known where the endpoint's host is one of the
table's, or `PROVIDER` names its owner. Where it depends on the hour, as DeepSeek's, the table has the highest; where
it depends on a request's length, as Qwen's, that of the short ones asked here. The numbers were read in litellm's
table (1.110.2) and on the pages that `source` names; DashScope's in yuan in pages that quote it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dramaturg.errors import SettingsError
from dramaturg.providers import PROVIDERS
from dramaturg.settings import Settings

__all__ = ["FREE", "Price", "Seller", "find_price", "read_prices"]

_TABLE = Path(__file__).with_name("prices.json")
_A_MILLION = 1_000_000
_BATCH_SHARE = 0.5  # OpenAI, DashScope
_DATE = re.compile(
    r"-(latest|\d{4}-\d\d-\d\d|20\d{6}|(0[1-9]|1[0-2])([0-2]\d|3[01])|2\d(0[1-9]|1[0-2]))"  # 2024-08-06, 0731, 2512
)


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost in `currency`, which is empty where nobody said which."""

    tokens_in: float
    tokens_cached: float
    tokens_out: float
    currency: str

    def of(self, tokens_in: int, tokens_cached: int, tokens_out: int, in_batch: bool = False) -> float:
        """What so many tokens cost, `tokens_cached` of `tokens_in` among them; in a provider's batch half of it."""
        asked = (tokens_in - tokens_cached) * self.tokens_in + tokens_cached * self.tokens_cached
        return (_BATCH_SHARE if in_batch else 1.0) * (asked + tokens_out * self.tokens_out) / _A_MILLION

    @property
    def is_free(self) -> bool:
        return not (self.tokens_in or self.tokens_cached or self.tokens_out)


FREE = Price(0.0, 0.0, 0.0, "")


class _Asked(BaseModel):
    """A model's line. Without `cached` the cached tokens cost what the others do; `as_of` where it is not the
    seller's, of a model that is no longer listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens_in: float = Field(alias="in", ge=0)
    tokens_cached: float | None = Field(default=None, alias="cached", ge=0)
    tokens_out: float = Field(alias="out", ge=0)
    as_of: str | None = None


class Seller(BaseModel):
    """Who asks these prices, by the hosts of its endpoints; since when they are known, and from where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ()
    currency: str = ""
    as_of: str = ""
    source: str = ""
    models: dict[str, _Asked] = Field(default_factory=dict)


_FORM = TypeAdapter(dict[str, Seller])


def find_price(settings: Settings) -> Price | None:
    """What the model of these settings costs; None where that is not known. FREE where the model runs inside this
    process, or at a provider that takes nothing.

    Raises SettingsError where the file that PRICES names is none.
    """
    if settings.is_embedded:
        return FREE
    listed, cached = _listed(settings), settings.price_cached
    if settings.price_in is None and settings.price_out is None and cached is None:
        return listed or (FREE if settings.provider and PROVIDERS[settings.provider].is_free else None)
    if settings.price_in is not None and settings.price_out is not None:
        return Price(settings.price_in, settings.price_in if cached is None else cached, settings.price_out, "")
    if listed is None:
        return None
    tokens_in = listed.tokens_in if settings.price_in is None else settings.price_in
    unsaid = listed.tokens_cached if settings.price_in is None else settings.price_in
    tokens_out = listed.tokens_out if settings.price_out is None else settings.price_out
    return Price(tokens_in, unsaid if cached is None else cached, tokens_out, listed.currency)


def read_prices(own: Path | None) -> Mapping[str, Seller]:
    """The table, with the file `own` over it: of a seller in both, each field and each model that the file names.

    Raises SettingsError where the file cannot be read as one.
    """
    ours = _ours()
    if own is None:
        return ours
    try:
        theirs = _FORM.validate_json(own.expanduser().read_bytes())
    except OSError as error:
        raise SettingsError(f"PRICES={own}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{part}: " for part in first["loc"])
        raise SettingsError(f"PRICES={own}: {place}{first['msg']}; its form is that of {_TABLE}") from None
    for name in set(theirs) - set(ours):
        if not theirs[name].hosts:
            raise SettingsError(f'PRICES={own}: {name}: say of whose endpoint, as in "hosts": ["api.openai.com"]')
    # theirs first: of a host that both name, they are asked
    return {name: _over(ours.get(name), seller) for name, seller in theirs.items()} | {
        name: seller for name, seller in ours.items() if name not in theirs
    }


def _over(ours: Seller | None, theirs: Seller) -> Seller:
    if ours is None:
        return theirs
    named = {name: getattr(theirs, name) for name in theirs.model_fields_set}
    return ours.model_copy(update={**named, "models": {**ours.models, **theirs.models}})


@cache
def _ours() -> Mapping[str, Seller]:
    return _FORM.validate_json(_TABLE.read_bytes())


def _listed(settings: Settings) -> Price | None:
    sellers, host = read_prices(settings.prices), urlsplit(settings.base_url).hostname or ""
    seller = next((each for each in sellers.values() if host in each.hosts), None)
    if seller is None and settings.provider is not None and not _is_local(host):
        seller = sellers.get(settings.provider)
    name = _line_of(settings.model or "", seller.models) if seller else None
    if seller is None or name is None:
        return None
    asked = seller.models[name]
    cached = asked.tokens_in if asked.tokens_cached is None else asked.tokens_cached
    return Price(asked.tokens_in, cached, asked.tokens_out, seller.currency)


def _line_of(model: str, lines: Mapping[str, object]) -> str | None:
    """The line that a model stands in: its own, or that of the name it has before a date or -latest."""
    if model in lines:
        return model
    bases = (name for name in lines if model.startswith(name) and _DATE.fullmatch(model[len(name) :]))
    return max(bases, key=len, default=None)


def _is_local(host: str) -> bool:
    """Whether a host is this machine, or one of a private network."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
