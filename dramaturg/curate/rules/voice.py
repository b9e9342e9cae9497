"""Whose voice an answer is in: the role's own, another's, or one that tells of the role."""

import re
from collections.abc import Callable, Iterable

from dramaturg.cast import CastMember, find_callee
from dramaturg.curate.rules.pair import Pair, Role, any_of
from dramaturg.text import Language

__all__ = ["asks_another", "role_of", "speaks_for_others", "third_person"]

_LABELS: dict[Language, frozenset[str]] = {
    "zh": frozenset("用户 提问者 提问 问题 问 答 回答 助手 系统 旁白 主持人 记者 采访者 甲 乙 玩家".split()),
    "en": frozenset(
        "User Human Assistant AI System Narrator Question Answer Q A Response Interviewer Player Bot Me You I"
        "nstruction".split()
    ),
}
_BOTH: frozenset[str] = frozenset(
    {"User", "Assistant", "Human", "System", "用户", "问题", "Question", "Answer", "Narrator", "旁白"}
)
_AFTER_A_STOP = frozenset({"User", "Human", "Assistant", "用户", "助手"})
"""Labels that are none of a sentence's words, so that they need no line of their own."""
_NEVER = r"(?!)"

_SELF: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"[我俺咱吾朕]|(?<![其剩多业空闲盈残一二三四五六七八九十百千万几两])余(?![下生地额])|(?<![给赋授])予(?!以)|"
        r"(?<!遗)孤(?![单独儿身零立苦寂家])|本[官王座人少公姑将宫尊]|"
        r"老[夫朽身娘子衲道奴]|老子|洒家|在下|鄙人|不才|寡人|哀家|小[人的弟女可生僧道婿侄妹](?![家孩说事物])|"
        r"[贫][僧道尼]|奴[家才婢]|臣妾?|妾身?|末将|属下|卑职|下官|晚辈|弟子|徒儿|孩儿|"
        r"儿臣|草民|民女|学生|愚[兄弟见]|(?<!有)某(?![些个天年月日种地时处次位家方])|人家(?=[才就不都也是]|$)"
    ),
    "en": re.compile(r"\b(?:i|me|my|mine|myself|we|us|our|ours|ourselves|i'm|oneself|yours truly)\b", re.IGNORECASE),
}
_YOU: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[你您汝尔]|阁下|陛下|各位|诸位|列位"),
    "en": re.compile(
        r"\b(?:you|your|yours|yourself|ye|thou|thee|thy|sir|ma'am|madam|mate|lad|friend|gentlemen)\b", re.IGNORECASE
    ),
}
_THEY: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[他她]"),
    "en": re.compile(r"\b(?:he|she|his|her|hers|him|himself|herself|they|their)\b", re.IGNORECASE),
}
# the role named by itself: "Ned Tull at your service"
_OF_ITSELF_EN = r"at|of|from|by|or|in|here|the|to|speaking|himself|herself|son|and|is (?:the|my) name|is (?:what|who)"
_OF_ITSELF_ZH = (
    r"(?!在此|谢|多谢|拜|见过|参见|领命|遵命|不敢|愿|甘|告退|叩|恭|给[^，。]{1,6}(?:请安|磕头|行礼)|是也|这厢|来也|"
    r"去也|到此|这[三两]个字|今[天日儿]|三个字|"
    r"有礼|何德|一生|平生|行不|说话|说到|从不|从来|顶天|堂堂|岂|怎会|怎敢|向来|何时|何曾|办事|做事)"
)

_SAID_EN = (
    r"(?:said|says|replied|replies|answered|answers|asked|asks|whispered|whispers|murmured|murmurs|muttered|mutters|"
    r"cried|exclaimed|"
    r"shouted|began|added|continued|responded|responds|laughed|sighed|declared|grinned|smiled)"
)
_SAID_ZH = (
    r"(?:说道|答道|笑道|问道|喝道|叹道|叫道|骂道|怒道|冷笑道|低声道|回答道|开口道|沉声道|淡淡道|道|说|回答|低声说|"
    r"笑着说|轻声说|缓缓说)"
)
_OPENS_AS_THEY: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"\W{0,4}[他她](?!妈|娘的|奶奶|们|爷爷的|大爷|姥姥)"),
    "en": re.compile(r"\W{0,4}(?:he|she|his|her)\b(?!s\b)", re.IGNORECASE),
}
_NARRATES: dict[Language, re.Pattern[str]] = {
    "zh": any_of(
        rf"^[^，。！？“”]{{0,12}}[他她][^。！？“”]{{0,40}}{_SAID_ZH}[：:，,]?\s?“”",
        rf"^“”\s?[，,]?[他她][^。！？“”]{{0,12}}{_SAID_ZH}(?:[，。：]|$)",
    ),
    "en": re.compile(
        rf"^\W{{0,3}}(?:he|she)\b[^.!?“”]{{0,80}}\b{_SAID_EN}\b[^.!?“”]{{0,40}}[,:]\s?“”|"
        rf"^“”\s?(?:he|she) (?:\w+ly )?{_SAID_EN}\b|^“”\s?{_SAID_EN} (?:he|she)\b|"
        r"^\W{0,3}(?:he|she) (?:\w+ly )?(?:smiles?|smiled|looks?|looked|sighs?|sighed|nods?|nodded|shakes?|shook|"
        r"laughs?|laughed|leans?|leaned|turns?|turned|pauses?|paused|grins?|grinned|frowns?|frowned|shrugs?|"
        r"shrugged|raises?|raised|stares?|stared|glances?|glanced)\b[^“”]{0,160}“”",
        re.IGNORECASE,
    ),
}
_ONLY_SAYS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(rf"[^\w“”]{{0,3}}[他她](?:只|就)?{_SAID_ZH}"),
    "en": re.compile(rf"[^\w“”]{{0,3}}(?:he|she) (?:\w+ly |only |just )?{_SAID_EN}\b", re.IGNORECASE),
}
_TELLS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[他她谁说讲道话回答问应骂]|告诉"),
    "en": re.compile(
        r"\b(?:he|she|his|her|him|they|them|who|said|say|says|tell|told|word|words|answer\w*|repl\w+)\b", re.IGNORECASE
    ),
}


