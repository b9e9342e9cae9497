import pytest

from dramaturg.generate.context_instruct import plan_agnostic, plan_script_based, read_triplets, segments
from dramaturg.generate.effort import evenly
from dramaturg.generate.profile import Profile
from dramaturg.llm.request import Answer, Failure
from tests.characters import character, scene

LINE = "不长也不短的一句话，说的是渡口的事。" * 3
PROFILE = Profile("你是摆渡的。")


def scenes(*acts: int, role: str = "顾十三", source: str = "novel.txt") -> list:  # type: ignore[type-arg]
    return [scene(number, (role, LINE), ("柳娘", LINE), act=act, source=source) for number, act in enumerate(acts)]


def test_a_segment_ends_at_an_act_once_over_300_and_always_before_700() -> None:
    size = scenes(0)[0].tokens
    for found in ([0] * 20, [0, 0, 1, 1, 2, 2, 3], list(range(20))):
        parts = list(segments(scenes(*found)))
        sizes = [sum(each.tokens for each in part) for part in parts]
        assert all(each <= 700 for each in sizes)
        assert [each.scene_id for part in parts for each in part] == list(range(len(found)))
    (first, *_) = segments(scenes(*range(20)))
    assert 300 < sum(each.tokens for each in first) <= 300 + size


def test_no_segment_runs_from_one_source_into_another() -> None:
    parts = list(segments([*scenes(0), *scenes(0, source="other.txt")]))
    assert [part[0].source for part in parts] == ["novel.txt", "other.txt"]


def test_only_segments_with_the_role_are_asked_about_and_evenly_where_there_are_too_many() -> None:
    found = scenes(*range(40))
    every = plan_script_based(character("zh"), PROFILE, found, None, 3, as_json=False)
    some = plan_script_based(character("zh"), PROFILE, found, 4, 3, as_json=False)
    assert len(every) > 8
    assert [plan.request for plan in some] == [every[number].request for number in evenly(range(len(every)), 4)]
    assert plan_script_based(character("zh"), PROFILE, scenes(0, 1, role="柳娘"), None, 3, as_json=False) == []
    assert plan_script_based(character("zh"), PROFILE, found, 0, 3, as_json=False) == []


def test_a_schema_bounds_what_is_asked_for() -> None:
    (plan,) = plan_script_based(character("zh"), PROFILE, scenes(0), None, 3, as_json=True)
    assert plan.request.schema is not None
    items = plan.request.schema["schema"]["properties"]["items"]
    assert items["maxItems"] == 3
    assert items["items"]["properties"]["confidence"]["enum"] == ["高", "低"]
    assert set(items["items"]["required"]) == {"question", "confidence", "reason", "answer"}


def test_script_agnostic_requests_differ_and_show_what_was_asked() -> None:
    asked = [[f"第{number}个问题{letter}？" for letter in "甲乙丙"] for number in range(10)]
    every = [question for questions in asked for question in questions]
    planned = plan_agnostic(character("zh"), PROFILE, asked, 3, 5, as_json=False)
    assert len({plan.request.key("e", "m") for plan in planned}) == 3
    assert all(sum(question in plan.request.messages[-1]["content"] for question in every) == 6 for plan in planned)


def test_script_agnostic_requests_stay_where_more_is_asked_or_an_answer_is_read_otherwise() -> None:
    asked = [[f"第{number}个问题{letter}？" for letter in "甲乙"] for number in range(10)]
    few, more = (
        [plan.request for plan in plan_agnostic(character("zh"), PROFILE, asked[:count], calls, 5, as_json=False)]
        for count, calls in ((6, 2), (10, 4))
    )
    assert more[:2] == few
    asked[0] = []
    changed = [plan.request for plan in plan_agnostic(character("zh"), PROFILE, asked, 4, 5, as_json=False)]
    assert changed[0] != more[0]
    assert changed[1:] == more[1:]


def test_script_agnostic_requests_differ_where_nothing_was_asked() -> None:
    unasked = plan_agnostic(character("zh"), PROFILE, [], 2, 5, as_json=False)
    assert len({plan.request.key("e", "m") for plan in unasked}) == 2


@pytest.mark.parametrize("as_json", [True, False])
def test_triplets_carry_their_context_and_what_is_too_many_goes(as_json: bool) -> None:
    (plan,) = plan_script_based(character("zh"), PROFILE, scenes(0), None, 2, as_json=as_json)
    text = "\n\n".join(f"问题{number}：问{number}？\n完整性：高（清楚）\n回复：答{number}。" for number in (1, 2, 3))
    triplets, rejected, malformed = read_triplets(
        character("zh"),
        [plan, plan],
        [
            Answer("k", "m", plan.request.prompt, text, False, 9, 9, context=plan.request.context),
            Failure("l", "p", "no"),
        ],
    )
    assert [(each.question, each.confidence, each.reason, each.answer, each.item) for each in triplets] == [
        ("问1？", "high", "清楚", "答1。", 0),
        ("问2？", "high", "清楚", "答2。", 1),
    ]
    assert [span.source for span in triplets[0].context] == ["novel.txt"]
    assert [(each.reason, each.record.question) for each in rejected] == [("over_count", "问3？")]
    assert malformed == []
