from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest

import pytest

from dramaturg.generate.profile import Profile
from dramaturg.generate.questions import Question
from dramaturg.generate.roleplay import RolePlay
from dramaturg.generate.rounds import Round, Rounds, ask_in_rounds
from dramaturg.generate.synthesis import Dialogue, synthesize, turns_within
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Rejected
from tests.characters import character, scene

SCENES = [scene(0, ("柳娘", "铃呢？"), ("顾十三", "铃丢在河里了。"))]
QUESTIONS = [
    Question(text, "柳娘", "m", "questions@2", "q", number)
    for number, text in enumerate(["铃丢在哪条河里？", "你吃了没有？", "夜里怕不怕？", "船卖不卖？", "谁教你唱的歌？"])
]
ROLE = RolePlay(character("zh"), Profile("你是摆渡的。"), SCENES, 1_500)
Talks = tuple[list[Dialogue], list[Rejected]]


def say(request: Request) -> str:
    last = request.messages[-1]["content"]
    if not request.prompt.startswith("followup"):
        return f"答{last}"
    return "你当真舍得把它留在水里么？" if "后来呢？" in last else "后来呢？"


def talks(rounds: Rounds[Talks], said: Callable[[Request], str | Failure] = say) -> tuple[Talks, list[list[Request]]]:
    asked: list[list[Request]] = []

    def answered(request: Request) -> Answer | Failure:
        text = said(request)
        if isinstance(text, Failure):
            return text
        return Answer(request.key("e", "m"), "m", request.prompt, text, False, 9, 9, context=request.context)

    def ask(made: Round) -> list[Answer | Failure]:
        asked.append(list(made.requests))
        return [answered(request) for request in made.requests]

    return ask_in_rounds(rounds, ask), asked


def test_each_question_is_answered_and_every_fourth_gone_on_with() -> None:
    (dialogues, rejected), asked = talks(synthesize(ROLE, QUESTIONS, turns_within(5, 3, None)))
    assert [dialogue.question for dialogue in dialogues] == QUESTIONS
    assert [len(dialogue.more) for dialogue in dialogues] == [2, 0, 0, 0, 2]
    assert [len(each) for each in asked] == [5, 2, 2, 2, 2]
    assert (rejected, {dialogue.user for dialogue in dialogues}) == ([], {"柳娘"})


def test_an_answer_later_on_is_asked_for_with_all_that_was_said_before() -> None:
    (dialogues, _), asked = talks(synthesize(ROLE, QUESTIONS[:1], [3]))
    (dialogue,) = dialogues
    said = [message["content"] for message in asked[-1][0].messages]
    assert said[-5:] == [
        f"柳娘:「{QUESTIONS[0].text}」",
        dialogue.answer,
        f"柳娘:「{dialogue.more[0].question}」",
        dialogue.more[0].answer,
        f"柳娘:「{dialogue.more[1].question}」",
    ]
    assert dialogue.more[0].question_request == asked[1][0].key("e", "m")
    assert dialogue.more[0].request == asked[2][0].key("e", "m")


def test_one_turn_is_one_round() -> None:
    _, asked = talks(synthesize(ROLE, QUESTIONS, [1] * 5))
    assert [len(each) for each in asked] == [5]


def test_a_request_without_an_answer_makes_no_dialogue() -> None:
    unanswered = Failure("k", "synthesis@2", "no")
    (dialogues, _), asked = talks(synthesize(ROLE, QUESTIONS, turns_within(5, 3, None)), lambda _: unanswered)
    assert (dialogues, len(asked)) == ([], 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("柳娘：「」", "empty"),
        ("Where is the bell then, tell me at once", "wrong_language"),
        (f"柳娘：{QUESTIONS[0].text}", "duplicate"),
    ],
)
def test_what_nobody_would_say_next_ends_a_dialogue_with_a_reason(text: str, reason: str) -> None:
    (dialogues, rejected), _ = talks(
        synthesize(ROLE, QUESTIONS[:1], [2]),
        lambda request: text if request.prompt.startswith("followup") else say(request),
    )
    assert [len(dialogue.more) for dialogue in dialogues] == [0]
    assert [each.reason for each in rejected] == [reason]


def test_what_was_cut_off_is_not_gone_on_with() -> None:
    rounds = synthesize(ROLE, QUESTIONS[:1], [3])
    request = next(rounds).requests[0]
    cut = replace(Answer("k", "m", request.prompt, "答", False, 9, 9), is_cut=True)
    with pytest.raises(StopIteration) as end:
        rounds.send([cut])
    assert end.value.value[0][0].is_cut


@pytest.mark.parametrize("turns", [1, 2, 3, 5])
@pytest.mark.parametrize("questions", [0, 1, 6, 40])
def test_as_many_dialogues_are_planned_as_so_many_requests_make_and_more_only_add(questions: int, turns: int) -> None:
    whole = turns_within(questions, turns, None)
    before: list[int] = []
    for requests in range(sum(2 * each - 1 for each in whole) + 1):
        planned = turns_within(questions, turns, requests)
        assert requests - 1 <= sum(2 * each - 1 for each in planned) <= requests
        assert all(few <= more for few, more in zip_longest(before, planned, fillvalue=0))
        before = planned
    assert before == whole == [turns if number % 4 == 0 else 1 for number in range(questions)]
