"""What this machine has of what Dramaturg needs: each looked at alone, within seconds, and what to do about it."""

import errno
import importlib.util
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from dramaturg.errors import DramaturgError, EndpointError, HubError, InputError, SettingsError
from dramaturg.llm.trial import QUESTION, Trial, try_endpoint
from dramaturg.llm.weights import FROM_REGISTRY, fetched_weights, find_weights
from dramaturg.masking import masked
from dramaturg.models import cache_folder
from dramaturg.settings import EMBEDDED, Settings, load_settings, plain_address
from dramaturg.stages import ASKING
from flows.prefect_server import find_server
from flows.stage import open_build

__all__ = ["Finding", "examine", "render_finding"]

State = Literal["ok", "missing", "broken"]

_SECONDS = 3.5
"""The longest that one check is waited for."""
_FREE_BYTES = 500_000_000
_REMEDIES = {
    errno.EACCES: 'sudo chown -R "$USER" "{}"',
    errno.ENOSPC: "make room there: dramaturg clean",
    errno.EROFS: "mount it so that it can be written to, or give another folder with --data",
}
_BROWSERS = ("chromium", "chromium-browser")


@dataclass(frozen=True, slots=True)
class Finding:
    """How a thing is: `missing` is what nothing needs but what it is for. `remedy` is what to do, to be pasted where it
    is a command."""

    state: State
    told: str
    remedy: str = ""


@dataclass(slots=True)
class _Check:
    """`late` is how a thing is that is not known in time."""

    name: str
    look: Callable[[], Finding]
    late: State = "broken"
    found: Finding | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.found = self.look()
        except Exception as error:  # a check that breaks is a finding
            told = " ".join(str(error).split()) or "no reason given"
            self.found = Finding("broken", f"could not be looked at: {type(error).__name__}: {told}")


def examine(data: Path, character_id: str | None = None) -> Iterator[tuple[str, Finding]]:
    """Each thing and how it is, by the settings of a character, or those of the environment: all looked at at once, and
    none longer than some seconds. A thread may be left over that waits for the network."""
    try:
        settings = load_settings({}) if character_id is None else open_build(data, character_id).settings
        asks = list(_models(settings))
    except (DramaturgError, OSError) as error:
        asks = [("settings", partial(Finding, "broken", "; ".join(str(error).splitlines()), _of_settings(error)))]
    checks = [
        _Check("Python", _python),
        _Check("encoding", _encoding),
        _Check("data", partial(_data, data)),
        *(_Check(name, look) for name, look in asks),
        _Check("recordings", _recordings),
        _Check("plots", _plots),
        _Check("tuning", _tuning),
        _Check("browser", _browser),
        _Check("Hub", _hub, "missing"),
        _Check("Prefect", _prefect),
    ]
    for check in checks:
        check.thread.start()
    until = time.monotonic() + _SECONDS
    for check in checks:
        check.thread.join(max(0.0, until - time.monotonic()))
        yield check.name, check.found or Finding(check.late, f"no answer within {_SECONDS:g} seconds")


def render_finding(name: str, finding: Finding) -> str:
    """A line, and one more for what to do; no key in either."""
    lines = [f"{finding.state:<8} {name:<11} {finding.told}"]
    if finding.remedy:
        lines.append(f"{'':<20} → {finding.remedy}")
    return masked("\n".join(lines))


def _of_settings(error: Exception) -> str:
    return "change it where it is set: the environment, .env or character.yaml" * isinstance(error, SettingsError)


# --- this machine -------------------------------------------------------------------------------------------


def _python() -> Finding:
    return Finding("ok", f"{'.'.join(map(str, sys.version_info[:3]))}, {sys.executable}")


def _encoding() -> Finding:
    spoken = {sys.getfilesystemencoding(), (sys.stdout.encoding or "utf-8")}
    told = " and ".join(sorted(spoken))
    if {each.lower().replace("-", "") for each in spoken} != {"utf8"}:
        return Finding("missing", f"{told}: Chinese shows as \\u97e6", "export LC_ALL=C.UTF-8")
    return Finding("ok", told)


def _data(data: Path) -> Finding:
    processed, raw = data / "processed", data / "raw"
    characters = sorted(path.parent for path in raw.glob("*/character.yaml"))
    try:
        processed.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=processed) as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        told = f"{processed} cannot be written to: {error.strerror or error}"
        return Finding("broken", told, _REMEDIES.get(error.errno or 0, "give another folder with --data").format(data))
    free = shutil.disk_usage(processed).free
    told = f"{data}, {len(characters):,} character{'s' * (len(characters) != 1)}, {free / 1e9:,.1f} GB free"
    if free < _FREE_BYTES:
        return Finding("broken", told, f"make room there, {_FREE_BYTES / 1e9:g} GB at least: dramaturg clean")
    if locked := [path for path in characters if not os.access(path, os.W_OK)]:
        told = f"{locked[0]} cannot be written to: pages that are fetched, and which rows are for tests, are kept there"
        return Finding("broken", told, f'sudo chown -R "$USER" "{raw}"')
    return Finding("ok", told)


# --- the extras ---------------------------------------------------------------------------------------------


def _lacks(modules: tuple[str, ...]) -> list[str]:
    return [name for name in modules if importlib.util.find_spec(name) is None]


