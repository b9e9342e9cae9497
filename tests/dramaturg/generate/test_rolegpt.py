from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.exchanges import Exchange, find_exchanges
from dramaturg.generate.instructions import Instruction
from dramaturg.generate.profile import Catchphrase, Profile
from dramaturg.generate.rolegpt import Mode, Planned, plan_answers, read_answers
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.script import Span
from dramaturg.text import Language, count_tokens
from tests.characters import character, scene

MODES: tuple[Mode, ...] = get_args(Mode)
HEADINGS = ("你平日这样和人说话：", "This is how you talk to people:")
PROFILE = Profile("你是摆渡的。", (Catchphrase("水涨船高", 3),))
SCENES = [
    scene(number, ("柳娘", f"{name}呢？"), ("顾十三", f"{name}早就跑了，天知道在哪儿。"))
    for number, name in enumerate(["铃", "驴", "船", "桨", "酒", "面", "灯"])
]
INSTRUCTIONS = [
    Instruction(f"zh-{number}", text, "open", None)
    for number, text in enumerate(["酒怎么酿？", "灯为什么会亮？", "写一首诗。", "一加一等于几？", "怎样才能睡好？"])
]


def exchanges(scenes: list = SCENES, role: str = "顾十三") -> list[Exchange]:  # type: ignore[type-arg]
    return find_exchanges(scenes, role)[0]


def plan(
    mode: Mode = "few_shot_dialogue",
    responses: int = 1,
    most: int | None = None,
    found: list[Exchange] | None = None,
    instructions: list[Instruction] = INSTRUCTIONS,
    language: Language = "zh",
) -> list[Planned]:
    shown = exchanges() if found is None else found
    return plan_answers(character(language), PROFILE, shown, instructions, mode, responses, most)


def keys(planned: list[Planned]) -> set[str]:
    return {each.request.key("e", "m") for each in planned}


def demonstrated(request: Request) -> int:
    """The tokens of all pairs that a request shows, as turns or in the system message."""
    system, *turns, _ = request.messages
    _, _, shown = system["content"].partition(HEADINGS[0] if HEADINGS[0] in system["content"] else HEADINGS[1])
    return count_tokens(shown) + sum(count_tokens(message["content"]) for message in turns)


def test_a_dialogue_shows_the_best_pairs_as_turns_before_the_instruction() -> None:
    request = plan()[0].request
    system, *turns, last = request.messages
    assert [each["role"] for each in (system, *turns, last)] == ["system", *["user", "assistant"] * 5, "user"]
    assert turns[0]["content"] == "柳娘：“酒呢？”"
    assert turns[1]["content"] == "酒早就跑了，天知道在哪儿。"
    assert last["content"] == "用户：“酒怎么酿？”"
    for told in ("顾十三", "你是摆渡的。", "水涨船高"):
        assert told in system["content"]
    assert "酒呢" not in system["content"]


def test_a_prompt_shows_the_same_pairs_in_its_one_text() -> None:
    dialogue, prompt = (plan(mode)[0].request for mode in ("few_shot_dialogue", "few_shot_prompt"))
    system, user = prompt.messages
    said = [message["content"] for message in dialogue.messages[1:-1]]
    places = [system["content"].index(each) for each in said]
    assert places == sorted(places)
    assert "柳娘：“酒呢？”\n顾十三：“酒早就跑了，天知道在哪儿。”\n\n" in system["content"]
    assert user == dialogue.messages[-1]
    assert prompt.context == dialogue.context


def test_zero_shot_shows_none() -> None:
    request = plan("zero_shot_prompt")[0].request
    assert len(request.messages) == 2
    assert "天知道" not in request.text
    assert request.context == ()
    assert request.shorter is None


def test_the_user_is_called_as_the_character_says() -> None:
    named = character("en", user_name="Stranger")
    instruction = Instruction("1", "Name a bird.", "open", None)
    (planned,) = plan_answers(named, Profile("You row."), [], [instruction], "zero_shot_prompt", 1, None)
    assert planned.request.messages[-1]["content"] == 'Stranger: "Name a bird."'


@pytest.mark.parametrize("mode", ["few_shot_dialogue", "few_shot_prompt"])
def test_context_is_the_lines_that_are_shown(mode: Mode) -> None:
    request = plan(mode)[0].request
    lines = {Span(line.source, line.start, line.end): line.content for each in SCENES for line in each.utterances}
    assert len(request.context) == 10
    assert all(lines[span] in request.text for span in request.context)


