"""One tiny question to an endpoint, to see whether it answers: next to nothing is paid, and nothing is stored."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from dramaturg.errors import EndpointError
from dramaturg.llm.endpoint import LimitedError, RefusedError, UnansweredError
from dramaturg.llm.engine import endpoint_of
from dramaturg.llm.request import SHOWN, Answer, Request, read_reply
from dramaturg.settings import Settings
from dramaturg.text import in_one_line

__all__ = ["QUESTION", "Trial", "try_endpoint"]

QUESTION = "Say yes."

_TOKENS = 16
_REQUEST = Request("trial@1", ({"role": "user", "content": QUESTION},), max_tokens=_TOKENS)


@dataclass(frozen=True, slots=True)
class Trial:
    """What an endpoint said to the question, what that took in tokens as it tells them, and in seconds."""

    said: str
    tokens_in: int
    tokens_out: int
    seconds: float


def try_endpoint(settings: Settings, seconds: float) -> Trial:
    """Ask the model that the settings name, no embedded one, and wait for so many seconds.

    Raises EndpointError where it does not answer, or refuses.
    """
    return asyncio.run(_ask(settings, seconds))


async def _ask(settings: Settings, seconds: float) -> Trial:
    endpoint = endpoint_of(settings)
    endpoint.room = 1  # a model that thinks is not given more room: that it does is answer enough
    began = monotonic()
    try:
        async with asyncio.timeout(seconds), endpoint.connect() as client:
            reply = await endpoint.complete(client, _REQUEST)
    except TimeoutError:
        raise EndpointError(f"{endpoint.label} has not answered within {seconds:g} seconds") from None
    except RefusedError as error:
        raise EndpointError(f"{endpoint.label}: {error.status}: {endpoint.told(error.body)}") from None
    except (LimitedError, UnansweredError) as error:
        raise EndpointError(str(error)) from None
    outcome = read_reply(_REQUEST, "", endpoint.model, reply.raw)
    assert outcome is not None  # the endpoint has looked
    said = in_one_line(outcome.text, SHOWN) if isinstance(outcome, Answer) else outcome.reason
    return Trial(said, outcome.tokens_in, outcome.tokens_out, monotonic() - began)
