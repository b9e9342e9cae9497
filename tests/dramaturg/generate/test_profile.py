import json
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile, Written, profile_rounds
from dramaturg.generate.relations import Relation
from dramaturg.generate.rounds import Outcomes, Round, ask_in_rounds
from dramaturg.generate.statements import SceneRef, Statement
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.scenes import Scene
from dramaturg.text import count_tokens
from tests.characters import character, scene

ZH = [
    scene(0, ("柳娘", "铜铃呢？"), ("顾十三", "天塌不下来，铜铃丢在河里了。")),
    scene(1, ("柳娘", "面咸么？"), ("顾十三", "天塌不下来，面是咸的。")),
]
FIRST, SECOND = SceneRef("novel.txt", 0), SceneRef("novel.txt", 1)
NOTES = {
    "statements": ["[1] 你把铜铃丢在河里。", "[2] 你嫌面咸。"],
    "relations": ["柳娘：熟客 [1]"],
    "catchphrases": ["天塌不下来", "面是咸的", "没说过"],
}

Say = Callable[[Request], str | None]


def sheet(description: str, *catchphrases: str) -> dict[str, object]:
    return {"description": description, "catchphrases": catchphrases}


def saying(**by_prompt: object) -> Say:
    """Says the same to each prompt, as JSON; to others nothing."""

    def say(request: Request) -> str | None:
        said = by_prompt.get(request.prompt.partition("@")[0])
        return said if said is None or isinstance(said, str) else json.dumps(said, ensure_ascii=False)

    return say


def write(
    say: Say, scenes: Sequence[Scene] = ZH, budget: int = 6_000, most: int | None = None, **fields: object
) -> Written:
    asked: list[Round] = []

    def ask(each: Round) -> Outcomes:
        asked.append(each)
        return [answer(request, say(request)) for request in each.requests]

    return ask_in_rounds(profile_rounds(character("zh", **fields), scenes, budget, most, as_json=True), ask)


def answer(request: Request, said: str | None) -> Answer | Failure:
    key = request.key("e", "m")
    if said is None:
        return Failure(key, request.prompt, "refused", "refused")
    return Answer(key, "m", request.prompt, said, False, 9, 9, context=request.context)


def requests(say: Say, scenes: Sequence[Scene] = ZH, budget: int = 6_000) -> list[Request]:
    """Everything that is asked."""
    seen: list[Request] = []

    def listen(request: Request) -> str | None:
        seen.append(request)
        return say(request)

    write(listen, scenes, budget)
    return seen


def test_every_sentence_of_the_description_has_its_scenes() -> None:
    said = sheet("你把铜铃丢了。[1]你嫌面咸，[2]也不在乎。你爱唱戏。你样样经过[1][2][9]。", "天塌不下来")
    written = write(saying(profile_scenes=NOTES, profile=said))
    made = written.profile
    assert made.description == "你把铜铃丢了。你嫌面咸，也不在乎。你样样经过。"
    assert made.statements == (
        Statement("你把铜铃丢了。", (FIRST,)),
        Statement("你嫌面咸，也不在乎。", (SECOND,)),
        Statement("你样样经过。", (FIRST, SECOND)),
    )
    assert made.relations == (Relation("柳娘", "熟客", FIRST, 1),)
    assert (made.model, made.prompt) == ("m", "profile@2")
    assert [(each.text, each.lines) for each in made.catchphrases] == [("天塌不下来", 2)]
    assert [(each.reason, each.record) for each in written.rejected] == [
        ("not_in_script", "没说过"),
        ("ungrounded", "你爱唱戏。"),
        ("not_chosen", "面是咸的"),
    ]
    assert written.counts == {"runs": 1, "statements": 2, "relations": 1, "catchphrases": 1, "uncited": 0, "joined": 0}


