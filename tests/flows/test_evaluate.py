"""`dramaturg evaluate`, as a person runs it: models asked, judged and measured, and whatever may be wrong with them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dramaturg.errors import InputError
from dramaturg.models import cache_folder
from dramaturg.settings import Settings
from dramaturg.tune.base import NAMED
from flows.answering import Model, answers_of, models_of
from flows.evaluate import test_of as held_out
from flows.stage import open_build
from tests.endpoint import MODEL, FakeEndpoint, Reply, serving
from tests.processes import dramaturg

TUNED = "my-tuned"


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch, generated: Path) -> Iterator[FakeEndpoint]:  # noqa: ARG001 - its settings
    """The endpoint of the settings; what it answered to the build stays that of another."""
    with serving(FakeEndpoint()) as endpoint:
        monkeypatch.delenv("MAX_REQUESTS")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        yield endpoint


@pytest.fixture
def second() -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(model=TUNED)) as endpoint:
        yield endpoint


_WITHOUT_PLOT = "import sys; sys.modules['matplotlib'] = None"


def run(
    data: Path, *arguments: object, before: str = _WITHOUT_PLOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return dramaturg("evaluate", *arguments, "--data", data, before=before, **environment)


def results(data: Path, name: str = "weixiaobao") -> dict[str, Any]:
    return dict(json.loads((data / "processed" / name / "evaluation" / "evaluation.json").read_text(encoding="utf-8")))


def whole(found: dict[str, Any], model: str) -> dict[str, Any]:
    return dict(found["by_generalization"]["instruction"][model])


def one_line(ran: subprocess.CompletedProcess[str]) -> str:
    assert ran.returncode != 0
    assert ran.stderr.count("\n") == 1, ran.stderr
    return ran.stderr


# --- the whole ----------------------------------------------------------------------------------------------


def test_models_are_asked_once_judged_and_measured(generated: Path, first: FakeEndpoint, second: FakeEndpoint) -> None:
    other = f"{second.url}#{TUNED}"
    command = ("weixiaobao", "--model", f"{MODEL} {other}", "--questions", 12)
    ran = run(generated, *command, EMBEDDING_MODEL=MODEL)
    assert ran.returncode == 0, ran.stderr
    assert "what is not answered yet" in ran.stdout.splitlines()[0]
    found = results(generated)
    label = f"{TUNED} at {second.url}"
    assert found["models"] == [MODEL, label]
    assert (whole(found, label)["answered"], whole(found, label)["missing"]) == (12, 0)
    assert {kind: scores[label]["questions"] for kind, scores in found["by_kind"].items()}.keys() >= {
        "general",
        "story",
    }
    judge = found["judge"]
    assert (judge["asked"], judge["answered"], judge["rankings"], judge["malformed"]) == (24, 24, 24, 0)
    assert 0 < whole(found, label)["similarity"]["value"] < 1
    assert whole(found, MODEL)["win_rate"]["value"] + whole(found, label)["win_rate"]["value"] == pytest.approx(1)
    assert len(second.bodies) == 12
    assert set(first.most_often_asked.values()) == {1}
    folder = generated / "processed" / "weixiaobao" / "evaluation"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert before.keys() >= {"evaluation.md", "evaluation.json", "answers.jsonl", "rankings.jsonl"}
    asked = len(first.bodies)

    again = run(generated, *command, EMBEDDING_MODEL=MODEL)
    assert again.returncode == 0
    assert (len(first.bodies), len(second.bodies)) == (asked, 12)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "together 0 requests" in again.stdout


def test_what_stopped_goes_on_and_asks_nothing_twice(
    generated: Path, first: FakeEndpoint, second: FakeEndpoint
) -> None:
    other = f"{second.url}#{TUNED}"
    second.spoil = lambda said, number: said if number <= 5 else (401, '{"error": {"message": "no more"}}')
    command = ("weixiaobao", "--model", MODEL, "--model", other, "--questions", 10)
    ran = run(generated, *command, CONCURRENCY="1")
    assert "the same command asks again" in one_line(ran)
    label = f"{TUNED} at {second.url}"
    assert (whole(results(generated), label)["answered"], whole(results(generated), label)["missing"]) == (5, 5)
    assert results(generated)["judge"]["asked"] == 10  # of the five that both have answered

    second.spoil = None
    answered = [json.dumps(body, sort_keys=True) for body in second.bodies[:5]]
    second.bodies.clear()
    assert run(generated, *command).returncode == 0
    assert len(second.bodies) == 5
    assert not {json.dumps(body, sort_keys=True) for body in second.bodies} & set(answered)
    assert set(first.most_often_asked.values()) == {1}
    assert results(generated)["judge"]["rankings"] == 20


def test_an_evaluation_is_not_pruned_and_is_cleaned_away(generated: Path, first: FakeEndpoint) -> None:  # noqa: ARG001
    assert run(generated, "holmes", "--model", MODEL, "--questions", 4).returncode == 0
    (generated / "processed" / "rolebench").mkdir()
    (generated / "processed" / "rolebench" / "scripts.json").write_text("[]")
    assert "nothing to remove" in dramaturg("store", "prune", "--data", generated).stdout
    told = dramaturg("clean", "holmes", "--data", generated).stdout
    assert "which no build wrote" not in told


def test_a_dry_run_tells_and_asks_nothing(generated: Path, first: FakeEndpoint) -> None:
    ran = run(generated, "weixiaobao", "--model", MODEL, "--model", "embedded", "--dry-run")
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()[2:]] == ["answers", "answers", "rankings", "together"]
    assert first.bodies == []
    assert not (generated / "processed" / "weixiaobao" / "evaluation").exists()


def test_max_requests_holds_all_that_is_asked_to_it(generated: Path, first: FakeEndpoint, second: FakeEndpoint) -> None:
    ran = run(generated, "weixiaobao", "--model", f"{MODEL} {second.url}#{TUNED}", MAX_REQUESTS="20")
    assert ran.returncode == 0, ran.stderr
    asked = [body for body in (*first.bodies, *second.bodies) if "Is water wet" not in json.dumps(body)]
    assert len(asked) == 20  # five questions of two models, in two orders
    assert "5 of the test's" in ran.stdout


def test_a_cap_on_the_cost_wants_a_price(generated: Path, first: FakeEndpoint) -> None:
    told = one_line(run(generated, "weixiaobao", "--model", f"{first.url}#{MODEL}", "--max-cost", 1))
    assert "the price of" in told
    assert first.bodies == []


# --- whose answers ------------------------------------------------------------------------------------------


def test_answers_in_a_file_are_scored_without_any_model(generated: Path, tmp_path: Path) -> None:
    test = held_out([open_build(generated, "weixiaobao")], is_benchmark=False)
    perfect, silent = tmp_path / "perfect.jsonl", tmp_path / "silent.jsonl"
    rows = [{"id": each.id, "answer": each.references[0]} for each in test.questions]
    perfect.write_text("\n".join(json.dumps(row) for row in rows))
    silent.write_text("\n".join(json.dumps({**row, "answer": ""}) for row in rows[:-3]))
    ran = run(generated, "weixiaobao", "--model", perfect, "--model", silent, LLM="off")
    assert ran.returncode == 0, ran.stderr
    found = results(generated)
    assert whole(found, str(perfect))["SPE"]["value"] == 1.0
    nothing = whole(found, str(silent))
    assert (nothing["answered"], nothing["empty"], nothing["missing"]) == (0, len(rows) - 3, 3)
    assert nothing["SPE"] == {"none": "no answer"}
    assert any("have no word in them" in note for note in found["notes"])
    assert found["judge"]["why_not"] == "LLM=off"


def test_a_model_that_says_nothing_is_a_line_in_the_table(generated: Path, first: FakeEndpoint) -> None:
    first.spoil = lambda said, _: said if said.startswith("{") else ""
    ran = run(generated, "weixiaobao", "--model", MODEL, "--questions", 4, ASK_AGAIN="0")
    assert ran.returncode == 0, ran.stderr
    assert whole(results(generated), MODEL)["empty"] == 4
    assert f"{MODEL}: 4 of 4 answers have no word in them, and are not scored" in ran.stdout


def test_a_judge_that_cannot_be_read_is_counted(generated: Path, first: FakeEndpoint, second: FakeEndpoint) -> None:
    def mumble(said: str, _: int) -> str | Reply:
        return "Both are very fine." if '"rank"' in said else said

    first.spoil = mumble
    command = ("weixiaobao", "--model", f"{MODEL} {second.url}#{TUNED}", "--questions", 3)
    ran = run(generated, *command, ASK_AGAIN="0")
    assert ran.returncode == 0, ran.stderr
    judge = results(generated)["judge"]
    assert (judge["asked"], judge["answered"], judge["malformed"], judge["rankings"]) == (6, 6, 6, 0)
    assert whole(results(generated), MODEL)["win_rate"] == {"none": "not ranked"}


def test_a_benchmark_has_a_line_for_a_role_without_a_test(generated: Path, first: FakeEndpoint) -> None:  # noqa: ARG001
    for path in (generated / "processed" / "alice" / "dataset").glob("*/test.parquet"):
        path.unlink()
    ran = run(generated, "weixiaobao", "alice", "--model", MODEL, "--questions", 6)
    assert ran.returncode == 0, ran.stderr
    found = results(generated, "rolebench")
    assert found["by_role"]["alice"][MODEL]["SPE"] == {"none": "no test rows"}
    assert found["by_role"]["weixiaobao"][MODEL]["answered"] == 6
    assert "alice: no test rows, so nothing is said of it" in found["notes"]


def test_unseen_roles_of_a_benchmark_are_told_of_apart(generated: Path, first: FakeEndpoint) -> None:  # noqa: ARG001
    held = generated / "processed" / "rolebench" / "rolebench-zh" / "role-generalization" / "general" / "test.jsonl"
    held.parent.mkdir(parents=True)
    held.write_text(json.dumps({"role": "孙悟空", "question": "…", "generated": ["…"]}) + "\n", encoding="utf-8")
    ran = run(generated, "weixiaobao", "sunwukong", "--model", MODEL, "--questions", 40)
    assert ran.returncode == 0, ran.stderr
    told = results(generated, "rolebench")["by_generalization"]
    assert told.keys() == {"instruction", "role"}
    assert 0 < told["role"][MODEL]["questions"] < 40
    assert "## Unseen roles" in ran.stdout


def test_a_folder_of_a_local_model_answers_each_question_once(
    generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through `dramaturg.tune.answer`, whose place a module with its one function takes."""
    asked: list[Any] = []

    def answers(folder: Path, talks: list[Any], max_tokens: int) -> Iterator[str]:
        asked.extend(talks)
        assert (folder.name, max_tokens) == ("lora", 300)
        return (f"我说{number}" for number, _ in enumerate(talks))

    module = ModuleType("dramaturg.tune.answer")
    module.answers = answers  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dramaturg.tune.answer", module)
    folder = tmp_path / "lora"
    folder.mkdir()
    (folder / "adapter.bin").write_bytes(b"weights")
    test = held_out([open_build(generated, "weixiaobao")], is_benchmark=False)
    (model,) = models_of([str(folder)], test.settings)
    where = (test.workspace.store, test.workspace.progress)
    sheet, _ = answers_of(model, test.roles, test.questions[:3], *where)
    assert list(sheet.answers.values()) == ["我说0", "我说1", "我说2"]
    assert [talk[-1]["content"] for talk in asked] == [each.turns[-1]["content"] for each in test.questions[:3]]
    assert answers_of(model, test.roles, test.questions[:3], *where)[0] == sheet
    assert len(asked) == 3
    (folder / "adapter.bin").write_bytes(b"other weights")
    answers_of(Model(model.name, folder=folder), test.roles, test.questions[:3], *where)
    assert len(asked) == 6


