"""An OpenAI-compatible endpoint: raw answers out, and a vendor's errors in our own words."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dramaturg.errors import EndpointError
from dramaturg.llm.parse import read_text
from dramaturg.llm.request import Request, read_answer

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

__all__ = ["Endpoint", "RefusedError", "UnansweredError"]

_ATTEMPTS_AGAIN = 5
_ANSWER_SECONDS = 600.0
_CHECK_SECONDS = 10.0
_THINKING_TOKENS = 8192
_NO_SUCH_MODEL = re.compile(
    r"\bmodel\b.{0,80}(not (exist|found|valid|a valid)|does not exist|unknown|invalid)|(unknown|invalid|no such) model",
    re.IGNORECASE,
)
_OF_FORMAT = re.compile(r"response_format|json_schema|grammar")
_SHOWN = 160


class RefusedError(Exception):
    """The endpoint will not answer this very request, now or later: status 400 or 422. Holds what it said."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class UnansweredError(Exception):
    """No answer this time, after all attempts: another time there may be one."""


@dataclass(slots=True)
class Endpoint:
    """`label` is the address without credentials; `extra` goes into every request's body as it is."""

    base_url: str
    key: str
    model: str
    label: str
    extra: dict[str, Any] = field(default_factory=dict)
    _without: set[str] = field(default_factory=set)
    _room: int = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["AsyncOpenAI"]:
        """A client for one event loop."""
        from openai import AsyncOpenAI

        async with AsyncOpenAI(
            api_key=self.key, base_url=self.base_url, max_retries=_ATTEMPTS_AGAIN, timeout=_ANSWER_SECONDS
        ) as client:
            yield client

    async def check(self, client: "AsyncOpenAI") -> None:
        """Ask for the list of models, which costs nothing; an endpoint without such a list passes.

        Raises EndpointError where nobody answers, or refuses the key.
        """
        from openai import APIConnectionError, APIStatusError, OpenAIError

        try:
            await client.with_options(max_retries=1, timeout=_CHECK_SECONDS).models.with_raw_response.list()
        except APIConnectionError as error:
            raise EndpointError(f"{self.label} does not answer: {_cause(error)}") from None
        except APIStatusError as error:
            self._raise_if_final(error)
        except OpenAIError as error:
            raise EndpointError(f"{self.label}: {self._told(str(error))}") from None

    async def complete(self, client: "AsyncOpenAI", request: Request) -> str:
        """The raw chat completion.

        Raises RefusedError, UnansweredError, or EndpointError where no request will be answered.
        """
        from openai import APIConnectionError, APIStatusError, OpenAIError

        while True:
            room = self._room
            body = self._body(request, room)
            try:
                raw = await client.chat.completions.with_raw_response.create(**body)
                if room or not _is_all_thought(raw.text):
                    return self._scrubbed(raw.text)
                self._room = _THINKING_TOKENS
            except APIConnectionError as error:
                raise UnansweredError(f"{self.label} does not answer: {_cause(error)}") from None
            except APIStatusError as error:
                self._raise_if_final(error)
                if error.status_code not in (400, 422):
                    raise UnansweredError(f"{self.label}: {error.status_code}: {self._told(error.message)}") from None
                if not self._adapt(error, body):
                    raise RefusedError(error.status_code, self._scrubbed(error.response.text)) from None
            except OpenAIError as error:
                raise UnansweredError(f"{self.label}: {self._told(str(error))}") from None

    def _body(self, request: Request, room: int) -> dict[str, Any]:
        limit = "max_completion_tokens" if "max_tokens" in self._without else "max_tokens"
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(request.messages),
            limit: request.max_tokens + room,
        }
        if "temperature" not in self._without:
            body["temperature"] = request.temperature
        if request.schema is not None:
            body["response_format"] = {"type": "json_schema", "json_schema": request.schema}
        return {**body, **({"extra_body": self.extra} if self.extra else {})}

    def _adapt(self, error: "APIStatusError", body: Mapping[str, Any]) -> bool:
        """Leave out what this model does not take: newer OpenAI models want neither max_tokens nor a temperature."""
        told = f"{getattr(error, 'param', '')} {error.message}"
        refused = {name for name in ("max_tokens", "temperature") if name in body and name in told}
        self._without |= refused
        return bool(refused)

    def _raise_if_final(self, error: "APIStatusError") -> None:
        """Raise EndpointError where every other request would end as this one."""
        status, told = error.status_code, error.message
        if status in (401, 403):
            raise EndpointError(
                f"{self.label} refuses the key ({status}): set OPENAI_API_KEY to one that it takes"
            ) from None
        if status == 402 or getattr(error, "code", None) == "insufficient_quota":
            raise EndpointError(f"{self.label} says that the account has no credit left ({status})") from None
        is_of_chat = error.request.method == "POST"
        is_of_model = _NO_SUCH_MODEL.search(told) and not _OF_FORMAT.search(told)
        if is_of_chat and (status == 404 or (status in (400, 422) and is_of_model)):
            raise EndpointError(
                f"{self.label} has no MODEL={self.model} ({status}), or OPENAI_BASE_URL is not its address up to /v1"
            ) from None

    def _told(self, text: str) -> str:
        return self._scrubbed(" ".join(text.split()))[:_SHOWN]

    def _scrubbed(self, text: str) -> str:
        """What an endpoint said, without our key, should it repeat it."""
        return text.replace(self.key, "***") if len(self.key) > 3 else text


def _is_all_thought(raw: str) -> bool:
    """Whether a reasoning model ran out of tokens before it began to answer."""
    answer = read_answer("", "", "", raw)
    return answer is not None and answer.is_cut and not read_text(answer.text)


def _cause(error: BaseException) -> str:
    """The last of the reasons behind an error, in one short line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:_SHOWN] or type(error).__name__
