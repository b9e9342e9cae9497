"""An OpenAI-compatible endpoint asked once: a raw answer out, or a vendor's error in our own words."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson

from dramaturg.errors import EndpointError
from dramaturg.llm.parse import read_text
from dramaturg.llm.request import JSON_OBJECT, SHOWN, Answer, Failure, Fate, Request, read_reply
from dramaturg.text import in_one_line

if TYPE_CHECKING:
    import ssl

    from openai import APIStatusError, AsyncOpenAI

__all__ = [
    "ANSWER_SECONDS",
    "Endpoint",
    "LimitedError",
    "Limits",
    "RefusedError",
    "Reply",
    "UnansweredError",
    "refusal_fate",
]

ANSWER_SECONDS = 600.0
"""The longest that an answer is waited for."""

_PATH, _EMBEDDINGS = "/chat/completions", "/embeddings"
_CONNECT_SECONDS = 10.0
_CHECK_SECONDS = 10.0
_CHECKS = 2
_CONNECTIONS = 4096
_THINKING_TOKENS = 8192
_LIMITED = frozenset({429, 529})
_AGAIN = frozenset({408, 409, 425})
_OF_REQUEST = frozenset({400, 413, 415, 422, 451})
_NO_SUCH_MODEL = re.compile(
    r"\bmodel\b.{0,80}(not (exist|found|valid|a valid)|does not exist|unknown|invalid)|(unknown|invalid|no such) model",
    re.IGNORECASE,
)
_OF_FORMAT = re.compile(r"response_format|json_schema|json_object|grammar")
_TOO_LONG = re.compile(
    r"context[ _](length|size|window)|maximum context|(prompt|input|request) (is )?too (long|large)|"
    r"too many (input )?tokens|exceed\w* .{0,40}(tokens|context)|range of input length",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content[ _]?(filter|policy|management|moderation)|moderation|data_inspection|inappropriate|flagged|safety|"
    r"content exists risk",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"insufficient[ _](quota|balance|credit|funds)|exceeded your current quota|arrearage", re.I)
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


class RefusedError(Exception):
    """The endpoint will not answer this very request, now or later. Holds the status and what it said."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class LimitedError(Exception):
    """Asked too fast, or the endpoint is overloaded. `pause` is for how many seconds it wants to be left alone."""

    def __init__(self, status: int, told: str, pause: float | None) -> None:
        super().__init__(told)
        self.kind = str(status)
        self.pause = pause


class UnansweredError(Exception):
    """No answer this time: another time there may be one. `kind` is the reason in a word."""

    def __init__(self, kind: str, told: str) -> None:
        super().__init__(told)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint's headers say of its limits; None where they do not. `pause` is for how many seconds nothing is
    left of one of them."""

    requests_a_minute: float | None = None
    tokens_a_minute: float | None = None
    pause: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A raw chat completion, and the limits told beside it."""

    raw: str
    limits: Limits


