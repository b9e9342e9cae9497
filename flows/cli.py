"""The `dramaturg` command. Imports what a command needs when the command runs: `--help` is to be quick."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any

import typer

from dramaturg.errors import DramaturgError, EndpointError, InputError, UnfinishedError, line_of
from dramaturg.logs import configure, log, rendered
from flows.cli_dataset import dataset
from flows.cli_evaluate import evaluation
from flows.cli_given import BatchOption, Char, Data, Llm, LlmOption, WaitOption, folder_of, given_by, open_for, tell
from flows.cli_machine import machine
from flows.cli_prefect import prefect as prefect_commands
from flows.cli_store import store
from flows.cli_tune import tuning

__all__ = ["app", "main"]

app = typer.Typer(
    help="Role-playing datasets out of fiction, every row traceable to its passage.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(dataset)
app.add_typer(evaluation)
app.add_typer(machine)
app.add_typer(tuning)
app.add_typer(store, name="store")
app.add_typer(prefect_commands, name="prefect")


class Kind(StrEnum):
    novel = "novel"
    transcript = "transcript"
    subtitles = "subtitles"
    web = "web"


class Language(StrEnum):
    zh = "zh"
    en = "en"


@app.command()
def build(
    char: Char,
    llm: LlmOption = None,
    data: Data = None,
    max_cost: Annotated[
        float | None, typer.Option(help="Stop before the first request that could make the run cost more than this.")
    ] = None,
    batch: BatchOption = None,
    wait: WaitOption = None,
    prefect: Annotated[bool, typer.Option("--prefect", help="Run as a Prefect flow, as make does.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Do every stage anew, also those that are current; no answer is paid twice.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would ask, as estimate does.")] = False,
) -> None:
    """Build a character's dataset: data/raw/CHAR to data/processed/CHAR/dataset."""
    if dry_run:
        estimate(char, llm, batch, data)
        return
    from flows.announced import Ending, announcing
    from flows.pipeline import active_stages, is_current, run_all
    from flows.summary import complain_if_unfinished, render_summary

    given = given_by(llm=llm, max_cost=max_cost, batch=batch, wait=wait)
    with announcing(Ending("build", char)) as ending:
        opened = open_for(char, data, given)
        ending.builds(opened)
        if not fresh and all(is_current(opened, stage) for stage in active_stages(opened.settings)):
            print("Nothing has changed since the last build.\n")
        elif prefect:
            with suppress(UnfinishedError):  # told below, after the summary
                _run_flow(char, opened.workspace.data, given, fresh)
        else:
            run_all(opened, fresh)
        print(render_summary(opened))
        told = complain_if_unfinished(opened)
        if told is not None:
            print(f"\n{told}")


@app.command()
def estimate(char: Char, llm: LlmOption = None, batch: BatchOption = None, data: Data = None) -> None:
    """Tell what a build would ask, and what that costs, with three prompts to read. Nothing is asked."""
    from flows.estimate import estimate as estimate_build
    from flows.estimate import render_estimate

    opened = open_for(char, data, given_by(llm=llm, batch=batch))
    if opened.settings.llm == "off":
        raise InputError("LLM=off: nothing would be asked")
    print(render_estimate(opened, estimate_build(opened)))


@app.command()
def chat(
    char: Char,
    user: Annotated[str | None, typer.Option(help="Who you are, such as somebody of the work.")] = None,
    up_to_act: Annotated[
        str | None, typer.Option(help="The last act that the role knows of, as UP_TO_ACT.", metavar="ACT")
    ] = None,
    llm: LlmOption = None,
    data: Data = None,
) -> None:
    """Talk with a character that is built: a line, an answer, until the input ends (Ctrl-D)."""
    from flows.chat import chat as chat_with

    opened = open_for(char, data, given_by(llm=llm, up_to_act=up_to_act))
    chat_with(opened, user, _lines_typed(), print)


def _lines_typed() -> Iterator[str]:
    """What is typed, or comes through a pipe."""
    is_typed = sys.stdin.isatty()
    if is_typed:
        import readline  # noqa: F401 - so that input() has arrow keys and a history
    while True:
        try:
            yield input("> " if is_typed else "")
        except EOFError:
            return