def test_a_catchphrase_that_is_a_part_of_another_gives_way() -> None:
    said = sheet("你把铜铃丢了。[1]", "天塌不下来，铜铃", "天塌不下来", "面是咸的")
    written = write(saying(profile_scenes=NOTES, profile=said))
    assert [each.text for each in written.profile.catchphrases] == ["天塌不下来，铜铃", "面是咸的"]
    assert ("within_another", "天塌不下来") in [(each.reason, each.record) for each in written.rejected]


def test_a_description_that_cites_nothing_is_kept_and_counted() -> None:
    written = write(saying(profile_scenes=NOTES, profile=sheet("你是摆渡的。你嫌面咸。[7]")))
    assert written.profile.description == "你是摆渡的。你嫌面咸。"
    assert [each.scenes for each in written.profile.statements] == [(FIRST,), (SECOND,)]  # what it was written from
    assert written.counts["uncited"] == 1
    assert "ungrounded" not in {each.reason for each in written.rejected}


def test_where_the_last_answer_has_no_catchphrase_those_said_more_than_once_stay() -> None:
    written = write(saying(profile_scenes=NOTES, profile=sheet("你怕水。[1]", "你说呢")))
    assert [phrase.text for phrase in written.profile.catchphrases] == ["天塌不下来"]
    assert {each.record for each in written.rejected} == {"没说过", "你说呢", "面是咸的"}


@pytest.mark.parametrize("said", [None, "不会。", '{"description": "你是'])
def test_without_a_description_some_statements_stand_for_it(said: str | None) -> None:
    written = write(saying(profile_scenes=NOTES, profile=said))
    made = written.profile
    assert made.description == "你把铜铃丢在河里。你嫌面咸。"
    assert (made.model, made.prompt, made.request) == ("m", "profile_scenes@1", None)
    assert made.relations
    assert written.counts["joined"] == 1
    assert len(written.malformed) == (said is not None)


@pytest.mark.parametrize("said", [None, "", "不会。", {**NOTES, "statements": ["[1] 你爱唱戏。"]}])
def test_without_a_statement_it_is_what_the_user_wrote(said: object) -> None:
    written = write(saying(profile_scenes=said), short_description="渡口的少年")
    assert written.profile == Profile("渡口的少年")
    assert len(written.malformed) == isinstance(said, str)


@pytest.mark.parametrize("rounds", [0, 1])
def test_where_a_round_is_not_finished_nothing_that_rests_on_it_is_asked(rounds: int) -> None:
    asked: list[Round] = []

    def ask(each: Round) -> Outcomes:
        asked.append(each)
        if len(asked) > rounds:
            return [Failure("k", request.prompt, "not asked") for request in each.requests]
        return [answer(request, saying(profile_scenes=NOTES)(request)) for request in each.requests]

    written = ask_in_rounds(profile_rounds(character("zh"), ZH, 6_000, None, as_json=True), ask)
    assert len(asked) == rounds + 1
    assert written.profile == Profile("")


def test_nobody_is_asked_about_a_role_that_says_nothing() -> None:
    assert requests(saying(), [scene(0, ("柳娘", "他不在。"))]) == []


def test_the_last_request_shows_the_statements_and_what_the_role_says_over_and_over() -> None:
    (_, last) = requests(saying(profile_scenes=NOTES))
    user = last.messages[-1]["content"]
    assert "要点：\n[1] 你把铜铃丢在河里。\n[2] 你嫌面咸。\n" in user
    assert "他说过的话：天塌不下来、面是咸的\n" in user
    assert last.context == tuple(each.span for each in ZH)
    assert last.shorter is not None
    half = last.shorter()
    assert half is not None
    assert "[2]" not in half.messages[-1]["content"]


# --- more than a prompt has room for ------------------------------------------------------------------------


def long_script(count: int, *sources: str) -> list[Scene]:
    return [
        scene(number, ("柳娘", "后来呢？"), ("顾十三", f"第{number}天，{source}里渡船漏水。"), source=source)
        for source in sources
        for number in range(count)
    ]


