"""`dramaturg store …`: the answers that were paid for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli_given import Data

if TYPE_CHECKING:
    from dramaturg.llm.carry import Holding

__all__ = ["store"]

store = typer.Typer(
    help="The answers that were paid for: what is there, passing them on, clearing up.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@store.command()
def ls(
    data: Data = None,
    char: Annotated[str | None, typer.Option(metavar="CHAR", help="Only what this character was built from.")] = None,
) -> None:
    """Show what is stored: by endpoint, model and prompt."""
    from dramaturg.llm.carry import holdings
    from dramaturg.workspace import Workspace, store_path
    from flows.used import keys_of

    path = store_path(_folder(data))
    keys = None if char is None else keys_of(Workspace(_folder(data), char))
    for line in _table(holdings(path, keys)) or [f"There are no answers in {path}."]:
        print(line)


@store.command()
def export(
    char: Annotated[str, typer.Argument(metavar="CHAR", help="The character: its folder's name under data/raw.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    data: Data = None,
    also_not_redistributable: Annotated[
        bool, typer.Option("--also-not-redistributable", help="Whatever licence the sources are under.")
    ] = False,
) -> None:
    """Write a character's answers into a file.

    By it others build the dataset without asking anybody.
    """
    from dramaturg.llm.carry import export_answers
    from flows.stage import open_build
    from flows.used import complain_of_licences, keys_of, settings_of

    build = open_build(_folder(data), char, llm="replay")  # which wants no key
    keys, about = keys_of(build.workspace), settings_of(build)
    if not also_not_redistributable:
        complain_of_licences(build)
    done = export_answers(build.workspace.store, output, keys, char, about)
    without = f"; {done.missing:,} of its requests have no answer" if done.missing else ""
    print(f"{done.rows:,} answers in {output}, {output.stat().st_size:,} bytes{without}")


@store.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `store export` wrote.")], data: Data = None
) -> None:
    """Take in the answers of an exported file. LLM=replay then builds from them, asking nobody."""
    from dramaturg.llm.carry import import_answers
    from dramaturg.workspace import store_path

    done = import_answers(store_path(_folder(data)), file)
    left_out = f", {done.misfits:,} left out: not the answers to what they say" if done.misfits else ""
    print(f"{file}: {done.added:,} answers added, {done.known:,} already there{left_out}")


@store.command()
def prune(
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; else it is only told how many there are.")] = False,
) -> None:
    """Remove the answers that no build uses, and no evaluation.

    A build is that of any character in data/processed.
    """
    from datetime import UTC, datetime

    from dramaturg.llm import carry
    from dramaturg.workspace import store_path
    from flows.used import all_keys

    path, begun = store_path(_folder(data)), datetime.now(UTC)
    with all_keys(_folder(data)) as keys:
        found = carry.total(carry.unused(path, keys, begun))
        count = found.answers + found.refusals
        told = (
            f"{count:,} answers, {found.tokens_in:,} tokens asked, {found.tokens_out:,} answered, {found.size:,} bytes"
        )
        if not count:
            print("Every answer is of some character's build: there is nothing to remove.")
        elif yes:
            carry.prune(path, keys, begun)
            print(f"Removed: {told}")
        else:
            print(f"No character's build uses {told}; --yes removes them")


def _folder(data: Path | None) -> Path:
    from dramaturg import ROOT

    return data or ROOT / "data"


def _table(found: "list[Holding]") -> list[str]:
    """Aligned, with the sums below."""
    from dramaturg.llm.carry import total

    if not found:
        return []
    heads = ("endpoint", "model", "prompt", "answers", "refusals", "tokens in", "tokens out", "bytes", "first", "last")
    rows = [heads, *(_cells(each) for each in found), ("total", *_cells(total(found))[1:])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return [
        "  ".join(
            cell.rjust(width) if 2 < column < 8 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _cells(each: "Holding") -> tuple[str, ...]:
    counts = (each.answers, each.refusals, each.tokens_in, each.tokens_out, each.size)
    texts = (
        each.endpoint,
        each.model,
        each.prompt,
        *(f"{count:,}" for count in counts),
        each.first[:10],
        each.last[:10],
    )
    return tuple("".join(letter if letter.isprintable() else "?" for letter in text) for text in texts)
