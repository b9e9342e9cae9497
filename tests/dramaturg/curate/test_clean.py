"""A dataset made elsewhere: what is wrong goes with its reason, what can be repaired is, the rest is as it was."""

from typing import Any

import pytest

from dramaturg.curate.clean import Cleaned, clean
from dramaturg.curate.foreign import read_row

MORE = ["柳娘:「谁丢的？」", "顾十三:「我丢的，夜里丢的。」"]


def chatharuhi(question: str, answer: str, **fields: Any) -> dict[str, Any]:
    return {
        "user_role": "柳娘",
        "user_question": f"「{question}」",
        "agent_role": "顾十三",
        "agent_response": f"「{answer}」",
        "more_dialogues": [],
        "agent_role_name_en": "gushisan",
    } | fields


def rolebench(question: str, *answers: str, role: str = "Ned", **fields: Any) -> dict[str, Any]:
    return {"role": role, "question": question, "generated": list(answers), "type": "script_based"} | fields


def cleaned(*given: Any) -> Cleaned:
    return clean(read_row(number, each) for number, each in enumerate(given, 1))


SOUND = chatharuhi("钟到哪里去了？", "在河里，是我亲手沉下去的。")


def reasons(found: Cleaned) -> list[tuple[int, str, str]]:
    return [(each.row, each.part, each.reason) for each in found.dropped]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (chatharuhi("谁敲的钟？", "作为一个人工智能语言模型，我没有敲过钟。"), "ai_disclosure"),
        (chatharuhi("谁敲的钟？", "我敲的，一连敲了三下。", agent_role="柳娘"), "agent_not_target"),
        (chatharuhi("谁敲的钟？", "我敲的，一连敲了三下。", user_role=""), "empty_role"),
        (chatharuhi("谁敲的钟？", "我敲的，一连敲了三下。", user_role="旁白"), "narrator_as_user"),
        (chatharuhi("谁敲的钟？", "我敲的，一连敲了三下。", user_role="顾十三"), "same_speaker_twice"),
        (chatharuhi("钟到哪里去了？", "在河里，是我亲手沉下去的。"), "duplicate"),
        (chatharuhi("钟哪里去了？", "在河里，是我亲手沉下的！"), "near_duplicate"),
        (chatharuhi("昨天夜里三更天，你一个人划着船出去做什么？", "在河里，是我亲手沉下去的。"), "repeated_answer"),
        ({"text": "none"}, "unreadable"),
    ],
)
def test_a_row_that_is_wrong_goes(given: dict[str, Any], reason: str) -> None:
    found = cleaned(SOUND, SOUND | {"user_question": "「你怕不怕黑？」", "agent_response": "「怕什么黑？」"}, given)
    assert reasons(found) == [(3, "row", reason)]
    assert found.kept[0].given == SOUND
    assert len(found.kept) == 2


def test_what_repeats_a_row_says_which() -> None:
    (dropped,) = cleaned(SOUND, SOUND).dropped
    assert (dropped.row, dropped.of) == (2, 1)


def test_of_rows_that_are_nearly_the_same_the_longest_is_kept() -> None:
    found = cleaned(chatharuhi("钟哪里去了？", "在河里，是我亲手沉下的！"), SOUND)
    assert [(each.row, each.of, each.reason) for each in found.dropped] == [(1, 2, "near_duplicate")]


def test_of_several_answers_the_wrong_ones_are_left_out() -> None:
    answers = ("In the river, where else?", "As an AI language model, I cannot know.", "Down by the weir, sir.")
    found = cleaned(rolebench("Where is the bell?", *answers))
    assert reasons(found) == [(1, "answer", "ai_disclosure")]
    assert [row.written()["generated"] for row in found.kept] == [[answers[0], answers[2]]]


def test_a_talk_is_cut_before_a_turn_that_is_wrong() -> None:
    later = [*MORE, "柳娘:「当真？」", "柳娘:「你说话呀！」", "顾十三:「当真。」"]
    found = cleaned(SOUND | {"more_dialogues": later})
    assert reasons(found) == [(1, "turn", "same_speaker_twice"), (1, "turn", "after_dropped")]
    assert [row.written()["more_dialogues"] for row in found.kept] == [later[:3]]


def test_stray_white_space_and_a_type_in_a_list_are_repaired_and_counted() -> None:
    found = cleaned(rolebench(" Where is  the bell?\n", "In the river, where else? ", type=["script_based"]))
    assert [row.written() for row in found.kept] == [rolebench("Where is the bell?", "In the river, where else?")]
    assert found.repaired == {"white_space": 1, "list_type": 1}


def test_an_instruction_may_be_put_to_many_roles() -> None:
    found = cleaned(
        rolebench("How do I boil an egg?", "Ask my mother, I only row."),
        rolebench("How do I boil an egg?", "Four minutes, by the kitchen clock.", role="Moll"),
    )
    assert len(found.kept) == 2


def test_many_rows_are_cleaned_by_several_processes_as_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"{one}{other}" for one in ("oar", "bell", "tar", "eel", "rope") for other in ("man", "yard", "s", "mate")]
    rows = [rolebench(f"{word} {word[::-1]}?", f"I know {word[1:]}, {word[::-1]}.") for word in words]
    rows[7] |= {"generated": ["I'm sorry, but I can't assist with that request."]}
    alone = cleaned(*rows)
    monkeypatch.setattr("dramaturg.curate.clean._ALONE", 1)
    monkeypatch.setattr("dramaturg.curate.clean._CHUNK", 8)
    assert cleaned(*rows) == alone
    assert (8, "row", "refusal") in reasons(alone)
