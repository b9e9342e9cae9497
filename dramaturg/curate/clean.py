"""A role-play dataset made elsewhere, cleaned: what can be repaired is, what is wrong goes, each with its reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from typing import Any

from dramaturg.curate.foreign import ForeignRow
from dramaturg.curate.near import Row, best_of
from dramaturg.curate.rules import Rules, tidied
from dramaturg.curate.structure import talk_faults
from dramaturg.text import Language, words

__all__ = ["Cleaned", "Dropped", "clean"]

_CHUNK = 2_000
_ALONE = 10_000
"""Up to so many rows a second process is not worth its start."""
_OF_SOME_LENGTH: dict[Language, int] = {"zh": 10, "en": 6}
"""Words of an answer that nobody gives twice by chance."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What goes, by the number of its row: the `row`, or one of its `answer`s or later `turn`s. `of` is the row that it
    repeats."""

    row: int
    reason: str
    part: str
    content: Any
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The rows kept, in order, all that goes, and how many rows had what repaired in them."""

    kept: list[ForeignRow]
    dropped: list[Dropped]
    repaired: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Looked:
    row: ForeignRow | None
    dropped: tuple[Dropped, ...]
    repaired: tuple[str, ...]


def clean(rows: Iterable[ForeignRow | tuple[int, Any]]) -> Cleaned:
    """Row by row by the rules, then duplicates across all of them: of a question with its answer, wherever; of an
    answer of some length to other questions, within a role.

    Reasons: `unreadable`, no row of the three forms; those of `talk_faults`; those of `Rules.fault`; `after_dropped`,
    said after a turn that goes; `duplicate`, `near_duplicate`, `repeated_answer`.
    """
    found: list[ForeignRow] = []
    dropped: list[Dropped] = []
    for row in rows:
        if isinstance(row, ForeignRow):
            found.append(row)
        else:
            dropped.append(Dropped(row[0], "unreadable", "row", row[1]))
    kept: list[ForeignRow] = []
    repaired: Counter[str] = Counter()
    for looked in _look_at_all([(row, target) for row, target in zip(found, _targets(found), strict=True)]):
        dropped += looked.dropped
        if looked.row is not None:
            kept.append(looked.row)
            repaired.update(looked.repaired)
    kept, repeated = _without_repeated(kept)
    dropped += repeated
    return Cleaned(kept, sorted(dropped, key=lambda each: each.row), repaired)


def _targets(rows: Sequence[ForeignRow]) -> Iterator[str | None]:
    """Who is to speak in each row: who most often does in those of the same target."""
    spoken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.target is not None:
            spoken[row.target][row.agent] += 1
    names = {target: counted.most_common(1)[0][0] for target, counted in spoken.items()}
    return (None if row.target is None else names[row.target] for row in rows)


def _look_at_all(rows: Sequence[tuple[ForeignRow, str | None]]) -> Iterator[_Looked]:
    if len(rows) <= _ALONE:
        yield from _look_at(rows)
        return
    chunks = (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for looked in pool.map(_look_at, chunks):
            yield from looked


def _look_at(rows: Iterable[tuple[ForeignRow, str | None]]) -> list[_Looked]:
    return [_looked(row, target) for row, target in rows]


def _looked(given: ForeignRow, target: str | None) -> _Looked:
    """A row by itself: repaired, cut where a later turn is wrong, without wrong answers; None where nothing is left."""
    language = given.language
    row = replace(
        given,
        question=tidied(given.question, language),
        answers=tuple(tidied(each, language) for each in given.answers),
        more=tuple((role, tidied(text, language)) for role, text in given.more),
    )
    if faults := talk_faults(_turns(row)[:2], row.agent, target, language):
        return _gone(row, faults[0])
    rules = _rules(row.agent, language)
    wrong = {number: fault for number, each in enumerate(row.answers) if (fault := rules.fault(row.question, each))}
    if len(wrong) == len(row.answers):
        return _gone(row, wrong[0])
    dropped = [Dropped(row.number, fault, "answer", row.answers[number]) for number, fault in wrong.items()]
    row = replace(row, answers=tuple(each for number, each in enumerate(row.answers) if number not in wrong))
    until, fault = _sound_turns(row, rules, language)
    if fault is not None:
        reasons = [fault, *["after_dropped"] * (len(row.more) - until - 1)]
        dropped += [
            Dropped(row.number, reason, "turn", f"{role}:{text}")
            for reason, (role, text) in zip(reasons, row.more[until:], strict=True)
        ]
        row = replace(row, more=row.more[:until])
    repaired = {
        "white_space": (row.question, row.answers[0]) != (given.question, given.answers[0]) and not wrong,
        "list_type": isinstance(given.given.get("type"), list),
    }
    return _Looked(row, tuple(dropped), tuple(name for name, is_so in repaired.items() if is_so))


def _gone(row: ForeignRow, reason: str) -> _Looked:
    return _Looked(None, (Dropped(row.number, reason, "row", row.given),), ())


def _turns(row: ForeignRow) -> list[tuple[str, str]]:
    return [(row.user, row.question), (row.agent, row.answers[0]), *row.more]


def _sound_turns(row: ForeignRow, rules: Rules, language: Language) -> tuple[int, str | None]:
    """How many of the later turns are sound, and what is wrong with the one behind them."""
    turns = _turns(row)
    for place, (role, text) in enumerate(row.more):
        faults = talk_faults(turns[place + 1 : place + 3], None, None, language)
        fault = faults[0] if faults else rules.fault(turns[place + 1][1], text) if role == row.agent else None
        if fault is not None:
            return place, fault
    return len(row.more), None


@cache
def _rules(agent: str, language: Language) -> Rules:
    return Rules(language, (agent,))


def _without_repeated(rows: Sequence[ForeignRow]) -> tuple[list[ForeignRow], list[Dropped]]:
    """The rows that repeat none, and those that do. Of like ones that with most answers is kept, then the longest."""
    by_key = {str(row.number): row for row in rows}
    found = best_of(Row(key, _pair(row), (len(row.answers), len(_pair(row)))) for key, row in by_key.items())
    dropped = [
        Dropped(by_key[key].number, reason, "row", by_key[key].given, by_key[kept].number)
        for key, (kept, reason) in found.items()
    ]
    kept: list[ForeignRow] = []
    known: dict[tuple[str, tuple[str, ...]], int] = {}
    for key, row in by_key.items():
        if key in found:
            continue
        said = tuple(words(row.answers[0]))
        first = known.setdefault((row.agent, said), row.number)
        if first != row.number and len(said) >= _OF_SOME_LENGTH[row.language]:
            dropped.append(Dropped(row.number, "repeated_answer", "row", row.given, first))
        else:
            kept.append(row)
    return kept, dropped


def _pair(row: ForeignRow) -> str:
    return f"{row.question}\n{row.answers[0]}"
