"""Whether a text rests on passages: whether they share a word that tells something."""

import re
from collections.abc import Iterable
from itertools import pairwise

from dramaturg.text import Language, words

__all__ = ["shares_content"]

_FUNCTION_WORDS = frozenset(
    """
a an the this that these those such same other another each every any some no none all both either neither one
i me my mine myself we us our ours ourselves you your yours yourself he him his himself she her hers herself
it its itself they them their theirs themselves who whom whose which what where when why how there here
am is are was were be been being do does did done doing have has had having will would shall should can could
may might must ought ca wo sha ai let
and or but nor so yet if then else than though although because as since while until till unless whether
of in on at to from by with without for about into onto upon over under up down out off through across between
among against before after behind beside beyond near along around above below
not never nothing nobody ever only just also too very quite rather even still again once more most much many few
less least own now always often perhaps yes yea aye nay well oh ah o sir madam ma'am please
""".split()
)
_FUNCTION_CHARACTERS = frozenset(
    "我你您他她它咱俺们自己谁这那此其之哪什么甚怎何几多少些个只的地得了着过吗呢吧啊呀哦哎么嘛啦罢"
    "是在有和与跟同及或就都也还又才只很太最更极再便却但而若如果则虽因为所以于把被给让叫使从到向往对比由"
    "不没无未别莫非勿可会能要想应该肯敢须必上下里中内外前后来去起出进回一说道"
)
_SHORT = re.compile(r"(?:n['’]t|['’](?:s|m|re|ve|ll|d))$")
_HAN_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


def shares_content(text: str, passages: Iterable[str], language: Language, *, without: Iterable[str] = ()) -> bool:
    """Whether a content word of `text` stands in one of the `passages` too, the names `without` left out of both.

    Content words are all but function words; of Chinese characters every two in a row that are not both function
    characters. Inflected forms of a word are different words.
    """
    names = sorted(filter(None, without), key=len, reverse=True)
    edge = "" if language == "zh" else r"\b"
    named = re.compile("|".join(edge + re.escape(name) + edge for name in names) or r"(?!)", re.IGNORECASE)
    own = _content(named.sub("\n", text), language)
    return any(not own.isdisjoint(_content(named.sub("\n", passage), language)) for passage in passages)


def _content(text: str, language: Language) -> set[str]:
    if language == "en":
        return {_SHORT.sub("", word) for word in words(text)} - _FUNCTION_WORDS
    found = {word for word in words(text) if not _HAN_RUN.fullmatch(word)}
    for run in _HAN_RUN.findall(text):
        found |= {one + other for one, other in pairwise(run) if not {one, other} <= _FUNCTION_CHARACTERS}
    return found
