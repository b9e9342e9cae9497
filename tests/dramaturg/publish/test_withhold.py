"""What is taken out of rows, and that it is the same when it is put back."""

import copy
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import DramaturgError
from dramaturg.publish.withhold import RUN, Withholding, restored_row
from dramaturg.text import Language

LONG = "The lamp in the north window was lit, and nobody in the house had\nlit it, said the old porter to the rain."
TOLD = LONG.replace("\n", " ")
STORY = f"Chapter one\n\n“{LONG}”\n\n“Was it,” she said.\n"


def withheld(config: str, row: dict[str, Any], text: str = STORY, language: Language = "en") -> dict[str, Any]:
    """The row as it goes up, once it is known that it comes back as it was."""
    texts = {"a.txt": text}
    (found,) = Withholding(texts, language).rows(config, [copy.deepcopy(row)])
    assert restored_row(copy.deepcopy(found), texts, language) == row
    return found


def passage(said: str, **more: Any) -> dict[str, Any]:
    start = STORY.index(said)
    return {"source": "a.txt", "start": start, "end": start + len(said), **more}


def test_a_line_of_the_script_is_its_passage_and_the_hash_of_its_words() -> None:
    found = withheld("script", {"content": LONG, "role": "Porter", **passage(LONG)})
    assert found["content"] is None
    assert found["role"] == "Porter"
    (entry,) = found["withheld"]
    assert (entry["place"], entry["unwrapped"]) == ("content", False)
    assert entry["pieces"] == [{"text": None, **passage(LONG), "sha256": sha256(LONG.encode()).hexdigest()}]


def test_of_an_answer_in_pieces_the_marks_around_it_stay() -> None:
    row = {
        "user_question": f"「{TOLD}」",
        "agent_response": "「Was it, said.」",
        "more_dialogues": ["Porter:「Was it,」"],
        "spans": [
            passage(LONG, turn=0),
            passage("Was it,", turn=1),
            passage("said.", turn=1),
            passage("Was it,", turn=2),
        ],
    }
    found = withheld("chatharuhi", row)
    assert (found["user_question"], found["agent_response"], found["more_dialogues"]) == (None, None, [None])
    shown = {each["place"]: [piece["text"] for piece in each["pieces"]] for each in found["withheld"]}
    assert shown == {
        "user_question": ["「", None, "」"],
        "agent_response": ["「", None, " ", None, "」"],
        "more_dialogues/0": ["Porter:「", None, "」"],
    }


def test_a_turn_of_a_scene_goes_and_what_a_model_says_of_the_scene_stays() -> None:
    row = {"scenario": {"situation": "A lamp burns."}, "turns": [{"content": TOLD, "role": "Porter", **passage(LONG)}]}
    found = withheld("scenes", row)
    assert found["turns"][0]["content"] is None
    assert found["scenario"] == {"situation": "A lamp burns."}


def test_a_source_that_is_not_withheld_keeps_its_words() -> None:
    found = withheld("script", {"content": "Hello.", "source": "b.txt", "start": 0, "end": 6})
    assert (found["content"], found["withheld"]) == ("Hello.", [])


def test_a_models_text_that_quotes_at_length_is_withheld_and_its_own_words_kept() -> None:
    quoted = "I told you: the LAMP in the north window was lit — and nobody in the house had lit it. Why?"
    found = withheld("role_specific", {"generated": [quoted, "Nothing of the kind."], "context": []})
    assert found["generated"] == [None, "Nothing of the kind."]
    (entry,) = found["withheld"]
    own = [piece["text"] for piece in entry["pieces"] if piece["text"] is not None]
    assert own[0] == "I told you: t"  # the source's The
    assert own[-1] == ". Why?"
    assert not any("window" in text for text in own)


@pytest.mark.parametrize(("count", "stays"), [(RUN - 1, True), (RUN, False)])
def test_thirteen_words_in_a_row_are_a_quotation(count: int, stays: bool) -> None:
    said = " ".join(TOLD.split()[:count])
    found = withheld("general", {"generated": [said], "context": []})
    assert (found["generated"][0] == said) is stays


@pytest.mark.parametrize(("count", "stays"), [(RUN - 1, True), (RUN, False)])
def test_in_chinese_thirteen_characters_are(count: int, stays: bool) -> None:
    text = "掌柜的说，北窗的灯是自己亮的，谁也没去点过它。"
    characters = [each for each in text if each.isalnum()][:count]
    row = {"user_question": f"「{''.join(characters)}」", "spans": []}
    assert (withheld("chatharuhi", row, text, "zh")["user_question"] is not None) is stays


def test_a_reason_or_a_judges_word_that_quotes_is_withheld_too() -> None:
    row = {"generated": ["No."], "reason": TOLD, "quality": {"reason": f"It says: {TOLD}", "style": "yes"}}
    found = withheld("role_specific", row)
    assert (found["reason"], found["quality"]) == (None, {"reason": None, "style": "yes"})


def test_a_line_of_a_profile_is_that_of_the_script_beside_it() -> None:
    texts = {"a.txt": STORY}
    (found,) = Withholding(texts, "en").rows("profiles", [{"content": TOLD, "role": None}], [passage(LONG)])
    assert found["content"] is None
    assert restored_row(found, texts, "en") == {"content": TOLD, "role": None}


def test_the_catchphrases_of_the_character_sheet_are_the_sources_words() -> None:
    sheet = {
        "description": f"One who says: {TOLD}",
        "catchphrases": [{"text": "Was it,", "places": [passage("Was it,")]}, {"text": "Aha", "places": []}],
    }
    texts = {"a.txt": STORY}
    found = Withholding(texts, "en").sheet(copy.deepcopy(sheet))
    assert found["description"] is None
    assert [each["text"] for each in found["catchphrases"]] == [None, "Aha"]
    assert restored_row(found, texts, "en") == sheet


def test_a_row_that_does_not_say_what_its_passages_do_is_not_published() -> None:
    row = {"content": "Another line altogether.", **passage(LONG)}
    with pytest.raises(DramaturgError, match="shows other words than its passages"):
        list(Withholding({"a.txt": STORY}, "en").rows("script", [row]))


_PIECES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, len(STORY)), st.integers(0, len(STORY))).map(
            lambda ends: STORY[min(ends) : max(ends)]
        ),
        st.text(max_size=20),
    ),
    max_size=4,
)


@given(_PIECES, st.booleans())
def test_whatever_a_text_is_made_of_it_comes_back_and_quotes_nothing_at_length(parts: list[str], upper: bool) -> None:
    said = "".join(parts)
    said = said.upper() if upper else said
    found = withheld("general", {"generated": [said], "context": []})
    again = Withholding({"a.txt": STORY}, "en")
    for entry in found["withheld"]:
        for piece in entry["pieces"]:
            assert piece["text"] is None or upper or not again._quoting(piece["text"])
