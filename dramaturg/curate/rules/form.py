"""The form of an answer: whole, of a fit length, and not the same over and over."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from dramaturg.curate.rules.pair import Pair
from dramaturg.text import Language, count_tokens

__all__ = ["incomplete", "repetition", "too_long", "too_short"]

# --- whole --------------------------------------------------------------------------------------------------

_OPENING = {"“": "”", "「": "」", "『": "』", "（": "）", "《": "》", "【": "】", "(": ")", "[": "]"}
_BRACKET = re.compile(r"[“”「」『』（）《》【】()\[\]]")
_EMOTICON = re.compile(r"[:;=]['’]?-?[()\[\]]|[()]-?[:;=]|(?:^|(?<=\s))\w{1,3}[.)]\)?")
_STOPS = re.compile(r"[。！？!?…~～]|(?<!\d)\.(?=\s|$|[\"”’')])")
_SENTENCES = re.compile(r"[。！？!?…]+[”」』\"'’）)]*|\.+[\"”’')]*(?=\s|$)")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s{0,8}(?:\d{1,3}[.、)）]|[-*•])$")

# no sentence ends in one of these
_HANGS_EN = frozenset(
    """
    the a an and or but nor because although though unless whereas whether if than of into from your my our
    their its whose which every very quite i'm i've i'd we're you're they're he's she's they've we've you've
    couldn't wouldn't
    """.split()
)
# a longer one without a stop hardly does
_DANGLES_EN = _HANGS_EN | frozenset(
    """
    to with for at by on in is are was were be been has have had his her this that these those as so who when
    while where about like through between under over before after until since he she they i we it must should
    would could can may might will shall some any such not no just even only too
    """.split()
)
_HANGS_ZH = re.compile(
    r"(?:[和与或但而且并及把将从向为因若虽]|因为|所以|如果|虽然|但是|而且|以及|或者|并且|然后|于是|不过|可是|只要|"
    r"只有|无论|不管|即使|尽管|"
    r"对于|关于|为了|由于|例如|比如|甚至|直到|除了|通过|随着|当我|一[个种位名条把只件座场段]|这[种位座]|那[种位座]|"
    r"每[个一]|非常|十分|"
    r"[很最更被让使跟]|就像|好像|仿佛|像是|也是一)$"
)
_LEADS_ON_ZH = re.compile(r"(?:看见|听见|看到|听到|发现|想起|正要|打算|准备|已经|正在|[却就便才又都也还再])$")
_MAY_HANG_ZH = re.compile(
    r"(?:因为|[你我他她它这那谁]们?[和与跟]|为什么|何以为|算了|那么大|一并|凭什么|大方向|方向|志向|走向|不如果|结果|"
    r"如果|将)$"
)
_OF_ZH = re.compile(r"的$")
_SAYS_SO_ZH = re.compile(
    r"(?:会|能|可以|要|该|挺|怪|蛮|够|(?<![可但于只])是|得|有|好好|总|肯定|一定|当然)[^，。！？]{0,12}的$"
)
_ENDS_ZH = frozenset("了吧呢吗啊呀嘛的哦哈啦呗过着来去好我你他她信你走")
_FEWEST: dict[Language, int] = {"en": 12, "zh": 12}
_FEWEST_AFTER_STOP: dict[Language, int] = {"en": 4, "zh": 6}


def incomplete(pair: Pair) -> bool:
    """The answer ends in its middle: on a comma or a colon, on a word that leads on to another, in an open quote or
    bracket, at a number of a list, or without a stop where it set stops before.

    C4 keeps only lines that end in a terminal mark (arXiv 1910.10683); a short line of speech need not, and one that is
    broken off with a dash or dots is whole.
    """
    answer, language = pair.answer, pair.language
    if not answer:
        return False
    if _is_open(answer) or _LIST_NUMBER.search(answer[-40:]) or answer.count("**") % 2:
        return True
    bare = answer.rstrip("”’」』\"'）)】*》")
    last = bare[-1:]
    if last in "，,、；;：:（(“「『《【[" and last:
        return not _EMOTICON.search(answer[-3:])
    if not last.isalnum() or bare.endswith(("。", ".")):
        return False
    is_closed = bare != answer
    if language == "zh":
        return (not is_closed and _hangs_zh(pair)) or (_has_no_stop(pair) and not is_closed)
    tail = pair.said[-1].replace("’", "'") if pair.said else ""
    if tail in _HANGS_EN and len(pair.said) > 1 and not is_closed:
        return True
    return not is_closed and ((tail in _DANGLES_EN and len(pair.said) > 6) or _has_no_stop(pair))


def _is_open(answer: str) -> bool:
    """Whether a quote or a bracket is opened and never closed, from the last one of its kind on."""
    open_at: dict[str, int] = {}
    for found in _BRACKET.findall(_EMOTICON.sub("", answer)):
        if found in _OPENING:
            open_at[found] = open_at.get(found, 0) + 1
        else:
            for opening, closing in _OPENING.items():
                if found == closing and open_at.get(opening):
                    open_at[opening] -= 1
    curly = open_at.get("“", 0)
    if curly and "”" not in answer:
        open_at["“"] = curly % 2 if '"' not in answer else 0
    if curly and "\n" in answer:  # every paragraph of a longer speech opens one
        open_at["“"] = 0
    straight = answer.count('"') - len(re.findall(r"\d\"", answer))
    return any(open_at.values()) or (straight % 2 == 1 and "“" not in answer and "”" not in answer)


def _hangs_zh(pair: Pair) -> bool:
    answer = pair.answer
    length = len(pair.said)
    if length < 4:
        return False
    last_clause = re.split(r"[，。！？；：,!?;:\n]", answer[-60:])[-1]
    if _HANGS_ZH.search(last_clause) and not _MAY_HANG_ZH.search(last_clause):
        return True
    if length >= 10 and len(last_clause) < length and _LEADS_ON_ZH.search(last_clause):
        return True
    return length >= 12 and _OF_ZH.search(last_clause) is not None and not _SAYS_SO_ZH.search(last_clause)


def _has_no_stop(pair: Pair) -> bool:
    """Whether it lacks the stop that the rest of it lets expect; of lines without any, none is expected."""
    answer, language = pair.answer, pair.language
    lines = answer.splitlines()
    if len(lines) > 1:
        unstopped = sum(line.rstrip()[-1:].isalnum() for line in lines)
        is_signed = len(lines[-1]) <= (10 if language == "zh" else 30)
        if is_signed or unstopped > 1:
            return False
    last = _SENTENCES.split(answer)[-1]
    length = len(re.findall(r"[\u3400-\u9fff]", last)) if language == "zh" else len(last.split())
    if len(last) < len(answer):
        return length >= _FEWEST_AFTER_STOP[language]
    if language == "zh" and last[-1:] in _ENDS_ZH:
        length -= 8
    has_commas = any(mark in answer for mark in "，,；;：")
    if language == "en" and has_commas:
        length += 3
    return length >= _FEWEST[language] and (has_commas or (language == "en" and answer[0].isupper()))


# --- of a fit length ----------------------------------------------------------------------------------------

_MOST_TOKENS = 500
_SURELY_LONG = 6000  # characters; and counting a text that is one endless word takes long
_MOST_ASKED: dict[Language, int] = {"en": 100, "zh": 150}
_ASKS_OPENLY: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:why(?!,)|how (?:did|do|does|can|could|would|will|has|have|should|come)|what (?:is|are|was|were|do|"
        r"does|did|would|"
        r"made|makes|kind|sort|happened)|describe|explain|tell (?:me|us)|talk about|introduce)\b"
    ),
    "zh": re.compile(r"为什么|为何|为啥|怎么(?!样[？?]?$)|怎样|如何|什么|介绍|讲讲|说说|谈谈|聊聊|描述|解释|哪些|看法"),
}
_LAST_QUESTION = re.compile(r"[^。！？!?.]+[。！？!?.]*$|^.*$", re.DOTALL)
_FILLERS: dict[Language, frozenset[str]] = {
    "en": frozenset(
        """yes no yeah yep yup nope ok okay sure well hmm hm um uh oh ah the a an it is so and or but i to of true right
        indeed good fine thanks hi hello""".split()
    ),
    "zh": frozenset("嗯哦是的啊好对呃额唔喔行吧呢了嘛哈噢嘿呵诶有您你我它这那"),
}
_MOST_FILLERS: dict[Language, int] = {"en": 2, "zh": 3}


def too_long(pair: Pair) -> bool:
    """More than 500 tokens of answer, as much as a prompt of ours leaves room for: RoleBench's are of 30 words (arXiv
    2310.00746), and ChatHaruhi shows the model 1,200 tokens of all that was said.

    Or more than 100 words of question, of Chinese characters 150, which is as much: the seven rules of question
    generation allow no more (ChatHaruhi, arXiv 2308.09597).
    """
    answer = pair.answer
    if len(pair.asked) > _MOST_ASKED[pair.language] or len(answer) > _SURELY_LONG:
        return True
    # a token is a byte at least
    return (
        len(answer) * 3 > _MOST_TOKENS
        and len(answer.encode(errors="replace")) > _MOST_TOKENS
        and count_tokens(answer) > _MOST_TOKENS
    )


def too_short(pair: Pair) -> bool:
    """Only a yes, a hum or a function word to a question that is open: why, how, what, tell me.

    ChatHaruhi shows the model only pairs of ten characters and more on each side (arXiv 2308.09597); but "Aye" and 好
    are answers where they answer.
    """
    language, said = pair.language, pair.said
    if not said or len(said) > _MOST_FILLERS[language] or any(word not in _FILLERS[language] for word in said):
        return False
    if pair.answer[-1] in "!！…—?？~～":  # a cry, a silence
        return False
    return _ASKS_OPENLY[language].search(_LAST_QUESTION.findall(pair.asked_plain[-300:])[-1]) is not None or (
        language == "en" and len(said) == 1 and said[0] in ("the", "a", "an", "and", "or", "is", "to", "of", "it", "i")
    )


# --- not the same over and over -----------------------------------------------------------------------------

_GRAM: dict[Language, int] = {"en": 4, "zh": 6}  # words; Chinese ones have 1.5 characters
_LONG_SENTENCE: dict[Language, int] = {"en": 5, "zh": 7}
_LEAST_LOOP: dict[Language, int] = {"en": 12, "zh": 16}
_LEAST_STUTTER: dict[Language, int] = {"en": 12, "zh": 24}
_LEAST_SHARED: dict[Language, int] = {"en": 30, "zh": 40}
_LEAST_TWICE: dict[Language, int] = {"en": 20, "zh": 28}
_MOST_SHARE = 0.5
_MOST_SHARE_TWICE = 0.45


def repetition(pair: Pair) -> bool:
    """The answer says the same over and over: a run of words three times on end, a sentence three times (a short one
    four), or so many words in repeated runs of four (Chinese: six characters) that half of it is said already.

    After Gopher's filter of documents by their duplicate n-grams (arXiv 2112.11446, table A1), with shares that leave a
    catchphrase said twice, a "No, no, no!", a peal of laughter and a row of like clauses alone.
    """
    language, said = pair.language, pair.said
    size = _GRAM[language]
    total = len(said)
    if total < 8:
        return False
    if len(set(said)) <= 2 and total >= _LEAST_STUTTER[language]:
        return True
    grams = [said[at : at + size] for at in range(total - size + 1)]
    if len(set(grams)) == len(grams):
        return _stutters(said, language)
    if _loops(grams, language) or _stutters(said, language) or _repeats_sentences(pair):
        return True
    seen: set[tuple[str, ...]] = set()
    is_again = bytearray(total)
    counts = Counter(grams)
    is_often = bytearray(total)
    for at, gram in enumerate(grams):
        if gram in seen:
            is_again[at : at + size] = b"\1" * size
            if counts[gram] > 2:
                is_often[at : at + size] = b"\1" * size
        seen.add(gram)
    if total >= _LEAST_SHARED[language] and sum(is_often) > _MOST_SHARE * total:
        return True
    return total >= _LEAST_TWICE[language] and sum(is_again) > _MOST_SHARE_TWICE * total and _is_twice(said)


def _loops(grams: Sequence[tuple[str, ...]], language: Language) -> bool:
    """Whether a run of two words and more stands three times on end, in enough words."""
    last: dict[tuple[str, ...], int] = {}
    runs: dict[int, tuple[int, int]] = {}  # by its period: where a run was last seen, how long it is
    for at, gram in enumerate(grams):
        period = at - last.get(gram, at)
        last[gram] = at
        if not period:
            continue
        reached, length = runs.get(period, (-2, 0))
        length = length + 1 if reached == at - 1 else len(gram)
        runs[period] = (at, length)
        whole = length + period
        copies = whole / period
        if period > 1 and copies >= 3 and whole >= _LEAST_LOOP[language] * (1 if copies >= 4 else 1.5):
            return True
    return False


def _stutters(said: Sequence[str], language: Language) -> bool:
    """Whether one word stands there so often on end that nobody says it."""
    length = 0
    for before, word in pairwise(said):
        length = length + 1 if word == before else 0
        if length + 1 >= _LEAST_STUTTER[language]:
            return True
    return False


def _repeats_sentences(pair: Pair) -> bool:
    language = pair.language
    counts = Counter(sentence.strip(' \n\t,，;；"“”') for sentence in re.split(r"[。！？!?.;；\n]+", pair.plain))
    is_song = pair.answer.count("\n") >= _LEAST_SONG and len(counts) > counts.total() / 2
    if is_song:
        return False
    again = [sentence for sentence, count in counts.items() if count > 1 and len(sentence) >= _LONG_AGAIN[language]]
    if len(again) > 1:
        return True
    for sentence, count in counts.items():
        length = len(sentence) if language == "zh" else len(sentence.split())
        if count >= (3 if length >= _LONG_SENTENCE[language] else 4) and length >= 3:
            return True
    return False


_LEAST_SONG = 3
"""Line breaks of a song, whose refrain may come again and again."""
_LONG_AGAIN: dict[Language, int] = {"zh": 7, "en": 18}
"""Characters of a sentence of which nobody says two twice."""


def _is_twice(said: Sequence[str]) -> bool:
    """Whether a half of it is the other half, but for a few words at the ends."""
    middle = len(said) // 2
    return any(
        sum(one == other for one, other in zip(said, said[at:], strict=False)) > 0.8 * (len(said) - at)
        for at in range(max(1, middle - 4), min(len(said) - 1, middle + 5))
    )
