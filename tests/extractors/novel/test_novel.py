"""The extractor as a whole: exact offsets on any text, and the sample novels against their gold labels."""

import json
import textwrap
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg import ROOT
from dramaturg.cast import CastMember
from dramaturg.character import load_character
from dramaturg.text import Language
from dramaturg.workspace import Workspace
from extractors import Shelf, read_source
from extractors.novel import extract_novel
from extractors.reading import SourceText

GOLD = Path(__file__).parent / "gold"

CAST = (CastMember(name="张三", gender="M"), CastMember(name="李四娘", aliases=("四娘",), gender="F"))
ENGLISH_CAST = (
    CastMember(name="Sherlock Holmes", aliases=("Holmes",), gender="M"),
    CastMember(name="Mary Vane", aliases=("Mrs Vane",), gender="F"),
    CastMember(name="John Watson", aliases=("Watson", "I"), gender="M"),
)

_MARKS = st.sampled_from(
    [*"“”‘’「」『』\"'—–()\n\r，。,.?!… \t\u2028\ufeff😀", "\r\n", "\n\n", "　　", "……", "* * *", "--"]
)
_WORDS = st.sampled_from(
    [
        "张三道：",
        "她说，",
        "心想：",
        "said Holmes",
        "Mrs Vane asked,",
        "don’t",
        "the dogs’",
        "(sitting down)",
        "来",
        "Come",
    ]
)
_HEADINGS = st.sampled_from(["第一回　来", "Chapter 1", "IV. The Moor", "*** START OF THE PROJECT GUTENBERG EBOOK ***"])
_MANGLED = st.lists(_MARKS | _WORDS | _HEADINGS | st.text(max_size=3), max_size=40).map("".join)

_SENTENCES = st.lists(
    _WORDS | st.sampled_from(["It rained,", "she went out.", "雨停了。", "，", "I. Wood"]), min_size=1, max_size=6
)
_QUOTES = st.sampled_from(
    ["“{}”", "「{}」", "『{}』", "‘{}’", '"{}"', "'{}'", "“{}", "{}”", "「{}", "'{}", "—{}", "“‘{}’”", "「『{}」』"]
)
_SPOKEN = st.builds(
    str.format, _QUOTES, _SENTENCES.map(" ".join) | st.builds(str.format, _QUOTES, _SENTENCES.map(" ".join))
)
_PARAGRAPHS = st.lists(_SPOKEN | _SENTENCES.map(" ".join), min_size=1, max_size=5).map(" ".join)


def _set_in_lines(paragraphs: list[str], width: int, between: str, newline: str) -> str:
    """A novel as a file has it: hard-wrapped if it has a width, its paragraphs blank or indented lines apart."""
    wrapped = [textwrap.fill(each, width) if width else each for each in paragraphs]
    return between.join(["", *wrapped]).replace("\n", newline)


_NOVELS = st.builds(
    _set_in_lines,
    st.lists(_PARAGRAPHS | _HEADINGS, max_size=12),
    st.sampled_from([0, 12, 30]),
    st.sampled_from(["\n\n", "\n　　", "\n    ", "\n"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@given(_MANGLED | _NOVELS, st.sampled_from(["zh", "en"]))
def test_any_text_makes_a_script_of_its_own_words_in_their_order(text: str, language: Language) -> None:
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), language, CAST + ENGLISH_CAST)
    end = 0
    for line in script.utterances:
        assert end <= line.start < line.end
        assert text[line.start : line.end] == line.content == line.content.strip()
        end = line.end


@given((_MANGLED | _NOVELS).filter(lambda text: "GUTENBERG" not in text), st.sampled_from(["zh", "en"]))
def test_a_script_leaves_no_word_out(text: str, language: Language) -> None:
    left = list(text)
    for line in extract_novel("novel.txt", SourceText(text, "utf-8"), language, CAST).utterances:
        left[line.start : line.end] = " " * (line.end - line.start)
    assert not any(map(str.isalnum, left))


@given(_MANGLED | _NOVELS, st.sampled_from(["zh", "en"]))
def test_the_same_text_makes_the_same_script(text: str, language: Language) -> None:
    read = SourceText(text, "utf-8")
    assert extract_novel("a", read, language) == extract_novel("a", read, language)


def speakers(text: str, language: Language = "zh") -> list[str | None]:
    cast = CAST if language == "zh" else ENGLISH_CAST
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), language, cast, discover=False)
    return [line.role for line in script.utterances if line.kind in ("speech", "thought")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张三笑道：“来。”", ["张三"]),
        ("“来。”李四娘道。", ["李四娘"]),
        ("“你，”四娘叹道，“坐。”", ["李四娘", "李四娘"]),
        ("张三把碗一推。“不吃。”", ["张三"]),
        ("张三对四娘说道：“来。”", ["张三"]),
        ("张三进了门。\n\n她抬起头。\n\n四娘瞧着张三，冷笑道：“来了？”", ["李四娘"]),
        ("四娘坐下。张三站着。她冷笑道：“来了？”", ["李四娘"]),
        ("张三道：“来。”\n\n四娘道：“不来。”\n\n“来。”\n\n“不来。”", ["张三", "李四娘", "张三", "李四娘"]),
        ("张三道：“一。\n\n“二。”", ["张三", "张三"]),
        ("那老者道：“谁？”", ["老者"]),
    ],
)
def test_chinese_speakers(text: str, expected: list[str]) -> None:
    assert speakers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Come in,” said Holmes.", ["Sherlock Holmes"]),
        ("“Come in,” Mrs Vane said.", ["Mary Vane"]),
        ("Holmes said, “Come in.”", ["Sherlock Holmes"]),
        ("“So,” said Holmes, “you came.”", ["Sherlock Holmes", "Sherlock Holmes"]),
        ("Holmes shut the door. “Now.”", ["Sherlock Holmes"]),
        ("“And then?” I asked.", ["John Watson"]),
        ("Mrs Vane sat down. “I came,” she said, “at once.”", ["Mary Vane", "Mary Vane"]),
        ("“Yes?” said Holmes.\n\n“No,” said Mrs Vane.\n\n“Yes.”", ["Sherlock Holmes", "Mary Vane", "Sherlock Holmes"]),
        ("“Who is it?” asked the old porter.", ["the old porter"]),
    ],
)
def test_english_speakers(text: str, expected: list[str]) -> None:
    assert speakers(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("张三心想：“糟了。”", "zh"),
        ("张三暗道：“糟了。”", "zh"),
        ("“He is lying,” I thought.", "en"),
        ("“He is lying,” thought Holmes.", "en"),
    ],
)
def test_a_thought_is_no_speech(text: str, language: Language) -> None:
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), language, CAST + ENGLISH_CAST, discover=False)
    assert "thought" in {line.kind for line in script.utterances}


