"""The logs of chats: above each message a line that is a name and a time, in either order, and nothing else.

    Mara 2021-11-06 21:03           2021-11-06 21:03:11 玛拉(12345678)           Mara — Today at 9:03 PM

A name may be any that people give themselves. The number of an account, or its address, is no part of it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from extractors.names import name_key
from extractors.transcript.candidates import IsKnown
from extractors.transcript.labels import NOT_PEOPLE, Label, Style, likeness
from extractors.transcript.lines import SPOKEN, Line
from extractors.transcript.times import DAYS, HAS_DATE, MARGIN, STAMP, TIME

__all__ = ["find_headers"]

_ACCOUNT = rf"(?:{MARGIN}*(?:[(（<]\d{{4,12}}[)）>]|<[^<>\s@]{{1,64}}@[^<>\s@]{{1,64}}>))?"
_NAME = r"[^\s\[(（【<—–-][^\r\n\t:：。！？!?“”\"「」()（）<>\[\]【】]{0,39}?"
_HEADER = re.compile(
    rf"(?P<time>{TIME}){MARGIN}*(?:[-–—]{MARGIN}+)?(?=\D)(?P<after>{_NAME}){_ACCOUNT}$"
    rf"|(?P<before>{_NAME}){_ACCOUNT}(?:{MARGIN}+(?:[-–—|•·]{MARGIN}*)?{STAMP}|,?{MARGIN}*[\[(（【]{STAMP}[\])）】])$",
    re.IGNORECASE,
)
_HAS_CLOCK = re.compile(r"\d[:：]\d\d")
_BEFORE_TIMES = frozenset("at by until till from to around about before after since is was and or".split())
_LONGEST = 100  # characters
_MOST_WORDS = 4
_LEAST_OF_LINES = 0.2  # that headers are, where no blank line parts any
_LEAST_OF_SPACED = 0.35  # where blank lines part all: a novel's chapters may begin with a place and a time
_LEAST_OF_BLOCKS = 0.5  # that headers stand above, where blank lines part them
_RECURS = 2
_LEAST_RECUR = 0.7  # of the headers


def find_headers(text: str, lines: Sequence[Line], _: Style, is_cast: IsKnown) -> list[Label | None] | None:
    """For each line the label it is; None where the document is no such log: one of several people, most of whom write
    more than once, each time something below their name."""
    may_be = [_header(text, line) for line in lines]
    forms = Counter(each[0] for each in may_be if each is not None)
    form = max(forms, key=forms.__getitem__, default="")  # a message may open with a time too
    found = [each[1] if each is not None and each[0] == form else None for each in may_be]
    heads = [label for label in found if label is not None]
    counts = Counter(name_key(label.name) for label in heads)
    if len(counts) < 2 and not any(map(is_cast, counts)):
        return None
    texts = sum(line.kind in SPOKEN for line in lines)
    blocks = sum(not line.follows for line in lines if line.kind in SPOKEN)
    has_blocks = 0.1 * texts < blocks < texts
    answered = sum(label is not None and below is None for label, below in pairwise([*found, *heads[-1:]]))
    recurring = sum(count for count in counts.values() if count >= _RECURS)
    least = _LEAST_OF_BLOCKS * blocks if has_blocks else texts * (_LEAST_OF_SPACED if blocks > 1 else _LEAST_OF_LINES)
    is_log = answered >= least and 2 * answered > len(heads) and recurring >= _LEAST_RECUR * len(heads)
    if not is_log:
        return None
    return [
        label
        if label is not None and (counts[name_key(label.name)] >= _RECURS or likeness(label.name) == "name")
        else None
        for label in found
    ]


def _header(text: str, line: Line) -> tuple[str, Label] | None:
    """The label that a line is, and how it is written: the time after the name, or how it is before."""
    start, end = line.start, line.end
    if line.kind != "text" or end - start > _LONGEST or _HAS_CLOCK.search(text, start, end) is None:
        return None
    found = _HEADER.match(text, start, end)
    if found is None:
        return None
    if (found["before"] or "").endswith((",", "，")) and text[end - 1].isalnum():  # Berlin, 21:03
        return None
    name = " ".join((found["after"] or found["before"]).split()).rstrip(" ,，@")
    words = name_key(name).split()
    if not any(map(str.isalpha, name)) or len(words) > _MOST_WORDS:
        return None
    if words[-1] in _BEFORE_TIMES or words[0] in NOT_PEOPLE or name_key(name) in NOT_PEOPLE or DAYS.fullmatch(words[0]):
        return None
    before = found["time"]
    form = (
        "" if before is None else "dated" if HAS_DATE.search(before) else "timed" if before[0].isdigit() else "bracket"
    )
    return form, Label(name, start, end, (), False, False, True)
