"""The desk: what people say at the same time, and what makes no sense."""

import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dramaturg.curate.rows import Row
from dramaturg.errors import InputError
from dramaturg.review.corrections import read_corrections
from dramaturg.review.desk import ChangedError, Desk
from tests.dramaturg.review.test_lines import TEXT, script

AT = "2026-11-30T21:00:00+00:00"
TALK = Row("dialogue", "ab12", (), ("你是谁？", "我是我。"))
GENERAL = Row("general", "cd34", (), ("写一首诗。", "不会。"))
EXCHANGE = Row("exchange", "novel.txt:6-30", (), ("谁动了我的糕？", "不是我。"))
LINE, SHIFTED = (
    f"line:novel.txt:{script().utterances[1].start + by}-{script().utterances[1].end + by}" for by in (0, 4)
)


def desk(path: Path, text: str = TEXT, built_from: str = "", **others: Any) -> Desk:
    return Desk(path / "corrections.jsonl", [script(text, **others)], [TALK, GENERAL, EXCHANGE], "韦小宝", built_from)


def test_what_is_said_stands_for_every_desk_on_the_same_file(tmp_path: Path) -> None:
    state = desk(tmp_path).say(LINE, "speaker", 0, AT, role="海老公")
    assert (state.number, state.reviewed, state.drawn) == (1, 1, 0)
    told = desk(tmp_path).state().to_json()["targets"][LINE]
    assert told == {"number": 1, "built": False, "at": AT, "verdict": "accept", "role": "海老公"}


def test_who_accepts_a_line_says_whose_it_is(tmp_path: Path) -> None:
    desk(tmp_path).say(LINE, "accept", 0, AT)
    (correction,) = read_corrections(tmp_path / "corrections.jsonl")
    assert (correction.do, correction.role) == ("accept", "韦小宝")


def test_who_has_not_seen_the_last_word_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    one, other = desk(tmp_path), desk(tmp_path)
    one.say(LINE, "speaker", 0, AT, role="海老公")
    with pytest.raises(ChangedError):
        other.say(LINE, "speaker", 0, AT, role="茅十八")
    assert len(read_corrections(tmp_path / "corrections.jsonl")) == 1
    state = other.say(LINE, "speaker", 1, AT, role="茅十八")
    assert state.targets[LINE].role == "茅十八"


def test_an_undone_correction_still_counts_as_seen_or_not(tmp_path: Path) -> None:
    own = desk(tmp_path)
    own.say(LINE, "reject", 0, AT)
    state = own.say(LINE, "undo", 1, AT)
    assert not state.targets[LINE].stands
    with pytest.raises(ChangedError):
        own.say(LINE, "reject", 1, AT)


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    targets = [f"line:novel.txt:{line.start}-{line.end}" for line in script().utterances]

    def review(target: str) -> None:
        own = desk(tmp_path)
        for seen in range(10):
            number = own.state().targets.get(target)
            own.say(target, "speaker", number.number if number else 0, AT, role=f"人{seen}")

    threads = [threading.Thread(target=review, args=(target,)) for target in targets]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(read_corrections(tmp_path / "corrections.jsonl")) == 50
    assert all(desk(tmp_path).state().targets[target].role == "人9" for target in targets)


def test_a_line_that_has_moved_shows_what_was_said_of_it(tmp_path: Path) -> None:
    desk(tmp_path).say(LINE, "speaker", 0, AT, role="海老公")
    moved = desk(tmp_path, "序言。\n" + TEXT)
    assert moved.state().targets[SHIFTED].role == "海老公"
    state = moved.say(SHIFTED, "undo", 1, AT)
    assert not any(each.stands for each in state.targets.values())


def test_what_is_undone_where_two_corrections_met_is_undone_for_both(tmp_path: Path) -> None:
    desk(tmp_path).say(LINE, "speaker", 0, AT, role="海老公")
    moved = desk(tmp_path, "序言。\n" + TEXT)
    moved.say(SHIFTED, "speaker", 1, AT, role="茅十八")
    moved.say(SHIFTED, "undo", 2, AT)
    for own in (moved, desk(tmp_path)):
        assert not [each for each in own.state().targets.values() if each.stands]


