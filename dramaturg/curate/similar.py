"""All texts that are nearly the same as one: ROUGE-L of 0.7 and more, none missed, without comparing all with all.

Two texts of m and n words with 2·LCS / (m + n) ≥ 0.7 have at least T = 7(m + n) / 20 words in common, so neither is
longer than 13/7 of the other, and T is at least 7m / 13. If their words are sorted in one order, the rarest first, the
first two that they have in common are among the first m - ⌈7m / 13⌉ + 2 of the one and as many of the other's (prefix
filtering: Bayardo, Ma, Srikant, "Scaling up all pairs similarity search", WWW 2007; for two words: Wang, Li, Feng,
SIGMOD 2012). What shares two such words and is not too long or short is compared. A text of one word is near to none
but itself.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, repeat
from operator import itemgetter

from rapidfuzz import process
from rapidfuzz.distance import Indel

from dramaturg.curate.dedup import NEAR

__all__ = ["SimilarTexts", "similar_pairs"]

_FIRST_LETTER, _SURROGATES, _AFTER_SURROGATES = 2, 0xD800, 0xE000
_UNKNOWN = "\x01"  # a word that no text has
_SHARED = 2  # of the rarest words


class SimilarTexts:
    """Texts, as their words, to look others up among."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counts = Counter(word for text in texts for word in text)
        rare_first = sorted(counts, key=lambda word: (counts[word], word))
        self._letters = {word: _letter(number) for number, word in enumerate(rare_first)}
        self._numbers = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        self._coded = [self._code(texts[number]) for number in self._numbers]  # the shortest first
        self._lengths = [len(each) for each in self._coded]
        self._postings: dict[str, list[int]] = {}
        for place, coded in enumerate(self._coded):
            for mark in _marks(coded):
                self._postings.setdefault(mark, []).append(place)

    def near(self, text: Sequence[str]) -> list[int]:
        """The numbers of all that are equal or nearly the same, in order."""
        coded = self._code(text)
        return sorted(self._near(coded, bisect_left(self._lengths, 13 * len(coded) // 7 + 1)))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The numbers of every two texts that are equal or nearly the same, the smaller first, in no order."""
        for place, coded in enumerate(self._coded):
            number = self._numbers[place]
            yield from ((min(number, other), max(number, other)) for other in self._near(coded, place))

    def _near(self, coded: str, last: int) -> Iterator[int]:
        """The numbers of those before the place `last`."""
        first = bisect_left(self._lengths, -(-7 * len(coded) // 13))
        shared: Counter[int] = Counter()
        for mark in _marks(coded):
            places = self._postings.get(mark)
            if places is not None:
                shared.update(places[bisect_left(places, first) : bisect_left(places, last)])
        least = min(len(coded), _SHARED)
        likely = [place for place, count in shared.items() if count >= least]
        if not likely:
            return iter(())
        found = process.extract(
            coded,
            [self._coded[place] for place in likely],
            scorer=Indel.normalized_similarity,
            processor=None,
            score_cutoff=NEAR,
            limit=None,
        )
        return (self._numbers[likely[number]] for _, _, number in found)

    def _code(self, text: Sequence[str]) -> str:
        """A letter a word, the rarer the smaller."""
        return "".join(map(self._letters.get, text, repeat(_UNKNOWN)))


def similar_pairs(texts: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """The numbers of every two that are equal or nearly the same, the smaller first, by the second of them."""
    return sorted(SimilarTexts(texts).pairs(), key=itemgetter(1, 0))


def _letter(number: int) -> str:
    code = number + _FIRST_LETTER
    return chr(code if code < _SURROGATES else code - _SURROGATES + _AFTER_SURROGATES)


def _marks(coded: str) -> list[str]:
    """The rarest words by which a text is found; the second of the same word is another."""
    rarest = sorted(coded)[: len(coded) - -(-7 * len(coded) // 13) + _SHARED]
    if len(set(rarest)) == len(rarest):
        return rarest
    return [letter * count for letter, same in groupby(rarest) for count in range(1, len(list(same)) + 1)]
