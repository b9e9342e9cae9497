"""Every test in a home, an environment and a network of its own."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dramaturg import ROOT
from dramaturg.llm import dispatch
from dramaturg.providers import PROVIDERS
from dramaturg.settings import Settings
from tests.endpoint import FakeEndpoint, serving
from tests.hub import TOKEN, FakeHub, serving_hub
from tests.xet import FakeCas

_KEYS = tuple(each.key_name for each in PROVIDERS.values() if each.key_name)
_OURS = (
    *(name.upper() for name in Settings.model_fields), *_KEYS,
    *("CHAR", "HF_ENDPOINT", "HF_HOME", "HF_OIDC_RESOURCE", "HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN"),
    *("PREFECT_API_URL", "XDG_CACHE_HOME"),
)  # fmt: skip
_SOME = {"MAX_REQUESTS": "400"}
_SPLITS = shutil.ignore_patterns("splits.json")  # of the developer's own builds
_MAKES = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # of the make that runs the tests


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _alone(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No home, no settings, no .env of the developer's; no connection but to loopback."""
    home = tempfile.mkdtemp(dir=_homes)  # mktemp looks at the folders of all tests before
    monkeypatch.setenv("HOME", home)
    for name in _OURS + _MAKES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLM", "off")  # whoever tests a model says which
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
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw", ignore=_SPLITS)
    return tmp_path / "data"


@pytest.fixture
def built(tmp_path: Path, _built_once: Path) -> Path:
    """A copy of the data folder with every sample character built."""
    shutil.copytree(_built_once, tmp_path / "built")
    return tmp_path / "built"


@pytest.fixture
def generated(tmp_path: Path, _generated_once: tuple[Path, FakeEndpoint], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data folder with every sample built against the endpoint of `endpoint`, which the settings name."""
    data, endpoint = _generated_once
    shutil.copytree(data, tmp_path / "generated")
    monkeypatch.setenv("LLM", "auto")
    for name, value in {**endpoint.settings, **_SOME}.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "generated"


@pytest.fixture
def endpoint(_generated_once: tuple[Path, FakeEndpoint]) -> FakeEndpoint:
    """The endpoint that `generated` asked."""
    return _generated_once[1]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub on this machine that huggingface_hub takes for its own, and a token in the environment."""
    with serving_hub(FakeHub()) as hub:
        _take_for_own(hub, tmp_path, monkeypatch)
        yield hub


@pytest.fixture
def xet_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient_xet: None) -> Iterator[FakeHub]:  # noqa: ARG001
    """The same, with large files stored by Xet."""
    with serving_hub(FakeHub(cas=FakeCas())) as hub:
        _take_for_own(hub, tmp_path, monkeypatch)
        yield hub


@pytest.fixture
def impatient_xet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """hf_xet asks a second time at once, and gives up."""
    from huggingface_hub import constants
    from huggingface_hub.utils._xet import abort_xet_session

    monkeypatch.setenv("HF_XET_CLIENT_RETRY_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("HF_XET_CLIENT_RETRY_BASE_DELAY", "1ms")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    abort_xet_session()  # that of another test has read another environment
    yield
    abort_xet_session()


def _take_for_own(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    for name, value in {**hub.settings, "HF_TOKEN": TOKEN}.items():
        monkeypatch.setenv(name, value)
    # read from the environment when it was imported
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", hub.cas is None)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-login"))


@pytest.fixture(scope="session")
def _generated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, FakeEndpoint]]:
    data = tmp_path_factory.mktemp("generated") / "data"
    shutil.copytree(ROOT / "data" / "raw", data / "raw", ignore=_SPLITS)
    with serving(FakeEndpoint()) as endpoint:
        build_samples(
            data, llm="auto", openai_base_url=endpoint.url, model=endpoint.model, max_requests=_SOME["MAX_REQUESTS"]
        )
        yield data, endpoint


@pytest.fixture(scope="session")
def _built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    shutil.copytree(ROOT / "data" / "raw", data / "raw", ignore=_SPLITS)
    build_samples(data, llm="off")
    return data


def build_samples(data: Path, **settings: str) -> None:
    from flows.pipeline import run_all
    from flows.stage import open_build

    for character in sorted(path.name for path in (data / "raw").iterdir()):
        run_all(open_build(data, character, **settings))


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    dispatch._LEAST_TIMEOUT = 60.0  # a busy machine is no endpoint that hangs, whose requests are made again
    # The same examples on every run, so that a change is judged by what it changed; a busy machine is no defect.
    settings.register_profile("project", derandomize=True, deadline=None)
    settings.register_profile("search", max_examples=3000, deadline=None)  # pytest --hypothesis-profile=search
    settings.load_profile(config.getoption("--hypothesis-profile") or "project")
