"""What is done with this machine and all its characters: looked over, built together, cleared."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from flows.cli_given import BatchOption, Data, LlmOption, WaitOption, folder_of, given_by

__all__ = ["machine"]

machine = typer.Typer(rich_markup_mode=None)

_Chars = Annotated[list[str] | None, typer.Argument(metavar="[CHAR…]", help="The characters.  [default: all]")]


@machine.command()
def build_all(
    chars: _Chars = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, help="How many are built at a time.  [default: 1; of a cluster as many as it has threads]"
        ),
    ] = None,
    llm: LlmOption = None,
    data: Data = None,
    max_cost: Annotated[
        float | None, typer.Option(help="What all of them together may cost: each gets a share of what is left.")
    ] = None,
    batch: BatchOption = None,
    wait: WaitOption = None,
) -> None:
    """Build every character's dataset, each in a process of its own: one that fails stops no other.

    Ends with 0 where all is well, 1 where some failed, 2 where none could be begun.
    """
    from dramaturg.errors import SettingsError
    from dramaturg.logs import configure
    from dramaturg.settings import load_settings
    from flows.many import build_many, characters_of, exit_code, render_outcomes
    from flows.processes import stop_builds

    folder = folder_of(data)
    given = given_by(llm=llm, max_cost=max_cost, batch=batch, wait=wait)

    stop_at_once = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        stop_builds()
        if callable(stop_at_once):
            stop_at_once(number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with suppress(SettingsError):  # told of each character
        configure(load_settings({}).log)
    outcomes = build_many(folder, list(dict.fromkeys(chars or characters_of(folder))), given, jobs)
    print(render_outcomes(outcomes, folder))
    raise typer.Exit(exit_code(outcomes))


@machine.command()
def doctor(
    char: Annotated[
        str | None, typer.Argument(metavar="[CHAR]", help="The character whose settings count.  [default: none]")
    ] = None,
    data: Data = None,
) -> None:
    """See what is there of what builds need, and what to do about the rest. A model is asked one tiny question."""
    from flows.doctor import examine, render_finding

    is_broken = False
    for name, finding in examine(folder_of(data), char):
        print(render_finding(name, finding), flush=True)
        is_broken |= finding.state == "broken"
    sys.stdout.flush()
    os._exit(int(is_broken))  # a thread may still wait for the network


@machine.command()
def clean(
    chars: _Chars = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; else it is only told.")] = False,
    data: Data = None,
) -> None:
    """Remove what builds have made, of what they can make again: data/processed/CHAR.

    Sources, edits, what was fetched, which rows are for tests, and the answers that were paid for stay.
    """
    from dramaturg.errors import BusyError
    from dramaturg.logs import log
    from flows.clean import find_made, remove, render_made

    made = find_made(folder_of(data), list(dict.fromkeys(chars or ())))
    if not made:
        print("Nothing is built: there is nothing to remove.")
        return
    print(render_made(made))
    chosen = [each for each in made if each.paths and each.kept is None]
    size = f"{sum(each.size for each in chosen) / 1e6:,.1f} MB"
    if not chosen:
        return
    if not yes:
        print(f"\n{size} together; --yes removes them")
        return
    removed = 0
    for each in chosen:
        try:
            remove(each)
        except BusyError as error:  # one that is built just now is no reason to keep the others
            log(f"{each.workspace.character_id} stays: {error}", "warning")
        else:
            removed += each.size
    print(f"\nRemoved: {removed / 1e6:,.1f} MB")
