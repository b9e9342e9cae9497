"""Whether what a model wrote rests on the passages that it says it rests on."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from dramaturg.text import Language, words

__all__ = ["shares_content"]

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_EMPTY = frozenset(
    "的了着过得地之其所是有在和与及或而且但却就都也还又再才只更最很太极不没无未别莫我你您他她它们咱俺自己这那哪此该每各"
    "谁什么怎吗呢吧啊呀嘛哦把被给让叫对从向到往以为于由因当比跟将会能可要想应须一二两几个些种样时后前上下里中来去说道"
)
"""Characters that say next to nothing of what a sentence is about."""
_FUNCTION_WORDS = frozenset(
    """
a an the this that these those some any no not nor each every all both either neither such same other another own
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
it its itself they them their theirs themselves who whom whose which what one ones
am is are was were be been being do does did doing done have has had having will would shall should can could may might
must ought let
and or but if then than so as at by for from in into of off on onto out over to toward towards up upon with within
without about above after again against along among around away back before behind below beneath beside besides between
beyond down during since through till under until
how when where why while because though although once only even ever never always often also too very quite rather just
still yet already almost much many more most less least few little now here there yes
i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'll we're we've we'd we'll
they're they've they'd they'll isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't
can't couldn't shouldn't that's there's
""".split()
)


def shares_content(text: str, passages: Iterable[str], language: Language) -> bool:
    """Whether a content word of `text` stands in any of the passages.

    Content words are all but function words. In Chinese they are pairs of neighbouring characters neither of which is
    a function character, and words of other scripts.
    """
    own = set(_content(text, language))
    return any(not own.isdisjoint(_content(passage, language)) for passage in passages)


def _content(text: str, language: Language) -> Iterator[str]:
    if language == "zh":
        for run in _HAN.findall(text):
            yield from (one + other for one, other in pairwise(run) if not {one, other} & _EMPTY)
    for word in words(_HAN.sub(" ", text) if language == "zh" else text):
        plain = word.replace("’", "'")
        if plain not in _FUNCTION_WORDS:
            yield plain.removesuffix("'s")
