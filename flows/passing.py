"""Which failures pass by themselves, so that doing the same again can help. No Prefect."""

import re
from typing import Any

from dramaturg.errors import DownloadError, EndpointError, HubError, UnfinishedError

__all__ = ["is_passing", "why_again"]

_STAYS = re.compile(
    r"refuses the key|has no credit left|has no MODEL=|may not be its address|as good as spent|LLM=replay|no weights"
    r"|cannot load|^WEIGHTS=|vectors of different lengths"
)
_OF_HUB = re.compile(r"the same command goes on from there")
_SET_FIRST = re.compile(r"^set |: set ")


def is_passing(error: object) -> bool:
    """Whether an error may be gone in some minutes: an endpoint, the Hub or the registry that was not there, and not
    what a person has to set right."""
    if isinstance(error, UnfinishedError):
        return not _STAYS.search(str(error))
    if isinstance(error, HubError):
        return bool(_OF_HUB.search(str(error))) and not _SET_FIRST.search(str(error))
    if isinstance(error, EndpointError):
        return not _STAYS.search(str(error))
    return isinstance(error, DownloadError) and "did not give" in str(error)


def why_again(stage: str, entry: dict[str, Any]) -> UnfinishedError | None:
    """Of a stage's entry in the manifest, what asking again can help against; None where nothing, or all is there."""
    told = entry.get("stopped") or entry.get("unfinished")
    if told is None:
        return None
    error = UnfinishedError(f"{stage}: no answer to {told}" if "stopped" not in entry else f"{stage}: {told}")
    return error if is_passing(error) else None