@pytest.mark.parametrize("mode", MODES)
def test_the_first_answer_is_the_surest_and_the_others_differ_in_nothing_but_chance(mode: Mode) -> None:
    planned = [each for each in plan(mode, responses=3) if each.place == 0]
    assert [(each.number, each.request.sample, each.request.temperature) for each in planned] == [
        (0, 0, 0.0),
        (1, 1, 0.7),
        (2, 2, 0.7),
    ]
    assert planned[0].request.messages == planned[1].request.messages == planned[2].request.messages


def test_a_request_that_is_too_long_is_asked_again_with_fewer_pairs_then_with_none() -> None:
    for planned in plan(responses=2)[:: len(INSTRUCTIONS)]:
        request: Request | None = planned.request
        shown = []
        while request is not None:
            assert (request.sample, request.temperature) == (planned.request.sample, planned.request.temperature)
            shown.append(len(request.messages) - 2)
            assert len(request.context) == shown[-1]
            request = request.shorter() if request.shorter else None
        assert shown == [10, 4, 2, 0]


def test_asking_more_adds_to_what_was_asked() -> None:
    for fewer, more in pairwise([{"most": count} for count in range(16)]):
        assert keys(plan(responses=3, **fewer)) < keys(plan(responses=3, **more))
    for responses in range(1, 6):
        for most in (None, 3, 12):
            assert keys(plan(responses=responses, most=most)) <= keys(plan(responses=responses + 1, most=most))
    assert len(plan(responses=6)) == 6 * len(INSTRUCTIONS)


def test_the_instructions_are_taken_evenly_before_any_is_asked_again() -> None:
    planned = plan(responses=6, most=7)
    assert [each.place for each in planned] == [0, 4, 2, 1, 3, 0, 4]
    assert [each.number for each in planned] == [0] * 5 + [1] * 2


_SAID = {
    "zh": st.text("铃丢在河里面咸驴冷酒灯。，“” 1a\n", min_size=1, max_size=30),
    "en": st.text("abc def.'\"\n1", min_size=1, max_size=30),
}


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data(), language=st.sampled_from(["zh", "en"]))
def test_the_pairs_together_are_within_their_budget(mode: Mode, data: st.DataObject, language: Language) -> None:
    lengths = st.integers(1, 60) | st.integers(100, 300)
    texts = st.builds(lambda text, times: text * times, _SAID[language], lengths)
    lines = data.draw(st.lists(st.tuples(texts, texts), max_size=8))
    role, other = ("顾十三", "柳娘") if language == "zh" else ("Ned Tull", "Ann Pike")
    found = exchanges([scene(n, (other, asked), (role, said)) for n, (asked, said) in enumerate(lines)], role)
    instruction = Instruction("1", data.draw(_SAID[language]), "open", None)
    (planned,) = plan(mode, found=found, instructions=[instruction], language=language)
    tokens = demonstrated(planned.request)
    assert tokens <= 1500
    assert (tokens > 0) == bool(planned.request.context)
    assert all(message["content"] for message in planned.request.messages)


@pytest.mark.parametrize("mode", ["few_shot_dialogue", "few_shot_prompt"])
def test_a_pair_that_is_too_long_gives_way_to_the_next_that_fits(mode: Mode) -> None:
    long = scene(90, ("柳娘", "酒怎么酿？"), ("顾十三", "酒是这么酿的：" + "一蒸二晾三下曲，" * 400))
    request = plan(mode, found=exchanges([*SCENES, long]))[0].request
    assert "一蒸二晾三下曲" not in request.text
    assert "酒呢？" in request.text
    assert len(request.context) == 10


def test_without_exchanges_the_prompt_stands_alone() -> None:
    assert len(plan(found=[])[0].request.messages) == 2


def test_answers_come_in_the_instructions_order_without_their_frame() -> None:
    planned = plan(responses=2)
    outcomes = [
        Answer(str(n), "m", "rolegpt@1", f"顾十三：“答{n}。”", n == 3, 9, 9, context=each.request.context)
        for n, each in enumerate(planned)
    ]
    made = read_answers(character("zh"), planned, outcomes)
    assert [(each.instruction.id, each.number) for each in made] == [
        (f"zh-{place}", number) for place in range(5) for number in (0, 1)
    ]
    assert made[0].answer == "答0。"
    assert [each.is_cut for each in made].count(True) == 1
    assert made[0].context == planned[0].request.context
    assert made[0].mode == "few_shot_dialogue"


def test_a_request_without_an_answer_makes_no_record() -> None:
    planned = plan(most=2)
    outcomes = [Failure("k", "rolegpt@1", "no"), Answer("l", "m", "rolegpt@1", "不知道。", False, 9, 9)]
    (made,) = read_answers(character("zh"), planned, outcomes)
    assert made.instruction == planned[1].instruction
