"""Generated records through confidence, rules and duplicates, in that order."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dramaturg.character import Character
from dramaturg.curate.boundary import corrects
from dramaturg.curate.dedup import Deduplicator
from dramaturg.curate.near import Row, best_of, rank
from dramaturg.curate.rules import Rules, tidied
from dramaturg.generate.context_instruct import Triplet
from dramaturg.generate.rolegpt import GeneralAnswer
from dramaturg.generate.synthesis import Dialogue
from dramaturg.rejected import Rejected
from dramaturg.text import Language, words
from prompts import load_prompt

__all__ = ["STAGE", "Curated", "curate", "curate_general", "example_texts"]

STAGE = "curate"

_WITH_EXAMPLES = ("context_instruct_script", "context_instruct_agnostic")
_OF_DIALOGUES = ("questions", "synthesis", "followup")
_LEAST_OF_WORDING = 10
"""Words that a prompt says in a row, from which on nobody says the same by chance."""


@dataclass(frozen=True, slots=True)
class Curated:
    """A generated record that the dataset keeps: one of the four. `boundary` is a triplet whose question is not true
    to the work, and whose answer says so."""

    dialogue: Dialogue | None = None
    triplet: Triplet | None = None
    boundary: Triplet | None = None
    general: GeneralAnswer | None = None


def curate(
    character: Character, dialogues: Iterable[Dialogue], triplets: Iterable[Triplet]
) -> tuple[list[Curated], list[Rejected]]:
    """What is kept, in order and without stray white space, and what is not.

    Reasons: `low_confidence` (unless, script-agnostic, the answer corrects the question), `cut_off` (the model ran out
    of tokens), those of `Rules.fault`, `duplicate` and `near_duplicate` (of triplets that ask nearly the same, the
    surer, then the one with the longer answer is kept), `repeated_answer` (the same answer to another question; of
    triplets the surer is kept), `after_dropped` (said in a dialogue after a turn that goes).
    """
    language = character.language
    rules = Rules.of(character, (*example_texts(language), *_wording(language, *_WITH_EXAMPLES, *_OF_DIALOGUES)))
    kept: list[Curated] = []
    rejected: list[Rejected] = []
    answers = Deduplicator()
    for dialogue in (_tidy_talk(each, language) for each in dialogues):
        reason = _fault(rules, answers, dialogue.question.text, dialogue.answer, dialogue.is_cut)
        if reason:
            rejected.append(Rejected(STAGE, reason, dialogue))
            rejected += [Rejected(STAGE, "after_dropped", later) for later in dialogue.more]
            continue
        for number, turn in enumerate(dialogue.more):
            reason = _fault(rules, answers, turn.question, turn.answer, turn.is_cut)
            if reason:  # what is said after it rests on it
                rejected.append(Rejected(STAGE, reason, turn))
                rejected += [Rejected(STAGE, "after_dropped", later) for later in dialogue.more[number + 1 :]]
                dialogue = replace(dialogue, more=dialogue.more[:number])
                break
        kept.append(Curated(dialogue=dialogue))
    sure, others = _triplets(character, rules, [_tidy_triplet(each, language) for each in triplets])
    return kept + sure, rejected + others


def _triplets(character: Character, rules: Rules, triplets: Sequence[Triplet]) -> tuple[list[Curated], list[Rejected]]:
    """Those kept, the sure ones first."""
    rejected: list[Rejected] = []
    sound: list[Triplet] = []
    for triplet in sorted(triplets, key=_is_unsure):
        if _is_unsure(triplet) and not _is_boundary(triplet, character):
            rejected.append(Rejected(STAGE, "low_confidence", triplet))
        elif reason := rules.fault(triplet.question, triplet.answer):
            rejected.append(Rejected(STAGE, reason, triplet))
        else:
            sound.append(triplet)
    asked = (Row(str(number), each.question, rank(each.answer, each.confidence)) for number, each in enumerate(sound))
    gone = best_of(asked)
    kept: list[Curated] = []
    answers = Deduplicator()
    for number, triplet in enumerate(sound):
        of, reason = gone.get(str(number)) or (None, answers.repeated(triplet.answer))
        if reason:
            like = None if of is None else f"{sound[int(of)].request} {sound[int(of)].item}"
            rejected.append(Rejected(STAGE, reason, triplet, like))
        else:
            kept.append(Curated(boundary=triplet) if _is_unsure(triplet) else Curated(triplet=triplet))
    return kept, rejected


def _is_unsure(triplet: Triplet) -> bool:
    return triplet.confidence == "low"


def _fault(rules: Rules, answers: Deduplicator, question: str, answer: str, is_cut: bool) -> str | None:
    return "cut_off" if is_cut else rules.fault(question, answer) or answers.repeated(answer)


def curate_general(character: Character, answers: Iterable[GeneralAnswer]) -> tuple[list[Curated], list[Rejected]]:
    """What is kept of the answers to general instructions, in order, and what is not.

    Reasons: `cut_off`, those of `Rules.fault`, `repeated_answer` (the same answer to another instruction; that the same
    instruction is answered in the same words twice is no fault).
    """
    rules = Rules.of(character, tuple(_wording(character.language, "rolegpt")))
    kept: list[Curated] = []
    rejected: list[Rejected] = []
    instructions: dict[tuple[str, ...], str] = {}
    for each in (replace(given, answer=tidied(given.answer, character.language)) for given in answers):
        reason = "cut_off" if each.is_cut else rules.fault(each.instruction.text, each.answer)
        if (
            not reason
            and instructions.setdefault(tuple(words(each.answer)), each.instruction.id) != each.instruction.id
        ):
            reason = "repeated_answer"
        if reason:
            rejected.append(Rejected(STAGE, reason, each))
        else:
            kept.append(Curated(general=each))
    return kept, rejected


def _is_boundary(triplet: Triplet, character: Character) -> bool:
    return triplet.type == "script_agnostic" and corrects(triplet.question, triplet.answer, character.language)


def _tidy_talk(talk: Dialogue, language: Language) -> Dialogue:
    """The dialogue without stray white space in what is said."""
    asked = replace(talk.question, text=tidied(talk.question.text, language))
    more = tuple(
        replace(turn, question=tidied(turn.question, language), answer=tidied(turn.answer, language))
        for turn in talk.more
    )
    return replace(talk, question=asked, answer=tidied(talk.answer, language), more=more)


def _tidy_triplet(triplet: Triplet, language: Language) -> Triplet:
    return replace(triplet, question=tidied(triplet.question, language), answer=tidied(triplet.answer, language))


def _wording(language: Language, *names: str) -> Iterator[str]:
    """What the prompts themselves say, which a small model repeats."""
    for name in names:
        for piece in load_prompt(language, name).wording:
            if len(words(piece)) >= _LEAST_OF_WORDING:
                yield piece


def example_texts(language: Language) -> Iterator[str]:
    """What stands in the prompts' examples, and the names that only they know."""
    for name in _WITH_EXAMPLES:
        prompt = load_prompt(language, name)
        yield from prompt.invented
        for line in prompt.cited:
            yield line
            yield re.split("[:：]", line, maxsplit=1)[1]  # without who says it
        for example in prompt.examples:
            yield example["question"]
            yield re.split("[，,]", example["question"], maxsplit=1)[1]  # put to the role in place of the invented one
            yield example["reason"]
            yield example["answer"]
