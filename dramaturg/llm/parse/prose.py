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
    r"\W*+(?:(?:好的?|当然|没问题|okay|sure|great)\W+)?(?:"
    r"(?:以上|如上).*(?:问题|设计|描述|内容|回复|回答|参考|剧本|格式|要求)|(?:下面|以下|接下来).{0,4}(?:是|为|请看).*(?:题|问)"
    r"|希望.*(?:帮助|有用|要求|需求|需要|满意|喜欢这些)|共(?:计|有)?\W?\d"
    r"|(?:如需|若需|如果(?:[你您]|还)?(?:还|也)?(?:需要|想要|有其他|希望我)).*(?:问题|调整|修改|补充|更多|告诉我|生成)"
    r"|(?:请|欢迎|可以).{0,3}随时|注[：:]|(?:还)?需要(?:我|更多|调整|修改|补充).*[？?]"
    r"|这(?:些|\d|[两三四五六七八九十几]).{0,4}(?:问题|题目|回复).*(?:围绕|涵盖|覆盖|符合|设计|完整性|真实性|剧本|参考)"
    r"|(?:完|结束|以上)\W*+\Z"
    r"|note\W{1,4}\s|(?:please )?(?:let me know|feel free)\b"
    r"|(?:the )?end(?: of (?:the )?(?:questions|list|answer|output))?\W*+\Z"
    r"|(?:i )?hope (?:this|these|that|it|you find)\b.*\b(?:help|helps|helpful|useful|fit|enjoy)\b"
    r"|(?:now, )?(?:here (?:are|is)|below (?:are|is)|next come)\b.*\b(?:questions?|triplets?|items?|examples?)\b"
    r"|(?:(?:all|both|each)(?: of)? )?(?:(?:these|the above|the|above) )?(?:\w+ )?"
    r"(?:questions|responses|triplets|items) (?:are|cover|were|stay|rest|focus|follow|all|above|and)\b"
    r"|i(?: have|'ve) (?:written|made|created|designed|tried|kept)\b.*\b(?:questions|responses|triplets|items)\b"
    r"|(?:if you(?:'d| would)? (?:like|want|need|wish)|would you like)\b.*"
    r"\b(?:questions|responses|more|adjust|changes|tone|me to)\b"
    r")",
    re.IGNORECASE,
)
"""How a line begins in which a model speaks of what it has written or will write, and no role of anything."""
_YAML_TEXT = re.compile(r"\"((?>(?:[^\"\\]|\\.)*))\"|'((?>(?:[^']|'')*))'", re.DOTALL)
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
