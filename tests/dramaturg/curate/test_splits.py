"""What hangs together stands on one side, whatever comes later, and no row ever changes sides."""

import json
import random
from collections import Counter
from dataclasses import replace
from itertools import accumulate, product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from rapidfuzz.distance import Indel

from dramaturg.curate.rows import LEAST_WORDS, Row, asked_in, exchange_row, scene_row
from dramaturg.curate.splits import Side, Sides, Split, last_acts, line_keys, one_sided, role_side, split
from dramaturg.exchanges import find_exchanges
from dramaturg.scenes import Scene
from dramaturg.script import Span, Utterance
from dramaturg.text import words
from dramaturg.workspace import digest
from tests.characters import scene

ROLE, OTHER = "Ned", "Ann"
QUESTIONS = [
    "What is it?",
    "Who are you?",
    "Where did the old sailor bury his brass lamp",
    "Where did the old sailor hide his brass lamp",
    "Where did the young sailor hide his silver lamp",
    "Why does nobody in the harbour ring the bell",
    "Why does nobody in the harbour mend the bell",
    "Who sold the grey horse to the parish in winter",
    "When will the ferry come back from the island",
]


def said(serial: int) -> str:
    """14 words that nobody else says."""
    return " ".join(f"w{serial}x{number}" for number in range(14))


def scenes_of(source: str, told: list[list[tuple[str, str]]]) -> list[Scene]:
    made: list[Scene] = []
    for number, lines in enumerate(told):
        each = scene(number, *lines, source=source)
        found = tuple(
            replace(line, kind="narration" if line.role == "narrator" else "speech") for line in each.utterances
        )
        made.append(replace(each, utterances=found))
    return made


def lines_of(scenes: list[Scene]) -> list[Utterance]:
    return [line for each in scenes for line in each.utterances]


def rows_of(scenes: list[Scene]) -> list[Row]:
    return [*map(scene_row, scenes), *map(exchange_row, find_exchanges(scenes, ROLE)[0])]


def split_all(scenes: list[Scene], rows: list[Row], known: Sides, share: float = 0.3, **more: object) -> Split:
    return split(line_keys(lines_of(scenes)), scenes, rows, "en", known, share, **more)  # type: ignore[arg-type]


def sides_of(made: Split) -> dict[tuple[str, str], Side]:
    return {(each.kind, each.key): each.side for each in made.placed}


def plain_story(scenes: int, source: str = "novel.txt") -> list[Scene]:
    return scenes_of(
        source,
        [
            [("narrator", said(5 * n)), (OTHER, said(5 * n + 1)), (ROLE, said(5 * n + 2)), (OTHER, said(5 * n + 3)),
             (ROLE, said(5 * n + 4))]
            for n in range(scenes)
        ],
    )  # fmt: skip


