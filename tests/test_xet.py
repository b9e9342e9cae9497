"""The tests' own Xet storage is what hf_xet takes for one."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from tests.hub import TOKEN, FakeHub
from tests.xet import schemes_of

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME, REPO = "a.parquet", "org/monkey"


def sent(hub: FakeHub, content: bytes) -> str:
    """The commit in which the file holds this."""
    api = HfApi(endpoint=hub.url, token=TOKEN)
    done = api.create_commit(REPO, [CommitOperationAdd(NAME, content)], commit_message="m", repo_type="dataset")
    return str(done.oid)


def fetched(hub: FakeHub, commit: str, folder: Path) -> bytes:
    api = HfApi(endpoint=hub.url, token=TOKEN)
    return Path(api.hf_hub_download(REPO, NAME, repo_type="dataset", revision=commit, local_dir=folder)).read_bytes()


@pytest.mark.parametrize(
    ("content", "scheme"),
    [
        (Random(1).randbytes(300_001), "as it is"),
        (b"".join(b"%d bottles\n" % number for number in range(30_000)), "lz4"),
        (np.random.default_rng(1).normal(size=100_001).astype("<f4").tobytes() + b"end", "grouped lz4"),
    ],
    ids=["noise", "text", "numbers"],
)
def test_a_file_of_many_chunks_comes_back_however_it_is_packed(
    xet_hub: FakeHub, tmp_path: Path, content: bytes, scheme: str
) -> None:
    xet_hub.make(REPO)
    assert fetched(xet_hub, sent(xet_hub, content), tmp_path) == content
    (xorb,) = xet_hub.cas.xorbs.values()
    assert len(schemes_of(xorb)) > 1
    assert scheme in schemes_of(xorb)


def test_of_an_edited_file_only_the_chunks_around_the_edit_travel(xet_hub: FakeHub, tmp_path: Path) -> None:
    xet_hub.make(REPO)
    content = Random(1).randbytes(1_000_000)
    edited = content[:500_000] + b"a word more" + content[500_000:]
    first, second = sent(xet_hub, content), sent(xet_hub, edited)
    sizes = [len(xet_hub.cas.xorbs[xorb]) for xorb in xet_hub.cas.received]
    assert len(sizes) == 2
    assert sizes[1] < sizes[0] / 3
    assert fetched(xet_hub, first, tmp_path / "1") == content
    assert fetched(xet_hub, second, tmp_path / "2") == edited


def test_a_file_whose_chunks_are_not_there_is_not_registered(xet_hub: FakeHub) -> None:
    xet_hub.make(REPO)

    def lose(_: str, path: str) -> None:
        if path == "/v2/shards":
            xet_hub.cas.xorbs.clear()

    xet_hub.spoil = lose
    with pytest.raises(ConnectionError, match="400 Bad Request"):
        sent(xet_hub, b"content")
    assert xet_hub.cas.files == {}
    assert len(xet_hub.dataset.commits) == 1
