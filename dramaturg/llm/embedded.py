"""The embedded model: a llama.cpp server inside this process, on loopback, for as long as it is needed."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dramaturg.errors import EndpointError

__all__ = ["CONTEXT_TOKENS", "serve"]

CONTEXT_TOKENS = 6144
"""The most tokens, the model's own, in a question and its answer."""

_QUIET = -1


@contextmanager
def serve(weights: Path, threads: int) -> Iterator[tuple[str, str]]:
    """Serve a GGUF file; yields the base URL of its OpenAI-compatible API and the key it wants.

    One question at a time: on a few cores several are no quicker, and an answer does not depend on its neighbours.
    Raises EndpointError where llama.cpp cannot load the file.
    """
    import xllamacpp

    key = secrets.token_hex(16)
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.use_jinja = True
    params.ui = False
    params.verbosity = _QUIET
    try:
        server = xllamacpp.Server(params)
    except (RuntimeError, ValueError) as error:
        raise EndpointError(f"llama.cpp cannot load {weights}: {error}") from None
    try:
        yield f"{server.listening_address}/v1", key
    finally:
        del server
