"""Many statements made fewer, group by group, until a prompt has room for all of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.generate.effort import evenly
from dramaturg.generate.evidence import STAGE, statement_fault
from dramaturg.generate.statements import SceneRef, Statement, take_citations
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.script import Span
from dramaturg.text import count_tokens
from prompts import load_prompt

__all__ = ["Group", "Numbered", "has_room", "numbered", "plan_groups", "read_groups", "rest_on", "spans_of"]

_PROMPT = "profile_merge"
_MOST_OF_A_GROUP = 20
_TOKENS_A_STATEMENT = 70

Numbered = Mapping[int, Statement]
"""Statements by the numbers that a prompt shows them with."""


@dataclass(frozen=True, slots=True)
class Group:
    """Statements, and the request that makes at most `count` of them; None for one alone, which stays."""

    statements: Numbered
    count: int
    request: Request | None


def has_room(statements: Iterable[Statement], budget: int) -> bool:
    """Whether a prompt may show them all, `budget` being in cl100k tokens."""
    return sum(map(_size, statements)) <= budget


def numbered(statements: Numbered) -> str:
    """Statements as a prompt shows them."""
    return "\n".join(f"[{number}] {statement.text}" for number, statement in statements.items())


def plan_groups(
    character: Character, statements: Sequence[Statement], spans: Mapping[SceneRef, Span], budget: int, as_json: bool
) -> list[Group]:
    """The statements in groups of at most `budget` tokens, a new one with a new source once one is half full: so those
    of a source are asked about as before where another source comes in. Each is to become half as many, and at most 20;
    where a group is too long for a model, of every second one of it."""
    prompt = load_prompt(character.language, _PROMPT)

    def request(shown: Numbered, count: int) -> Request:
        messages = prompt.render(
            as_json, role=character.name, work=character.work, statements=numbered(shown), count=count
        )
        return Request(
            prompt.name,
            messages,
            count * _TOKENS_A_STATEMENT,
            schema=prompt.schema(count) if as_json else None,
            context=spans_of(shown.values(), spans),
            shorter=(lambda: request(dict(list(shown.items())[::2]), (count + 1) // 2)) if len(shown) > 1 else None,
        )

    groups = []
    for group in _groups(statements, budget):
        shown = dict(enumerate(group, 1))
        count = min((len(group) + 1) // 2, _MOST_OF_A_GROUP)
        groups.append(Group(shown, count, request(shown, count) if len(group) > 1 else None))
    return groups


def read_groups(
    character: Character, groups: Iterable[Group], outcomes: Iterable[Answer | Failure], budget: int
) -> tuple[list[Statement], list[Rejected], list[Malformed]]:
    """What the groups, of which those with a request have an outcome, have become.

    Reasons for a statement to go: `ungrounded`, it cites none that was shown; `over_count`, more than asked for; those
    of `statement_fault`; and `unmerged`, of those that there were, every other where no answer could be used.
    """
    fields = load_prompt(character.language, _PROMPT).fields
    statements: list[Statement] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    answers = iter(outcomes)
    for group in groups:
        answer = None if group.request is None else next(answers)
        kept: list[Statement] = []
        if isinstance(answer, Answer):
            parsed = read_items(answer.text, fields, answer.is_cut)
            malformed += [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
            for item in parsed.items:
                text, numbers = take_citations(item["statement"])
                cited = [group.statements[number] for number in numbers if number in group.statements]
                reason = statement_fault(text, character.language, budget) or (None if cited else "ungrounded")
                reason = reason or ("over_count" if len(kept) == group.count else None)
                if reason:
                    rejected.append(Rejected(STAGE, reason, text))
                else:
                    kept.append(Statement(text, rest_on(cited)))
        before = list(group.statements.values())
        if not kept:
            places = evenly(range(len(before)), group.count)
            kept = [before[place] for place in places]
            rejected += [
                Rejected(STAGE, "unmerged", each.text) for place, each in enumerate(before) if place not in places
            ]
        statements += kept
    return statements, rejected, malformed


def rest_on(statements: Iterable[Statement]) -> tuple[SceneRef, ...]:
    """The scenes that any of the statements rests on, each once."""
    return tuple(dict.fromkeys(scene for statement in statements for scene in statement.scenes))


def spans_of(statements: Iterable[Statement], spans: Mapping[SceneRef, Span]) -> tuple[Span, ...]:
    """The passages that statements rest on."""
    return tuple(spans[scene] for scene in rest_on(statements))


def _size(statement: Statement) -> int:
    return count_tokens(f"[1000] {statement.text}\n")


def _groups(statements: Iterable[Statement], budget: int) -> Iterator[list[Statement]]:
    group: list[Statement] = []
    filled = 0
    for statement in statements:
        size = _size(statement)
        is_other_source = bool(group) and _source(group[-1]) != _source(statement)
        if group and (filled + size > budget or (is_other_source and filled > budget // 2)):
            yield group
            group, filled = [], 0
        group.append(statement)
        filled += size
    if group:
        yield group


def _source(statement: Statement) -> str | None:
    return statement.scenes[0].source if statement.scenes else None
