from dramaturg.exchanges import find_exchanges
from dramaturg.generate.profile import Profile
from dramaturg.generate.questions import question_requests, read_questions
from dramaturg.llm.request import Answer
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


def answer(text: str) -> Answer:
    return Answer("k", "m", "questions@1", text, False, 10, 10)


def test_each_request_shows_five_shots_of_its_own_none_too_short() -> None:
    requests = question_requests(character("en"), Profile("You row."), EXCHANGES, 3, 10, as_json=False)
    shown = [request.messages[-1]["content"] for request in requests]
    assert all(text.count("Question: ") == text.count("Answer: ") == 5 for text in shown)
    assert len(set(shown)) == 3
    assert not any("Well?" in text for text in shown)
    assert [request.sample for request in requests] == [0, 1, 2]
    again = question_requests(character("en"), Profile("You row."), EXCHANGES, 3, 10, as_json=False)
    assert requests == again


def test_questions_are_kept_once_and_the_roles_own_go() -> None:
    text = "\n".join(
        f"Question {number}: {said}"
        for number, said in enumerate(
            [
                "Do you like the rain on your boat?",
                "do you like the rain on your boat",
                'Ned: "Who is there at this hour?"',
                'Ann Pike: "Would you teach my boy to swim?"',
                "你怕不怕水？",
                "What did you see at the ferry on day 3?",
                "Is the mill still haunted, do you think?",
                "One more than was asked for, is it not?",
            ],
            1,
        )
    )
    kept, rejected, malformed = read_questions(
        character("en"), [answer(text)], 7, ["What did you see at the ferry on day 3?"]
    )
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
