"""A dataset on a Hub that stores large files by Xet, as huggingface.co does: hf_xet itself against a local server."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from dramaturg import ROOT
from dramaturg.errors import HubError
from tests.hub import TOKEN, FakeHub
from tests.processes import dramaturg
from tests.publishing import CHARACTER, REPO, edit, published

# huggingface_hub gives its own client a file in the old way
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


def parquet(data: Path) -> dict[str, bytes]:
    """The large files of the dataset as it is built, by their paths in it."""
    dataset = data / "processed" / CHARACTER / "dataset"
    return {path.relative_to(dataset).as_posix(): path.read_bytes() for path in dataset.rglob("*.parquet")}


def say_more(data: Path) -> None:
    """The dataset with more rows in some of its files, built again."""
    with (data / "raw" / CHARACTER / "crosstalk.txt").open("a", encoding="utf-8") as source:
        source.write("猪八戒：猴哥，你又来了？\n孙悟空：俺老孙来也。\n")
    edit(data)


def calls(hub: FakeHub, of: str) -> list[str]:
    return [each for each in hub.seen if of in each]


# --- there and back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_grants", [True, False], ids=["grants", "no grants"])
def test_large_files_go_up_by_xet_and_the_commit_names_them(built: Path, xet_hub: FakeHub, has_grants: bool) -> None:
    xet_hub.cas.has_grants = has_grants
    assert published(built)[-1].startswith("published: ")
    files = parquet(built)
    assert files.items() <= xet_hub.dataset.files.items()
    assert set(xet_hub.cas.hashes) == {sha256(content).hexdigest() for content in files.values()}
    assert len(xet_hub.cas.received) == len(files)
    assert xet_hub.uploaded == []


def test_it_comes_down_by_xet_too(built: Path, xet_hub: FakeHub, tmp_path: Path) -> None:
    published(built)
    code = (
        "from datasets import load_dataset\n"
        "from huggingface_hub import snapshot_download\n"
        "snapshot_download('org/monkey', repo_type='dataset', local_dir='copy')\n"
        "print(load_dataset('org/monkey', 'chatharuhi', split='train').num_rows)\n"
    )
    home = {"HOME": str(tmp_path), "HF_TOKEN": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    files = parquet(built)
    for name, content in xet_hub.dataset.files.items():
        assert (tmp_path / "copy" / name).read_bytes() == content
    asked = {each.rsplit("/", 1)[1] for each in calls(xet_hub, "/v2/reconstructions/")}
    assert asked == set(xet_hub.cas.files)
    assert not [each for each in xet_hub.seen if each.startswith("GET") and "/resolve/" in each and ".parquet" in each]
    dataset = built / "processed" / CHARACTER / "dataset"
    assert int(ran.stdout) == pq.read_metadata(dataset / "chatharuhi" / "train.parquet").num_rows
    assert len(files) == len(asked)


def test_of_a_change_only_what_is_new_goes_up(built: Path, xet_hub: FakeHub) -> None:
    published(built)
    before, sent = parquet(built), len(xet_hub.cas.received)
    say_more(built)
    told = published(built, date="2026-02-03")
    now = parquet(built)
    changed = [name for name in now if now[name] != before[name]]
    assert now.items() <= xet_hub.dataset.files.items()
    assert len(xet_hub.cas.received) - sent == len(changed) < len(now)
    assert any(re.search(r"script \d+ added", line) for line in told), told  # than the last, which came down by Xet


@pytest.mark.usefixtures("xet_hub")
def test_nothing_that_xet_keeps_on_this_machine_holds_the_token(built: Path) -> None:
    published(built)
    home = Path(os.environ["HOME"])
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert any("xet" in path.parts for path in kept)
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]


# --- broken off ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.parametrize("call", ["/grants/|/v1/xorbs/", "/v2/shards"])
def test_what_breaks_off_goes_on_with_the_same_command_and_sends_nothing_twice(
    built: Path, xet_hub: FakeHub, call: str, status: int
) -> None:
    xet_hub.spoil = lambda _, path: status if re.match(call, path) and len(xet_hub.cas.received) >= 3 else None
    with pytest.raises(HubError, match=r"the same command goes on"):
        published(built)
    assert len(xet_hub.dataset.commits) == 1
    xet_hub.spoil = lambda *_: None
    published(built)
    assert set(Counter(xet_hub.cas.received).values()) == {1}
    assert parquet(built).items() <= xet_hub.dataset.files.items()


def test_a_killed_upload_goes_on_even_from_another_home_and_sends_nothing_twice(
    built: Path, xet_hub: FakeHub, tmp_path: Path
) -> None:
    xet_hub.delay = 0.4
    code = [sys.executable, "-c", "from flows.cli import main; main()", "publish", CHARACTER, "--repo", REPO,
            "--data", str(built)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(code, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while len(xet_hub.cas.received) < 2:
            assert run.poll() is None
            time.sleep(0.02)
        run.kill()
    assert len(xet_hub.dataset.commits) == 1
    xet_hub.delay = 0
    ran = dramaturg("publish", CHARACTER, "--repo", REPO, "--data", built, HOME=str(tmp_path / "another"))
    assert ran.returncode == 0, ran.stderr
    assert set(Counter(xet_hub.cas.received).values()) == {1}
    assert parquet(built).items() <= xet_hub.dataset.files.items()


@pytest.mark.parametrize("call", ["xet-write-token", "/v1/chunks/", "/v1/xorb-grants/", "/grants/", "/v2/shards"])
@pytest.mark.parametrize("status", [0, 500])
def test_what_fails_once_is_asked_again(built: Path, xet_hub: FakeHub, call: str, status: int) -> None:
    left = [status]
    xet_hub.spoil = lambda _, path: left.pop() if call in path and left else None
    published(built)
    assert not left
    assert len(xet_hub.dataset.commits) == 2


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "status", "told"),
    [
        ("xet-write-token", 401, "the Hub does not take the token"),
        ("xet-write-token", 403, "the token may not write to org/monkey"),
        ("xet-write-token", 404, r"this Hub has no Xet storage \(404\): set HF_HUB_DISABLE_XET=1"),
        ("xet-write-token", 500, r"the Hub does not answer as it should \(500\)"),
        ("xet-write-token", 0, "the Hub cannot be reached, or breaks off: the same command goes on from there$"),
        ("/v1/xorb-grants/", 401, r"storage 127.0.0.1:.* does not take the pass that the Hub gave \(401\)"),
        ("/v1/xorb-grants/", 403, r"storage 127.0.0.1:.* does not take the pass that the Hub gave \(403\)"),
        ("/v1/xorb-grants/", 500, r"storage 127.0.0.1:.* does not answer as it should \(500\)"),
        ("/v1/xorb-commits/", 429, r"storage 127.0.0.1:.* does not answer as it should \(429\)"),
        ("/v1/xorb-grants/", 0, "storage 127.0.0.1:.* cannot be reached, or breaks off"),
        ("/v2/shards", 400, r"storage 127.0.0.1:.* refuses \(400\): set HF_HUB_DISABLE_XET=1, and the same command"),
        ("/v2/shards", 401, r"storage 127.0.0.1:.* does not take the pass that the Hub gave \(401\)"),
    ],
)
def test_a_refusal_is_one_line_that_says_who_refuses(
    built: Path, xet_hub: FakeHub, call: str, status: int, told: str
) -> None:
    xet_hub.spoil = lambda _, path: status if call in path else None
    with pytest.raises(HubError, match=told) as refused:
        published(built)
    assert len(str(refused.value).splitlines()) == 1
    assert TOKEN not in str(refused.value)
    assert "xet_write" not in str(refused.value)
    assert len(xet_hub.dataset.commits) == 1


def test_a_storage_that_cannot_be_reached_is_named_and_the_way_without_it_works(
    built: Path, xet_hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    xet_hub.cas.url = "http://127.0.0.1:9"  # as behind a firewall that knows huggingface.co alone
    with pytest.raises(HubError, match=r"storage 127.0.0.1:9 cannot be reached.*; HF_HUB_DISABLE_XET=1 does without"):
        published(built)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    published(built)
    assert parquet(built).items() <= xet_hub.dataset.files.items()
    assert xet_hub.cas.received == []


def test_a_storage_that_forgot_what_this_machine_remembers_sending_is_done_without(
    built: Path, xet_hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    xet_hub.spoil = lambda _, path: 500 if path == "/v2/shards" and len(xet_hub.cas.received) == 3 else None
    with pytest.raises(HubError):
        published(built)
    xet_hub.spoil = lambda *_: None
    xet_hub.cas.forget()  # no commit named what came, and the time for it is over
    with pytest.raises(HubError, match=r"refuses \(400\): set HF_HUB_DISABLE_XET=1"):
        published(built)
    assert len(xet_hub.dataset.commits) == 1
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    published(built)
    assert parquet(built).items() <= xet_hub.dataset.files.items()


def test_what_the_storage_says_in_its_own_words_is_passed_on(
    built: Path, xet_hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = b'{"type": "error", "message": "the shard\\nis odd", "retryable": false}\n'
    answer = xet_hub.cas.answer
    monkeypatch.setattr(
        xet_hub.cas, "answer", lambda *call: (200, said, {}) if call[1] == "/v2/shards" else answer(*call)
    )
    with pytest.raises(
        HubError, match=r"what is not understood \(Internal error: the shard is odd\): the same command"
    ):
        published(built)


def test_a_cache_that_cannot_be_written_is_no_fault_of_the_hubs(
    built: Path, xet_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "a file"))
    with pytest.raises(HubError, match="HF_HOME not be written to"):
        published(built)
    assert len(xet_hub.dataset.commits) == 1


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (0, "storage 127.0.0.1:.* cannot be reached, or breaks off"),
        (401, r"storage 127.0.0.1:.* does not take the pass that the Hub gave \(401\)"),
        (500, r"storage 127.0.0.1:.* does not answer as it should \(500\)"),
    ],
)
def test_the_last_revision_that_cannot_be_fetched_is_one_line_and_not_asked_for_on_and_on(
    built: Path, xet_hub: FakeHub, status: int, told: str
) -> None:
    published(built)
    say_more(built)
    xet_hub.spoil = lambda _, path: status if "/reconstructions/" in path else None
    with pytest.raises(HubError, match=told) as refused:
        published(built)
    assert len(str(refused.value).splitlines()) == 1
    assert len(calls(xet_hub, "/reconstructions/")) <= 2  # once, and hf_xet once more
    assert len(xet_hub.dataset.commits) == 2


def test_the_commands_complaint_is_one_line(built: Path, xet_hub: FakeHub) -> None:
    xet_hub.spoil = lambda _, path: 401 if "/v1/xorb-grants/" in path else None
    ran = dramaturg("publish", CHARACTER, "--repo", REPO, "--data", built)
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: the Hub's storage 127.0.0.1:")
    assert len(ran.stderr.splitlines()) == 1