@app.command()
def status(char: Char, data: Data = None) -> None:
    """Show which stages of a character's build are done."""
    from flows.summary import render_status

    print(render_status(open_for(char, data)))


@app.command()
def verify(char: Char, data: Data = None) -> None:
    """Hold every row of a character's dataset against its sources, decoded afresh."""
    from flows.verified import verdict_of

    verdict = verdict_of(open_for(char, data))
    shown = verdict.changed + 1 if verdict.changed else _FAULTS_SHOWN
    for fault in verdict.faults[:shown]:
        print(fault)
    if len(verdict.faults) > shown:
        print(f"… and {len(verdict.faults) - shown:,} more")
    print(f"{verdict.checked:,} rows checked, {verdict.wrong:,} wrong, {len(verdict.faults):,} faults")
    if not verdict.is_sound:
        raise typer.Exit(1)


@app.command()
def extract(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="A file (.txt .epub .html .srt .ass .vtt .mkv .mp3 …), or the address of a page."
        ),
    ],
    language: Annotated[Language, typer.Option(help="The language it is written in.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The script to write, JSON lines.")],
    kind: Annotated[Kind | None, typer.Option(help="What the source is.  [default: found out, and told]")] = None,
    cast: Annotated[
        Path | None,
        typer.Option(help='The only speakers: [{"name", "aliases", "gender"}]. Else they are found.'),
    ] = None,
    llm: Annotated[
        Llm | None,
        typer.Option(help="auto: an endpoint that is set is asked who speaks where that is unsure.  [default: auto]"),
    ] = None,
    ask_below: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Ask about the quotes whose speaker is less sure than this.  [default: 0.9]"),
    ] = None,
    abstain: Annotated[
        float, typer.Option(min=0, max=1, help="Name no speaker who is less likely than this.", show_default=False)
    ] = 0.0,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder whose processed/ keeps answers and pages, as for build.  [default: data]"),
    ] = None,
) -> None:
    """Turn one source into a script: who says what, with offsets into its text."""
    from dramaturg.cast import read_cast
    from dramaturg.script import leave_out_unsure
    from dramaturg.settings import load_settings
    from dramaturg.workspace import write_jsonl
    from extractors import as_script, describe, why_silent
    from extractors.novel import Novel
    from extractors.novel.settle import UNSURE
    from flows.extract import draft_alone, settle_speakers

    settings = load_settings({}, **given_by(llm=llm))
    members = read_cast(cast) if cast else None
    kept = folder_of(data)
    read, found, known = draft_alone(
        source, None if kind is None else kind.value, language.value, members, kept, settings, tell
    )
    unfinished = None
    if isinstance(found, Novel):
        found, unfinished = settle_speakers(found, settings, kept, UNSURE if ask_below is None else ask_below, tell)
    utterances = list(leave_out_unsure(as_script(found).utterances, abstain))
    write_jsonl(output, utterances)
    lines = [line for line in utterances if line.is_speech]
    print(
        f"{source}: {describe(read, known)}, {read.encoding}, {len(read.text):,} characters; "
        f"{len(lines):,} spoken lines by {len({line.role for line in lines} - {None}):,} speakers in {output}"
    )
    if not lines:
        why = why_silent(read, known, language.value)
        log(f"{source}: no line of speech was found: {why}", "warning")
    if unfinished is not None:
        raise EndpointError(
            f"{unfinished}; {output} has the rules' speakers where there is no answer, and the same command asks again"
        )


@app.command()
def cast(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A .txt or .epub file.")],
    language: Annotated[Language, typer.Option(help="The language it is written in.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The cast.json to write.  [default: print it]")
    ] = None,
    cast: Annotated[Path | None, typer.Option(help="Those already known, as this command prints them.")] = None,
) -> None:
    """Find the people of a novel: correct what is printed, and give it to extract --cast."""
    from dramaturg.cast import read_cast
    from dramaturg.workspace import write_atomic
    from extractors.novel import find_cast
    from extractors.reading import read_text

    found = find_cast(read_text(source), language.value, read_cast(cast) if cast else ())
    lines = ",\n".join(json.dumps(member.model_dump(), ensure_ascii=False) for member in found)
    listed = f"[\n{lines}\n]\n"
    if output is None:
        print(listed, end="")
        return
    with write_atomic(output) as file:
        file.write(listed.encode())
    print(f"{source}: {len(found):,} people in {output}")


