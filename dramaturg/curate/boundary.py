"""Where a role sets right what it is asked: a question that supposes what is not so, or what is not of its world."""

import re
from collections.abc import Iterable

from dramaturg.curate.grounding import shares_content
from dramaturg.text import Language, words

__all__ = ["corrects"]

_SENTENCES = 2
_LONGEST_ECHO: dict[Language, int] = {"zh": 6, "en": 4}  # words


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SENTENCE = re.compile(r"[^。！？!?.…\n]+(?:[。！？!?.…\n]+[”」\"']*)?")
_CLAUSE = re.compile(r"[，,；;：:。！？!?.…—\n]+|\b(?:and|but|because)\b", re.IGNORECASE)
_CALLED = re.compile(r"^\W*(?:[\u3400-\u9fff·]{1,8}，|[\w.'’-]+(?: [\w.'’-]+){0,2},)")
"""Whom a question is put to: `温如砚，…`."""

_ASSENT: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"\W*(?:是[啊的呀呢]|没错|不错|可不是|正是|确实|不假|有这回事|嗯|对(?=[啊呀的]|\W)|(?:当然|自然)(?![不没]))"
    ),
    "en": re.compile(
        r"\W*(?:yes|yeah|aye|indeed|true|right|quite so|so it is|naturally|of course|certainly|surely|sure)\b"
        r"(?! (?:not|no|i (?:did not|didn['’]t|never))\b)",
        re.IGNORECASE,
    ),
}
# that the asker is wrong, or that the role does not know the thing; not what one tells of oneself in such words
_OUTRIGHT: dict[Language, re.Pattern[str]] = {
    "zh": _either(
        r"(?<![我他她])[问记弄认找听搞]错|你[^，。]{0,3}(?:错[认记怪]|说成)",
        r"(?:谁|哪个)(?:说|讲|告诉你|跟你|同你|造)|你?从?哪[儿里]听",
        r"[胡瞎乱][说讲]|造谣|谣言|嚼舌|[别莫](?:来|再)?冤枉|冤枉[啊，。！]|拿我取笑|开[^，。]{0,3}玩笑|玩笑开|没有的事|没有?[这那].?[事人]",
        r"你说的(?:怕|只怕|想必|大概|多半)是|哪门子|怎么(?:会|可能)|(?<![在去到从])哪里(?:认|会|敢|有|配|见|当|做|是)",
        r"哪来|何来|哪有|何曾|何尝|几时[^，。？！]{0,8}过[？?！!]|哪里?[^，。？！处]{0,3}得起",
        r"不认[得识]|听不[懂明]|不懂你|[没未](?:曾|有)?听(?:说|人说)?过|从[没未]听|只[^，。？！]{0,8}听[^，。？！]{0,3}过",
        r"[没未](?:曾|有)?[见瞧看]过(?![这那][么样般]|如此|比|第二)",
        r"(?<![谁人][都也])不(?:知道?|晓得)(?:[，。！？]|你[说问讲指]|(?!为)[^，。！？为]{0,6}(?:什么|是啥|谁|何人|何物|哪))",
        r"(?:^|(?<=[，。！？“]))(?:什么|啥)(?:是|叫)|何[为谓]|[是叫算](?:个|种|哪门子)?(?:什么|啥|何)[^，。！？]{0,6}[？?]",
    ),
    "en": _either(
        r"\byou(?:['’]re| are| must be| have been)? (?:much |quite )?mistak(?:e|en|ing)\b|\b(?:some|a) mistake[.,;!?]",
        r"\bwrong (?:man|woman|person|fellow|lad|house|door)\b|\bmean (?:somebody|someone|another)\b",
        r"\byou (?:must |may |do |are |have )*(?:be )?(?:thinking of|tak(?:e|ing) me|want another|confus\w+)\b",
        r"\bwho(?: has|['’]s| is)? (?:been )?(?:told|tells|telling|says|said) (?:you|that|so|such)\b",
        r"\bwhere did you (?:hear|get|read)\b|\bno such\b|\bnonsense\b|\brubbish\b|\buntrue\b|\bnot so[.,;!?]",
        r"\b(?:that|it|this)(?:['’]s| is| was) an? (?:\w+ )?(?:lie|slander|falsehood|fable)\b",
        r"\bnever happened\b|\bnever did (?:that|it|so|any)\b|\b(?:that|it) was(?:n['’]t| not| never) (?:i|me)\b",
        r"\bmuddl\w+|\bmis(?:informed|led|taken)\b|\bpulling my leg\b|\bmaking (?:fun|game|sport) of me\b",
        r"\b(?:do not|don['’]t) know (?!why|how|when|whether|if)|\bknow(?: of)? (?:no|nothing of|none)\b",
        r"(?:n['’]t|\bnot) (?:understand (?:you|the|what|that|this)|follow you)",
        r"\bc(?:an|ould)(?: ?not|n['’]t|['’]t) tell you(?=[.,;!?]| what| who)",
        r"\bc(?:an|ould)(?: ?not|n['’]t|['’]t) say i(?: have|['’]ve)? (?:ever )?(?:heard|know|met)",
        r"(?:n['’]t|\bnot|\bnever)(?: yet| once| even)* heard (?:of|th(?:e|at) (?:word|name)|it[.,;])",
        r"(?:n['’]t|\bnot|\bnever)(?: yet| once| even)* met (?:him|her|them|the)\b",
        r"\b(?:have|['’]ve) no (?:idea|notion)(?: what| who|[.,;!?])|\bwhatever that\b",
        r"\bnot sure what (?:you|that|an?)\b|(?:n['’]t|\bnot) the (?:faintest|least|foggiest|slightest)\b",
        r"\ba what\b|\bwhat do you (?:mean|call)\b",
        r"\bwhat(?:['’]s| is| are| was| on earth is| in the world is) (?:an?|this|that|these|those)\b",
    ),
}
_REFERS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[你您这那此它他她]"),
    "en": re.compile(r"\b(?:that|this|it|such|you|so|them|him|her|there|what)\b", re.IGNORECASE),
}
_NEGATIVE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[不没未](?![么？])"),
    "en": re.compile(r"\b(?:not|never|no|nobody|cannot)\b|n['’]t\b", re.IGNORECASE),
}
# a negation says nothing of the question by itself: what it denies has to stand there
_DENIAL_EN = re.compile(r"\b(?:not|never|no|none|nor|nobody|nothing|cannot)\b|n['’]t\b", re.IGNORECASE)
_PASSED_OVER = "是曾有能会敢肯得我的过半个一甚"
_TELLING = rf"[^\W{_PASSED_OVER}了着么吗呢吧啊你他她它这那里上下来去说道在就也都不没]"
_TELLING_ZH = re.compile(_TELLING)
_DENIED_ZH = re.compile(rf"(?:没有?|未|并非|不是|(?<!为)(?:什么|啥)(?![都也时样地人]))[{_PASSED_OVER}]*(.*)")
_VERB_DENIED_ZH = re.compile(rf"[没未不][{_PASSED_OVER}]*({_TELLING})")
_BY_ME: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"我[^，。？！]{0,6}[没不未哪]"),
    "en": re.compile(r"\bi\b[^,.;?!]{0,8}(?:\bnever|\bnot|n['’]t|\bno)\b", re.IGNORECASE),
}


