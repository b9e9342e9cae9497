from typing import Any

import pytest
import yaml

from dramaturg.errors import InputError
from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile
from dramaturg.generate.profile_edit import profile_edit
from dramaturg.generate.relations import Relation
from dramaturg.generate.statements import SceneRef, Statement
from dramaturg.publish.profile import profile_json

SCENE = SceneRef("novel.txt", 3)
MADE = Profile(
    "You row.",
    (Catchphrase("Mark my words", 4),),
    "m",
    "profile@2",
    "k",
    (Statement("You row.", (SCENE,)),),
    (Relation("Ann Pike", "landlady", SCENE, 2),),
)


def edit(text: str) -> Profile:
    return profile_edit(MADE, yaml.safe_load(text))


def test_what_a_person_gives_replaces_what_was_generated_and_the_rest_stays() -> None:
    made = edit("description: You ferry people over the Wend.")
    assert (made.description, made.statements, made.edited) == ("You ferry people over the Wend.", (), ("description",))
    assert (made.catchphrases, made.relations, made.model) == (MADE.catchphrases, MADE.relations, "m")
    made = edit(
        "relations: [{ name: Ann Pike, is: aunt, from: { source: novel.txt, scene: 0 } }, { name: Joe, is: son }]"
    )
    assert made.relations == (Relation("Ann Pike", "aunt", SceneRef("novel.txt", 0)), Relation("Joe", "son"))
    assert (made.description, made.statements) == (MADE.description, MADE.statements)


def test_a_catchphrase_that_was_counted_keeps_its_count() -> None:
    made = edit("catchphrases: [mark my words, Never you mind]")
    assert [(each.text, each.lines) for each in made.catchphrases] == [("mark my words", 4), ("Never you mind", 0)]


def test_an_empty_list_leaves_none_and_an_empty_file_all() -> None:
    assert edit("catchphrases: []").catchphrases == ()
    assert profile_edit(MADE, {}) == MADE


def test_the_sheets_relations_may_be_given_back_as_they_are() -> None:
    again = profile_edit(MADE, {"relations": profile_json(MADE)["relations"]})
    assert [(each.name, each.to_role, each.since) for each in again.relations] == [("Ann Pike", "landlady", SCENE)]


@pytest.mark.parametrize(
    ("edited", "complaint"),
    [
        ({"descripton": "x"}, "there is no field descripton; there are description, catchphrases, relations"),
        ({"description": 7}, "description: expected a text"),
        ({"description": " "}, "description: is empty"),
        ({"catchphrases": "Mark"}, "catchphrases: expected a list"),
        ({"catchphrases": ["a", 1893]}, "catchphrases, item 2: expected a text"),
        ({"relations": ["Ann"]}, "relations, item 1: expected fields such as { name: …, is: …, from: … }"),
        ({"relations": [{"name": "Ann"}]}, "relations, item 1: is: expected a text"),
        ({"relations": [{"name": "Ann", "is": "aunt", "to": 1}]}, "relations, item 1: there is no field to"),
        ({"relations": [{"name": "Ann", "is": "aunt", "from": 3}]}, "relations, item 1: from: expected fields"),
        ({"relations": [{"name": "A", "is": "b", "from": {"source": "n"}}]}, "from: scene: expected a scene"),
        ({"relations": [{"name": "A", "is": "b", "from": {"scene": 3}}]}, "from: source: expected a text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_key(edited: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        profile_edit(MADE, edited)
    assert complaint in str(raised.value)
