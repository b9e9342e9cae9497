import re
from pathlib import Path

import pytest

from dramaturg.cast import CastMember, merge_cast, read_cast
from dramaturg.character import Character, load_character
from dramaturg.errors import CharacterError, SourceError
from dramaturg.workspace import Workspace

GOOD = """\
schema: 1
name: 张三
name_en: Zhang San
work: 《无名》
language: zh
script_category: novel
licence: CC0-1.0
sources:
  - path: novel.txt
    kind: novel
"""


def load(tmp_path: Path, text: str) -> Character:
    workspace = Workspace(tmp_path, "zhang")
    workspace.raw.mkdir(parents=True, exist_ok=True)
    (workspace.raw / "novel.txt").write_text("“来。”张三道。")
    (workspace.raw / "character.yaml").write_text(text)
    return load_character(workspace)


def test_the_fewest_fields_make_a_character(tmp_path: Path) -> None:
    character = load(tmp_path, GOOD)
    assert character.full_cast == (CastMember(name="张三"),)
    assert character.licence_of(character.sources[0]) == "CC0-1.0"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("schema: 1", "schema: 2"), "character.yaml:1: schema: "),
        (("language: zh", "language: fr"), "character.yaml:5: language: "),
        (
            ("    kind: novel", "    kind: opera"),
            "character.yaml:10: sources, the 1st: kind: is 'opera': give 'novel', ",
        ),
        (("work: 《无名》\n", ""), "character.yaml:1: work: is missing: give it, as in work: The title of the novel"),
        (("work:", "wrok: x\nwork:"), "character.yaml:4: there is no field wrok; do you mean work?"),
        (("name: 张三", "name: 旁白"), "character.yaml:2: name: this is what the narrator is called"),
        (("name: 张三", "name: ''"), "character.yaml:2: name: "),
        (("name: 张三", "name: [张三"), "not YAML"),
        (("name: 张三", "name: 张三\nname: 李四"), "character.yaml:3: not YAML: name is given twice"),
        (("novel.txt", "../other/novel.txt"), "character.yaml:9: sources, the 1st: path: give the file's path"),
        (("novel.txt", "/etc/passwd"), "character.yaml:9: sources, the 1st: path: give the file's path"),
        (("novel.txt", "./novel.txt"), "character.yaml:9: sources, the 1st: path: give the file's path"),
        (("novel.txt", "missing.txt"), "character.yaml:9: there is no file"),
        (("work:", "opus:"), "character.yaml:4: there is no field opus; there are schema, name, name_en, "),
        (("《无名》", ""), "character.yaml:4: work: is missing: give it, as in work: "),
        (("《无名》", "1984"), "character.yaml:4: work: YAML does not read 1984 as a text: put it in quotes"),
        (
            ("《无名》", "《无名》\ncategories:"),
            "character.yaml:5: categories: is empty: give a value, or leave the field out",
        ),
        (
            ("《无名》", "The Lamp: a play"),
            "character.yaml:4: not YAML: mapping values are not allowed here: put the value in "
            'quotes: work: "The Lamp: a play"',
        ),
        (("《无名》", "@home"), 'cannot start any token: put the value in quotes: work: "@home"'),
        (("work:", "\twork:"), "cannot start any token: put spaces in place of the tab"),
        (("work:", "  work:"), "mapping values are not allowed here: begin the line below the fields above it"),
        ((GOOD, ""), "character.yaml:1: expected fields"),
        ((GOOD, "- 1"), "character.yaml:1: expected fields"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(CharacterError) as caught:
        load(tmp_path, GOOD.replace(*change, 1))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("licence:", "license:"), "character.yaml:7: there is no field license; do you mean licence?"),
        (("kind:", "knd:"), "character.yaml:10: sources, the 1st: there is no field knd; do you mean kind?"),
        (
            ("licence:", "cast: [{ name: 甲 }, { name: 乙, alias: [] }]\nlicence:"),
            "character.yaml:7: cast, the 2nd: there is no field alias; do you mean aliases?",
        ),
    ],
)
def test_a_misspelt_field_is_told_once_with_what_was_meant(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    with pytest.raises(CharacterError) as caught:
        load(tmp_path, GOOD.replace(*change, 1))
    assert str(caught.value) == f"{tmp_path}/raw/zhang/{complaint}"


def test_the_item_of_a_list_is_counted_from_1(tmp_path: Path) -> None:
    more = "".join(f"  - {{ path: {number}.txt, kind: opera }}\n" for number in range(2, 24))
    with pytest.raises(CharacterError) as caught:
        load(tmp_path, GOOD + more)
    ordinals = re.findall(r"sources, the (\w+): kind", str(caught.value))
    assert ordinals == [*"2nd 3rd".split(), *(f"{number}th" for number in range(4, 21)), *"21st 22nd 23rd".split()]


def test_an_empty_list_of_sources_is_told_beside_other_mistakes(tmp_path: Path) -> None:
    with pytest.raises(CharacterError) as caught:
        load(tmp_path, GOOD.replace("work:", "wrok:").partition("sources:")[0] + "sources: []\n")
    assert [each.partition("yaml:")[2] for each in str(caught.value).split("; /")] == [
        "8: sources: is an empty list",
        "4: there is no field wrok; do you mean work?",
    ]


def test_all_missing_files_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CharacterError) as caught:
        load(tmp_path, GOOD + "  - { path: a.txt, kind: novel }\n  - { path: b.txt, kind: novel }\n")
    assert str(caught.value).count("there is no file") == 2
    assert ":11: there is no file" in str(caught.value)
    assert ":12: there is no file" in str(caught.value)


