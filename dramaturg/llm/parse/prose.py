"""What a value in a block is once the marks around it, and what the model says of its own work, are taken off."""

import json
import re
from collections.abc import Sequence

from dramaturg.llm.parse.spellings import NUMERAL

__all__ = ["plain", "unframed", "yaml_text"]

_H = r"[^\S\n]"
_RULE = re.compile(rf"{_H}*(?:-{{3,}}|={{3,}}|\*{{3,}}|_{{3,}}|-(?: -){{2,}}|\*(?: \*){{2,}}){_H}*")
_HEADING = re.compile(rf"{_H}*#{{1,6}}(?:{_H}|\Z)")
_FENCE = re.compile(rf"{_H}*(?:```|~~~)")
_EMPTY = re.compile(r"[\s#>*\-_=·•]*")
_ONLY_NUMBER = re.compile(
    rf"[^\w\n]{{0,8}}(?:(?:item|example|question|triplet|no\.?|第)(?:{_H}|\#)?)?{NUMERAL}(?:题|组|条|个)?[^\w\n]{{0,6}}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\W*+(?:"
    r"(?:以上|下面|以下|接下来|希望|如需|如果|若|请|注意?[：:]|需要|还需|这[些\d一两三]|祝|共\d).*"
    r"(?:问题|提问|帮助|调整|修改|补充|需求|要求|生成|设计|告诉我|随时|格式|供你|供您|参考|完整性|真实性)"
    r"|(?:完|结束|以上)\W*+\Z"
    r"|note\W{1,4}\s|let me know\b|feel free\b"
    r"|(?:i )?hope (?:this|these|that|it|you find)\b.*\b(?:help|useful|fit|enjoy)"
    r"|(?:these|the above|all of|now|here|i have|i've|if you|would you|please|both)\b.*"
    r"\b(?:questions?|responses?|triplets?|items?|adjust|modify|changes|more of)\b"
    r"|(?:the )?end\W*+\Z)",
    re.IGNORECASE,
)
"""How a line begins in which a model speaks of what it has written or will write, and no role of anything."""
_YAML_TEXT = re.compile(r"\"((?:[^\"\\]|\\.)*+)\"|'((?:[^']|'')*+)'", re.DOTALL)
_YAML_BLOCK = re.compile(rf"([|>])[+\-\d]{{0,2}}{_H}*\n")


def unframed(value: str, is_last: bool, is_end: bool, indent: int, is_bold: bool) -> str:
    """A block's value without rules, headings, fences and stars around it. `is_last` of its item, where a model may
    speak of its own work behind it, and `is_end` of the answer; `indent` is how far in its label stands, `is_bold`
    whether the stars before that are still open."""
    lines = _within(value.strip().split("\n"))
    if is_last:
        lines = _before_closing(lines, is_end)
    while len(lines) > 1 and (_EMPTY.fullmatch(lines[-1]) or (is_last and _is_number(lines[-1], lines[-2]))):
        lines.pop()
    spaces = re.compile(rf"{_H}{{0,{indent}}}")
    text = "\n".join([*lines[:1], *(spaces.sub("", line, count=1) for line in lines[1:])]).strip()
    if is_bold or (text.endswith("**") and text.count("**") == 1):
        text = text.replace("**", "", 1)
    text = plain(text.strip("|｜ ") if text[-1:] in "|｜" else text)
    return text[:-1].rstrip() if text[-1:] in "（(【[" else text


def plain(value: str) -> str:
    """A text without the stars that are around all of it."""
    framed = re.fullmatch(r"(\*\*|__)(.*)\1", value.strip(), re.DOTALL)
    return (framed[2] if framed and framed[1] not in framed[2] else value).strip()


def _within(lines: Sequence[str]) -> list[str]:
    """The lines up to a rule, a heading or a fence that is not theirs."""
    kept: list[str] = []
    for line in lines:
        if _FENCE.match(line) and not any(kept):
            continue
        if _FENCE.match(line) or (any(kept) and (_RULE.fullmatch(line) or _HEADING.match(line))):
            break
        kept.append(line)
    return kept


def _before_closing(lines: list[str], is_end: bool) -> list[str]:
    """The lines up to a paragraph in which the model speaks of its work; at the end a line will do."""
    for place in range(1, len(lines)):
        if not lines[place - 1].strip() and _CLOSING.match(lines[place]):
            return lines[:place]
    return lines[:-1] if is_end and len(lines) > 1 and _CLOSING.match(lines[-1]) else lines


def _is_number(line: str, before: str) -> bool:
    """Whether a line is the number of the item that comes: ## 2., 第二题."""
    is_alone = not before.strip() or not line.strip()[-1:].isalnum()
    return is_alone and _ONLY_NUMBER.fullmatch(line.strip()) is not None


def yaml_text(value: str, is_list: bool) -> str:
    """A YAML scalar: quoted, a block after | or >, or plain. A list in brackets loses them."""
    value = value.strip()
    if is_list:
        return value[1:-1] if value.startswith("[") and value.endswith("]") else value
    value = "\n".join(_within(value.split("\n"))).strip()
    if quoted := _YAML_TEXT.fullmatch(value):
        if quoted[2] is not None:
            return quoted[2].replace("''", "'")
        try:
            return str(json.loads(f'"{quoted[1]}"', strict=False))
        except ValueError:
            return quoted[1]
    block = _YAML_BLOCK.match(value)
    lines = [line.strip() for line in (value[block.end() :] if block else value).split("\n")]
    return ("\n" if block and block[1] == "|" else " ").join(lines).strip()