def test_what_is_gone_is_told(tmp_path: Path) -> None:
    desk(tmp_path).say("line:novel.txt:6-13", "speaker", 0, AT, role="海老公")
    (gone,) = desk(tmp_path, TEXT.replace("糕", "饼")).state().gone
    assert gone.text == "谁动了我的糕？"


def test_a_rows_words_are_kept_as_they_were_before_anybody_wrote(tmp_path: Path) -> None:
    own = desk(tmp_path)
    own.say("dialogue:ab12", "edit", 0, AT, turn=1, text="我是韦小宝。")
    path = tmp_path / "corrections.jsonl"
    now = Row("dialogue", "ab12", (), ("你是谁？", "我是韦小宝。"))
    built = Desk(path, [script()], [now], "韦小宝", sha256(path.read_bytes()).hexdigest())
    assert built.state().gone == []
    state = built.say("dialogue:ab12", "edit", 1, AT, turn=0, text="阁下是谁？")
    assert state.targets["dialogue:ab12"].last.row is not None
    assert state.targets["dialogue:ab12"].last.row.talk == ("你是谁？", "我是我。")


def test_what_the_last_build_has_is_told(tmp_path: Path) -> None:
    own = desk(tmp_path)
    own.say(LINE, "accept", 0, AT)
    known = sha256((tmp_path / "corrections.jsonl").read_bytes()).hexdigest()
    own.say("exchange:novel.txt:6-30", "reject", 0, AT)
    told = desk(tmp_path, built_from=known).state().to_json()["targets"]
    assert told[LINE]["built"]
    assert not told["exchange:novel.txt:6-30"]["built"]


@pytest.mark.parametrize(
    ("target", "do", "said", "told"),
    [
        ("line:novel.txt:0-1", "accept", {}, "there is no line"),
        ("dialogue:none", "reject", {}, "there is no dialogue:none"),
        (LINE, "speaker", {}, "needs a role"),
        (LINE, "speaker", {"role": " "}, "nobody's name"),
        (LINE, "speaker", {"role": "旁白"}, "nobody's name"),
        (LINE, "edit", {"turn": 0, "text": "x"}, "cannot be said of this"),
        (LINE, "shout", {}, "cannot be said of this"),
        (LINE, "undo", {}, "nothing was said"),
        ("exchange:novel.txt:6-30", "edit", {"turn": 1, "text": "x"}, "only what a model wrote"),
        ("general:cd34", "edit", {"turn": 0, "text": "x"}, "only what a model wrote"),
        ("dialogue:ab12", "edit", {"turn": 2, "text": "x"}, "no turn 2"),
        ("dialogue:ab12", "edit", {"turn": 1, "text": "\n"}, "a text"),
        ("dialogue:ab12", "edit", {"turn": 1}, "a text"),
        ("name:韦小宝", "merge", {"into": "茅十八"}, "whom the dataset is of"),
        ("name:茅十八", "merge", {"into": "茅十八"}, "cannot be merged"),
        ("name:茅十八", "merge", {}, "cannot be merged"),
        ("name:无此人", "merge", {"into": "韦小宝"}, "nobody is called"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    tmp_path: Path, target: str, do: Any, said: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        desk(tmp_path).say(target, do, 0, AT, **said)
    assert read_corrections(tmp_path / "corrections.jsonl") == []


def test_names_are_not_merged_in_a_circle(tmp_path: Path) -> None:
    own = desk(tmp_path)
    own.say("name:茅十八", "merge", 0, AT, into="柳三娘")
    with pytest.raises(InputError, match="already"):
        own.say("name:柳三娘", "merge", 0, AT, into="茅十八")


def test_the_extractor_is_judged_by_whom_it_had_found(tmp_path: Path) -> None:
    own = desk(tmp_path)
    for number, line in enumerate(script().utterances):
        role = "海老公" if number == 0 else line.role
        state = own.say(f"line:novel.txt:{line.start}-{line.end}", "speaker", 0, AT, role=role)
    assert state.accuracy is not None  # all of five lines
    assert (state.accuracy.estimate, state.accuracy.after) == (0.8, 1.0)
