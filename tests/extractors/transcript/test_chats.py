"""The logs of chats, tables of lines, and what only looks like them."""

import pytest

from dramaturg.script import HEADING
from extractors.reading import SourceText
from extractors.transcript import read_transcript, recognise

Row = tuple[str, str | None, str]


def rows(text: str) -> list[Row]:
    """Kind, role and content of all that is read."""
    script = read_transcript("chat.txt", SourceText(text, "utf-8"), "zh")
    return [(line.kind, line.role, line.content) for line in script.utterances]


LOG = """Tobias Reed 21:03
are you up

Mara 21:04
It's night: guess.
It has been since six.

Tobias Reed 21:04
[Photo]

Tobias Reed 21:05
what is this

Mara 21:06
The cellar.
"""


def test_a_message_is_all_below_a_name_and_a_time() -> None:
    assert rows(LOG) == [
        ("speech", "Tobias Reed", "are you up"),
        ("speech", "Mara", "It's night: guess.\nIt has been since six."),
        ("action", "Tobias Reed", "Photo"),
        ("speech", "Tobias Reed", "what is this"),
        ("speech", "Mara", "The cellar."),
    ]


def test_a_log_is_described_as_one() -> None:
    shape = recognise(LOG)
    assert shape is not None
    assert shape.description == "names beside times above the messages"


def test_who_writes_once_is_read_too() -> None:
    assert ("speech", "Inspector Hale", "Why am I here?") in rows(LOG + "\nInspector Hale 21:09\nWhy am I here?\n")


@pytest.mark.parametrize("message", ["see you at 7:15", "7:15", "12:30 works", "21:30?"])
def test_a_message_may_tell_a_time(message: str) -> None:
    assert rows(f"{LOG}\nMara 21:07\n{message}\n\nTobias Reed 21:08\n{message}\n")[-2:] == [
        ("speech", "Mara", message),
        ("speech", "Tobias Reed", message),
    ]


def test_a_date_between_dashes_opens_an_act() -> None:
    script = read_transcript(
        "x", SourceText(f"--- 2021-11-06 ---\n\n{LOG}\n--- 2021-11-07 ---\n\n{LOG}", "utf-8"), "en"
    )
    assert [(line.act_id, line.content) for line in script.utterances if line.method == HEADING] == [
        (0, "2021-11-06"),
        (1, "2021-11-07"),
    ]


def test_what_the_application_says_between_is_told() -> None:
    assert rows(f'{LOG}\n"Hale" left the group\n\n{LOG}')[5] == ("narration", "narrator", '"Hale" left the group')


@pytest.mark.parametrize(
    "text",
    [
        "Breakfast 08:00\nSoup 12:30\nTea 16:00\nBreakfast 08:00\nSoup 12:30\n",
        "12:30 tea\n12:45 cake\n13:00 tea\n13:15 cake\n13:30 tea\n13:45 cake\n",
        "Monday 08:00\nI woke late.\n\nTuesday 08:00\nI woke early.\n\nMonday 09:00\nRain.\n\nTuesday 09:00\nSun.\n",
        "Log 08:00\nNo wind.\n\nLog 12:00\nNo wind yet.\n\nLog 16:00\nWind.\n",
        "We sailed at 08:00\nand came home.\n\nWe sailed at 09:00\nand stayed.\n\nThey sailed at 10:00\nand sank.\n",
        "Name\tAge\nAnn\t12\nBob\t14\nAnn\t13\nBob\t15\n",
        "Fruit\tApple\nFruit\tPear\nRoot\tBeet\nRoot\tCarrot\n",
        "Fruit - apple\nFruit - pear\nRoot - beet\nRoot - carrot\n",
        "Ann - a doctor.\nBob - her brother.\nCarl - a sailor.\n",
        "The lamp - it was late - went out.\n\nShe came down - slowly.\n\nThe lamp - a new one - was lit.\n",
        "- Where were you?\n- Out.\n- Out where?\n- In the rain.\n",
        "Tide - the sea's rise and fall.\nTide - see also Ebb.\nEbb - the tide going out.\nEbb - see Flood.\n",
        "Monday\tOpen all day.\nTuesday\tClosed.\nMonday\tSoup.\nTuesday\tFish.\n",
        "Berlin, 21:40\n\nHe came.\n\nParis, 22:10\n\nShe slept.\n\nBerlin, 23:00\n\nOh.\n\nParis, 23:30\n\nRain.",
        "Berlin 21:40\n\n{0}Paris 22:10\n\n{0}Berlin 23:00\n\n{0}Paris 23:30\n\n{0}".format("It was late.\n\n" * 3),
        "<b>One</b> and\n<b>two</b> and\n<i>three</i> and so on.\n",
    ],
)
def test_tables_lists_and_prose_are_no_talk(text: str) -> None:
    assert recognise(text) is None


def test_speeches_before_which_a_name_and_a_dash_stand_may_have_dashes() -> None:
    text = "Mara - Good - have some soup.\nPole - Today is Friday.\nMara - Yes.\nJean-Luc - No.\nPole - Oh.\n"
    assert rows(text)[0] == ("speech", "Mara", "Good - have some soup.")
    assert rows(text)[3] == ("speech", "Jean-Luc", "No.")


def test_an_action_in_a_log_with_names_in_angle_brackets_is_told() -> None:
    text = "[21:00] <mara> hi\n[21:01] <pole> oh\n[21:02] * mara sighs\n[21:03] <mara> so\n[21:04] <pole> yes\n"
    assert rows(text)[2] == ("narration", "narrator", "* mara sighs")
    assert rows(text)[3] == ("speech", "mara", "so")


def test_a_message_in_a_log_with_dates_goes_on_in_lines_without() -> None:
    messages = ["Mara: You're late.\nAnd wet.", "Pole: oh", "Mara: so", "Pole: yes", "Tobias was added"]
    text = "".join(f"[06/11/2021, 21:0{number}:11] {message}\n" for number, message in enumerate(messages))
    assert rows(text) == [
        ("speech", "Mara", "You're late.\nAnd wet."),
        ("speech", "Pole", "oh"),
        ("speech", "Mara", "so"),
        ("speech", "Pole", "yes"),
        ("narration", "narrator", "Tobias was added"),
    ]