@dataclass(slots=True)
class Endpoint:
    """`label` is the address without credentials; `extra` goes into every request's body as it is. `key_name` is the
    setting that the key stands in."""

    base_url: str
    key: str
    model: str
    label: str
    extra: dict[str, Any] = field(default_factory=dict)
    key_name: str = "OPENAI_API_KEY"
    _without: set[str] = field(default_factory=set)
    room: int = 0
    """The tokens that a model gets to think in, beside a request's own: some once it was found to think."""

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["AsyncOpenAI"]:
        """A client for one event loop."""
        import httpx2
        from openai import AsyncOpenAI, DefaultAioHttpClient

        timeout = httpx2.Timeout(ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        limits = httpx2.Limits(max_connections=_CONNECTIONS)  # without one there are 100
        async with (
            DefaultAioHttpClient(timeout=timeout, limits=limits, verify=_trusted()) as http,
            AsyncOpenAI(
                api_key=self.key, base_url=self.base_url, max_retries=0, timeout=timeout, http_client=http
            ) as client,
        ):
            yield client

    async def check(self, client: "AsyncOpenAI") -> float:
        """Ask for the list of models, which costs nothing; an endpoint without such a list passes. Returns the seconds
        that a round trip took.

        Raises EndpointError where nobody answers, or refuses the key.
        """
        from openai import APIConnectionError, APIStatusError, OpenAIError

        patient = client.with_options(max_retries=_CHECKS - 1, timeout=_CHECK_SECONDS)
        try:
            await patient.models.with_raw_response.list()
        except APIConnectionError as error:
            raise EndpointError(f"{self.label} does not answer: {_cause(error)}") from None
        except APIStatusError as error:
            self._raise_if_final(error)
        except OpenAIError as error:
            raise EndpointError(f"{self.label}: {self.told(str(error))}") from None
        began = monotonic()  # the first one also connected
        try:
            await patient.models.with_raw_response.list()
        except OpenAIError:
            return 0.0
        return monotonic() - began

    async def complete(self, client: "AsyncOpenAI", request: Request) -> Reply:
        """The raw chat completion, or embedding.

        Raises LimitedError, UnansweredError, RefusedError, or EndpointError where no request will be answered.
        """
        import httpx2
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        while True:
            room = self.room
            body = self._body(request, room)
            path = _EMBEDDINGS if request.is_embedding else _PATH
            try:
                # client.chat.completions.create would look through every message for files: half of a request's time
                response = await client.post(path, cast_to=httpx2.Response, body=body)
                raw = response.text
            except APITimeoutError:
                raise UnansweredError("timeout", f"{self.label} does not answer in time") from None
            except APIConnectionError as error:
                raise UnansweredError("dropped", f"{self.label} does not answer: {_cause(error)}") from None
            except APIStatusError as error:
                if self._adapt(error, body):
                    continue
                raise self.translated(error) from None
            except OpenAIError as error:
                raise UnansweredError("unread", f"{self.label}: {self.told(str(error))}") from None
            outcome = read_reply(request, "", self.model, raw)
            if outcome is None:
                raise UnansweredError("unread", f"{self.label}: what came is not what was asked for")
            if not room and self.needs_room(outcome):
                continue
            return Reply(self.scrubbed(raw), _limits(response.headers))

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent to have the request answered, as far as is known by now of what the model takes."""
        return self._body(request, self.room)

    def _body(self, request: Request, room: int) -> dict[str, Any]:
        if request.is_embedding:
            return {"model": self.model, "input": request.text}
        limit = "max_completion_tokens" if "max_tokens" in self._without else "max_tokens"
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(request.messages),
            limit: request.max_tokens + room,
        }
        if "temperature" not in self._without:
            body["temperature"] = request.temperature
        if request.schema is not None:
            is_object = request.schema == JSON_OBJECT
            body["response_format"] = (
                dict(JSON_OBJECT) if is_object else {"type": "json_schema", "json_schema": request.schema}
            )
        return body | self.extra

    def needs_room(self, outcome: Answer | Failure) -> bool:
        """Whether a reasoning model ran out of tokens before it began to answer; from now on it has more."""
        is_all_thought = isinstance(outcome, Answer) and outcome.is_cut and not read_text(outcome.text)
        if is_all_thought:
            self.room = _THINKING_TOKENS
        return is_all_thought

    def read_refusal(self, status: int, text: str) -> Exception | None:
        """What a refusal that came in a batch's results means, as `complete` would raise it; None where the request is
        to be asked again without a parameter that this model does not take."""
        import httpx2
        from openai import APIStatusError

        try:
            told = orjson.loads(text)["error"]
            message = str(told["message"])
        except (ValueError, KeyError, TypeError):
            told, message = None, text
        response = httpx2.Response(status, text=text, request=httpx2.Request("POST", self.base_url))
        error = APIStatusError(message, response=response, body=told)
        if self._adapt(error, {"max_tokens": 0, "temperature": 0}):
            return None
        return self.translated(error)

    def _adapt(self, error: "APIStatusError", body: Mapping[str, Any]) -> bool:
        """Leave out what this model does not take: newer OpenAI models want neither max_tokens nor a temperature."""
        if error.status_code not in (400, 422):
            return False
        told = f"{getattr(error, 'param', '')} {error.message}"
        if _TOO_LONG.search(told):
            return False
        refused = {name for name in ("max_tokens", "temperature") if name in body and name in told}
        self._without |= refused
        return bool(refused)

    def translated(self, error: "APIStatusError") -> Exception:
        """What an error means: one of those that `complete` raises."""
        try:
            self._raise_if_final(error)
        except EndpointError as final:
            return final
        status, text = error.status_code, error.response.text
        if status in _OF_REQUEST or (status == 403 and _FILTERED.search(text)):
            return RefusedError(status, self.scrubbed(text))
        told = f"{self.label}: {status}: {self.told(error.message)}"
        pause = _pause(error.response.headers)
        if status in _LIMITED or (status == 503 and pause is not None):
            return LimitedError(status, told, pause)
        if status >= 500 or status in _AGAIN:
            return UnansweredError(str(status), told)
        return EndpointError(f"{told}: OPENAI_BASE_URL may not be its address up to /v1")

    def _raise_if_final(self, error: "APIStatusError") -> None:
        """Raise EndpointError where every other request would end as this one."""
        status, told = error.status_code, error.message
        is_of_chat = error.request.method == "POST"
        if status == 401 or (status == 403 and not (is_of_chat and _FILTERED.search(told))):
            raise EndpointError(
                f"{self.label} refuses the key ({status}): set {self.key_name} to one that it takes"
            ) from None
        if status == 402 or getattr(error, "code", None) == "insufficient_quota" or _NO_CREDIT.search(told):
            raise EndpointError(f"{self.label} says that the account has no credit left ({status})") from None
        is_of_model = _NO_SUCH_MODEL.search(told) and not _OF_FORMAT.search(told)
        if is_of_chat and (status == 404 or (status in (400, 422) and is_of_model)):
            raise EndpointError(
                f"{self.label} has no MODEL={self.model} ({status}), or OPENAI_BASE_URL is not its address up to /v1"
            ) from None

    def told(self, text: str) -> str:
        """What an endpoint said, in one short line."""
        return in_one_line(self.scrubbed(text), SHOWN)

    def scrubbed(self, text: str) -> str:
        """What an endpoint said, without our key, should it repeat it."""
        return text.replace(self.key, "***") if len(self.key) > 3 else text


def refusal_fate(status: int, body: str) -> Fate:
    """Why a request was refused, by what endpoints are known to say."""
    if status == 413 or _TOO_LONG.search(body):
        return "too_long"
    return "filtered" if _FILTERED.search(body) else "refused"


def _pause(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait that a refusal names: Retry-After, in milliseconds, seconds, or as a date."""
    told = headers.get("retry-after-ms")
    try:
        if told is not None:
            return max(0.0, float(told) / 1000)
        told = headers.get("retry-after")
        if told is None:
            return _limits(headers).pause
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(str(told)) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _limits(headers: Mapping[str, str]) -> Limits:
    """OpenAI's x-ratelimit-…, which others send too: the limit, what is left of it, when it is whole again."""
    requests, tokens = (_number(headers.get(f"x-ratelimit-limit-{what}")) for what in ("requests", "tokens"))
    pauses = [
        pause
        for what in ("requests", "tokens")
        if _number(headers.get(f"x-ratelimit-remaining-{what}")) == 0
        and (pause := _seconds(headers.get(f"x-ratelimit-reset-{what}"))) is not None
    ]
    return Limits(requests, tokens, max(pauses, default=None))


def _number(told: str | None) -> float | None:
    try:
        return None if told is None else float(told)
    except ValueError:
        return None


def _seconds(told: str | None) -> float | None:
    """A span such as 1s, 6m0s or 20ms."""
    if told is None:
        return None
    parts = _SPAN.findall(told)
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts) if parts else _number(told)


@cache
def _trusted() -> "ssl.SSLContext":
    """Whom connections trust. All certificates are read for it, which takes as long as answering ten questions."""
    import httpx2

    return httpx2.create_ssl_context()


def _cause(error: BaseException) -> str:
    """The last of the reasons behind an error, in one short line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return in_one_line(error, SHOWN) or type(error).__name__
