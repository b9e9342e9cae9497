"""A provider's Batch API: a file of requests up, a batch of it made, looked at, and its file of results down.

The form is OpenAI's: https://platform.openai.com/docs/guides/batch
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import orjson

from dramaturg.errors import EndpointError
from dramaturg.llm.endpoint import Endpoint, LimitedError, RefusedError
from dramaturg.llm.progress import Progress
from dramaturg.llm.request import Request

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

__all__ = ["BatchApi", "BatchError", "Results"]

_FIRST_DELAY, _LONGEST_DELAY = 1.0, 30.0  # seconds before a call is made again that failed
_LOOK_SECONDS = 60.0
_RESULTS = 500
_LISTED = 2_000
_URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_MARK = "dramaturg"
_NO_BATCHES = frozenset({404, 405, 501})
_ADOPTED = frozenset({"validating", "in_progress", "finalizing", "completed"})

_T = TypeVar("_T")
Results = list[dict[str, Any]]


class BatchError(EndpointError):
    """Nothing more can be done about batches in this run; `is_outage` where nobody answered."""

    def __init__(self, told: str, is_outage: bool = False) -> None:
        super().__init__(told)
        self.is_outage = is_outage


@dataclass(frozen=True, slots=True)
class BatchApi:
    """The batches of one endpoint. A call that fails in a way which may pass is made again, for `patience` seconds.

    Every method raises BatchError.
    """

    client: "AsyncOpenAI"
    endpoint: Endpoint
    progress: Progress
    patience: float

    def line(self, key: str, request: Request) -> bytes:
        """What a request is in a file: a line."""
        asked = {"custom_id": key, "method": "POST", "url": _URL, "body": self.endpoint.body(request)}
        return orjson.dumps(asked, option=orjson.OPT_APPEND_NEWLINE)

    async def make(self, lines: bytes, mark: str, is_known: Callable[[str], bool]) -> str:
        """The id of a batch of these lines. One with this mark that is not known is taken for it, not made again."""

        async def create() -> str:
            lost = await self._find(mark, is_known)
            if lost is not None:
                return lost
            file = await self.client.files.create(file=(f"{_MARK}-{mark[:16]}.jsonl", lines), purpose="batch")
            made = await self.client.batches.create(
                input_file_id=file.id, endpoint=_URL, completion_window="24h", metadata={_MARK: mark}
            )
            return made.id

        return await self._patiently(create, is_first=True)

    async def find(self, mark: str, is_known: Callable[[str], bool]) -> str | None:
        """The batch with this mark that was made and is not known, by a run that was killed in between."""
        return await self._patiently(lambda: self._find(mark, is_known))

    async def _find(self, mark: str, is_known: Callable[[str], bool]) -> str | None:
        from openai import APIStatusError

        seen = 0
        try:
            async for batch in self.client.batches.list(limit=100):
                seen += 1
                is_marked = (batch.metadata or {}).get(_MARK) == mark
                if is_marked and batch.status in _ADOPTED and not is_known(batch.id):
                    return batch.id
                if seen >= _LISTED:  # the latest come first
                    break
        except APIStatusError as error:
            if error.status_code not in _NO_BATCHES:
                raise
        return None

    async def retrieve(self, id_: str) -> "Batch | None":
        """The batch as it is now; None where the provider does not know it."""
        from openai import NotFoundError

        async def retrieve() -> "Batch | None":
            try:
                return await self.client.batches.retrieve(id_, timeout=_LOOK_SECONDS)
            except NotFoundError:
                return None

        return await self._patiently(retrieve)

    async def read(self, file: str, keep: Callable[[Results], Awaitable[None]]) -> None:
        """Hand over the results in a file, some at a time; from the first one again where the reading broke off. There
        are none in one that has expired."""
        from openai import NotFoundError

        async def read() -> None:
            group: Results = []
            try:
                async with self.client.files.with_streaming_response.content(file) as response:
                    async for line in _lines(response.iter_bytes()):
                        with suppress(ValueError):
                            group += [result] if isinstance(result := orjson.loads(line), dict) else []
                        if len(group) >= _RESULTS:
                            await keep(group)
                            group = []
            except NotFoundError:
                pass
            await keep(group)

        await self._patiently(read)

    async def _patiently(self, call: Callable[[], Awaitable[_T]], is_first: bool = False) -> _T:
        """What a call gives. With `is_first`, a provider that does not know what is asked for has no batches."""
        import httpx2
        from openai import APIConnectionError, APIStatusError, OpenAIError

        label = self.endpoint.label
        began, delay = _now(), _FIRST_DELAY
        while True:
            pause = None
            try:
                return await call()
            except (APIConnectionError, httpx2.HTTPError) as error:
                told = f"{label} does not answer: {self.endpoint.told(str(error.__cause__ or error))}"
            except APIStatusError as error:
                if is_first and error.status_code in _NO_BATCHES:
                    raise BatchError(f"{label} has no Batch API ({error.status_code}): leave out BATCH") from None
                meant = self.endpoint.translated(error)
                told = str(meant)
                if isinstance(meant, RefusedError):
                    told = f"{label} does not take the batch: {meant.status}: {self.endpoint.told(error.message)}"
                if isinstance(meant, RefusedError | EndpointError):
                    raise BatchError(told) from None
                pause = meant.pause if isinstance(meant, LimitedError) else None
            except OpenAIError as error:
                told = f"{label}: {self.endpoint.told(str(error))}"
            delay = pause or min(_LONGEST_DELAY, 2 * delay)
            if _now() - began + delay > self.patience:
                told = f"{told} (for {self.patience / 60:.0f} minutes); the same command goes on from here"
                raise BatchError(told, is_outage=True)
            self.progress.errors["call failed"] += 1
            await asyncio.sleep(delay)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines by newlines alone: there are other characters that end a line to some, and JSON may hold them."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
    yield rest


def _now() -> float:
    return float(asyncio.get_running_loop().time())
