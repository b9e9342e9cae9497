"""ROUGE-L as RoleLLM reports it (arXiv 2310.00746): F1 of the longest common subsequence, over words, in Chinese over
characters.

Words are those of Google's `rouge-score`, so that figures may be held beside published ones: runs of a-z and 0-9 in
small letters, nothing stemmed. Its own tokenizer finds nothing in Chinese; here each Chinese character is a word too.
`dramaturg.text.words`, by which near-duplicates are found, keeps "don't" in one and letters such as é.
"""

import re
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import LCSseq

__all__ = ["best_rouge_l", "rouge_l", "rouge_words"]

_CHINESE = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[a-z0-9]+|[{_CHINESE}]")
_BETWEEN = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})
_LATIN = re.compile(r"[a-z0-9]")
_NO_CHINESE = re.compile(rf"[^{_CHINESE}]+")


def rouge_words(text: str) -> list[str]:
    """The words of a text that are compared, in order."""
    return _words(text.lower())


def rouge_l(answer: str, reference: str) -> float:
    """2·LCS / (m + n) of texts of m and n words, 0 to 1; 0 where either has none, as `rouge-score` has it."""
    one, other = answer.lower(), reference.lower()
    ours: Sequence[str]
    theirs: Sequence[str]
    if _LATIN.search(one) or _LATIN.search(other):
        ours, theirs = _words(one), _words(other)
    else:  # a word is a character: a string of them is compared ten times as fast as a list
        ours, theirs = _NO_CHINESE.sub("", one), _NO_CHINESE.sub("", other)
    if not ours or not theirs:
        return 0.0
    return 2 * LCSseq.similarity(ours, theirs) / (len(ours) + len(theirs))


def best_rouge_l(answer: str, references: Iterable[str]) -> float:
    """The highest of several references. Raises ValueError where there is none."""
    return max(rouge_l(answer, reference) for reference in references)


def _words(lower: str) -> list[str]:
    """The same by a quicker way, where it can be gone."""
    return lower.translate(_BETWEEN).split() if lower.isascii() else _WORD.findall(lower)
