import pytest

from dramaturg.text import Language
from extractors.novel.acts import find_paragraphs
from extractors.novel.quotes import find_pieces
from extractors.reading import SourceText


def pieces(text: str, language: Language = "zh") -> list[str]:
    """The pieces, quotes in <>, with a + where one continues."""
    found = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), language)
    return [
        f"<{'+' if piece.continues else ''}{text[piece.start : piece.end]}>"
        if piece.is_quote
        else text[piece.start : piece.end]
        for piece in found
    ]


def test_a_quote_is_its_inside_and_what_is_told_stays_around_it() -> None:
    assert pieces("张三道：“来。”说着便走。") == ["张三道：", "<来。>", "说着便走。"]


def test_an_interrupted_quote_is_a_piece_each() -> None:
    assert pieces("“你，”张三道，“坐下。”") == ["<你，>", "张三道，", "<坐下。>"]


@pytest.mark.parametrize(("opening", "closing"), ["“”", "「」", "『』", '""'])
def test_each_pair_of_marks_is_known(opening: str, closing: str) -> None:
    assert pieces(f"张三道：{opening}来。{closing}") == ["张三道：", "<来。>"]


def test_a_quote_inside_a_quote_belongs_to_it() -> None:
    assert pieces("张三道：“他说‘不来’，便不来。”") == ["张三道：", "<他说‘不来’，便不来。>"]


def test_a_quote_runs_over_paragraphs_where_the_next_opens_again() -> None:
    text = "张三道：“话说从前。\n\n“又过一年，完了。”\n\n李四不答。"
    assert pieces(text) == ["张三道：", "<话说从前。>", "<+又过一年，完了。>", "李四不答。"]


def test_an_unclosed_quote_ends_with_its_paragraph() -> None:
    assert pieces("张三道：“来。\n\n李四不答。") == ["张三道：", "<来。>", "李四不答。"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("匾上写着“听雨楼”三个字。", "zh"),
        ("人送外号“铁算盘”，谁都怕他。", "zh"),
        ("他那点“学问”值几文钱？", "zh"),
        ("She had used the word “never” twice.", "en"),
        ("We sailed in the “Morning Star.”", "en"),
    ],
)
def test_a_sign_a_nickname_a_word_mentioned_is_told(text: str, language: Language) -> None:
    assert pieces(text, language) == [text]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("“Come in,” said Holmes.", "<Come in,>"),
        ("Holmes said, “Come in.”", "<Come in.>"),
        ("Holmes turned. “Come in.”", "<Come in.>"),
        ("“……”", "<……>"),
        ("“I don’t know,” he said.", "<I don’t know,>"),
    ],
)
def test_speech_is_found_where_it_stands_by_itself_or_is_led_in(text: str, quote: str) -> None:
    assert quote in pieces(text, "en")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'It isn't the dogs' fault,' said Ann.", ["<It isn't the dogs' fault,>", "said Ann."]),
        ("‘You shan’t have it.’ He went off.", ["<You shan’t have it.>", "He went off."]),
        ("'Tis late,' said she, 'and I'm tired.'", ["<Tis late,>", "said she,", "<and I'm tired.>"]),
        ("''Tis late,' said she. 'Go.'", ["<'Tis late,>", "said she.", "<Go.>"]),
        ("‘’Tis late,’ said she. ‘Go.’", ["<’Tis late,>", "said she.", "<Go.>"]),
        ("'He called out \"Stop!\" twice,' said Ned.", ['<He called out "Stop!" twice,>', "said Ned."]),
        ("'Go on—' She stopped.", ["<Go on—>", "She stopped."]),
    ],
)
def test_single_quote_marks_are_told_from_apostrophes(text: str, found: list[str]) -> None:
    assert pieces(text, "en") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"My father"--he looked up--"says so."', ["<My father>", "--he looked up--", "<says so.>"]),
        ('"I may as well"; and he sat down.', ["<I may as well>", "; and he sat down."]),
        (
            '"No!" said Ben, and "No, no!" cried Ann.',
            ["<No!>", "said Ben, and", "<No, no!>", "cried Ann."],
        ),
    ],
)
def test_speech_that_breaks_off_or_stands_in_a_sentence_is_found(text: str, found: list[str]) -> None:
    assert pieces(text, "en") == found


