"""What commands have in common: their arguments, and the build that they open. Imports nothing heavy."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.stage import Build

__all__ = [
    "BatchOption",
    "Char",
    "Data",
    "Llm",
    "LlmOption",
    "WaitOption",
    "folder_of",
    "given_by",
    "open_built",
    "open_for",
    "tell",
]


class Llm(StrEnum):
    off = "off"
    auto = "auto"
    replay = "replay"


Char = Annotated[str, typer.Argument(metavar="CHAR", help="The character: its folder's name under data/raw.")]
LlmOption = Annotated[Llm | None, typer.Option(help="Whether a language model is asked.  [default: auto]")]
BatchOption = Annotated[
    bool | None, typer.Option("--batch", help="Ask through the provider's Batch API: half the price, within a day.")
]
WaitOption = Annotated[
    float | None,
    typer.Option(
        min=0, metavar="SECONDS", help="How long to wait for another run of the same character.  [default: 300]"
    ),
]
Data = Annotated[Path | None, typer.Option(help="The folder with raw/ and processed/ in it.  [default: data]")]


def open_for(char: str, data: Path | None, given: dict[str, Any] | None = None) -> "Build":
    from dramaturg.logs import configure
    from flows.stage import open_build

    opened = open_build(folder_of(data), char, **(given or {}))
    configure(opened.settings.log)
    return opened


def folder_of(data: Path | None) -> Path:
    from dramaturg import ROOT

    return data or ROOT / "data"


def open_built(char: str, data: Path | None) -> "Build":
    """A build that is only looked at: no price or key matters."""
    from flows.stage import as_last_built

    return as_last_built(open_for(char, data))


def given_by(**options: object) -> dict[str, Any]:
    """The options that were given, as plain values."""
    return {
        name: option.value if isinstance(option, StrEnum) else option
        for name, option in options.items()
        if option is not None
    }


def tell(line: str) -> None:
    """At once: an estimate is to be read before what it estimates is paid."""
    print(line, flush=True)
