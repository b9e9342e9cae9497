import pytest

from dramaturg.generate.relations import People, Relation, merge_relations, read_relation, relations_line
from dramaturg.generate.statements import SceneRef
from dramaturg.text import count_tokens
from tests.characters import character, scene


def told(name: str, to_role: str, scene_id: int = 0, runs: int = 1) -> Relation:
    return Relation(name, to_role, SceneRef("novel.txt", scene_id), runs)


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("柳娘：邻居", ("柳娘", "邻居")),
        ("柳娘：你的邻居。", ("柳娘", "邻居")),
        ("- 柳娘（船东，欠你钱）", ("柳娘", "船东，欠你钱")),
        ("Ann Pike: your landlady", ("Ann Pike", "landlady")),
        ("“Jean-Luc” - your rival", ("Jean-Luc", "rival")),
        ("Ann Pike (your aunt)", ("Ann Pike", "aunt")),
        ("柳娘", None),
        ("柳娘：", None),
        ("：邻居", None),
    ],
)
def test_a_relation_is_a_name_and_what_its_bearer_is(text: str, relation: tuple[str, str] | None) -> None:
    assert read_relation(text) == relation


def test_people_are_the_cast_by_any_name_and_who_speaks_but_never_the_role() -> None:
    told = character("zh", cast=[{"name": "柳娘", "aliases": ["柳掌柜", "我"]}])
    people = People(told, [scene(0, ("老周", "来了。"), ("顾十三", "嗯。"))])
    assert [people.find(name) for name in ("柳掌柜", "柳娘", "老周", "十三", "顾十三", "我", "阿谁")] == [
        *("柳娘", "柳娘", "老周"),
        *[None] * 4,
    ]
    assert people.is_in("柳娘", ["柳掌柜不在。"])
    assert not people.is_in("柳娘", ["我不在。"])


def test_a_name_of_ones_own_goes_before_anothers_alias() -> None:
    told = character("en", cast=[{"name": "Ann Pike", "aliases": ["The Widow"]}])
    assert People(told, [scene(0, ("The Widow", "No."))]).find("the widow") == "The Widow"


def test_what_is_told_again_is_counted_and_what_changes_stays_in_order() -> None:
    found = [
        told("柳娘", "邻居", 1),
        told("老周", "船东", 1),
        told("柳娘", "邻居", 2),
        told("柳娘", "妻子", 9),
        told("柳娘", "妻", 9),
    ]
    assert merge_relations(found) == [
        told("柳娘", "邻居", 1, runs=2),
        told("柳娘", "妻子", 9, runs=2),
        told("老周", "船东", 1),
    ]


def test_the_line_tells_the_most_told_of_first_as_they_were_at_first_and_at_last() -> None:
    found = [told("老周", "船东"), told("柳娘", "邻居", runs=2), told("柳娘", "客人"), told("柳娘", "妻子", 9)]
    assert relations_line(found, "zh") == "与他人：柳娘（先是邻居，后来是妻子）；老周（船东）"
    found = [told("Ann Pike", "landlady"), told("Ann Pike", "wife", 9)]
    assert relations_line(found, "en") == "Relations: Ann Pike (landlady, later wife)"
    assert relations_line([], "en") == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_line_is_short_however_many_there_are(language: str) -> None:
    found = [told(f"某人{number}", "从前一起撑过船的老朋友") for number in range(99)]
    line = relations_line(found, language)  # type: ignore[arg-type]
    assert 40 < count_tokens(line) <= 80
