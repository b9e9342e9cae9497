"""`verify` accepts the scenes that were built, with what a model wrote of them, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dramaturg.publish.dataset import row_id
from dramaturg.workspace import Workspace, read_json
from tests.dramaturg.verify.test_dataset import Row, Rows, corrupt, verdict_on

SAMPLES = ("weixiaobao", "holmes", "sunwukong", "alice")


@pytest.fixture
def played(generated: Path) -> Path:
    """`generated`, whose first sample has a scenario to each scene but the last."""

    def forget(rows: Rows) -> None:
        rows[-1] |= dict.fromkeys(("scenario", "model", "prompt", "request")) | {"context": []}

    corrupt(generated, "scenes", forget)
    return generated


def test_a_scene_without_a_scenario_holds(played: Path) -> None:
    assert verdict_on(played).faults == []


@pytest.mark.parametrize("character_id", SAMPLES)
def test_every_scene_of_the_samples_holds(generated: Path, character_id: str) -> None:
    verdict = verdict_on(generated, character_id)
    assert (verdict.faults, verdict.wrong) == ([], 0)
    assert read_json(Workspace(generated, character_id).manifest)["stages"]["export"]["counts"]["scenes"] > 3


def _turn(number: int, **fields: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[1]["turns"][number].update(fields)


def _row(**fields: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[1].update(fields)


def _insert_a_space(rows: Rows) -> None:
    turn = next(turn for turn in rows[1]["turns"] if len(turn["content"]) > 4)
    turn["content"] = f"{turn['content'][:3]} {turn['content'][3:]}"


def _leave_out(number: int) -> Callable[[Rows], None]:
    return lambda rows: rows[1]["turns"].pop(number)


def _swap_turns(rows: Rows) -> None:
    turns = rows[1]["turns"]
    turns[1], turns[2] = turns[2], turns[1]


def _repeat(rows: Rows) -> None:
    rows.append(rows[1])


def _repeat_under_another_number(rows: Rows) -> None:
    rows.append({**rows[1], "scene_id": rows[-1]["scene_id"] + 1})


def _alone(rows: Rows) -> None:
    """Down to one line of the role's, and no word of the others."""
    row = next(row for row in rows if not row["scenario"])
    turn = next(turn for turn in row["turns"] if turn["kind"] == "speech" and turn["role"] == row["role"])
    row.update(turns=[turn], participants=[row["role"]])


def _other_speaker(rows: Rows) -> None:
    turn = next(turn for turn in rows[1]["turns"] if turn["kind"] == "speech")
    turn["role"] = next(name for name in rows[1]["participants"] if name != turn["role"])


def _continues(rows: Rows) -> None:
    opening = next(row for row in rows if row["scene_id"] == 0)
    opening["continues"] = True


def _moved(rows: Rows) -> None:
    rows[1]["turns"][0]["start"] += 1


@pytest.mark.parametrize(
    "change",
    [
        _turn(0, content="改了。"),
        _turn(0, content=None),
        _turn(0, kind="action"),
        _turn(0, source="other.txt"),
        _moved,
        _other_speaker,
        _insert_a_space,
        _leave_out(1),
        _swap_turns,
        _repeat,
        _repeat_under_another_number,
        _alone,
        _continues,
        _row(turns=[]),
        _row(turns=None),
        _row(participants=["韦小宝"]),
        _row(participants=None),
        _row(source="other.txt"),
        _row(act_id=99),
        _row(scene_id=0),
        _row(role="柳三娘"),
        _row(agent_role_name_en="holmes"),
        _row(licence="MIT"),
    ],
)
def test_a_scene_that_is_not_the_sources_is_caught_even_with_the_id_of_its_passages(
    played: Path, change: Callable[[Rows], None]
) -> None:
    sources = read_json(Workspace(played, "weixiaobao").manifest)["stages"]["extract"]["sources"]
    texts = {source["name"]: source["text_sha256"] for source in sources}

    def forge(rows: Rows) -> None:
        change(rows)
        for row in rows:
            spans = [(turn["start"], turn["end"]) for turn in row["turns"] or ()]
            row["id"] = row_id("scenes", texts.get(row["source"], ""), spans)

    corrupt(played, "scenes", forge)
    assert verdict_on(played).wrong >= 1