def verbose(request: Request) -> str | None:
    """Notes every scene at length, and merges into as many as it may."""
    shown = [int(number) for number in re.findall(r"^\[(\d+)\]", request.messages[-1]["content"], re.MULTILINE)]
    if request.prompt.startswith("profile_scenes"):
        told = [f"[{n}] 你的渡船漏水了，这是第{n}回，{request.context[n - 1].start}。" for n in shown]
        return json.dumps({"statements": told, "relations": [], "catchphrases": []})
    if request.prompt.startswith("profile_merge"):
        return json.dumps({"items": [{"statement": f"[{n}] 你的渡船一直漏水，{n}，你舀了很久的水。"} for n in shown]})
    return json.dumps(sheet("".join(f"你修船。[{n}]" for n in shown)))


def statements_in(request: Request) -> str:
    return "\n".join(line for line in request.messages[-1]["content"].splitlines() if re.match(r"\[\d+\] ", line))


def test_many_statements_are_merged_until_there_is_room_and_keep_their_scenes() -> None:
    scenes = long_script(100, "novel.txt")
    asked = requests(verbose, scenes, 400)
    names = [request.prompt.partition("@")[0] for request in asked]
    assert names.count("profile_merge") > 3
    assert names[-1] == "profile"
    written = write(verbose, scenes, 400)
    assert len({ref.scene_id for statement in written.profile.statements for ref in statement.scenes}) > 5
    assert written.counts["statements"] > 80
    assert "over_count" in {each.reason for each in written.rejected}


@given(
    st.integers(1, 60), st.integers(100, 500), st.sampled_from([None, "", "不会。", '{"items": [{"statement": "x"}]}'])
)
@settings(max_examples=30)
def test_no_prompt_shows_more_than_the_budget_whatever_is_answered(count: int, budget: int, merged: str | None) -> None:
    def say(request: Request) -> str | None:
        return merged if request.prompt.startswith("profile_merge") and merged != "" else verbose(request)

    asked = requests(say, long_script(count, "novel.txt", "other.txt"), budget)
    assert all(count_tokens(statements_in(request)) <= budget for request in asked)
    assert asked[-1].prompt == "profile@2"


def test_where_a_merge_has_no_answer_every_other_statement_stays() -> None:
    def say(request: Request) -> str | None:
        return None if request.prompt.startswith("profile_merge") else verbose(request)

    written = write(say, long_script(40, "novel.txt"), 400)
    lost = [each for each in written.rejected if each.reason == "unmerged"]
    assert 10 < len(lost) < 40
    assert written.profile.statements


def test_another_source_leaves_all_that_was_asked_but_the_last_as_it_is() -> None:
    before = requests(verbose, long_script(40, "novel.txt"), 300)
    after = requests(verbose, long_script(40, "novel.txt", "other.txt"), 300)
    first_level = [each for each in before if each.prompt.startswith("profile_scenes")]
    assert [each for each in after if each.context[0].source == "novel.txt"][: len(first_level)] == first_level
    keys = {each.key("e", "m") for each in after}
    merges = [each for each in before if each.prompt.startswith("profile_merge")]
    assert sum(each.key("e", "m") in keys for each in merges) >= len(merges) // 2


# --- as a prompt shows it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "你摆渡。\n口头禅：不怕；吃\n与他人：柳娘（熟客）"),
        ("en", "你摆渡。\nCatchphrases: 不怕; 吃\nRelations: 柳娘 (熟客)"),
    ],
)
def test_its_text_has_a_line_for_catchphrases_and_one_for_relations(language: str, text: str) -> None:
    phrases = (Catchphrase("不怕", 2), Catchphrase("吃", 1))
    made = Profile("你摆渡。", phrases, relations=(Relation("柳娘", "熟客"),))
    assert made.text(language) == text  # type: ignore[arg-type]
    assert Profile("你摆渡。").text("zh") == "你摆渡。"
