import pytest

from dramaturg.generate.profile import Profile
from dramaturg.generate.questions import Question
from dramaturg.generate.synthesis import plan_dialogues, read_dialogues
from dramaturg.llm.request import Answer, Failure
from dramaturg.script import Span
from tests.characters import character, scene

SCENES = [
    scene(0, ("柳娘", "铃呢？"), ("顾十三", "铃丢在河里了。")),
    scene(1, ("柳娘", "铃在哪儿？"), ("柳娘", "他不在。")),
    scene(2, ("柳娘", "面咸么？"), ("顾十三", "咸。")),
]
QUESTION = Question("铃到底丢在哪条河里？", "m", "questions@1", "q", 0)


def said(text: str, **fields: str) -> str:
    (planned,) = plan_dialogues(character("zh", **fields), Profile("你是摆渡的。"), [QUESTION], SCENES, 1_500)
    (dialogue,) = read_dialogues(character("zh"), [planned], [Answer("k", "m", "synthesis@1", text, False, 9, 9)])
    return dialogue.answer


def test_an_answer_is_asked_for_from_the_roles_own_scenes() -> None:
    (planned,) = plan_dialogues(character("zh", user_name="客人"), Profile("你是摆渡的。"), [QUESTION], SCENES, 1_500)
    system, user = (message["content"] for message in planned.request.messages)
    assert planned.request.context == (Span("novel.txt", 0, SCENES[0].utterances[-1].end),)
    assert "铃丢在河里了" in system
    assert "他不在" not in system  # the role does not speak there
    assert user == "客人：铃到底丢在哪条河里？"
    assert planned.request.temperature == 0
    shown = Answer("k", "m", "synthesis@1", "河里。", False, 9, 9, context=planned.request.context)
    (dialogue,) = read_dialogues(character("zh"), [planned], [shown])
    assert dialogue.context == planned.request.context


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("顾十三：「河里。」", "河里。"),
        ("“河里。”", "河里。"),
        ("十三: 河里。", "河里。"),
        ("<think>嗯</think>河里。", "河里。"),
        ("“河里。”他说，“信不信由你。”", "“河里。”他说，“信不信由你。”"),
    ],
)
def test_what_frames_an_answer_is_taken_off(text: str, answer: str) -> None:
    assert said(text) == answer


def test_a_request_without_an_answer_makes_no_dialogue() -> None:
    planned = plan_dialogues(character("zh"), Profile("你是摆渡的。"), [QUESTION], SCENES, 1_500)
    assert read_dialogues(character("zh"), planned, [Failure("k", "synthesis@1", "no")]) == []