@app.command()
def curate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A dataset's .jsonl, .json or .parquet: ChatHaruhi's rows, RoleBench's, or messages."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The clean copy to write.  [default: FILE.clean.jsonl]")
    ] = None,
) -> None:
    """Count the defects of a role-play dataset made elsewhere, and write a clean copy. No model is asked."""
    from flows.curate import curate_file, render_curated

    print(render_curated(curate_file(file, output)))


@app.command()
def rolebench(
    chars: Annotated[list[str], typer.Argument(metavar="CHAR…", help="The characters, each built where it is not.")],
    unseen: Annotated[
        list[str] | None,
        typer.Option(help="A role held out where roles are generalized to; may be given again.  [default: by hash]"),
    ] = None,
    llm: LlmOption = None,
    data: Data = None,
) -> None:
    """Make RoleBench's benchmark over many roles: data/processed/rolebench."""
    from flows.benchmark import build_benchmark, render_benchmark

    print(render_benchmark(build_benchmark([open_for(char, data, given_by(llm=llm)) for char in chars], unseen)))


_FAULTS_SHOWN = 20
_HOME_BYTES = 10_000_000  # a fresh database, and a build
_STOPPED = "stopped; the same command goes on from here"


def _run_flow(char: str, data: Path, given: dict[str, Any], fresh: bool) -> None:
    """The build as a Prefect flow in this process, which a signal ends at once. The flow is known to the server of this
    home where one runs, else to one of its own."""
    from flows.prefect_server import find_server

    home = os.environ["PREFECT_HOME"]
    _check_home(Path(home))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # main() tells of errors
    if (server := find_server()) is not None:
        os.environ["PREFECT_API_URL"] = server
    from flows.build_dataset import build_dataset
    from flows.leftovers import end_leftover_servers

    def stop(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        end_leftover_servers(home)
        _stop(number, frame)

    def stop_on_sigterm(*_: object, **__: object) -> None:
        signal.signal(signal.SIGTERM, stop)  # Prefect has put a handler of its own in place

    end_leftover_servers(home)
    signal.signal(signal.SIGINT, stop)
    try:
        build_dataset.with_options(on_running=[stop_on_sigterm])(char, str(data), given, fresh)
    except RuntimeError as error:
        if "ephemeral Prefect API server" not in str(error):
            raise
        raise DramaturgError(
            f"Prefect's own server does not start, or not within "
            f"{os.environ['PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS']} seconds, on its database in {home}; "
            f"dramaturg build {char} builds without it"
        ) from None


def _check_home(home: Path) -> None:
    """Raises OSError where Prefect could not keep its database, of which itself it tells in pages."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home, buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, _HOME_BYTES)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(home)) from None


def main() -> None:
    """The entry point: each of a user's mistakes is one line on stderr, and an exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    _speak_utf8()
    configure("json" if os.environ.get("LOG") == "json" else "text")  # .env is read later
    try:
        app()
    except DramaturgError as error:
        sys.exit(_complain(str(error), error.exit_code))
    except OSError as error:
        sys.exit(_complain(line_of(error), 1))
    except Exception:
        log(traceback.format_exc().rstrip(), "error")
        sys.exit(1)


def _speak_utf8() -> None:
    """Names of files are UTF-8 whatever the locale says, which pyarrow takes for granted: where Python does not, begin
    again so that it does. What the terminal cannot show is shown as \\u97e6."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        os.environ.setdefault("PYTHONIOENCODING", sys.stdout.encoding)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _stop(number: int, _frame: object) -> None:
    """End at once. Files are safe whenever a run dies; an orderly end would wait: Prefect for a server that the same
    Ctrl-C has ended, the embedded model for its answer.
    """
    os.write(2, (rendered(_STOPPED, "error") + "\n").encode())
    os._exit(128 + number)


def _complain(message: str, code: int) -> int:
    for line in message.splitlines():
        log(line, "error")
    return code
