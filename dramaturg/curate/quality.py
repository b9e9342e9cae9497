"""A model's judgement of the kept rows, and what shows whether the judge can be believed.

The three questions are those of RoleLLM's review of quality (arXiv 2310.00746): does it answer, does it reflect the
role's style, is it correct. Some rows are asked about twice, and some with an answer that is to no question; of two
answers to one instruction the better one is asked for in both orders.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, TypeVar

from dramaturg.character import Character
from dramaturg.curate.cited import Work, fitting, half_of, text_of
from dramaturg.curate.filter import Curated
from dramaturg.generate.profile import Profile
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene
from dramaturg.script import Span
from dramaturg.text import Language, words
from dramaturg.workspace import digest
from prompts import load_prompt

__all__ = [
    "STAGE",
    "Comparison",
    "Judgement",
    "Kind",
    "Planned",
    "PlannedComparison",
    "Row",
    "Trial",
    "Verdicts",
    "plan_comparisons",
    "plan_judgements",
    "read_comparisons",
    "read_judgements",
    "rows_to_judge",
    "verdicts",
]

STAGE = "judged"

Kind = Literal["dialogue", "triplet", "boundary", "general"]
Trial = Literal["row", "again", "off_topic"]
"""What is asked about: the row as it is; the same once more; its question with an answer that is to none."""

_SHARE = 5
"""One row of so many is asked about again, one with another answer, and there is one comparison."""
_BUDGET = 1500  # cl100k tokens of the work in a prompt
_MOST_TOKENS = 300
_AGAIN = 0.7
"""The temperature at which a row is asked about again: at 0 a judge that cannot tell repeats itself all the same."""

_Plan = TypeVar("_Plan")
_Record = TypeVar("_Record")

_OFF_TOPIC: Mapping[Language, Sequence[str]] = {
    "zh": (
        "下月起，各部门的报销单一律改用电子版，纸质的不再受理。",
        "本次列车晚点约四十分钟，请旅客在候车室耐心等候。",
        "面团盖上湿布醒二十分钟，再擀成薄片下锅。",
        "打印机缺纸的时候，面板上的橙色指示灯会连闪三次。",
        "周末东部有小雨，最低气温比前一日下降三到五度。",
    ),
    "en": (
        "As of next month, expense reports are to be filed online, and paper forms will be returned.",
        "The train from platform four is running about forty minutes late this morning.",
        "Cover the dough with a damp cloth for twenty minutes, then roll it out thin.",
        "If the printer is out of paper, the orange light on the panel blinks three times.",
        "Light rain is expected in the east at the weekend, with lows some five degrees down.",
    ),
}
"""What nobody of a story says to anybody: a judge that takes it for an answer takes anything."""


@dataclass(frozen=True, slots=True)
class Row:
    """What of a kept record is judged: its first question and answer. `request` and `item` are where the answer came
    from, `asker` is None where nobody in particular asks; `lines` are what it cites, else `context` what it was made
    from."""

    kind: Kind
    request: str
    item: int
    asker: str | None
    question: str
    answer: str
    context: tuple[Span, ...]
    lines: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of the row of a `kind` whose answer is the `item` of `judged_request`; 1 to 5 for its style.

    `correct` is unknown where nothing that the judge knows or was shown settles it. `context` are the passages that it
    was shown.
    """

    kind: Kind
    judged_request: str
    item: int
    trial: Trial
    answers: Literal["yes", "no"]
    style: Literal["yes", "no"]
    correct: Literal["yes", "no", "unknown"]
    score: int
    reason: str
    model: str
    prompt: str
    request: str
    context: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which of two answers to an instruction a model prefers. `first` and `second` are the requests that they came
    from, in the order in which it was shown them."""

    first: str
    second: str
    better: Literal["first", "second", "tie"]
    reason: str
    model: str
    prompt: str
    request: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A request for a judgement of a row."""

    request: Request
    row: Row
    trial: Trial


@dataclass(frozen=True, slots=True)
class PlannedComparison:
    """A request that shows two rows' answers in this order."""

    request: Request
    first: Row
    second: Row


Verdicts = Mapping[tuple[Kind, str, int], Judgement]
"""The judgements of rows as they are, by kind, request and item."""


def verdicts(judgements: Iterable[Judgement]) -> Verdicts:
    return {(each.kind, each.judged_request, each.item): each for each in judgements if each.trial == "row"}


# --- which rows -------------------------------------------------------------------------------------------------


def rows_to_judge(kept: Iterable[Curated]) -> list[Row]:
    """The kept records as they are judged, of several answers to an instruction the first, as its row has them."""
    return [rows[0] for rows in _rows(kept).values()]


