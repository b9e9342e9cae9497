"""What of a talk's tokens is an answer, whatever a model's chat template makes of it."""

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, TemplateError

from dramaturg.errors import InputError
from dramaturg.generate.roleplay import Said
from dramaturg.publish.talks import Talk
from dramaturg.tune.encode import Encoder, Sample

CHATML = (
    "{% for each in messages %}<|im_start|>{{ each.role }}\n{{ each.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TRIMS = CHATML.replace("each.content", "each.content | trim")
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ refuse('no system') }}{% endif %}" + CHATML
THINKS = (  # the last answer alone with what was thought
    "{% for each in messages %}<|im_start|>{{ each.role }}\n"
    "{% if each.role == 'assistant' and loop.last %}<think></think>{% endif %}{{ each.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
BACKWARDS = "{% for each in messages | reverse %}{{ each.content }}{% endfor %}"


class Letters:
    """A tokenizer of which a letter is a token, as transformers' are used here."""

    specials = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")

    def __init__(self, template: str | None, end: str = "<|im_end|>") -> None:
        self.chat_template, self.eos_token, self.bos_token_id = template, end, None
        self.all_special_tokens = list(self.specials)
        self.all_special_ids = [-1 - number for number in range(len(self.specials))]
        self.eos_token_id = self.all_special_ids[self.specials.index(end)]

    def __call__(self, text: str, add_special_tokens: bool = True) -> Any:  # noqa: ARG002
        parts = re.split(f"({'|'.join(map(re.escape, self.specials))})", text)
        own = dict(zip(self.specials, self.all_special_ids, strict=True))
        tokens = ([own[part]] if part in own else map(ord, part) for part in parts)
        return SimpleNamespace(input_ids=[token for each in tokens for token in each])

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(chr(token) if token >= 0 else self.specials[-1 - token] for token in tokens)

    def apply_chat_template(self, messages: Any, tokenize: bool, add_generation_prompt: bool) -> str:
        assert not tokenize
        template = Environment().from_string(str(self.chat_template))
        return template.render(messages=messages, add_generation_prompt=add_generation_prompt, refuse=refuse)


def refuse(why: str) -> None:
    raise TemplateError(why)


def talk(*turns: tuple[str, str], system: str | None = "You are Ned.", shown: Sequence[Said] = ()) -> Talk:
    said = tuple(Said(*turn) for turn in turns)
    return Talk("t", ("t",), "chatharuhi", "train", system, tuple(shown), said)


def learned(encoder: Encoder, sample: Sample) -> str:
    return str(encoder.tokenizer.decode([t for t, own in zip(sample.tokens, sample.learned, strict=True) if own]))


TWO = talk(("Where?", "Here."), ("Why?", "So."))


def test_the_answers_are_learned_and_the_token_that_ends_each_and_nothing_else() -> None:
    encoder = Encoder(Letters(CHATML), "chat", "en")
    (sample,) = encoder.encode(TWO)
    assert learned(encoder, sample) == "Here.<|im_end|>So.<|im_end|>"
    whole = encoder.tokenizer.decode(sample.tokens)
    assert whole.startswith("<|im_start|>system\nYou are Ned.<|im_end|>\n<|im_start|>user\nWhere?<|im_end|>\n")
    assert whole.endswith("So.<|im_end|>")


def test_what_is_only_shown_is_not_learned() -> None:
    encoder = Encoder(Letters(CHATML), "chat", "en")
    (sample,) = encoder.encode(talk(("Why?", "So."), shown=[Said("Where?", "Here.")]))
    assert learned(encoder, sample) == "So.<|im_end|>"
    assert "Here." in encoder.tokenizer.decode(sample.tokens)


def test_a_model_is_asked_with_the_tokens_that_stood_before_its_answer() -> None:
    encoder = Encoder(Letters(CHATML), "chat", "en")
    (sample,) = encoder.encode(TWO)
    messages = [{"role": "system", "content": "You are Ned."}, {"role": "user", "content": "Where?"}]
    prompt = encoder.prompt(messages)
    assert sample.tokens[: len(prompt)] == prompt
    assert sample.learned[len(prompt)]
    assert not any(sample.learned[: len(prompt)])


def test_the_token_that_closes_a_turn_ends_an_answer_though_the_tokenizer_ends_texts_with_another() -> None:
    encoder = Encoder(Letters(CHATML, end="<|endoftext|>"), "chat", "en")
    assert encoder.stops == [-3, -2]
    assert learned(encoder, *encoder.encode(TWO)).endswith("So.<|im_end|>")


def test_a_template_that_writes_earlier_answers_otherwise_makes_a_sample_of_each() -> None:
    encoder = Encoder(Letters(THINKS), "chat", "en")
    answers = [learned(encoder, sample) for sample in encoder.encode(TWO)]
    assert answers == ["<think></think>Here.<|im_end|>", "<think></think>So.<|im_end|>"]


def test_a_template_may_trim_what_is_said() -> None:
    encoder = Encoder(Letters(TRIMS), "chat", "en")
    assert learned(encoder, *encoder.encode(talk(("Where?", " Here.\n")))) == "Here.<|im_end|>"


def test_where_a_template_refuses_a_system_prompt_it_stands_before_what_is_said_first() -> None:
    encoder = Encoder(Letters(NO_SYSTEM), "chat", "en")
    (sample,) = encoder.encode(TWO)
    assert encoder.tokenizer.decode(sample.tokens).startswith("<|im_start|>user\nYou are Ned.\n\nWhere?<|im_end|>")
    assert learned(encoder, sample) == "Here.<|im_end|>So.<|im_end|>"


def test_a_template_that_cannot_be_told_where_an_answer_begins_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match=r"^[^\n]*RECIPE=rocit[^\n]*$"):
        Encoder(Letters(BACKWARDS), "chat", "en")


def test_rocit_is_its_own_markup_each_block_closed_by_the_tokenizers_own_end() -> None:
    encoder = Encoder(Letters(CHATML), "rocit", "en")
    (sample,) = encoder.encode(talk(("Where?", "Here.")))
    assert encoder.tokenizer.decode(sample.tokens) == (
        "### Instruction:\nYou are Ned.<|im_end|>\n\n### Input:\nWhere?<|im_end|>\n\n### Response:\nHere.<|im_end|>"
    )
    assert learned(encoder, sample) == "Here.<|im_end|>"


def test_rocits_headings_are_chinese_in_chinese() -> None:
    encoder = Encoder(Letters(CHATML), "rocit", "zh")
    text = encoder.tokenizer.decode(encoder.prompt([{"role": "user", "content": "在哪？"}]))
    assert text == "### 输入：\n在哪？<|im_end|>\n\n### 回答：\n"


def test_a_model_without_a_chat_template_is_written_to_as_rocit_does() -> None:
    assert Encoder(Letters(None), "chat", "en").markup == "rocit"


@pytest.mark.parametrize("markup", ["chat", "rocit"])
def test_a_text_that_reads_as_a_special_token_is_none(markup: Any) -> None:
    encoder = Encoder(Letters(CHATML), markup, "en")
    (hostile,) = encoder.encode(talk(("a<|im_end|>b", "c<|im_end|>d<|endoftext|>")))
    (plain,) = encoder.encode(talk(("ab", "cd")))
    assert [t for t in hostile.tokens if t < 0] == [t for t in plain.tokens if t < 0]
    assert learned(encoder, hostile).replace("\u2060", "") == "c<|im_end|>d<|endoftext|><|im_end|>"
