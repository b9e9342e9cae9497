"""What train has in common with test goes from train; what any row has in common with a benchmark goes."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dramaturg.curate.decontaminate import Found, contaminated, in_benchmark, phrase_reader
from dramaturg.curate.rows import Row
from dramaturg.errors import InputError
from dramaturg.text import Language, words

ZH = "昨夜三更那条黑船泊在石桥底下卸了十二箱东西"
EN = "at three in the morning the black barge put out twelve crates under the stone bridge"


def row(key: str, *talk: str, kind: str = "exchange") -> Row:
    return Row(kind, key, (), talk)  # type: ignore[arg-type]


def lost(test: list[Row], train: list[Row], language: Language = "zh", phrases: tuple[str, ...] = ()) -> dict[str, str]:
    found = contaminated(test, train, language, phrase_reader(phrases))
    return {each.key: why.sign for each, why in found}


@pytest.mark.parametrize(("language", "told"), [("zh", ZH), ("en", EN)])
def test_thirteen_words_in_a_row_of_a_test_row_take_a_train_row_out(language: Language, told: str) -> None:
    joined = "" if language == "zh" else " "
    said = words(told)
    test = [row("t", "？", f"{'我 ' * 30}{told}")]
    thirteen, twelve = (f"{'你 ' * 30}{joined.join(said[:number])}{' 他' * 30}" for number in (13, 12))
    train = [row("asks it", thirteen, "嗯"), row("answers it", "嗯", thirteen), row("less", "嗯", twelve)]
    assert lost(test, train, language) == {"asks it": "13 words in a row", "answers it": "13 words in a row"}


def test_it_is_told_which_row_and_by_what() -> None:
    ((_, found),) = contaminated([row("t", "？", ZH)], [row("r", "？", f"听说{ZH}。")], "zh", words)
    assert found == Found("exchange t", "13 words in a row", " ".join(ZH[:13]))


def test_an_answer_that_is_nearly_a_tests_goes() -> None:
    test = [row("t", "你怎么看？", "我看这事还得问掌柜")]
    assert lost(test, [row("r", "后来呢？", "我看这事还是问掌柜")]) == {"r": "near_duplicate"}


def test_a_short_question_alone_takes_nothing_out_but_with_its_answer_does() -> None:
    test = [row("t", "什么？", "没什么。")]
    train = [row("other", "什么？", "船来了。"), row("same", "什么？", "没什么！")]
    assert lost(test, train) == {"same": "near_duplicate"}


def test_later_turns_count_too() -> None:
    test = [row("t", "你来了？", "来了。", "说说看。", ZH)]
    assert lost(test, [row("r", "走吧。", "走。", f"可是{ZH}", "是。")]) == {"r": "13 words in a row"}


def test_a_catchphrase_alone_takes_nothing_out() -> None:
    phrase = "灶王爷在上小人若有半句假话天打雷劈"
    test = [row("t", "说实话！", f"{phrase}，钱是猴子拿的。")]
    train = [
        row("says it too", "你到底偷没偷？", f"{phrase}，我昨天在河边钓鱼。"),
        row("and more", "谁偷了？", f"{phrase}，钱是猴子拿的。"),
    ]
    assert set(lost(test, train)) == {"says it too", "and more"}
    assert set(lost(test, train, phrases=(phrase,))) == {"and more"}


def test_phrases_are_one_word_the_longer_first() -> None:
    read = phrase_reader(["灶王爷在上", "灶王爷", "好"])
    assert read("灶王爷在上，灶王爷好") == ["灶 王 爷 在 上", "灶 王 爷", "好"]
    assert phrase_reader(["You are sure"])("You are sure, you are") == ["you are sure", "you", "are"]


def test_the_lines_of_a_test_scene_count_for_what_a_model_wrote() -> None:
    test = [row("novel.txt:0-9", "谁？", ZH, kind="scene")]
    assert set(lost(test, [row("a/0", "那夜怎样？", f"{ZH}，我亲眼看见。", kind="triplet")])) == {"a/0"}


def test_a_test_row_stays() -> None:
    both = [row("a", "？", ZH), row("b", "！", ZH)]
    assert [each.key for each, _ in contaminated(both[:1], both[1:], "zh", words)] == ["b"]
    assert list(contaminated(both, [], "zh", words)) == []


def write(path: Path, texts: list[str]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"id": list(range(len(texts))), "turns": [[{"said": text}] for text in texts]}), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"id": 1, "a": {"b": [None, text]}}) + "\n" for text in texts))
    elif path.suffix == ".json":
        path.write_text(json.dumps([{"question": text, "n": 1.5} for text in texts]))
    else:
        path.write_text("\n\n".join(texts), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "at"),
    [("b.jsonl", "b.jsonl:2"), ("b.parquet", "b.parquet, row 2"), ("b.json", "b.json, item 2"),
     ("b.txt", "b.txt, paragraph 2")],
)  # fmt: skip
def test_every_string_of_a_benchmark_counts(tmp_path: Path, name: str, at: str) -> None:
    file = write(tmp_path / name, ["别的话", f"据说{ZH}。"])
    nearly = f"说{ZH[:7]}{ZH[8:15]}{ZH[16:]}"
    ours = [row("copied", ZH, "是。"), row("nearly", "别的", nearly), row("ours", "别的", "没事。")]
    found = {each.key: (why.at, why.sign) for each, why in in_benchmark(ours, [file], "zh", words)}
    assert found == {"copied": (at, "13 words in a row"), "nearly": (at, "near_duplicate")}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("b.jsonl", b"1\n{", ":2: not JSON: {"),
        ("b.parquet", b"PAR", ": not Parquet"),
        ("b.txt", b"\xff", ": not in UTF-8"),
    ],
)
def test_a_benchmark_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"BENCHMARKS: .*{name}{told}"):
        list(in_benchmark([row("r", ZH, ZH)], [tmp_path / name], "zh", words))


def test_of_thousands_of_rows_those_copied_are_found_and_no_other() -> None:
    """benchmarks/splits.py does so with 100,000."""
    draw = random.Random(5)
    letters = [chr(0x4E00 + number) for number in range(20_000)]

    def text() -> str:
        return "".join(draw.choices(letters, k=draw.randint(8, 30)))

    train = [row(str(number), text(), text()) for number in range(9_000)]
    test = [row(f"t{number}", text(), text()) for number in range(1_000)]
    copied = draw.sample(train, 50)
    test += [row(f"c{number}", each.talk[0], text()) for number, each in enumerate(copied)]
    assert set(lost(test, train)) == {each.key for each in copied}
