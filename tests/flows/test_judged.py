"""Kept rows that a model judges: what is asked, what is told of it, and that a judge who does not look is found out."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.estimate import estimate, render_estimate
from flows.pipeline import STAGES, is_current, run_all
from flows.stage import Build, open_build
from flows.summary import render_summary, what_is_unfinished
from tests.dramaturg.verify.test_dataset import corrupt, verdict_on
from tests.endpoint import FakeEndpoint, serving
from tests.flows.test_generation import assert_adds_up, lines, manifest, rows

FEW = {name: {"max_requests": most} for name, most in {
    "extract": 0, "profile": 3, "questions": 2, "synthesis": 12, "context_instruct": 4, "scenarios": 0,
}.items()}  # fmt: skip
MORE = {"questions": {"max_requests": 10}, "synthesis": {"max_requests": 120}}
INSTRUCTIONS = [f"{what}怎么{how}？" for what in ("鸡蛋", "船帆", "旧账") for how in ("煮", "补", "收拾", "送人")]
YES = {"reason": "好。", "answers": "是", "style": "是", "correct": "是", "score": "5"}
JUDGED = ("chatharuhi", "role_specific", "knowledge_boundary", "general")


@dataclass
class Judge(FakeEndpoint):
    """`says` what it judges, `prefers` which of two answers, given what is asked; what it is not told to say is drawn
    at random."""

    says: Callable[[str], dict[str, str]] | None = None
    prefers: Callable[[str], str] | None = None

    def _say(self, body: dict[str, Any]) -> str:
        asked = body["messages"][-1]["content"]
        if self.says is not None and "请复核这条回答" in asked:
            return json.dumps(self.says(asked), ensure_ascii=False)
        if self.prefers is not None and "请比一比" in asked:
            return json.dumps({"reason": "好。", "better": self.prefers(asked)}, ensure_ascii=False)
        return super()._say(body)


def opened(data: Path, endpoint: FakeEndpoint, **more: Any) -> Build:
    asked = data / "instructions.jsonl"
    asked.write_text("".join(json.dumps({"instruction": each}) + "\n" for each in INSTRUCTIONS))
    given = {"stages": FEW, "instructions": asked, "responses": 2, "judge": 20, **more}
    return open_build(data, "weixiaobao", llm="auto", openai_base_url=endpoint.url, model=endpoint.model, **given)


def card(build: Build) -> dict[str, tuple[str, ...]]:
    """The lines of the card's tables about quality, by their first cell."""
    told = (build.workspace.dataset / "README.md").read_text(encoding="utf-8")
    section = told.partition("## Quality\n")[2].partition("\n## ")[0]
    cells = (tuple(map(str.strip, line.strip("|").split("|"))) for line in section.splitlines() if line[:1] == "|")
    return {first: tuple(rest) for first, *rest in cells}


def judged_by(data: Path, judge: Judge) -> tuple[dict[str, tuple[str, ...]], list[dict[str, Any]]]:
    """The card's tables, and the judged rows."""
    with serving(judge):
        # what is asked again is drawn by request, and so by the judge's port: of many rows there are always some
        build = opened(data, judge, judge=200, stages={**FEW, **MORE})
        run_all(build)
    return card(build), [row for config in JUDGED for row in rows(data, "weixiaobao", config) if row["quality"]]


def of(told: dict[str, tuple[str, ...]], what: str) -> tuple[float, int]:
    """A share in percent, and of how many."""
    (share, count) = next(cells for first, cells in told.items() if what in first)
    return float(share.removesuffix("%")), int(count.replace(",", ""))


def test_unless_it_is_told_to_nobody_judges_and_nothing_is_written(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint, judge=0)
        run_all(build)
        assert "judged" not in estimate(build).planned
    assert not {"judge", "compare"} & set(endpoint.given)
    assert list(build.workspace.processed.glob("12_*")) == []
    assert card(build) == {}
    assert {str(row["quality"]) for config in JUDGED for row in rows(data, "weixiaobao", config)} == {"None"}
    assert verdict_on(data).is_sound


@pytest.mark.parametrize("takes_schema", [True, False])
def test_verdicts_stand_beside_the_rows_and_verify_holds_them_against_the_judges_answers(
    data: Path, takes_schema: bool
) -> None:
    with serving(FakeEndpoint(takes_schema=takes_schema)) as endpoint:
        build = opened(data, endpoint)
        run_all(build)
        assert_adds_up(data, "weixiaobao")
        assert max(endpoint.most_often_asked.values()) == 1
        asked = len(endpoint.bodies)
        run_all(build)
        assert len(endpoint.bodies) == asked
    judgements = lines(data, "weixiaobao", "12_judged.jsonl")
    kept = [row["quality"] for config in JUDGED for row in rows(data, "weixiaobao", config) if row["quality"]]
    assert len(kept) == sum(each["trial"] == "row" for each in judgements) == 20
    names = ("answers", "style", "correct", "score", "reason", "model", "request")
    assert sorted(map(str, kept)) == sorted(
        str({name: each[name] for name in names}) for each in judgements if each["trial"] == "row"
    )
    assert all(any(row["quality"] for row in rows(data, "weixiaobao", config)) for config in JUDGED)
    counts = manifest(data, "weixiaobao")["judged"]["counts"]
    assert counts["verdicts"] == counts["asked"] == len(judgements) + counts["comparisons"]
    assert len(lines(data, "weixiaobao", "12_judged.comparisons.jsonl")) == counts["comparisons"] > 0
    assert re.search(rf"verdicts +{counts['asked']} +{counts['asked']} ", render_summary(build))
    assert verdict_on(data).is_sound


