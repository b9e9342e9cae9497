"""What kind of file system a folder lies on."""

import re
from pathlib import Path

__all__ = ["file_system", "is_on_network"]

_MOUNTS = Path("/proc/self/mountinfo")
_OF_NETWORKS = frozenset(
    {"afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "nfs", "nfs4", "ocfs2", "smb2", "smb3", "sshfs"}
)


def is_on_network(folder: Path) -> bool:
    """Whether other machines may have the folder too. Where the system tells of no mounts (it is not Linux), False."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    return file_system(folder.resolve(), mounts).removeprefix("fuse.") in _OF_NETWORKS


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system that has a folder, by what Linux tells in a mountinfo file (proc_pid_mountinfo(5));
    empty where it tells of none. Of two mounts at one place the later covers the other."""
    found, depth = "", -1
    for line in mounts.splitlines():
        fields, _, kind = line.partition(" - ")
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields.split(" ")[4]))
        if folder.is_relative_to(place) and len(place.parts) >= depth:
            found, depth = kind.split(" ")[0], len(place.parts)
    return found
