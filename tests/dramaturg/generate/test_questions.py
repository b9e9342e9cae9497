import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dramaturg.exchanges import Exchange, find_exchanges
from dramaturg.generate.profile import Profile
from dramaturg.generate.questions import Question, ask_questions, askers_of
from dramaturg.generate.rounds import Round, ask_in_rounds
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.text import count_tokens
from tests.characters import character, scene

SCENES = [
    scene(
        number,
        ("Ann Pike", f"What did you see at the ferry on day {number}?"),
        ("Ned Tull", f"Nothing but {number} herons and the rain."),
    )
    for number in range(8)
] + [scene(8, ("Ann Pike", "Well?"), ("Ned Tull", "No."))]
EXCHANGES, _ = find_exchanges(SCENES, "Ned Tull")


PEOPLE = ["Ann Pike", "Old Marlow"]


def answer(text: str, key: str = "k") -> Answer:
    return Answer(key, "m", "questions@2", text, False, 10, 10)


def asked(
    calls: int, say: Callable[[int], str], exchanges: Sequence[Exchange] = EXCHANGES
) -> tuple[tuple[list[Question], list[Rejected], list[Malformed]], list[Request]]:
    """What comes of so many calls, where the number of the request decides what is said."""
    requests: list[Request] = []

    def ask(made: Round) -> list[Answer]:
        requests.extend(made.requests)
        return [answer(say(request.sample), str(request.sample)) for request in made.requests]

    rounds = ask_questions(character("en"), Profile("You row."), exchanges, calls, 7, as_json=False)
    return ask_in_rounds(rounds, ask), requests


def block(*said: tuple[str, str]) -> str:
    return "\n".join(f"Question {number}: {text}\nSaid by: {who}" for number, (text, who) in enumerate(said, 1))


def test_each_request_shows_five_shots_of_its_own_none_too_short() -> None:
    _, requests = asked(3, lambda _: "")
    shown = [request.messages[-1]["content"] for request in requests]
    assert all(text.count("Question: ") == text.count("Answer: ") == 5 for text in shown)
    assert len(set(shown)) == 3
    assert not any("Well?" in text for text in shown)
    assert [request.sample for request in requests] == [0, 1, 2]
    assert requests == asked(3, lambda _: "")[1]


def test_those_who_ask_the_role_in_the_script_are_who_may_ask_and_nobody_else() -> None:
    others = [scene(9, ("Old Marlow", "Is it far to the other bank?"), ("Ned Tull", "As far as from it."))]
    exchanges, _ = find_exchanges([*SCENES, *others], "Ned Tull")
    assert askers_of(character("en"), exchanges) == PEOPLE
    assert askers_of(character("en"), []) == ["User"]
    (kept, rejected, _), requests = asked(
        1,
        lambda _: block(
            ("Do you like the rain?", "Old Marlow"),
            ("Who is the thief of the mill?", "Sherlock"),
            ("Shall I tell you a story, Ann?", "Ned"),
        ),
        exchanges,
    )
    assert "Ann Pike, Old Marlow." in requests[0].messages[0]["content"]
    assert [(question.text, question.asker) for question in kept] == [("Do you like the rain?", "Old Marlow")]
    assert [each.reason for each in rejected] == ["unknown_asker", "asked_by_role"]


def test_a_schema_allows_only_them() -> None:
    rounds = ask_questions(character("en"), Profile("You row."), EXCHANGES, 1, 7, as_json=True)
    schema = next(rounds).requests[0].schema
    assert schema is not None
    asker = schema["schema"]["properties"]["items"]["items"]["properties"]["asker"]
    assert asker == {"type": "string", "enum": ["Ann Pike"]}


def test_later_requests_show_what_the_first_ones_asked_and_more_calls_change_none() -> None:
    def say(sample: int) -> str:
        return block((f"What of the number {sample} and its {sample} brothers?", "Ann Pike"))

    _, requests = asked(9, say)
    assert not any("There are these already" in request.messages[-1]["content"] for request in requests[:5])
    shown = requests[5].messages[-1]["content"]
    assert "- What of the number 0 and its 0 brothers?" in shown
    assert "- What of the number 1 and its 1 brothers?" in shown
    assert "- What of the number 2" not in shown
    assert asked(30, say)[1][:9] == requests


def test_later_requests_wait_for_the_first_ones() -> None:
    rounds = ask_questions(character("en"), Profile("You row."), EXCHANGES, 9, 7, as_json=False)
    next(rounds)
    with pytest.raises(StopIteration):
        rounds.send([Failure("k", "questions@2", "no")] * 5)


def test_questions_are_kept_once_and_the_roles_own_go() -> None:
    texts = [
        "Do you like the rain on your boat?",
        "do you like the rain on your boat",
        'Ned: "Who is there at this hour?"',
        'Ann Pike: "Would you teach my boy to swim?"',
        "你怕不怕水？",
        "What did you see at the ferry on day 3?",
        "Is the mill still haunted, do you think?",
        "One more than was asked for, is it not?",
    ]
    (kept, rejected, malformed), _ = asked(1, lambda _: block(*((text, "Ann Pike") for text in texts)))
    assert [question.text for question in kept] == [
        "Do you like the rain on your boat?",
        "Would you teach my boy to swim?",
        "Is the mill still haunted, do you think?",
    ]
    assert [each.reason for each in rejected] == [
        "duplicate",
        "asked_by_role",
        "wrong_language",
        "duplicate",
        "over_count",
    ]
    assert malformed == []
    assert [question.item for question in kept] == [0, 3, 6]


@settings(max_examples=30)
@given(sizes=st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_the_shots_of_a_request_have_at_most_1500_tokens(sizes: list[int]) -> None:
    told = [scene(number, ("Ann Pike", "why " * size), ("Ned Tull", "so " * size)) for number, size in enumerate(sizes)]
    exchanges, _ = find_exchanges(told, "Ned Tull")
    _, (request,) = asked(1, lambda _: "", exchanges)
    shown = request.messages[-1]["content"]
    assert sum(count_tokens(line) for line in re.findall(r"^(?:Question|Answer): (.*)$", shown, re.MULTILINE)) <= 1_500
