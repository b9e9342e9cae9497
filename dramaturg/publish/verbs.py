"""What is asked for: the first verb of a question and its object, as Self-Instruct counts them (arXiv 2212.10560).

English goes by a light rule: the first form of a common verb, auxiliaries passed over, and the last word of the first
run of words after it that are no function words. Chinese goes by parts of speech, which `rjieba` tells (the extra
`plots`): the first verb of substance, and the last of the first nouns after it within the clause.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from dramaturg.text import Language

__all__ = ["FEWEST_TIMES", "FEWEST_VERBS", "common_verbs", "verb_nouns"]

FEWEST_TIMES = 3
"""A verb of fewer questions is there by chance."""
FEWEST_VERBS = 8
"""Fewer common verbs than these show nothing of what is asked for."""

_REGULAR = (
    "accept accuse act add admit advise agree allow announce answer apologise appear approve argue arrange arrive ask "
    "attack avoid beg believe belong betray blame boil borrow bother brew call care carry cause chase check choose "
    "claim clean climb close collect compare complain compose confess consider convince cook copy count cover create "
    "cross cure dance decide defend deliver deny describe deserve design destroy discover discuss dislike dream dress "
    "earn enjoy enter escape examine expect explain express face fail fear finish follow force forgive gather give "
    "grant greet guard guess handle happen hate help hide hire hope hurt imagine improve include inform insist intend "
    "invite join judge jump kill kiss knock laugh learn lift like list listen live load lock look love manage mark "
    "marry matter mean measure meet mention miss move name need notice obey offer open order owe own paint pass pay "
    "persuade pick plan plant play please point pour praise pray prefer prepare pretend prevent promise propose "
    "protect prove pull punish push put raise reach read realise recall receive recognise recommend refuse regret "
    "reject remain remember remind remove repair repeat reply report rescue respect rest return reveal reward rule "
    "save search serve settle share shout show sign smell smile sort start state stay stop study suggest summarise "
    "suppose surprise survive suspect talk taste teach tell thank think threaten touch train translate travel treat "
    "trust try turn understand use value visit vote wait walk want warn wash waste watch wear welcome whisper win "
    "wish wonder work worry write"
).split()
_IRREGULAR = {
    verb: forms.split()
    for verb, forms in {
        "become": "became", "begin": "began begun", "break": "broke broken", "bring": "brought", "build": "built",
        "buy": "bought", "catch": "caught", "choose": "chose chosen", "come": "came", "cut": "", "draw": "drew drawn",
        "drink": "drank drunk", "drive": "drove driven", "eat": "ate eaten", "fall": "fell fallen", "feel": "felt",
        "fight": "fought", "find": "found", "fly": "flew flown", "forget": "forgot forgotten", "get": "got gotten",
        "give": "gave given", "go": "went gone goes", "grow": "grew grown", "hear": "heard", "hide": "hid hidden",
        "hit": "", "hold": "held", "keep": "kept", "know": "knew known", "lead": "led", "leave": "left", "lend": "lent",
        "let": "", "lie": "lied lying", "lose": "lost", "make": "made", "mean": "meant", "meet": "met", "pay": "paid",
        "ride": "rode ridden", "run": "ran", "say": "said", "see": "saw seen", "sell": "sold", "send": "sent",
        "sing": "sang sung", "sit": "sat", "sleep": "slept", "speak": "spoke spoken", "spend": "spent",
        "stand": "stood", "steal": "stole stolen", "swear": "swore sworn", "take": "took taken", "teach": "taught",
        "tell": "told", "think": "thought", "throw": "threw thrown", "understand": "understood", "wear": "wore worn",
        "win": "won", "write": "wrote written",
    }.items()
}  # fmt: skip
_DOUBLED = frozenset("beg chat cut drop get hit let nod plan put rob run sit stop win".split())
_FUNCTION = frozenset(
    "a about above after again against all along also always am among an and another any anyone anything are around "
    "as at away back be because been before behind being below beside between both but by can cannot could did do "
    "does doing done down during each either else enough ever every everything few for from had has have having he "
    "her here hers herself him himself his how i if in inside into is it its itself just less like many may me might "
    "mine more most much must my myself near neither never no none nor not now of off on once one only onto or other "
    "our ours out over own perhaps please quite rather same shall she should since so some somebody someone something "
    "still such than that the their theirs them then there these they this those through till to together too toward "
    "towards under until up upon us very was we were what whatever when where whether which while who whom whose why "
    "will with within without would yet you your yours yourself".split()
)
_CONJUNCTIONS = frozenset(
    "and but or because if when where while that who whom whose which how why what before after so".split()
)
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|[^\sA-Za-z]")
_CLAUSE_END = re.compile(r"[^\w\s'’-]")
_NOUNS = ("n", "nz", "nt", "ns", "an", "vn")
_EMPTY_VERBS = frozenset("是 有 会 能 要 可以 想 让 请 请问 说 可 敢 肯 应该 应 觉得 到 去 来 没 没有 没能 得".split())


def verb_nouns(questions: Iterable[str], language: Language) -> Counter[tuple[str, str]]:
    """How many questions have a verb and its object, by both. A question in which none is found does not count.

    Raises ModuleNotFoundError where `rjieba`, which Chinese needs, is not installed.
    """
    find = _chinese if language == "zh" else _english
    return Counter(found for question in questions if (found := find(question)) is not None)


def common_verbs(asked: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """The verbs that are no chance, the commonest first, each with its questions."""
    verbs: Counter[str] = Counter()
    for (verb, _), number in asked.items():
        verbs[verb] += number
    ordered = sorted(verbs.items(), key=lambda pair: (-pair[1], pair[0]))
    return {verb: number for verb, number in ordered if number >= FEWEST_TIMES}


def _english(question: str) -> tuple[str, str] | None:
    words = _WORD.findall(question)
    for number, word in enumerate(words):
        verb = _FORMS.get(word.lower())
        # "the answer", "my work": a noun
        if verb is None or (number and words[number - 1].lower() in _BEFORE_NOUNS):
            continue
        noun = _object(words[number + 1 :])
        return None if noun is None else (verb, noun)
    return None


def _object(words: Iterable[str]) -> str | None:
    found = None
    for word in words:
        plain = word.lower()
        if _CLAUSE_END.fullmatch(word) or plain in _CONJUNCTIONS:
            break
        if plain in _FUNCTION or not word[0].isalpha():
            if found is not None:
                break
            continue
        if plain.endswith("ly"):
            continue
        found = plain.removesuffix("'s").removesuffix("’s")
    return found


def _chinese(question: str) -> tuple[str, str] | None:
    import rjieba

    verb = noun = None
    for word, tag in rjieba.tag(question):
        if noun is not None and verb is not None and tag not in (*_NOUNS, "uj"):
            return verb, noun
        if tag == "x":
            verb = None
        elif verb is None:
            verb = word if tag in ("v", "vn", "vi") and word not in _EMPTY_VERBS else None
        elif tag in _NOUNS:
            noun = word
    return None if verb is None or noun is None else (verb, noun)


def _inflected() -> dict[str, str]:
    forms: dict[str, str] = {}
    for verb in {*_REGULAR, *_IRREGULAR}:
        stem = verb + verb[-1] if verb in _DOUBLED else verb
        y = verb.endswith("y") and verb[-2] not in "aeou"
        third = verb[:-1] + "ies" if y else verb + "es" if verb.endswith(("s", "sh", "ch", "x", "o")) else verb + "s"
        past = verb[:-1] + "ied" if y else verb + "d" if verb.endswith("e") else stem + "ed"
        ongoing = stem.removesuffix("e") + "ing" if not verb.endswith("ee") else verb + "ing"
        own = _IRREGULAR.get(verb, [past])
        forms |= dict.fromkeys([verb, third, ongoing, *own], verb)
    return forms


_FORMS = _inflected()
_BEFORE_NOUNS = frozenset("a an the my your his her its our their this these those no of in every".split())
