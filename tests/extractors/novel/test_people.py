import pytest

from dramaturg.cast import CastMember
from dramaturg.text import Language
from extractors.novel.acts import find_paragraphs
from extractors.novel.mentions import Mentions
from extractors.novel.people import forms_of, gender_told, infer_genders
from extractors.novel.quotes import find_pieces
from extractors.reading import SourceText


def mentioned(text: str, *names: str) -> list[str]:
    """The names in a text as it has them, for a cast of one who bears all `names`."""
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    cast = [CastMember(name=names[0], aliases=names[1:])]
    return [text[found.start : found.end] for found in Mentions(text, pieces, cast, "en").all if found.member]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Mrs Pell", "There stood Mrs. Pell."),
        ("Mrs. Pell", "There stood Mrs Pell."),
        ("Ned 's aunt", "There stood Ned’s aunt."),
        ("the red haired man", "There stood the red-haired man."),
        ("J. Pell", "There stood J Pell."),
        ("Tom, the Fool", "There stood Tom the Fool."),
        ("Ann Pell", "There stood Ann  Pell."),
        ("J.H. Pell", "There stood J. H. Pell."),
        ("J. H. Pell", "There stood J.H. Pell."),
        ("Capt. Pell", "There stood Capt. Pell."),
        ("Anna Voß", "There stood Anna Voß."),
    ],
)
def test_a_name_is_found_however_it_is_set(name: str, text: str) -> None:
    assert mentioned(text, name) == [text.removeprefix("There stood ").removesuffix(".")]


def test_a_sentence_that_ends_on_a_name_does_not_run_into_the_next_name() -> None:
    assert mentioned("There stood Ann. Pell came.", "Ann Pell") == ["Ann", "Pell"]


def test_a_rank_cut_short_is_part_of_the_name_where_several_bear_it() -> None:
    text = "There stood Capt. Pell."
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), "en")
    cast = [CastMember(name="Capt. Pell"), CastMember(name="Capt. Hale")]
    assert [text[found.start : found.end] for found in Mentions(text, pieces, cast, "en").all] == ["Capt. Pell"]


@pytest.mark.parametrize("name", ["?", "…", ".", "the ?", "💀", "\u200b", "\x1c", "_"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_name_without_a_letter_is_nowhere_named_and_stops_nothing(name: str, language: Language) -> None:
    text = "The door? It was shut… “Come,” said a man._ \n\n“来。”她道。"
    pieces = find_pieces(text, find_paragraphs(SourceText(text, "utf-8")), language)
    cast = [CastMember(name=name)]
    assert not any(found.member for found in Mentions(text, pieces, cast, language).all)
    assert forms_of(cast)[name] in ("proper", "the")


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (("Ann",), "proper"),
        (("the nurse", "Mrs. Pell"), "proper"),
        (("the nurse",), "the"),
        (("her sister",), "own"),
        (("a stranger",), "a"),
        (("the soldiers",), "the+"),
        (("some people",), "a+"),
        (("Mr. Jones",), "proper"),
        (("村民们",), "proper+"),
        (("张三",), "proper"),
    ],
)
def test_what_kind_of_name_it_is(names: tuple[str, ...], form: str) -> None:
    assert forms_of([CastMember(name=names[0], aliases=names[1:])]) == {names[0]: form}


@pytest.mark.parametrize(
    ("description", "gender"),
    [("the old gentleman", "M"), ("her aunt", "F"), ("the voice", "U"), ("父亲", "M"), ("妹妹", "F"), ("掌柜", "U")],
)
def test_a_description_tells_a_gender(description: str, gender: str) -> None:
    assert gender_told(description) == gender


def test_a_given_name_tells_a_gender_where_the_pronouns_are_of_both() -> None:
    text = "George looked at her. George took his hat. George saw that she had gone. George knew what he had done. "
    pieces = find_pieces(text * 5, find_paragraphs(SourceText(text * 5, "utf-8")), "en")
    cast = [CastMember(name="George Pell"), CastMember(name="Arden")]
    assert infer_genders(Mentions(text * 5, pieces, cast, "en").all, cast)["George Pell"] == "M"
