"""Every test in a home, an environment and a network of its own."""

import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dramaturg import ROOT
from dramaturg.settings import Settings

_OURS = ("CHAR", "LLM", "SCENE_TOKENS", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PREFECT_API_URL")
_MAKES = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # of the make that runs the tests


@pytest.fixture(autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No home, no settings, no .env of the developer's; no connection but to loopback."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    for name in _OURS + _MAKES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    connect = socket.socket.connect

    def connect_to_loopback(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test wanted to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the project's own sample characters in it, nothing built."""
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    return tmp_path / "data"


@pytest.fixture
def built(tmp_path: Path, _built_once: Path) -> Path:
    """A copy of the data folder with every sample character built."""
    shutil.copytree(_built_once, tmp_path / "built")
    return tmp_path / "built"


@pytest.fixture(scope="session")
def _built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from flows.pipeline import open_build, run_all

    data = tmp_path_factory.mktemp("built") / "data"
    shutil.copytree(ROOT / "data" / "raw", data / "raw")
    for character in sorted(path.name for path in (data / "raw").iterdir()):
        run_all(open_build(data, character))
    return data


def pytest_configure() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    settings.register_profile("project", deadline=None)  # a busy machine is no defect
    settings.load_profile("project")