# --- keys ---------------------------------------------------------------------------------------------------


def test_the_settings_key_goes_to_no_other_address(generated: Path, second: FakeEndpoint) -> None:
    with serving(FakeEndpoint(key="sk-own")) as own:
        seen: list[str | None] = []
        reply = second.reply

        def look(path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
            seen.append(headers.get("authorization"))
            return reply(path, headers, body)

        second.reply = look  # type: ignore[method-assign]
        command = ("holmes", "--model", f"{MODEL} {second.url}#{TUNED}", "--questions", 2)
        ran = run(generated, *command, OPENAI_BASE_URL=own.url, OPENAI_API_KEY="sk-own")
        assert ran.returncode == 0, ran.stderr
        assert seen
        assert "sk-own" not in str(seen)
        named = (f"{second.url}#{TUNED}#THEIR_KEY", "--questions", 3)
        environment = {"OPENAI_BASE_URL": own.url, "OPENAI_API_KEY": "sk-own", "THEIR_KEY": "sk-theirs"}
        assert run(generated, "holmes", "--model", *named, **environment).returncode == 0
        assert seen[-1] == "Bearer sk-theirs"
        evaluation = generated / "processed" / "holmes" / "evaluation"
        assert not [path for path in evaluation.iterdir() if b"sk-" in path.read_bytes()]


def test_a_name_is_the_endpoints_where_there_is_one_else_that_of_a_model_that_can_be_tuned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache_folder().mkdir(parents=True)
    (weights := cache_folder() / NAMED["smollm2"].file).write_bytes(b"GGUF, as if it were fetched")
    assert models_of(["smollm2"], Settings(llm="auto")) == [Model("smollm2", folder=weights)]
    (asked,) = models_of(["smollm2"], Settings(llm="auto", model=MODEL, openai_base_url="http://localhost:1/v1"))
    assert asked.folder is None
    assert asked.settings is not None
    assert asked.settings.model == "smollm2"


# --- mistakes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "environment", "complaint"),
    [
        ((), {}, "no model is named"),
        (("nowhere.jsonl",), {}, "no such file of answers"),
        (("./nowhere",), {}, "no such folder of a model"),
        (("http://localhost:1/v1",), {}, "say which model is to be asked there"),
        (("http://localhost:1/v1#x#sk-123",), {}, "the name of the environment variable"),
        (("http://localhost:1/v1#x#NO_SUCH_KEY",), {}, "NO_SUCH_KEY is not set"),
        (("ant", "ant"), {}, "named twice"),
        (("ant",), {"LLM": "off"}, "LLM=off: ant would not be asked"),
        (("ant",), {"MODEL": "", "OPENAI_BASE_URL": ""}, "nobody is named to be asked for it"),
    ],
)
def test_what_cannot_be_is_one_line(
    generated: Path, models: tuple[str, ...], environment: dict[str, str], complaint: str
) -> None:
    options = [option for model in models for option in ("--model", model)]
    ran = run(generated, "holmes", *options, **environment)
    assert complaint in one_line(ran)
    assert ran.returncode == 2
    assert "sk-123" not in ran.stderr


