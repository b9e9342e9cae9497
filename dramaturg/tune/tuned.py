"""A tuned model's folder, which says itself what it was made of and by which command.

adapter/       LoRA's weights and their settings, as PEFT opens them
curve.csv      the loss of each step; curve.svg, where matplotlib is installed
tuning.json    settings, command, hashes of the dataset and of the base, losses; of each file its hash
README.md      what this is, in a few lines
.work/         checkpoints of a run that has not ended
"""

import fcntl
import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dramaturg.errors import BusyError, InputError
from dramaturg.tune.curve import draw_curve, write_curve
from dramaturg.tune.train import Trained
from dramaturg.workspace import is_intact, read_json, sha256_file, write_atomic, write_json

__all__ = ["ADAPTER", "TUNING", "begun", "held", "is_done", "read_tuning", "write_tuned"]

ADAPTER = "adapter"
TUNING = "tuning.json"
_WORK = ".work"
_ASKED = "asked.json"
_VERSION = 1


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder, made where it is not, for one run. Raises InputError where it has something else in it,
    BusyError where another run holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and read_tuning(folder) is None and not (folder / _WORK).is_dir():
        raise InputError(f"{folder} has something else in it than a tuned model: give another folder with --output")
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another run is tuning into {folder}: wait for it to end") from None
        yield
    finally:
        os.close(handle)


def read_tuning(folder: Path) -> dict[str, Any] | None:
    """What tuning.json says; None where there is none of ours."""
    try:
        found = read_json(folder / TUNING)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return dict(found) if isinstance(found, dict) and found.get("tuning") == _VERSION else None


def is_done(folder: Path, key: str) -> bool:
    """Whether what has this key lies there, whole."""
    found = read_tuning(folder)
    return (
        found is not None
        and found["key"] == key
        and all(is_intact(folder / name, known) for name, known in found["files"].items())
    )


def begun(folder: Path, key: str, is_fresh: bool) -> Path:
    """The folder for checkpoints, in which those of a run that was to make the same are."""
    work = folder / _WORK
    if is_fresh or not (work / _ASKED).is_file() or read_json(work / _ASKED) != key:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        write_json(work / _ASKED, key)
    return work


def write_tuned(folder: Path, trained: Trained, told: Mapping[str, Any], title: str, readme: str) -> None:
    """Write all of the folder, tuning.json last; what is there of an earlier run goes."""
    (folder / TUNING).unlink(missing_ok=True)
    made = folder / _WORK / ADAPTER
    trained.model.save_pretrained(str(made), save_embedding_layers=False)
    shutil.rmtree(folder / ADAPTER, ignore_errors=True)
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        with write_atomic(folder / ADAPTER / name) as file:
            file.write((made / name).read_bytes())
    _settle(folder / ADAPTER / "adapter_config.json", str(told["base"]["given"]))
    write_curve(folder / "curve.csv", trained.steps)
    (folder / "curve.svg").unlink(missing_ok=True)
    if importlib.util.find_spec("matplotlib") is not None:
        draw_curve(folder / "curve.svg", trained.steps, title)
    with write_atomic(folder / "README.md") as file:
        file.write(readme.encode())
    files = [*(folder / ADAPTER).iterdir(), *(path for path in folder.iterdir() if path.is_file())]
    hashes = {path.relative_to(folder).as_posix(): sha256_file(path) for path in sorted(files)}
    write_json(folder / TUNING, {"tuning": _VERSION, **told, "files": hashes})
    shutil.rmtree(folder / _WORK)


def _settle(path: Path, base: str) -> None:
    """PEFT writes a set of names, in another order on every run, and the path that the base was loaded from."""
    found = read_json(path)
    found["target_modules"] = sorted(found["target_modules"])
    write_json(path, {**dict(sorted(found.items())), "base_model_name_or_path": base})
