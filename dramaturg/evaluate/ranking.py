"""A model as judge: it puts the answers of several models to one question in order, by style and by knowledge of the
role (RoleLLM, arXiv 2310.00746), and what shows whether it can be believed.

Each question is asked about in several orders of the answers, in pairs of an order and its reverse, each model coming
first equally often. A judge that looks at where an answer stands, not at what it says, prefers another model when two
change places: its agreement with itself is near 0, and every model's win rate near a half.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations
from math import factorial
from random import Random
from typing import TypeVar

from dramaturg.evaluate.intervals import SEED, Mean, mean_of
from dramaturg.evaluate.questions import Question, Role
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed
from dramaturg.text import Language, count_tokens
from prompts import load_prompt

__all__ = [
    "FEWEST",
    "MOST",
    "Agreement",
    "Planned",
    "Ranking",
    "Standing",
    "agreement_of",
    "is_ranking",
    "orders",
    "plan_rankings",
    "read_rankings",
    "standings",
]

FEWEST, MOST = 2, 8
"""How many models can be put in order."""

_LETTERS = "ABCDEFGH"
_NAMED = re.compile(r"(?<![A-Za-z])[A-H](?![A-Za-z])")
_SHOWN_TOKENS = 400  # of an answer
_TOKENS_A_MODEL = 120
_TOKENS_BESIDE = 60

Order = tuple[str, ...]
_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Planned:
    """A request for a ranking of the answers to a question, shown in this order of models. An answer that several
    models gave is shown once; `same` are those, by the one in the order."""

    request: Request
    question: Question
    order: Order
    same: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the judge says of the answers to a question that it was shown in an order: each model's rank, 1 the best;
    two may have the same, and have it where they said the same: then one of them stands in the order."""

    question: tuple[str, str]
    order: Order
    ranks: Mapping[str, int]
    reasons: Mapping[str, str]
    model: str
    prompt: str
    request: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model fares over all questions that it is ranked at. `win_rate` is the share of the other models' answers
    that its own is put before, a tie being half of one; `rank` its average, ties sharing theirs; `first` how often none
    is before it, ties sharing that."""

    win_rate: Mean
    rank: Mean
    first: Mean


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the judge says the same of two models when their places are changed: the share of such pairs of verdicts,
    over `questions`; None where nothing is shown in two orders. `firsts` is how often the best stood at each place,
    ties sharing it, from the first place on; `ties` the share of pairs of models that it does not tell apart."""

    share: Mean | None
    firsts: Sequence[float] = field(default=())
    ties: float = 0.0


# --- what is asked ----------------------------------------------------------------------------------------------


def orders(models: Sequence[str], number: int, most: int) -> list[Order]:
    """At most `most` orders for the question of this number, all where there are no more than that: an order and its
    reverse, the next two, and so on. Over as many questions as there are models each is first equally often."""
    size = len(models)
    if most >= factorial(size):
        return list(permutations(models))
    draw = Random(f"{SEED} {number // size}")
    found: dict[Order, None] = {}
    while len(found) < most:
        shuffled = draw.sample(list(models), size)
        turned = tuple(shuffled[number % size :] + shuffled[: number % size])
        found |= {turned: None, turned[::-1]: None}
    return list(found)[:most]


def plan_rankings(
    roles: Mapping[str, Role],
    questions: Iterable[Question],
    answers: Mapping[str, Mapping[tuple[str, str], str]],
    most: int,
    as_json: bool,
) -> list[Planned]:
    """Requests about every question that has two different answers at least, `most` orders of each. `answers` are by
    model and by question, none of them empty. The models are called by letters, in the order shown."""
    planned: list[Planned] = []
    for number, question in enumerate(questions):
        by_answer: dict[str, list[str]] = {}
        for model in sorted(answers):
            if (answer := answers[model].get(question.key)) is not None:
                by_answer.setdefault(answer, []).append(model)
        if len(by_answer) < FEWEST:
            continue
        own = {models[0]: answer for answer, models in by_answer.items()}
        same = {models[0]: models for models in by_answer.values()}
        role = roles[question.character_id]
        for order in orders(sorted(own), number, most):
            shown = [(letter, own[model]) for letter, model in zip(_LETTERS, order, strict=False)]
            planned.append(Planned(_request(role, question, shown, as_json), question, order, same))
    return planned


def _request(role: Role, question: Question, shown: Sequence[tuple[str, str]], as_json: bool) -> Request:
    character, language = role.character, role.character.language
    prompt = load_prompt(language, "rank")
    letters = [letter for letter, _ in shown]
    told = "【{}】\n{}" if language == "zh" else "[{}]\n{}"
    messages = prompt.render(
        as_json,
        role=character.name,
        work=character.work,
        profile=role.profile.text(language),
        question=question.turns[-1]["content"],
        reference=question.references[0] if question.references else question.raw or "",
        answers="\n\n".join(told.format(letter, _cut(answer)) for letter, answer in shown),
        names=("、" if language == "zh" else ", ").join(letters),
        count=len(shown),
    )
    ranks = [str(rank) for rank in range(1, len(shown) + 1)]
    schema = prompt.schema(len(shown), model=letters, rank=ranks) if as_json else None
    if schema is not None:  # a small model stops after the one that the form shows
        schema["schema"]["properties"]["items"]["minItems"] = len(shown)
    return Request(prompt.name, messages, _TOKENS_BESIDE + _TOKENS_A_MODEL * len(shown), schema=schema)


