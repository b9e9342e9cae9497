import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.curate.structure import talk_faults
from dramaturg.text import Language

WHOLE: dict[Language, list[tuple[str, str]]] = {
    "zh": [("柳娘", "马呢？"), ("顾十三", "藏了。"), ("柳娘", "藏哪儿了？"), ("顾十三", "不告诉你。")],
    "en": [("Ann Pike", "Where is it?"), ("Ned Tull", "Hidden."), ("Ann Pike", "Where?"), ("Ned Tull", "Not telling.")],
}
ROLE: dict[Language, str] = {"zh": "顾十三", "en": "Ned Tull"}
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def faults(language: Language, turns: list[tuple[str, str]]) -> list[str]:
    return talk_faults(turns, ROLE[language], ROLE[language], language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_talk_has_no_fault(language: Language) -> None:
    assert faults(language, WHOLE[language]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_one_who_answers_is_the_one_whom_the_row_is_of(language: Language) -> None:
    other = WHOLE[language][0][0]
    assert talk_faults(WHOLE[language], other, ROLE[language], language) == ["agent_not_target"]
    assert talk_faults(WHOLE[language], None, ROLE[language], language) == []
    assert talk_faults(WHOLE[language], ROLE[language], None, language) == []


def test_a_name_is_the_same_in_quotes_and_other_capitals() -> None:
    assert talk_faults(WHOLE["en"], "ned tull", " Ned  Tull", "en") == []
    assert talk_faults(WHOLE["zh"], "「顾十三」", "顾十三", "zh") == []


@pytest.mark.parametrize("nobody", ["", "  ", "？", "「」"])
def test_every_turn_is_somebodys(nobody: str) -> None:
    assert faults("zh", [(nobody, "马呢？"), ("顾十三", "藏了。")]) == ["empty_role"]
    assert faults("en", [(nobody, "Where?"), (nobody, "Where is it?"), ("Ned Tull", "Hidden.")]) == ["empty_role"]


@pytest.mark.parametrize("nothing", ["", " \n", "……", "?!", "「」"])
def test_every_turn_has_a_word_in_it(nothing: str) -> None:
    assert faults("zh", [("柳娘", nothing), ("顾十三", "藏了。")]) == ["empty_turn"]
    assert faults("en", [("Ann Pike", "Where?"), ("Ned Tull", nothing)]) == ["empty_turn"]


def test_a_talk_of_no_turns_is_empty() -> None:
    assert faults("en", []) == ["empty_turn"]


@pytest.mark.parametrize(
    ("language", "nobody"),
    [
        *(("zh", name) for name in ["旁白", "叙述者", "场景", "系统", "narrator", "「旁白」", "场景 2", "Scene"]),
        *(("en", name) for name in ["narrator", "Narrator", "SCENE", "Scene 12", "Stage directions", "system", "旁白"]),
    ],
)
def test_who_is_answered_is_a_person(language: Language, nobody: str) -> None:
    talk = [(nobody, WHOLE[language][0][1]), *WHOLE[language][1:]]
    assert faults(language, talk) == ["narrator_as_user"]


def test_a_persons_name_may_have_such_a_word_in_it() -> None:
    assert faults("en", [("Mr. Scene-Painter", "Where?"), ("Ned Tull", "Here.")]) == []
    assert faults("zh", [("场景师老王", "人呢？"), ("顾十三", "在这儿。")]) == []


@pytest.mark.parametrize("name", ["System", "Narrator"])
def test_a_role_may_be_called_so_itself(name: str) -> None:
    assert talk_faults([("Ann", "Where?"), (name, "Here.")], name, name, "en") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_turns_change_hands(language: Language) -> None:
    first, second, third, fourth = WHOLE[language]
    assert faults(language, [first, third, second]) == ["same_speaker_twice"]
    assert faults(language, [first, second, third, fourth, fourth]) == ["same_speaker_twice"]


def test_all_faults_are_told() -> None:
    turns = [("", ""), ("旁白", "天黑了。"), ("柳娘", "马呢？"), ("柳娘", "马呢？")]
    assert talk_faults(turns, "柳娘", "顾十三", "zh") == [
        *("agent_not_target", "empty_role", "empty_turn", "narrator_as_user", "same_speaker_twice")
    ]


@given(
    st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6),
    st.none() | st.text(max_size=8),
    st.none() | st.text(max_size=8),
    st.sampled_from(LANGUAGES),
)
def test_any_talk_is_judged(
    turns: list[tuple[str, str]], agent: str | None, target: str | None, language: Language
) -> None:
    found = talk_faults(turns, agent, target, language)
    assert found == sorted(set(found))