def corrects(question: str, answer: str, language: Language) -> bool:
    """Whether an answer, in its first two sentences, sets the question right or says that it does not know the thing,
    rather than plays along.

    It must not open by assenting. It says outright that the asker is wrong or the thing unknown, about something the
    question names or points to; or denies a clause that shares a content word with the question; or repeats a word of
    the question as a question, and goes on in a denial of its own.
    """
    asked = _CALLED.sub("", question)
    sentences = _SENTENCE.findall(answer)[:_SENTENCES]
    said = "".join(sentences)
    if not said or _ASSENT[language].match(said):
        return False
    if _OUTRIGHT[language].search(said):
        return _REFERS[language].search(said) is not None or _shares(said, asked, language)
    denies = _denies_zh if language == "zh" else _denies_en
    is_negative = _NEGATIVE[language].search(asked)  # whose denial would be assent
    return (not is_negative and denies(_CLAUSE.split(said), asked)) or _wonders(sentences, asked, language)


def _shares(said: str, asked: str, language: Language) -> bool:
    """Whether they have a content word in common, in Chinese as little as a character."""
    if language == "zh" and set(_TELLING_ZH.findall(said)) & set(asked):
        return True
    return shares_content(said, [asked], language)


def _denies_zh(clauses: Iterable[str], asked: str) -> bool:
    return any(
        any(shares_content(denied, [asked], "zh") for denied in _DENIED_ZH.findall(clause))
        or any(re.search(f"{verb}(?![到过了着]*什么)", asked) for verb in _VERB_DENIED_ZH.findall(clause))
        for clause in clauses
    )


def _denies_en(clauses: Iterable[str], asked: str) -> bool:
    denied = (clause[found.end() :] for clause in clauses if (found := _DENIAL_EN.search(clause)))
    return any(shares_content(each, [asked], "en") for each in denied)


def _wonders(sentences: list[str], asked: str, language: Language) -> bool:
    first, *others = sentences
    is_echo = first.rstrip("”」\"'").endswith(("？", "?")) and len(words(first)) <= _LONGEST_ECHO[language]
    return (
        is_echo and shares_content(first, [asked], language) and any(_BY_ME[language].search(other) for other in others)
    )