def role_of(
    language: Language,
    names: Iterable[str],
    others: Iterable[str],
    user_name: str | None,
    callee: Callable[[str], str | None] | None,
    echoes: dict[int, frozenset[tuple[str, ...]]],
) -> Role:
    own = tuple(filter(None, names))
    rest = tuple(name for name in others if name and name not in own)
    labels = {*own, *rest, *_LABELS[language], *_BOTH, *([user_name] if user_name else [])}
    marked = rf"(?:{_either(labels)})\s{{0,4}}[:：]"
    known = rf"(?:{_either({*own, *rest, *_AFTER_A_STOP})})\s{{0,4}}[:：]"
    label = re.compile(
        rf"^[^\w\n]{{0,8}}{marked}|\n【[^【】\n]{{1,8}}】\s?\w|[。！？.!?”」\"]\s{{0,4}}{known}", re.MULTILINE
    )
    if language == "en":
        named = rf"\b(?:{_either(own)})\b"
        told_of = (
            rf"(?<!name is )(?<!called )(?<!named )(?<!call me )(?<!Mrs\. )(?<!Miss )(?<!Lady )(?:{named})(?:['’]s)?"
            rf"\s{{1,4}}(?!(?:{_OF_ITSELF_EN})\b)[a-z]|\b(?:[Tt]o|[Ff]or) {named},"
        )
    else:  # where one may call oneself by one's short name
        named = f"(?:{_either(own)})"
        told_of = rf"(?<![叫是]){re.escape(own[0]) if own else _NEVER}{_OF_ITSELF_ZH}(?=\w)"
    if callee is None:
        # not validated: of a dataset made elsewhere the role may be called anything
        role = CastMember.model_construct(name=own[0], aliases=own[1:]) if own else None
        members = [CastMember.model_construct(name=name, aliases=()) for name in rest]
        callee = find_callee([role, *members] if role else members)
    edge = r"\b" if language == "en" else ""
    return Role(
        language,
        own,
        callee,
        label,
        re.compile(named if own else _NEVER),
        re.compile(told_of if own else _NEVER),
        re.compile(f"{edge}(?:{_either(rest)}){edge}" if rest else _NEVER),
        echoes,
    )