def test_what_the_speaker_does_in_brackets_is_told() -> None:
    text = '"Well (sitting down again), go on. I (of all people) must know."'
    assert pieces(text, "en") == ["<Well>", "(sitting down again),", "<go on. I (of all people) must know.>"]


def test_a_paragraph_without_the_books_marks_is_read_by_others_that_it_has() -> None:
    text = "张三道：“来。”\n\n李四道：“不来。”\n\n王五道：「都来。」\n\n“走。”"
    assert "<都来。>" in pieces(text)


def test_a_quote_left_open_leaves_its_marks_with_its_paragraph() -> None:
    text = "张三道：“来。”\n\n李四道：“不来。”\n\n王五道：「都来。\n\n赵六道：“走。”"
    assert pieces(text)[-4:] == ["王五道：", "<都来。>", "赵六道：", "<走。>"]


DASHES = "The rain came.\n\n—Come in, said the host, and sit down.\n\n—I will, Mary said. She shook her coat.\n\n"


def test_where_no_marks_are_used_a_dash_opens_speech() -> None:
    assert pieces(DASHES + "—Was it far?\n\n—It was, she answered. —Very far.\n", "en") == [
        "The rain came.",
        "<Come in,>",
        "said the host,",
        "<and sit down.>",
        "<I will,>",
        "Mary said. She shook her coat.",
        "<Was it far?>",
        "<It was,>",
        "she answered.",
        "<Very far.>",
    ]


def test_where_marks_are_used_a_dash_opens_nothing() -> None:
    text = "“Come,” he said.\n\n“I will,” she said.\n\n" * 4 + DASHES
    assert "—I will, Mary said. She shook her coat." in pieces(text, "en")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            '"We have won (loud and prolonged cheering), and we shall win again (hear, hear)."',
            ["<We have won>", "(loud and prolonged cheering),", "<and we shall win again>", "(hear, hear)."],
        ),
        ('"Sit here (to Mr. Bright), and mind the step."', ["<Sit here>", "(to Mr. Bright),", "<and mind the step.>"]),
        ('"I may (rather timidly) have lost it."', ["<I may>", "(rather timidly)", "<have lost it.>"]),
        ('"I gave it (to be plain) to nobody."', ["<I gave it (to be plain) to nobody.>"]),
    ],
)
def test_what_the_hearers_do_and_whom_the_speaker_turns_to_is_told(text: str, found: list[str]) -> None:
    assert pieces(text, "en") == found


@pytest.mark.parametrize(
    "text",
    [
        "She would have answered, “Never again,” but the door was shut.",
        "He looked at the clock, as much as to say, “Is it so late?”",
        "Ned felt like shouting back: “Row your own boat!”",
        "It was on the tip of her tongue to ask: “Who paid for it?”",
        "Their eyes said: “We know where you hid the key.”",
        "He left without saying “Good night.”",
        "He sang it as if he had said: “Here I am.”",
    ],
)
def test_what_might_have_been_said_is_told(text: str) -> None:
    assert pieces(text, "en") == [text]


def test_what_someone_dares_to_say_is_said() -> None:
    assert "<It was you!>" in pieces("The boy dared to say, “It was you!”", "en")


@pytest.mark.parametrize(
    "text",
    [
        "He had painted “The Sleeping Miller,” and sold it.",
        "He owned a print of Turner’s “Shipwreck,” and was proud of it.",
        "That is what the sailors called “taking the long road,” and it killed them.",
    ],
)
def test_titles_and_names_for_things_are_told(text: str) -> None:
    assert pieces(text, "en") == [text]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("There were cries of “Help, help!” from the pier.", "<Help, help!>"),
        ("Somebody’s shout of “the mill is burning,” woke us.", "<the mill is burning,>"),
        ("The boat swung round with a “Hold tight!” from Ben.", "<Hold tight!>"),
        ("The old man only said “Perhaps” and turned to his net.", "<Perhaps>"),
        ("Her last words, “Look after the bees,” were for Ned.", "<Look after the bees,>"),
        ("“You never told me that” was his only answer.", "<You never told me that>"),
        ("Ben looked up. “We go at dawn” said he, and slept.", "<We go at dawn>"),
    ],
)
def test_speech_in_a_sentence_or_without_its_stop_is_found(text: str, quote: str) -> None:
    assert quote in pieces(text, "en")