def test_a_source_linked_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    novel = tmp_path / "raw" / "zhang" / "novel.txt"
    novel.unlink()
    novel.symlink_to("/etc/passwd")
    with pytest.raises(CharacterError, match="lies outside"):
        load_character(Workspace(tmp_path, "zhang"))


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{ kind: web }", "give either path"),
        ("{ path: novel.txt, url: 'https://example.org/1', kind: web }", "give either path"),
        ("{ url: 'https://example.org/1', kind: novel }", "are for kind: web"),
        ("{ path: novel.txt, kind: novel, selector: p }", "are for kind: web"),
        ("{ url: example.org/1, kind: web }", "begins with http"),
        ("{ path: novel.txt, kind: web, next: a }", "follow links from a url"),
        ("{ url: 'https://example.org/1', kind: web, next: a, pages: b }", "give either next"),
        ("{ path: novel.txt, kind: film }", "sources, the 1st: kind"),
    ],
)
def test_a_source_that_is_no_single_thing_is_refused(tmp_path: Path, source: str, complaint: str) -> None:
    told = GOOD.replace("- path: novel.txt\n    kind: novel", f"- {source}")
    assert told != GOOD
    with pytest.raises(CharacterError, match=complaint) as caught:
        load(tmp_path, told)
    assert "\n" not in str(caught.value)


def test_an_unknown_character_is_told_which_there_are(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(CharacterError, match=r"there is no .*nobody/character\.yaml; .*take one of: zhang"):
        load_character(Workspace(tmp_path, "nobody"))


def test_members_of_one_name_are_one() -> None:
    merged = merge_cast(
        [
            CastMember(name="甲", aliases=("小甲",)),
            CastMember(name="乙"),
            CastMember(name="甲", aliases=("老甲",), gender="F"),
        ]
    )
    assert merged == (CastMember(name="甲", aliases=("小甲", "老甲"), gender="F"), CastMember(name="乙"))


def test_a_cast_file_is_a_list_of_members(tmp_path: Path) -> None:
    path = tmp_path / "cast.json"
    path.write_text('[{"name": "Holmes", "aliases": ["Sherlock"], "gender": "M"}, {"name": "Watson"}]')
    assert [member.names for member in read_cast(path)] == [("Holmes", "Sherlock"), ("Watson",)]


@pytest.mark.parametrize("text", ["", "{}", '[{"nam": "x"}]', '[{"name": ""}]', '[{"name": "x", "gender": "male"}]'])
def test_a_wrong_cast_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cast.json"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        read_cast(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
