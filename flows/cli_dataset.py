"""What is done with a dataset that is built: counted, looked at, corrected, written in other forms, published."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli_given import Char, Data, Llm, given_by, open_built, open_for, tell

__all__ = ["dataset"]

dataset = typer.Typer(rich_markup_mode=None)


@dataset.command()
def formats(
    char: Char,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="messages, llamafactory, axolotl, sharegpt, alpaca, rocit, chatharuhi or card; may be given again.  "
            "[default: all]",
        ),
    ] = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="chatharuhi, role_specific, knowledge_boundary or general; may be given again.  [default: all]",
        ),
    ] = None,
    no_system: Annotated[bool, typer.Option("--no-system", help="Without the system prompt.")] = False,
    demonstrations: Annotated[int, typer.Option(min=0, help="Show this many original exchanges before each talk.")] = 0,
    single_turn: Annotated[
        bool, typer.Option("--single-turn", help="A question and its answer, never the turns after or before.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The folder to write.  [default: data/processed/CHAR/formats]")
    ] = None,
    data: Data = None,
) -> None:
    """Write a built dataset as what trainers and chat front ends open."""
    from flows.formats import render_formats, write_all

    given = given_by(llm=Llm.off)
    written = write_all(open_for(char, data, given), form, config, not no_system, demonstrations, single_turn, output)
    print(render_formats(written))


@dataset.command()
def stats(
    chars: Annotated[list[str], typer.Argument(metavar="CHAR…", help="The characters, each of them built.")],
    as_json: Annotated[bool, typer.Option("--json", help="All there is, distributions too, as JSON.")] = False,
    data: Data = None,
) -> None:
    """Count what there is in a character's dataset, or in several together, as RoleBench's Table 1 does."""
    from flows.stats import render_statistics, statistics_of

    found = statistics_of([open_for(char, data) for char in dict.fromkeys(chars)])
    print(json.dumps(found.to_json(), ensure_ascii=False, indent=2) if as_json else render_statistics(found))


@dataset.command()
def plots(char: Char, data: Data = None) -> None:
    """Draw a character's dataset, PNG and SVG, into data/processed/CHAR/dataset/plots, and show it in the card."""
    from flows.stats import draw

    for path in draw(open_for(char, data), tell):
        print(path)


_Rows = Annotated[int, typer.Option(min=1, help="The most rows that the page has in it, spread over the dataset.")]


@dataset.command()
def report(
    char: Char,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page.  [default: data/processed/CHAR/report.html]")
    ] = None,
    rows: _Rows = 20_000,
    data: Data = None,
) -> None:
    """Write one page on a character's dataset: its rows beside their passages, and what was lost where."""
    from flows.report import write_report

    print(write_report(open_built(char, data), output, rows))


@dataset.command()
def review(
    char: Char,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it is served; 0: any that is free.")] = 8750,
    rows: _Rows = 20_000,
    data: Data = None,
) -> None:
    """Correct a character's dataset in the browser: speakers, names, rows. The next build goes by it."""
    from flows.report import desk_of, page_of
    from flows.review import serve

    opened = open_built(char, data)
    desk = desk_of(opened)
    print(f"{opened.workspace.corrections} takes what you say; the next build goes by it. Ctrl-C ends this.")
    serve(lambda: page_of(opened, desk, "review", rows), desk, port, tell)


@dataset.command()
def publish(
    char: Char,
    repo: Annotated[str, typer.Option(metavar="ORG/NAME", help="The dataset's repository, made where it is not.")],
    private: Annotated[
        bool, typer.Option("--private", help="Make it so that only you, or your organization, see it.")
    ] = False,
    tag: Annotated[str | None, typer.Option(help="Name the revision, such as v1.")] = None,
    revision: Annotated[str, typer.Option(metavar="BRANCH", help="The branch, made where it is not.")] = "main",
    withhold: Annotated[
        bool, typer.Option("--withhold", help="Offsets and hashes in place of words that may not be passed on.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would go up, and what would change; no token is needed.")
    ] = False,
    data: Data = None,
) -> None:
    """Put a character's dataset on the Hugging Face Hub, in one commit. HF_TOKEN, or a login, says whose.

    Where it was stopped, the same command goes on.
    """
    from datetime import UTC, datetime

    from flows.publish import Publishing, publish

    date = datetime.now(UTC).date().isoformat()
    publish(open_for(char, data), Publishing(repo, date, revision, tag, private, withhold, dry_run), tell)


@dataset.command()
def reattach(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The dataset, as it was fetched from the Hub.")],
    source: Annotated[
        list[Path],
        typer.Option(
            help="Your copy of a source; may be given again. Or its canonical text: 01_text/….txt of a build."
        ),
    ],
) -> None:
    """Put the words that were withheld from a dataset back into it, from your own copy of its sources."""
    from flows.reattach import reattach, render_reattached

    print(render_reattached(folder, reattach(folder, source)))