def _either(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or _NEVER


def speaks_for_others(pair: Pair) -> bool:
    """A line of the question or of the answer is marked as somebody's: `Ann:`, 用户：.

    A model that is shown scenes line by line, `role:「text」`, as ChatHaruhi shows them (arXiv 2308.09597), goes on to
    write the other's next line.
    """
    label = pair.role.label
    return any(
        any(mark in text for mark in (":", "：", "\n【")) and label.search(text) is not None
        for text in (pair.question, pair.answer)
    )


def asks_another(pair: Pair) -> bool:
    """The question opens by calling another of the cast: in 1,133 rows of ChatHaruhi-54K the one who answers is not the
    one whom the row is of (FACTS.md)."""
    role = pair.role
    return role.callee(pair.question) not in (None, *role.names[:1])


def third_person(pair: Pair) -> bool:
    """The answer tells of the role as of somebody else, and nowhere outside of what it quotes says I.

    It tells of it by name; or opens with he or she, where the question is about the role and not put to it; or narrates
    what he or she said. RoleLLM (arXiv 2310.00746) has roles answer in the first person; its script-based questions
    are about the role by name, and draw such answers.
    """
    language, told, role = pair.language, pair.told, pair.role
    if _SELF[language].search(told):
        return False
    if role.told_of.search(told) and not (_YOU[language].search(told) and not _THEY[language].search(told)):
        return True
    if _goes_on_as_they(pair):
        return True
    if not _OPENS_AS_THEY[language].match(told) and not told.startswith("“”"):
        return False
    is_of_another = role.others.search(pair.question) is not None
    narrates = _NARRATES[language].search(told)
    if narrates and _ONLY_SAYS[language].match(told) and not _SELF[language].search(pair.answer):
        narrates = None  # somebody else's words
    is_put_to_it = _ADDRESSES[language].search(pair.question) or role.callee(pair.question) in role.names[:1]
    if narrates and is_put_to_it and not is_of_another and not _TELLS[language].search(pair.question):
        return True
    if _OPENS_AS_THEY[language].match(told) is None or is_of_another:
        return False
    return _is_about_role(pair) or _answers_for_you(pair) or _is_of_feelings(pair)


def _goes_on_as_they(pair: Pair) -> bool:
    """Whether a sentence tells of the role by name, and what follows of him or her, with nobody else it could be."""
    found = pair.role.named.search(pair.told)
    behind = "" if found is None else pair.told[found.end() :]
    if found is None or pair.role.others.search(pair.told[: found.start()]):
        return False
    return _GOES_ON_AS_THEY[pair.language].search(behind) is not None


_GOES_ON_AS_THEY: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"[，。；：](?:因为|所以|但是?|可是?|不过|于是|只是|其实)?[他她](?!妈|娘的|奶奶|们|爷爷|大爷|姥姥|的)"
    ),
    "en": re.compile(r"[,.;][^“”]{0,60}(?:he|she) (?!said|says|told|asked)\w+", re.IGNORECASE),
}
_FEELS: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[你您](?:[^，。！？]{0,8})(?:最怕|害怕|怕不怕|难过|高兴|开心|紧张|担心|心情|感受)"),
    "en": re.compile(
        r"\bhow (?:do|did) you feel\b|\bare you (?:\w+ )?(?:scared|afraid|nervous|happy|sad|angry|lonely|tired|proud|"
        r"worried|homesick|frightened|excited)\b",
        re.IGNORECASE,
    ),
}


def _is_of_feelings(pair: Pair) -> bool:
    """Whether the question is how the role feels, and names nobody else."""
    language = pair.language
    return _FEELS[language].search(pair.question[:400]) is not None and not _THEY[language].search(pair.question[:400])


_ADDRESSES: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[你您]"),
    "en": re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE),
}
_ABOUT_BEFORE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"(?:^|[，。！？：]|关于|介绍(?:一下)?|说说|谈谈|讲讲|评价(?:一下)?|描述(?:一下)?|觉得|认为|聊聊|说一下|谁是|"
        r"什么是|为什么|为何|请问|当|对于?|"
        r"怎么看待?|如何看待|如何评价|到底|究竟|从|是)[“「]?$"
    ),
    "en": re.compile(
        r"(?:^|\b(?:is|was|are|were|does|did|do|has|had|would|will|can|could|should|might|about|describe|that|why|"
        r"how|when|where|if|made|"
        r"makes|make|introduce)|\b(?:life|story|character|childhood|kind|description|personality|past|background|"
        r"history|opinion) of) [\"“]?$",
        re.IGNORECASE,
    ),
}
_ABOUT_AFTER: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[”」]?(?![，,！!、和与跟])"),
    "en": re.compile(r"[\"”]?(?![,!—–])"),
}


_YOU_DO: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"[你您](?:的|为什么|为何|怎么|为啥|最|很|都|也|总|常|会|想|喜欢|一直|那么|这么)*([\u3400-\u9fff])"
    ),
    "en": re.compile(r"\b(?:you|your)(?: (?:still|always|ever|never|really|often|so|not))? ([a-z]{3,})", re.IGNORECASE),
}
_THEY_DO: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"\W{0,4}[他她](?:的|之所以|最|很|都|也|总|常|会|想|喜欢|一直)*([\u3400-\u9fff])"),
    "en": re.compile(
        r"\W{0,4}(?:he|she|his|her)(?: (?:still|always|ever|never|really|often))? ([a-z]{3,})", re.IGNORECASE
    ),
}
_STEM = 4
_NO_VERBS = frozenset("name have has had does did will woul coul shou can was were been are".split()) | set(
    "是在有没不说来去到"
)


def _answers_for_you(pair: Pair) -> bool:
    """Whether it is said of him or her what the question asks of you: `why do you row?`, `he rows …`."""
    language = pair.language
    if _THEY[language].search(pair.question) or _YOU[language].search(pair.told):
        return False
    does = _THEY_DO[language].match(pair.told)
    if does is None:
        return False
    stem = does[1].lower()[:_STEM].rstrip("s")
    return stem not in _NO_VERBS and any(
        stem == asked.lower()[:_STEM].rstrip("s") for asked in _YOU_DO[language].findall(pair.question[:400])
    )


def _is_about_role(pair: Pair) -> bool:
    """Whether the question speaks of the role, of nobody else, and is not put to it."""
    language, question = pair.language, pair.question[:400]
    if _ADDRESSES[language].search(question):
        return False
    return any(
        _ABOUT_BEFORE[language].search(question[: found.start()]) is not None
        and _ABOUT_AFTER[language].match(question, found.end()) is not None
        for found in pair.role.named.finditer(question)
    )
