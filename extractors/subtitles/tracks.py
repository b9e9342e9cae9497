"""Two languages in one file: which rows, or which cues, are those of the language that is wanted.

A file has both languages in one cue where a third of its cues have rows wholly Chinese beside rows wholly Latin; of
these cues the rows of the other language are left out. It has two tracks where, for at least half of the other
language's cues and a third of the wanted one's, another-language cue stands at a wanted one's time, over half of its
own; left out are those cues, and with them the others of a style that is the other language's. What is in no letters,
and a file without the wanted language, stays.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dramaturg.text import Language
from extractors.subtitles.markup import Cue

__all__ = ["choose_language"]

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OTHER_ROW = "row in another language"
_OTHER_CUE = "cue in another language"
_LOOKED_BACK = 8  # cues: none further back than this is looked for at a time


def choose_language(cues: Sequence[Cue], language: Language) -> tuple[list[Cue], Counter[str]]:
    """The cues, in order of their start, in `language` where it is one of two; and what was left out, counted."""
    counts: Counter[str] = Counter()
    scripts = [{_script(row.text) for row in cue.rows} - {None} for cue in cues]
    mixed = [len(each) > 1 for each in scripts]
    if 3 * sum(mixed) >= max(1, len(cues)):
        chosen = []
        for cue, is_mixed in zip(cues, mixed, strict=True):
            rows = tuple(row for row in cue.rows if not is_mixed or _script(row.text) in (language, None))
            counts[_OTHER_ROW] += len(cue.rows) - len(rows)
            chosen.append(replace(cue, rows=rows))
        return chosen, +counts
    left_out = _other_track(cues, [_script(cue.text) for cue in cues], language)
    counts[_OTHER_CUE] = len(left_out)
    return [cue for number, cue in enumerate(cues) if number not in left_out], +counts


def _script(text: str) -> Language | None:
    """Chinese where there is one Chinese character, which English has none of; None without letters."""
    return "zh" if _HAN.search(text) else "en" if _LATIN.search(text) else None


def _other_track(cues: Sequence[Cue], scripts: Sequence[Language | None], language: Language) -> set[int]:
    """The numbers of the cues that are the other language's track, none where there is one track."""
    wanted = [cue for cue, script in zip(cues, scripts, strict=True) if script == language]
    others = [number for number, script in enumerate(scripts) if script not in (language, None)]
    starts = [cue.start for cue in wanted]
    paired = {number for number in others if _stands_beside(cues[number], wanted, starts)}
    if not paired or 2 * len(paired) < len(others) or 3 * len(paired) < len(wanted):
        return set()
    in_style = Counter(cue.style for cue in cues)
    in_other = Counter(cues[number].style for number in paired)
    return paired | {number for number in others if 2 * in_other[cues[number].style] > in_style[cues[number].style]}


def _stands_beside(cue: Cue, wanted: Sequence[Cue], starts: Sequence[int]) -> bool:
    """Whether wanted cues are shown over more than half of a cue's time."""
    after = bisect_left(starts, max(cue.end, cue.start + 1))
    near = wanted[max(0, after - _LOOKED_BACK) : after]
    if cue.end == cue.start:
        return any(each.start <= cue.start <= each.end for each in near)
    shared = sum(max(0, min(cue.end, each.end) - max(cue.start, each.start)) for each in near)
    return 2 * shared > cue.end - cue.start
