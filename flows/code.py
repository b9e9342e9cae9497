"""Which Dramaturg this is."""

from functools import cache

from dramaturg import ROOT
from dramaturg.workspace import digest, sha256_file

__all__ = ["code_hash"]

_ROOMS = ("dramaturg", "extractors", "flows", "prompts")


@cache
def code_hash() -> str:
    """The hash of all that decides what a stage writes, beside what it reads: the code and the prompts."""
    kinds = ("py", "md", "json", "jsonl")
    read = [path for room in _ROOMS for kind in kinds for path in (ROOT / room).rglob(f"*.{kind}")]
    return digest({str(path.relative_to(ROOT)): sha256_file(path) for path in read})