def _recordings() -> Finding:
    from extractors.audio import NEEDED

    if lacks := _lacks(NEEDED):
        return Finding("missing", f"recordings cannot be heard: {', '.join(lacks)}", "make audio")
    return Finding("ok", f"Whisper, and ffmpeg {shutil.which('ffmpeg') or 'of the package imageio-ffmpeg'}")


def _plots() -> Finding:
    from flows.stats import NEEDED

    if lacks := _lacks(NEEDED):
        command = f"{sys.executable} -m pip install -e '.[plots]'"
        return Finding("missing", f"plots, and their Chinese font, cannot be drawn: {', '.join(lacks)}", command)
    import pylopdf_fonts_zh_cn

    font = Path(pylopdf_fonts_zh_cn.sans_path())
    if not font.is_file():
        again = f"{sys.executable} -m pip install --force-reinstall pylopdf-fonts-zh-cn"
        return Finding("broken", f"there is no Chinese font at {font}", again)
    return Finding("ok", f"matplotlib and {font.name}")


def _tuning() -> Finding:
    from dramaturg.tune.base import NEEDED

    if lacks := _lacks(NEEDED):
        return Finding("missing", f"models cannot be tuned: {', '.join(lacks)}", "make tune, which installs it (2 GB)")
    return Finding("ok", "torch, transformers and peft")


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        return Finding("missing", "no chromium, for make test-browser alone", "sudo apt install chromium")
    if lacks := _lacks(("playwright", "axe_playwright_python")):
        told = f"{', '.join(lacks)}, for make test-browser alone"
        return Finding("missing", told, "make test-browser, which installs it")
    return Finding("ok", found)


# --- who is asked -------------------------------------------------------------------------------------------


def _models(settings: Settings) -> Iterator[tuple[str, Callable[[], Finding]]]:
    """A check of each model that the stages ask."""
    if settings.llm != "auto":
        yield "model", partial(Finding, "ok", f"not asked anything: LLM={settings.llm}")
        return
    whom: Mapping[str, Settings] = {asked.asks: asked for asked in map(settings.for_stage, ASKING)}
    for asked in whom.values():
        yield "model", partial(_embedded if asked.is_embedded else _endpoint, asked)


def _endpoint(settings: Settings) -> Finding:
    name = f"{settings.model} at {settings.endpoint}"
    try:
        trial: Trial = try_endpoint(settings, _SECONDS - 0.5)
    except EndpointError as error:
        remedy = (
            f"see that it runs, and is meant: OPENAI_BASE_URL, MODEL, {settings.key_name}; or LLM=off. A model that is "
            "loaded when it is first asked may answer the second time"
        )
        return Finding("broken", str(error), remedy)
    asked = f"asked “{QUESTION}” ({trial.tokens_in:,} tokens), answered “{trial.said}” ({trial.tokens_out:,} tokens)"
    return Finding("ok", f"{name}: {asked} in {trial.seconds:.1f} s")


def _embedded(settings: Settings) -> Finding:
    if _lacks(("xllamacpp",)):
        return Finding("broken", "xllamacpp is not installed", f"{sys.executable} -m pip install xllamacpp")
    if settings.weights is not None:
        try:
            return Finding("ok", f"{EMBEDDED}: {find_weights(settings.weights)}")
        except EndpointError as error:
            return Finding("broken", str(error), "unset WEIGHTS, or give a GGUF file")
    folder = cache_folder()
    found = fetched_weights(folder)
    if found is not None:
        return Finding("ok", f"{EMBEDDED}: {found}")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free, needed = shutil.disk_usage(there).free, 1.3 * FROM_REGISTRY.size
    if free < needed or not os.access(there, os.W_OK):
        told = f"{EMBEDDED}: its weights are to be fetched into {folder}, which has no room or cannot be written to"
        return Finding("broken", told, "export XDG_CACHE_HOME=/another/folder; or name an endpoint; or LLM=off")
    return Finding("missing", f"{EMBEDDED}: its weights are not fetched yet: the first build does, into {folder}")


# --- other services -----------------------------------------------------------------------------------------


def _hub() -> Finding:
    from dramaturg.publish.hub import hub_token, whose_token

    token = hub_token()
    where = plain_address(os.environ.get("HF_ENDPOINT")) or "https://huggingface.co"
    again = f"make one at {where}/settings/tokens that may write: export HF_TOKEN=hf_…"
    if token is None:
        return Finding("missing", "no token, which dramaturg publish alone needs", f"{again}, or hf auth login")
    try:
        found = whose_token(token)
    except HubError as error:
        return Finding("missing", f"{where}: {error}; dramaturg publish alone needs it")
    if found is None:
        return Finding("broken", f"{where} does not take the token", again)
    name, may_write = found
    if not may_write:
        return Finding("missing", f"{where}: the token of {name} may only read", again)
    return Finding("ok", f"{where}: {name}")


def _prefect() -> Finding:
    try:
        address = find_server()
    except InputError as error:
        return Finding("broken", str(error), "start it, or: unset PREFECT_API_URL")
    if address is None:
        return Finding("ok", "no server runs: make build-dataset does with none, make server starts one")
    return Finding("ok", f"a server at {plain_address(address)}")