def _praise(row: dict[str, Any]) -> None:
    row["quality"]["reason"] = "写得好极了。"


def _another_score(row: dict[str, Any]) -> None:
    row["quality"]["score"] = 9


def _another_row(row: dict[str, Any]) -> None:
    row["question"] += "真的吗？"


def _no_request(row: dict[str, Any]) -> None:
    row["quality"]["request"] = "0" * 32


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_praise, "the judge did not say this reason"),
        (_another_score, "its quality is none"),
        (_another_row, "the judge was not shown this question"),
        (_no_request, "of its quality is not in the store"),
    ],
)
def test_a_verdict_that_no_judge_gave_of_the_row_is_found(
    data: Path, change: Callable[[dict[str, Any]], None], told: str
) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint))
    corrupt(data, "general", lambda found: change(next(row for row in found if row["quality"])))
    assert any(told in fault for fault in verdict_on(data).faults)


def test_more_rows_only_add_to_what_is_asked_and_no_other_stage_is_done_again(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        run_all(opened(data, endpoint, judge=5))
        asked = [json.dumps(body, sort_keys=True) for body in endpoint.bodies]
        build = opened(data, endpoint, judge=30)
        assert [stage.name for stage in STAGES if not is_current(build, stage)] == ["judged"]
        run_all(build)
        assert max(endpoint.most_often_asked.values()) == 1
        assert len(endpoint.bodies) > len(asked) + 20


def test_another_model_at_another_endpoint_may_judge_as_much_as_it_is_let(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint, serving(FakeEndpoint(model="judging-model")) as judge:
        at = {"base_url": judge.url, "model": judge.model, "max_requests": 7}
        build = opened(data, endpoint, stages={**FEW, "judged": at})
        run_all(build)
        assert set(judge.given) == {"judge"}
        assert not {"judge", "compare"} & set(endpoint.given)
        assert manifest(data, "weixiaobao")["judged"]["counts"]["asked"] == 7
        told = (build.workspace.dataset / "README.md").read_text(encoding="utf-8")
        assert "`judging-model` judged some rows" in told
        assert "It wrote rows of this dataset itself" not in told
        build = opened(data, endpoint)
        run_all(build)
        told = (build.workspace.dataset / "README.md").read_text(encoding="utf-8")
        assert "It wrote rows of this dataset itself" in told


def test_a_judge_that_is_gone_leaves_a_dataset_without_verdicts_and_the_next_build_goes_on(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        with serving(FakeEndpoint(model="judging-model")) as gone:
            pass
        at = {"judged": {"base_url": gone.url, "model": gone.model}}
        build = opened(data, endpoint, stages={**FEW, **at})
        run_all(build)
        assert "does not answer" in (what_is_unfinished(build) or "")
        assert rows(data, "weixiaobao", "general")
        assert verdict_on(data).is_sound
        build = opened(data, endpoint)
        run_all(build)
        assert what_is_unfinished(build) is None
        assert "all judged" in card(build)


def test_an_estimate_tells_what_judging_costs_before_anything_is_written(data: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        build = opened(data, endpoint, price_in=1.0, price_out=2.0)
        found = estimate(build)
        assert endpoint.bodies == []
        assert sum(each.request.prompt == "judge@1" for each in found.open("judged")) >= 20
        assert re.search(r"  judged +\d\d +0 +[\d,]+ +[\d,]+  about ", render_estimate(build, found))
        run_all(build)
        again = estimate(build)
        assert again.open("judged") == []
        assert len(again.planned["judged"]) == manifest(data, "weixiaobao")["judged"]["counts"]["asked"]


# --- judges who do not look -------------------------------------------------------------------------------------


def test_one_who_says_yes_to_everything_is_found_out_by_the_answers_to_no_question(data: Path) -> None:
    told, judged = judged_by(data, Judge(says=lambda _: YES, prefers=lambda _: "平手"))
    assert {row["quality"]["answers"] for row in judged} == {"yes"}
    assert told["all judged"][1:4] == ("100%", "100%", "100%")
    assert of(told, "asked again: `answers`")[0] == 100
    share, count = of(told, "is to no such question")
    assert share == 0
    assert count > 3


def test_one_who_prefers_whatever_comes_first_is_found_out_by_the_other_order(data: Path) -> None:
    told, _ = judged_by(data, Judge(says=lambda _: YES, prefers=lambda _: "A"))
    assert of(told, "whichever order")[0] == 0
    assert of(told, "shown first")[0] == 100


def test_one_who_answers_at_random_is_found_out_by_what_it_says_the_second_time(data: Path) -> None:
    told, _ = judged_by(data, Judge())
    share, count = of(told, "asked again: `score`")
    assert count > 3
    assert share < 60
    assert of(told, "is to no such question")[0] < 90


def test_one_who_looks_is_believed(data: Path) -> None:
    def says(asked: str) -> dict[str, str]:
        answer = asked.partition("要复核的回答：\n")[2]
        is_off = re.search("报销单|列车|面团|打印机|小雨", answer) is not None
        return {**YES, "answers": "否" if is_off else "是", "score": str(3 + len(answer) % 2)}

    def prefers(asked: str) -> str:
        one, other = re.findall(r"[AB] 的回答：\n(.+)\n", asked)
        return "A" if one > other else "B"

    told, _ = judged_by(data, Judge(says=says, prefers=prefers))
    assert [of(told, what)[0] for what in ("again: `score`", "to no such question", "whichever order")] == [100] * 3
    assert of(told, "shown first")[0] == 50
