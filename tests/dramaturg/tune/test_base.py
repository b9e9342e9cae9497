"""What may be tuned, and in which one line all else is refused."""

import re
from pathlib import Path

import pytest

from dramaturg.errors import DramaturgError, HubError, InputError
from dramaturg.tune import base
from dramaturg.tune.answer import answers
from dramaturg.tune.base import find_base
from tests.hub import FakeHub


def model_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "notes.md").write_text("mine")
    return folder


def complaint(given: str) -> str:
    with pytest.raises(DramaturgError) as raised:
        find_base(given)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"BASE={given}: ")
    return str(raised.value)


def test_a_folder_is_known_by_all_that_is_loaded_of_it(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    found = find_base(str(folder))
    (folder / "notes.md").write_text("others")
    assert find_base(str(folder)) == found
    (folder / "model.safetensors").write_bytes(b"others")
    assert find_base(str(folder)).sha256 != found.sha256


def test_a_folder_without_safetensors_is_refused_a_pickle_may_run_anything(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "safetensors" in complaint(str(folder))


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"PK\x03\x04")
    assert "not a GGUF file" in complaint(str(tmp_path / "model.gguf"))


def test_a_name_that_nobody_knows_is_refused_with_what_may_be_given() -> None:
    assert "smollm2" in complaint("smollm3?")


def test_a_repository_that_the_hub_does_not_have_is_one_line(hub: FakeHub) -> None:  # noqa: ARG001
    with pytest.raises(HubError):
        find_base("org/none")
    assert re.search(r"no such folder here, and not from 127\.0\.0\.1:\d+: ", complaint("org/none"))


def test_a_hub_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "not from 127.0.0.1:9" in complaint("org/model")


def test_without_the_extra_nothing_is_answered_and_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "NEEDED", ("no_such_module",))
    with pytest.raises(InputError, match=r"^[^\n]*no_such_module[^\n]*\[train\][^\n]*$"):
        answers(tmp_path, [], 10)
