"""What train and test rows have in common is found by `verify` too, by other code than takes it out."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.curate.decontaminate import contaminated, phrase_reader
from dramaturg.curate.rows import Row
from dramaturg.verify.overlap import overlap_faults, phrase_faults
from dramaturg.verify.splits import Labelled
from dramaturg.workspace import Workspace, read_json, sha256_file, write_json
from tests.dramaturg.verify.test_dataset import corrupt, verdict_on

TEXT = "the ferry leaves at nine and the old clerk counts every coin before he lets anyone aboard"


def labelled(split: str, question: str, answer: str = "No.", **fields: Any) -> Labelled:
    return Labelled(split, 0, {"question": question, "generated": [answer], **fields})


def faults(train: str, test: str, *phrases: str) -> list[str]:
    return list(overlap_faults({"general": [labelled("train", train), labelled("test", test)]}, phrases))


def test_thirteen_words_in_a_row_are_found_and_twelve_are_not() -> None:
    words = TEXT.split()
    (fault,) = faults(f"He said {' '.join(words[:13])}, I think", TEXT)
    assert fault.startswith(
        "general row 0 of train has 13 words in a row in common with general row 0 of test: 'the|ferry"
    )
    assert faults(f"He said {' '.join(words[:12])}, I think", TEXT) == []


def test_what_the_role_always_says_is_one_word() -> None:
    words = TEXT.split()
    assert faults(" ".join(words[:13]), TEXT, "the old clerk") == []
    assert len(faults(" ".join(words[:15]), TEXT, "the old clerk")) == 1


def test_each_turn_is_read_by_itself_and_who_speaks_is_no_part_of_it() -> None:
    first, last = " ".join(TEXT.split()[:7]), " ".join(TEXT.split()[7:])
    talk = {"user_question": f"「{first}」", "agent_response": f"「{last}」", "more_dialogues": [f"Ned:「{TEXT}」"]}
    test = labelled("test", TEXT)
    (fault,) = overlap_faults({"chatharuhi": [Labelled("train", 4, talk)], "general": [test]}, ())
    assert fault.startswith("chatharuhi row 4 of train")
    short: dict[str, Any] = {**talk, "more_dialogues": []}
    assert list(overlap_faults({"chatharuhi": [Labelled("train", 4, short)], "general": [test]}, ())) == []


def test_of_a_scene_what_is_said_counts() -> None:
    def scene(split: str, kind: str) -> Labelled:
        return Labelled(split, 0, {"turns": [{"kind": kind, "content": TEXT}]})

    assert len(list(overlap_faults({"scenes": [scene("train", "speech"), scene("test", "speech")]}, ()))) == 1
    assert list(overlap_faults({"scenes": [scene("train", "narration"), scene("test", "speech")]}, ())) == []


_WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=30).map(" ".join)


@given(_WORDS, _WORDS, st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(" ".join), max_size=4))
def test_it_finds_what_is_taken_out_and_no_more(train: str, test: str, phrases: list[str]) -> None:
    rows = [Row("scene", split, (), (text,)) for split, text in (("test", test), ("train", train))]
    found = [each for _, each in contaminated(rows[:1], rows[1:], "en", phrase_reader(phrases)) if "13" in each.sign]
    assert len(faults(train, test, *phrases)) == len(found)


def test_a_phrase_that_is_no_catchphrase_and_said_in_two_lines_is_told() -> None:
    script = [
        {"role": role, "kind": kind, "content": content}
        for role, kind, content in (
            ("Ned", "speech", "Mark my words, mark my words!"),
            ("Ned", "speech", "Mark my\nwords."),
            ("Ned", "thought", "mark my words"),
            ("Moll", "speech", "mark my words"),
            ("Ned", "speech", "By my hat. Postmark my words."),
            *[("Ned", "speech", f"By my {each} hat!") for each in ("", "old", "")],
        )
    ]
    told = list(phrase_faults(["mark my words", "by my hat", "upon my soul"], ["Upon my soul"], script, "Ned"))
    assert told == ["splits: 'mark my words' counts as one word, and is no catchphrase, nor said in 3 lines"]


def test_a_train_row_that_says_what_a_test_row_does_is_caught(built: Path) -> None:
    folder = Workspace(built, "weixiaobao").dataset / "chatharuhi"
    said = max((row["agent_response"] for row in pq.read_table(folder / "test.parquet").to_pylist()), key=len)
    corrupt(built, "chatharuhi", lambda rows: rows[3].update(agent_response=said))
    assert any("chatharuhi row 3 of train has 13 words in a row" in each for each in verdict_on(built).faults)


def test_what_counts_as_one_word_is_held_against_the_script(built: Path) -> None:
    workspace = Workspace(built, "weixiaobao")
    path = workspace.processed / "13_splits.phrases.json"
    write_json(path, [*read_json(path), "谁也没有说过的话"])
    manifest = read_json(workspace.manifest)
    manifest["stages"]["splits"]["files"][path.name] = sha256_file(path)
    write_json(workspace.manifest, manifest)
    assert verdict_on(built).faults == [
        "splits: '谁也没有说过的话' counts as one word, and is no catchphrase, nor said in 3 lines"
    ]
    del manifest["stages"]["splits"]["files"][path.name]
    write_json(workspace.manifest, manifest)
    assert verdict_on(built).faults == ["splits: it is not told which phrases count as one word: build again"]
