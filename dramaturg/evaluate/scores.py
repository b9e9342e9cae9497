"""What the answers of each model come to: over all questions, by role, and by kind of question.

An answer without a word in it is none: it is counted, and enters no mean. Where a measure has nothing to measure, it
says why in its place, and is never a zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dramaturg.curate.rules import Rules
from dramaturg.evaluate.intervals import Mean, mean_of, mean_of_means, share_of
from dramaturg.evaluate.questions import Question, Role
from dramaturg.evaluate.ranking import Ranking, standings
from dramaturg.evaluate.rouge import best_rouge_l, rouge_l
from dramaturg.text import count_words

__all__ = ["FAULTS", "MEASURES", "Cell", "Mark", "Score", "Sheet", "is_empty", "marks_of", "score"]

Key = tuple[str, str]
Cell = Mean | str
"""A measure, or in a word why there is none."""

FAULTS = ("refusal", "ai_disclosure", "meta_talk")
"""Of `dramaturg.curate.rules`: a model's refusal, that it says it is a model, talk of the work as a book."""

_ROUGE = ("CUS", "RAW", "SPE", "average", "reference")
_BEST = ("CUS_best", "SPE_best", "reference_best")
MEASURES = (*_ROUGE, *_BEST, "win_rate", "rank", "first", "similarity", "chance", *FAULTS)
"""ROUGE-L against the first reference of each kind, the mean of these three, and against whichever a question has;
against the best of its references; what a judge says; the cosine with the role's own line, and with another; the share
of answers with a fault."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A model's answers by question, those empty among them. `remarks` are what there is to say of them."""

    model: str
    answers: Mapping[Key, str]
    remarks: tuple[str, ...] = ()

    @property
    def said(self) -> dict[Key, str]:
        """The answers that say something."""
        return {key: answer for key, answer in self.answers.items() if not is_empty(answer)}


@dataclass(frozen=True, slots=True)
class Mark:
    """What one answer is measured as: ROUGE-L against the first of its question's references, the best of them, and
    the plain answer; cosines with the role's own line, and with another. None where there is nothing to measure by."""

    first: float | None
    best: float | None
    raw: float | None
    faults: frozenset[str]
    cosine: float | None = None
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A model over some questions: how many, how many answered, how many with nothing said; and each of `MEASURES`."""

    questions: int
    answered: int
    empty: int
    cells: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """The questions without any answer."""
        return self.questions - self.answered - self.empty


def is_empty(answer: str) -> bool:
    """Whether it has no word in it."""
    return count_words(answer) == 0


def marks_of(
    roles: Mapping[str, Role],
    questions: Iterable[Question],
    sheet: Sheet,
    cosines: Mapping[Key, tuple[float, float]],
) -> dict[Key, Mark]:
    """The mark of each answer that says something; `cosines` are with the role's line and with another, by question."""
    rules = {name: Rules.of(role.character) for name, role in roles.items()}
    marks: dict[Key, Mark] = {}
    for question in questions:
        answer = sheet.answers.get(question.key, "")
        if is_empty(answer):
            continue
        references, (near, far) = question.references, cosines.get(question.key, (None, None))
        marks[question.key] = Mark(
            rouge_l(answer, references[0]) if references else None,
            best_rouge_l(answer, references) if references else None,
            None if question.raw is None else rouge_l(answer, question.raw),
            frozenset(FAULTS).intersection(rules[question.character_id].faults(question.question, answer)),
            near,
            far,
        )
    return marks


def score(
    questions: Sequence[Question],
    sheet: Sheet,
    marks: Mapping[Key, Mark],
    rankings: Sequence[Ranking],
    no_judge: str | None,
    no_encoder: str | None,
) -> Score:
    """A model over these questions; `no_judge` and `no_encoder` say why nobody judged, and nobody made vectors."""
    empty = sum(question.key in sheet.answers and question.key not in marks for question in questions)
    if not questions:
        return Score(0, 0, 0, dict.fromkeys(MEASURES, "no test rows"))
    marked = [(question, marks[question.key]) for question in questions if question.key in marks]

    def mean(
        applies: Callable[[Question], bool], value: Callable[[Question, Mark], float | None], none: str = "no reference"
    ) -> Cell:
        if not any(map(applies, questions)):
            return none
        own = [found for question, mark in marked if applies(question) if (found := value(question, mark)) is not None]
        return mean_of(own) or "no answer"

    cells: dict[str, Cell] = {
        "CUS": mean(_is_general, lambda _, mark: mark.first),
        "CUS_best": mean(_is_general, lambda _, mark: mark.best),
        "RAW": mean(lambda question: question.raw is not None, lambda _, mark: mark.raw),
        "SPE": mean(_is_specific, lambda _, mark: mark.first),
        "SPE_best": mean(_is_specific, lambda _, mark: mark.best),
        "reference": mean(lambda question: bool(question.references), lambda _, mark: mark.first),
        "reference_best": mean(lambda question: bool(question.references), lambda _, mark: mark.best),
    }
    missing = [name for name in ("CUS", "RAW", "SPE") if isinstance(cells[name], str)]
    cells["average"] = (
        f"no {', '.join(missing)}" if missing else mean_of_means([_three(*each) for each in marked]) or "no answer"
    )
    cells |= _judged(sheet.model, {question.key for question in questions}, rankings, no_judge)
    for name, of in (("similarity", lambda mark: mark.cosine), ("chance", lambda mark: mark.chance)):
        is_line = any(question.kind == "story" for question in questions)
        told = mean(_is_line, lambda _, mark, of=of: of(mark), "no lines")  # type: ignore[misc]
        cells[name] = no_encoder if no_encoder is not None and is_line else told
    for fault in FAULTS:
        cells[fault] = share_of([fault in mark.faults for _, mark in marked]) or "no answer"
    return Score(len(questions), len(marked), empty, {name: cells[name] for name in MEASURES})


def _judged(model: str, keys: set[Key], rankings: Iterable[Ranking], no_judge: str | None) -> dict[str, Cell]:
    own = standings(each for each in rankings if each.question in keys).get(model)
    if own is None:
        return dict.fromkeys(("win_rate", "rank", "first"), no_judge or "not ranked")
    return {"win_rate": own.win_rate, "rank": own.rank, "first": own.first}


def _is_general(question: Question) -> bool:
    return question.kind == "general" and bool(question.references)


def _is_specific(question: Question) -> bool:
    return question.kind in ("script_based", "script_agnostic") and bool(question.references)


def _is_line(question: Question) -> bool:
    return question.kind == "story"


def _three(question: Question, mark: Mark) -> tuple[float | None, float | None, float | None]:
    return (
        mark.first if _is_general(question) else None,
        mark.raw,
        mark.first if _is_specific(question) else None,
    )
