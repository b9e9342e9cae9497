import json
from pathlib import Path

from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile
from dramaturg.generate.relations import Relation
from dramaturg.generate.statements import SceneRef, Statement
from dramaturg.publish.profile import profile_json
from dramaturg.script import Span
from dramaturg.workspace import read_records, write_jsonl

MADE = Profile(
    "You row.",
    (Catchphrase("Mark my words", 4, (Span("novel.txt", 5, 18),)),),
    "m",
    "profile@2",
    "k",
    (Statement("You row.", (SceneRef("novel.txt", 3),)),),
    (Relation("Ann Pike", "landlady", SceneRef("novel.txt", 3), 2), Relation("Joe", "son")),
)


def test_the_sheet_says_of_everything_where_it_is_from() -> None:
    scene = {"source": "novel.txt", "scene": 3}
    assert json.loads(json.dumps(profile_json(MADE))) == {
        "description": "You row.",
        "statements": [{"text": "You row.", "scenes": [scene]}],
        "catchphrases": [
            {"text": "Mark my words", "lines": 4, "places": [{"source": "novel.txt", "start": 5, "end": 18}]}
        ],
        "relations": [
            {"name": "Ann Pike", "is": "landlady", "from": scene},
            {"name": "Joe", "is": "son", "from": None},
        ],
        "edited": [],
        "model": "m",
        "prompt": "profile@2",
        "request": "k",
    }


def test_a_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "profile.jsonl", [MADE, Profile("You row.")])
    assert list(read_records(tmp_path / "profile.jsonl", Profile)) == [MADE, Profile("You row.")]
