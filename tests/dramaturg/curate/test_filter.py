from dataclasses import replace
from typing import Any

from dramaturg.curate.filter import curate
from dramaturg.generate.context_instruct import Triplet
from dramaturg.generate.questions import Question
from dramaturg.generate.synthesis import Dialogue, LaterTurn
from prompts import load_prompt
from tests.characters import character


def triplet(question: str, answer: str, **fields: Any) -> Triplet:
    given = {"confidence": "high", "reason": "r", "type": "script_agnostic", "context": ()} | fields
    return Triplet(question, answer=answer, model="m", prompt="p@1", request="k", item=0, **given)


def dialogue(question: str, answer: str, is_cut: bool = False) -> Dialogue:
    return Dialogue("Ann", Question(question, "Ann", "m", "p@1", "q", 0), answer, is_cut, "m", "p@1", "k", ())


def test_each_record_is_kept_or_dropped_for_the_first_reason() -> None:
    dialogues = [
        dialogue("Where is the bell?", "In the river, where I put it."),
        dialogue("Who put it there?", "In the river, where I put it."),
        dialogue("Do you sleep well?", "Like a stone thrown into a", is_cut=True),
    ]
    triplets = [
        triplet("Ned, why did you sink the bell of Saint Olave?", "It woke me."),
        triplet("Ned, why did you sink the bell of Saint Olaf?", "It woke me every day."),
        triplet("Ned, what did he say?", "Nothing.", confidence="low"),
        triplet("Ned, how do you row at night?", "It woke me."),
    ]
    kept, rejected = curate(character("en"), dialogues, triplets)
    assert [each.dialogue or each.triplet for each in kept] == [dialogues[0], triplets[0]]
    assert [(each.reason, each.record) for each in rejected] == [
        ("repeated_answer", dialogues[1]),
        ("cut_off", dialogues[2]),
        ("near_duplicate", triplets[1]),
        ("low_confidence", triplets[2]),
        ("repeated_answer", triplets[3]),
    ]


def test_no_example_of_a_prompt_passes() -> None:
    for language in ("zh", "en"):
        for name in ("context_instruct_script", "context_instruct_agnostic"):
            examples = load_prompt(language, name).examples
            copied = [triplet(each["question"], each["answer"]) for each in examples]
            copied += [triplet(each["question"], each["reason"]) for each in examples]
            kept, rejected = curate(character(language), [], copied)
            assert kept == []
            assert {each.reason for each in rejected} == {"prompt_echo"}


def test_a_talk_ends_before_the_turn_that_goes_and_what_came_after_is_told_of() -> None:
    more = tuple(
        LaterTurn(question, "q", answer, False, "k", ())
        for question, answer in [
            ("Who put it there?", "I did, with my own hands."),
            ("Are you sure of it?", "As an AI language model I cannot be sure."),
            ("What then?", "Then it sank."),
        ]
    )
    talk = replace(dialogue("Where is the bell?", "In the river, where I put it."), more=more)
    kept, rejected = curate(character("en"), [talk], [])
    assert [each.dialogue for each in kept] == [replace(talk, more=more[:1])]
    assert [(each.reason, each.record) for each in rejected] == [
        ("ai_disclosure", more[1]),
        ("after_dropped", more[2]),
    ]