def _cut(answer: str) -> str:
    """An answer no longer than a judge has to read: one that a model went on with for ever fills no prompt."""
    while count_tokens(answer) > _SHOWN_TOKENS:
        answer = answer[: len(answer) * 9 // 10].rstrip() + "…"
    return answer


# --- what is read -----------------------------------------------------------------------------------------------


def read_rankings(
    roles: Mapping[str, Role], planned: Iterable[Planned], outcomes: Iterable[Answer | Failure]
) -> tuple[list[Ranking], list[Malformed]]:
    """The rankings that name every model once; of the others, what was said."""
    found: list[Ranking] = []
    malformed: list[Malformed] = []
    for plan, answer in zip(planned, outcomes, strict=True):
        if not isinstance(answer, Answer):
            continue
        fields = load_prompt(roles[plan.question.character_id].character.language, "rank").fields
        items = read_items(answer.text, fields, answer.is_cut).items
        by_letter = dict(zip(_LETTERS, plan.order, strict=False))
        named = [(_letter(item["model"], by_letter), item) for item in items]
        ranks = {by_letter[letter]: int(item["rank"]) for letter, item in named if letter is not None}
        is_whole = len(named) == len(ranks) == len(plan.order) and max(ranks.values()) <= len(plan.order)
        if not is_whole:
            malformed.append(Malformed(answer.key, answer.prompt, answer.text))
            continue
        reasons = {by_letter[letter]: str(item["reason"]) for letter, item in named if letter is not None}
        ranks, reasons = _of_all(plan, ranks), _of_all(plan, reasons)
        found.append(
            Ranking(plan.question.key, plan.order, ranks, reasons, answer.model, answer.prompt, answer.key),
        )
    return found, malformed


def _of_all(plan: Planned, told: Mapping[str, _Told]) -> dict[str, _Told]:
    """What is told of an answer, for each model that gave it."""
    return {model: told[one] for one, models in plan.same.items() for model in models}


def is_ranking(language: Language) -> Callable[[Answer], bool]:
    """A function of an answer: whether it ranks models, each of those that come before the last one named."""
    fields = load_prompt(language, "rank").fields

    def is_one(answer: Answer) -> bool:
        items = read_items(answer.text, fields, answer.is_cut).items
        known = dict.fromkeys(_LETTERS[: len(items)], "")
        return len(items) >= FEWEST and {_letter(item["model"], known) for item in items} == known.keys()

    return is_one


def _letter(told: str, known: Mapping[str, str]) -> str | None:
    """The one model that a name is meant to be."""
    named = set(_NAMED.findall(told.upper() if len(told) == 1 else told)) & known.keys()
    return named.pop() if len(named) == 1 else None


# --- what it comes to -------------------------------------------------------------------------------------------


def standings(rankings: Iterable[Ranking]) -> dict[str, Standing]:
    """How each model fares. A question counts once, however many orders it was asked about in."""
    won: dict[str, dict[tuple[str, str], list[tuple[float, float, float]]]] = {}
    for each in rankings:
        for model, rank in each.ranks.items():
            others = [other for name, other in each.ranks.items() if name != model]
            before, level = sum(other < rank for other in others), sum(other == rank for other in others)
            wins = (len(others) - before - level / 2) / len(others)
            told = (wins, 1 + before + level / 2, 0.0 if before else 1 / (1 + level))
            won.setdefault(model, {}).setdefault(each.question, []).append(told)
    found: dict[str, Standing] = {}
    for model, by_question in won.items():
        rows = [[_average(column) for column in zip(*told, strict=True)] for told in by_question.values()]
        means = [mean for place in range(3) if (mean := mean_of([row[place] for row in rows])) is not None]
        found[model] = Standing(*means)
    return found


def agreement_of(rankings: Sequence[Ranking]) -> Agreement:
    """How far the judge agrees with itself, two models' places being changed."""
    by_question: dict[tuple[str, str], list[Ranking]] = {}
    for each in rankings:
        by_question.setdefault(each.question, []).append(each)
    shares: list[float] = []
    for own in by_question.values():
        same = [
            float(_prefers(one, *pair) == _prefers(other, *pair))
            for one, other in combinations(own, 2)
            for pair in combinations(sorted({*one.order} & {*other.order}), 2)
            if _stands_before(one, *pair) != _stands_before(other, *pair)
        ]
        if same:
            shares.append(_average(same))
    pairs = [_prefers(each, *pair) for each in rankings for pair in combinations(sorted(each.order), 2)]
    return Agreement(mean_of(shares), _firsts(rankings), pairs.count(0) / len(pairs) if pairs else 0.0)


def _firsts(rankings: Sequence[Ranking]) -> list[float]:
    """How often the best of as many as most rankings have stood at each place."""
    sizes = Counter(len(each.order) for each in rankings)
    size = max(sizes, key=lambda each: (sizes[each], each), default=0)
    counts = [0.0] * size
    for each in rankings:
        if len(each.order) == size:
            best = [place for place, model in enumerate(each.order) if each.ranks[model] == min(each.ranks.values())]
            for place in best:
                counts[place] += 1 / len(best)
    return [count / sizes[size] for count in counts]


def _prefers(ranking: Ranking, one: str, other: str) -> int:
    """1 where the one is put before the other, -1 where behind it, 0 where neither."""
    return (ranking.ranks[one] < ranking.ranks[other]) - (ranking.ranks[one] > ranking.ranks[other])


def _stands_before(ranking: Ranking, one: str, other: str) -> bool:
    return ranking.order.index(one) < ranking.order.index(other)


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)