def test_the_second_half_of_a_sentence_that_broke_off_is_spoken() -> None:
    text = '"I only hope that your brother" he held the lamp higher "will not come back to us."'
    assert pieces(text, "en") == [
        "<I only hope that your brother>",
        "he held the lamp higher",
        "<will not come back to us.>",
    ]


def test_a_quote_goes_on_behind_verse_that_does_not_open_it_again() -> None:
    text = (
        'Ann laughed. "I know how it ends:\n\n    The kettle sang upon the hob,\n    The cat sang on the wall.\n\n'
        'There is no more of it." She shut the book.\n\nThe rain had stopped.'
    )
    assert pieces(text, "en") == [
        "Ann laughed.",
        "<I know how it ends:>",
        "The kettle sang upon the hob,",
        "The cat sang on the wall.",
        "<+There is no more of it.>",
        "She shut the book.",
        "The rain had stopped.",
    ]


def test_an_unclosed_quote_does_not_take_in_narration_before_the_next_quote() -> None:
    text = 'He called out, "Come in.\n\nThe door opened.\n\nAnn said, "Here I am." She sat down.'
    assert pieces(text, "en") == [
        "He called out,",
        "<Come in.>",
        "The door opened.",
        "Ann said,",
        "<Here I am.>",
        "She sat down.",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'Go now," said Ann. "The boat is in."',
            ['Go now," said Ann.', "<The boat is in.>"],
        ),
        (
            '"Go now, said Ann. "The boat is in," and she ran.',
            ["<Go now, said Ann.>", "<The boat is in,>", "and she ran."],
        ),
    ],
)
def test_a_missing_straight_mark_does_not_turn_the_rest_inside_out(text: str, found: list[str]) -> None:
    assert pieces(text, "en") == found


LETTER = (
    '"High Barn, Monday."\n\n"My dear Ned,"\n\n"The roof has gone.\n\n"We sleep in the dairy."\n\n'
    '"Your loving sister,"\n\n"Ann Pell."\n\n"Poor Ann!" said Ned.\n\n'
)


def test_a_letter_in_quote_marks_is_told_and_the_speech_around_it_is_not() -> None:
    found = pieces('"Read it out."\n\n' + LETTER, "en")
    assert [piece for piece in found if piece.startswith("<")] == ["<Read it out.>", "<Poor Ann!>"]
    assert '"My dear Ned,"' in found
    assert '"Ann Pell."' in found


def test_a_letter_signed_in_capitals_ends_there() -> None:
    text = '"DEAR MRS. PELL,"\n\n"The roof is mended."\n\n"R. STUBBS."\n\n"So it is."\n\n"At last."\n'
    assert [piece for piece in pieces(text, "en") if piece.startswith("<")] == ["<So it is.>", "<At last.>"]


def test_a_speech_that_begins_with_gentlemen_is_no_letter() -> None:
    text = "“Gentlemen,\n\n“The harbour is closed.\n\n“You may go home.”\n\n“Oh!” said Ann."
    assert [piece for piece in pieces(text, "en") if piece.startswith("<")] == [
        "<Gentlemen,>",
        "<+The harbour is closed.>",
        "<+You may go home.>",
        "<Oh!>",
    ]


def test_calling_someone_dear_begins_no_letter() -> None:
    text = '"My dear Ned--"\n\n"Not now, Ann."\n\n"My dear Ned!"\n\n"Well?"\n'
    assert all(piece.startswith("<") for piece in pieces(text, "en"))