@pytest.mark.parametrize("change", [_leave_out(0), _leave_out(-1), _row(id="0" * 16)])
def test_a_scene_that_begins_later_or_ends_earlier_than_its_id_says_is_caught(
    played: Path, change: Callable[[Rows], None]
) -> None:
    corrupt(played, "scenes", change)
    assert any("its id is not that of its passages" in fault for fault in verdict_on(played).faults)


def _told(rows: Rows) -> Row:
    """A row with a scenario, the time of which is known, the place not."""
    return next(row for row in rows if row["scenario"] and not row["scenario"]["place"])


def _scenario(**fields: Any) -> Callable[[Rows], None]:
    return lambda rows: _told(rows)["scenario"].update(fields)


def _origin(**fields: Any) -> Callable[[Rows], None]:
    return lambda rows: _told(rows).update(fields)


def _swap_wants(rows: Rows) -> None:
    one, other, *_ = _told(rows)["scenario"]["motives"]
    one["wants"], other["wants"] = other["wants"], one["wants"]


def _motive(**fields: Any) -> Callable[[Rows], None]:
    return lambda rows: _told(rows)["scenario"]["motives"][0].update(fields)


def _no_motive_of_the_role(rows: Rows) -> None:
    motives = _told(rows)["scenario"]["motives"]
    motives.remove(next(motive for motive in motives if motive["name"] == "韦小宝"))


def _of_another_scene(rows: Rows) -> None:
    one, other = [row for row in rows if row["scenario"]][:2]
    for name in ("scenario", "context", "model", "prompt", "request"):
        one[name] = other[name]


def _lost(rows: Rows) -> None:
    _told(rows)["scenario"] = None


def _made_up(rows: Rows) -> None:
    row = next(row for row in rows if not row["scenario"])
    row["scenario"] = {"time": None, "place": None, "situation": "有人来了。", "motives": []}


def _shown_more(rows: Rows) -> None:
    row, last = _told(rows), rows[-1]["turns"][-1]
    row["context"].append({name: last[name] for name in ("source", "start", "end")})


@pytest.mark.parametrize(
    "change",
    [
        _scenario(situation="有人来了。"),
        _scenario(situation=""),
        _scenario(situation=None),
        _scenario(time="三更天，雨停之后"),
        _scenario(time=None),
        _scenario(place="河边的小屋里"),
        _scenario(motives=[]),
        _scenario(motives=None),
        _motive(wants="只想回家睡觉。"),
        _motive(name="没这个人"),
        _swap_wants,
        _no_motive_of_the_role,
        _of_another_scene,
        _lost,
        _made_up,
        _shown_more,
        _origin(model="a-better-model"),
        _origin(prompt="profile@1"),
        _origin(request="0" * 32),
        _origin(request=None),
        _origin(context=[]),
        _origin(context=[{"source": "novel.txt", "start": 0, "end": 3}]),
    ],
)
def test_a_scenario_that_is_not_the_models_is_caught(played: Path, change: Callable[[Rows], None]) -> None:
    corrupt(played, "scenes", change)
    assert verdict_on(played).wrong >= 1


def test_a_scenario_without_the_answer_it_came_from_is_caught(played: Path) -> None:
    Workspace(played, "weixiaobao").store.unlink()
    assert any(fault.startswith("scenes row") for fault in verdict_on(played).faults)


def test_a_dropped_scene_is_caught_by_the_manifest(played: Path) -> None:
    corrupt(played, "scenes", lambda rows: rows.pop(), forge_manifest=False)
    assert any(fault.startswith("scenes: ") for fault in verdict_on(played).faults)