@pytest.mark.parametrize(
    "given",
    [
        "http://u:secret@localhost:8000/v1",
        "http://u:secret@localhost:8000/v1#a#key",
        "http://u:secret@localhost:x/v1#a",
    ],
)
def test_no_password_of_an_address_is_told(given: str, generated: Path) -> None:
    told = one_line(run(generated, "weixiaobao", "--model", given))
    assert "secret" not in told
    assert "http://" in told


def test_a_character_that_is_not_built_is_told_how_to_be(data: Path) -> None:
    assert "make build-dataset CHAR=holmes" in one_line(run(data, "holmes", "--model", "x.jsonl"))


def test_a_dataset_without_a_test_says_so(generated: Path) -> None:
    for path in (generated / "processed" / "holmes" / "dataset").glob("*/test.parquet"):
        path.unlink()
    test = (open_build(generated, "holmes"),)
    with pytest.raises(InputError, match="no test rows"):
        held_out(test, is_benchmark=False)


def test_without_what_draws_there_is_a_line_in_the_plots_place(generated: Path, tmp_path: Path) -> None:
    test = held_out([open_build(generated, "holmes")], is_benchmark=False)
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"id": test.questions[0].id, "answer": "Elementary."}))
    ran = run(generated, "holmes", "--model", path, LLM="off")
    assert ran.returncode == 0, ran.stderr
    assert "no plot: matplotlib is not installed" in ran.stdout
    assert not list((generated / "processed" / "holmes" / "evaluation").glob("*.png"))


@pytest.mark.plots
def test_the_figures_are_drawn_the_same_bytes_on_every_run(generated: Path, first: FakeEndpoint) -> None:  # noqa: ARG001
    folder = generated / "processed" / "holmes" / "evaluation"
    drawn = []
    for _ in range(2):
        assert run(generated, "holmes", "--model", MODEL, "--questions", 4, before="").returncode == 0
        drawn.append([(folder / f"evaluation.{kind}").read_bytes() for kind in ("png", "svg")])
    assert drawn[0] == drawn[1]
    assert drawn[0][0].startswith(b"\x89PNG")
