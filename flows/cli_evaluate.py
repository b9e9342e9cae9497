"""`dramaturg evaluate`: does the dataset make a model play the role?"""

from typing import Annotated

import typer

from flows.cli_given import BatchOption, Data, LlmOption, WaitOption, given_by, open_for, tell

__all__ = ["evaluation"]

evaluation = typer.Typer(rich_markup_mode=None)


@evaluation.command()
def evaluate(
    chars: Annotated[
        list[str], typer.Argument(metavar="CHAR…", help="The character, or those of a benchmark, each of them built.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL",
            help="A model of the settings' endpoint, http://host/v1#name, embedded, a folder of a local model, or a "
            "file of answers (.jsonl); may be given again, or be several with spaces between.",
        ),
    ] = None,
    benchmark: Annotated[
        bool,
        typer.Option("--benchmark", help="Into data/processed/rolebench, its unseen roles apart; so of several CHARs."),
    ] = False,
    orders: Annotated[
        int,
        typer.Option(
            min=0, max=40_320, help="In how many orders the judge sees the answers to a question; 0: no judge."
        ),
    ] = 2,
    questions: Annotated[
        int | None, typer.Option(min=1, help="The most questions, of each role and kind.  [default: all]")
    ] = None,
    llm: LlmOption = None,
    max_cost: Annotated[
        float | None, typer.Option(help="Stop before the first request that could make the run cost more than this.")
    ] = None,
    batch: BatchOption = None,
    wait: WaitOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what it would ask, and what that costs.")
    ] = False,
    data: Data = None,
) -> None:
    """Ask models the test questions of a dataset, rank and measure what they answer: data/processed/CHAR/evaluation."""
    from flows.evaluate import Asked, evaluate_test, test_of

    given = given_by(llm=llm, max_cost=max_cost, batch=batch, wait=wait)
    builds = [open_for(char, data, given) for char in dict.fromkeys(chars)]
    named = [name for each in model or () for name in each.split()]
    test = test_of(builds, benchmark or len(builds) > 1)
    evaluate_test(test, Asked(named, orders, questions), tell, dry_run)
