"""Which file system has a folder."""

from pathlib import Path

import pytest

from dramaturg.mounts import file_system, is_on_network

MOUNTS = r"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 22 0:35 / /srv rw shared:9 - nfs4 10.0.0.2:/srv rw,vers=4.2
41 40 0:36 / /srv/my\040books rw - fuse.sshfs me@host:/books rw
42 22 0:37 / /old rw - nfs4 10.0.0.2:/old rw
43 22 0:38 / /old rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/data", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/data/processed", "nfs4"),
        ("/srv2/data", "ext4"),
        ("/srv/my books/data", "fuse.sshfs"),
        ("/old/data", "tmpfs"),
    ],
)
def test_a_folder_is_on_what_is_mounted_nearest_above_it(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


@pytest.mark.parametrize(("folder", "is_shared"), [("srv/a", True), ("srv/my books", True), ("home", False)])
def test_other_machines_may_have_what_a_network_has(
    folder: str, is_shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr("dramaturg.mounts._MOUNTS", tmp_path / "mountinfo")
    assert is_on_network(Path("/", folder)) is is_shared


def test_where_no_mounts_are_told_a_folder_is_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dramaturg.mounts._MOUNTS", tmp_path / "none")
    assert not is_on_network(tmp_path)
