import re
from dataclasses import replace
from typing import Any

import pytest

from dramaturg.curate.filter import curate, curate_general
from dramaturg.generate.context_instruct import Triplet
from dramaturg.generate.instructions import Instruction
from dramaturg.generate.questions import Question
from dramaturg.generate.rolegpt import GeneralAnswer
from dramaturg.generate.synthesis import Dialogue, LaterTurn
from dramaturg.text import Language
from prompts import load_prompt
from tests.characters import character


def triplet(question: str, answer: str, **fields: Any) -> Triplet:
    given = {"confidence": "high", "reason": "r", "type": "script_agnostic", "context": (), "item": 0} | fields
    return Triplet(question, answer=answer, model="m", prompt="p@1", request="k", **given)


def dialogue(question: str, answer: str, is_cut: bool = False) -> Dialogue:
    return Dialogue("Ann", Question(question, "Ann", "m", "p@1", "q", 0), answer, is_cut, "m", "p@1", "k", ())


def test_each_record_is_kept_or_dropped_for_the_first_reason() -> None:
    dialogues = [
        dialogue("Where is the bell?", "In the river, where I put it."),
        dialogue("Who put it there?", "In the river, where I put it."),
        dialogue("Do you sleep well?", "Like a stone thrown into a", is_cut=True),
    ]
    triplets = [
        triplet("Ned, why did you sink the bell of Saint Olave?", "It woke me every day.", item=4),
        triplet("Ned, why did you sink the bell of Saint Olaf?", "It woke me."),
        triplet("Ned, what did he say?", "Nothing.", confidence="low"),
        triplet("Ned, how do you row at night?", "It woke me every day."),
    ]
    kept, rejected = curate(character("en"), dialogues, triplets)
    assert [each.dialogue or each.triplet for each in kept] == [dialogues[0], triplets[0]]
    assert [(each.reason, each.record) for each in rejected] == [
        ("repeated_answer", dialogues[1]),
        ("cut_off", dialogues[2]),
        ("low_confidence", triplets[2]),
        ("near_duplicate", triplets[1]),
        ("repeated_answer", triplets[3]),
    ]
    assert [each.of for each in rejected if each.reason == "near_duplicate"] == ["k 4"]


def test_of_triplets_that_ask_nearly_the_same_the_surer_is_kept_then_the_one_with_the_longer_answer() -> None:
    short, long = (triplet("Ned, why did you sink the bell?", answer) for answer in ("It woke me.", "It woke me, sir."))
    assert [each.triplet for each in curate(character("en"), [], [short, long])[0]] == [long]
    unsure = replace(long, confidence="low", answer="You are mistaken: I never sank a bell, nor would I.")
    assert [each.triplet for each in curate(character("en"), [], [unsure, short])[0]] == [short]


def general(instruction: str, answer: str, number: int = 0, is_cut: bool = False) -> GeneralAnswer:
    asked = Instruction(instruction, instruction, "open", None)
    return GeneralAnswer(asked, answer, number, is_cut, "few_shot_dialogue", "m", "rolegpt@1", "k", ())


