"""Talks as a model's tokens, and which of these are an answer's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError

from dramaturg.errors import InputError
from dramaturg.publish.formats import apart, rocit_text, spoken
from dramaturg.publish.talks import Talk
from dramaturg.text import Language
from dramaturg.tune.recipe import Markup

__all__ = ["Encoder", "Message", "Sample"]

Message = Mapping[str, str]
"""`role`, which is system, user or assistant, and `content`."""

_NO_ANSWER = "the chat template of the model does not put an answer behind what is asked: RECIPE=rocit needs none"
_PROBE: Sequence[Message] = ({"role": "user", "content": "a"}, {"role": "assistant", "content": "b"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One sequence; `learned` says of each of the `tokens` whether the loss counts it: those of the role's answers,
    with the token that ends each."""

    talk: str
    tokens: list[int]
    learned: list[bool]


@dataclass(slots=True)
class Encoder:
    """A talk is written piece by piece, what is asked and each answer, and each piece made tokens by itself: so the
    tokens before an answer are those that the model is asked with. Text that reads as one of the tokenizer's special
    tokens stays text.

    A model that has no chat template is written to as RoCIT does.
    """

    tokenizer: Any
    markup: Markup
    language: Language
    stops: list[int] = field(init=False)
    """The tokens that end an answer."""
    _marks: re.Pattern[str] = field(init=False)
    _begin: list[int] = field(init=False)
    _has_system: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        """Raises InputError for a chat template that cannot be told where an answer begins."""
        specials = sorted(
            (token for token in self.tokenizer.all_special_tokens if len(token) > 1), key=len, reverse=True
        )
        self._marks = re.compile("|".join(map(re.escape, specials)) or r"(?!)")
        if self.markup == "chat" and not self.tokenizer.chat_template:
            self.markup = "rocit"
        first = self.tokenizer("").input_ids[:1]
        self._begin = first if self.markup == "rocit" and first == [self.tokenizer.bos_token_id] else []
        if self.markup == "chat":
            self._has_system = self._takes_system()
        special = {*self.tokenizer.all_special_ids, self.tokenizer.eos_token_id}
        behind = self._answer(_PROBE).rpartition("b")[2]
        closing = next((token for token in self._tokens(behind) if token in special), None)
        self.stops = list(dict.fromkeys([self.tokenizer.eos_token_id, *([] if closing is None else [closing])]))

    def encode(self, talk: Talk) -> list[Sample]:
        """One sample; more where the model's template writes an earlier answer otherwise than the last one, as those do
        that leave its thoughts out."""
        said = list(spoken(talk))
        messages = [{"role": role, "content": text} for role, text, _ in said]
        found: list[Sample] = []
        for place, (role, _, is_learned) in enumerate(said):
            if role != "assistant" or not is_learned:
                continue
            prompt = self.prompt(messages[:place])
            answer = self._tokens(self._answer(messages[: place + 1]))
            end = next((number for number, token in enumerate(answer) if token in self.stops), len(answer) - 1) + 1
            tokens, learned = prompt + answer[:end], [False] * len(prompt) + [True] * end
            if found and tokens[: len(found[-1].tokens)] == found[-1].tokens:
                before = found.pop().learned
                learned[: len(before)] = before
            found.append(Sample(talk.id, tokens, learned))
        return found

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens behind which the model is to answer."""
        text, tokens, done = self._write(messages, asks=True), list(self._begin), ""
        for place, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            before, whole = self._write(messages[:place], asks=True), self._write(messages[: place + 1])
            if not (text.startswith(whole) and whole.startswith(before) and before.startswith(done)):
                return self._begin + self._tokens(text)
            tokens += self._tokens(before[len(done) :]) + self._tokens(whole[len(before) :])
            done = whole
        return tokens + self._tokens(text[len(done) :])

    def _answer(self, messages: Sequence[Message]) -> str:
        """What is written of the last message behind what is asked."""
        before, whole = self._write(messages[:-1], asks=True), self._write(messages)
        if not whole.startswith(before) or len(whole) == len(before):
            raise InputError(_NO_ANSWER)
        return whole[len(before) :]

    def _takes_system(self) -> bool:
        try:
            self._write([{"role": "system", "content": "s"}, *_PROBE])
        except InputError:
            return False
        return True

    def _write(self, messages: Sequence[Message], asks: bool = False) -> str:
        plain = [{"role": each["role"], "content": apart(self._marks, each["content"])} for each in messages]
        if self.markup == "rocit":
            said = [(each["role"], each["content"]) for each in plain]
            return rocit_text(said, self.language, self.tokenizer.eos_token, asks)
        if not self._has_system and len(plain) > 1 and plain[0]["role"] == "system":
            system, first, *others = plain
            plain = [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *others]
        try:
            return str(self.tokenizer.apply_chat_template(plain, tokenize=False, add_generation_prompt=asks))
        except TemplateError as error:
            raise InputError(f"the model's chat template refuses the talk: {error}; RECIPE=rocit needs none") from None

    def _tokens(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False).input_ids) if text else []