def test_without_a_cast_those_who_speak_twice_are_found() -> None:
    text = "“一。”王五道。\n\n“二。”赵六道。\n\n“三。”王五道。\n\n赵六道：“四。”\n\n王五把门一关。“五。”"
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), "zh")
    assert [line.role for line in script.utterances if line.is_speech] == ["王五", "赵六", "王五", "赵六", "王五"]


def test_a_name_broken_over_two_lines_is_still_a_name() -> None:
    text = "“One,” said Miss\nPike.\n\n“Two,” said Miss Pike.\n\n“Three,” said the old\nporter.\n"
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), "en")
    assert [line.role for line in script.utterances if line.is_speech] == ["Miss Pike", "Miss Pike", "the old porter"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("雨下了\n一夜，Mary\nVane走了进来：“Come.”", "zh"),
        ("Mrs. Vane走了进来：“Come.”", "zh"),
        ("Holmes shut hıs door. “Come.”", "en"),
    ],
)
def test_a_name_or_a_pronoun_set_strangely_stops_nothing(text: str, language: Language) -> None:
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), language, ENGLISH_CAST)
    assert [line.content for line in script.utterances if line.is_speech] == ["Come."]


def test_words_that_open_a_sentence_are_no_names() -> None:
    text = "“一。”只好说道。\n\n“二。”只好说道。\n\n“三。”王五道。\n\n“四。”王五道。"
    script = extract_novel("novel.txt", SourceText(text, "utf-8"), "zh")
    assert {line.role for line in script.utterances if line.is_speech} <= {"王五", None}


def accuracy_on_sample(character_id: str) -> tuple[float, float]:
    """F1 of the spans of speech and thought, and the share of those found whose speaker is right."""
    workspace = Workspace(ROOT / "data", character_id)
    character = load_character(workspace)
    source = character.sources[0]
    read = read_source(source, Shelf(workspace.raw, workspace.raw), character.language)
    script = extract_novel(source.name, read, character.language, character.full_cast, discover=False)
    found = {(line.start, line.end): line.role for line in script.utterances if line.kind in ("speech", "thought")}
    gold = map(json.loads, (GOLD / f"{character_id}.jsonl").read_text(encoding="utf-8").splitlines())
    wanted = {(each["start"], each["end"]): each["role"] for each in gold if each["kind"] != "quotation"}
    both = found.keys() & wanted.keys()
    return 2 * len(both) / (len(found) + len(wanted)), sum(found[span] == wanted[span] for span in both) / len(both)


@pytest.mark.parametrize(("character_id", "least"), [("weixiaobao", 0.85), ("holmes", 0.77)])
def test_the_sample_novels_quotes_and_speakers_are_found(character_id: str, least: float) -> None:
    quotes, speakers = accuracy_on_sample(character_id)
    assert quotes >= 0.99
    assert speakers >= least


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("“My dear Ned,\n\n“Yours,\n\n“" + "A" * 800 + "b!\n\n“x\n\n", "en", id="a scream in a letter"),
        pytest.param("“" + "A" * 800 + "b!\n\n“My dear Ned,\n\n“x\n\n", "en", id="a scream before a letter"),
        pytest.param("“My dear Ned,\n\n“Yours,\n\n“A" + "." * 60_000 + "!\n\n“x\n\n", "en", id="dots in a letter"),
        pytest.param("He saw the “Ab C" + "_" * 100_000 + "! c” there.", "en", id="blanks in a title"),
        pytest.param("“Go,” said Holmes. “Go.” " + "." * 5_000 + " x “No.”", "en", id="dots between quotes"),
        pytest.param("“Go on then do” and " + "so " * 40 + "the “Red Cow,” of " * 15_000, "en", id="titles"),
        pytest.param("“好。”" + "对张三，" * 50_000 + "说道：“来。”", "zh", id="a sentence without an end"),
    ],
)
def test_a_text_set_to_be_hard_is_read_in_a_time_that_grows_with_its_length(text: str, language: Language) -> None:
    begun = process_time()
    extract_novel("novel.txt", SourceText(text, "utf-8"), language, CAST + ENGLISH_CAST, discover=False)
    assert process_time() - begun < 10  # seconds: a tenth of that is needed