def test_general_answers_are_kept_or_dropped_one_by_one() -> None:
    answers = [
        general("How do I boil an egg?", "Ask my mother, I only row.", 0),
        general("How do I boil an egg?", "Ask my mother. I only row!", 1),
        general("How do I boil an egg?", "As an AI language model, I boil nothing.", 2),
        general("How do I sleep?", "Ask my mother, I only row.", 0),
        general("How do I sleep?", "Lie down in a boat and let the", 1, is_cut=True),
        general("How do I sleep?", "Lie down in a boat.", 2),
    ]
    kept, rejected = curate_general(character("en"), answers)
    assert [each.general for each in kept] == [answers[0], answers[1], answers[5]]
    assert [(each.stage, each.reason, each.record) for each in rejected] == [
        ("curate", "ai_disclosure", answers[2]),
        ("curate", "repeated_answer", answers[3]),
        ("curate", "cut_off", answers[4]),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_answer_that_repeats_the_prompts_own_words_goes(language: Language) -> None:
    told = {
        "zh": ("你怎么写日记？", "只写你嘴里说出来的话，不加引号，不写动作和旁白，不替别人说话。"),
        "en": ("How do you keep a diary?", "Be brief. Do not lecture, do not be formal, do not be over-polite, sir."),
    }[language]
    assert [each.reason for each in curate_general(character(language), [general(*told)])[1]] == ["prompt_echo"]
    rule = max(load_prompt(language, "synthesis").wording, key=len)
    assert [each.reason for each in curate(character(language), [dialogue(told[0], rule)], [])[1]] == ["prompt_echo"]


def test_what_is_dropped_makes_no_other_answer_a_repeated_one() -> None:
    cut, whole = general("How do I boil an egg?", "I row.", is_cut=True), general("How do I sleep?", "I row.")
    assert [each.general for each in curate_general(character("en"), [cut, whole])[0]] == [whole]


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


def test_of_low_factualness_what_sets_the_question_right_is_kept_apart() -> None:
    asked = "Ned, when were you mayor of the town?"
    corrected = triplet(asked, "I was never mayor of anything but this boat.", confidence="low")
    followed = triplet("Ned, did you like the chain of office?", "It was heavy, but it shone.", confidence="low")
    of_script = triplet(asked, "I was never mayor, sir.", confidence="low", type="script_based")
    kept, rejected = curate(character("en"), [], [corrected, followed, of_script])
    assert [(each.triplet, each.boundary) for each in kept] == [(None, corrected)]
    assert [(each.reason, each.record) for each in rejected] == [
        ("low_confidence", followed),
        ("low_confidence", of_script),
    ]


def test_a_correction_obeys_the_same_rules_and_displaces_no_sure_question() -> None:
    asked, sure = "Ned, when were you mayor of the town?", "Ned, when were you the mayor of the town?"
    corrections = [
        triplet(asked, "I was never mayor.", confidence="low"),
        triplet("Ned, how was the moon?", "As an AI language model, I have never heard of it.", confidence="low"),
        triplet("Ned, who wrote your songs?", "You are mistaken, Ann Pike.\nAnn Pike: I wrote none.", confidence="low"),
        triplet("Ned, are you a duke?", "There is no duke here.", confidence="low"),
        triplet("Ned, who made you a duke of Kent?", "There is no duke here.", confidence="low"),
    ]
    kept, rejected = curate(character("en"), [], [*corrections, triplet(sure, "In the spring of the great flood.")])
    assert [(each.triplet or each.boundary) for each in kept] == [
        triplet(sure, "In the spring of the great flood."),
        corrections[3],
    ]
    assert [each.reason for each in rejected] == [
        *("ai_disclosure", "speaks_for_others", "near_duplicate", "repeated_answer")
    ]


SCRIPT, AGNOSTIC = "context_instruct_script", "context_instruct_agnostic"
EXAMPLES = [
    (language, name, number)
    for language in ("zh", "en")
    for name in (SCRIPT, AGNOSTIC)
    for number in range(len(load_prompt(language, name).examples))
]
OWN = {
    "zh": ("十三，铃丢在哪条河里？", "丢在我家门口那条。"),
    "en": ("Ned, which river is it in?", "In the one at my door."),
}


@pytest.mark.parametrize(("language", "name", "number"), EXAMPLES)
def test_no_example_of_a_prompt_passes(language: Language, name: str, number: int) -> None:
    """Whole, its answer to another question, its question put to the role with another answer, its reason."""
    example = load_prompt(language, name).examples[number]
    put_to_it = OWN[language][0][: 3 if language == "zh" else 4] + re.split("[，,]", example["question"], maxsplit=1)[1]
    question, answer = OWN[language]
    for copied in (
        (example["question"], example["answer"]),
        (question, example["answer"]),
        (example["question"], answer),
        (put_to_it, answer),
        (question, example["reason"]),
    ):
        kept, rejected = curate(character(language), [], [triplet(*copied)])
        assert kept == []
        assert [each.reason for each in rejected] == ["prompt_echo"]
        assert curate(character(language), [], [triplet(*copied, confidence="low")])[0] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_line_of_the_script_that_the_examples_cite_passes(language: Language) -> None:
    for line in load_prompt(language, SCRIPT).cited:
        said = re.split("[:：]", line, maxsplit=1)[1]
        for copied in (line, said, said.strip("「」")):
            _, rejected = curate(character(language), [], [triplet(OWN[language][0], copied)])
            assert [each.reason for each in rejected] == ["prompt_echo"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_no_example_is_no_echo(language: Language) -> None:
    assert curate(character(language), [], [triplet(*OWN[language])])[1] == []
