"""An evaluation as a whole: who was asked what, what came of it, and its scores by role and by kind of question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dramaturg.evaluate.intervals import RESAMPLES, SEED
from dramaturg.evaluate.questions import GENERALIZATIONS, KINDS, Question, Role
from dramaturg.evaluate.ranking import Agreement, Ranking, agreement_of
from dramaturg.evaluate.scores import Key, Mark, Score, Sheet, score

__all__ = ["Evaluation", "Judged"]

_BY_LOT = 0.5
"""How often one who tosses a coin says the same twice."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was asked of the judge: asked = answered + failed, answered = rankings + malformed. `model` is None where
    nobody judged, and `why_not` says why."""

    model: str | None = None
    why_not: str | None = None
    orders: int = 0
    asked: int = 0
    failed: int = 0
    malformed: int = 0
    rankings: Sequence[Ranking] = field(default=())


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Answers of some models to some questions, and how they are measured. `encoder` is what makes vectors; None where
    there is none, and `no_encoder` says why. `remarks` are what was found beside that."""

    roles: Mapping[str, Role]
    questions: Sequence[Question]
    sheets: Sequence[Sheet]
    marks: Mapping[str, Mapping[Key, Mark]]
    judged: Judged
    encoder: str | None = None
    no_encoder: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def several_references(self) -> bool:
        return any(len(question.references) > 1 for question in self.questions)

    @property
    def agreement(self) -> Agreement:
        return agreement_of(self.judged.rankings)

    def scores(self, questions: Sequence[Question]) -> dict[str, Score]:
        """Each model's over these questions."""
        return {
            sheet.model: score(
                questions,
                sheet,
                self.marks[sheet.model],
                self.judged.rankings,
                self.judged.why_not,
                None if self.no_encoder is None else "no encoder",
            )
            for sheet in self.sheets
        }

    def groups(self) -> dict[str, dict[str, list[Question]]]:
        """The questions by what they tell of, by role and by kind. A role without any has an empty list."""
        told = {of: [each for each in self.questions if of in each.of] for of in GENERALIZATIONS}
        kinds = {kind: [each for each in self.questions if each.kind == kind] for kind in KINDS}
        return {
            "generalization": {of: own for of, own in told.items() if own},
            "role": {name: [each for each in self.questions if each.character_id == name] for name in self.roles},
            "kind": {kind: own for kind, own in kinds.items() if own},
        }

    def notes(self) -> Iterator[str]:
        """What a reader of the tables has to know: what is missing, and whether the judge can be believed."""
        yield from self.remarks
        asked = len(self.questions)
        for name, own in self.groups()["role"].items():
            if not own:
                yield f"{name}: no test rows, so nothing is said of it"
        for sheet in self.sheets:
            said = len(self.marks[sheet.model])
            empty = sum(question.key in sheet.answers for question in self.questions) - said
            if empty:
                yield f"{sheet.model}: {empty:,} of {asked:,} answers have no word in them, and are not scored"
            if missing := asked - said - empty:
                yield f"{sheet.model}: {missing:,} of {asked:,} questions have no answer, and are not scored"
            yield from (f"{sheet.model}: {remark}" for remark in sheet.remarks)
        if lacking := sum(not question.references for question in self.questions):
            yield f"{lacking:,} of {asked:,} questions have no reference, and no ROUGE-L against one"
        yield from self._on_judge()
        if self.no_encoder is not None:
            yield f"no similarity: {self.no_encoder}"

    def _on_judge(self) -> Iterator[str]:
        judged, agreement = self.judged, self.agreement
        if judged.model is None:
            yield f"no ranking: {judged.why_not}"
            return
        if judged.failed:
            yield f"the judge: {judged.failed:,} of {judged.asked:,} requests have no answer"
        if judged.malformed:
            yield f"the judge: {judged.malformed:,} of {judged.asked:,} answers are no ranking of all that were shown"
        if not judged.rankings:
            return
        if agreement.share is None:
            yield "the judge: nothing was shown in two orders, so nobody knows whether it goes by the order"
        elif (agreement.share.low or 0.0) <= _BY_LOT:
            yield (
                f"the judge agrees with itself in {agreement.share.value:.0%} of the pairs whose places were changed, "
                "no surer than one that draws lots: do not go by its win rates"
            )

    def to_json(self) -> dict[str, Any]:
        """All figures, in full."""
        agreement, judged = self.agreement, self.judged
        return {
            "evaluation": 1,
            "roles": {name: role.name for name, role in self.roles.items()},
            "models": [sheet.model for sheet in self.sheets],
            "questions": len(self.questions),
            "interval": {"level": 0.95, "bootstrap": RESAMPLES, "by": "question", "seed": SEED},
            "judge": {
                **{name: getattr(judged, name) for name in ("model", "why_not", "orders", "asked")},
                "answered": judged.asked - judged.failed,
                "failed": judged.failed,
                "malformed": judged.malformed,
                "rankings": len(judged.rankings),
                "agreement": agreement.share.to_json() if agreement.share else None,
                "best_by_place": list(agreement.firsts),
                "ties": agreement.ties,
            },
            "encoder": self.encoder,
            "notes": list(self.notes()),
            **{
                f"by_{name}": {
                    group: {model: _as_json(each) for model, each in self.scores(own).items()}
                    for group, own in groups.items()
                }
                for name, groups in self.groups().items()
            },
        }


def _as_json(each: Score) -> dict[str, Any]:
    cells = {name: {"none": cell} if isinstance(cell, str) else cell.to_json() for name, cell in each.cells.items()}
    counts = {name: getattr(each, name) for name in ("questions", "answered", "empty", "missing")}
    return {**counts, **cells}
