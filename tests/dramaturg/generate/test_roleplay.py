from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.generate.profile import Profile
from dramaturg.generate.roleplay import MEMORY_TOKENS, RolePlay, Said, as_scene
from dramaturg.generate.spoken import spoken
from dramaturg.llm.request import Request
from dramaturg.script import Span
from dramaturg.text import count_tokens
from tests.characters import character, scene

SCENES = [
    scene(0, ("柳娘", "铃呢？"), ("顾十三", "铃丢在河里了。"), ("顾十三", "捞不着。"), ("柳娘", "可惜。")),
    scene(1, ("柳娘", "铃在哪儿？"), ("柳娘", "他不在。")),
    scene(2, ("顾十三", "面咸。"), ("柳娘", "嫌咸就喝水。"), ("顾十三", "也行。")),
]
QUESTION = "铃到底丢在哪条河里？"


def asked(question: str, talk: list[Said] | None = None, tokens: int = 1_500, **fields: str) -> Request:
    role = RolePlay(character("zh", **fields), Profile("你是摆渡的。"), SCENES, tokens)
    return role.request("柳娘", question, talk or [])


def contents(request: Request) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in request.messages]


def tokens(request: Request, first: int, last: int) -> int:
    return sum(count_tokens(message["content"]) for message in request.messages[first:last])


def test_a_scene_that_touches_the_question_is_shown_as_a_talk_up_to_the_roles_last_turn() -> None:
    request = asked(QUESTION)
    assert contents(request)[1:] == [
        ("user", "柳娘:「铃呢？」"),
        ("assistant", "铃丢在河里了。捞不着。"),
        ("user", f"柳娘:「{QUESTION}」"),
    ]
    assert request.context == (Span("novel.txt", 0, SCENES[0].utterances[2].end),)
    assert request.temperature == 0


def test_a_scene_that_the_role_opens_has_nobody_before() -> None:
    assert contents(asked("面咸么？"))[1:5] == [
        ("user", "…"),
        ("assistant", "面咸。"),
        ("user", "柳娘:「嫌咸就喝水。」"),
        ("assistant", "也行。"),
    ]


def test_the_talk_so_far_stands_between_the_scenes_and_the_question() -> None:
    request = asked("咸不咸？", [Said("吃了么？", "吃了。")])
    assert contents(request)[-3:] == [
        ("user", "柳娘:「吃了么？」"),
        ("assistant", "吃了。"),
        ("user", "柳娘:「咸不咸？」"),
    ]


@given(lengths=st.lists(st.integers(1, 900), max_size=12))
def test_of_the_talk_the_newest_is_remembered_as_far_as_it_fits(lengths: list[int]) -> None:
    talk = [Said(f"第{number}问？", "水" * length) for number, length in enumerate(lengths)]
    role = RolePlay(character("zh"), Profile("你是摆渡的。"), [], 1_500)
    kept = contents(role.request("柳娘", "还有呢？", talk))[1:-1]
    whole = [pair for each in talk for pair in (("user", f"柳娘:「{each.question}」"), ("assistant", each.answer))]
    assert kept == whole[len(whole) - len(kept) :]
    held = talk[len(talk) - len(kept) // 2 :]
    assert sum(count_tokens(each.question) + count_tokens(each.answer) for each in held) <= MEMORY_TOKENS
    if len(held) < len(talk):
        more = talk[len(talk) - len(held) - 1 :]
        assert sum(count_tokens(each.question) + count_tokens(each.answer) for each in more) > MEMORY_TOKENS


@given(
    sizes=st.lists(st.lists(st.integers(1, 120), min_size=2, max_size=6), min_size=1, max_size=8),
    budget=st.integers(0, 600),
)
def test_scenes_are_within_their_budget_also_one_that_is_longer(sizes: list[list[int]], budget: int) -> None:
    scenes = [
        scene(number, *((("柳娘", "顾十三")[place % 2], "铃" * size) for place, size in enumerate(each)))
        for number, each in enumerate(sizes)
    ]
    request = RolePlay(character("zh"), Profile(""), scenes, budget).request("柳娘", "铃铃")
    assert tokens(request, 1, -1) <= budget
    while request.shorter is not None:
        before, following = tokens(request, 1, -1), request.shorter()
        assert following is not None
        request = following
        assert tokens(request, 1, -1) <= before
    assert request.context == ()


def test_a_scene_longer_than_the_budget_is_cut_between_turns() -> None:
    long = scene(0, ("柳娘", "铃呢？"), ("顾十三", "铃丢了。"), ("柳娘", "水" * 400), ("顾十三", "嗯。"))
    messages, span = as_scene(long, character("zh"), 100)
    assert [message["content"] for message in messages] == ["柳娘:「铃呢？」", "铃丢了。"]
    assert span == Span("novel.txt", 0, long.utterances[1].end)


def test_what_only_tells_that_the_role_speaks_parts_no_turn() -> None:
    told = [
        ("narrator", "He sat down."),
        ("Ned Tull", "I have seen him do it,"),
        ("narrator", "Ned assured her,"),
        ("Ned Tull", "upon a quiet evening."),
        ("narrator", "Nobody spoke after that, and the rain went on, and the lamp, and the smell of the wet coats."),
        ("Ned Tull", "Well."),
    ]
    made = scene(0, *told)
    lines = tuple(replace(line, kind="narration") if line.role == "narrator" else line for line in made.utterances)
    messages, _ = as_scene(replace(made, utterances=lines), character("en"), 1_000)
    assert [message["content"] for message in messages] == [
        "narrator:He sat down.",
        "I have seen him do it, upon a quiet evening.",
        f"narrator:{told[4][1]}",
        "Well.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("顾十三：「河里。」", "河里。"),
        ("“河里。”", "河里。"),
        ("十三: 河里。", "河里。"),
        ("<think>嗯</think>河里。", "河里。"),
        ("“河里。”他说，“信不信由你。”", "“河里。”他说，“信不信由你。”"),
    ],
)
def test_what_frames_an_answer_is_taken_off(text: str, said: str) -> None:
    assert spoken(text, character("zh").names) == said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_prompt_says_who_asks_and_that_no_model_speaks(language: str) -> None:
    made = character(language)  # type: ignore[arg-type]
    request = RolePlay(made, Profile("P."), [], 0).request("Zed", "?")
    assert "Zed" in request.messages[0]["content"]
    assert made.name in request.messages[0]["content"]
