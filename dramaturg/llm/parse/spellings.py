"""What models call the fields of an item and the choices of one, whatever the prompt called them."""

import re
from collections.abc import Mapping, Sequence

from prompts import Field

__all__ = ["NUMERAL", "Spellings", "number_of"]

_WORDS: Mapping[str, Sequence[str]] = {
    "question": ("问题", "問題", "提问", "提問", "问", "問", "Question", "Q"),
    "confidence": (
        *("完整性", "真实性", "真實性", "可信度", "置信度", "Confidence", "Confidence level"),
        *("Completeness", "Factualness", "Factuality"),
    ),
    "answer": (
        *("回复", "回覆", "回復", "回答", "答复", "答覆", "答案", "回应", "回應", "答"),
        *("Response", "Answer", "Reply", "A"),
    ),
    "reason": (
        *("理由", "原因", "原由", "缘由", "说明", "說明"),
        *("Reason", "Reasons", "Reasoning", "Rationale", "Explanation", "Justification"),
    ),
    "description": ("描述", "简介", "Description"),
    "catchphrases": ("口头禅", "口頭禪", "Catchphrases", "Catchphrase"),
}
"""By our name of a field: both languages, both scripts, and the papers' labels, since a model may fall into any."""

_CHOICES: Mapping[str, Sequence[str]] = {
    "high": (
        *("高", "较高", "較高", "很高", "非常高", "极高", "偏高", "高度", "完整", "真实", "真實", "属实", "屬實", "是"),
        *("high", "very high", "fairly high", "quite high", "complete", "factual", "true", "yes"),
    ),
    "low": (
        *("低", "较低", "較低", "很低", "非常低", "极低", "偏低", "不完整", "不真实", "不真實", "不属实", "虚构", "否"),
        *("low", "very low", "fairly low", "quite low", "incomplete", "not factual", "false", "no"),
    ),
    "yes": ("是", "是的", "对", "符合", "切题", "属实", "正确", "yes", "true", "correct"),
    "no": (
        *("否", "不是", "不", "不对", "不符合", "不切题", "不属实", "不正确"),
        *("no", "false", "incorrect", "not correct"),
    ),
    "unknown": (
        *("无从判断", "无法判断", "不确定", "不知道", "未知"),
        *("unknown", "unclear", "uncertain", "not known", "cannot tell", "cannot say", "not sure"),
    ),
    "tie": (
        *("平手", "平局", "不分上下", "不相上下", "一样好"),
        *("tie", "a tie", "tied", "draw", "a draw", "equal", "neither", "both"),
    ),
    "first": ("答案a", "回答a", "answer a"),
    "second": ("答案b", "回答b", "answer b"),
    **{str(score): (f"{score}分", f"{score} 分", f"{score}/5", f"{score} / 5", f"{score}.0") for score in range(1, 6)},
}
_SEPARATORS = re.compile(r"[\s_\-*`]+")
_KEY = re.compile(r"\W*(?P<word>.*?)\W*(?P<number>\d{0,3})\W*", re.DOTALL)
_CELL = re.compile(r"[^\w（(]*(?P<word>\w[^（(\[【/]*?)[\s*_`:：]*(?:[（(\[【/].*)?", re.DOTALL)

_NUMERALS = "一二三四五六七八九"
NUMERAL = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"


def number_of(numeral: str | None) -> int | None:
    """The number that `NUMERAL` found; None where it is none."""
    if not numeral:
        return None
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    values = [_NUMERALS.find(each) + 1 for each in (tens, ones)]
    return (values[0] or 1) * 10 + values[1] if ten else values[1]


class Spellings:
    """The fields asked for, and which of them a word is. A prompt's own words go before those that models use."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self.first = self.fields[0].name
        self.names = {field.name for field in self.fields}
        self.required = {field.name for field in self.fields if not field.optional}
        self.lists = {field.name for field in self.fields if field.is_list}
        self.chosen = {field.name for field in self.fields if field.choices}
        self.notes = {field.note for field in self.fields if field.note}
        self.words: dict[str, str] = {}
        for field in self.fields:
            self.words |= {word.lower(): field.name for word in (*field.also, field.label, field.name)}
        for note in self.notes:
            self.words.setdefault(note.lower(), note)
        for name in self.names | self.notes:
            for word in _WORDS.get(name, ()):
                self.words.setdefault(word.lower(), name)
        self.pattern = "|".join(
            re.escape(word).replace(r"\ ", r"[ _-]?") for word in sorted(self.words, key=len, reverse=True)
        )
        self._plain = {_SEPARATORS.sub("", word): name for word, name in self.words.items()}

    def name_of(self, word: str) -> str | None:
        """The field that a word found by `pattern` stands for, or whose note."""
        return self._plain.get(_SEPARATORS.sub("", word.lower()))

    def key(self, key: str) -> tuple[str, int | None] | None:
        """The field and the number that a JSON key or a tag is called after: question, Question_1, 问题2."""
        if len(key) > 40 or (found := _KEY.fullmatch(key)) is None:
            return None
        name = self.name_of(found["word"])
        return None if name is None else (name, number_of(found["number"]))

    def heading(self, cell: str) -> str | None:
        """The field whose column a table's heading stands over: **问题**, Response (in character), 韦小宝的回复."""
        if len(cell) > 60 or (found := _CELL.fullmatch(cell.strip())) is None:
            return None
        word = found["word"].lower()
        if (name := self.name_of(word)) is not None:
            return name
        ends = [each for each in self.words if len(each) > 1 and word.endswith(each if each > "z" else " " + each)]
        return self.words[max(ends, key=len)] if ends else None

    @staticmethod
    def choices(field: Field) -> dict[str, str]:
        """What a model may write for a choice, in small letters, with what we call it."""
        words = {word: ours for ours in field.choices or {} for word in _CHOICES.get(ours, ())}
        own = {each.lower(): ours for ours, theirs in (field.choices or {}).items() for each in (ours, theirs)}
        return words | own