class Story(RuleBasedStateMachine):
    """Sources come and change, scenes are cut otherwise, models write rows; after each the rows are split again."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = 0
        self.sources: list[list[list[tuple[str, str]]]] = []
        self.generated: list[tuple[Row, list[str]]] = []
        self.gone: list[tuple[Row, list[str]]] = []
        self.known = Sides()
        self.was: dict[str, Side] = {}
        self.made: Split | None = None
        self.scenes: list[Scene] = []
        self.rows: list[Row] = []

    def new(self) -> str:
        self.serial += 1
        return said(self.serial)

    def new_scene(self, questions: list[str]) -> list[tuple[str, str]]:
        lines = [("narrator", self.new())]
        for question in questions:
            lines += [(OTHER, question), (ROLE, self.new())]
        return lines

    some_questions = st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=3)

    @rule(told=st.lists(some_questions, min_size=1, max_size=6))
    def add_a_source(self, told: list[list[str]]) -> None:
        self.sources.append([self.new_scene(questions) for questions in told])

    @precondition(lambda self: self.sources)
    @rule(data=st.data(), questions=some_questions)
    def add_a_scene_somewhere(self, data: st.DataObject, questions: list[str]) -> None:
        source = data.draw(st.sampled_from(self.sources))
        source.insert(data.draw(st.integers(0, len(source))), self.new_scene(questions))

    @precondition(lambda self: self.sources)
    @rule(data=st.data())
    def edit_a_line(self, data: st.DataObject) -> None:
        lines = data.draw(st.sampled_from(data.draw(st.sampled_from(self.sources))))
        number = data.draw(st.integers(0, len(lines) - 1))
        lines[number] = (lines[number][0], self.new())

    @precondition(lambda self: any(len(source) > 1 for source in self.sources))
    @rule(data=st.data())
    def cut_scenes_otherwise(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from([each for each in self.sources if len(each) > 1]))
        number = data.draw(st.integers(0, len(source) - 2))
        lines = source.pop(number) + source.pop(number)
        cut = data.draw(st.integers(0, len(lines)))
        source[number:number] = [part for part in (lines[:cut], lines[cut:]) if part]

    @precondition(lambda self: len(self.sources) > 1)
    @rule(data=st.data())
    def remove_a_source(self, data: st.DataObject) -> None:
        self.sources.pop(data.draw(st.integers(0, len(self.sources) - 1)))

    @rule(data=st.data(), questions=some_questions, cites=st.booleans())
    def a_model_writes(self, data: st.DataObject, questions: list[str], cites: bool) -> None:
        cited = []
        if cites and self.scenes:
            lines = [line.content for line in lines_of(self.scenes) if line.content not in QUESTIONS]
            cited = data.draw(st.lists(st.sampled_from(lines), min_size=1, max_size=2))
        talk = tuple(text for question in questions for text in (question, self.new()))
        self.generated.append((Row("triplet" if cited else "dialogue", f"request {self.serial}", (), talk), cited))

    @precondition(lambda self: self.generated)
    @rule(data=st.data())
    def a_row_goes_and_may_come_back(self, data: st.DataObject) -> None:
        self.gone.append(self.generated.pop(data.draw(st.integers(0, len(self.generated) - 1))))
        if data.draw(st.booleans()):
            self.generated.append(self.gone.pop(0))

    @invariant()
    def everything_is_in_its_place(self) -> None:
        self.scenes = [each for n, told in enumerate(self.sources) for each in scenes_of(f"{n}.txt", told)]
        places = {line.content: line.span for line in lines_of(self.scenes)}
        self.rows = rows_of(self.scenes) + [
            replace(row, passages=tuple(map(places.__getitem__, cited)))
            for row, cited in self.generated
            if places.keys() >= set(cited)
        ]
        made = split_all(self.scenes, self.rows, self.known)
        assert_apart(made, self.scenes, self.rows)
        sides = sides_of(made)
        now = {
            identity(row): sides[row.kind, row.key]
            for row in self.rows
            if (row.kind, row.key) in sides and not set(QUESTIONS).issuperset(row.talk)
        }
        assert {row: (self.was[row], side) for row, side in now.items() if self.was.get(row, side) != side} == {}
        again = split_all(self.scenes, self.rows, Sides.from_json(json.loads(json.dumps(made.sides.to_json()))))
        assert (again.placed, again.rejected, again.sides) == (made.placed, made.rejected, made.sides)
        assert {row.key for row in self.rows} == {each.key for each in made.placed if each.kind != "line"} | {
            each.record["row"].key for each in made.rejected
        }
        self.known = made.sides
        self.was |= now


def identity(row: Row) -> str:
    """Its texts, the answers among which nobody else gives."""
    return " / ".join((row.kind, *row.talk))


def assert_apart(made: Split, scenes: list[Scene], rows: list[Row]) -> None:
    """No scene and no question cluster on both sides."""
    sides = sides_of(made)
    kept = [(row, sides[row.kind, row.key]) for row in rows if (row.kind, row.key) in sides]
    scene_of = {span: each for each in scenes for span in (each.span, *(line.span for line in each.utterances))}
    stands: dict[Span, set[Side]] = {each.span: set() for each in scenes}
    for row, side in kept:
        for passage in row.passages:
            stands[scene_of[passage].span].add(side)
    assert [span for span, its in stands.items() if len(its) > 1] == []
    asked: dict[Side, set[tuple[str, ...]]] = {"train": set(), "test": set()}
    for row, side in kept:
        asked[side] |= {tuple(question) for question in asked_in(row, "en")}
    for one, other in product(asked["train"], asked["test"]):
        assert Indel.normalized_similarity(one, other) < 0.7


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=60, stateful_step_count=25)


def test_about_the_share_of_the_scenes_is_held_out_whatever_their_number() -> None:
    for number in (2, 5, 9, 30, 200):
        scenes = plain_story(number)
        made = split_all(scenes, rows_of(scenes), Sides(), 0.1)
        held_out = [each for each in made.placed if each.kind == "scene" and each.side == "test"]
        assert len(held_out) == max(1, round(0.1 * number))


def test_of_a_story_in_one_piece_nothing_is_held_out() -> None:
    question = "Where did the old sailor bury his brass lamp"
    scenes = scenes_of("novel.txt", [[(OTHER, question), (ROLE, said(number))] for number in range(9)])
    made = split_all(scenes, rows_of(scenes), Sides())
    assert made.pieces == [9]
    assert {each.side for each in made.placed} == {"train"}


def test_a_short_question_chains_no_story() -> None:
    scenes = scenes_of("novel.txt", [[(OTHER, "Who are you?"), (ROLE, said(number))] for number in range(9)])
    made = split_all(scenes, rows_of(scenes), Sides())
    assert made.pieces == [1] * 9
    assert {each.side for each in made.placed if each.kind == "exchange"} == {"train", "test"}


def test_what_a_model_wrote_decides_nothing_about_the_scripts_own_rows() -> None:
    scenes = plain_story(40)
    rows = rows_of(scenes)
    draw = random.Random(1)
    generated = [
        Row(
            "triplet",
            f"r/{number}",
            tuple(draw.choice(lines_of(scenes)).span for _ in range(2)),
            (said(number), "Yes."),
        )
        for number in range(900, 960)
    ]
    without, beside = split_all(scenes, rows, Sides()), split_all(scenes, [*generated, *rows], Sides())
    assert sides_of(without).items() <= sides_of(beside).items()


def test_a_new_row_that_hangs_on_both_sides_is_rejected_and_says_on_what() -> None:
    scenes = plain_story(20)
    made = split_all(scenes, rows_of(scenes), Sides())
    held = {each.key: each.side for each in made.placed if each.kind == "scene"}
    train = next(each for each in scenes if held[scene_row(each).key] == "train")
    test = next(each for each in scenes if held[scene_row(each).key] == "test")
    bridge = Row("triplet", "r/0", (train.utterances[1].span, test.utterances[1].span), ("Who was where?", "I was."))
    asks = Row("dialogue", "q", (), (said(3), "I was."))  # the words of a line are no question yet
    again = split_all(scenes, [*rows_of(scenes), bridge, asks], made.sides)
    (rejected,) = again.rejected
    assert (rejected.reason, rejected.record["row"]) == ("split_bridge", bridge)
    assert set(rejected.record["hangs_on"]) == {"train", "test"}


def test_a_question_keeps_its_side_when_nobody_asks_it_any_more() -> None:
    asked = [Row("general", str(number), (), (said(number), "Yes.")) for number in range(40)]
    first = split_all([], asked, Sides())
    later = split_all([], asked[:1], first.sides)
    back = split_all([], asked, later.sides)
    assert back.placed == first.placed
    assert {each.side for each in first.placed} == {"train", "test"}


def test_questions_that_no_scene_knows_stand_alike_for_all_roles() -> None:
    asked = [Row("general", str(number), (), (said(number), "Yes.")) for number in range(300)]
    alone, beside = split_all([], asked, Sides()), split_all(plain_story(9), asked, Sides())
    assert sides_of(alone) == {key: side for key, side in sides_of(beside).items() if key[0] == "general"}
    assert 0.2 < sum(each.side == "test" for each in alone.placed) / 300 < 0.4


def test_another_source_moves_no_line_of_the_first_and_is_split_too() -> None:
    first, second = plain_story(10, "a.txt"), scenes_of("b.txt", [[(OTHER, said(1_000 + n)), (ROLE, said(2_000 + n))]
                                                                   for n in range(10)])  # fmt: skip
    made = split_all(first, rows_of(first), Sides())
    both = split_all([*second, *first], rows_of([*second, *first]), made.sides)
    assert sides_of(made).items() <= sides_of(both).items()
    new = Counter(each.side for each in both.placed if each.kind == "scene" and each.key.startswith("b.txt"))
    assert new == {"train": 7, "test": 3}


def test_the_same_passage_in_two_sources_stands_on_one_side() -> None:
    scenes = [*plain_story(12, "a.txt"), *plain_story(12, "b.txt")]
    sides = sides_of(split_all(scenes, rows_of(scenes), Sides()))
    for key in [key for kind, key in sides if kind == "exchange" and key.startswith("a.txt")]:
        assert sides["exchange", key] == sides["exchange", key.replace("a.txt", "b.txt")]


def test_the_last_acts_are_held_out_by_choice() -> None:
    scenes = [replace(each, act_id=number // 3) for number, each in enumerate(plain_story(30))]
    assert last_acts(scenes, 0.2) == {("novel.txt", 8), ("novel.txt", 9)}
    assert last_acts(scenes, 0.01) == {("novel.txt", 9)}
    assert last_acts(scenes[:3], 0.5) == set()
    made = split_all(scenes, rows_of(scenes), Sides(), last=last_acts(scenes, 0.2))
    assert made.rejected == []
    sides = sides_of(made)
    assert [sides["scene", scene_row(each).key] for each in scenes] == ["train"] * 24 + ["test"] * 6


def test_a_new_chapter_is_held_out_beside_those_before_it() -> None:
    scenes = [replace(each, act_id=number // 3) for number, each in enumerate(plain_story(33))]
    before = split_all(scenes[:30], rows_of(scenes[:30]), Sides(), last=last_acts(scenes[:30], 0.2))
    after = split_all(scenes, rows_of(scenes), before.sides, last=last_acts(scenes, 0.2))
    sides = sides_of(after)
    assert [sides["scene", scene_row(each).key] for each in scenes] == ["train"] * 24 + ["test"] * 9


def test_roles_are_held_out_by_list_or_by_hash() -> None:
    assert [role_side(role, 0.1, ["holmes"]) for role in ("holmes", "alice")] == ["test", "train"]
    drawn = Counter(role_side(f"role{number}", 0.1) for number in range(2_000))
    assert 150 < drawn["test"] < 250
    assert one_sided([Span("a", 0, 1)], [Row("general", "r", (), ("Q", "A"))], "test").placed[0].side == "test"


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"lines": {"train": [], "test": []}},
        {"lines": {"train": ["a"], "test": ["a"]}, "questions": {"train": [], "test": []}},
        {"lines": {"train": [1], "test": []}, "questions": {"train": [], "test": []}},
    ],
)
def test_what_is_no_kept_split_is_refused(told: object) -> None:
    with pytest.raises(ValueError, match=r"lines|questions"):
        Sides.from_json(told)


def test_thousands_of_rows_are_split_and_the_share_of_them_is_held_out() -> None:
    """benchmarks/splits.py does so with 100,000."""
    draw = random.Random(3)
    vocabulary = [digest(number)[:6] for number in range(30_000)]
    weights = list(accumulate(1 / (number + 20) for number in range(30_000)))
    scenes = plain_story(200)
    rows = rows_of(scenes)
    rows += [
        Row(
            "general",
            str(number),
            (),
            (" ".join(draw.choices(vocabulary, cum_weights=weights, k=draw.randint(6, 18))), "Yes."),
        )
        for number in range(10_000)
    ]
    made = split_all(scenes, rows, Sides(), 0.1)
    assert len(made.placed) + len(made.rejected) == len(rows) + len(lines_of(scenes))
    assert 0.09 < sum(each.side == "test" for each in made.placed) / len(made.placed) < 0.11


def test_the_words_that_count_are_those_of_the_language() -> None:
    def asked(question: str, language: str) -> int:
        return len(asked_in(Row("exchange", "k", (), (question, "。")), language))  # type: ignore[arg-type]

    assert [asked("你怎么会到这里来", "zh"), asked("你怎么会到这里", "zh")] == [1, 0]
    assert [asked("How did you come to this", "en"), asked("How did you come here", "en")] == [1, 0]
    assert words("你怎么会到这里来")[: LEAST_WORDS["zh"]] == list("你怎么会到这里来")
