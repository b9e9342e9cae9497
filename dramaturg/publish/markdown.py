"""Markdown and front matter around texts that anybody wrote: whatever stands in them, it is shown and does nothing."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

__all__ = ["code", "fenced", "front_matter", "in_a_line", "plain", "table"]

_SPECIAL = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*[]~$|#!@"} | {
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord("&"): "&amp;",
}
_BLOCK = re.compile(r"^(?:[-+=:]|\d+(?=[.)]))")
"""What would begin a list, a rule or an underline where it begins a line."""
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""One that is not within a word, where it is no markup."""
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(?=:)|\bwww(?=\.)")
_UNSAFE_IN_CODE = frozenset("\\`|<>&")
_JOINERS = "\u200c\u200d"  # words of some languages, and emoji, are written with them


def in_a_line(text: object) -> str:
    """A text on one line, without what cannot be seen: controls, and marks that turn the direction of what follows."""
    shown = "".join(" " if each.isspace() or unicodedata.category(each) == "Cc" else each for each in str(text))
    kept = (each for each in shown if each in _JOINERS or unicodedata.category(each) not in ("Cf", "Cs", "Co"))
    return " ".join("".join(kept).split())


def plain(text: object) -> str:
    """A text that is no markup, within a line, at its beginning, or in a cell of a table."""
    shown = in_a_line(text)
    told = shown.translate(_SPECIAL)
    told = _UNDERSCORE.sub("&#95;", told)
    told = _LINK.sub(lambda found: found[0][:-1] + f"&#{ord(found[0][-1])};", told)
    return _BLOCK.sub(lambda found: "".join(f"&#{ord(each)};" for each in found[0]), told)


def code(text: object) -> str:
    """A text as code, within a line or in a cell of a table."""
    shown = in_a_line(text)
    if not shown:
        return ""
    if _UNSAFE_IN_CODE & set(shown):
        return f"<code>{plain(shown)}</code>"
    return f"`{shown}`"


def fenced(text: str, language: str) -> str:
    """A block of code, whose fence is longer than any in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def front_matter(metadata: Mapping[str, Any]) -> str:
    """YAML between fences. No line within begins with what the Hub takes for the fence."""
    told = yaml.safe_dump(_in_lines(metadata), allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{told}---\n"


def _in_lines(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _in_lines(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_lines(each) for each in value]
    return in_a_line(value) if isinstance(value, str) else value


def table(head: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    """A table of cells that are markup already; numbers get their commas."""

    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"

    return "\n".join([line(head), "|" + " --- |" * len(head), *map(line, body)]) + "\n"
