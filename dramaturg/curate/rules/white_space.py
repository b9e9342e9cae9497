"""Stray white space, which is taken out and never a reason to drop a text."""

import re

from dramaturg.text import Language

__all__ = ["tidied"]

_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u2060\ufeff\x00-\x08\x0e-\x1b\x7f]")
_LINE_END = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_BREAKS = re.compile(r"\n{3,}")
_WIDE = r"\u3001-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’…—·"
_BETWEEN_WIDE = re.compile(rf"(?<=[{_WIDE}]) (?=[{_WIDE}])")
_BY_WIDE_MARK = re.compile(r" (?=[，。！？；：、）】》」』”])|(?<=[，。！？；：、（【《「『“]) ")
_BEFORE_STOP = re.compile(r"(?<=\w) (?=[,.;:!?](?:[\s\"”’']|$))")


def tidied(text: str, language: Language) -> str:
    """The text without white space at its ends, doubled, invisible, before a stop, or between Chinese characters; every
    other run of it is one blank, a break between lines or an empty line.

    All 4,750 English role-specific test questions of RoleBench have stray white space (FACTS.md).
    """
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    text = _BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))).strip()
    if language == "zh":
        return _BY_WIDE_MARK.sub("", _BETWEEN_WIDE.sub("", text))
    return _BEFORE_STOP.sub("", text)
