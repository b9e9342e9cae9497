"""What was heard: sifted, and cut where one person ends."""

from extractors.audio.recognition import Heard, Word, cut, sift


def heard(*texts: str, **told: float) -> list[Heard]:
    return [Heard(number, number + 1, text, **told) for number, text in enumerate(texts)]  # type: ignore[arg-type]


def reasons(found: list[Heard]) -> list[tuple[str, str]]:
    return [(each.text, reason) for each, reason in sift(found)[1]]


def test_what_is_heard_a_third_time_running_is_left_out() -> None:
    found = heard("No.", "No.", "no", "No!", "Yes.", "No.")
    assert [each.text for each in sift(found)[0]] == ["No.", "No.", "Yes.", "No."]
    assert reasons(found) == [("no", "repeated"), ("No!", "repeated")]


def test_what_goes_round_in_itself_is_left_out() -> None:
    assert reasons(heard("la la la la la la", compression=2.5)) == [("la la la la la la", "repeated")]
    assert reasons(heard("la la la", compression=2.3)) == []


def test_what_is_heard_in_silence_is_left_out() -> None:
    assert reasons(heard("Thanks for watching!", silence=0.7, likelihood=-1.1)) == [
        ("Thanks for watching!", "no_speech")
    ]
    assert reasons(heard("Quietly.", silence=0.7, likelihood=-0.4)) == []
    assert reasons(heard("…", "♪♪")) == [("…", "no_speech"), ("♪♪", "no_speech")]


def spoken(text: str, start: int = 0, each: int = 100) -> Heard:
    """A word every `each` milliseconds, as Whisper writes them: a space before each."""
    words = [Word(start + each * at, start + each * (at + 1), f" {word}") for at, word in enumerate(text.split())]
    return Heard(words[0].start, words[-1].end, text, tuple(words))


def pieces(*found: Heard, pauses: tuple[tuple[int, int], ...] = ()) -> list[tuple[int, int, str]]:
    return [(each.start, each.end, each.text) for each in cut(found, pauses)]


def test_a_sentence_ends_a_piece() -> None:
    found = spoken('Is it late? "No." Dr. Pell came.')
    assert pieces(found) == [(0, 300, "Is it late?"), (300, 400, '"No."'), (400, 700, "Dr. Pell came.")]


def test_a_pause_between_two_words_ends_a_piece() -> None:
    assert pieces(spoken("the last ferry nothing more"), pauses=((280, 330),)) == [
        (0, 300, "the last ferry"),
        (300, 500, "nothing more"),
    ]


def test_a_sentence_over_two_segments_is_one_piece() -> None:
    found = spoken("I do not think that"), spoken("they come.", 500)
    assert pieces(*found) == [(0, 700, "I do not think that they come.")]


def test_a_segment_without_times_of_words_is_a_piece() -> None:
    assert pieces(Heard(0, 900, "One. Two."), spoken("Three", 1000)) == [(0, 900, "One. Two."), (1000, 1100, "Three")]