def plan_judgements(
    character: Character, profile: Profile, kept: Iterable[Curated], scenes: Iterable[Scene], sample: int, as_json: bool
) -> list[Planned]:
    """Requests about `sample` rows, one of each kind in turn, drawn by the hash of what each came from: a larger sample
    has the same ones and others. What is asked about a row hangs on nothing but the row, the profile, and the scenes
    that it cites.

    One row of five is asked about again at temperature 0.7, another of five with an answer that is to no question.
    Shown are at most 1500 cl100k tokens of the work: the scenes that hold the lines that a row cites, else what the row
    was made from; half of that where it is too long for a model, down to a single line.
    """
    language = character.language
    prompt = load_prompt(language, "judge")
    work = Work(scenes)

    def request(row: Row, answer: str, parts: Sequence[Scene], trial: Trial) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            profile=profile.text(language),
            passages=text_of(parts, language),
            asker=row.asker or "",
            question=row.question,
            answer=answer,
        )
        less = half_of(parts, row.lines)
        return Request(
            prompt.name,
            messages,
            _MOST_TOKENS,
            _AGAIN if trial == "again" else 0.0,
            prompt.schema() if as_json else None,
            int(trial == "again"),
            context=tuple(part.span for part in parts),
            shorter=(lambda: request(row, answer, less, trial)) if less else None,
        )

    planned = []
    for row in _sampled(rows_to_judge(kept), sample):
        found = work.around(row.lines) if row.lines else work.within(row.context)
        parts = fitting(found, row.lines, language, _BUDGET)
        off_topic = _OFF_TOPIC[language]
        trials: dict[Trial, str] = {"row": row.answer}
        if _number(row) % _SHARE == 0:
            trials["again"] = row.answer
        elif _number(row) % _SHARE == 1:
            trials["off_topic"] = off_topic[_number(row) // _SHARE % len(off_topic)]
        planned += [Planned(request(row, answer, parts, trial), row, trial) for trial, answer in trials.items()]
    return planned


def plan_comparisons(
    character: Character, profile: Profile, kept: Iterable[Curated], sample: int, as_json: bool
) -> list[PlannedComparison]:
    """Two requests each for a fifth as many pairs as rows are judged: the first answer to an instruction, and the next
    that is in other words, in both orders, one behind the other. A larger sample has the same ones and others."""
    language = character.language
    prompt = load_prompt(language, "compare")

    def request(first: Row, second: Row) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            profile=profile.text(language),
            asker=first.asker or "",
            question=first.question,
            one=first.answer,
            other=second.answer,
        )
        return Request(prompt.name, messages, _MOST_TOKENS, schema=prompt.schema() if as_json else None)

    pairs = []
    for first, *others in _rows(kept).values():
        second = next((each for each in others if words(each.answer) != words(first.answer)), None)
        if second is not None:
            pairs.append((first, second))
    pairs.sort(key=lambda pair: _number(pair[0]))
    return [
        PlannedComparison(request(*order), *order)
        for pair in pairs[: -(-sample // _SHARE)]
        for order in (pair, pair[::-1])
    ]


def _rows(kept: Iterable[Curated]) -> dict[tuple[str, ...], list[Row]]:
    """The kept records, those together that stand in one row of the dataset."""
    rows: dict[tuple[str, ...], list[Row]] = {}
    for each in kept:
        if each.dialogue is not None:
            talk = each.dialogue
            row = Row("dialogue", talk.request, 0, talk.user, talk.question.text, talk.answer, talk.context)
        elif each.general is not None:
            said = each.general
            row = Row("general", said.request, 0, None, said.instruction.text, said.answer, said.context)
            place = ("general", said.instruction.id, said.instruction.text, said.mode, said.prompt, said.model)
            rows.setdefault(place, []).append(row)
            continue
        else:
            triplet = each.triplet or each.boundary
            assert triplet is not None
            kind: Kind = "triplet" if each.triplet else "boundary"
            row = Row(
                *(kind, triplet.request, triplet.item, None, triplet.question, triplet.answer),
                *(triplet.context, triplet.lines),
            )
        rows.setdefault((row.kind, row.request, str(row.item)), []).append(row)
    return rows


def _sampled(rows: Iterable[Row], count: int) -> list[Row]:
    """`count` rows, one of each kind in turn as long as there is one."""
    by_kind: dict[Kind, list[Row]] = {"dialogue": [], "triplet": [], "boundary": [], "general": []}
    for row in sorted(rows, key=_number):
        by_kind[row.kind].append(row)
    return [row for turn in zip_longest(*by_kind.values()) for row in turn if row is not None][:count]


def _number(row: Row) -> int:
    """A number by which rows are drawn, the same wherever the row is."""
    return int(digest(STAGE, row.kind, row.request, row.item), 16)


# --- what is read -----------------------------------------------------------------------------------------------


def read_judgements(
    character: Character, planned: Iterable[Planned], outcomes: Iterable[Answer | Failure]
) -> tuple[list[Judgement], list[Rejected], list[Malformed]]:
    """The judgements of the answers, at most one each; `over_count` is another in the same answer."""

    def judgement(plan: Planned, item: Mapping[str, Any], answer: Answer) -> Judgement:
        told = {**item, "score": int(item["score"])}
        place = (plan.row.kind, plan.row.request, plan.row.item, plan.trial)
        return Judgement(
            *place, **told, model=answer.model, prompt=answer.prompt, request=answer.key, context=answer.context
        )

    return _read(character.language, "judge", zip(planned, outcomes, strict=True), judgement)


def read_comparisons(
    character: Character, planned: Iterable[PlannedComparison], outcomes: Iterable[Answer | Failure]
) -> tuple[list[Comparison], list[Rejected], list[Malformed]]:
    """The comparisons of the answers, at most one each; `over_count` is another in the same answer."""

    def comparison(plan: PlannedComparison, item: Mapping[str, Any], answer: Answer) -> Comparison:
        pair = (plan.first.request, plan.second.request)
        return Comparison(*pair, **item, model=answer.model, prompt=answer.prompt, request=answer.key)

    return _read(character.language, "compare", zip(planned, outcomes, strict=True), comparison)


def _read(
    language: Language,
    prompt: str,
    answered: Iterable[tuple[_Plan, Answer | Failure]],
    made: Callable[[_Plan, Mapping[str, Any], Answer], _Record],
) -> tuple[list[_Record], list[Rejected], list[Malformed]]:
    fields = load_prompt(language, prompt).fields
    kept: list[_Record] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    for plan, answer in answered:
        if not isinstance(answer, Answer):
            continue
        parsed = read_items(answer.text, fields, answer.is_cut)
        malformed += [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
        records = [made(plan, item, answer) for item in parsed.items]
        kept += records[:1]
        rejected += [Rejected(STAGE, "over_count", record) for record in records[1:]]
    return kept, rejected, malformed
