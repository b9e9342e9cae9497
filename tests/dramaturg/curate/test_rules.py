import pytest

from dramaturg.curate.rules import Rules, is_in_language
from dramaturg.text import Language
from tests.characters import character

SHOWN = {
    "zh": ["那马瘦得肋骨都数得清，我不藏它，它就要累死在驿道上了。", "谢三指"],
    "en": ["I borrowed his to fetch the doctor across the water."],
}


@pytest.mark.parametrize(
    ("language", "question", "answer", "fault"),
    [
        ("zh", "十三，你怕什么？", "我怕我娘。", None),
        ("zh", "十三，你怕什么？", "", "empty"),
        ("zh", "？", "我怕我娘。", "empty"),
        ("zh", "十三，你怕什么？", "{{answer}}", "placeholder"),
        ("zh", "十三，你怕什么？", "……", "empty"),
        ("zh", "十三，你怕什么？", "I fear my mother.", "wrong_language"),
        ("zh", "What do you fear?", "我怕我娘。", "wrong_language"),
        ("zh", "十三，你怕什么？", "那马瘦得肋骨都数得清，我只好藏它。", "prompt_echo"),
        ("zh", "你跟谢三指怎么逃的？", "跑呗。", "prompt_echo"),
        ("zh", "十三，你怕什么？", "作为一个人工智能语言模型，我没有恐惧。", "ai_disclosure"),
        ("zh", "十三，你怕什么？", "我只是一个程序，不会害怕。", "ai_disclosure"),
        ("zh", "十三，你怕什么？", "抱歉，我无法回答这个问题。", "refusal"),
        ("zh", "十三，你去不去？", "对不起，我不能去，我娘病了。", None),
        ("zh", "十三，你怕什么？", "十三，你怕什么？", "answer_is_question"),
        ("zh", "十三，你怕什么？", "我怕她。\n柳娘：你怕谁？", "speaks_for_others"),
        ("en", "Ned, what do you fear?", "My mother, sir.", None),
        ("en", "Ned, what do you fear?", "我怕我娘。", "wrong_language"),
        ("en", "Ned, what do you fear?", "As an AI language model, I fear nothing.", "ai_disclosure"),
        ("en", "Ned, who taught you?", "I was trained by an old thief, as everybody knows.", None),
        ("en", "Ned, what do you fear?", "I'm sorry, but I can't assist with that.", "refusal"),
        ("en", "Ned, will you help?", "I am sorry, I can't leave the boat.", None),
        ("en", "Ned, what then?", "I borrowed his to fetch the doctor across, you see.", "prompt_echo"),
        ("en", "Ned, what do you fear?", "ned what do you fear", "answer_is_question"),
        ("en", "Ned, what then?", 'Ann Pike: "Nothing."', "speaks_for_others"),
        ("en", "Ned, what then?", "[insert answer]", "placeholder"),
        ("en", "Ned, do you feel it?", "I do not have personal preferences or emotions.", "ai_disclosure"),
        ("en", "Ann Pike, what then?", "I rowed.", "asks_another"),
        ("en", "Ned, what then?", "Ned rowed home and slept.", "third_person"),
        ("en", "Ned, what then?", "They call me Ned Tull.", None),
        ("en", "Who are you?", "Ned Tull, sir, ferryman these ten years.", None),
        ("zh", "柳娘，你怕什么？", "我怕水。", "asks_another"),
        ("zh", "十三，后来呢？", "顾十三划船走了。", "third_person"),
        ("zh", "十三，后来呢？", "十三不敢说。", None),
    ],
)
def test_a_pair_breaks_the_rule_it_breaks(language: Language, question: str, answer: str, fault: str | None) -> None:
    assert Rules.of(character(language), SHOWN[language]).fault(question, answer) == fault


def test_a_language_is_known_by_its_letters() -> None:
    assert is_in_language("他叫 Smith，从 London 来，说话带着那边的腔调。", "zh")
    assert not is_in_language("他 is from London", "zh")
    assert not is_in_language("…… 123", "zh")
    assert is_in_language("He said 好 and nothing else.", "en")
